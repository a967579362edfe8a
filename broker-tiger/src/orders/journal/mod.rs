//! What is written down about an order before it is sent, so that it is found again.
//!
//! Tiger gives an order two names of the caller's: the number that was reserved for it and its mark,
//! which the vendor has to enable. An attached exit has neither. `record` is what is written down, `memory`
//! keeps it as long as the program runs, `file` for longer, `forgotten` says what of it may go, and `former`
//! is what an earlier process wrote.

mod file;
mod forgotten;
mod former;
mod memory;
mod record;

#[cfg(test)]
mod journal_tests;

pub use file::FileOrderJournal;
pub(super) use former::Former;
pub use memory::MemoryOrderJournal;
pub use record::{OrderJournal, SentOrder};
