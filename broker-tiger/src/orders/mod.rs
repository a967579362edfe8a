//! Orders: core's requests on the way out, what Tiger lists on the way back.
//!
//! Out: `trading` → `submit`, `list`, `change`, `cancel_all`, `exercise`, `preview` → `encode` → wire. Back: `listing`
//! asks for the lists, `row` and `transaction` are what is in them, `status` and `decode` say what it
//! means, `naming` whose it is, and `reading` takes it into the `register`, with its `executions`, and makes
//! the reports (`standing`). `refresh` says which lists are read, `read` what they brought, `progress` how
//! far that is. `lookup` tells whether Tiger has an order, `written_down` what is put into the `journal`
//! before one is sent and after it has ended. Nothing is believed but the lists: pushes say when to read them.

mod blotter;
mod cancel_all;
mod change;
mod decode;
mod encode;
mod executions;
mod exercise;
mod journal;
mod list;
mod listing;
mod lookup;
mod naming;
mod preview;
mod progress;
mod read;
mod reading;
mod refresh;
mod register;
mod row;
mod standing;
mod status;
mod submit;
mod trading;
mod transaction;
mod written_down;

#[cfg(test)]
mod bounds_tests;
#[cfg(test)]
mod change_tests;
#[cfg(test)]
mod encode_tests;
#[cfg(test)]
pub(crate) mod fixtures;
#[cfg(test)]
mod listing_tests;
#[cfg(test)]
mod matching_tests;
#[cfg(test)]
mod numbers_tests;
#[cfg(test)]
mod odd_rows_tests;
#[cfg(test)]
mod outcome_tests;
#[cfg(test)]
mod progress_tests;
#[cfg(test)]
mod proof_tests;
#[cfg(test)]
mod reading_tests;
#[cfg(test)]
mod recorded_tests;
#[cfg(test)]
mod telling_tests;
#[cfg(test)]
mod written_down_tests;

pub(crate) use blotter::{Blotter, Naming};
pub(crate) use encode::sketch;
pub use journal::{FileOrderJournal, MemoryOrderJournal, OrderJournal, SentOrder};
pub(crate) use read::Read;
pub(crate) use reading::is_global;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use row::Listed;
pub(crate) use row::broker_order_id;

/// Makes of a row whatever can be made of it.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn understand(
    listed: &Listed,
    account: &broker_core::model::AccountId,
    instrument: &broker_core::model::Instrument,
) {
    let row = &listed.row;
    let _status = status::status(row, true, false);
    let _reserved = (row.reserved(), row.mark(), row.parent());
    let filled = row.filled_quantity.scaled(row.filled_quantity_scale);
    if let Ok(terms) = decode::decode(row, crate::fuzz::name(), account, instrument.clone()) {
        let _changed = (decode::changed(&terms, row), filled);
    }
}
pub(crate) use trading::Orders;
