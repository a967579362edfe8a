//! The program that a broker's session goes through, as a person may start and stop it.
//!
//! `latched.rs` remembers over restarts that a person has logged out; nothing starts it again then.

mod latched;

#[cfg(test)]
pub(crate) mod latched_tests;

pub use latched::{Gateway, LONGEST_WAIT};
