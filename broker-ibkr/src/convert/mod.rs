//! The edge between the client's types and core's: numbers and times.
//!
//! `number` knows which numbers mean "no value", `time` knows the gateway's ways to write an
//! instant. Nothing else in this crate touches a floating-point number.

mod number;
mod time;

#[cfg(test)]
mod number_tests;
#[cfg(test)]
mod time_tests;

pub(crate) use number::{decimal, figure, optional, price, quote_price, size, text, to_wire};
pub(crate) use time::{at_zone, date, day, instant, to_date, to_offset, utc, zone};
