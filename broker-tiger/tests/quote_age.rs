//! How old a quote is. Tiger tells with its best prices only when the last trade was, and of a quiet share
//! that is long ago.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod support;

use broker_core::{BrokerExt as _, model::Quote};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use support::{Stage, apple, bender::refusal};

/// What is told of a share that was traded ten minutes ago.
struct Told {
    /// What its market does; a refusal when absent.
    market: Option<&'static str>,
    /// How long before the question the answer was made.
    made: TimeDelta,
    /// What is otherwise in the row.
    row: Value,
}

impl Default for Told {
    fn default() -> Self {
        Self {
            market: Some("TRADING"),
            made: TimeDelta::zero(),
            row: json!({}),
        }
    }
}

fn envelope(at: DateTime<Utc>, data: &Value) -> String {
    let timestamp = at.timestamp_millis();
    json!({ "code": 0, "message": "success", "timestamp": timestamp, "data": data }).to_string()
}

/// The quote that comes of it, when it was asked for, and how often the market was asked about.
async fn quoted(told: Told) -> (Quote, DateTime<Utc>, usize) {
    let (stage, bender) = Stage::open_bent(|_| {}).await;
    let now = stage.clock.now();
    let traded = now - TimeDelta::minutes(10);
    let mut row = json!({
        "symbol": "AAPL", "latestPrice": 180, "latestTime": traded.timestamp_millis(),
        "bidPrice": 170, "bidSize": 100, "askPrice": 170.5, "askSize": 200, "status": "NORMAL",
    });
    for (name, value) in told.row.as_object().unwrap() {
        row[name] = value.clone();
    }
    bender.bend(move |method, _| match (method, told.market) {
        ("quote_real_time", _) => Some(envelope(now - told.made, &json!([row]))),
        ("market_state", Some(market)) => {
            let state = json!([{ "market": "US", "status": market }]);
            Some(envelope(now, &state))
        }
        ("market_state", None) => Some(refusal(4, "too many requests")),
        _ => None,
    });
    let quote = stage.broker.quote_of(&apple()).await.unwrap();
    assert_eq!(quote.last.unwrap().to_string(), "180");
    (quote, now, bender.asked("market_state"))
}

#[tokio::test]
async fn the_book_of_a_quiet_share_is_of_now_while_its_market_trades() {
    let (quote, now, asked) = quoted(Told::default()).await;
    assert_eq!((quote.as_of, asked), (now, 1));
    assert_eq!(quote.last_at, Some(now - TimeDelta::minutes(10)));
    let held = quote.held_since(now - TimeDelta::seconds(10)).unwrap();
    assert_eq!(held.bid.unwrap().to_string(), "170");
    assert_eq!(held.ask.unwrap().to_string(), "170.5");
    assert_eq!(held.last, None, "nobody pays ten minutes old prices");
}

#[tokio::test]
async fn a_book_that_nobody_trades_on_is_as_old_as_the_last_trade() {
    let closed = [
        "NOT_YET_OPEN",
        "PRE_HOUR_TRADING",
        "MIDDLE_CLOSE",
        "POST_HOUR_TRADING",
        "OVERNIGHT_TRADING",
        "CLOSING",
        "EARLY_CLOSED",
        "MARKET_CLOSED",
        "SOMETHING_NEW",
    ];
    // Nor is one of which nobody can say whether it is traded on.
    for market in closed.map(Some).into_iter().chain([None]) {
        let told = Told {
            market,
            ..Told::default()
        };
        let (quote, now, _) = quoted(told).await;
        assert_eq!(quote.as_of, now - TimeDelta::minutes(10), "{market:?}");
        assert_eq!(quote.held_since(now - TimeDelta::minutes(1)), None);
    }
}

#[tokio::test]
async fn a_share_that_is_halted_or_has_no_book_is_as_old_as_its_last_trade() {
    let halted = json!({ "status": "HALTED" });
    let paused = json!({ "status": "CIRCUIT_BREAKER" });
    let empty = json!({ "bidPrice": 0, "askPrice": null });
    for row in [halted, paused, empty] {
        let told = Told {
            row: row.clone(),
            ..Told::default()
        };
        let (quote, now, _) = quoted(told).await;
        assert_eq!(quote.as_of, now - TimeDelta::minutes(10), "{row}");
    }
}

#[tokio::test]
async fn an_answer_that_somebody_kept_is_as_old_as_it_is() {
    let made = TimeDelta::minutes(4);
    let told = Told {
        made,
        ..Told::default()
    };
    let (quote, now, _) = quoted(told).await;
    assert_eq!(quote.as_of, now - made);
    // A broker whose clock is ahead does not make a quote of the future.
    let told = Told {
        made: -made,
        ..Told::default()
    };
    let (quote, now, _) = quoted(told).await;
    assert_eq!(quote.as_of, now);
}

#[tokio::test]
async fn a_share_that_trades_all_the_time_costs_no_question_about_its_market() {
    let (stage, bender) = Stage::open_bent(|_| {}).await;
    let now = stage.clock.now();
    let traded = now - TimeDelta::seconds(1);
    bender.bend(move |method, _| {
        let row = json!([{
            "symbol": "AAPL", "latestPrice": 180, "latestTime": traded.timestamp_millis(),
            "bidPrice": 170, "askPrice": 170.5,
        }]);
        (method == "quote_real_time").then(|| envelope(now, &row))
    });
    let quote = stage.broker.quote_of(&apple()).await.unwrap();
    assert_eq!(quote.as_of, traded);
    assert_eq!(bender.asked("market_state"), 0);
}
