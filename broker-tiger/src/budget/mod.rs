//! How often may be asked: the vendor's limits, kept before a request is sent (promise P12).
//!
//! `window` counts one limit, `limits` says how high it is, `place` is the right to send one request.
//! The server counts a request when it arrives, which is somewhere between sending and the answer; so
//! a place is taken before the first and its time runs from the second, and no jitter of the network
//! can bring more requests into the server's window than are allowed.

mod limits;
mod place;
mod window;

#[cfg(test)]
mod budget_tests;

pub(crate) use limits::Entitlements;
pub use limits::RequestLimits;
pub use place::BudgetCounters;
pub(crate) use place::{Budget, Use, is_paper};
