use broker_core::{Decimal, model::Price};
use serde_json::json;

use super::test_room::{Room, decimal, instant, rows};
use crate::tiger::gateway::symbols::{SecType, Wanted};

#[test]
fn a_quote_tells_the_days_figures_and_the_best_prices() {
    let room = Room::new();
    room.pass(30);
    let asked = json!({"symbols": ["AAPL", "00700"], "include_hour_trading": true});
    let data = room.data("quote_real_time", asked);
    let apple = &rows(&data)[0];
    assert_eq!(apple["symbol"], "AAPL");
    let number = |name: &str| decimal(&apple[name]);
    let truth = room.world.with_exchange(|exchange| {
        let instrument = exchange
            .instruments()
            .find(|instrument| instrument.to_string() == "AAPL.XNAS")
            .cloned()
            .unwrap();
        exchange.quote(&instrument).unwrap()
    });
    for (name, price) in [
        ("latestPrice", truth.last),
        ("close", truth.last),
        ("open", truth.open),
        ("high", truth.high),
        ("low", truth.low),
        ("preClose", truth.previous_close),
        ("bidPrice", truth.bid),
        ("askPrice", truth.ask),
    ] {
        assert_eq!(Some(number(name)), price.map(Price::get), "{name}");
    }
    assert_eq!(Some(number("bidSize")), truth.bid_size);
    assert_eq!(number("change"), number("latestPrice") - number("preClose"));
    assert_eq!(apple["status"], "NORMAL");
    assert!(apple.get("hourTrading").is_none(), "nothing trades outside");
    let latest = apple["latestTime"].as_i64().unwrap();
    assert!(latest <= room.now_ms() && latest > room.now_ms() - 30 * 60_000);
    assert_eq!(rows(&data)[1]["symbol"], "00700");
}

#[test]
fn before_the_opening_the_figures_are_those_of_the_session_before() {
    let room = Room::new();
    room.pass_until("2022-01-03T20:59:59Z");
    let asked = || json!({"symbols": ["AAPL"]});
    let during = room.data("quote_real_time", asked());
    room.pass_until("2022-01-04T13:00:00Z");
    let after = room.data("quote_real_time", asked());
    let (during, after) = (&rows(&during)[0], &rows(&after)[0]);
    assert_eq!(after["preClose"], during["preClose"]);
    assert_eq!(after["open"], during["open"]);
    assert!(
        after["latestTime"].as_i64() <= Some(instant("2022-01-03T21:00:00Z").timestamp_millis())
    );
    room.pass_until("2022-01-04T14:31:00Z");
    let next = room.data("quote_real_time", asked());
    assert_eq!(rows(&next)[0]["preClose"], after["latestPrice"]);
}

#[test]
fn delayed_quotes_are_the_figures_of_fifteen_minutes_ago() {
    let room = Room::new();
    room.pass(60);
    let now = room.data("quote_real_time", json!({"symbols": ["AAPL"]}));
    let before = rows(&now)[0].clone();
    room.pass(15);
    let delayed = room.data("quote_delay", json!({"symbols": ["AAPL"]}));
    let delayed = &rows(&delayed)[0];
    assert_eq!(delayed["close"], before["latestPrice"]);
    assert_eq!(delayed["time"], before["latestTime"]);
    assert_eq!(delayed["high"], before["high"]);
    assert_eq!(delayed["low"], before["low"]);
    assert_eq!(delayed["preClose"], before["preClose"]);
    let now = room.data("quote_real_time", json!({"symbols": ["AAPL"]}));
    assert_ne!(rows(&now)[0]["latestTime"], delayed["time"]);
    let (code, _) = room.refusal("quote_delay", json!({"symbols": ["00700"]}));
    assert_eq!(code, 1010);
}

#[test]
fn unknown_symbols_are_left_out_unless_none_is_known() {
    let room = Room::new();
    let data = room.data("quote_real_time", json!({"symbols": ["NOPE", "AAPL"]}));
    assert_eq!(rows(&data).len(), 1);
    let (code, text) = room.refusal("quote_real_time", json!({"symbols": ["NOPE"]}));
    assert_eq!(code, 2100);
    assert!(text.contains("NOPE"), "{text}");
    let many: Vec<String> = (0..51).map(|number| format!("A{number}")).collect();
    for asked in [
        json!({"symbols": many}),
        json!({}),
        json!({"symbols": "AAPL"}),
        json!({"symbols": ["AAPL"], "sec_type": "OPT"}),
    ] {
        assert_eq!(room.refusal("quote_real_time", asked).0, 1010);
    }
}

#[test]
fn coins_have_an_exact_volume_and_a_short_name() {
    let room = Room::new();
    room.pass(30);
    for symbol in ["BTC", "BTC.USD"] {
        let asked = json!({"symbols": [symbol], "sec_type": "CC"});
        let data = room.data("quote_real_time", asked);
        let coin = &rows(&data)[0];
        assert_eq!(coin["symbol"], symbol);
        assert!(decimal(&coin["volumeDecimal"]) >= decimal(&coin["volume"]));
    }
    let symbols = room.data("all_symbols", json!({"sec_type": "CC"}));
    assert_eq!(symbols, json!(["BTC.USD"]));
    assert_eq!(
        room.refusal("quote_real_time", json!({"symbols": ["BTC"]}))
            .0,
        2100
    );
}

#[test]
fn a_market_says_what_it_does_and_when_it_opens() {
    let room = Room::new();
    let state = |market: &str| {
        let data = room.data("market_state", json!({"market": market}));
        let row = rows(&data)[0].clone();
        let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
        (text("status"), text("openTime"))
    };
    let told = |status: &str, open: &str| (status.to_owned(), open.to_owned());
    assert_eq!(state("US"), told("TRADING", "01-03 09:30:00 EST"));
    for (until, status, open) in [
        (
            "2022-01-03T22:00:00Z",
            "POST_HOUR_TRADING",
            "01-04 09:30:00 EST",
        ),
        ("2022-01-04T02:00:00Z", "CLOSING", "01-04 09:30:00 EST"),
        ("2022-01-04T08:00:00Z", "NOT_YET_OPEN", "01-04 09:30:00 EST"),
        (
            "2022-01-04T13:00:00Z",
            "PRE_HOUR_TRADING",
            "01-04 09:30:00 EST",
        ),
    ] {
        room.pass_until(until);
        assert_eq!(state("US"), told(status, open), "{until}");
    }
    room.pass_until("2022-01-05T04:30:00Z");
    assert_eq!(state("HK"), told("MIDDLE_CLOSE", "01-05 09:30:00"));
    room.pass_until("2022-01-08T12:00:00Z");
    assert_eq!(state("US").0, "MARKET_CLOSED");
    assert_eq!(
        room.refusal("market_state", json!({"market": "SG"})).0,
        1010
    );
}

#[test]
fn a_calendar_has_trading_days_only() {
    let room = Room::new();
    let asked = json!({"market": "US", "begin_date": "2022-01-14", "end_date": "2022-01-18"});
    let days = room.data("trading_calendar", asked);
    // The 17th is Martin Luther King's day.
    assert_eq!(
        days,
        json!([
            {"date": "2022-01-14", "type": "TRADING"},
            {"date": "2022-01-18", "type": "TRADING"},
        ])
    );
    let asked = json!({"market": "US", "begin_date": "2022-11-25", "end_date": "2022-11-25"});
    let days = room.data("trading_calendar", asked);
    assert_eq!(days[0]["type"], "EARLY_CLOSE");
    for asked in [
        json!({}),
        json!({"market": "US", "begin_date": "2022-02-01", "end_date": "2022-01-01"}),
        json!({"market": "US", "begin_date": "tomorrow"}),
    ] {
        assert_eq!(room.refusal("trading_calendar", asked).0, 1010);
    }
}

#[test]
fn what_is_listed_has_symbols_names_lots_and_ticks() {
    let room = Room::new();
    let symbols = room.data("all_symbols", json!({"market": "US"}));
    assert!(rows(&symbols).contains(&json!(".SPX")));
    assert!(rows(&symbols).contains(&json!("AAPL")));
    assert!(!rows(&symbols).contains(&json!("00700")));
    let names = room.data("all_symbol_names", json!({"market": "HK"}));
    assert!(rows(&names).contains(&json!({"symbol": "00700", "name": "Tencent Holdings Ltd."})));
    let lots = room.data("quote_stock_trade", json!({"symbols": ["00700", "AAPL"]}));
    assert_eq!(lots[0]["lotSize"], 100);
    assert_eq!(lots[0]["minTick"], 0.2);
    assert_eq!(lots[1]["lotSize"], 1);
    assert_eq!(lots[1]["minTick"], 0.01);
}

#[test]
fn a_book_is_told_best_first() {
    let room = Room::new();
    let data = room.data("quote_depth", json!({"symbols": ["AAPL"], "market": "US"}));
    let book = &rows(&data)[0];
    let prices = |side: &str| -> Vec<Decimal> {
        rows(&book[side])
            .iter()
            .map(|row| decimal(&row["price"]))
            .collect()
    };
    let (asks, bids) = (prices("asks"), prices("bids"));
    assert_eq!((asks.len(), bids.len()), (5, 5));
    assert!(asks.is_sorted() && bids.iter().rev().is_sorted());
    assert!(bids[0] < asks[0]);
    assert_eq!(book["asks"][0]["count"], 1);
}

#[test]
fn trades_have_numbers_that_do_not_change() {
    let room = Room::new();
    room.pass(30);
    let ticks = |asked| {
        let data = room.data("trade_tick", asked);
        data[0].clone()
    };
    let first =
        ticks(json!({"symbols": ["AAPL"], "symbol": "AAPL", "begin_index": 0, "end_index": 3}));
    assert_eq!(
        (&first["beginIndex"], &first["endIndex"]),
        (&json!(0), &json!(3))
    );
    assert_eq!(rows(&first).len(), 3);
    let newest =
        ticks(json!({"symbols": ["AAPL"], "begin_index": -1, "end_index": -1, "limit": 2}));
    let end = newest["endIndex"].as_i64().unwrap();
    assert_eq!(newest["beginIndex"], end - 2);
    room.pass(5);
    let again = ticks(json!({"symbols": ["AAPL"], "begin_index": end - 2, "end_index": end}));
    assert_eq!(again["items"], newest["items"]);
    for row in rows(&first) {
        assert!(["+", "-", "*"].contains(&row["type"].as_str().unwrap()));
        assert!(decimal(&row["volume"]) > Decimal::ZERO);
    }
    let asked = json!({"symbols": ["AAPL"], "begin_index": 9, "end_index": 3});
    assert_eq!(room.refusal("trade_tick", asked).0, 1010);
    let asked = json!({"symbols": ["AAPL"], "limit": 2001});
    assert_eq!(room.refusal("trade_tick", asked).0, 1010);
}

#[test]
fn what_flowed_in_and_out_adds_up() {
    let room = Room::new();
    room.pass(240);
    let flows = room.data(
        "capital_distribution",
        json!({"symbol": "AAPL", "market": "US"}),
    );
    let of = |name: &str| decimal(&flows[name]);
    assert!(of("inAll") > Decimal::ZERO && of("outAll") > Decimal::ZERO);
    assert_eq!(of("netInflow"), of("inAll") - of("outAll"));
    assert_eq!(of("inAll"), of("inBig") + of("inMid") + of("inSmall"));
    let asked = json!({"symbol": "AAPL", "market": "US", "period": "intraday"});
    let data = room.data("capital_flow", asked);
    assert_eq!(data["symbol"], "AAPL");
    let last = rows(&data).last().unwrap();
    assert_eq!(decimal(&last["netInflow"]), of("netInflow"));
    let asked = json!({"symbol": "AAPL", "period": "hour"});
    assert_eq!(room.refusal("capital_flow", asked).0, 1010);
}

#[test]
fn what_the_exchange_does_not_have_is_empty_or_refused() {
    let room = Room::new();
    let apple = || json!({"symbols": ["AAPL"]});
    assert_eq!(room.data("quote_overnight", apple()), json!([]));
    let short = room.data("quote_shortable_stocks", apple());
    assert_eq!(short, json!([{"symbol": "AAPL", "items": []}]));
    let queue = room.data("stock_broker", json!({"symbol": "00700", "limit": 40}));
    assert_eq!(queue["bidBroker"], json!([]));
    assert_eq!(
        room.refusal("stock_broker", json!({"symbol": "AAPL"})).0,
        1010
    );
    let held = room.data(
        "broker_hold",
        json!({"market": "HK", "page": 0, "limit": 50}),
    );
    assert_eq!(held["totalCount"], 0);
}

#[test]
fn another_device_that_grabs_takes_the_permissions_away() {
    let mut room = Room::new();
    let quote = || json!({"symbols": ["AAPL"]});
    assert_eq!(
        rows(&room.data("grab_quote_permission", json!({}))).len(),
        6
    );
    room.device = "02:00:5e:00:00:02";
    let (code, text) = room.refusal("quote_real_time", quote());
    assert_eq!(code, 4);
    assert!(text.starts_with("4000:permission denied("), "{text}");
    assert_eq!(room.data("get_quote_permission", json!({})), json!([]));
    room.data("market_state", json!({"market": "US"}));
    room.data("grab_quote_permission", json!({}));
    room.data("quote_real_time", quote());
    room.device = "02:00:5e:00:00:01";
    assert_eq!(room.refusal("quote_real_time", quote()).0, 4);
    assert_eq!(room.refusal("option_chain", json!({})).0, 4);
}

#[test]
fn names_find_what_they_name() {
    let room = Room::new();
    room.turn(|turn| {
        let mut find = |symbol: &str, kind| {
            let found = turn.find(&Wanted::plain(symbol, kind));
            found.map(|instrument| instrument.to_string())
        };
        assert_eq!(find("AAPL", SecType::Stock).as_deref(), Some("AAPL.XNAS"));
        assert_eq!(find(".SPX", SecType::Stock).as_deref(), Some("SPX.XCBO"));
        assert_eq!(find("BTC", SecType::Crypto).as_deref(), Some("BTC-USD"));
        let front = find("ESmain", SecType::Future);
        assert!(front.is_some());
        assert_eq!(front, find("ES2203", SecType::Future));
        let option = "AAPL  220121C00180000";
        assert!(find(option, SecType::Option).is_some());
        for (symbol, kind) in [
            ("SPX", SecType::Stock),
            ("AAPL", SecType::Future),
            ("CL2203", SecType::Future),
            ("AAPL", SecType::Option),
            ("AAPL", SecType::Warrant),
        ] {
            assert_eq!(find(symbol, kind), None, "{symbol} {kind:?}");
        }
    });
}
