//! Balances, positions, profit and loss.
//!
//! `assets` reads the figures of an account, `positions` a row of what it holds, `holdings` all of
//! it; `money` is the service that asks for them and keeps the ledgers current.

mod assets;
mod holdings;
mod money;
mod positions;

#[cfg(test)]
mod money_tests;
#[cfg(test)]
mod portfolio_tests;

pub(crate) use assets::account_kind;
pub(crate) use money::Money;
pub(crate) use positions::PositionRow;
