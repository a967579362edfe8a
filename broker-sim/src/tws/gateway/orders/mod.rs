//! Orders: taking, changing and canceling them, and telling their clients what becomes of them.
//!
//! `command` (what strikes a request) → `place` (what TWS refuses) → `family` (who waits for whom) →
//! the exchange → `report` (what is told) → `tell` (to whom, and what goes wrong on the way).

mod ask;
mod cancel;
mod change;
mod command;
mod exercise;
mod family;
mod figures;
mod foreign;
mod instructions;
mod names;
mod place;
mod record;
mod report;
mod status;
mod tell;
mod terms;
mod truth;
mod written;

#[cfg(test)]
mod audience_tests;
#[cfg(test)]
mod exercise_tests;
#[cfg(test)]
mod family_tests;
#[cfg(test)]
mod faults_tests;
#[cfg(test)]
mod instructions_tests;
#[cfg(test)]
mod orders_tests;
#[cfg(test)]
mod reports_tests;
#[cfg(test)]
mod terms_tests;
#[cfg(test)]
mod waiting_tests;

pub(super) use figures::{double, quantity};
pub(super) use record::Orders;
pub(super) use tell::{Bundle, LateCommission, OrderDue};
