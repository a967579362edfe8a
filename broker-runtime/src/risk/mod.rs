//! Limits, and the books that they are held against.
//!
//! `limits.rs` says what may be limited, `book.rs` what an account holds and has working, `exposure.rs`
//! what it may come to at worst, `evaluate.rs` holds the one against the other. The layer
//! [`Risk`](crate::layer::Risk) asks the broker for what is missing and keeps the lock.

mod amount;
mod book;
mod evaluate;
mod exposure;
mod judge;
mod kill_switch;
mod limits;
mod refusal;

pub(crate) use judge::{Judge, Request, Seat};
pub use kill_switch::{KillState, KillSwitch};
pub use limits::{Limits, PriceCollar, RiskLimits, SymbolRule, TradingHours, WhenUnknown};
pub use refusal::{RiskBreach, RiskScope, Rule};
