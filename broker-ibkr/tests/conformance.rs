//! The conformance suite over the wire: the adapter against a simulated TWS.

mod support;

mod conformance {
    broker_sim::conformance_tests!(super::support::TwsHarness::QUIET);
}
