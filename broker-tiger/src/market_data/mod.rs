//! Quotes, books, trades and bars.
//!
//! `service` answers, `quotes`, `depth`, `trades` and `bars` read what each class of instruments has a
//! method of its own for, `line` reads what is pushed.

mod bars;
mod depth;
mod line;
mod quotes;
mod service;
mod trades;

pub(crate) use line::fill_in;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use line::listeners;
pub(crate) use service::Quotes;
