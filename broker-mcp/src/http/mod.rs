//! The server on a port: who may connect, who they are, and where they go.
//!
//! `settings.rs` is what an operator says, `app.rs` puts the doors together, `border.rs` looks at Host and
//! Origin, `identity.rs` finds out who asks, `intake.rs` takes bodies in, `sessions.rs` binds sessions of MCP
//! to keys, `bare.rs` lets programs in that speak only half of it, `lasting.rs` ends streams of those who may
//! not listen any more, `stalled.rs` connections of those who do not read, `server.rs` is the port and `tls.rs`
//! its certificates.

mod app;
mod bare;
mod border;
mod identity;
mod intake;
mod lasting;
mod server;
mod sessions;
mod settings;
mod stalled;
mod tls;

#[cfg(test)]
mod attack_tests;
#[cfg(test)]
mod server_tests;
#[cfg(test)]
mod sessions_tests;
#[cfg(test)]
mod settings_tests;
#[cfg(test)]
mod stalled_tests;
#[cfg(test)]
pub(crate) mod test_support;

pub use app::App;
pub use server::{ServeError, Server};
pub use settings::{Anonymous, HttpSettings, SettingsError, TlsFiles};
