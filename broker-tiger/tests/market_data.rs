//! Subscriptions over the wire: what is pushed, what is refused, and what becomes of a line.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod support;

use core::time::Duration;
use std::sync::Arc;

use broker_core::{
    Broker as _, BrokerExt as _, ErrorKind, Retry, SessionState, dec,
    feed::{FeedGap, FeedItem, FeedStream},
    model::{
        BarInterval, Currency, FeedKind, Instrument, Mic, OccSymbol, Quote, Right, Subscription,
        TradingSchedule,
    },
};
use broker_sim::fault::Fault;
use broker_tiger::{QuoteAccess, TigerBroker};
use chrono::{NaiveDate, TimeDelta};
use support::{Stage, apple};

const PATIENCE: Duration = Duration::from_secs(20);

/// The next item, while time passes in the world.
async fn next(stage: &Stage, stream: &mut FeedStream) -> FeedItem {
    let waiting = async {
        loop {
            let pause = Duration::from_millis(5);
            match tokio::time::timeout(pause, stream.next()).await {
                Ok(item) => return item.expect("the line ended"),
                Err(_) => stage.server.world().advance(TimeDelta::seconds(1)),
            }
        }
    };
    tokio::time::timeout(PATIENCE, waiting)
        .await
        .expect("nothing came")
}

/// The next item that is not a gap.
async fn next_data(stage: &Stage, stream: &mut FeedStream) -> FeedItem {
    loop {
        match next(stage, stream).await {
            FeedItem::Gap(_) => {}
            item => return item,
        }
    }
}

/// Waits until the server counts so many lines.
async fn lines(stage: &Stage, expected: usize) {
    let seen = async {
        while stage.server.open_lines() != expected {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let seen = tokio::time::timeout(PATIENCE, seen).await;
    assert!(
        seen.is_ok(),
        "{} lines instead of {expected}",
        stage.server.open_lines()
    );
}

fn listed(stage: &Stage, wanted: impl Fn(&Instrument) -> bool) -> Instrument {
    let world = stage.server.world();
    world.with_exchange(|exchange| {
        exchange
            .instruments()
            .find(|one| wanted(one))
            .cloned()
            .unwrap()
    })
}

fn option() -> Instrument {
    let expiry = NaiveDate::from_ymd_opt(2022, 3, 18).unwrap();
    Instrument::option(OccSymbol::new("AAPL", expiry, Right::Call, dec!(150)).unwrap())
}

fn quotes(instrument: &Instrument) -> Subscription {
    Subscription::Quotes {
        instrument: instrument.clone(),
    }
}

#[tokio::test]
async fn quotes_of_every_class_are_those_of_the_exchange() {
    let stage = Stage::open().await;
    let future = listed(&stage, |one| matches!(one, Instrument::Future(_)));
    let coin = listed(&stage, |one| matches!(one, Instrument::Crypto(_)));
    let index = listed(&stage, |one| matches!(one, Instrument::Index(_)));
    for instrument in [apple(), future, coin, index, option()] {
        let mut stream = stage.broker.subscribe(&quotes(&instrument)).await.unwrap();
        let told = |item: FeedItem| match item {
            FeedItem::Quote(quote) => quote,
            other => panic!("{instrument}: {other:?}"),
        };
        let mut quote: Arc<Quote> = told(next_data(&stage, &mut stream).await);
        assert_eq!(quote.instrument, instrument);
        // The newest that was pushed is what the exchange says.
        let agreed = async {
            loop {
                let truth = stage
                    .server
                    .world()
                    .with_exchange(|exchange| exchange.quote(&instrument).unwrap());
                if (quote.bid, quote.ask, quote.last) == (truth.bid, truth.ask, truth.last) {
                    return;
                }
                let pause = Duration::from_millis(50);
                match tokio::time::timeout(pause, stream.next()).await {
                    Ok(item) => quote = told(item.unwrap()),
                    Err(_) => stage.server.world().advance(TimeDelta::seconds(1)),
                }
            }
        };
        let agreed = tokio::time::timeout(PATIENCE, agreed).await;
        assert!(agreed.is_ok(), "{instrument}");
    }
    lines(&stage, 0).await;
}

#[tokio::test]
async fn hours_of_a_future_are_those_of_the_exchange() {
    let stage = Stage::open().await;
    let future = listed(&stage, |one| matches!(one, Instrument::Future(_)));
    let day = |day| NaiveDate::from_ymd_opt(2022, 1, day).unwrap();
    let reference = stage.broker.reference().unwrap();
    let told = reference.schedule(&future, day(14), day(18)).await.unwrap();
    let truth = stage
        .server
        .world()
        .with_exchange(|exchange| exchange.schedule_of(&future, day(14), day(18)).unwrap());
    let hours = |schedule: &TradingSchedule| {
        let days = schedule.days.iter();
        days.map(|day| (day.date, day.windows.clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(hours(&told), hours(&truth));
    assert_eq!(told.time_zone, truth.time_zone);
    // A trading date begins the evening before, and a weekend has none.
    let windows: Vec<usize> = told.days.iter().map(|day| day.windows.len()).collect();
    assert_eq!((windows[0], windows[1], windows[2]), (1, 0, 0));
    assert!(told.days[0].windows[0].open < day(14).and_hms_opt(0, 0, 0).unwrap().and_utc());
}

#[tokio::test]
async fn books_trades_and_bars_of_shares_options_and_futures_come() {
    let stage = Stage::open().await;
    let future = listed(&stage, |one| matches!(one, Instrument::Future(_)));
    for instrument in [apple(), future, option()] {
        let depth = Subscription::Depth {
            instrument: instrument.clone(),
            levels: 3,
        };
        let mut stream = stage.broker.subscribe(&depth).await.unwrap();
        let FeedItem::Depth(depth) = next_data(&stage, &mut stream).await else {
            panic!("no book of {instrument}");
        };
        assert_eq!((depth.bids.len(), depth.asks.len()), (3, 3), "{instrument}");
        assert!(depth.bids[0].price < depth.asks[0].price);
        assert!(depth.bids[1].price < depth.bids[0].price);
    }
    for instrument in [
        apple(),
        listed(&stage, |one| matches!(one, Instrument::Future(_))),
    ] {
        let trades = Subscription::Trades {
            instrument: instrument.clone(),
        };
        let mut stream = stage.broker.subscribe(&trades).await.unwrap();
        let FeedItem::Trade(trade) = next_data(&stage, &mut stream).await else {
            panic!("no trade of {instrument}");
        };
        let tape = stage.broker.market_data().unwrap();
        let tape = tape.trades(&instrument, 2_000).await.unwrap();
        assert!(
            tape.iter().any(|one| (one.price, one.size, one.time) == (trade.price, trade.size, trade.time)),
            "{trade:?} is not on the tape"
        );
    }
    let bars = Subscription::Bars {
        instrument: apple(),
        interval: BarInterval::Minute2,
    };
    let mut stream = stage.broker.subscribe(&bars).await.unwrap();
    let FeedItem::Bar(bar) = next_data(&stage, &mut stream).await else {
        panic!("no bar");
    };
    assert_eq!(bar.start.timestamp() % 120, 0);
    assert!(bar.low <= bar.open && bar.close <= bar.high && bar.volume > Some(dec!(0)));
    drop(stream);
    lines(&stage, 0).await;
}

#[tokio::test]
async fn two_depths_of_one_book_are_one_line() {
    let stage = Stage::open().await;
    let depth = |levels| Subscription::Depth {
        instrument: apple(),
        levels,
    };
    let mut two = stage.broker.subscribe(&depth(2)).await.unwrap();
    let mut five = stage.broker.subscribe(&depth(5)).await.unwrap();
    lines(&stage, 1).await;
    let FeedItem::Depth(book) = next_data(&stage, &mut two).await else {
        panic!("no book");
    };
    assert_eq!(book.bids.len(), 2);
    let FeedItem::Depth(book) = next_data(&stage, &mut five).await else {
        panic!("no book");
    };
    assert_eq!(book.bids.len(), 5);
    drop(two);
    lines(&stage, 1).await;
    drop(five);
    lines(&stage, 0).await;
}

#[tokio::test]
async fn more_books_than_are_allowed_are_refused_and_leave_the_others() {
    let stage = Stage::open().await;
    let shares = stage.server.world().with_exchange(|exchange| {
        let all = exchange.instruments().cloned();
        all.filter(|one| matches!(one, Instrument::Equity(_)))
            .collect::<Vec<_>>()
    });
    let strikes = (0..21).map(|step| {
        let expiry = NaiveDate::from_ymd_opt(2022, 3, 18).unwrap();
        let strike = dec!(100) + dec!(5) * broker_core::Decimal::from(step);
        Instrument::option(OccSymbol::new("AAPL", expiry, Right::Call, strike).unwrap())
    });
    let mut open = Vec::new();
    let mut refused = None;
    for instrument in shares.into_iter().chain(strikes) {
        let depth = Subscription::Depth {
            instrument,
            levels: 1,
        };
        match stage.broker.subscribe(&depth).await {
            Ok(stream) => open.push(stream),
            Err(error) if error.kind() == ErrorKind::RateLimited => {
                refused = Some(error);
                break;
            }
            Err(error) => assert_eq!(error.kind(), ErrorKind::NotFound, "{error}"),
        }
    }
    let error = refused.expect("the twenty-first book was let in");
    assert_eq!((open.len(), stage.server.open_lines()), (20, 20));
    assert_eq!(error.broker_code(), Some("200"));
    assert!(error.to_string().contains("20 symbols"), "{error}");
    assert_eq!(error.retry(), Retry::Never, "room does not come by waiting");
    open.pop();
    lines(&stage, 19).await;
}

#[tokio::test]
async fn what_does_not_exist_and_what_is_not_pushed_is_refused_by_name() {
    let stage = Stage::open().await;
    let nobody = Instrument::equity("NOSUCH", Mic::XNAS, Currency::USD).unwrap();
    let error = stage.broker.subscribe(&quotes(&nobody)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let pair = Instrument::forex(Currency::EUR, Currency::USD);
    let error = stage.broker.subscribe(&quotes(&pair)).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.field()),
        (ErrorKind::Unsupported, Some("instrument"))
    );
    let bars = Subscription::Bars {
        instrument: apple(),
        interval: BarInterval::Second5,
    };
    let error = stage.broker.subscribe(&bars).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.field()),
        (ErrorKind::Unsupported, Some("interval"))
    );
    let flat = Subscription::Depth {
        instrument: apple(),
        levels: 0,
    };
    let error = stage.broker.subscribe(&flat).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.field()),
        (ErrorKind::InvalidRequest, Some("levels"))
    );
    lines(&stage, 0).await;
}

#[tokio::test]
async fn lines_come_back_after_a_disconnect_whether_or_not_the_service_keeps_them() {
    for keeps in [true, false] {
        let stage = Stage::open().await;
        stage
            .server
            .set_habits(|habits| habits.keeps_subscriptions = keeps);
        let trades = Subscription::Trades {
            instrument: apple(),
        };
        let mut quotes = stage.broker.subscribe(&quotes(&apple())).await.unwrap();
        let mut tape = stage.broker.subscribe(&trades).await.unwrap();
        let depth = Subscription::Depth {
            instrument: apple(),
            levels: 5,
        };
        let gone = stage.broker.subscribe(&depth).await.unwrap();
        next_data(&stage, &mut quotes).await;
        lines(&stage, 3).await;
        let mut session = stage.broker.session();
        stage.server.drop_clients();
        drop(gone);
        let left = session.wait_for(|state| *state != SessionState::Ready);
        drop(tokio::time::timeout(PATIENCE, left).await.unwrap().unwrap());
        stage.broker.ensure_ready(PATIENCE).await.unwrap();
        for stream in [&mut quotes, &mut tape] {
            let gap = async {
                loop {
                    if let FeedItem::Gap(FeedGap::Reopened) = next(&stage, stream).await {
                        return;
                    }
                }
            };
            tokio::time::timeout(PATIENCE, gap)
                .await
                .expect("no gap was announced");
        }
        next_data(&stage, &mut quotes).await;
        lines(&stage, 2).await;
    }
}

#[tokio::test]
async fn whoever_is_displaced_knows_and_gets_the_lines_back_by_taking_over() {
    let stage = Stage::open().await;
    let mut stream = stage.broker.subscribe(&quotes(&apple())).await.unwrap();
    next_data(&stage, &mut stream).await;
    stage.server.inject(&Fault::CompetingSession).unwrap();
    let told = async {
        loop {
            if let FeedItem::Gap(FeedGap::BrokerLost(why)) = next(&stage, &mut stream).await {
                return why;
            }
        }
    };
    let why = tokio::time::timeout(PATIENCE, told).await.unwrap();
    assert!(why.contains("4001"), "{why}");
    let ko = Instrument::equity("KO", Mic::XNYS, Currency::USD).unwrap();
    let error = stage.broker.subscribe(&quotes(&ko)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SessionConflict);
    stage.broker.take_over();
    stage.broker.ensure_ready(PATIENCE).await.unwrap();
    next_data(&stage, &mut stream).await;
    lines(&stage, 1).await;
}

#[tokio::test]
async fn closing_the_session_ends_the_lines() {
    let stage = Stage::open().await;
    let mut stream = stage.broker.subscribe(&quotes(&apple())).await.unwrap();
    stage.broker.close().await.unwrap();
    let failed = async {
        loop {
            match stream.next().await {
                Some(FeedItem::Failed(error)) => return error.kind(),
                Some(_) => {}
                None => panic!("the line ended without a word"),
            }
        }
    };
    let kind = tokio::time::timeout(PATIENCE, failed).await.unwrap();
    assert_eq!(kind, ErrorKind::Disconnected);
    lines(&stage, 0).await;
}

#[tokio::test]
async fn without_the_push_connection_nothing_is_declared_and_nothing_is_promised() {
    let stage = Stage::open().await;
    let declared = stage.broker.capabilities(&stage.account).await.unwrap();
    assert!(declared.feeds.get().unwrap().contains(&FeedKind::Bars));
    let quiet = TigerBroker::builder(stage.config()).without_push();
    let quiet = quiet.connect().await.unwrap();
    let able = quiet.capabilities(&stage.account).await.unwrap();
    assert!(able.feeds.get().is_none());
    let error = quiet.subscribe(&quotes(&apple())).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}

#[tokio::test]
async fn what_a_former_process_has_left_behind_is_let_go() {
    let mut stage = Stage::open().await;
    let stream = stage.broker.subscribe(&quotes(&apple())).await.unwrap();
    lines(&stage, 1).await;
    // A process that dies says no farewell.
    stage.server.drop_clients();
    core::mem::forget(stream);
    stage.restart().await;
    lines(&stage, 0).await;
}

#[tokio::test]
async fn quote_permissions_are_grabbed_when_asked_for_and_their_loss_is_a_state() {
    let stage = Stage::open().await;
    assert_eq!(
        *stage.broker.quote_access().borrow(),
        QuoteAccess::NotGrabbed
    );
    let grabbed = stage.broker.grab_quote_permission().await.unwrap();
    assert!(
        grabbed
            .iter()
            .any(|one| one.name == "usStockQuote" && one.expires_at.is_none())
    );
    assert_eq!(
        *stage.broker.quote_access().borrow(),
        QuoteAccess::Held(grabbed.clone())
    );
    let other = TigerBroker::builder(stage.config_of_device("02:00:5e:00:00:99"));
    let other = other.without_push().connect().await.unwrap();
    other.grab_quote_permission().await.unwrap();
    // Nobody has said anything; the next question finds out.
    let error = stage.broker.quote_of(&apple()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    let mut session = stage.broker.session();
    let degraded = session.wait_for(|state| {
        matches!(state, SessionState::Degraded { reason } if reason.contains("usStockQuote"))
    });
    drop(
        tokio::time::timeout(PATIENCE, degraded)
            .await
            .unwrap()
            .unwrap(),
    );
    assert!(matches!(
        *stage.broker.quote_access().borrow(),
        QuoteAccess::Lost { .. }
    ));
    assert!(stage.broker.quote_permissions().await.unwrap().is_empty());
    stage.broker.grab_quote_permission().await.unwrap();
    stage.broker.ensure_ready(PATIENCE).await.unwrap();
    stage.broker.quote_of(&apple()).await.unwrap();
}
