//! Orders: taking, changing and canceling them, and telling what becomes of them.
//!
//! `terms` (what a request orders) → `place` (what the vendor refuses at once) → `family` (who waits
//! for whom) → `desk` (the exchange takes it, or refuses it late) → `report` (what is pushed);
//! `written` and `ask` tell of it when asked.

mod ask;
mod cancel;
mod change;
mod desk;
mod family;
mod filter;
mod forex;
mod place;
mod preview;
mod record;
mod refused;
mod report;
mod status;
mod terms;
mod transactions;
mod truth;
mod words;
mod written;

#[cfg(test)]
mod orders_tests;

pub(super) use desk::OrderDue;
pub(super) use record::{Orders, Record};
pub(super) use refused::bad_request;
pub(super) use status::Moment;
pub(super) use transactions::transaction_id;
