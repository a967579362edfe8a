//! Tiger Brokers, simulated down to the byte: the signed HTTP gateway and the push service.
//!
//! [`TigerServer`] serves one login ([`Developer`]) over the simulated exchange. The official SDKs
//! and the adapter connect to it unmodified; a folder of properties that they read is written by
//! [`TigerServer::write_folder`].
//!
//! # The way of a request
//!
//! `http` (bytes, signature, envelope) → `gateway` (who may ask what and how often, then one room
//! per subject) → the [`exchange`](crate::exchange); what happens there comes back through `push`.

mod builder;
mod developer;
mod folder;
#[cfg(test)]
mod folder_tests;
mod gateway;
mod http;
mod keys;
mod push;
mod server;
mod signature;

pub use builder::TigerBuilder;
pub use developer::{Developer, License};
pub use folder::{CONFIG_FILE, ROOT_FILE, TOKEN_FILE, read_keys};
pub use gateway::{DuplicateOrderId, Form, Habits, RateLimitStyle};
pub use keys::Keys;
pub use server::TigerServer;
