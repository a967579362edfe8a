use serde_json::json;

use super::{
    session::{bare, failed},
    stand::Stand,
};

/// Text that stands in a body where a quantity or a price belongs, and is none.
const NONE: [&str; 27] = [
    "NaN",
    "Infinity",
    "-Infinity",
    "\"NaN\"",
    "\"inf\"",
    "-1",
    "\"-1\"",
    "-0.0001",
    "0",
    "\"0\"",
    "0.0",
    "1e400",
    "-1e400",
    "\"1e2\"",
    "\"1E+2\"",
    "\"١٠\"",
    "\"１０\"",
    "\"1０\"",
    "\"0x0a\"",
    "\"1_0\"",
    "\"1 0\"",
    "1234567890123456789012345678901234567890",
    "\"1234567890123456789012345678901234567890\"",
    "0.12345678901234567890123",
    "true",
    "[10]",
    "{\"$gt\":0}",
];

fn is_price(text: &str) -> bool {
    // A price may be below zero, and so far from the market that a limit refuses it.
    !["-1", "\"-1\"", "-0.0001"].contains(&text)
}

#[test]
fn what_is_no_amount_is_no_order_on_any_face() {
    let stand = Stand::new();
    for text in NONE {
        let native = |quantity: &str, price: &str| {
            format!(
                r#"{{"order":{{"instrument":"AAPL","side":"BUY","quantity":{quantity},"type":"LIMIT","limit_price":{price}}}}}"#
            )
        };
        let tiger = |quantity: &str, price: &str| {
            format!(
                r#"{{"account":"one","symbol":"AAPL","action":"BUY","order_type":"LMT","quantity":{quantity},"limit_price":{price}}}"#
            )
        };
        let mut bodies = vec![
            ("/v1/place_order", native(text, "100")),
            ("/v1/preview_order", native(text, "100")),
            ("/api/trade/place-order", tiger(text, "100")),
        ];
        if is_price(text) {
            bodies.push(("/v1/place_order", native("10", text)));
            bodies.push(("/api/trade/place-order", tiger("10", text)));
        }
        for (path, body) in bodies {
            let answer = stand.send(("POST", path), "bot", &[], &body);
            assert!(
                (400..500).contains(&answer.status),
                "{path} {body}: {answer:?}"
            );
            let call = format!(
                r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"place_order","arguments":{body}}}}}"#
            );
            if path == "/v1/place_order" {
                let answer = stand.send(
                    ("POST", "/mcp"),
                    "bot",
                    &[("Accept", "application/json")],
                    &call,
                );
                let refused = answer.status >= 400 || failed(&answer.json());
                assert!(refused, "{call}: {answer:?}");
            }
        }
    }
    assert!(stand.orders("bot").is_empty());
}

#[test]
fn what_is_written_is_what_is_sent_to_the_last_digit() {
    let stand = Stand::new();
    for (name, quantity, price, sent) in [
        ("text", "\"10\"", "\"100.10\"", ("10", "100.1")),
        ("numbers", "10", "100.1", ("10", "100.1")),
        ("floats", "10.0", "1.001e2", ("10", "100.1")),
        ("zeros", "\"10.000\"", "\"0100.100\"", ("10", "100.1")),
    ] {
        let body = format!(
            r#"{{"client_order_id":"{name}","order":{{"instrument":"AAPL","side":"BUY","quantity":{quantity},"type":"LIMIT","limit_price":{price}}}}}"#
        );
        let answer = stand.send(("POST", "/v1/place_order"), "bot", &[], &body);
        assert_eq!(answer.status, 200, "{body}: {answer:?}");
        let order = &answer.json()["data"]["order"];
        let number = |field: &str| {
            let text = order[field].as_str().unwrap();
            text.parse::<broker_core::Decimal>()
                .unwrap()
                .normalize()
                .to_string()
        };
        assert_eq!(
            (number("quantity").as_str(), number("limit_price").as_str()),
            sent,
            "{order}"
        );
    }
}

#[test]
fn a_body_that_says_two_things_is_believed_in_neither() {
    let stand = Stand::new();
    let order = r#""order":{"instrument":"AAPL","side":"BUY","quantity":1,"type":"LIMIT","limit_price":100}"#;
    for body in [
        format!(
            "{{{},{order}}}",
            order.replace("\"quantity\":1", "\"quantity\":400")
        ),
        format!(
            "{{{}}}",
            order.replace("\"quantity\":1", "\"quantity\":1,\"quantity\":400")
        ),
        format!(
            "{{{}}}",
            order.replace("\"quantity\":1", "\"quantity\":1,\"quantit\\u0079\":400")
        ),
        // Two names of one field.
        format!(
            "{{{}}}",
            order.replace("\"quantity\":1", "\"quantity\":1,\"qty\":400")
        ),
        format!(
            "{{{}}}",
            order.replace("\"limit_price\":100", "\"limit_price\":100,\"lmtPrice\":1")
        ),
    ] {
        let answer = stand.send(("POST", "/v1/place_order"), "bot", &[], &body);
        assert!([400, 422].contains(&answer.status), "{body}: {answer:?}");
        let call = format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"place_order","arguments":{body}}}}}"#
        );
        let answer = stand.send(
            ("POST", "/mcp"),
            "bot",
            &[("Accept", "application/json")],
            &call,
        );
        assert!(
            answer.status == 422 || failed(&answer.json()),
            "{call}: {answer:?}"
        );
    }
    assert!(stand.orders("bot").is_empty());
    let asked = json!({ "order": {
        "instrument": "AAPL", "side": "BUY", "quantity": 1, "type": "LIMIT", "limit_price": 100
    } });
    assert!(!failed(&bare(&stand, "bot", "place_order", &asked)));
}
