//! Instruments, option chains and calendars.
//!
//! `service` answers, `query` says which instruments a text may mean, `chain` reads options, `schedule`
//! puts trading days together, `future_hours` those of futures, `market_state` knows what a market does now, `derivatives` and `warrants` are
//! the vendor's lists.

mod chain;
mod derivatives;
mod future_hours;
mod market_state;
#[cfg(test)]
mod market_state_tests;
mod query;
#[cfg(test)]
mod reference_tests;
mod schedule;
mod service;
mod warrants;

pub(crate) use chain::expiry_instant;
pub(crate) use market_state::MarketStates;
pub use market_state::{MarketPhase, MarketState};
pub(crate) use service::Instruments;
pub use warrants::{ListedWarrant, WarrantKind, WarrantQuery};
