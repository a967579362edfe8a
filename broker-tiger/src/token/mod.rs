//! The token of a Hong Kong licence: kept, shared, renewed before it lapses (promise P13).
//!
//! `text` reads what a token says about itself, `cell` is the one that counts for every request,
//! `file` and `memory` are where it outlives the program, `rhythm` says when it is due, and `keeper`
//! looks after it, one at a time over all tasks and processes; `renewal` is what it does with a token that
//! is due or doubted.

mod cell;
pub(crate) mod file;
mod keeper;
mod memory;
mod renewal;
mod rhythm;
mod state;
mod text;

#[cfg(test)]
mod file_tests;
#[cfg(test)]
mod keeper_rig;
#[cfg(test)]
mod keeper_tests;
#[cfg(test)]
mod rhythm_tests;

pub(crate) use cell::TokenCell;
pub use file::FileTokenStore;
pub(crate) use keeper::{Issuer, Keeper};
pub use memory::MemoryTokenStore;
pub use rhythm::TokenRhythm;
pub use state::TokenState;
pub(crate) use text::Token;
