//! The supervisor over real adapters and their wires: what is restarted, what is left alone, and that
//! orders are known afterwards.
//!
//! The broker is a simulated one in this process, and keeps its orders whatever becomes of the way to it.
//! `stage` is a program under supervision, `relay` a gateway that runs as a process of its own, `ibkr`
//! and `tiger` are the tests.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod ibkr;
mod relay;
mod stage;
mod tiger;

#[test]
#[ignore = "the gateway of the other tests"]
fn a_gateway() {
    relay::serve();
}
