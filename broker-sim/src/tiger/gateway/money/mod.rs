//! Money and positions on their way: between segments, between accounts, out of options.
//!
//! What the exchange does not know is kept here: how much of an account's cash was transferred to its
//! segment of futures (a name only: orders are paid from the whole account), what options are to be
//! exercised later, and equity by day. Deposits and withdrawals do not happen in a simulated world
//! but for the money that is there at its beginning, and positions do not change accounts without
//! being sold: such transfers are refused.

mod exercise;
mod funds;
mod ledger;
mod positions;
mod segments;

#[cfg(test)]
mod money_tests;

pub(super) use ledger::Money;
