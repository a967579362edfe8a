//! The conformance suite over the wire: the adapter against a simulated TWS.
//!
//! All of it against a quiet TWS; of `habits` what is not itself about faults, against a TWS that tells
//! everything twice, late, in the wrong order or with a warning. `clock_change` and `pacing` make the
//! checks that need a week or a budget of their own.

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

#[path = "conformance/clock_change.rs"]
mod clock_change;
#[path = "conformance/habits.rs"]
mod habits;
#[path = "conformance/pacing.rs"]
mod pacing;
