//! Money and positions on their way: what Tiger offers and core has no word for.
//!
//! `exchange` changes one currency for another, `segments` moves cash between the parts of an account,
//! `positions` gives positions to another account, `cash` lists what has moved, `estimate` says how much
//! could be traded, `performance` how an account has done, `exercise` what exercising would do and
//! what became of requests to.
//! Every command is sent once; `outcome` is what is known afterwards.

mod cash;
mod estimate;
mod exchange;
mod exercise;
mod outcome;
mod performance;
mod positions;
mod segments;
mod service;

#[cfg(test)]
mod treasury_tests;

pub use cash::{CashMovement, CashMovementQuery, CashTransfer};
pub use estimate::TradableQuantity;
pub use exchange::{CurrencyExchange, ExchangeState};
pub use exercise::{ExerciseCheck, ExerciseRecord};
pub use outcome::Outcome;
pub use performance::{Performance, PerformanceDay};
pub use positions::{PositionTransfer, TransferredPosition};
pub use segments::{SegmentTransfer, TransferState};
pub use service::{Segment, Treasury};
