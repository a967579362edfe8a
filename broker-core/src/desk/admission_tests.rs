use std::sync::Arc;

use chrono::{TimeDelta, TimeZone as _, Utc};
use futures_util::FutureExt as _;

use crate::{
    Broker as _, BrokerExt as _, Error, ErrorKind, Support, Why, dec,
    model::*,
    test_support::{
        Answer, TestBroker, id, limit, lock, of_type, order, price, quantity, report, time,
    },
};

#[track_caller]
fn is(error: &Error, kind: ErrorKind, field: &str) {
    assert_eq!(
        (error.kind(), error.field()),
        (kind, Some(field)),
        "{error}"
    );
}

#[tokio::test]
async fn an_order_is_sent_and_pending() {
    let broker = TestBroker::new();
    broker.start();
    let acknowledged = broker.submit(&order("a")).await.unwrap();
    assert!(acknowledged.is_accepted());
    assert_eq!(broker.sent(), ["submit a"]);
    assert_eq!(broker.status("a"), Some(OrderStatus::PendingNew));
    let known = broker.ledger().order(&id("a")).unwrap();
    assert_eq!(known.broker_order_id().unwrap().as_str(), "b-1");
}

#[tokio::test]
async fn a_used_identifier_is_refused_before_the_adapter_sees_it() {
    let broker = TestBroker::new();
    broker.start();
    let _ = broker.submit(&order("a")).await.unwrap();
    let error = broker.submit(&limit("a", "10")).await.unwrap_err();
    is(&error, ErrorKind::Duplicate, "client_order_id");
    assert_eq!(error.operation(), "submit");
    // Also one that only the broker has told of, and also after its end.
    let other = report("b", ExecutionKind::Canceled).with_terms(Arc::new(order("b")));
    broker.ledger().report(other);
    is(
        &broker.submit(&order("b")).await.unwrap_err(),
        ErrorKind::Duplicate,
        "client_order_id",
    );
    assert_eq!(broker.sent(), ["submit a"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_orders_at_once_under_one_identifier_one_is_sent() {
    let broker = TestBroker::new();
    broker.start();
    let tasks: Vec<_> = (0..64)
        .map(|_| {
            let broker = Arc::clone(&broker);
            tokio::spawn(async move { broker.submit(&order("a")).await })
        })
        .collect();
    let mut accepted = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(_) => accepted += 1,
            Err(error) => assert_eq!(error.kind(), ErrorKind::Duplicate),
        }
    }
    assert_eq!((accepted, broker.sent().len()), (1, 1));
}

#[test]
fn an_identifier_is_taken_once_however_close_the_race() {
    let broker = TestBroker::new();
    for round in 0..300 {
        let name = format!("r{round}");
        let start = std::sync::Barrier::new(4);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let terms = order(&name);
                    start.wait();
                    drop(broker.submit(&terms).now_or_never());
                });
            }
        });
        assert_eq!(broker.sent().len(), round + 1, "{name}");
    }
}

#[tokio::test]
async fn an_error_gives_the_identifier_back() {
    let broker = TestBroker::new();
    broker.start();
    broker.answers(Answer::Refuse(ErrorKind::Disconnected));
    let error = broker.submit(&order("a")).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.operation()),
        (ErrorKind::Disconnected, "submit")
    );
    assert_eq!(broker.status("a"), None);
    broker.answers(Answer::Accept);
    let _ = broker.submit(&order("a")).await.unwrap();
    assert_eq!(broker.sent(), ["submit a", "submit a"]);
}

#[tokio::test]
async fn an_unconfirmed_order_keeps_its_identifier() {
    let broker = TestBroker::new();
    broker.start();
    broker.answers(Answer::Unconfirmed);
    let outcome = broker.submit(&order("a")).await.unwrap();
    assert!(!outcome.is_accepted());
    assert_eq!(broker.status("a"), Some(OrderStatus::Unconfirmed));
    let known = broker.ledger().order(&id("a")).unwrap();
    assert_eq!(known.reason, Some(BrokerText::text("timeout")));
    broker.answers(Answer::Accept);
    is(
        &broker.submit(&order("a")).await.unwrap_err(),
        ErrorKind::Duplicate,
        "client_order_id",
    );
    assert_eq!(broker.sent().len(), 1);
}

#[tokio::test]
async fn giving_up_waiting_leaves_the_order_unconfirmed() {
    let broker = TestBroker::new();
    broker.start();
    broker.answers(Answer::Hang);
    assert!(broker.submit(&order("a")).now_or_never().is_none());
    assert_eq!(broker.status("a"), Some(OrderStatus::Unconfirmed));
    let known = broker.ledger().order(&id("a")).unwrap();
    assert_eq!(known.reason, Some(BrokerText::text("dropped")));
    broker.answers(Answer::Accept);
    is(
        &broker.submit(&order("a")).await.unwrap_err(),
        ErrorKind::Duplicate,
        "client_order_id",
    );
}

#[tokio::test]
async fn a_report_that_overtakes_the_answer_wins() {
    let broker = TestBroker::new();
    broker.start();
    broker.answers(Answer::Hang);
    {
        let terms = order("a");
        let mut waiting = Box::pin(broker.submit(&terms));
        assert!((&mut waiting).now_or_never().is_none());
        // Without terms: they are those of the order on its way.
        broker.ledger().report(report("a", ExecutionKind::New));
    }
    assert_eq!(
        broker.status("a"),
        Some(OrderStatus::New),
        "dropping changes nothing now"
    );
}

/// What is refused before sending: the order, the kind of error, the field.
#[tokio::test]
async fn what_can_be_known_is_refused_before_sending() {
    use ErrorKind::{InvalidRequest as Invalid, NotFound, Unsupported};
    let broker = TestBroker::new();
    broker.start();
    {
        let mut desktop = lock(&broker.desktop);
        desktop.capabilities.short_sale = Support::Native(());
        desktop.contract.quantities.step = quantity("10");
        desktop.contract.quantities.minimum = quantity("20");
    }
    let with = |change: fn(&mut NewOrder)| {
        let mut order = limit("a", "187.50");
        change(&mut order);
        order
    };
    let gtd = |date| limit("a", "187.50").with_time_in_force(TimeInForce::Gtd(date));
    let units = |units| {
        let mut order = limit("a", "187.50");
        order.amount = OrderAmount::Quantity(quantity(units));
        order
    };
    let year_9999 = Utc.with_ymd_and_hms(9999, 12, 31, 23, 59, 59).unwrap();
    let stop = |trigger, at| OrderType::StopLimit {
        trigger: price(trigger),
        price: price(at),
    };
    for (refused, kind, field) in [
        (limit("a", "187.505"), Invalid, "order_type.price"),
        (limit("a", "0.00005"), Invalid, "order_type.price"),
        (
            of_type("a", stop("187.505", "1")),
            Invalid,
            "order_type.trigger",
        ),
        (
            of_type("a", stop("1", "187.505")),
            Invalid,
            "order_type.price",
        ),
        (units("25"), Invalid, "amount.quantity"),
        (units("10"), Invalid, "amount.quantity"),
        (units("100010"), Invalid, "amount.quantity"),
        (
            with(|o| o.display_quantity = Some(quantity("25"))),
            Invalid,
            "display_quantity",
        ),
        (
            with(|o| o.amount = OrderAmount::Cash(Money::new(dec!(5), Currency::EUR))),
            Invalid,
            "amount.cash",
        ),
        (
            with(|o| o.instrument = Instrument::index("SPX", Mic::XCBO, Currency::USD).unwrap()),
            Invalid,
            "instrument",
        ),
        (with(|o| o.side = Side::SellShort), Invalid, "side"),
        (gtd(time(0)), Invalid, "time_in_force"),
        (gtd(time(-1)), Invalid, "time_in_force"),
        (gtd(year_9999), Invalid, "time_in_force"),
        (
            with(|o| o.client_order_id = id("outside:7")),
            Invalid,
            "client_order_id",
        ),
        (
            with(|o| {
                let mut algo = Algo::new(AlgoStrategy::Twap);
                algo.end = Some(time(0));
                o.order_type = OrderType::Algo(algo);
            }),
            Invalid,
            "order_type.end",
        ),
    ] {
        let error = broker.submit(&refused).await.unwrap_err();
        is(&error, kind, field);
        if field != "client_order_id" {
            is(&broker.check(&refused).await.unwrap_err(), kind, field);
            is(&broker.preview(&refused).await.unwrap_err(), kind, field);
        }
    }
    let stranger = with(|o| o.account = AccountId::new("DU9").unwrap());
    assert_eq!(broker.submit(&stranger).await.unwrap_err().kind(), NotFound);
    lock(&broker.desktop).capabilities.short_sale = Support::No(Why::AccountType);
    let short = with(|o| o.side = Side::SellShort);
    is(
        &broker.submit(&short).await.unwrap_err(),
        Unsupported,
        "side",
    );
    assert!(broker.sent().is_empty());
    // None of it has taken the identifier.
    let ahead = gtd(time(0) + TimeDelta::days(3_650));
    let _ = broker.submit(&ahead).await.unwrap();
}

#[tokio::test]
async fn an_off_tick_price_is_told_its_neighbours() {
    let broker = TestBroker::new();
    let error = broker.check(&limit("a", "187.505")).await.unwrap_err();
    let message = "187.505 is off the increment 0.01; nearest 187.50 and 187.51";
    assert_eq!(error.message(), message);
}

#[tokio::test]
async fn an_instrument_that_does_not_trade_is_refused() {
    let broker = TestBroker::new();
    lock(&broker.desktop).contract.tradable = false;
    is(
        &broker.check(&order("a")).await.unwrap_err(),
        ErrorKind::InvalidRequest,
        "instrument",
    );
    broker.desk().resolver().forget();
    {
        let mut desktop = lock(&broker.desktop);
        desktop.contract.tradable = true;
        desktop.contract.expires_at = Some(time(10));
    }
    broker.check(&order("a")).await.unwrap();
    broker.clock.advance(TimeDelta::seconds(10));
    let error = broker.check(&order("a")).await.unwrap_err();
    assert_eq!(error.message(), "AAPL.XNAS has expired");
}

fn list(names: [&str; 2]) -> OrderList {
    let orders = names.map(order).to_vec();
    OrderList::new(
        ListId::new("l").unwrap(),
        Contingency::OneCancelsOther { orders },
    )
    .unwrap()
}

#[tokio::test]
async fn a_list_that_fails_half_way_reserves_nothing() {
    let broker = TestBroker::new();
    broker.start();
    let _ = broker.submit(&order("used")).await.unwrap();
    let error = broker.submit_list(&list(["a", "used"])).await.unwrap_err();
    is(&error, ErrorKind::Duplicate, "client_order_id");
    assert_eq!((broker.sent().len(), broker.status("a")), (1, None));
    let _ = broker.submit(&order("a")).await.unwrap();
}

#[tokio::test]
async fn an_order_of_a_list_that_is_not_answered_for_is_unconfirmed() {
    let broker = TestBroker::new();
    broker.start();
    let _ = broker.submit_list(&list(["a", "b"])).await.unwrap();
    assert_eq!(broker.status("a"), Some(OrderStatus::PendingNew));
    assert_eq!(broker.status("b"), Some(OrderStatus::Unconfirmed));
    let role = ListRole::Alternative;
    let link = ListLink {
        list: ListId::new("l").unwrap(),
        role,
    };
    assert_eq!(broker.ledger().order(&id("a")).unwrap().list, Some(link));
}

#[tokio::test]
async fn a_list_that_was_refused_or_dropped_settles_for_all() {
    let broker = TestBroker::new();
    broker.start();
    broker.answers(Answer::Refuse(ErrorKind::Rejected));
    assert!(broker.submit_list(&list(["a", "b"])).await.is_err());
    broker.answers(Answer::Hang);
    assert!(
        broker
            .submit_list(&list(["a", "b"]))
            .now_or_never()
            .is_none()
    );
    assert_eq!(broker.status("a"), Some(OrderStatus::Unconfirmed));
    assert_eq!(broker.status("b"), Some(OrderStatus::Unconfirmed));
}

#[tokio::test]
async fn a_list_is_checked_order_by_order() {
    let broker = TestBroker::new();
    broker.start();
    let orders = vec![order("a"), limit("b", "187.505")];
    let contingency = Contingency::OneCancelsOther { orders };
    let list = OrderList::new(ListId::new("l").unwrap(), contingency).unwrap();
    let error = broker.submit_list(&list).await.unwrap_err();
    is(&error, ErrorKind::InvalidRequest, "order_type.price");
    assert!(broker.sent().is_empty());
}
