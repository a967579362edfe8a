use std::sync::Arc;

use broker_core::{
    Broker, BrokerExt as _, Covered, Decimal, UnconfirmedCause, dec,
    event::{Baseline, EventBody, Ledger},
    model::{
        ExecutionId, ExecutionKind, ExecutionReport, Fill, NewOrder, OrderStatus, OrderType, Side,
    },
    order_state::OrderWarning,
};
use chrono::TimeDelta;

use super::{
    Journal,
    journal_tests::{found, intents, over, settle},
};
use crate::{
    journal::{Entry, IntentOutcome, JournalFilter, JournalStore as _, MemoryStore},
    test_support::{Step, Stub, account, buy, id, live, lock, order, price, start, units},
};

#[tokio::test]
async fn orders_and_fills_follow_the_ledger_busts_included() {
    let (stub, store) = (Stub::new(), MemoryStore::new());
    let (_journal, broker) = over(&stub, &store).await;
    let terms = buy("a", 100, dec!(10));
    let _ = broker.submit(&terms).await.unwrap();
    stub.works(&terms);
    stub.fills(&terms, "e1", 40, dec!(10));
    stub.fills(&terms, "e2", 60, dec!(10));
    settle().await;
    let fills = store.fills(&JournalFilter::of(account())).await.unwrap();
    assert_eq!(fills.len(), 2);
    let orders = store.orders(&JournalFilter::default()).await.unwrap();
    assert_eq!(orders[0].status, OrderStatus::Filled);
    let bust = ExecutionKind::TradeCancel {
        execution_id: ExecutionId::new("e2").unwrap(),
    };
    stub.ledger().report(ExecutionReport::new(id("a"), bust));
    settle().await;
    let fills = store.fills(&JournalFilter::default()).await.unwrap();
    assert_eq!(
        fills
            .iter()
            .map(|f| f.execution_id.as_str())
            .collect::<Vec<_>>(),
        ["e1"]
    );
    let orders = store.orders(&JournalFilter::default()).await.unwrap();
    assert_eq!(orders[0].cumulative_quantity, dec!(40));
    let busted = store.busted_fills(&JournalFilter::default()).await.unwrap();
    assert_eq!(busted[0].fill.execution_id.as_str(), "e2");
}

/// A new process of a broker that lists the order `a` with so much filled and no execution of the last
/// hour.
fn lists_no_fill(stub: &Stub, filled: Decimal) -> Arc<Ledger> {
    let ledger = stub.ledger();
    let terms = buy("a", 100, dec!(10));
    let status = OrderStatus::Canceled;
    let mut report =
        ExecutionReport::new(id("a"), ExecutionKind::Status { status }).with_terms(Arc::new(terms));
    report.cumulative_quantity = Some(filled);
    let ticket = ledger.begin();
    let _none = ledger.complete(
        ticket,
        Baseline {
            orders: Covered::Complete(vec![report]),
            fills: Covered::Since {
                value: Vec::new(),
                from: stub.now() - TimeDelta::hours(1),
            },
            positions: Covered::Complete(Vec::new()),
            summary: Covered::Unavailable("not asked".into()),
        },
    );
    ledger
}

/// A journal in which an earlier process has written fills of the order `a`, so many hours ago.
async fn with_fills(stub: &Stub, hours: &[i64]) -> Arc<MemoryStore> {
    let store = MemoryStore::new();
    let terms = buy("a", 100, dec!(10));
    let fills = hours.iter().map(|ago| {
        let name = ExecutionId::new(format!("{ago}h")).unwrap();
        let at = stub.now() - TimeDelta::hours(*ago);
        let fill = Fill::new(name, &terms, price(dec!(10)), units(50), at);
        Entry::Fill(Arc::new(fill))
    });
    store.record(fills.collect());
    store
}

#[tokio::test]
async fn a_fill_that_was_busted_between_two_processes_is_struck_out_and_told() {
    let stub = Stub::unready(start());
    let store = with_fills(&stub, &[0]).await;
    let mut reader = lists_no_fill(&stub, dec!(0)).subscribe();
    let (_journal, _broker) = over(&stub, &store).await;
    settle().await;
    let all = JournalFilter::default();
    assert_eq!(store.fills(&all).await.unwrap(), []);
    let busted = store.busted_fills(&all).await.unwrap();
    assert_eq!(busted[0].fill.execution_id.as_str(), "0h");
    let mut told = Vec::new();
    while let Some(event) = reader.try_next() {
        if let EventBody::Execution {
            warning: Some(OrderWarning::UnreportedBust { fill }),
            ..
        } = &event.body
        {
            told.push(fill.execution_id.to_string());
        }
    }
    assert_eq!(told, ["0h"]);
}

#[tokio::test]
async fn a_written_fill_stays_that_is_too_old_to_be_listed_or_that_its_order_counts() {
    let all = JournalFilter::default();
    for (hours, filled, stay) in [
        (&[2_i64][..], dec!(0), 1),
        (&[0], dec!(50), 1),
        // The older one is what the order counts.
        (&[0, 2], dec!(50), 1),
        (&[0, 2], dec!(100), 2),
    ] {
        let stub = Stub::unready(start());
        let store = with_fills(&stub, hours).await;
        lists_no_fill(&stub, filled);
        let (_journal, _broker) = over(&stub, &store).await;
        settle().await;
        let fills = store.fills(&all).await.unwrap();
        assert_eq!(fills.len(), stay, "{hours:?} {filled}");
    }
}

/// The broker, the journal and what is above them after an order that was sent and never answered.
async fn without_an_answer(
    terms: &NewOrder,
) -> (Arc<Stub>, Arc<MemoryStore>, (Arc<Journal>, Arc<dyn Broker>)) {
    let (stub, store) = (Stub::new(), MemoryStore::new());
    let top = over(&stub, &store).await;
    stub.then("submit", Step::Unconfirmed(UnconfirmedCause::Timeout));
    let _ = top.1.submit(terms).await.unwrap();
    settle().await;
    assert!(intents(&store).await[0].outcome.is_open());
    (stub, store, top)
}

#[tokio::test]
async fn a_report_of_the_broker_settles_what_was_unconfirmed() {
    let terms = order("a", Side::Buy, 1, OrderType::Market);
    let (stub, store, _top) = without_an_answer(&terms).await;
    stub.works(&terms);
    settle().await;
    let status = OrderStatus::New;
    assert_eq!(
        intents(&store).await[0].outcome,
        IntentOutcome::Found { status }
    );
}

#[tokio::test]
async fn an_order_that_the_broker_has_and_holds_is_no_longer_unconfirmed() {
    let terms = buy("exit", 1, dec!(10));
    let (stub, store, (_journal, broker)) = without_an_answer(&terms).await;
    // The exit of a bracket whose entry is not filled yet.
    let status = OrderStatus::PendingNew;
    lock(&stub.lookups).insert(id("exit"), found("exit", status.clone()));
    let _ = broker.lookup(&account(), &id("exit")).await.unwrap();
    settle().await;
    assert!(
        broker
            .desk()
            .ledger(&account())
            .unwrap()
            .unconfirmed()
            .is_empty()
    );
    assert_eq!(
        intents(&store).await[0].outcome,
        IntentOutcome::Found { status }
    );
}

/// A list of the broker's with nothing but the order, which it holds back.
fn lists_as_held(ledger: &Ledger, terms: &NewOrder) {
    let status = OrderStatus::PendingNew;
    let kind = ExecutionKind::Status { status };
    let report = ExecutionReport::new(terms.client_order_id.clone(), kind);
    let ticket = ledger.begin();
    let _none = ledger.complete(
        ticket,
        Baseline {
            orders: Covered::Complete(vec![report.with_terms(Arc::new(terms.clone()))]),
            fills: Covered::Complete(Vec::new()),
            positions: Covered::Complete(Vec::new()),
            summary: Covered::Unavailable("not asked".into()),
        },
    );
}

#[tokio::test]
async fn an_order_that_a_snapshot_shows_as_held_is_no_longer_unconfirmed() {
    let terms = buy("exit", 1, dec!(10));
    let (stub, store, _top) = without_an_answer(&terms).await;
    // Read with everything else after a reconnect, so that no report is told.
    lists_as_held(&stub.ledger(), &terms);
    settle().await;
    let status = OrderStatus::PendingNew;
    assert_eq!(
        intents(&store).await[0].outcome,
        IntentOutcome::Found { status }
    );
}

#[tokio::test]
async fn a_late_first_word_of_the_broker_settles_what_was_unconfirmed() {
    let (stub, store, _top) = without_an_answer(&buy("a", 1, dec!(10))).await;
    let word = ExecutionReport::new(id("a"), ExecutionKind::PendingNew);
    stub.ledger().report(word);
    settle().await;
    let status = OrderStatus::PendingNew;
    assert_eq!(
        intents(&store).await[0].outcome,
        IntentOutcome::Found { status }
    );
}

#[tokio::test]
async fn a_first_word_before_the_answer_is_not_the_answer() {
    let (stub, store) = (Stub::new(), MemoryStore::new());
    let (_journal, broker) = over(&stub, &store).await;
    stub.then("submit", Step::Hold);
    let sending = tokio::spawn({
        let broker = Arc::clone(&broker);
        async move { broker.submit(&buy("a", 1, dec!(10))).await }
    });
    while stub.count("submit") == 0 {
        tokio::task::yield_now().await;
    }
    let word = ExecutionReport::new(id("a"), ExecutionKind::PendingNew);
    stub.ledger().report(word);
    // It is in every snapshot from here on, listed or not.
    live(&stub.ledger(), Vec::new(), start());
    settle().await;
    assert_eq!(intents(&store).await[0].outcome, IntentOutcome::Open);
    stub.held.notify_one();
    let _ = sending.await.unwrap().unwrap();
    let outcome = intents(&store).await[0].outcome.clone();
    assert!(
        matches!(outcome, IntentOutcome::Accepted { .. }),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn an_order_that_a_lookup_proves_absent_is_written_down_as_absent() {
    let (stub, store) = (Stub::new(), MemoryStore::new());
    let (_journal, broker) = over(&stub, &store).await;
    stub.then("submit", Step::Unconfirmed(UnconfirmedCause::Timeout));
    let _ = broker.submit(&buy("a", 1, dec!(10))).await.unwrap();
    let _ = broker.lookup(&account(), &id("a")).await.unwrap();
    settle().await;
    assert_eq!(intents(&store).await[0].outcome, IntentOutcome::Absent);
}

#[tokio::test]
async fn a_snapshot_brings_what_the_journal_missed() {
    let (stub, store) = (Stub::unready(start()), MemoryStore::new());
    let terms = buy("a", 100, dec!(10));
    stub.works(&terms);
    stub.fills(&terms, "e1", 100, dec!(10));
    live(&stub.ledger(), Vec::new(), start());
    let (_journal, _broker) = over(&stub, &store).await;
    settle().await;
    assert_eq!(
        store.fills(&JournalFilter::default()).await.unwrap().len(),
        1
    );
}
