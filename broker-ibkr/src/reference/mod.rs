//! Instruments, option chains, calendars and option calculators.
//!
//! `details`, `hours`, `query` and `meaning` are mapping without a socket; `chain`, `schedule` and `service` ask.

mod chain;
mod details;
mod hours;
mod meaning;
mod query;
mod schedule;
mod service;

#[cfg(test)]
mod details_tests;
#[cfg(test)]
mod hours_tests;
#[cfg(test)]
mod meaning_tests;
#[cfg(test)]
mod query_tests;
#[cfg(test)]
mod wire_tests;

pub(crate) use service::Instruments;
