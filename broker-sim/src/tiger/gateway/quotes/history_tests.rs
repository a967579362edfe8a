use broker_core::{
    Decimal, dec,
    model::{CorporateAction, CorporateEvent, Currency, Instrument, Mic},
};
use serde_json::{Value, json};

use super::test_room::{Room, decimal, instant, rows};
use crate::tiger::gateway::symbols::date_of;

fn times(data: &Value) -> Vec<i64> {
    let rows = rows(&data[0]).iter();
    rows.map(|row| row["time"].as_i64().unwrap()).collect()
}

#[test]
fn pages_of_bars_go_back_without_gap_or_overlap() {
    let room = Room::new();
    let whole = room.data(
        "kline",
        json!({"symbols": ["AAPL"], "period": "day", "limit": 7}),
    );
    let ask = |limit: usize, token: Option<&str>| {
        room.data("kline", json!({
            "symbols": ["AAPL"], "period": "day", "right": "br", "begin_time": -1, "end_time": -1,
            "limit": limit, "page_token": token, "lang": "en_US",
        }))
    };
    let newest = ask(4, None);
    let token = newest[0]["nextPageToken"].as_str().unwrap();
    // The official client lowers the limit for its last page.
    let older = ask(3, Some(token));
    let mut pages = times(&older);
    pages.extend(times(&newest));
    assert_eq!(pages, times(&whole));
}

#[test]
fn a_token_goes_with_its_own_request_only() {
    let room = Room::new();
    let ask = |symbols: &[&str], period: &str, token: &str| {
        room.answer(
            "kline",
            json!({
                "symbols": symbols, "period": period, "limit": 2, "page_token": token,
            }),
        )
    };
    let first = room.data(
        "kline",
        json!({"symbols": ["AAPL"], "period": "day", "limit": 2}),
    );
    let token = first[0]["nextPageToken"].as_str().unwrap();
    assert!(ask(&["AAPL"], "day", token).is_ok());
    for (symbols, period, token) in [
        (&["MSFT"][..], "day", token),
        (&["AAPL"], "week", token),
        (&["AAPL", "MSFT"], "day", token),
        (&["AAPL"], "day", "a2xpbmV8dGVzdA=="),
        (&["AAPL"], "day", "?"),
    ] {
        let complaint = ask(symbols, period, token).unwrap_err();
        assert_eq!(complaint.code, 1010, "{symbols:?} {period} {token}");
    }
}

#[test]
fn the_last_page_has_no_token() {
    let room = Room::new();
    let begin = instant("2021-12-28T00:00:00Z").timestamp_millis();
    let data = room.data(
        "kline",
        json!({
            "symbols": ["AAPL"], "period": "day", "begin_time": begin, "limit": 100,
        }),
    );
    assert_eq!(data[0]["nextPageToken"], Value::Null);
    // From the 28th of December to the day that is under way.
    assert_eq!(rows(&data[0]).len(), 5);
    let midnight = instant("2021-12-28T05:00:00Z").timestamp_millis();
    assert_eq!(times(&data)[0], midnight);
}

#[test]
fn short_bars_begin_with_the_session_and_add_up() {
    let room = Room::new();
    room.pass(90);
    let begin = instant("2022-01-03T14:30:00Z").timestamp_millis();
    let bars = |period: &str| {
        room.data(
            "kline",
            json!({"symbols": ["AAPL"], "period": period, "begin_time": begin}),
        )
    };
    let sum = |data: &Value, name: &str| -> Decimal {
        rows(&data[0]).iter().map(|row| decimal(&row[name])).sum()
    };
    let (one, sixty) = (bars("1min"), bars("60min"));
    assert_eq!(sum(&one, "volume"), sum(&sixty, "volume"));
    assert_eq!(
        (sum(&one, "amount") - sum(&sixty, "amount")).round_dp(2),
        dec!(0)
    );
    assert_eq!(times(&sixty)[0], begin);
    assert_eq!(times(&sixty)[1], begin + 3_600_000);
    assert!(times(&one).is_sorted());
    let bar = &rows(&sixty[0])[0];
    assert!(decimal(&bar["low"]) <= decimal(&bar["close"]));
    assert!(decimal(&bar["close"]) <= decimal(&bar["high"]));
    let later = begin + 60 * 60_000;
    let data = room.data(
        "kline",
        json!({
            "symbols": ["AAPL"], "period": "1min", "begin_time": begin, "end_time": later,
        }),
    );
    assert!(
        times(&data)
            .iter()
            .all(|time| (begin..later).contains(time))
    );
}

#[test]
fn bars_that_cannot_be_are_refused() {
    let room = Room::new();
    for (name, value) in [
        ("period", json!("7min")),
        ("right", json!("up")),
        ("limit", json!(1201)),
        ("limit", json!(0)),
        ("trade_session", json!("Lunch")),
        ("date", json!("soon")),
        ("begin_time", json!("soon")),
    ] {
        let mut asked = json!({"symbols": ["AAPL"], "period": "day"});
        asked[name] = value;
        assert_eq!(room.refusal("kline", asked.clone()).0, 1010, "{asked}");
    }
    let backwards = json!({"symbols": ["AAPL"], "begin_time": 2, "end_time": 1});
    assert_eq!(room.refusal("kline", backwards).0, 1010);
    let unknown = json!({"symbols": ["NOPE"]});
    assert_eq!(room.refusal("kline", unknown).0, 2100);
}

#[test]
fn unadjusted_bars_are_the_prices_before_a_split() {
    let room = Room::new();
    let apple = Instrument::equity("AAPL", Mic::XNAS, Currency::USD).unwrap();
    let end = instant("2022-01-03T00:00:00Z").timestamp_millis();
    let close = |right: &str| {
        let asked = json!({
            "symbols": ["AAPL"], "period": "day", "right": right, "end_time": end, "limit": 1,
        });
        decimal(&room.data("kline", asked)[0]["items"][0]["close"])
    };
    let before = close("br");
    assert_eq!(close("nr"), before);
    let split = CorporateEvent::Split { from: 1, to: 4 };
    let date = date_of("2022-01-04").unwrap();
    room.world.with_exchange(|exchange| {
        exchange.announce_corporate_action(CorporateAction::new(apple, split, date));
    });
    room.pass_until("2022-01-04T15:00:00Z");
    assert_eq!(close("br"), before / dec!(4));
    assert_eq!(close("nr"), before);
}

#[test]
fn minutes_come_with_the_average_price_of_the_session() {
    let room = Room::new();
    room.pass(30);
    let data = room.data(
        "timeline",
        json!({
            "symbols": ["AAPL"], "begin_time": -1, "include_hour_trading": false, "version": "3.0",
        }),
    );
    let line = &rows(&data)[0];
    assert_eq!(line["period"], "day");
    assert!(line.get("preClose").is_some());
    assert_eq!(line["intraday"]["beginTime"], -1);
    let minutes = rows(&line["intraday"]);
    let open = instant("2022-01-03T14:30:00Z").timestamp_millis();
    assert!(minutes[0]["time"].as_i64().unwrap() >= open);
    assert_eq!(minutes.last().unwrap()["time"], line["intraday"]["endTime"]);
    let bars = room.data(
        "kline",
        json!({"symbols": ["AAPL"], "period": "1min", "begin_time": open}),
    );
    assert_eq!(minutes.len(), rows(&bars[0]).len());
    let first = &minutes[0];
    let (amount, volume) = (
        &bars[0]["items"][0]["amount"],
        &bars[0]["items"][0]["volume"],
    );
    let average = (decimal(amount) / decimal(volume)).round_dp(6);
    assert_eq!(decimal(&first["avgPrice"]), average);
    let begin = open + 20 * 60_000;
    let later = room.data(
        "timeline",
        json!({"symbols": ["AAPL"], "begin_time": begin}),
    );
    let later = rows(&later[0]["intraday"]);
    assert!(later.len() < minutes.len());
    assert!(later[0]["time"].as_i64().unwrap() >= begin);
}

#[test]
fn an_earlier_days_minutes_are_told_by_date() {
    let room = Room::new();
    let asked = json!({"symbols": ["AAPL"], "date": "2021-12-31", "right": "br"});
    let data = room.data("history_timeline", asked);
    let minutes = rows(&data[0]);
    let open = instant("2021-12-31T14:30:00Z").timestamp_millis();
    let close = instant("2021-12-31T21:00:00Z").timestamp_millis();
    assert!(!minutes.is_empty());
    assert!(
        minutes
            .iter()
            .all(|row| (open..close).contains(&row["time"].as_i64().unwrap()))
    );
    let holiday = json!({"symbols": ["AAPL"], "date": "2022-01-01"});
    assert_eq!(
        room.data("history_timeline", holiday)[0]["items"],
        json!([])
    );
    assert_eq!(
        room.refusal("history_timeline", json!({"symbols": ["AAPL"]}))
            .0,
        1010
    );
}

#[test]
fn a_symbol_counts_once_however_often_it_is_asked() {
    let room = Room::new();
    for period in ["day", "day", "week"] {
        room.data(
            "kline",
            json!({"symbols": ["AAPL", "MSFT"], "period": period}),
        );
    }
    room.answer("kline", json!({"symbols": ["NOPE"]}))
        .unwrap_err();
    let data = room.data("kline_quota", json!({"with_details": true}));
    let row = &rows(&data)[0];
    assert_eq!((&row["method"], &row["used"]), (&json!("kline"), &json!(2)));
    assert_eq!(row["remain"], 198);
    assert_eq!(row["symbolDetails"][0]["code"], "AAPL");
    assert!(row["symbolDetails"][0]["lastRequestTimestamp"].is_string());
    let short = room.data("kline_quota", json!({"with_details": false}));
    assert!(rows(&short)[0].get("symbolDetails").is_none());
    let limits = room.data("addon_entitlements", json!({}));
    assert_eq!(limits["effectiveEntitlement"]["midFreqLimit"], 60);
}

#[test]
fn more_symbols_than_allowed_are_refused_until_a_month_has_passed() {
    use chrono::TimeDelta;
    let mut quota = super::quota::HistoryQuota::default();
    let now = instant("2022-01-03T15:00:00Z");
    let names: Vec<String> = (0..21).map(|number| format!("ES{number}")).collect();
    let twenty = || names.iter().take(20).map(String::as_str);
    quota.count("future_kline", twenty(), now).unwrap();
    quota.count("future_kline", twenty(), now).unwrap();
    let last = || names.iter().skip(20).map(String::as_str);
    let complaint = quota.count("future_kline", last(), now).unwrap_err();
    assert_eq!(complaint.code, 4);
    assert!(complaint.message.starts_with("4000:permission denied("));
    let later = now + TimeDelta::days(30);
    quota.count("future_kline", last(), later).unwrap();
}
