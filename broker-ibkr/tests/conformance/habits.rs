//! The checks that are not themselves about faults, against a TWS with benign but awkward habits.

use broker_sim::{
    conformance::{CHECKS, Check, Outcome, run},
    fault::Fault,
};
use futures_util::{StreamExt as _, stream};

use super::support::TwsHarness;

/// Checks under way at a time: most of a check is waiting.
const AT_A_TIME: usize = 6;

/// Reports of a whole check.
const ALL: u32 = 10_000;

/// Whether a check is about orders and not about faults of its own.
fn is_relevant(check: &Check) -> bool {
    const OTHERS: &[&str] = &[
        "C-ACCOUNTS",
        "C-QUOTES",
        "C-DEPTH",
        "C-TRADES",
        "C-HISTORY",
        "C-CONTRACT",
        "C-SEARCH",
        "C-GREEKS",
        "C-FUNDAMENTALS",
        "C-CORPORATE-ACTIONS",
        "C-NEWS",
        "C-SCANNER",
        "C-OPTION-CHAIN",
    ];
    const OWN: &[&str] = &[
        "P1.11", "P2.1", "P2.2", "P2.5", "P2.8", "P3.1", "P5.1", "P5.2", "P5.3", "P5.4", "P5.5",
        "P5.6", "P5.7", "P7.1", "P7.3", "P7.4", "P7.5", "P14.1", "P14.2", "P14.3", "P15.3",
    ];
    let capability = check.promise() == "C"
        && !check.id.starts_with("C-STREAM")
        && !check.id.starts_with("C-RESOLVE")
        && !OTHERS.contains(&check.id);
    capability || OWN.contains(&check.id)
}

/// Makes every relevant check and fails with all that was seen.
fn conforms(harness: TwsHarness) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let checks = CHECKS.iter().filter(|check| is_relevant(check));
    let outcomes = checks.map(|check| {
        let harness = &harness;
        async move { (check, run(check, harness).await) }
    });
    let outcomes: Vec<_> =
        runtime.block_on(stream::iter(outcomes).buffer_unordered(AT_A_TIME).collect());
    let passed = outcomes
        .iter()
        .filter(|(_, outcome)| *outcome == Outcome::Passed);
    assert!(passed.count() > 50, "hardly anything was checked");
    let failed: Vec<String> = outcomes
        .iter()
        .filter(|(_, outcome)| outcome.is_failed())
        .map(|(check, outcome)| format!("{}: {outcome}", check.id))
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn statuses_come_twice_and_commissions_late() {
    conforms(TwsHarness {
        habits: |habits| {
            habits.duplicate_statuses = true;
            habits.commission_delay_ms = 700;
        },
        ..TwsHarness::QUIET
    });
}

#[test]
fn fills_come_before_their_orders_and_every_order_is_warned_about() {
    conforms(TwsHarness {
        habits: |habits| {
            habits.fill_before_open_order = true;
            habits.order_warnings = vec![399, 404, 10_349];
        },
        ..TwsHarness::QUIET
    });
}

#[test]
fn every_report_comes_twice() {
    conforms(TwsHarness {
        faults: &[Fault::DuplicateReports { count: ALL }],
        ..TwsHarness::QUIET
    });
}

#[test]
fn every_report_comes_late() {
    conforms(TwsHarness {
        faults: &[Fault::DelayReports {
            count: ALL,
            delay_ms: 900,
        }],
        ..TwsHarness::QUIET
    });
}

#[test]
fn reports_come_in_reverse() {
    conforms(TwsHarness {
        faults: &[Fault::ReorderReports { count: ALL }],
        ..TwsHarness::QUIET
    });
}
