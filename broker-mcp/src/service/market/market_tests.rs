use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::{
    FaultCode,
    service::rig::{Rig, reader, reader_of},
};

fn number(value: &Value) -> broker_core::Decimal {
    value.as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn quotes_have_all_prices_and_say_when_they_were_true() {
    let rig = Rig::new();
    let asked = json!({ "symbols": ["AAPL", { "symbol": "KO", "secType": "STK" }, "NOPE"] });
    let answer = rig.ask("get_quotes", asked).await.unwrap();
    let row = &answer["data"]["quotes"][0];
    for field in [
        "last",
        "bid",
        "ask",
        "bid_size",
        "ask_size",
        "prev_close",
        "change",
        "change_pct",
    ] {
        assert!(row[field].is_string(), "{field}: {row}");
    }
    assert_eq!(
        number(&row["change"]),
        number(&row["last"]) - number(&row["prev_close"])
    );
    assert_eq!(row["delayed"], false);
    assert_eq!(answer["data"]["quotes"][1]["instrument"], "KO.XNYS");
    assert_eq!(answer["data"]["missing"][0]["symbol"], "NOPE");
    assert_eq!(answer["data"]["missing"][0]["code"], "not_found");
    let now = serde_json::to_value(rig.world.now()).unwrap();
    assert_eq!(answer["meta"]["as_of"], now);
}

#[tokio::test]
async fn an_option_is_quoted_by_its_occ_symbol_alone_and_in_a_text() {
    let rig = Rig::new();
    let chain = rig
        .ask(
            "get_option_chain",
            json!({ "instrument": "AAPL", "strikes": 1 }),
        )
        .await
        .unwrap();
    let occ = chain["data"]["calls"][0]["instrument"]
        .as_str()
        .unwrap()
        .to_owned();
    for asked in [json!([occ]), json!(occ), json!(format!("[\"{occ}\"]"))] {
        let answer = rig
            .ask("get_quotes", json!({ "symbols": asked }))
            .await
            .unwrap();
        assert_eq!(answer["data"]["quotes"][0]["instrument"], occ, "{answer}");
    }
}

#[tokio::test]
async fn only_the_fields_asked_for_are_answered() {
    let rig = Rig::new();
    let asked = json!({ "symbols": "AAPL", "fields": ["latest_price", "volume"] });
    let answer = rig.ask("get_quotes", asked).await.unwrap();
    let row = answer["data"]["quotes"][0].as_object().unwrap();
    assert!(
        row.contains_key("last") && !row.contains_key("bid"),
        "{row:?}"
    );
    let wrong = json!({ "symbols": "AAPL", "fields": ["color"] });
    assert_eq!(
        rig.ask("get_quotes", wrong).await.unwrap_err().code,
        FaultCode::InvalidRequest
    );
}

#[tokio::test]
async fn more_than_fifty_symbols_are_an_error_and_not_cut() {
    let rig = Rig::new();
    for count in [0, 51] {
        let asked = json!({ "symbols": vec!["AAPL"; count] });
        assert_eq!(
            rig.ask("get_quotes", asked).await.unwrap_err().code,
            FaultCode::InvalidRequest
        );
    }
}

#[tokio::test]
async fn a_feed_that_is_down_is_an_error_and_never_the_last_value() {
    let rig = Rig::new();
    rig.ask("get_quotes", json!({ "symbols": ["AAPL"] }))
        .await
        .unwrap();
    rig.alpha
        .inject(broker_sim::fault::Fault::Disconnect { down_ms: 60_000 });
    for (operation, asked) in [
        ("get_quotes", json!({ "symbols": ["AAPL"] })),
        ("get_bars", json!({ "instrument": "AAPL" })),
        ("get_option_chain", json!({ "instrument": "AAPL" })),
        ("get_market_status", json!({})),
        ("get_positions", json!({})),
        ("get_orders", json!({})),
        ("get_executions", json!({})),
        ("get_account_summary", json!({})),
        ("get_pnl", json!({})),
        ("get_news", json!({ "instrument": "AAPL" })),
        ("stream_market_data", json!({ "symbols": ["AAPL"] })),
    ] {
        let mut asked = asked;
        asked["account"] = json!("A-1");
        let fault = rig.ask(operation, asked).await.unwrap_err();
        assert_eq!(fault.code, FaultCode::NotConnected, "{operation}: {fault}");
    }
}

#[tokio::test]
async fn bars_are_asked_for_in_every_spelling() {
    let rig = Rig::new();
    let plain = rig
        .ask("get_bars", json!({ "instrument": "AAPL", "count": 5 }))
        .await
        .unwrap();
    let bars = plain["data"]["bars"].as_array().unwrap();
    assert_eq!((bars.len(), &plain["data"]["bar"]), (5, &json!("1d")));
    assert_eq!(plain["data"]["time_zone"], "America/New_York");
    let times: Vec<&str> = bars
        .iter()
        .map(|bar| bar["time"].as_str().unwrap())
        .collect();
    assert!(times.is_sorted());
    let words = json!({ "instrument": "AAPL", "bar": "1 day", "count": 5, "session": "RTH", "what": "TRADES" });
    let same = rig.ask("get_bars", words).await.unwrap();
    assert_eq!(same["data"]["bars"], plain["data"]["bars"]);
    let back = json!({ "instrument": "AAPL", "bar": "day", "start": "30 D" });
    let month = rig.ask("get_bars", back).await.unwrap();
    let count = month["data"]["bars"].as_array().unwrap().len();
    assert!(
        (15..=23).contains(&count),
        "{count} trading days in a month"
    );
    let last = times[4];
    let until = json!({ "instrument": "AAPL", "end": &last[..10], "count": 1 });
    let one = rig.ask("get_bars", until).await.unwrap();
    assert_eq!(
        one["data"]["bars"][0]["time"], last,
        "the last date belongs to the range"
    );
}

#[tokio::test]
async fn bars_that_cannot_be_asked_for_are_refused_by_name() {
    let rig = Rig::new();
    for (field, asked) in [
        ("count", json!({ "instrument": "AAPL", "count": 0 })),
        ("count", json!({ "instrument": "AAPL", "count": 5001 })),
        ("bar", json!({ "instrument": "AAPL", "bar": "7m" })),
        (
            "start",
            json!({ "instrument": "AAPL", "start": "2020-02-02", "end": "2020-01-01" }),
        ),
        (
            "start",
            json!({ "instrument": "AAPL", "start": "last week" }),
        ),
    ] {
        let fault = rig.ask("get_bars", asked).await.unwrap_err();
        assert_eq!(fault.code, FaultCode::InvalidRequest);
        assert!(fault.message.starts_with(field), "{field}: {fault}");
    }
    let asked = json!({ "instrument": "AAPL", "start": "100 D", "count": 3 });
    let cut = rig.ask("get_bars", asked).await.unwrap();
    assert!(
        cut["meta"]["warnings"][0]
            .as_str()
            .unwrap()
            .contains("more bars"),
        "{cut}"
    );
}

#[tokio::test]
async fn a_search_finds_names_and_keeps_to_market_and_class() {
    let rig = Rig::new();
    let apple = rig
        .ask("search_instruments", json!({ "query": "apple" }))
        .await
        .unwrap();
    assert_eq!(apple["data"]["matches"][0]["instrument"]["id"], "AAPL.XNAS");
    assert_eq!(apple["data"]["matches"][0]["market"], "US");
    let hong_kong = json!({ "query": "0", "market": "HK" });
    let found = rig.ask("search_instruments", hong_kong).await.unwrap();
    let found = found["data"]["matches"].as_array().unwrap().clone();
    assert!(!found.is_empty());
    assert!(
        found
            .iter()
            .all(|one| one["instrument"]["exchange"] == "XHKG"),
        "{found:?}"
    );
    let nothing = json!({ "query": "apple", "sec_type": "BOND" });
    let nothing = rig.ask("search_instruments", nothing).await.unwrap();
    assert_eq!(nothing["data"]["matches"], json!([]));
    let wrong = json!({ "query": "a", "market": "Atlantis" });
    assert_eq!(
        rig.ask("search_instruments", wrong).await.unwrap_err().code,
        FaultCode::InvalidRequest
    );
}

#[tokio::test]
async fn contracts_have_their_rules_and_the_missing_their_candidates() {
    let rig = Rig::new();
    let asked = json!({ "instruments": ["AAPL", "ES", "NOPE"], "hours": true });
    let answer = rig.ask("get_contracts", asked).await.unwrap();
    let row = &answer["data"]["contracts"][0];
    assert_eq!(
        (&row["currency"], &row["multiplier"]),
        (&json!("USD"), &json!("1"))
    );
    assert_eq!(row["time_zone"], "America/New_York");
    assert!(row["price_rules"].as_array().unwrap().len() > 1, "{row}");
    assert!(
        row["hours"]
            .as_array()
            .unwrap()
            .iter()
            .any(|part| part["kind"] == "regular"),
        "{row}"
    );
    let missing = answer["data"]["missing"].as_array().unwrap();
    assert_eq!(
        (&missing[0]["code"], &missing[1]["code"]),
        (&json!("ambiguous"), &json!("not_found"))
    );
    assert!(missing[0]["candidates"].as_array().unwrap().len() > 1);
}

#[tokio::test]
async fn a_market_is_open_and_later_it_is_closed() {
    let rig = Rig::new();
    let open = rig.ask("get_market_status", json!({})).await.unwrap()["data"].clone();
    assert_eq!(
        (&open["status"], &open["is_trading_day"]),
        (&json!("open"), &json!(true)),
        "{open}"
    );
    assert_eq!(open["time_zone"], "America/New_York");
    assert!(
        open["sessions"]
            .as_array()
            .unwrap()
            .iter()
            .any(|part| part["kind"] == "regular")
    );
    let close: chrono::DateTime<chrono::Utc> =
        serde_json::from_value(open["next_close"].clone()).unwrap();
    rig.world.advance_to(close + TimeDelta::hours(6));
    let shut = rig
        .ask("get_market_status", json!({ "market": "USA" }))
        .await
        .unwrap()["data"]
        .clone();
    assert_eq!(shut["status"], "closed", "{shut}");
    assert!(shut["next_open"].as_str().unwrap() > open["next_close"].as_str().unwrap());
    let hong_kong = rig
        .ask("get_market_status", json!({ "market": "hk" }))
        .await
        .unwrap();
    assert_eq!(hong_kong["data"]["time_zone"], "Asia/Hong_Kong");
    let none = rig
        .ask("get_market_status", json!({ "market": "SG" }))
        .await
        .unwrap_err();
    assert_eq!(none.code, FaultCode::Unsupported);
}

#[tokio::test]
async fn prices_come_through_an_account_that_the_caller_may_use() {
    let rig = Rig::new();
    let asked = json!({ "symbols": ["AAPL"], "account": "A-1" });
    let fault = rig
        .ask_as(&reader_of(&["B-1"]), "get_quotes", asked)
        .await
        .unwrap_err();
    assert_eq!(fault.code, FaultCode::NotFound);
    let asked = json!({ "symbols": ["AAPL"] });
    let answer = rig
        .ask_as(&reader_of(&["B-1"]), "get_quotes", asked)
        .await
        .unwrap();
    assert_eq!(answer["meta"]["account"], "B-1");
    // A default that was asked before does not shine through.
    let all = rig
        .ask_as(&reader(), "get_quotes", json!({ "symbols": ["AAPL"] }))
        .await
        .unwrap();
    assert_eq!(all["meta"]["account"], "A-1");
}
