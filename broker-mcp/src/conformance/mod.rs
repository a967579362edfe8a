//! What the conformance suite of the protocol calls, beside the tools of this crate. It exists with the
//! feature `conformance` only: sampling and roots are asked for by these fixtures and by nothing else.
//!
//! `handler.rs` puts the fixtures before the tools, `tools.rs` are those of the era of `initialize`,
//! `rounds.rs` those that ask by answering, `content.rs` what they answer with.

mod content;
mod handler;
mod rounds;
mod tools;

pub use handler::WithFixtures;
