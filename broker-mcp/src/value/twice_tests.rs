use super::{InstrumentRef, Listed, OrderInput, twice::said_twice};

#[test]
fn a_name_that_comes_twice_is_found_wherever_it_stands() {
    for (body, name) in [
        (r#"{"quantity":1,"quantity":1000}"#, "quantity"),
        (r#"{"order":{"side":"BUY","side":"SELL"}}"#, "side"),
        (r#"[1,{"a":[{"b":1,"b":1}]}]"#, "b"),
        // The same name, written otherwise.
        (r#"{"quantity":1,"quantit\u0079":1000}"#, "quantity"),
    ] {
        assert_eq!(said_twice(body.as_bytes()).as_deref(), Some(name), "{body}");
    }
}

#[test]
fn a_name_in_two_objects_is_not_twice_and_what_is_no_json_is_left_alone() {
    let deep = "[".repeat(100_000);
    for body in [
        r#"{"a":{"x":1},"b":{"x":1.5,"y":null,"z":true}}"#,
        r#"[{"a":1},{"a":-1}]"#,
        r#"{"a":1,"A":"a"}"#,
        "",
        "no json",
        r#"{"a":1,"#,
        deep.as_str(),
    ] {
        assert_eq!(said_twice(body.as_bytes()), None);
    }
}

#[test]
fn json_in_a_text_says_everything_once_as_well() {
    let text = r#"{"symbol":"AAPL","symbol":"MSFT"}"#;
    let twice = |error: serde_json::Error| error.to_string().contains("`symbol` is said twice");
    let wrapped = serde_json::json!(text);
    assert!(twice(
        serde_json::from_value::<InstrumentRef>(wrapped.clone()).unwrap_err()
    ));
    assert!(twice(
        serde_json::from_value::<Listed<InstrumentRef>>(wrapped).unwrap_err()
    ));
    let list = serde_json::json!(format!("[{text}]"));
    assert!(twice(
        serde_json::from_value::<Listed<InstrumentRef>>(list).unwrap_err()
    ));
    let order = r#"{"instrument":"AAPL","side":"BUY","type":"MARKET","quantity":1,"quantity":100}"#;
    let error = serde_json::from_value::<OrderInput>(serde_json::json!(order)).unwrap_err();
    assert!(error.to_string().contains("`quantity` is said twice"));
}
