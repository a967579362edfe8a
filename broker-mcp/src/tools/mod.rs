//! The operations as tools of the Model Context Protocol, revisions 2024-11-05 to 2026-07-28.
//!
//! [`BrokerTools`] is a complete handler for any transport of `rmcp`; [`mount`] puts the same tools
//! under a prefix into a server that has its own; [`serve_stdio`] speaks over standard input.
//! `listing.rs` is what clients are shown, `calling.rs` the way of a call, `caller.rs` who calls,
//! `dialog.rs` and `sealed.rs` how a person is asked, `streams.rs` what standard input is, `sift.rs` keeps messages
//! back that say one thing twice, `resources/` and `prompts.rs` the rest.

mod broker_tools;
mod caller;
mod calling;
mod completion;
mod dialog;
mod handler;
mod limits;
mod listing;
mod mount;
mod outcome;
mod progress;
mod prompts;
mod resources;
mod sealed;
mod sift;
mod stdio;
mod streams;

#[cfg(test)]
mod consent_tests;
#[cfg(test)]
mod cost_tests;
#[cfg(test)]
mod handler_tests;
#[cfg(test)]
mod mount_tests;
#[cfg(test)]
mod resources_tests;
#[cfg(test)]
mod sealed_tests;
#[cfg(test)]
mod sift_tests;
#[cfg(test)]
mod test_support;

pub use broker_tools::BrokerTools;
pub use limits::Limits;
pub use mount::{MountError, join, mount};
pub use sealed::{ForThisProcess, SealError, Seals, SingleUse};
pub use stdio::serve_stdio;
