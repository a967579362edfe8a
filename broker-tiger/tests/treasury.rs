//! What Tiger offers beside core's services, over the wire.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod support;

use broker_core::{
    Broker as _, BrokerExt as _, Lookup, dec,
    model::{
        ClientOrderId, Currency, ExerciseAction, ExerciseOption, Instrument, Money, NewOrder,
        OccSymbol, OrderAmount, OrderType, Right, Side,
    },
};
use broker_sim::fault::Fault;
use broker_tiger::{
    CashMovementQuery, CurrencyExchange, MarketPhase, Outcome, Segment, TransferState,
};
use chrono::{NaiveDate, TimeDelta};
use support::{Stage, apple, quantity};

fn usd(amount: broker_core::Decimal) -> Money {
    Money::new(amount, Currency::USD)
}

/// A currency that dollars can be changed for.
fn wanted(stage: &Stage) -> Currency {
    stage.server.world().with_exchange(|exchange| {
        let mut pairs = exchange.instruments().filter_map(|one| match one {
            Instrument::Forex(pair) => Some(pair.clone()),
            _ => None,
        });
        let found = pairs.find_map(|pair| match (pair.base, pair.quote) {
            (base, Currency::USD) => Some(base),
            (Currency::USD, quote) => Some(quote),
            _ => None,
        });
        found.expect("no pair with dollars is listed")
    })
}

#[tokio::test]
async fn currencies_are_exchanged_and_found_again_by_the_callers_name() {
    let stage = Stage::open().await;
    let treasury = stage.broker.treasury();
    let id = ClientOrderId::new("fx-1").unwrap();
    let sent = stage.server.world().now();
    let order = CurrencyExchange::new(
        id.clone(),
        stage.account.clone(),
        usd(dec!(10_000)),
        wanted(&stage),
    );
    let done = treasury.exchange(&order).await.unwrap().done().unwrap();
    stage.server.world().advance(TimeDelta::seconds(5));
    let (lookup, state) = treasury
        .find_exchange(&stage.account, &id, sent)
        .await
        .unwrap();
    assert!(matches!(lookup, Lookup::Found(_)));
    let state = state.unwrap();
    assert_eq!(state.broker_order_id, done.broker_order_id);
    assert_eq!(state.status, "Filled");
    assert!(state.filled > dec!(0) && state.average.is_some());
    let nobody = ClientOrderId::new("fx-2").unwrap();
    let (lookup, _) = treasury
        .find_exchange(&stage.account, &nobody, sent)
        .await
        .unwrap();
    assert!(
        matches!(lookup, Lookup::Inconclusive(_)),
        "an absence is not proven"
    );
}

#[tokio::test]
async fn an_exchange_whose_answer_is_lost_happens_once() {
    for fault in [
        Fault::DropBeforeReply,
        Fault::SilenceAfterAccept,
        Fault::HttpStatus { status: 500 },
    ] {
        let stage = Stage::open().await;
        let treasury = stage.broker.treasury();
        let id = ClientOrderId::new("fx-1").unwrap();
        let sent = stage.server.world().now();
        let order = CurrencyExchange::new(
            id.clone(),
            stage.account.clone(),
            usd(dec!(10_000)),
            wanted(&stage),
        );
        stage.server.inject(&fault).unwrap();
        let outcome = treasury.exchange(&order).await.unwrap();
        assert!(
            matches!(outcome, Outcome::Unconfirmed { .. }),
            "{fault:?}: {outcome:?}"
        );
        let (_, state) = treasury
            .find_exchange(&stage.account, &id, sent)
            .await
            .unwrap();
        assert!(state.is_some(), "{fault:?}");
        let query = broker_core::model::OrderFilter::default();
        let orders = stage.broker.orders(&stage.account, &query).await.unwrap();
        let exchanges = orders.value().unwrap().iter();
        let exchanges =
            exchanges.filter(|order| matches!(order.terms.instrument, Instrument::Forex(_)));
        assert_eq!(exchanges.count(), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn cash_moves_between_segments() {
    let stage = Stage::open().await;
    let treasury = stage.broker.treasury();
    let (from, to) = (Segment::Securities, Segment::Futures);
    let before = treasury
        .available(&stage.account, from, Currency::USD)
        .await
        .unwrap();
    let moved = treasury
        .transfer(&stage.account, from, to, usd(dec!(2_500.25)))
        .await;
    let moved = moved.unwrap().done().unwrap();
    assert_eq!(moved.amount, usd(dec!(2_500.25)));
    let after = treasury
        .available(&stage.account, from, Currency::USD)
        .await
        .unwrap();
    assert_eq!(before.amount - after.amount, dec!(2_500.25));
    let listed = treasury.transfers(&stage.account).await.unwrap();
    assert_eq!((listed.len(), listed[0].id), (1, moved.id));
    assert_eq!(listed[0].state, TransferState::Succeeded);
    // What moves within an account makes it no richer.
    let cash = || async {
        let portfolio = stage.broker.portfolio().unwrap();
        portfolio.summary(&stage.account).await.unwrap().cash
    };
    assert_eq!(cash().await, Some(usd(before.amount)));
    let late = treasury.cancel_transfer(&stage.account, moved.id).await;
    late.unwrap_err();
    let much = treasury
        .transfer(&stage.account, from, to, usd(dec!(99_000_000)))
        .await;
    much.unwrap_err();
}

#[tokio::test]
async fn what_trades_have_moved_is_listed_and_how_the_account_has_done() {
    let stage = Stage::open().await;
    let order = stage.broker.buy("AAPL", 10).account(stage.account.clone());
    let (_, sent) = order.submit().await.unwrap();
    assert!(sent.is_accepted());
    stage.server.world().advance(TimeDelta::seconds(5));
    let treasury = stage.broker.treasury();
    let today = stage.server.world().now().date_naive();
    let query = CashMovementQuery::new(Segment::Securities, today, today);
    let lines = treasury
        .cash_movements(&stage.account, &query)
        .await
        .unwrap();
    assert!(
        lines.iter().any(|line| line.amount.amount < dec!(0)),
        "{lines:?}"
    );
    let segment = Segment::Securities;
    let done = treasury
        .performance(&stage.account, segment, Currency::USD, (today, today))
        .await;
    assert!(!done.unwrap().days.is_empty());
    let paid = treasury
        .deposits_and_withdrawals(&stage.account, segment)
        .await
        .unwrap();
    assert!(paid.is_empty());
}

#[tokio::test]
async fn an_estimate_lets_an_order_of_its_size_through() {
    let stage = Stage::open().await;
    let ask = stage
        .server
        .world()
        .with_exchange(|exchange| exchange.quote(&apple()).unwrap().ask.unwrap());
    let order = NewOrder::new(
        ClientOrderId::new("estimate").unwrap(),
        stage.account.clone(),
        apple(),
        Side::Buy,
        OrderAmount::Quantity(quantity("1")),
        OrderType::Limit { price: ask },
    );
    let told = stage
        .broker
        .treasury()
        .tradable_quantity(&order)
        .await
        .unwrap();
    assert!(
        told.own > dec!(0) && told.with_credit.unwrap() >= told.own,
        "{told:?}"
    );
    assert_eq!(told.held, Some(dec!(0)));
}

#[tokio::test]
async fn a_request_to_exercise_is_listed_and_can_be_taken_back() {
    let stage = Stage::open().await;
    let expiry = NaiveDate::from_ymd_opt(2022, 3, 18).unwrap();
    let option =
        Instrument::option(OccSymbol::new("AAPL", expiry, Right::Call, dec!(150)).unwrap());
    let two = quantity("2");
    stage
        .server
        .world()
        .with_exchange(|exchange| {
            exchange.endow(&stage.account, &option, two, "25".parse().unwrap())
        })
        .unwrap();
    let lapse = ExerciseOption {
        client_order_id: ClientOrderId::new("lapse-1").unwrap(),
        account: stage.account.clone(),
        instrument: option,
        quantity: quantity("1"),
        action: ExerciseAction::Lapse,
    };
    let treasury = stage.broker.treasury();
    let mut call = lapse.clone();
    call.action = ExerciseAction::Exercise;
    let check = treasury.exercise_check(&call).await.unwrap();
    assert_eq!((check.available, check.held), (dec!(2), Some(dec!(2))));
    assert_eq!(check.underlying_change, Some(dec!(100)));
    assert!(stage.broker.exercise(&lapse).await.unwrap().is_accepted());
    // One of the two is promised.
    let check = treasury.exercise_check(&call).await.unwrap();
    assert_eq!((check.available, check.held), (dec!(1), Some(dec!(2))));
    let listed = treasury.exercises(&stage.account).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(
        (&*listed[0].kind, listed[0].quantity),
        ("Expire", Some(dec!(1)))
    );
    let canceled = treasury
        .cancel_exercise(&stage.account, listed[0].id)
        .await
        .unwrap();
    assert_eq!(canceled, Outcome::Done(()));
}

#[tokio::test]
async fn a_market_says_what_it_does_and_is_not_asked_too_often() {
    let stage = Stage::open().await;
    let asked = stage.broker.market_state("US").await.unwrap();
    assert_eq!(asked.len(), 1);
    assert_eq!(
        (&*asked[0].market, &asked[0].phase),
        ("US", &MarketPhase::Trading)
    );
    let open = "2022-01-05T14:30:00Z"
        .parse::<chrono::DateTime<chrono::Utc>>()
        .unwrap();
    assert_eq!(asked[0].opens_at.map(|at| at.time()), Some(open.time()));
    stage.server.set_habits(|habits| habits.rate_factor = 1);
    for _ in 0..30 {
        assert_eq!(stage.broker.market_state("US").await.unwrap(), asked);
    }
}

#[tokio::test]
async fn figures_of_companies_come_day_by_day() {
    let stage = Stage::open().await;
    let now = stage.server.world().now();
    let fields = ["shares_outstanding", "nonsense"];
    let span = (now - TimeDelta::days(10), now);
    let figures = stage
        .broker
        .daily_figures(&[apple()], &fields, span)
        .await
        .unwrap();
    assert!(!figures.is_empty());
    assert!(
        figures
            .iter()
            .all(|one| one.field == "shares_outstanding" && one.instrument == apple())
    );
    let none: [&str; 0] = [];
    stage
        .broker
        .daily_figures(&[apple()], &none, span)
        .await
        .unwrap_err();
}
