//! The JSON form of the model, which others store and send.

use std::fmt::Debug;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::{sample::*, *};
use crate::{
    dec,
    test_support::{apple, order, price, time},
};

/// Comes back from JSON as it was, and with a field too many not at all.
#[track_caller]
fn comes_back<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) -> Value {
    let json = loose(value);
    if let Value::Object(mut fields) = json.clone() {
        fields.insert("surprise".into(), json!(1));
        let read = serde_json::from_value::<T>(Value::Object(fields));
        assert!(read.is_err(), "an unknown field was taken: {value:?}");
    }
    json
}

/// The same for a type that readers of newer versions may find fields in.
#[track_caller]
fn loose<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) -> Value {
    let text = serde_json::to_string(value).unwrap();
    assert_eq!(&serde_json::from_str::<T>(&text).unwrap(), value, "{text}");
    let json: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        &serde_json::from_value::<T>(json.clone()).unwrap(),
        value,
        "{text}"
    );
    json
}

#[track_caller]
fn is<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T, text: &str) {
    comes_back(value);
    assert_eq!(serde_json::to_string(value).unwrap(), text);
}

const APPLE: &str = r#"{"type":"equity","symbol":"AAPL","primary":"XNAS","currency":"USD"}"#;

/// Where the day that the tests use as the present begins.
const DAY: &str = "2024-10-04";

#[test]
fn an_order_in_json() {
    is(
        &order("a-1"),
        &format!(
            r#"{{"client_order_id":"a-1","account":"DU1","instrument":{APPLE},"side":"buy","amount":{{"quantity":"100"}},"order_type":{{"type":"market"}},"time_in_force":"day","session":"regular"}}"#
        ),
    );
    is(
        &full_order(),
        &format!(
            r#"{{"client_order_id":"a-1","account":"DU1","instrument":{APPLE},"side":"buy","amount":{{"quantity":"100"}},"order_type":{{"type":"limit","price":"187.50"}},"time_in_force":{{"gtd":"{DAY}T00:00:00Z"}},"session":"extended","display_quantity":"10","extensions":{{"acme":{{"route":"DARK"}}}}}}"#
        ),
    );
    let mut cash = order("a-1");
    cash.amount = OrderAmount::Cash(money(dec!(1000.00)));
    let json = comes_back(&cash);
    assert_eq!(
        json["amount"],
        json!({ "cash": { "amount": "1000.00", "currency": "USD" } })
    );
}

#[test]
fn an_order_may_leave_out_what_has_a_default() {
    let text = format!(
        r#"{{"client_order_id":"a-1","account":"DU1","instrument":{APPLE},"side":"buy","amount":{{"quantity":100}},"order_type":{{"type":"market"}}}}"#
    );
    assert_eq!(
        serde_json::from_str::<NewOrder>(&text).unwrap(),
        order("a-1")
    );
}

#[test]
fn types_of_order_in_json() {
    let texts = [
        r#"{"type":"market"}"#,
        r#"{"type":"limit","price":"179.50"}"#,
        r#"{"type":"stop","trigger":"180"}"#,
        r#"{"type":"stop_limit","trigger":"180","price":"179.50"}"#,
        r#"{"type":"trailing_stop","offset":{"percent":"5"}}"#,
        r#"{"type":"trailing_stop_limit","offset":{"amount":"0.50"},"limit_offset":"0.10","trigger":"180"}"#,
        r#"{"type":"market_on_open"}"#,
        r#"{"type":"limit_on_open","price":"179.50"}"#,
        r#"{"type":"market_on_close"}"#,
        r#"{"type":"limit_on_close","price":"179.50"}"#,
        r#"{"type":"market_if_touched","trigger":"180"}"#,
        r#"{"type":"limit_if_touched","trigger":"180","price":"179.50"}"#,
        r#"{"type":"market_to_limit"}"#,
        r#"{"type":"auction"}"#,
        r#"{"type":"auction_limit","price":"179.50"}"#,
        r#"{"type":"algo","strategy":"twap","start":"2024-10-04T00:00:00Z","participation":"0.1"}"#,
        r#"{"type":"algo","strategy":"vwap"}"#,
    ];
    assert_eq!(order_types().len(), texts.len());
    for ((order_type, text), kind) in order_types().iter().zip(texts).zip(OrderTypeKind::ALL) {
        is(order_type, text);
        assert_eq!(order_type.kind(), *kind);
        let json = comes_back(order_type);
        let limit = json.get("price").and_then(Value::as_str).map(price);
        let trigger = json.get("trigger").and_then(Value::as_str).map(price);
        assert_eq!(
            (order_type.limit_price(), order_type.trigger_price()),
            (limit, trigger)
        );
        assert_eq!(
            order_type.trailing_offset().is_some(),
            json.get("offset").is_some()
        );
    }
}

#[test]
fn a_price_that_an_order_type_does_not_have_is_refused() {
    for text in [
        r#"{"type":"market","price":"187.50"}"#,
        r#"{"type":"market_on_close","price":"187.50"}"#,
        r#"{"type":"limit"}"#,
        r#"{"type":"limit","price":187.5}"#,
        r#"{"type":"limit","price":null}"#,
        r#"{"type":"LIMIT","price":"1"}"#,
        r#"{"type":"stop","price":"1"}"#,
        r#"{"price":"1"}"#,
        r#""market""#,
    ] {
        assert!(serde_json::from_str::<OrderType>(text).is_err(), "{text}");
    }
}

#[test]
fn lifetimes_in_json() {
    let all = [
        (TimeInForce::Day, r#""day""#),
        (TimeInForce::Gtc, r#""gtc""#),
        (
            TimeInForce::Gtd(time(3_661)),
            r#"{"gtd":"2024-10-04T01:01:01Z"}"#,
        ),
        (TimeInForce::Ioc, r#""ioc""#),
        (TimeInForce::Fok, r#""fok""#),
        (TimeInForce::Opg, r#""opg""#),
        (TimeInForce::AtClose, r#""at_close""#),
    ];
    for ((lifetime, text), kind) in all.into_iter().zip(TimeInForceKind::ALL) {
        is(&lifetime, text);
        assert_eq!(lifetime.kind(), *kind);
    }
    let with_zone = r#"{"gtd":"2024-10-03T21:01:01-04:00"}"#;
    assert_eq!(
        serde_json::from_str::<TimeInForce>(with_zone).unwrap(),
        all[2].0
    );
    assert!(serde_json::from_str::<TimeInForce>(r#"{"gtd":"2024-10-04"}"#).is_err());
}

#[test]
fn instruments_in_json() {
    is(&apple(), APPLE);
    is(
        &option(),
        r#"{"type":"option","symbol":"AAPL  260116C00187500","currency":"USD"}"#,
    );
    is(
        &combo(),
        &format!(
            r#"{{"type":"combo","legs":[{{"instrument":{APPLE},"side":"buy","ratio":100}},{{"instrument":{{"type":"option","symbol":"AAPL  260116C00187500","currency":"USD"}},"side":"sell","ratio":1}}]}}"#
        ),
    );
    let words = [
        "AAPL.XNAS",
        "AAPL 2026-01-16 187.5C",
        "ES.XCME 2024-10-04",
        "ES.XCME 2024-10-04 5000P",
        "EUR.USD",
        "SPX.XCBO",
        "BTC-USD",
        "VFIAX fund",
        "12345.XHKG warrant",
        "US912828U816 bond",
        "+100×[AAPL.XNAS] -1×[AAPL 2026-01-16 187.5C]",
        "ibkr:265598",
    ];
    assert_eq!(instruments().len(), AssetClass::ALL.len());
    for ((instrument, class), words) in instruments().iter().zip(AssetClass::ALL).zip(words) {
        let json = comes_back(instrument);
        assert_eq!(
            (json["type"].as_str(), instrument.asset_class()),
            (Some(class.as_str()), *class)
        );
        assert_eq!(instrument.to_string(), words);
    }
}
