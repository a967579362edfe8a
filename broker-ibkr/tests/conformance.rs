//! The conformance suite over the wire: the adapter against a simulated TWS.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "tests fail by panicking"
)]

mod support;

mod conformance {
    broker_sim::conformance_tests!(super::support::TwsHarness::QUIET);
}
