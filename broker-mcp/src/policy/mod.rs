//! What a key may send at most, over and above the limits of the account.
//!
//! `limits.rs` is what the operator says; `facts.rs`, `holding.rs` and `cash.rs` what has to be known about an
//! order; `judge.rs` holds the one against the other, `working.rs` says which orders work. Limits by the
//! minute and by the day are held where a command is written down
//! ([`Store::begin`](crate::store::Store::begin)), those of the account in the layer
//! [`Risk`](broker_runtime::layer::Risk).

mod cash;
mod facts;
mod holding;
mod judge;
mod limits;
mod working;

#[cfg(test)]
mod judge_tests;

pub(crate) use facts::Facts;
pub use judge::Check;
pub(crate) use judge::{checks, first_refusal, holdings, needs_holdings};
pub use limits::KeyLimits;
pub(crate) use working::{STOP_LOSS, TAKE_PROFIT, Working};
