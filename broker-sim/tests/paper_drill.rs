//! Random trading under random faults, over the paper broker.
#![cfg(feature = "conformance")]

use broker_sim::{conformance, paper::PaperHarness};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_ledger_says_is_true_after_any_faults() {
    let harness = PaperHarness::default();
    for seed in 0..150 {
        let outcome = conformance::drill(&harness, seed).await;
        assert!(!outcome.is_failed(), "{outcome}");
    }
}
