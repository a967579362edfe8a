//! What TWS does beside the plain protocol, over the wire.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "tests fail by panicking"
)]

use core::time::Duration;
use std::sync::Arc;

use broker_core::{
    Broker as _, BrokerExt as _, ErrorKind, OrderLookup, SessionState, dec,
    model::{
        ChainQuery, ClientOrderId, Currency, Environment, Instrument, Mic, NewOrder, OccSymbol,
        OrderAmount, OrderStatus, OrderType, Price, Quantity, Right, Side, Subscription,
    },
};
use broker_ibkr::{Deadlines, IbkrBroker, IbkrBuilder, Pacing};
use broker_sim::{
    fault::Fault,
    paper::PaperBroker,
    tws::{Habits, TwsServer},
};

/// How long a test waits for what has to come.
const PATIENCE: Duration = Duration::from_secs(30);

/// Looks again and again, and fails with a sentence when what has to come does not.
async fn becomes(what: &str, seen: impl Fn() -> bool) {
    let coming = async {
        while !seen() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let in_time = tokio::time::timeout(PATIENCE, coming).await;
    assert!(in_time.is_ok(), "not within {PATIENCE:?}: {what}");
}

async fn server(change: impl FnOnce(&mut Habits)) -> TwsServer {
    let world = PaperBroker::builder()
        .start_at("2022-01-05T17:00:00Z".parse().unwrap())
        .account("DU1", dec!(1_000_000));
    let server = TwsServer::builder()
        .world_of(world)
        .bind("127.0.0.1:0")
        .await
        .unwrap();
    server.set_habits(change);
    server
}

fn builder(server: &TwsServer) -> IbkrBuilder {
    let mut deadlines = Deadlines::default();
    deadlines.client_id_in_use = Duration::from_millis(50);
    deadlines.reconnect_after = Duration::from_millis(20);
    IbkrBroker::builder()
        .address(server.address().to_string())
        .client_id(7)
        .deadlines(deadlines)
}

fn order(broker: &IbkrBroker) -> NewOrder {
    NewOrder::new(
        ClientOrderId::generate(),
        broker.account_ids()[0].clone(),
        Instrument::equity("KO", Mic::XNYS, Currency::USD).unwrap(),
        Side::Buy,
        OrderAmount::Quantity(Quantity::new(dec!(3)).unwrap()),
        OrderType::Market,
    )
}

/// Buys at the market and makes sure that it counts once.
async fn fills_once(broker: &Arc<IbkrBroker>) {
    let order = order(broker);
    let account = order.account.clone();
    let answer = broker.submit(&order).await.unwrap();
    assert!(answer.is_accepted(), "{answer:?}");
    let ended = broker
        .wait_for_end(&account, &order.client_order_id, Duration::from_secs(5))
        .await
        .unwrap();
    assert_eq!(
        (&ended.status, ended.cumulative_quantity),
        (&OrderStatus::Filled, dec!(3))
    );
    let ledger = broker.desk().ledger(&account).unwrap();
    let fills = ledger.snapshot().fills.complete_since(ended.created_at);
    let fills = fills.unwrap();
    let sum: broker_core::Decimal = fills.iter().map(|fill| fill.quantity.get()).sum();
    assert_eq!(sum, dec!(3));
}

#[tokio::test]
async fn statuses_that_come_twice_count_once() {
    let server = server(|habits| habits.duplicate_statuses = true).await;
    fills_once(&builder(&server).connect().await.unwrap()).await;
}

#[tokio::test]
async fn executions_do_where_no_status_comes() {
    let server = server(|habits| habits.missing_statuses = true).await;
    fills_once(&builder(&server).connect().await.unwrap()).await;
}

#[tokio::test]
async fn an_execution_may_come_before_its_order() {
    let server = server(|habits| habits.fill_before_open_order = true).await;
    fills_once(&builder(&server).connect().await.unwrap()).await;
}

#[tokio::test]
async fn warnings_end_no_order() {
    let server = server(|habits| habits.order_warnings = vec![399, 404, 10_349]).await;
    fills_once(&builder(&server).connect().await.unwrap()).await;
}

#[tokio::test]
async fn a_read_only_tws_degrades_the_session_and_takes_no_orders() {
    let server = server(|habits| habits.read_only = true).await;
    let broker = builder(&server).connect().await.unwrap();
    let state = broker.session().borrow().clone();
    assert!(
        matches!(&state, SessionState::Degraded { reason } if reason.contains("Read-Only")),
        "{state:?}"
    );
    let refused = broker.submit(&order(&broker)).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unsupported);
    assert!(refused.message().contains("Read-Only"), "{refused}");
}

#[tokio::test]
async fn a_client_id_in_use_is_a_conflict() {
    let server = server(|_| {}).await;
    let _first = builder(&server).connect().await.unwrap();
    let second = builder(&server).connect().await.unwrap_err();
    assert_eq!(second.kind(), ErrorKind::SessionConflict);
    builder(&server).client_id(8).connect().await.unwrap();
}

#[tokio::test]
async fn an_order_id_in_the_range_of_requests_says_how_to_reset_it() {
    let server = server(|habits| habits.first_order_id = 1_600_000_000).await;
    let error = builder(&server).connect().await.unwrap_err();
    assert!(
        error.message().contains("Reset API order ID sequence"),
        "{error}"
    );
}

#[tokio::test]
async fn a_live_connection_is_refused_for_a_paper_login() {
    let server = server(|_| {}).await;
    let error = builder(&server)
        .environment(Environment::Live)
        .connect()
        .await
        .unwrap_err();
    assert_eq!(error.field(), Some("environment"));
}

#[tokio::test]
async fn a_crowd_of_questions_never_exceeds_the_limit_that_tws_counts() {
    let server = server(|habits| {
        habits.messages_per_second = Some(50);
        habits.violations_tolerated = 0;
    })
    .await;
    let broker = builder(&server)
        .pacing(Pacing {
            budget: 40,
            limit: 45,
        })
        .connect()
        .await
        .unwrap();
    let asked = (0..150).map(|_| broker.server_time());
    let answers = futures_util::future::join_all(asked).await;
    assert!(answers.iter().all(Result::is_ok));
    let counters = broker.pacing();
    assert_eq!(counters.complaints, 0);
    assert!(counters.waited > 0);
    assert_eq!(*broker.session().borrow(), SessionState::Ready);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chain_with_greeks_behind_a_hundred_dropped_lines_keeps_to_the_limit() {
    let server = server(|habits| {
        habits.messages_per_second = Some(50);
        habits.violations_tolerated = 0;
    })
    .await;
    let broker = builder(&server).connect().await.unwrap();
    let apple = Instrument::equity("AAPL", Mic::XNAS, Currency::USD).unwrap();
    let (expiries, strikes) = server.world().with_exchange(|exchange| {
        let expiries = exchange.expirations(&apple);
        (expiries, exchange.strikes(&apple))
    });
    let expiry = expiries[0];
    let options = expiries.iter().flat_map(|expiry| {
        let of = |strike| OccSymbol::new("AAPL", *expiry, Right::Call, strike).unwrap();
        strikes
            .iter()
            .map(move |strike| Instrument::option(of(*strike)))
    });
    let wanted = options
        .take(100)
        .map(|instrument| Subscription::Quotes { instrument });
    let wanted: Vec<Subscription> = wanted.collect();
    assert_eq!(wanted.len(), 100);
    let opened = wanted.iter().map(|line| broker.subscribe(line));
    let lines = futures_util::future::join_all(opened).await;
    assert!(lines.iter().all(Result::is_ok), "{lines:?}");
    // A line is there before TWS has been asked for it: a hundred take their time.
    becomes("TWS has a hundred lines", || server.open_lines() >= 100).await;
    // A hundred cancels, and a chain that wants lines of its own meanwhile.
    drop(lines);
    let mut query = ChainQuery::new(apple, expiry);
    query.strikes_each_side = Some(5);
    let chain = broker.reference().unwrap().option_chain(&query).await;
    assert!(chain.is_ok(), "{chain:?}");
    let counters = broker.pacing();
    assert_eq!(counters.complaints, 0);
    assert!(counters.waited > 0);
    assert_eq!(*broker.session().borrow(), SessionState::Ready);
}

#[tokio::test]
async fn a_price_that_is_no_order_is_never_sent() {
    let server = server(|_| {}).await;
    let broker = builder(&server).connect().await.unwrap();
    let mut order = order(&broker);
    order.order_type = OrderType::Limit {
        price: Price::new(dec!(50.001)).unwrap(),
    };
    assert_eq!(
        broker.submit(&order).await.unwrap_err().kind(),
        ErrorKind::InvalidRequest
    );
    let commands = server.truth(&order.account).commands;
    assert_eq!(commands, Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_that_are_not_answered_prove_no_absence() {
    let server = server(|_| {}).await;
    let mut deadlines = Deadlines::default();
    deadlines.command = Duration::from_millis(700);
    deadlines.request = Duration::from_millis(300);
    let broker = builder(&server)
        .deadlines(deadlines)
        .connect()
        .await
        .unwrap();
    let mut order = order(&broker);
    order.order_type = OrderType::Limit {
        price: Price::new(dec!(1)).unwrap(),
    };
    let (account, id) = (order.account.clone(), order.client_order_id.clone());
    server.inject(&Fault::SilenceAfterAccept).unwrap();
    let submit = {
        let broker = Arc::clone(&broker);
        tokio::spawn(async move { broker.submit(&order).await })
    };
    becomes("TWS has the order", || {
        !server.truth(&account).orders.is_empty()
    })
    .await;
    // From here on every question is refused, for the world's clock stands still.
    server
        .inject(&Fault::RateLimitBan { ban_ms: 1_000 })
        .unwrap();
    let answer = submit.await.unwrap().unwrap();
    assert!(!answer.is_accepted(), "{answer:?}");
    for _ in 0..2 {
        let lookup = broker.lookup(&account, &id).await;
        assert!(!matches!(lookup, Ok(OrderLookup::Absent)), "{lookup:?}");
    }
    let kept = broker.order(&account, &id).unwrap();
    assert_eq!(kept.status, OrderStatus::Unconfirmed);
}
