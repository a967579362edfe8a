//! Accounts: values, positions, profit and loss, and who is told when they change.
//!
//! `figures` (the exchange's figures in TWS's words) → one file per kind of request → `refresh` (fills
//! at once, prices at TWS's pace).

mod advisors;
mod data;
mod figures;
mod multi;
mod positions;
mod profit;
mod refresh;
mod summary;
mod watches;

#[cfg(test)]
mod accounts_tests;

pub(super) use watches::Watches;
