//! Who is behind a request over the network: keys, and access tokens of an authorization server.
//!
//! `text.rs` is what a key looks like, `hash.rs` what is stored of it, `ring.rs` all keys and what is
//! done to them, `store.rs` and `file.rs` where they are, `gate.rs` the way of every request, `failures.rs`
//! what wrong keys cost, `alarm.rs` who is told, `oauth/` the tokens.

mod alarm;
mod error;
mod failures;
mod file;
mod gate;
mod hash;
#[cfg(feature = "oauth")]
pub mod oauth;
mod ring;
mod store;
mod text;

#[cfg(test)]
mod file_tests;
#[cfg(test)]
mod gate_tests;
#[cfg(test)]
mod ring_tests;

pub use alarm::{Alarm, Alert, LogAlarm};
pub use error::KeyError;
pub use failures::Patience;
pub use file::KeyFile;
pub use gate::{Gate, Refusal};
pub use hash::{Cost, SecretHash};
pub use ring::{Issued, KeyRecord, Ring, SecretRecord};
pub use store::{Change, KeyStore, MemoryKeys};
#[cfg(feature = "http")]
pub(crate) use text::prefix;
