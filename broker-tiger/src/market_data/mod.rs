//! Quotes, books, trades and bars.
//!
//! `service` answers, `quotes`, `depth`, `trades` and `bars` read what each class of instruments has a
//! method of its own for.

mod bars;
mod depth;
mod quotes;
mod service;
mod trades;

pub(crate) use service::Quotes;
