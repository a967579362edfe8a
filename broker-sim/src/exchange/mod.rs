//! The deterministic simulated exchange.
//!
//! [`book`] is its innermost part: the order book of one instrument, without clock or I/O.
//! [`account`] keeps the books of one account: cash, holdings, commissions, margin.

pub mod account;
pub mod book;
