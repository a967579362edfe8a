//! Nights over the wire: orders that work in them, prices in them, and what is refused.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod support;

use core::time::Duration;

use broker_core::{
    Broker as _, BrokerExt as _, ErrorKind, dec,
    model::{
        BarInterval, BarQuery, ClientOrderId, Currency, Instrument, Mic, NewOrder, OrderAmount,
        OrderStatus, OrderType, Price, ReplaceOrder, SessionKind, Side, TimeInForce,
        TradingSchedule, TradingSession,
    },
};
use chrono::{NaiveDate, TimeDelta, Timelike as _};
use support::{Stage, apple, quantity};

const TEN: Duration = Duration::from_secs(10);
/// Nine in the evening in New York, of which the trading date is the next.
const NIGHT: &str = "2022-01-05T02:00:00Z";
const NOON: &str = "2022-01-05T17:00:00Z";

fn buy(stage: &Stage, instrument: Instrument, price: Price, session: TradingSession) -> NewOrder {
    NewOrder::new(
        ClientOrderId::generate(),
        stage.account.clone(),
        instrument,
        Side::Buy,
        OrderAmount::Quantity(quantity("2")),
        OrderType::Limit { price },
    )
    .with_session(session)
}

/// What somebody asks for the share now.
fn asked_for(stage: &Stage) -> Price {
    let world = stage.server.world();
    let quote = world.with_exchange(|exchange| exchange.quote(&apple()).unwrap());
    quote.ask.unwrap()
}

#[tokio::test]
async fn an_order_for_the_night_trades_in_it_and_one_for_the_day_waits() {
    let stage = Stage::open_wide(NIGHT).await;
    let (broker, account) = (&stage.broker, &stage.account);
    let price = asked_for(&stage);
    let day = buy(&stage, apple(), price, TradingSession::Regular);
    let both = buy(&stage, apple(), price, TradingSession::Extended);
    for order in [&day, &both] {
        assert!(broker.submit(order).await.unwrap().is_accepted());
    }
    for session in [TradingSession::Overnight, TradingSession::All] {
        let order = buy(&stage, apple(), price, session);
        let id = order.client_order_id.clone();
        assert!(broker.submit(&order).await.unwrap().is_accepted());
        let filled = broker.wait_for_end(account, &id, TEN).await.unwrap();
        assert_eq!(filled.status, OrderStatus::Filled, "{session}");
        assert_eq!(filled.cumulative_quantity, dec!(2));
        let truth = stage.server.truth(account);
        assert_eq!(truth.orders_of(&id)[0].terms.session, session);
    }
    stage.caught_up().await;
    for order in [&day, &both] {
        let known = broker.order(account, &order.client_order_id).unwrap();
        assert!(known.status.is_open(), "{known:?}");
        assert_eq!(known.cumulative_quantity, dec!(0));
    }
}

#[tokio::test]
async fn the_session_of_an_order_outlives_a_change_and_the_process() {
    let mut stage = Stage::open_wide(NOON).await;
    let account = stage.account.clone();
    let mut ids = Vec::new();
    for session in [TradingSession::Overnight, TradingSession::All] {
        let far = Price::new(dec!(100)).unwrap();
        let order = buy(&stage, apple(), far, session).with_time_in_force(TimeInForce::Gtc);
        let id = order.client_order_id.clone();
        assert!(stage.broker.submit(&order).await.unwrap().is_accepted());
        stage.caught_up().await;
        let mut change = ReplaceOrder::new(account.clone(), id.clone());
        change.limit_price = Price::new(dec!(101)).ok();
        assert!(stage.broker.replace(&change).await.unwrap().is_accepted());
        ids.push((id, session));
    }
    stage.caught_up().await;
    stage.restart().await;
    for (id, session) in ids {
        let known = stage.broker.order(&account, &id).unwrap();
        assert_eq!(known.terms.session, session);
        assert_eq!(
            known.terms.order_type.limit_price(),
            Price::new(dec!(101)).ok()
        );
        let truth = stage.server.truth(&account);
        assert_eq!(truth.orders_of(&id).len(), 1);
        assert_eq!(truth.orders_of(&id)[0].terms.session, session);
    }
}

#[tokio::test]
async fn what_does_not_trade_at_night_is_refused_before_anything_is_sent() {
    let tencent = Instrument::equity("00700", Mic::XHKG, Currency::HKD).unwrap();
    let by_day = Stage::open().await;
    let at_night = Stage::open_wide(NIGHT).await;
    let far = Price::new(dec!(100)).unwrap();
    for (stage, instrument) in [(&by_day, apple()), (&at_night, tencent)] {
        for session in [TradingSession::Overnight, TradingSession::All] {
            let mut order = buy(stage, instrument.clone(), far, session);
            order.amount = OrderAmount::Quantity(quantity("100"));
            let error = stage.broker.submit(&order).await.unwrap_err();
            assert_eq!(
                error.kind(),
                ErrorKind::Unsupported,
                "{instrument}: {error}"
            );
            assert_eq!(error.field(), Some("session"), "{instrument}: {error}");
        }
        assert_eq!(
            stage.server.truth(&stage.account).commands,
            Some(0),
            "{instrument}"
        );
    }
    // Only limit orders work in the night.
    let mut market = buy(&at_night, apple(), far, TradingSession::Overnight);
    market.order_type = OrderType::Market;
    let error = at_night.broker.submit(&market).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.field()),
        (ErrorKind::Unsupported, Some("session"))
    );
    assert_eq!(at_night.server.truth(&at_night.account).commands, Some(0));
}

#[tokio::test]
async fn prices_of_the_night_are_asked_for_apart() {
    let stage = Stage::open_wide(NIGHT).await;
    let tencent = Instrument::equity("00700", Mic::XHKG, Currency::HKD).unwrap();
    let shares = [apple(), tencent.clone()];
    let told = stage.broker.overnight_quotes(&shares).await.unwrap();
    let world = stage.server.world();
    let truth = world.with_exchange(|exchange| exchange.quote(&apple()).unwrap());
    let quote = told[0].as_ref().unwrap();
    assert_eq!(quote.instrument, apple());
    assert_eq!((quote.bid, quote.ask), (truth.bid, truth.ask));
    assert_eq!(
        (quote.bid_size, quote.ask_size),
        (truth.bid_size, truth.ask_size)
    );
    assert!(quote.bid.is_some() && quote.ask.is_some());
    let error = told[1].as_ref().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    // By day there is none, and none is made up.
    stage.server.world().advance(TimeDelta::hours(13));
    let told = stage.broker.overnight_quotes(&shares[..1]).await.unwrap();
    assert_eq!(told[0].as_ref().unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn the_hours_of_a_share_have_the_nights_of_the_exchange() {
    let stage = Stage::open_wide(NIGHT).await;
    let day = |day| NaiveDate::from_ymd_opt(2022, 1, day).unwrap();
    let (from, to) = (day(13), day(20));
    let reference = stage.broker.reference().unwrap();
    let told = reference.schedule(&apple(), from, to).await.unwrap();
    let world = stage.server.world();
    let truth = world.with_exchange(|exchange| exchange.schedule_of(&apple(), from, to).unwrap());
    let hours = |schedule: &TradingSchedule| {
        let days = schedule.days.iter();
        days.map(|day| (day.date, day.windows.clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(hours(&told), hours(&truth));
    let nights = told.days.iter().flat_map(|day| &day.windows);
    let nights = nights.filter(|window| window.kind == SessionKind::Overnight);
    // A weekend and a holiday, Monday the 17th, have none.
    assert_eq!(nights.count(), 5);
}

#[tokio::test]
async fn bars_are_of_the_sessions_that_were_asked_for() {
    let stage = Stage::open_wide(NIGHT).await;
    let market = stage.broker.market_data().unwrap();
    let order = buy(
        &stage,
        apple(),
        asked_for(&stage),
        TradingSession::Overnight,
    );
    let id = order.client_order_id.clone();
    assert!(stage.broker.submit(&order).await.unwrap().is_accepted());
    stage
        .broker
        .wait_for_end(&stage.account, &id, TEN)
        .await
        .unwrap();
    stage.server.world().advance(TimeDelta::minutes(5));
    let begin = "2022-01-05T01:00:00Z".parse().unwrap();
    let bars = async |session| {
        let mut query = BarQuery::new(apple(), BarInterval::Minute1);
        query.start = Some(begin);
        query.session = session;
        market.bars(&query).await.unwrap()
    };
    for session in [TradingSession::Overnight, TradingSession::All] {
        let told = bars(session).await;
        assert_eq!(told.len(), 1, "{session}: {told:?}");
        assert_eq!((told[0].start.hour(), told[0].volume), (2, Some(dec!(2))));
    }
    for session in [TradingSession::Regular, TradingSession::Extended] {
        let told = bars(session).await;
        assert!(told.is_empty(), "{session}: {told:?}");
    }
    let mut daily = BarQuery::new(apple(), BarInterval::Day1);
    daily.session = TradingSession::Overnight;
    let error = market.bars(&daily).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.field()),
        (ErrorKind::Unsupported, Some("session"))
    );
}
