//! The deterministic simulated exchange.
//!
//! [`book`] is its innermost part: the order book of one instrument, without clock or I/O.

pub mod book;
pub mod calendar;
