//! Limits, and the books that they are held against.
//!
//! `limits.rs` says what may be limited, `book.rs` what an account holds and has working, `exposure.rs`
//! what it may come to at worst, `evaluate.rs` holds the one against the other. `request.rs` is what a command
//! wants, `learn.rs` asks the broker for what is missing, `judge.rs` decides under one lock. The layer
//! [`Risk`](crate::layer::Risk) stands before them.

mod amount;
mod book;
mod evaluate;
mod exposure;
mod judge;
mod kill_switch;
mod learn;
mod limits;
mod refusal;
mod request;

#[cfg(test)]
mod kill_switch_tests;

pub(crate) use judge::{Judge, Seat};
pub use kill_switch::{KillState, KillSwitch};
pub use limits::{Limits, PriceCollar, RiskLimits, SymbolRule, TradingHours, WhenUnknown};
pub use refusal::{RiskBreach, RiskScope, Rule};
pub(crate) use request::Request;
