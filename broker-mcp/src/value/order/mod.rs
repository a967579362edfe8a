//! Orders as callers write them and as they are answered.
//!
//! `input.rs` is what may be written, `draft.rs` what it means at a broker, `view.rs` the answer.

mod draft;
mod input;
mod view;

#[cfg(test)]
mod draft_tests;
#[cfg(test)]
mod view_tests;

pub use draft::OrderDraft;
pub use input::{LegInput, OrderInput, Trail};
pub use view::OrderView;
