//! Quotes, depth, trades and bars.
//!
//! `fold`, `ladder` and `bar_builder` turn the gateway's messages into core's pictures, one message
//! at a time and without a socket. `snapshot`, `trades` and `history` answer requests; `line` keeps
//! subscriptions open.

mod bar_builder;
mod fold;
mod history;
mod history_plan;
mod ladder;
mod line;
mod rt_volume;
mod service;
mod snapshot;
mod trades;

#[cfg(test)]
mod bar_builder_tests;
#[cfg(test)]
mod fold_tests;
#[cfg(test)]
mod history_tests;
#[cfg(test)]
mod ladder_tests;
#[cfg(test)]
mod line_tests;
#[cfg(test)]
mod request_tests;
#[cfg(test)]
mod rt_volume_tests;

pub(crate) use fold::greeks;
pub(crate) use service::Market;
pub(crate) use snapshot::{option_quote, quote};
