use core::time::Duration;
use std::sync::Arc;

use broker_core::{
    Acknowledgement, Broker, BrokerExt, ErrorKind, Lookup, UnconfirmedCause, dec,
    model::{BrokerText, ExecutionKind, ExecutionReport, OrderList, OrderStatus, ReplaceOrder},
};

use super::{Journal, Stack, Timeout};
use crate::{
    journal::{Action, Intent, IntentOutcome, JournalFilter, JournalStore, MemoryStore, NewIntent},
    test_support::{Step, Stub, account, apple, buy, failure, id, lock, price, sell, start},
};

/// A stack with a journal over a store that may have seen earlier processes.
pub(super) async fn over(
    stub: &Arc<Stub>,
    store: &Arc<MemoryStore>,
) -> (Arc<Journal>, Arc<dyn Broker>) {
    let journal = Journal::open(Arc::clone(store) as Arc<dyn JournalStore>)
        .await
        .unwrap();
    let stack = Stack::over(stub.dynamic())
        .layer(Timeout::after(Duration::from_secs(1)))
        .unwrap()
        .layer(Arc::clone(&journal))
        .unwrap();
    (journal, stack.build())
}

pub(super) async fn intents(store: &MemoryStore) -> Vec<Intent> {
    store.intents(&JournalFilter::default()).await.unwrap()
}

/// Lets what follows the ledger catch up.
pub(super) async fn settle() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

fn accepted() -> IntentOutcome {
    IntentOutcome::Accepted {
        broker_order_id: None,
    }
}

#[tokio::test]
async fn an_intent_is_written_down_before_the_order_is_sent() {
    let (stub, store) = (Stub::new(), MemoryStore::new());
    let (_journal, broker) = over(&stub, &store).await;
    stub.then("submit", Step::Hold);
    let order = buy("a", 100, dec!(10));
    let sending = tokio::spawn({
        let (broker, order) = (Arc::clone(&broker), order.clone());
        async move { broker.submit(&order).await }
    });
    while stub.count("submit") == 0 {
        tokio::task::yield_now().await;
    }
    let written = intents(&store).await;
    assert_eq!(written.len(), 1);
    assert_eq!(written[0].outcome, IntentOutcome::Open);
    assert!(
        matches!(&written[0].action, Action::Submit { order: terms, list: None } if **terms == order)
    );
    stub.held.notify_one();
    let _ = sending.await.unwrap().unwrap();
    assert_eq!(intents(&store).await[0].outcome, accepted());
}

#[tokio::test(start_paused = true)]
async fn what_became_of_each_command_is_written_down() {
    let (stub, store) = (Stub::new(), MemoryStore::new());
    let (_journal, broker) = over(&stub, &store).await;
    stub.then("submit", Step::Fail(failure(ErrorKind::Rejected)));
    broker
        .submit(&buy("refused", 1, dec!(10)))
        .await
        .unwrap_err();
    stub.then("submit", Step::Hang);
    let answer = broker.submit(&buy("silent", 1, dec!(10))).await.unwrap();
    assert_eq!(
        answer,
        Acknowledgement::unconfirmed(UnconfirmedCause::Timeout)
    );
    stub.then("submit", Step::Hang);
    let order = buy("dropped", 1, dec!(10));
    let dropped = tokio::time::timeout(Duration::from_millis(1), broker.submit(&order)).await;
    assert!(dropped.is_err());
    stub.works(&buy("works", 1, dec!(10)));
    let mut change = ReplaceOrder::new(account(), id("works"));
    change.limit_price = Some(price(dec!(11)));
    let _ = broker.replace(&change).await.unwrap();
    let _ = broker.cancel(&account(), &id("works")).await.unwrap();
    let _ = broker.cancel_all(&account()).await.unwrap();
    let written = intents(&store).await;
    let words: Vec<_> = written
        .iter()
        .map(|i| (i.action.as_str(), i.outcome.clone()))
        .collect();
    let unconfirmed = |cause| IntentOutcome::Unconfirmed { cause };
    assert_eq!(words[0].0, "submit");
    assert!(matches!(&words[0].1, IntentOutcome::Refused { kind, .. } if kind == "rejected"));
    assert_eq!(words[1], ("submit", unconfirmed(UnconfirmedCause::Timeout)));
    assert_eq!(words[2], ("submit", unconfirmed(UnconfirmedCause::Dropped)));
    assert_eq!(words[3], ("replace", accepted()));
    assert_eq!(words[4], ("cancel", accepted()));
    assert_eq!(words[5], ("cancel_all", accepted()));
}

#[tokio::test]
async fn each_order_of_a_list_is_an_intent_of_its_own() {
    let (stub, store) = (Stub::new(), MemoryStore::new());
    let (_journal, broker) = over(&stub, &store).await;
    let list = OrderList::bracket(buy("entry", 1, dec!(10)), price(dec!(12)), price(dec!(8)));
    let list = list.unwrap();
    let _ = broker.submit_list(&list).await.unwrap();
    let written = intents(&store).await;
    assert_eq!(written.len(), 3);
    for ((order, role), intent) in list.orders().zip(&written) {
        assert_eq!(
            intent.client_order_id.as_ref(),
            Some(&order.client_order_id)
        );
        assert_eq!(intent.outcome, accepted());
        let Action::Submit {
            list: Some(link), ..
        } = &intent.action
        else {
            panic!("{intent:?}");
        };
        assert_eq!((&link.list, link.role), (list.id(), role));
    }
}

#[tokio::test]
async fn what_cannot_be_written_down_is_not_sent() {
    let (stub, store) = (Stub::new(), MemoryStore::new());
    let (_journal, broker) = over(&stub, &store).await;
    store.break_with(Some("disk full"));
    let error = broker.submit(&buy("a", 1, dec!(10))).await.unwrap_err();
    assert_eq!((error.kind(), stub.count("submit")), (ErrorKind::Io, 0));
    store.break_with(None);
    // The identifier is free: nothing was sent.
    assert!(
        broker
            .submit(&buy("a", 1, dec!(10)))
            .await
            .unwrap()
            .is_accepted()
    );
}

#[tokio::test]
async fn cancels_and_reductions_are_sent_although_they_cannot_be_written_down() {
    let (stub, store) = (Stub::new(), MemoryStore::new());
    let (_journal, broker) = over(&stub, &store).await;
    stub.holds(&apple(), dec!(100), dec!(10));
    stub.works(&buy("works", 1, dec!(10)));
    store.break_with(Some("disk full"));
    let _ = broker.cancel(&account(), &id("works")).await.unwrap();
    let _ = broker.cancel_all(&account()).await.unwrap();
    let _ = broker.submit(&sell("half", 50, dec!(10))).await.unwrap();
    // Each alone is smaller than the position, together they are not.
    let error = broker
        .submit(&sell("more", 51, dec!(10)))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    // A refused one frees its part again.
    stub.then("submit", Step::Fail(failure(ErrorKind::Rejected)));
    broker
        .submit(&sell("refused", 50, dec!(10)))
        .await
        .unwrap_err();
    let _ = broker.submit(&sell("rest", 50, dec!(10))).await.unwrap();
    let error = broker
        .submit(&sell("flips", 1, dec!(10)))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    let mut change = ReplaceOrder::new(account(), id("works"));
    change.quantity = Some(crate::test_support::units(1_000));
    broker.replace(&change).await.unwrap_err();
    assert_eq!((stub.count("submit"), stub.count("replace")), (3, 0));
}

#[tokio::test]
async fn reductions_that_come_together_cannot_turn_a_position_round() {
    let (stub, store) = (Stub::new(), MemoryStore::new());
    let (_journal, broker) = over(&stub, &store).await;
    stub.holds(&apple(), dec!(100), dec!(10));
    store.break_with(Some("disk full"));
    for _ in 0..10 {
        stub.then("submit", Step::Hold);
    }
    let sends: Vec<_> = (0..10)
        .map(|n| {
            let broker = Arc::clone(&broker);
            let order = sell(&format!("s{n}"), 30, dec!(10));
            tokio::spawn(async move { broker.submit(&order).await })
        })
        .collect();
    settle().await;
    stub.held.notify_waiters();
    let mut sent = 0;
    for send in sends {
        sent += usize::from(send.await.unwrap().is_ok());
    }
    assert_eq!(sent, 3);
}

#[tokio::test]
async fn without_a_known_position_nothing_counts_as_a_reduction() {
    let (stub, store) = (Stub::unready(start()), MemoryStore::new());
    let (_journal, broker) = over(&stub, &store).await;
    store.break_with(Some("disk full"));
    let error = broker.submit(&sell("a", 1, dec!(10))).await.unwrap_err();
    assert_eq!((error.kind(), stub.count("submit")), (ErrorKind::Io, 0));
}

// ---- after a crash ----------------------------------------------------------------------------

async fn left_open(store: &MemoryStore, name: &str, action: Action) {
    let intent = NewIntent {
        account: account(),
        client_order_id: (action != Action::CancelAll).then(|| id(name)),
        action,
        at: start(),
    };
    store.begin(vec![intent]).await.unwrap();
}

fn submit_of(name: &str) -> Action {
    Action::Submit {
        order: Arc::new(buy(name, 100, dec!(10))),
        list: None,
    }
}

pub(super) fn found(name: &str, status: OrderStatus) -> Lookup {
    // As a broker may answer that keeps no terms.
    Lookup::Found(vec![ExecutionReport::new(
        id(name),
        ExecutionKind::Status { status },
    )])
}

#[tokio::test(start_paused = true)]
async fn every_open_intent_is_looked_up_and_what_was_found_is_told() {
    let (stub, store) = (Stub::new(), MemoryStore::new());
    for name in ["here", "lost", "late"] {
        left_open(&store, name, submit_of(name)).await;
    }
    left_open(&store, "here", Action::Cancel).await;
    left_open(&store, "", Action::CancelAll).await;
    lock(&stub.lookups).insert(id("here"), found("here", OrderStatus::New));
    lock(&stub.lookups).insert(
        id("late"),
        Lookup::Inconclusive(BrokerText::text("ask later")),
    );
    let (journal, broker) = over(&stub, &store).await;
    settle().await;
    // All but the one that nobody knows; it is in the ledger, so that it can be seen and canceled.
    let open = journal.recovery().borrow().open.clone();
    assert_eq!(open.len(), 1);
    let late = broker.order(&account(), &id("late")).unwrap();
    assert_eq!(late.status, OrderStatus::Unconfirmed);
    lock(&stub.lookups).insert(id("late"), found("late", OrderStatus::Filled));
    let recovery = journal.recovered().await;
    let mut words: Vec<_> = recovery
        .reconciled
        .iter()
        .map(|i| (i.id.0, i.outcome.as_str()))
        .collect();
    words.sort_unstable();
    assert_eq!(
        words,
        [
            (1, "found"),
            (2, "absent"),
            (3, "found"),
            (4, "found"),
            (5, "open_orders")
        ]
    );
    assert_eq!(
        broker.order(&account(), &id("here")).unwrap().status,
        OrderStatus::New
    );
    assert_eq!(
        broker.order(&account(), &id("lost")).unwrap().status,
        OrderStatus::Rejected
    );
    assert!(
        intents(&store)
            .await
            .iter()
            .all(|intent| !intent.outcome.is_open())
    );
    assert_eq!(
        (stub.count("submit"), stub.count("cancel")),
        (0, 0),
        "nothing is sent again"
    );
}

#[tokio::test]
async fn an_identifier_of_an_earlier_process_is_not_sent_again() {
    let store = MemoryStore::new();
    let (_journal, broker) = over(&Stub::new(), &store).await;
    let _ = broker.submit(&buy("a", 100, dec!(10))).await.unwrap();
    // A new process over a broker that remembers nothing.
    let stub = Stub::new();
    let (_journal, broker) = over(&stub, &store).await;
    let error = broker.submit(&buy("a", 100, dec!(10))).await.unwrap_err();
    assert_eq!(
        (error.kind(), stub.count("submit")),
        (ErrorKind::Duplicate, 0)
    );
}

#[tokio::test(start_paused = true)]
async fn a_lookup_that_fails_is_made_again() {
    let (stub, store) = (Stub::new(), MemoryStore::new());
    left_open(&store, "a", submit_of("a")).await;
    for _ in 0..3 {
        stub.then("find", Step::Fail(failure(ErrorKind::Disconnected)));
    }
    let (journal, _broker) = over(&stub, &store).await;
    let recovery = journal.recovered().await;
    assert_eq!(recovery.reconciled[0].outcome, IntentOutcome::Absent);
    assert_eq!(stub.count("find"), 4);
}

#[tokio::test(start_paused = true)]
async fn the_broker_is_not_asked_before_its_session_is_ready() {
    let (stub, store) = (Stub::new(), MemoryStore::new());
    left_open(&store, "a", submit_of("a")).await;
    stub.session
        .send_replace(broker_core::SessionState::Connecting);
    let (journal, _broker) = over(&stub, &store).await;
    settle().await;
    assert_eq!(stub.count("find"), 0);
    stub.session.send_replace(broker_core::SessionState::Ready);
    assert!(journal.recovered().await.is_done());
}
