//! The conformance suite over the wire: the adapter against a simulated Tiger.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "tests fail by panicking"
)]

mod support;

#[path = "conformance/rig.rs"]
mod rig;

broker_sim::conformance_tests!(rig::TigerHarness { bans: true });
