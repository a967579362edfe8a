//! What a connection is made with, exactly as the vendor's users have it.
//!
//! `properties` is the syntax of the files, `setting` their names, `sources` the order of precedence
//! (program, environment, file, default), `read` the meaning of each value; `builder` puts a
//! [`TigerConfig`] together. `address` and `garden` say where the servers are.

mod address;
mod builder;
mod device;
mod garden;
mod license;
pub(crate) mod properties;
mod read;
mod setting;
mod sources;

#[cfg(test)]
mod config_tests;
#[cfg(test)]
mod garden_tests;
#[cfg(test)]
mod properties_tests;

pub use address::PushAddress;
pub use builder::{Deadlines, TigerConfig, TigerConfigBuilder};
pub(crate) use garden::{Directory, Routes};
pub use license::License;
pub use read::{Language, Stage};
pub use setting::{ConfigError, Origin};
pub use sources::{CONFIG_FILE, TOKEN_FILE};
