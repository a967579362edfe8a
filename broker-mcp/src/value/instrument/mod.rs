//! Instruments as callers write them and as they are answered.
//!
//! `reference.rs` is what may be written, `exchange.rs` the vendors' names of exchanges, `text.rs` the short
//! form, `resolve.rs` finds the one instrument that is meant, `view.rs` is the answer.

mod exchange;
mod reference;
mod resolve;
mod text;
mod view;

#[cfg(test)]
mod reference_tests;
#[cfg(test)]
mod resolve_tests;

pub use reference::{InstrumentParts, InstrumentRef};
pub(crate) use resolve::{is_same, same_filter};
pub use view::{InstrumentView, LegView};
