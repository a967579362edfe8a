use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;

use crate::{
    Broker, BrokerExt as _, Covered, ErrorKind, Lookup, OrderLookup, SessionState, Support, Why,
    dec,
    event::EventBody,
    feed::FeedStream,
    model::*,
    test_support::{
        Answer, TestBroker, account, apple, fill_of, id, listed, lock, order, price, report,
    },
};

/// A broker with one order, `a`, of which nobody knows.
async fn unconfirmed() -> Arc<TestBroker> {
    let broker = TestBroker::new();
    broker.start();
    broker.answers(Answer::Unconfirmed);
    let _ = broker.submit(&order("a")).await.unwrap();
    broker
}

fn finds(broker: &TestBroker, lookup: Lookup) {
    lock(&broker.desktop).lookup = lookup;
}

#[tokio::test]
async fn a_lookup_that_finds_the_order_confirms_it() {
    let broker = unconfirmed().await;
    let known = vec![listed(&order("a"), OrderStatus::New, dec!(0))];
    finds(&broker, Lookup::Found(known));
    let OrderLookup::Found(order) = broker.lookup(&account(), &id("a")).await.unwrap() else {
        panic!("it was found");
    };
    assert_eq!(order.status, OrderStatus::New);
}

#[tokio::test]
async fn a_lookup_that_proves_absence_rejects_the_order() {
    let broker = unconfirmed().await;
    finds(&broker, Lookup::Absent);
    let answers = broker.resolve_unconfirmed(&account()).await.unwrap();
    assert_eq!(answers, [(id("a"), OrderLookup::Absent)]);
    assert_eq!(broker.status("a"), Some(OrderStatus::Rejected));
    assert!(
        broker
            .resolve_unconfirmed(&account())
            .await
            .unwrap()
            .is_empty()
    );
    broker.answers(Answer::Accept);
    let error = broker.submit(&order("a")).await.unwrap_err();
    assert_eq!(
        error.kind(),
        ErrorKind::Duplicate,
        "the identifier stays used"
    );
}

#[tokio::test]
async fn a_lookup_without_an_answer_changes_nothing() {
    let broker = unconfirmed().await;
    let words = BrokerText::text("maintenance");
    finds(&broker, Lookup::Inconclusive(words.clone()));
    let lookup = broker.lookup(&account(), &id("a")).await.unwrap();
    assert_eq!(lookup, OrderLookup::Inconclusive(words));
    assert_eq!(broker.status("a"), Some(OrderStatus::Unconfirmed));
    finds(&broker, Lookup::Found(vec![]));
    // Found, but the broker said nothing of it: it is as it was.
    let lookup = broker.lookup(&account(), &id("a")).await.unwrap();
    assert!(
        matches!(lookup, OrderLookup::Found(order) if order.status == OrderStatus::Unconfirmed)
    );
    let lookup = broker.lookup(&account(), &id("ghost")).await.unwrap();
    assert!(matches!(lookup, OrderLookup::Inconclusive(_)));
}

#[tokio::test]
async fn absence_of_an_order_that_the_broker_has_reported_is_not_believed() {
    let broker = unconfirmed().await;
    broker.ledger().report(report("a", ExecutionKind::New));
    finds(&broker, Lookup::Absent);
    let lookup = broker.lookup(&account(), &id("a")).await.unwrap();
    assert!(matches!(lookup, OrderLookup::Inconclusive(_)), "{lookup:?}");
    assert_eq!(broker.status("a"), Some(OrderStatus::New));
    // Brokers forget orders that ended: it was there all the same.
    broker.ledger().report(report("a", ExecutionKind::Canceled));
    let lookup = broker.lookup(&account(), &id("a")).await.unwrap();
    assert!(matches!(lookup, OrderLookup::Found(order) if order.status == OrderStatus::Canceled));
    let lookup = broker.lookup(&account(), &id("ghost")).await.unwrap();
    assert_eq!(lookup, OrderLookup::Absent);
}

#[tokio::test]
async fn listing_orders_folds_them_and_keeps_the_coverage() {
    let broker = TestBroker::new();
    broker.start();
    let open = listed(&order("a"), OrderStatus::New, dec!(0));
    let done = listed(&order("b"), OrderStatus::Canceled, dec!(0));
    lock(&broker.desktop).listed = Covered::Partial {
        value: vec![open, done],
        missing: "yesterday's".into(),
    };
    let orders = broker
        .orders(&account(), &OrderFilter::open())
        .await
        .unwrap();
    assert!(!orders.is_complete());
    let names: Vec<_> = orders
        .value()
        .unwrap()
        .iter()
        .map(|o| o.client_order_id())
        .collect();
    assert_eq!(names, [&id("a")]);
    assert_eq!(
        broker.order(&account(), &id("b")).unwrap().status,
        OrderStatus::Canceled
    );
    let error = broker.order(&account(), &id("c")).unwrap_err();
    assert_eq!(
        (error.kind(), error.field()),
        (ErrorKind::NotFound, Some("client_order_id"))
    );
    let fills = broker
        .fills(&account(), &FillFilter::default())
        .await
        .unwrap();
    assert!(!fills.proves_empty());
}

async fn working() -> Arc<TestBroker> {
    let broker = TestBroker::new();
    broker.start();
    let _ = broker.submit(&order("a")).await.unwrap();
    broker
}

#[tokio::test(start_paused = true)]
async fn waiting_for_a_fill_ends_with_the_fill() {
    let broker = working().await;
    let wait = {
        let broker = Arc::clone(&broker);
        tokio::spawn(async move {
            broker
                .wait_for_fill(&account(), &id("a"), Duration::from_secs(60))
                .await
        })
    };
    tokio::time::sleep(Duration::from_secs(59)).await;
    for (name, units) in [("x1", "40"), ("x2", "60")] {
        assert!(!wait.is_finished());
        let fill = fill_of(&order("a"), name, units, "10", 1);
        broker.ledger().report(ExecutionReport::trade(fill));
        tokio::task::yield_now().await;
    }
    let filled = wait.await.unwrap().unwrap();
    assert_eq!(filled.cumulative_quantity, dec!(100));
    // An order that has ended needs no waiting.
    broker
        .wait_for_fill(&account(), &id("a"), Duration::ZERO)
        .await
        .unwrap();
}

#[tokio::test(start_paused = true)]
async fn waiting_for_a_fill_ends_in_time() {
    let broker = working().await;
    let begin = tokio::time::Instant::now();
    let (account, name) = (account(), id("a"));
    let wait = broker.wait_for_fill(&account, &name, Duration::from_secs(60));
    let error = wait.await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(begin.elapsed(), Duration::from_secs(60));
    assert_eq!(broker.status("a"), Some(OrderStatus::PendingNew));
}

#[tokio::test(start_paused = true)]
async fn waiting_for_a_fill_tells_another_end() {
    let broker = working().await;
    let reason = BrokerText::new("201", "margin");
    let rejected = report("a", ExecutionKind::Rejected).with_reason(reason.clone());
    broker.ledger().report(rejected);
    let (account, name) = (account(), id("a"));
    let wait = broker.wait_for_fill(&account, &name, Duration::from_secs(60));
    let error = wait.await.unwrap_err();
    assert_eq!(
        (error.kind(), error.broker()),
        (ErrorKind::Rejected, Some(&reason))
    );
    let wait = broker.wait_for_end(&account, &name, Duration::from_secs(60));
    assert_eq!(wait.await.unwrap().status, OrderStatus::Rejected);
}

#[tokio::test(start_paused = true)]
async fn waiting_ends_when_the_session_is_closed() {
    let broker = working().await;
    broker.close().await.unwrap();
    let (account, name) = (account(), id("a"));
    let wait = broker.wait_for_fill(&account, &name, Duration::from_secs(60));
    assert_eq!(wait.await.unwrap_err().kind(), ErrorKind::Disconnected);
}

#[tokio::test]
async fn answers_about_instruments_are_kept_for_a_day() {
    let broker = TestBroker::new();
    assert_eq!(broker.resolve("AAPL").await.unwrap(), apple());
    let lot = broker.contract(&apple()).await.unwrap().quantities;
    lock(&broker.desktop).found.clear();
    lock(&broker.desktop).contract.quantities.step = "5".parse().unwrap();
    broker
        .clock
        .advance(TimeDelta::hours(24) - TimeDelta::seconds(1));
    assert_eq!(broker.resolve("AAPL").await.unwrap(), apple());
    assert_eq!(broker.contract(&apple()).await.unwrap().quantities, lot);
    broker.clock.advance(TimeDelta::seconds(1));
    assert!(broker.resolve("AAPL").await.is_err());
    assert_ne!(broker.contract(&apple()).await.unwrap().quantities, lot);
}

#[tokio::test]
async fn quotes_and_events_come_from_their_services() {
    let broker = TestBroker::new();
    assert_eq!(
        broker.quote("AAPL").await.unwrap().last,
        Some(price("187.5"))
    );
    let line = Subscription::Trades {
        instrument: apple(),
    };
    let _stream: FeedStream = broker.subscribe(&line).await.unwrap();
    assert_eq!(broker.desk().feeds().subscriptions().await, [line]);
    let mut events = broker.events(&account()).unwrap();
    let first = events.next().await.unwrap();
    let session = SessionState::Connecting;
    assert_eq!(first.body, EventBody::Session { session });
    assert!(broker.events(&AccountId::new("DU9").unwrap()).is_err());
}

#[tokio::test]
async fn a_preview_needs_a_broker_that_gives_them() {
    let broker = TestBroker::new();
    assert!(broker.preview(&order("a")).await.unwrap().accepted);
    lock(&broker.desktop).capabilities.preview = Support::No(Why::Broker);
    let error = broker.preview(&order("a")).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.operation()),
        (ErrorKind::Unsupported, "preview")
    );
}

#[tokio::test]
async fn a_service_that_is_not_there_is_named() {
    let broker = TestBroker::bare();
    let (account, name) = (account(), id("a"));
    let line = Subscription::Quotes {
        instrument: apple(),
    };
    let filter = OrderFilter::default();
    for (error, service) in [
        (broker.submit(&order("a")).await.unwrap_err(), "trading"),
        (broker.cancel(&account, &name).await.unwrap_err(), "trading"),
        (broker.cancel_all(&account).await.unwrap_err(), "trading"),
        (broker.lookup(&account, &name).await.unwrap_err(), "trading"),
        (
            broker.orders(&account, &filter).await.unwrap_err(),
            "trading",
        ),
        (broker.check(&order("a")).await.unwrap_err(), "reference"),
        (broker.resolve("AAPL").await.unwrap_err(), "reference"),
        (broker.contract(&apple()).await.unwrap_err(), "reference"),
        (broker.quote_of(&apple()).await.unwrap_err(), "market data"),
        (broker.subscribe(&line).await.unwrap_err(), "market data"),
    ] {
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert_eq!(
            error.message(),
            format!("this broker has no {service} service")
        );
    }
}

/// Compiles only if tasks may use a shared broker of any kind.
#[tokio::test]
async fn a_task_may_use_a_shared_broker() {
    async fn spawn<F: core::future::Future<Output = ()> + Send + 'static>(
        task: impl FnOnce(Arc<dyn Broker>) -> F,
    ) {
        let broker = TestBroker::new();
        broker.start();
        tokio::spawn(task(broker)).await.unwrap();
    }
    let minute = Duration::ZERO;
    spawn(|b| async move { drop(b.submit(&order("a")).await) }).await;
    spawn(|b| async move { drop(b.replace(&ReplaceOrder::new(account(), id("a"))).await) }).await;
    spawn(|b| async move { drop(b.cancel(&account(), &id("a")).await) }).await;
    spawn(|b| async move { drop(b.cancel_all(&account()).await) }).await;
    spawn(|b| async move { drop(b.check(&order("a")).await) }).await;
    spawn(|b| async move { drop(b.preview(&order("a")).await) }).await;
    spawn(|b| async move { drop(b.lookup(&account(), &id("a")).await) }).await;
    spawn(|b| async move { drop(b.resolve_unconfirmed(&account()).await) }).await;
    spawn(|b| async move { drop(b.orders(&account(), &OrderFilter::open()).await) }).await;
    spawn(|b| async move { drop(b.fills(&account(), &FillFilter::default()).await) }).await;
    spawn(|b| async move { drop(b.wait_for_end(&account(), &id("a"), minute).await) }).await;
    spawn(|b| async move { drop(b.wait_for_fill(&account(), &id("a"), minute).await) }).await;
    spawn(|b| async move { drop(b.resolve("AAPL").await) }).await;
    spawn(|b| async move { drop(b.contract(&apple()).await) }).await;
    spawn(|b| async move { drop(b.quote("AAPL").await) }).await;
    spawn(|b| async move { drop(b.quote_of(&apple()).await) }).await;
    spawn(|b| async move { drop(b.buy("AAPL", 1).limit("10").submit().await) }).await;
    spawn(|b| async move {
        let line = Subscription::Quotes {
            instrument: apple(),
        };
        drop(b.subscribe(&line).await);
    })
    .await;
}
