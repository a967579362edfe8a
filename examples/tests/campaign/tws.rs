//! The simulated TWS of the adapter's own tests.

#[path = "../../../broker-ibkr/tests/support/mod.rs"]
mod support;

use support::{Patience, TwsHarness};

/// A TWS like any other and an adapter that does not wait long for it.
pub(crate) const HARNESS: TwsHarness = TwsHarness {
    patience: Patience::Little,
    ..TwsHarness::QUIET
};
