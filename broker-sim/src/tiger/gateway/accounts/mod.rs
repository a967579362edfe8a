//! Accounts, positions and figures, as the exchange has them now.
//!
//! An account of the exchange is one pot. The segments that the vendor has are views of it: the
//! segment of securities shows the whole account, as the vendor's consolidated view does, unless the
//! segments are asked for apart; then that of futures shows what was transferred to it.

mod assets;
mod estimate;
mod list;
mod positions;

#[cfg(test)]
mod accounts_tests;
