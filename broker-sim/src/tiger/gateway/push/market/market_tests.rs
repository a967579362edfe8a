#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use broker_core::{
    Decimal, dec,
    model::{Instrument, Mic, Price},
};
use chrono::TimeDelta;

use crate::tiger::{
    gateway::test_seat::{Ear, Seat},
    push::{Command, DataType, Payload, PushData, QuoteType, Request, RequestSubscribe, Response},
};

fn change(ear: &mut Ear, command: Command, kind: DataType, symbols: &str) -> Response {
    ear.say(Request {
        command: command.into(),
        subscribe: Some(RequestSubscribe {
            data_type: kind.into(),
            symbols: Some(symbols.to_owned()).filter(|symbols| !symbols.is_empty()),
            ..RequestSubscribe::default()
        }),
        ..Request::default()
    });
    ear.hear().pop().unwrap()
}

fn subscribe(ear: &mut Ear, kind: DataType, symbols: &str) {
    let answer = change(ear, Command::Subscribe, kind, symbols);
    assert_eq!(answer.code, Some(112), "{answer:?}");
}

/// Moves the market of a share.
fn pin(seat: &Seat, symbol: &str, price: Decimal) {
    let share = Instrument::equity(symbol, Mic::XNAS, broker_core::model::Currency::USD).unwrap();
    let price = Price::new(price).unwrap();
    seat.world
        .with_exchange(|exchange| exchange.pin_price(&share, price).unwrap());
    seat.advance(TimeDelta::milliseconds(1));
}

fn payloads(ear: &Ear) -> Vec<(DataType, Payload)> {
    let pushes = ear.pushes().into_iter();
    pushes
        .filter_map(|push: PushData| Some((push.data_type(), push.payload?)))
        .collect()
}

#[test]
fn a_quote_is_pushed_whole_at_first_and_then_by_sides() {
    let seat = Seat::new();
    let mut ear = seat.listen();
    subscribe(&mut ear, DataType::Quote, "AAPL");
    pin(&seat, "AAPL", dec!(180));
    let pushes = payloads(&ear);
    let quotes: Vec<_> = pushes
        .iter()
        .filter_map(|(kind, payload)| match payload {
            Payload::Quote(quote) if *kind == DataType::Quote => Some(quote),
            _ => None,
        })
        .collect();
    assert_eq!(quotes[0].symbol, "AAPL");
    assert!(quotes.iter().any(|quote| quote.latest_price == Some(180.0)));
    let last = quotes
        .iter()
        .rev()
        .find(|quote| quote.ask_price.is_some())
        .unwrap();
    assert!(last.bid_price < last.ask_price);
    for quote in quotes {
        let (trades, best) = (quote.latest_price.is_some(), quote.bid_price.is_some());
        let expected = match (trades, best) {
            (true, true) => QuoteType::All,
            (true, false) => QuoteType::Basic,
            _ => QuoteType::Bbo,
        };
        assert_eq!(quote.r#type(), expected);
        assert_eq!(quote.pre_close.is_some(), trades);
    }
}

#[test]
fn a_book_is_pushed_three_times_a_second_at_most() {
    let seat = Seat::new();
    let mut ear = seat.listen();
    subscribe(&mut ear, DataType::QuoteDepth, "AAPL");
    for cents in 0..10 {
        pin(&seat, "AAPL", dec!(180) + Decimal::new(cents, 2));
    }
    seat.advance(TimeDelta::milliseconds(290));
    let books = payloads(&ear);
    assert!((1..=2).contains(&books.len()), "{books:?}");
    let (_, Payload::QuoteDepth(newest)) = books.last().unwrap() else {
        panic!("{books:?}");
    };
    let (ask, bid) = (newest.ask.as_ref().unwrap(), newest.bid.as_ref().unwrap());
    assert!(bid.price[0] < ask.price[0] && ask.price[0] < ask.price[1]);
    assert_eq!(ask.price.len(), ask.volume.len());
    seat.advance(TimeDelta::milliseconds(20));
    let later = payloads(&ear);
    if let Some((_, Payload::QuoteDepth(book))) = later.first() {
        assert_ne!(Some(book.ask.as_ref()), Some(newest.ask.as_ref()));
    }
}

#[test]
fn trades_come_together_and_add_up() {
    let seat = Seat::new();
    let mut ear = seat.listen();
    subscribe(&mut ear, DataType::TradeTick, "AAPL");
    for price in [dec!(180.01), dec!(180), dec!(180.5)] {
        pin(&seat, "AAPL", price);
    }
    seat.advance(TimeDelta::milliseconds(250));
    let ticks: Vec<_> = payloads(&ear)
        .into_iter()
        .filter_map(|(_, payload)| match payload {
            Payload::TradeTick(ticks) => Some(ticks),
            _ => None,
        })
        .collect();
    assert_eq!(ticks.len(), 1);
    let one = &ticks[0];
    let scale = 10_f64.powi(one.price_offset);
    #[expect(clippy::cast_precision_loss, reason = "prices are small")]
    let prices: Vec<f64> = one
        .price
        .iter()
        .map(|price| (one.price_base + price) as f64 / scale)
        .collect();
    assert_eq!(prices, [180.01, 180.0, 180.5]);
    assert_eq!(one.r#type, "*-+");
    assert_eq!(one.sn, 1);
    let at: i64 = one.time.iter().sum();
    assert!(at <= seat.world.now().timestamp_millis());
    assert_eq!(one.sec_type, "STK");
}

#[test]
fn the_bar_of_the_minute_grows() {
    let seat = Seat::new();
    let mut ear = seat.listen();
    subscribe(&mut ear, DataType::Kline, "AAPL");
    for price in [dec!(180), dec!(182), dec!(181)] {
        pin(&seat, "AAPL", price);
    }
    let bars = payloads(&ear);
    let (_, Payload::Kline(bar)) = bars.last().unwrap() else {
        panic!("{bars:?}");
    };
    assert_eq!((bar.high, bar.close), (182.0, 181.0));
    assert_eq!(bar.time % 60_000, 0);
    assert!(bar.volume > 0 && bar.count >= 3);
}

#[test]
fn options_are_asked_for_as_quotes_and_pushed_as_options() {
    let seat = Seat::new();
    let mut ear = seat.listen();
    subscribe(&mut ear, DataType::Quote, "AAPL 20220318 180.0 CALL");
    pin(&seat, "AAPL", dec!(185));
    let pushes = payloads(&ear);
    let (kind, Payload::Quote(quote)) = &pushes[0] else {
        panic!("{pushes:?}");
    };
    assert_eq!(*kind, DataType::Option);
    assert_eq!(quote.symbol, "AAPL");
    assert_eq!(quote.identifier.as_deref(), Some("AAPL  220318C00180000"));
}

#[test]
fn who_lets_go_hears_nothing_and_the_exchange_is_left_alone() {
    let seat = Seat::new();
    let mut ear = seat.listen();
    for kind in [
        DataType::Quote,
        DataType::QuoteDepth,
        DataType::TradeTick,
        DataType::Kline,
    ] {
        subscribe(&mut ear, kind, "AAPL,KO");
    }
    subscribe(&mut ear, DataType::Future, "ESmain");
    subscribe(&mut ear, DataType::Cc, "BTC.USD");
    assert_eq!(seat.gateway.open_lines(), 10);
    let gone = change(&mut ear, Command::Unsubscribe, DataType::Quote, "KO");
    assert_eq!(gone.code, Some(113));
    assert_eq!(gone.msg.as_deref(), Some(r#"{"success":"KO"}"#));
    for kind in [
        DataType::Quote,
        DataType::QuoteDepth,
        DataType::TradeTick,
        DataType::Kline,
        DataType::Future,
        DataType::Cc,
    ] {
        change(&mut ear, Command::Unsubscribe, kind, "");
    }
    assert_eq!(seat.gateway.open_lines(), 0);
    pin(&seat, "AAPL", dec!(170));
    seat.advance(TimeDelta::seconds(5));
    assert!(ear.pushes().is_empty());
}

#[test]
fn what_does_not_exist_or_is_too_much_is_refused() {
    let seat = Seat::new();
    let mut ear = seat.listen();
    let unknown = change(&mut ear, Command::Subscribe, DataType::Quote, "NOSUCH");
    assert_eq!(unknown.code, Some(200));
    let some = change(&mut ear, Command::Subscribe, DataType::Quote, "NOSUCH,AAPL");
    assert_eq!(some.msg.as_deref(), Some(r#"{"success":"AAPL"}"#));
    let strikes: Vec<String> = (0..21)
        .map(|step| format!("AAPL 20220318 {}.0 CALL", 100 + 5 * step))
        .collect();
    let many = change(
        &mut ear,
        Command::Subscribe,
        DataType::QuoteDepth,
        &strikes.join(","),
    );
    assert_eq!(many.code, Some(200));
    assert!(many.msg.unwrap().contains("only subscribe to 20 symbols"));
    assert_eq!(seat.gateway.open_lines(), 1);
}

#[test]
fn the_list_tells_what_is_subscribed() {
    let seat = Seat::new();
    let mut ear = seat.listen();
    subscribe(&mut ear, DataType::Quote, "AAPL");
    ear.say(Request {
        command: Command::Send.into(),
        ..Request::default()
    });
    let heard = ear.hear();
    let list = heard.iter().find(|one| one.code == Some(111)).unwrap();
    let list: serde_json::Value = serde_json::from_str(list.msg.as_ref().unwrap()).unwrap();
    assert_eq!(list["limit"], 100);
    assert_eq!(list["subscribedSymbols"], serde_json::json!(["AAPL"]));
    assert_eq!(list["askBidUsed"], 0);
}

fn of_market(ear: &mut Ear, command: Command, kind: DataType, indicators: &str) -> Response {
    ear.say(Request {
        command: command.into(),
        subscribe: Some(RequestSubscribe {
            data_type: kind.into(),
            symbols: Some(indicators.to_owned()).filter(|names| !names.is_empty()),
            account: None,
            market: Some("US".to_owned()),
        }),
        ..Request::default()
    });
    ear.hear().pop().unwrap()
}

#[test]
fn the_most_traded_are_listed_every_half_minute() {
    let seat = Seat::new();
    let mut ear = seat.listen();
    let kind = DataType::StockTop;
    for (indicators, code) in [("nonsense", 200), ("volume,changeRate", 112)] {
        let answer = of_market(&mut ear, Command::Subscribe, kind, indicators);
        assert_eq!(answer.code, Some(code));
    }
    let state = of_market(&mut ear, Command::Subscribe, DataType::Quote, "");
    assert_eq!(state.code, Some(200));
    seat.place(seat.market("m1"));
    seat.advance(TimeDelta::seconds(61));
    let lists = payloads(&ear);
    assert_eq!(lists.len(), 2);
    let (_, Payload::StockTop(list)) = &lists[0] else {
        panic!("{lists:?}");
    };
    assert_eq!(list.market, "US");
    let names: Vec<&str> = list
        .top_data
        .iter()
        .map(|list| list.target_name.as_str())
        .collect();
    assert_eq!(names, ["changeRate", "volume"]);
    for list in &list.top_data {
        let values: Vec<f64> = list.item.iter().map(|row| row.target_value).collect();
        assert!(values.is_sorted_by(|a, b| a >= b) && !values.is_empty());
    }
    of_market(&mut ear, Command::Unsubscribe, kind, "");
    assert_eq!(seat.gateway.open_lines(), 0);
    seat.advance(TimeDelta::seconds(61));
    assert!(ear.pushes().is_empty());
}

#[test]
fn options_that_were_traded_are_listed_with_their_big_orders() {
    let seat = Seat::new();
    let mut ear = seat.listen();
    of_market(&mut ear, Command::Subscribe, DataType::OptionTop, "");
    let mut order = seat.market("m1");
    order["sec_type"] = "OPT".into();
    order["expiry"] = "20220318".into();
    order["strike"] = "100.0".into();
    order["right"] = "CALL".into();
    order["total_quantity"] = 30.into();
    seat.place(order);
    seat.advance(TimeDelta::seconds(31));
    let lists = payloads(&ear);
    let (_, Payload::OptionTop(list)) = &lists[0] else {
        panic!("{lists:?}");
    };
    let of = |name: &str| {
        let mut lists = list.top_data.iter();
        lists.find(|list| list.target_name == name).unwrap()
    };
    assert_eq!(of("volume").item[0].symbol, "AAPL");
    assert_eq!(of("volume").item[0].strike, "100.0");
    assert!((of("volume").item[0].total_volume - 30.0).abs() < f64::EPSILON);
    assert!(of("openInt").item.is_empty());
    let big: f64 = of("bigOrder").big_order.iter().map(|row| row.amount).sum();
    assert!(big <= of("amount").item[0].total_amount);
}
