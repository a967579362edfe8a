use std::{sync::Arc, time::Duration};

use broker_core::{
    ErrorKind, MarketData as _, dec,
    model::{BarInterval, BarQuery, BarSource, Currency, Instrument, Mic},
};

use super::service::Market;
use crate::{
    Deadlines,
    instrument::Book,
    scripted_gateway::{Gateway, Known, Message},
};

const APPLE: Known = Known {
    number: 265_598,
    symbol: "AAPL",
    primary: "NASDAQ",
    magnifier: 1,
};

fn apple() -> Instrument {
    Instrument::equity("AAPL", Mic::XNAS, Currency::USD).unwrap()
}

fn market(gateway: &Gateway) -> Market {
    Market::new(Arc::clone(&gateway.link), Arc::new(Book::default()))
}

fn bar(date: &str, close: f64) -> Message {
    let bar = Message::new()
        .with_text(1, date)
        .with_double(2, 187.0)
        .with_double(3, 188.5);
    let bar = bar
        .with_double(4, 186.5)
        .with_double(5, close)
        .with_text(6, "1200");
    bar.with_text(7, "187.25").with_int(8, 34)
}

fn bars(gateway: &Gateway, request: i64, bars: &[Message]) {
    let mut data = Message::new().with_int(1, request);
    for bar in bars {
        data = data.with_message(2, bar);
    }
    gateway.send(17, &data);
    let end = Message::new()
        .with_int(1, request)
        .with_text(2, "20260115-14:30:00");
    gateway.send(108, &end.with_text(3, "20260116-21:00:00"));
}

#[tokio::test]
async fn bars_are_asked_for_and_the_newest_are_kept() {
    let mut gateway = Gateway::start(vec![APPLE]).await;
    let market = market(&gateway);
    let mut query = BarQuery::new(apple(), BarInterval::Minute1);
    query.limit = 2;
    let asking = tokio::spawn(async move { market.bars(&query).await });
    let request = gateway.expect(20).await;
    assert_eq!(request.body.text(4), "1 min");
    assert_eq!(request.body.text(5), "1 D");
    assert_eq!(request.body.text(7), "ADJUSTED_LAST");
    let sent = [
        bar("1768575600", 187.1),
        bar("1768575660", 187.2),
        bar("1768575720", 187.3),
    ];
    bars(&gateway, request.id(), &sent);
    let bars = asking.await.unwrap().unwrap();
    let closes: Vec<_> = bars.iter().map(|bar| bar.close.get()).collect();
    assert_eq!(closes, [dec!(187.2), dec!(187.3)]);
    assert_eq!(bars[0].start.timestamp(), 1_768_575_660);
    assert_eq!(
        (bars[0].volume, bars[0].trades),
        (Some(dec!(1200)), Some(34))
    );
}

#[tokio::test]
async fn more_bars_than_one_request_holds_are_asked_for_page_by_page() {
    let mut gateway = Gateway::start(vec![APPLE]).await;
    let market = market(&gateway);
    let mut query = BarQuery::new(apple(), BarInterval::Minute1);
    query.limit = 3;
    query.source = BarSource::Midpoint;
    let asking = tokio::spawn(async move { market.bars(&query).await });
    let first = gateway.expect(20).await;
    assert!(first.body.text(3).is_empty());
    bars(
        &gateway,
        first.id(),
        &[bar("1768575660", 187.2), bar("1768575720", 187.3)],
    );
    let second = gateway.expect(20).await;
    // Up to the earliest bar that is there already.
    assert_eq!(second.body.text(3), "20260116 15:01:00 UTC");
    bars(
        &gateway,
        second.id(),
        &[bar("1768575600", 187.1), bar("1768575660", 187.2)],
    );
    let bars = asking.await.unwrap().unwrap();
    let closes: Vec<_> = bars.iter().map(|bar| bar.close.get()).collect();
    assert_eq!(closes, [dec!(187.1), dec!(187.2), dec!(187.3)]);
    // The middle between bid and ask has no volume.
    assert_eq!(bars[0].volume, None);
}

#[tokio::test]
async fn a_daily_bar_begins_when_the_regular_session_opened() {
    let mut gateway = Gateway::start(vec![APPLE]).await;
    let market = market(&gateway);
    let query = BarQuery::new(apple(), BarInterval::Day1);
    let asking = tokio::spawn(async move { market.bars(&query).await });
    let request = gateway.expect(20).await;
    bars(
        &gateway,
        request.id(),
        &[bar("20260115", 187.1), bar("20260116", 187.2)],
    );
    let schedule = gateway.expect(20).await;
    assert_eq!(schedule.body.text(7), "SCHEDULE");
    let session = |date: &str| {
        let session = Message::new().with_text(1, &format!("{date}-09:30:00"));
        session
            .with_text(2, &format!("{date}-16:00:00"))
            .with_text(3, date)
    };
    let answer = Message::new()
        .with_int(1, schedule.id())
        .with_text(2, "20260115-09:30:00")
        .with_text(3, "20260116-16:00:00")
        .with_text(4, "US/Eastern")
        .with_message(5, &session("20260115"))
        .with_message(5, &session("20260116"));
    gateway.send(106, &answer);
    let bars = asking.await.unwrap().unwrap();
    let starts: Vec<_> = bars.iter().map(|bar| bar.start.to_rfc3339()).collect();
    assert_eq!(
        starts,
        ["2026-01-15T14:30:00+00:00", "2026-01-16T14:30:00+00:00"]
    );
}

#[tokio::test]
async fn no_data_is_no_bars_and_a_pacing_violation_is_an_error() {
    let mut gateway = Gateway::start(vec![APPLE]).await;
    let market = Arc::new(market(&gateway));
    let ask = |interval| {
        let market = Arc::clone(&market);
        tokio::spawn(async move { market.bars(&BarQuery::new(apple(), interval)).await })
    };
    let asking = ask(BarInterval::Minute1);
    let request = gateway.expect(20).await;
    let text =
        "Historical Market Data Service error message:HMDS query returned no data: AAPL@SMART";
    gateway.refuse(request.id(), 162, text);
    assert!(asking.await.unwrap().unwrap().is_empty());
    let asking = ask(BarInterval::Minute5);
    let request = gateway.expect(20).await;
    gateway.refuse(
        request.id(),
        162,
        "Historical data request pacing violation",
    );
    assert!(asking.await.unwrap().is_err());
}

#[tokio::test]
async fn limits_are_checked_before_anything_is_sent() {
    let gateway = Gateway::start(vec![APPLE]).await;
    let market = market(&gateway);
    let mut query = BarQuery::new(apple(), BarInterval::Minute1);
    for limit in [0, BarQuery::MAX_LIMIT + 1] {
        query.limit = limit;
        let error = market.bars(&query).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.field()),
            (ErrorKind::InvalidRequest, Some("limit"))
        );
    }
    assert_eq!(
        market.trades(&apple(), 0).await.unwrap_err().field(),
        Some("limit")
    );
    assert_eq!(
        market.depth(&apple(), 0).await.unwrap_err().field(),
        Some("levels")
    );
}

#[tokio::test]
async fn past_trades_come_oldest_first_with_their_venue() {
    let mut gateway = Gateway::start(vec![APPLE]).await;
    let market = market(&gateway);
    let asking = tokio::spawn(async move { market.trades(&apple(), 2).await });
    let request = gateway.expect(96).await;
    let tick = |time, price, size: &str| {
        let tick = Message::new().with_int(1, time).with_double(3, price);
        tick.with_text(4, size).with_text(5, "NYSE")
    };
    let answer = Message::new()
        .with_int(1, request.id())
        .with_message(2, &tick(1_768_575_600, 187.1, "10"))
        .with_message(2, &tick(1_768_575_601, 187.2, "0"))
        .with_message(2, &tick(1_768_575_601, 187.3, "0.5"))
        .with_message(2, &tick(1_768_575_602, 187.4, "20"))
        .with_int(3, 1);
    gateway.send(98, &answer);
    let trades = asking.await.unwrap().unwrap();
    let prices: Vec<_> = trades.iter().map(|trade| trade.price.get()).collect();
    assert_eq!(prices, [dec!(187.3), dec!(187.4)]);
    assert_eq!(
        (trades[0].size, trades[0].venue),
        (dec!(0.5), Some(Mic::XNYS))
    );
}

#[tokio::test]
async fn one_instruments_trouble_is_in_its_own_answer() {
    let mut gateway = Gateway::start(vec![APPLE]).await;
    let market = market(&gateway);
    let nothing = Instrument::equity("NOPE", Mic::XNAS, Currency::USD).unwrap();
    let asking = tokio::spawn(async move { market.quotes(&[nothing, apple()]).await });
    let request = gateway.expect(1).await;
    gateway.price(request.id(), 2, 187.2, "100");
    gateway.send(57, &Message::new().with_int(1, request.id()));
    let answers = asking.await.unwrap().unwrap();
    assert_eq!(answers[0].as_ref().unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(answers[1].as_ref().unwrap().ask.unwrap().get(), dec!(187.2));
}

#[tokio::test]
async fn bars_may_take_longer_than_other_questions() {
    let deadlines = Deadlines {
        request: Duration::from_millis(500),
        ..Deadlines::default()
    };
    let mut gateway = Gateway::start_within(vec![APPLE], deadlines).await;
    let market = market(&gateway);
    let mut query = BarQuery::new(apple(), BarInterval::Minute1);
    query.limit = 1;
    let asking = tokio::spawn(async move { market.bars(&query).await });
    let request = gateway.expect(20).await;
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    bars(&gateway, request.id(), &[bar("1768575600", 188.0)]);
    assert_eq!(asking.await.unwrap().unwrap().len(), 1);
}
