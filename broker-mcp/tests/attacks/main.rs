//! What somebody who means harm would try, against the program as people run it: over REST, over the paths of
//! former programs, and over MCP.
//!
//! `stand.rs` starts the program with its keys and speaks HTTP to it, `session.rs` speaks MCP. `doors.rs` is
//! who gets in and where to, `numbers.rs` amounts that are none, `model.rs` a model that does whatever it
//! finds, `consent.rs` confirmations that are played back, swapped and made up, `keys.rs` keys that end while
//! they are in use, `words.rs` text that hides something, `secrets.rs` what is left behind on the disk,
//! `crash.rs` the program killed around an order, `crash_tiger.rs` the same at the other broker.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod consent;
mod crash;
mod crash_tiger;
mod doors;
mod keys;
mod model;
mod numbers;
mod secrets;
mod session;
mod stand;
mod toll;
mod wire;
mod words;
