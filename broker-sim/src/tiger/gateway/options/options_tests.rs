use broker_core::{Decimal, dec};
use serde_json::{Value, json};

use crate::tiger::gateway::quotes::test_room::{Room, decimal, rows};

/// Midnight in New York of 21 January 2022, the third Friday.
const EXPIRY: i64 = 1_642_741_200_000;

fn call() -> Value {
    json!({"symbol": "AAPL", "expiry": EXPIRY, "right": "CALL", "strike": 180.0})
}

#[test]
fn expiries_are_dates_and_midnights_in_new_york() {
    let room = Room::new();
    let data = room.data("option_expiration", json!({"symbols": ["AAPL", "TCH.HK"]}));
    let apple = &rows(&data)[0];
    assert_eq!(apple["dates"][0], "2022-01-21");
    assert_eq!(apple["timestamps"][0], EXPIRY);
    for member in ["dates", "timestamps", "periodTags", "optionSymbols"] {
        let count = rows(&apple[member]).len();
        assert_eq!(apple["count"], count, "{member}");
    }
    assert_eq!(rows(&data)[1]["count"], 0);
    assert_eq!(
        room.refusal("option_expiration", json!({"symbols": ["NOPE"]}))
            .0,
        2200
    );
}

#[test]
fn a_chain_pairs_calls_and_puts_by_strike() {
    let room = Room::new();
    let asked = |greeks: bool| {
        let data = room.data(
            "option_chain",
            json!({
                "option_basic": [{"symbol": "AAPL", "expiry": EXPIRY}],
                "return_greek_value": greeks, "version": "3.0",
            }),
        );
        assert_eq!(data[0]["expiry"], EXPIRY);
        rows(&data[0]).clone()
    };
    let strikes: Vec<Decimal> = asked(true)
        .iter()
        .map(|pair| {
            let (put, call) = (&pair["put"], &pair["call"]);
            assert_eq!(put["strike"], call["strike"]);
            assert!(decimal(&put["delta"]) <= dec!(0) && decimal(&call["delta"]) >= dec!(0));
            assert_eq!(call["right"], "call");
            assert_eq!(call["multiplier"], 100);
            call["strike"].as_str().unwrap().parse().unwrap()
        })
        .collect();
    assert!(strikes.len() > 10 && strikes.is_sorted());
    let plain = asked(false);
    assert!(plain[0]["call"].get("delta").is_none());
    assert!(plain[0]["call"].get("impliedVol").is_some());
}

#[test]
fn filters_take_rows_out_of_a_chain() {
    let room = Room::new();
    let legs = |filter: Value| {
        let data = room.data(
            "option_chain",
            json!({
                "option_basic": [{"symbol": "AAPL", "expiry": EXPIRY}],
                "option_filter": filter, "return_greek_value": true,
            }),
        );
        let pairs = rows(&data[0]).iter();
        let legs = pairs.flat_map(|pair| pair.as_object().unwrap().values().cloned());
        legs.collect::<Vec<Value>>()
    };
    let all = legs(json!({"greeks": {"delta": {"min": null, "max": null}}, "in_the_money": null}));
    let near = legs(json!({"greeks": {"delta": {"min": 0.4, "max": 0.6}}}));
    assert!(!near.is_empty() && near.len() < all.len());
    for leg in &near {
        assert!((dec!(0.4)..=dec!(0.6)).contains(&decimal(&leg["delta"])));
    }
    let quote = room.data("quote_real_time", json!({"symbols": ["AAPL"]}));
    let price = decimal(&rows(&quote)[0]["latestPrice"]);
    let inside = legs(json!({"in_the_money": true}));
    let outside = legs(json!({"in_the_money": false}));
    assert_eq!(inside.len() + outside.len(), all.len());
    for leg in inside {
        let strike: Decimal = leg["strike"].as_str().unwrap().parse().unwrap();
        assert_eq!(leg["right"] == "call", strike < price, "{strike}");
    }
    // Nobody knows the open interest, so no row is known to fit.
    assert!(legs(json!({"open_interest": {"min": 1, "max": null}})).is_empty());
}

#[test]
fn an_expiry_that_does_not_exist_has_no_chain() {
    let room = Room::new();
    let ask = |basic: Value| {
        room.refusal("option_chain", json!({"option_basic": basic}))
            .0
    };
    assert_eq!(
        ask(json!([{"symbol": "AAPL", "expiry": EXPIRY + 86_400_000}])),
        2200
    );
    assert_eq!(ask(json!([{"symbol": "TCH.HK", "expiry": EXPIRY}])), 2200);
    assert_eq!(ask(json!([{"symbol": "AAPL"}])), 1010);
    assert_eq!(ask(json!([])), 1010);
    assert_eq!(
        room.refusal(
            "option_chain",
            json!({
                "option_basic": [{"symbol": "AAPL", "expiry": EXPIRY}], "option_filter": "all",
            })
        )
        .0,
        1010
    );
}

#[test]
fn an_option_is_quoted_by_its_parts() {
    let room = Room::new();
    let data = room.data(
        "option_brief",
        json!({"option_basic": [call()], "market": "US"}),
    );
    let brief = &rows(&data)[0];
    assert_eq!(brief["identifier"], "AAPL  220121C00180000");
    assert_eq!(brief["strike"], "180.0");
    assert_eq!(brief["expiry"], EXPIRY);
    let number = |name: &str| decimal(&brief[name]);
    assert!(number("bidPrice") < number("askPrice"));
    assert_eq!(
        number("midPrice") * dec!(2),
        number("bidPrice") + number("askPrice")
    );
    let volatility = brief["volatility"].as_str().unwrap();
    assert!(volatility.ends_with('%'), "{volatility}");
    let depth = room.data("option_depth", json!({"option_basic": [call()]}));
    assert_eq!(depth[0]["bid"][0]["price"], brief["bidPrice"]);
    assert_eq!(depth[0]["ask"][0]["price"], brief["askPrice"]);
    let mut unknown = call();
    unknown["strike"] = json!(181.37);
    let asked = json!({"option_basic": [call(), unknown]});
    assert_eq!(rows(&room.data("option_brief", asked)).len(), 1);
    let asked = json!({"option_basic": [unknown]});
    assert_eq!(room.refusal("option_brief", asked).0, 2200);
}

#[test]
fn bars_and_trades_of_options_come_in_the_order_that_is_asked() {
    let room = Room::new();
    room.data("option_brief", json!({"option_basic": [call()]}));
    room.pass(60);
    let bars = |direction: &str| {
        let mut query = call();
        query["period"] = json!("1min");
        query["sort_dir"] = json!(direction);
        query["begin_time"] = json!(-1);
        query["end_time"] = json!(4_070_880_000_000_i64);
        let data = room.data("option_kline", json!({"option_query": [query]}));
        assert_eq!(data[0]["right"], "CALL");
        rows(&data[0]).clone()
    };
    let mut rising = bars("SortDir_Ascend");
    let falling = bars("SortDir_Descend");
    assert!(rising.len() > 1);
    rising.reverse();
    assert_eq!(rising, falling);
    let quota = room.data("kline_quota", json!({}));
    assert_eq!(quota[2]["used"], 1);
    let ticks = room.data("option_trade_tick", json!([call()]));
    assert_eq!(ticks[0]["identifier"], "AAPL  220121C00180000");
    assert!(ticks[0]["items"].is_array());
    assert_eq!(
        room.refusal("option_trade_tick", json!({"items": [call()]}))
            .0,
        1010
    );
    let mut query = call();
    query["period"] = json!("2min");
    assert_eq!(
        room.refusal("option_kline", json!({"option_query": [query]}))
            .0,
        1010
    );
}

#[test]
fn hong_kong_has_no_options_here() {
    let room = Room::new();
    assert_eq!(
        room.data("all_hk_option_symbols", json!({"market": "HK"})),
        json!([])
    );
    let query = json!([{"symbol": "TCH.HK", "expiry": EXPIRY, "right": "CALL", "strike": 380}]);
    let asked = json!({"market": "HK", "option_query": query});
    assert_eq!(room.refusal("option_timeline", asked).0, 2200);
    let asked = json!({"market": "US", "option_query": [call()]});
    assert_eq!(room.refusal("option_timeline", asked).0, 1010);
}

#[test]
fn volatilities_of_an_underlying_are_told() {
    let room = Room::new();
    let asked = json!({"symbols": [{"symbol": "AAPL", "period": "52week"}], "market": "US"});
    let data = room.data("option_analysis", asked);
    let number = |name: &str| decimal(&data[0][name]);
    let (implied, moved) = (number("impliedVol30Days"), number("hisVolatility"));
    assert!(implied > dec!(0.01) && implied < dec!(2), "{implied}");
    assert!(moved > dec!(0.01) && moved < dec!(2), "{moved}");
    assert_eq!(number("ivHisVRatio"), (implied / moved).round_dp(6));
}
