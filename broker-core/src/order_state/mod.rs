//! How execution reports become the status of an order (promise P3).
//!
//! [`table`] is the whole policy: one function from the present status and one report to the next
//! status. [`OrderTracker`] applies it and keeps what is needed to apply it: fills by execution id,
//! the quantity the broker stated, the warnings. Nothing else in the workspace writes a status.

mod entry;
pub mod table;
mod tracker;

#[cfg(test)]
mod one_order;
#[cfg(test)]
mod order_free_tests;
#[cfg(test)]
mod table_tests;
#[cfg(test)]
mod tracker_fills_tests;
#[cfg(test)]
mod tracker_tests;

pub use tracker::{Folded, OrderTracker, OrderWarning};
