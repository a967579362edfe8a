//! Secrets in an encrypted file, and the key that opens it.
//!
//! `store.rs` is the file as a program uses it, `rotation.rs` gives it another key, `token.rs` keeps a
//! broker's token in it. Below them: `key.rs` says where the key comes from, `sealed.rs` is the form of
//! the file and its encryption, `entries.rs` what is in it, `disk.rs` replaces and locks files.
//!
//! ```
//! use broker_core::{ExposeSecret, SecretString};
//! use broker_runtime::secrets::{MasterKey, SecretStore};
//!
//! # fn main() -> Result<(), broker_runtime::secrets::SecretError> {
//! # let folder = tempfile::tempdir().expect("a folder");
//! # let (key_file, path) = (folder.path().join("master.key"), folder.path().join("broker.secrets"));
//! MasterKey::generate_file(&key_file)?;
//! let store = SecretStore::create(&path, MasterKey::file(&key_file))?;
//! store.put("tiger.private_key", &SecretString::from("..."))?;
//! assert_eq!(store.get("tiger.private_key")?.expose_secret(), "...");
//! store.rotate()?; // another key in the same file, and everything encrypted anew
//! # Ok(()) }
//! ```
//!
//! # What it keeps away, and what not
//!
//! Whoever has the file and not the key learns how much there is in it and when it was written, and
//! can change nothing unseen: one seal is over all entries, their names and times and the header, so
//! none can be read, swapped, left out or put back alone. Two things it does not notice: an older copy
//! of the *whole* file that is put in its place, and whoever can read the memory or the environment of
//! this program. Copies of the file from before a rotation open with the key of that time.

mod disk;
mod entries;
mod error;
mod key;
mod rotation;
mod sealed;
mod store;
mod token;

#[cfg(test)]
mod damage_tests;
#[cfg(test)]
mod rotation_tests;
#[cfg(test)]
mod store_tests;
#[cfg(test)]
mod token_tests;

pub use entries::SecretEntry;
pub use error::SecretError;
pub use key::MasterKey;
pub use sealed::KeyDerivation;
pub use store::SecretStore;
pub use token::StoredToken;
