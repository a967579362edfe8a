use std::{sync::Arc, time::Duration};

use broker_core::{
    ErrorKind, MarketData as _, SessionState, dec,
    feed::{FeedGap, FeedHub, FeedItem, FeedStream},
    model::{Currency, Instrument, Mic, Quote, Subscription},
};
use tokio::time::timeout;

use super::{
    line::{Fate, fate},
    service::Market,
};
use crate::{
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

async fn next(stream: &mut FeedStream) -> FeedItem {
    let waited = timeout(Duration::from_secs(20), stream.next()).await;
    waited.expect("nothing came").expect("the line ended")
}

async fn quote(stream: &mut FeedStream) -> Arc<Quote> {
    match next(stream).await {
        FeedItem::Quote(quote) => quote,
        other => panic!("{other:?}"),
    }
}

fn quotes() -> Subscription {
    Subscription::Quotes {
        instrument: apple(),
    }
}

#[tokio::test]
async fn a_line_brings_quotes_and_is_given_back_when_it_is_dropped() {
    let mut gateway = Gateway::start(vec![APPLE]).await;
    let (market, hub) = (market(&gateway), FeedHub::default());
    let mut stream = hub.subscribe(&market, &quotes()).await.unwrap();
    let request = gateway.expect(1).await;
    assert_eq!(request.body.message(2).int(1), APPLE.number);
    gateway.price(request.id(), 1, 187.1, "300");
    assert_eq!(quote(&mut stream).await.bid.unwrap().get(), dec!(187.1));
    gateway.price(request.id(), 1, -1.0, "0");
    assert_eq!(quote(&mut stream).await.bid, None);
    drop(stream);
    assert_eq!(gateway.expect(2).await.id(), request.id());
}

#[tokio::test]
async fn a_new_connection_opens_the_line_again_and_says_so() {
    let mut gateway = Gateway::start(vec![APPLE]).await;
    let (market, hub) = (market(&gateway), FeedHub::default());
    let mut stream = hub.subscribe(&market, &quotes()).await.unwrap();
    let first = gateway.expect(1).await;
    gateway.price(first.id(), 1, 187.1, "300");
    quote(&mut stream).await;
    gateway
        .generation
        .send_modify(|generation| *generation += 1);
    let second = gateway.expect(1).await;
    assert_ne!(first.id(), second.id());
    gateway.price(second.id(), 2, 187.2, "100");
    let FeedItem::Gap(FeedGap::Reopened) = next(&mut stream).await else {
        panic!("no gap");
    };
    let quote = quote(&mut stream).await;
    assert_eq!(quote.ask.unwrap().get(), dec!(187.2));
    // What was known before the gap may be old.
    assert_eq!(quote.bid, None);
}

#[tokio::test]
async fn a_missing_permission_ends_the_line_with_its_reason() {
    let mut gateway = Gateway::start(vec![APPLE]).await;
    let (market, hub) = (market(&gateway), FeedHub::default());
    let mut stream = hub.subscribe(&market, &quotes()).await.unwrap();
    let request = gateway.expect(1).await;
    gateway.refuse(
        request.id(),
        354,
        "Requested market data is not subscribed.",
    );
    let FeedItem::Failed(error) = next(&mut stream).await else {
        panic!("no failure");
    };
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert_eq!(error.broker_code(), Some("354"));
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn a_line_that_the_gateway_lost_is_opened_again() {
    let mut gateway = Gateway::start(vec![APPLE]).await;
    let (market, hub) = (market(&gateway), FeedHub::default());
    let mut stream = hub.subscribe(&market, &quotes()).await.unwrap();
    let first = gateway.expect(1).await;
    gateway.refuse(
        first.id(),
        10_182,
        "Failed to request live updates (disconnected).",
    );
    let second = gateway.expect(1).await;
    gateway.price(second.id(), 1, 187.1, "300");
    assert!(matches!(
        next(&mut stream).await,
        FeedItem::Gap(FeedGap::BrokerLost(_))
    ));
    quote(&mut stream).await;
}

#[tokio::test]
async fn a_line_that_has_worked_outlives_a_refusal_right_after_a_restart() {
    for code in [101, 200, 354] {
        let mut gateway = Gateway::start(vec![APPLE]).await;
        let (market, hub) = (market(&gateway), FeedHub::default());
        let mut stream = hub.subscribe(&market, &quotes()).await.unwrap();
        let first = gateway.expect(1).await;
        gateway.price(first.id(), 1, 187.1, "300");
        quote(&mut stream).await;
        gateway
            .generation
            .send_modify(|generation| *generation += 1);
        let second = gateway.expect(1).await;
        gateway.refuse(second.id(), code, "not yet");
        let third = gateway.expect(1).await;
        gateway.price(third.id(), 1, 187.2, "300");
        let mut gaps = 0;
        let quote = loop {
            match next(&mut stream).await {
                FeedItem::Gap(_) => gaps += 1,
                FeedItem::Quote(quote) => break quote,
                other => panic!("{code}: {other:?}"),
            }
        };
        assert!(gaps > 0);
        assert_eq!(quote.bid.unwrap().get(), dec!(187.2));
    }
}

#[tokio::test]
async fn a_line_whose_request_may_have_been_dropped_is_asked_for_again() {
    let mut gateway = Gateway::start(vec![APPLE]).await;
    let (market, hub) = (market(&gateway), FeedHub::default());
    let mut stream = hub.subscribe(&market, &quotes()).await.unwrap();
    let mut before = gateway.expect(1).await;
    // Each time again, until TWS says anything about the line.
    for _ in 0..2 {
        gateway.link.pacer().complain();
        let again = gateway.expect(1).await;
        assert_ne!(again.id(), before.id());
        before = again;
    }
    gateway.price(before.id(), 1, 187.1, "300");
    assert!(matches!(
        next(&mut stream).await,
        FeedItem::Gap(FeedGap::BrokerLost(_))
    ));
    assert_eq!(quote(&mut stream).await.bid.unwrap().get(), dec!(187.1));
}

#[tokio::test]
async fn a_complaint_takes_no_line_away_that_tws_has_answered_about() {
    let mut gateway = Gateway::start(vec![APPLE]).await;
    let (market, hub) = (market(&gateway), FeedHub::default());
    let mut stream = hub.subscribe(&market, &quotes()).await.unwrap();
    let answered = gateway.expect(1).await;
    gateway.price(answered.id(), 1, 187.1, "300");
    quote(&mut stream).await;
    let book = Subscription::Depth {
        instrument: apple(),
        levels: 5,
    };
    let _silent = hub.subscribe(&market, &book).await.unwrap();
    gateway.expect(10).await;
    gateway.link.pacer().complain();
    // The pause is the same for both.
    assert_eq!(gateway.expect_one_of(&[1, 10]).await.kind, 10);
    gateway.price(answered.id(), 1, 187.2, "300");
    assert_eq!(quote(&mut stream).await.bid.unwrap().get(), dec!(187.2));
    drop(stream);
    let given_back = gateway.expect_one_of(&[1, 2]).await;
    assert_eq!((given_back.kind, given_back.id()), (2, answered.id()));
}

#[tokio::test]
async fn a_session_that_waits_for_a_person_ends_no_line() {
    let mut gateway = Gateway::start(vec![APPLE]).await;
    let (market, hub) = (market(&gateway), FeedHub::default());
    let mut stream = hub.subscribe(&market, &quotes()).await.unwrap();
    let first = gateway.expect(1).await;
    gateway.price(first.id(), 1, 187.1, "300");
    quote(&mut stream).await;
    let client = gateway.link.remove().unwrap();
    let instructions = "log in to TWS".into();
    gateway
        .link
        .announce(&SessionState::AuthRequired { instructions });
    gateway.link.lines_lost();
    // Somebody does, after it has been tried in vain.
    tokio::time::sleep(Duration::from_millis(100)).await;
    gateway.link.announce(&SessionState::Connecting);
    gateway.link.install(client);
    let second = gateway.expect(1).await;
    gateway.price(second.id(), 1, 187.2, "300");
    let item = next(&mut stream).await;
    assert!(matches!(item, FeedItem::Gap(_)), "{item:?}");
    let quote = quote(&mut stream).await;
    assert_eq!(quote.bid.unwrap().get(), dec!(187.2));
}

#[tokio::test]
async fn delayed_prices_are_told_from_the_notice_on() {
    let mut gateway = Gateway::start(vec![APPLE]).await;
    let (market, hub) = (market(&gateway), FeedHub::default());
    let mut stream = hub.subscribe(&market, &quotes()).await.unwrap();
    let request = gateway.expect(1).await;
    gateway.refuse(request.id(), 10_167, "Displaying delayed market data.");
    gateway.price(request.id(), 66, 187.1, "300");
    loop {
        let quote = quote(&mut stream).await;
        assert!(quote.delayed);
        if quote.bid.is_some() {
            break;
        }
    }
}

#[tokio::test]
async fn an_instrument_that_is_not_there_opens_nothing() {
    let gateway = Gateway::start(vec![APPLE]).await;
    let (market, hub) = (market(&gateway), FeedHub::default());
    let instrument = Instrument::equity("NOPE", Mic::XNAS, Currency::USD).unwrap();
    let error = hub
        .subscribe(&market, &Subscription::Quotes { instrument })
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

fn row(request: i64, operation: i64, position: i64, price: f64) -> Message {
    let row = Message::new()
        .with_int(1, position)
        .with_int(2, operation)
        .with_int(3, 1);
    let row = row
        .with_double(4, price)
        .with_text(5, "100")
        .with_text(6, "ARCA");
    Message::new().with_int(1, request).with_message(2, &row)
}

#[tokio::test]
async fn a_book_that_is_out_of_step_is_asked_for_anew() {
    let mut gateway = Gateway::start(vec![APPLE]).await;
    let (market, hub) = (market(&gateway), FeedHub::default());
    let subscription = Subscription::Depth {
        instrument: apple(),
        levels: 5,
    };
    let mut stream = hub.subscribe(&market, &subscription).await.unwrap();
    let first = gateway.expect(10).await;
    gateway.send(13, &row(first.id(), 0, 0, 187.1));
    let FeedItem::Depth(depth) = next(&mut stream).await else {
        panic!("no book");
    };
    assert_eq!(depth.bids[0].price.get(), dec!(187.1));
    gateway.send(13, &row(first.id(), 2, 4, 0.0));
    let second = gateway.expect(10).await;
    gateway.send(13, &row(second.id(), 0, 0, 187.2));
    let mut gap = false;
    loop {
        match next(&mut stream).await {
            FeedItem::Gap(_) => gap = true,
            FeedItem::Depth(depth) if gap => {
                assert_eq!(depth.bids[0].price.get(), dec!(187.2));
                break;
            }
            _ => {}
        }
    }
}

#[tokio::test]
async fn a_reset_empties_the_book_and_keeps_the_line() {
    let mut gateway = Gateway::start(vec![APPLE]).await;
    let (market, hub) = (market(&gateway), FeedHub::default());
    let subscription = Subscription::Depth {
        instrument: apple(),
        levels: 5,
    };
    let mut stream = hub.subscribe(&market, &subscription).await.unwrap();
    let request = gateway.expect(10).await;
    gateway.send(13, &row(request.id(), 0, 0, 187.1));
    next(&mut stream).await;
    gateway.refuse(request.id(), 317, "Market depth data has been RESET.");
    gateway.send(13, &row(request.id(), 0, 0, 186.9));
    loop {
        if let FeedItem::Depth(depth) = next(&mut stream).await
            && let [level] = &depth.bids[..]
            && level.price.get() == dec!(186.9)
        {
            break;
        }
    }
}

#[tokio::test]
async fn trades_come_aggregated_when_there_is_no_room_for_each_and_readers_are_told() {
    let mut gateway = Gateway::start(vec![APPLE]).await;
    let (market, hub) = (market(&gateway), FeedHub::default());
    let subscription = Subscription::Trades {
        instrument: apple(),
    };
    let mut stream = hub.subscribe(&market, &subscription).await.unwrap();
    let each = gateway.expect(97).await;
    let last = Message::new()
        .with_int(1, 1_768_575_600)
        .with_double(3, 187.1);
    let last = last.with_text(4, "25").with_text(5, "ARCA");
    let tick = Message::new()
        .with_int(1, each.id())
        .with_int(2, 2)
        .with_message(3, &last);
    gateway.send(99, &tick);
    let FeedItem::Trade(trade) = next(&mut stream).await else {
        panic!("no trade");
    };
    assert_eq!((trade.size, trade.venue), (dec!(25), Some(Mic::ARCX)));
    gateway.refuse(
        each.id(),
        10_190,
        "Max number of tick-by-tick requests has been reached",
    );
    let aggregated = gateway.expect(1).await;
    assert_eq!(aggregated.body.text(3), "233");
    assert!(matches!(
        next(&mut stream).await,
        FeedItem::Gap(FeedGap::BrokerLost(_))
    ));
    let text = "187.11;40;1768575600123;67854;187.0476;false";
    let tick = Message::new().with_int(1, aggregated.id()).with_int(2, 48);
    gateway.send(46, &tick.with_text(3, text));
    let FeedItem::Trade(trade) = next(&mut stream).await else {
        panic!("no trade");
    };
    assert_eq!(trade.price.get(), dec!(187.11));
}

#[tokio::test]
async fn pence_are_quoted_as_pounds() {
    let vodafone = Known {
        number: 5,
        symbol: "VOD",
        primary: "LSE",
        magnifier: 100,
    };
    let mut gateway = Gateway::start(vec![vodafone]).await;
    let market = market(&gateway);
    let share = Instrument::equity("VOD", "XLON".parse().unwrap(), Currency::GBP).unwrap();
    let asked = [share];
    let asking = tokio::spawn(async move { market.quotes(&asked).await });
    let request = gateway.expect(1).await;
    gateway.price(request.id(), 1, 71.52, "300");
    gateway.send(57, &Message::new().with_int(1, request.id()));
    let quotes = asking.await.unwrap().unwrap();
    assert_eq!(quotes[0].as_ref().unwrap().bid.unwrap().get(), dec!(0.7152));
}

#[tokio::test]
async fn a_burst_is_read_to_its_last_tick() {
    let mut gateway = Gateway::start(vec![APPLE]).await;
    let (market, hub) = (market(&gateway), FeedHub::default());
    let mut stream = hub.subscribe(&market, &quotes()).await.unwrap();
    let request = gateway.expect(1).await;
    for cents in 1..=20_000_u32 {
        gateway.price(request.id(), 1, f64::from(cents) / 100.0, "1");
    }
    // Newest only; what was overwritten is not missed, what was lost is announced.
    loop {
        match next(&mut stream).await {
            FeedItem::Quote(quote) if quote.bid.unwrap().get() == dec!(200) => break,
            FeedItem::Quote(_) | FeedItem::Gap(FeedGap::BrokerLost(_)) => {}
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn every_error_has_its_fate() {
    let notice = |code| {
        ibapi::Error::Notice(ibapi::Notice {
            request_id: Some(1),
            code,
            message: String::new(),
            error_time: None,
            advanced_order_reject_json: String::new(),
        })
    };
    for code in [101, 354, 430, 10_168, 10_186, 10_187, 10_189, 200] {
        assert_eq!(fate(&notice(code)), Fate::Refused, "{code}");
    }
    assert_eq!(fate(&notice(321)), Fate::End);
    for code in [1_101, 10_182, 10_197, 10_225] {
        assert!(matches!(fate(&notice(code)), Fate::Reopen(_)), "{code}");
    }
    assert_eq!(fate(&notice(10_190)), Fate::NoRoom);
    assert_eq!(fate(&ibapi::Error::ConnectionReset), Fate::AwaitConnection);
    assert_eq!(fate(&ibapi::Error::InvalidFrame(String::new())), Fate::End);
}
