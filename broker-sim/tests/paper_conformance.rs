//! The whole conformance suite over the paper broker.

#![cfg(feature = "conformance")]

broker_sim::conformance_tests!(broker_sim::paper::PaperHarness::default());
