//! From a configuration to sessions: which adapters there are, how each is made from its settings, and
//! who watches over them.
//!
//! `kinds.rs` lists the adapters; `paper.rs`, `ibkr.rs` and `tiger.rs` make one each, and
//! `token_log.rs` tells of the tokens of the last; `gateways.rs` makes
//! what starts and stops a gateway; `sessions.rs` connects all of it and watches, `absent.rs`
//! is in the place of what cannot be reached yet; `handles.rs` is
//! how the adapters themselves are found again, for what the common interface does not have, and
//! `housekeeper.rs` does what an administrator asks of the program.

mod absent;
mod gateways;
mod handles;
mod housekeeper;
#[cfg(feature = "ibkr")]
mod ibkr;
mod kinds;
#[cfg(feature = "paper")]
mod paper;
mod sessions;
#[cfg(feature = "tiger")]
mod tiger;
#[cfg(feature = "tiger")]
mod token_log;

#[cfg(test)]
#[cfg(feature = "paper")]
mod paper_tests;
#[cfg(test)]
#[cfg(feature = "paper")]
mod sessions_tests;
#[cfg(test)]
#[cfg(feature = "tiger")]
mod token_log_tests;

pub use handles::{Handle, Handles};
pub use housekeeper::Housekeeper;
pub use kinds::{kinds, kinds_for_a_look};
pub use sessions::Sessions;
