//! Who asked what of which account, and what became of it: an append-only chain of lines.
//!
//! `row.rs` is one line and its hash, `writer.rs` the thread that appends and begins new files,
//! [`verify`] the check, `search.rs` looks for words. The layer [`Audit`](crate::layer::Audit) makes the rows.

mod row;
mod search;
mod verify;
mod writer;

#[cfg(test)]
mod audit_tests;
#[cfg(test)]
mod search_tests;

use core::future::Future;

pub(crate) use row::Row;
pub use row::{Decision, Remark};
pub use search::Found;
pub(crate) use search::search;
pub use verify::{Finding, Verified, verify};
pub use writer::{AuditHead, AuditHealth};
pub(crate) use writer::{Writer, WriterSettings};

tokio::task_local! {
    static ACTOR: String;
}

/// Names who is behind the calls that a future makes, for the audit trail.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// use broker_runtime::audit;
/// let answer = audit::acting_as("momentum-bot", async { 42 }).await;
/// assert_eq!(answer, 42);
/// # }
/// ```
pub async fn acting_as<F: Future>(actor: impl Into<String>, future: F) -> F::Output {
    ACTOR.scope(actor.into(), future).await
}

/// Who is behind the present call, if anybody said.
pub(crate) fn actor() -> Option<String> {
    ACTOR.try_with(Clone::clone).ok()
}
