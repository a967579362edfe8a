//! Contracts: TWS's names for instruments, and what it tells about them.
//!
//! `find` and `written` go from a contract to an instrument and back; every other file answers one
//! family of questions.

mod chains;
mod details;
mod find;
mod hours;
mod ids;
mod names;
mod order_types;
mod rules;
mod symbols;
mod venues;
mod written;

#[cfg(test)]
mod answers_tests;
#[cfg(test)]
mod contracts_tests;

pub(super) use find::Unclear;
pub(super) use hours::{local_time, zone, zone_name};
pub(super) use ids::Contracts;
pub(super) use names::{listed_on, sec_type};
pub(super) use venues::{bbo_exchange, letter};
pub(super) use written::double;
