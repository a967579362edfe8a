//! Balances, positions, profit and loss.
//!
//! `assets` reads the figures of an account, `positions` what it holds; `money` is the service that
//! asks for them and keeps the ledgers current.

mod assets;
mod money;
mod positions;

#[cfg(test)]
mod portfolio_tests;

pub(crate) use assets::account_kind;
pub(crate) use money::Money;
pub(crate) use positions::PositionRow;
