//! Orders: core's requests on the way out, what Tiger lists on the way back.
//!
//! Out: `trading` → `submit`, `list`, `change`, `exercise`, `preview` → `encode` → wire. Back: `listing`
//! asks for the lists, `row` and `transaction` are what is in them, `status` and `decode` say what it
//! means, and `reading` takes it into the `register` and makes the reports. `lookup` tells whether
//! Tiger has an order, `journal` what is written down before one is sent. Nothing is believed but the lists: pushes say when to read them.

mod blotter;
mod change;
mod decode;
mod encode;
mod exercise;
mod journal;
mod list;
mod listing;
mod lookup;
mod preview;
mod reading;
mod register;
mod row;
mod status;
mod submit;
mod trading;
mod transaction;

#[cfg(test)]
mod encode_tests;
#[cfg(test)]
pub(crate) mod fixtures;
#[cfg(test)]
mod numbers_tests;
#[cfg(test)]
mod outcome_tests;
#[cfg(test)]
mod reading_tests;

pub(crate) use blotter::{Blotter, Naming};
pub(crate) use encode::sketch;
pub use journal::{FileOrderJournal, MemoryOrderJournal, OrderJournal, SentOrder};
pub(crate) use reading::{Read, is_global};
pub(crate) use row::broker_order_id;
pub(crate) use trading::Orders;
