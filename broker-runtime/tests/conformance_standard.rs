//! The whole conformance suite over the paper broker behind the standard stack, limits that look at
//! everything and a trail included, and random trading under random faults.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::{sync::Arc, time::Duration};

use broker_core::dec;
use broker_runtime::{
    journal::MemoryStore,
    layer::{Audit, RetryReads, Stack},
    risk::{Limits, PriceCollar, RiskLimits, WhenUnknown},
};
use broker_sim::{conformance, paper::PaperHarness};
use support::{Stacked, Wrap};

/// Limits that every rule has to be worked out for, and that nothing in the suite comes near.
fn wide() -> RiskLimits {
    let mut limits = Limits::new();
    let most = Some(dec!(900_000_000_000));
    limits.max_order_quantity = most;
    limits.max_order_notional = most;
    limits.max_position_quantity = most;
    limits.max_position_notional = most;
    limits.max_gross_exposure = most;
    limits.max_net_exposure = most;
    limits.max_daily_loss = most;
    limits.max_open_orders = Some(100_000);
    limits.max_orders_per_second = Some(100_000);
    limits.price_collar = Some(PriceCollar {
        percent: dec!(1_000_000),
        both_sides: true,
    });
    // The suite trades what nobody quotes and while events are missing.
    limits.when_unknown = WhenUnknown::Allow;
    let mut all = RiskLimits::each(limits.clone());
    all.total = limits;
    all
}

fn standard() -> Wrap {
    let folder = Arc::new(tempfile::TempDir::new().unwrap());
    let audit = Audit::in_folder(folder.path()).open().unwrap();
    let store = MemoryStore::new();
    Arc::new(move |broker| {
        let (audit, store, folder) = (Arc::clone(&audit), Arc::clone(&store), Arc::clone(&folder));
        Box::pin(async move {
            // A minute of the paper broker is a moment of the machine.
            let moment = Duration::from_millis(5);
            let standing = Stack::standard()
                .retry(RetryReads::default().delays(moment, moment))
                .journal(store)
                .limits(wide())
                .audit(audit)
                .over(broker)
                .await?;
            // Kept as long as the stack.
            let _folder = folder;
            Ok(standing.broker)
        })
    })
}

const HARNESS: fn() -> Stacked<PaperHarness> = || Stacked {
    below: PaperHarness::default(),
    wrap: standard,
};

broker_sim::conformance_tests!(HARNESS());

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_ledger_says_is_true_after_any_faults_behind_the_standard_stack() {
    for seed in 0..40 {
        let outcome = conformance::drill(&HARNESS(), seed).await;
        assert!(!outcome.is_failed(), "{outcome}");
    }
}
