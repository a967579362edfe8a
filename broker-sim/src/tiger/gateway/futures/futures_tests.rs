use broker_core::{
    Decimal,
    model::{Currency, Instrument, Mic, Price},
};
use serde_json::json;

use crate::tiger::gateway::quotes::test_room::{Room, decimal, instant, rows};

#[test]
fn contracts_are_found_by_exchange_product_and_code() {
    let room = Room::new();
    let exchanges = room.data("future_exchange", json!({"sec_type": "FUT"}));
    let chicago = json!([{"code": "CME", "name": "CME", "zoneId": "America/Chicago"}]);
    assert_eq!(exchanges, chicago);
    let front = room.data("future_current_contract", json!({"type": "ES"}));
    assert_eq!(front["contractCode"], "ES2203");
    assert_eq!(front["lastTradingDate"], "20220318");
    assert_eq!(front["multiplier"], 50);
    assert_eq!(front["minTick"], 0.25);
    let of_product = room.data("future_contracts", json!({"type": "ES"}));
    assert_eq!(rows(&of_product).len(), 3);
    assert_eq!(rows(&of_product)[0], front);
    let by_code = room.data(
        "future_contract_by_contract_code",
        json!({"contract_code": "ES2203"}),
    );
    assert_eq!(by_code, front);
    let of_exchange = json!({"exchange_code": "CME"});
    let of_exchange = room.data("future_contract_by_exchange_code", of_exchange);
    assert_eq!(rows(&of_exchange).len(), 4);
    assert_eq!(rows(&of_exchange)[0]["contractCode"], "ESmain");
    assert_eq!(rows(&of_exchange)[0]["continuous"], true);
    for (method, asked) in [
        (
            "future_contract_by_exchange_code",
            json!({"exchange_code": "NYMEX"}),
        ),
        ("future_current_contract", json!({"type": "CL"})),
        ("future_contracts", json!({"type": "CL"})),
        (
            "future_contract_by_contract_code",
            json!({"contract_code": "CL2509"}),
        ),
        (
            "future_real_time_quote",
            json!({"contract_codes": ["CL2509"]}),
        ),
        (
            "future_kline",
            json!({"contract_codes": ["CL2509"], "period": "day"}),
        ),
        ("future_tick", json!({"contract_code": "CL2509"})),
    ] {
        assert_eq!(room.refusal(method, asked).0, 2300, "{method}");
    }
    assert_eq!(room.refusal("future_contracts", json!({})).0, 1010);
}

#[test]
fn the_continuous_contract_is_the_front_one() {
    let room = Room::new();
    room.pass(30);
    let asked = json!({"contract_codes": ["ESmain", "ES2203"]});
    let data = room.data("future_real_time_quote", asked.clone());
    let [main, front] = rows(&data).as_slice() else {
        panic!("two rows");
    };
    assert_eq!(main["contractCode"], "ESmain");
    assert_eq!(main["latestPrice"], front["latestPrice"]);
    assert!(decimal(&front["bidPrice"]) < decimal(&front["askPrice"]));
    let depth = room.data("future_depth", asked);
    assert_eq!(depth[0]["bid"], depth[1]["bid"]);
    assert_eq!(depth[1]["bid"][0]["price"], front["bidPrice"]);
    assert_eq!(depth[1]["ask"][0]["price"], front["askPrice"]);
    let history = room.data(
        "future_history_main_contract",
        json!({
            "contract_codes": ["ESmain"],
            "begin_time": instant("2022-01-03T06:00:00Z").timestamp_millis(),
        }),
    );
    let items = rows(&history[0]["mainReferItems"]);
    assert_eq!(items.len(), 1);
    assert_eq!(items[0]["referContractCode"], "ES2203");
}

#[test]
fn bars_of_futures_page_and_count() {
    let room = Room::new();
    let index = Instrument::index("SPX", Mic::XCBO, Currency::USD).unwrap();
    for level in [2500, 2510, 2505, 2515] {
        room.pass(1);
        let level = Price::new(Decimal::from(level)).unwrap();
        room.turn(|turn| turn.exchange.pin_price(&index, level).unwrap());
    }
    let asked = json!({"contract_codes": ["ES2203"], "period": "1min", "limit": 2});
    let data = room.data("future_kline", asked.clone());
    assert_eq!(rows(&data[0]).len(), 2);
    let token = data[0]["nextPageToken"].as_str().unwrap();
    let mut next = asked.clone();
    next["page_token"] = json!(token);
    let older = room.data("future_kline", next.clone());
    assert!(rows(&older[0])[1]["time"].as_i64() < rows(&data[0])[0]["time"].as_i64());
    next["period"] = json!("5min");
    assert_eq!(room.refusal("future_kline", next).0, 1010);
    let quota = room.data("kline_quota", json!({}));
    assert_eq!(
        quota[1],
        json!({"method": "future_kline", "used": 1, "remain": 19})
    );
}

#[test]
fn trades_of_futures_are_numbered() {
    let room = Room::new();
    room.pass(30);
    let asked =
        json!({"contract_code": "ES2203", "begin_index": 0, "end_index": 30, "limit": 1000});
    let data = room.data("future_tick", asked);
    assert_eq!(data["contractCode"], "ES2203");
    for (number, row) in rows(&data).iter().enumerate() {
        assert_eq!(row["index"], number);
        assert!(decimal(&row["price"]) > Decimal::ZERO);
    }
}

#[test]
fn a_trading_date_of_a_future_begins_the_evening_before() {
    let room = Room::new();
    let asked = json!({"contract_code": "ES2203", "trading_date": "2022-01-04"});
    let data = room.data("future_trading_date", asked);
    let start = data["tradingTimes"][0]["start"].as_i64().unwrap();
    assert_eq!(start, instant("2022-01-03T23:00:00Z").timestamp_millis());
    assert_eq!(data["timeSection"], "America/Chicago");
    let asked = json!({"contract_code": "ES2203", "trading_date": "soon"});
    assert_eq!(room.refusal("future_trading_date", asked).0, 1010);
}
