//! What callers may write, and how the same things are answered: models write numbers as text or as
//! numbers, lists as lists or as text, instruments in short or in parts, words in every vendor's spelling.
//!
//! `number.rs`, `listed.rs`, `moment.rs`, `word.rs` and `untrusted.rs` are the small values, `words.rs` the
//! tables of spellings; `twice.rs` finds what says one thing twice; `instrument/` reads, resolves and shows
//! instruments, `order/` orders.

mod bar;
mod instrument;
mod listed;
mod moment;
mod number;
mod order;
pub(crate) mod twice;
mod untrusted;
pub(crate) mod word;
mod words;

#[cfg(test)]
mod moment_tests;
#[cfg(test)]
mod number_tests;
#[cfg(test)]
mod twice_tests;
#[cfg(test)]
mod untrusted_tests;
#[cfg(test)]
mod words_tests;

pub use bar::{BarSourceWord, BarWord};
pub use instrument::{InstrumentParts, InstrumentRef, InstrumentView, LegView};
pub(crate) use instrument::{is_same, same_filter};
pub use listed::Listed;
pub use moment::{Day, Moment, Span};
pub use number::Number;
pub use order::{LegInput, OrderDraft, OrderInput, OrderView, Trail};
pub use untrusted::Untrusted;
pub use words::{
    OrderTypeWord, RightWord, SecTypeWord, SessionWord, SideWord, StatusWord, TimeInForceWord,
};
