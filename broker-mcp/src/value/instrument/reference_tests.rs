use serde_json::json;

use super::InstrumentRef;

fn read(value: serde_json::Value) -> Result<InstrumentRef, serde_json::Error> {
    serde_json::from_value(value)
}

#[test]
fn an_instrument_is_text_an_object_or_json_in_a_text() {
    let parts = read(json!({ "symbol": "AAPL", "sec_type": "STK" })).unwrap();
    assert_eq!(read(json!("AAPL")).unwrap(), InstrumentRef::text("AAPL"));
    assert_eq!(
        read(json!(r#"{"symbol":"AAPL","sec_type":"STK"}"#)).unwrap(),
        parts
    );
    assert_eq!(
        read(json!({ "symbol": "AAPL", "secType": "stock" })).unwrap(),
        parts
    );
}

#[test]
fn what_vendors_leave_empty_says_nothing() {
    let full = read(json!({
        "symbol": "AAPL", "secType": "STK", "lastTradeDateOrContractMonth": "", "strike": 0.0,
        "right": "", "multiplier": "", "conId": 0, "exchange": "SMART", "localSymbol": null
    }));
    let short = read(json!({ "symbol": "AAPL", "secType": "STK", "exchange": "SMART" }));
    assert_eq!(full.unwrap(), short.unwrap());
}

#[test]
fn an_unknown_field_is_named() {
    let error = read(json!({ "symbol": "AAPL", "sectype_": "STK" })).unwrap_err();
    assert!(error.to_string().contains("sectype_"), "{error}");
}

#[test]
fn what_is_no_instrument_is_refused() {
    let long = "A".repeat(65);
    for value in [
        json!(""),
        json!("  "),
        json!(7),
        json!({}),
        json!([]),
        json!(null),
        json!("AA\u{7}PL"),
        json!(long),
    ] {
        assert!(read(value.clone()).is_err(), "{value}");
    }
}
