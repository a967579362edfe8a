//! The whole conformance suite over the paper broker behind a journal in a SQLite file, which all
//! processes of a world share, and random trading under random faults.
#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![cfg(feature = "sqlite")]

mod support;

use std::sync::Arc;

use broker_runtime::{
    journal::{JournalStore, SqliteStore},
    layer::{Journal, Stack, Timeout},
};
use broker_sim::{conformance, paper::PaperHarness};
use support::{Stacked, Wrap};

fn journal() -> Wrap {
    let directory = tempfile::TempDir::new().unwrap();
    let store: Arc<dyn JournalStore> =
        SqliteStore::open(directory.path().join("journal.sqlite")).unwrap();
    let kept = Arc::new((directory, store));
    Arc::new(move |broker| {
        let kept = Arc::clone(&kept);
        Box::pin(async move {
            let journal = Journal::open(Arc::clone(&kept.1)).await?;
            let stack = Stack::over(broker).layer(Timeout::default())?;
            Ok(stack.layer(journal)?.build())
        })
    })
}

const HARNESS: fn() -> Stacked<PaperHarness> = || Stacked {
    below: PaperHarness::default(),
    wrap: journal,
};

broker_sim::conformance_tests!(HARNESS());

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_ledger_says_is_true_after_any_faults_behind_a_journal() {
    for seed in 0..40 {
        let outcome = conformance::drill(&HARNESS(), seed).await;
        assert!(!outcome.is_failed(), "{outcome}");
    }
}
