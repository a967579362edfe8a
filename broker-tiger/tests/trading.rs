//! Orders over the wire: the adapter against a simulated Tiger.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "tests fail by panicking"
)]

mod support;

use core::time::Duration;

use broker_core::{
    Acknowledgement, Broker as _, BrokerExt as _, ErrorKind, OrderLookup, SessionState, dec,
    event::EventBody,
    model::{
        AccountId, ClientOrderId, Currency, Environment, Instrument, Mic, NewOrder, OrderAmount,
        OrderFilter, OrderStatus, OrderType, Price, ReplaceOrder, Side, TimeInForce,
    },
};
use broker_sim::{fault::Fault, tiger::TigerServer};
use broker_tiger::{AccountFilter, TigerBroker};
use chrono::TimeDelta;
use support::{Stage, apple, quantity};

const TEN: Duration = Duration::from_secs(10);

fn limit(account: &AccountId, side: Side, units: &str, price: &str) -> NewOrder {
    NewOrder::new(
        ClientOrderId::generate(),
        account.clone(),
        apple(),
        side,
        OrderAmount::Quantity(quantity(units)),
        OrderType::Limit {
            price: price.parse().unwrap(),
        },
    )
}

#[tokio::test]
async fn an_order_is_placed_changed_and_canceled() {
    let stage = Stage::open().await;
    let (broker, account) = (&stage.broker, &stage.account);
    assert_eq!(broker.environment(), Environment::Paper);
    let order = limit(account, Side::Buy, "10", "100").with_time_in_force(TimeInForce::Gtc);
    let id = order.client_order_id.clone();
    let answer = broker.submit(&order).await.unwrap();
    assert!(answer.is_accepted(), "{answer:?}");
    stage.caught_up().await;
    let known = broker.order(account, &id).unwrap();
    assert_eq!(known.status, OrderStatus::New);
    assert_eq!(known.broker_order_ids.len(), 1);

    let mut change = ReplaceOrder::new(account.clone(), id.clone());
    change.limit_price = Some(Price::new(dec!(101)).unwrap());
    change.quantity = Some(quantity("12"));
    assert!(broker.replace(&change).await.unwrap().is_accepted());
    stage.caught_up().await;
    let known = broker.order(account, &id).unwrap();
    assert_eq!(known.terms.quantity(), Some(quantity("12")));
    assert_eq!(
        known.terms.order_type.limit_price(),
        Price::new(dec!(101)).ok()
    );

    assert!(broker.cancel(account, &id).await.unwrap().is_accepted());
    let ended = broker.wait_for_end(account, &id, TEN).await.unwrap();
    assert_eq!(ended.status, OrderStatus::Canceled);
    let error = broker.cancel(account, &id).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLate);
}

#[tokio::test]
async fn a_fill_of_a_part_of_a_share_is_exact() {
    let stage = Stage::open().await;
    let (broker, account) = (&stage.broker, &stage.account);
    let mut order = limit(account, Side::Buy, "1.25", "100");
    order.order_type = OrderType::Market;
    let id = order.client_order_id.clone();
    assert!(broker.submit(&order).await.unwrap().is_accepted());
    let filled = broker.wait_for_end(account, &id, TEN).await.unwrap();
    assert_eq!(filled.status, OrderStatus::Filled);
    assert_eq!(filled.cumulative_quantity, dec!(1.25));
    let fills = broker
        .fills(account, &broker_core::model::FillFilter::of(id))
        .await
        .unwrap();
    let fills = fills.complete_since(filled.created_at).unwrap();
    let sum: broker_core::Decimal = fills.iter().map(|fill| fill.quantity.get()).sum();
    assert_eq!(sum, dec!(1.25));
    let truth = stage.server.truth(account);
    assert_eq!(truth.fills.len(), fills.len());
    assert_eq!(truth.fills[0].execution_id, fills[0].execution_id);
    let held = broker
        .portfolio()
        .unwrap()
        .positions(account)
        .await
        .unwrap();
    let held = held.complete().unwrap();
    assert_eq!(held.len(), 1);
    assert_eq!(held[0].quantity.get(), dec!(1.25));
    assert_eq!(held[0].instrument, apple());
}

#[tokio::test]
async fn an_order_whose_answer_is_lost_is_found_and_never_sent_again() {
    let stage = Stage::open().await;
    let (broker, account) = (&stage.broker, &stage.account);
    for fault in [
        Fault::DropAfterWrite,
        Fault::DropBeforeReply,
        Fault::SilenceAfterAccept,
        Fault::HttpStatus { status: 502 },
    ] {
        stage.server.inject(&fault).unwrap();
        let order = limit(account, Side::Buy, "1", "50").with_time_in_force(TimeInForce::Gtc);
        let id = order.client_order_id.clone();
        let answer = broker.submit(&order).await.unwrap();
        assert!(
            matches!(answer, Acknowledgement::Unconfirmed { .. }),
            "{fault:?}: {answer:?}"
        );
        let error = broker.submit(&order).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Duplicate, "{fault:?}");
        let found = broker.lookup(account, &id).await.unwrap();
        assert!(
            matches!(found, OrderLookup::Found(_)),
            "{fault:?}: {found:?}"
        );
        assert_eq!(broker.order(account, &id).unwrap().status, OrderStatus::New);
        let truth = stage.server.truth(account);
        assert_eq!(truth.orders_of(&id).len(), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn an_order_that_never_arrived_is_proven_absent() {
    let stage = Stage::open().await;
    let (broker, account) = (&stage.broker, &stage.account);
    stage.server.inject(&Fault::SilenceBeforeAccept).unwrap();
    let order = limit(account, Side::Buy, "1", "50");
    let id = order.client_order_id.clone();
    let answer = broker.submit(&order).await.unwrap();
    assert!(!answer.is_accepted(), "{answer:?}");
    let early = broker.lookup(account, &id).await.unwrap();
    assert!(matches!(early, OrderLookup::Inconclusive(_)), "{early:?}");
    tokio::time::sleep(stage.absence + Duration::from_millis(50)).await;
    let late = broker.lookup(account, &id).await.unwrap();
    assert_eq!(late, OrderLookup::Absent);
    assert_eq!(
        broker.order(account, &id).unwrap().status,
        OrderStatus::Rejected
    );
    assert!(stage.server.truth(account).orders_of(&id).is_empty());
}

#[tokio::test]
async fn a_refusal_is_proof_with_the_vendors_words() {
    let stage = Stage::open().await;
    let (broker, account) = (&stage.broker, &stage.account);
    let order = limit(account, Side::Buy, "100000", "100");
    let error = broker.submit(&order).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InsufficientFunds, "{error}");
    assert_eq!(error.broker_code(), Some("1300"));
    assert!(broker.order(account, &order.client_order_id).is_err());
    assert!(
        stage
            .server
            .truth(account)
            .orders_of(&order.client_order_id)
            .is_empty()
    );
}

#[tokio::test]
async fn a_new_process_knows_the_orders_of_the_one_before() {
    let mut stage = Stage::open().await;
    let account = stage.account.clone();
    let order = limit(&account, Side::Buy, "3", "100").with_time_in_force(TimeInForce::Gtc);
    let id = order.client_order_id.clone();
    assert!(stage.broker.submit(&order).await.unwrap().is_accepted());
    stage.caught_up().await;
    let before = stage.broker.order(&account, &id).unwrap();
    stage.restart().await;
    let after = stage.broker.order(&account, &id).unwrap();
    assert_eq!(after.status, OrderStatus::New);
    assert_eq!(after.terms, before.terms);
    let error = stage.broker.submit(&order).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Duplicate);
    let open = stage
        .broker
        .orders(&account, &OrderFilter::open())
        .await
        .unwrap();
    assert_eq!(open.complete().unwrap().len(), 1);
    assert!(
        stage
            .broker
            .cancel_all(&account)
            .await
            .unwrap()
            .is_accepted()
    );
    let ended = stage.broker.wait_for_end(&account, &id, TEN).await.unwrap();
    assert_eq!(ended.status, OrderStatus::Canceled);
}

#[tokio::test]
async fn a_newer_connection_displaces_this_one_which_does_not_fight() {
    let stage = Stage::open().await;
    let (broker, account) = (&stage.broker, &stage.account);
    stage.server.inject(&Fault::CompetingSession).unwrap();
    let mut session = broker.session();
    let displaced = |state: &SessionState| matches!(state, SessionState::Displaced { .. });
    tokio::time::timeout(TEN, session.wait_for(displaced))
        .await
        .unwrap()
        .unwrap();
    let order = limit(account, Side::Buy, "1", "100");
    let error = broker.submit(&order).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SessionConflict);
    broker.take_over();
    broker.ensure_ready(TEN).await.unwrap();
    assert!(broker.submit(&order).await.unwrap().is_accepted());
}

#[tokio::test]
async fn what_happens_while_the_connection_is_lost_is_told_after_a_gap() {
    let stage = Stage::open().await;
    let (broker, account) = (&stage.broker, &stage.account);
    let mut events = broker.events(account).unwrap();
    let order = limit(account, Side::Buy, "2", "100").with_time_in_force(TimeInForce::Gtc);
    let id = order.client_order_id.clone();
    assert!(broker.submit(&order).await.unwrap().is_accepted());
    stage.caught_up().await;
    stage.server.drop_clients();
    let gap = async {
        while let Some(event) = events.next().await {
            if matches!(event.body, EventBody::Gap { .. }) {
                return;
            }
        }
        panic!("the events ended without a gap");
    };
    tokio::time::timeout(TEN, gap).await.unwrap();
    let snapshot = async {
        while let Some(event) = events.next().await {
            if let EventBody::Snapshot { snapshot } = &event.body {
                let orders = snapshot.orders.clone().complete().unwrap();
                assert!(orders.iter().any(|order| *order.client_order_id() == id));
                return;
            }
        }
        panic!("the events ended without a snapshot");
    };
    tokio::time::timeout(TEN, snapshot).await.unwrap();
    broker.ensure_ready(TEN).await.unwrap();
}

#[tokio::test]
async fn a_warning_arrives_in_the_vendors_words_and_ends_nothing() {
    let stage = Stage::open().await;
    let (broker, account) = (&stage.broker, &stage.account);
    let text = "Warning: your order will be held <drill>";
    let warn = Fault::Warn {
        code: "0".into(),
        text: text.into(),
    };
    stage.server.inject(&warn).unwrap();
    let order = limit(account, Side::Buy, "1", "100");
    let id = order.client_order_id.clone();
    assert!(broker.submit(&order).await.unwrap().is_accepted());
    stage.caught_up().await;
    let known = broker.order(account, &id).unwrap();
    assert_eq!(known.status, OrderStatus::New);
    assert_eq!(
        known.reason.as_ref().map(|reason| &*reason.text),
        Some(text)
    );
}

#[tokio::test]
async fn a_token_that_has_lapsed_needs_a_person_and_stops_commands() {
    let stage = Stage::open_with(|server| server.license(broker_sim::tiger::License::Tbhk)).await;
    let (broker, account) = (&stage.broker, &stage.account);
    let order = limit(account, Side::Buy, "1", "100");
    assert!(broker.submit(&order).await.unwrap().is_accepted());
    stage.server.inject(&Fault::TokenExpired).unwrap();
    assert!(broker.reconcile().await.is_err());
    let mut session = broker.session();
    let lapsed = |state: &SessionState| matches!(state, SessionState::AuthRequired { .. });
    tokio::time::timeout(TEN, session.wait_for(lapsed))
        .await
        .unwrap()
        .unwrap();
    let order = limit(account, Side::Buy, "1", "100");
    let error = broker.submit(&order).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication);
    assert!(
        stage
            .server
            .truth(account)
            .orders_of(&order.client_order_id)
            .is_empty()
    );
}

#[tokio::test]
async fn without_pushes_changes_are_found_by_looking() {
    let server = support::serve(|server| server).await;
    let folder = tempfile::tempdir().unwrap();
    server.write_folder(folder.path()).unwrap();
    let clock: std::sync::Arc<dyn broker_core::Clock> = server.world().shared_clock();
    let config = support::config(folder.path(), &clock);
    let broker = TigerBroker::builder(config)
        .without_push()
        .connect()
        .await
        .unwrap();
    broker.ensure_ready(TEN).await.unwrap();
    let account = broker.account_ids().swap_remove(0);
    let mut order = limit(&account, Side::Buy, "1", "100");
    order.order_type = OrderType::Market;
    let id = order.client_order_id.clone();
    assert!(broker.submit(&order).await.unwrap().is_accepted());
    let filled = broker.wait_for_end(&account, &id, TEN).await.unwrap();
    assert_eq!(filled.status, OrderStatus::Filled);
    broker.close().await.unwrap();
}

#[tokio::test]
async fn live_accounts_are_left_out_unless_they_are_asked_for() {
    let server = TigerServer::bind("127.0.0.1:0", "127.0.0.1:0")
        .await
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    server.write_folder(folder.path()).unwrap();
    let clock: std::sync::Arc<dyn broker_core::Clock> = server.world().shared_clock();
    let live = AccountId::new("12345678").unwrap();
    let paper = TigerBroker::builder(support::config(folder.path(), &clock))
        .without_push()
        .connect()
        .await
        .unwrap();
    assert!(!paper.account_ids().contains(&live));
    let refused = TigerBroker::builder(support::config(folder.path(), &clock))
        .accounts(AccountFilter::only([live.clone()]))
        .without_push()
        .connect()
        .await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::InvalidRequest);
    let lacking = TigerBroker::builder(support::config(folder.path(), &clock))
        .accounts(AccountFilter::only([AccountId::new("99999999").unwrap()]))
        .connect()
        .await;
    assert_eq!(lacking.unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn orders_for_an_auction_are_for_hong_kong() {
    let mut stage = Stage::open().await;
    let share = Instrument::equity("00700", Mic::XHKG, Currency::HKD).unwrap();
    let quote = stage
        .server
        .world()
        .with_exchange(|exchange| exchange.quote(&share).unwrap());
    let last = quote.last.or(quote.previous_close).unwrap();
    let price = Price::new((last.get() * dec!(1.05)).round()).unwrap();
    let mut order = limit(&stage.account, Side::Buy, "100", "1");
    order.order_type = OrderType::AuctionLimit { price };
    // Where there is no auction to be had it is refused before anything is sent.
    let commands = stage.server.truth(&stage.account).commands;
    let error = stage.broker.submit(&order).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.field()),
        (ErrorKind::Unsupported, Some("order_type"))
    );
    assert_eq!(stage.server.truth(&stage.account).commands, commands);

    order.client_order_id = ClientOrderId::generate();
    order.instrument = share;
    let id = order.client_order_id.clone();
    assert!(stage.broker.submit(&order).await.unwrap().is_accepted());
    stage.caught_up().await;
    let truth = stage.server.truth(&stage.account);
    assert_eq!(truth.order(&id).unwrap().terms.order_type, order.order_type);
    stage.restart().await;
    let known = stage.broker.order(&stage.account, &id).unwrap();
    assert_eq!(
        known.terms.order_type, order.order_type,
        "read back as it was sent"
    );
    for _ in 0..24 {
        stage.server.world().advance(TimeDelta::minutes(30));
        stage.caught_up().await;
        let known = stage.broker.order(&stage.account, &id).unwrap();
        if known.status == OrderStatus::Filled {
            return;
        }
    }
    panic!(
        "the opening auction did not fill it: {:?}",
        stage.broker.order(&stage.account, &id)
    );
}
