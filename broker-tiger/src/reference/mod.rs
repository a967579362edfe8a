//! Instruments, option chains and calendars.
//!
//! `service` answers, `query` says which instruments a text may mean, `chain` reads options, `schedule`
//! puts trading days together.

mod chain;
mod query;
mod schedule;
mod service;

pub(crate) use chain::expiry_instant;
pub(crate) use service::Instruments;
