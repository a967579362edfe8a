//! The session: what is known of the connection, and what keeps the ledgers current.
//!
//! The gateway knows requests only, so the session is ours: `accounts` says which accounts are used,
//! `supervisor` reads the lists when something was pushed and in between, and notices when Tiger cannot
//! be reached; `resync` reads everything anew after every gap; `condition` is the state that all of it
//! comes to. `permission` knows whether this device may read quotes. `link` is what the services see.

pub(crate) mod accounts;
mod condition;
mod link;
mod permission;
mod resync;
mod supervisor;

pub(crate) use link::{Link, Signal};
pub(crate) use permission::{Permissions, is_about_permissions};
pub use permission::{QuoteAccess, QuotePermission};
pub(crate) use supervisor::Supervisor;
