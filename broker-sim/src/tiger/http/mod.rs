//! Requests as bytes: connections, the signed form of a request, the envelope of an answer.

mod call;
mod envelope;
mod serve;

#[cfg(test)]
mod call_tests;

pub(super) use call::Call;
pub use envelope::Form;
pub(super) use serve::accept;
