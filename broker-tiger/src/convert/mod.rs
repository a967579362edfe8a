//! Values as the vendor writes them: exact numbers, instants, and fields that come in several forms.
//!
//! `number` keeps the text of a number, `field` reads what may be absent, null, a number or a text,
//! `rows` reads lists one row at a time, `time` knows the vendor's clock.

mod field;
mod number;
mod rows;
mod time;

#[cfg(test)]
mod convert_tests;

pub(crate) use field::{Figure, Flag, Text, Whole};
pub(crate) use number::json_number;
pub(crate) use rows::Rows;
pub(crate) use time::{from_millis, stamp};
