use serde_json::{Value, json};

use super::{
    session::{Session, bare},
    stand::{Stand, resting},
};

/// Colours of a terminal, a title, a bell, a turned direction of writing, hidden letters, a second line.
const HIDDEN: &str = "AAPL\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m\u{202e}lleS\u{2066}\u{200b}\u{e0041}\r\n2026-11-22 INFO approved";

fn is_hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{e0000}'..='\u{e0fff}')
}

/// All text in an answer.
fn texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(values) => values.iter().for_each(|value| texts(value, found)),
        Value::Object(fields) => fields.iter().for_each(|(name, value)| {
            found.push(name.clone());
            texts(value, found);
        }),
        _ => {}
    }
}

fn clean(what: &str, text: &str) {
    for line in text.lines() {
        assert!(!line.chars().any(is_hidden), "{what}: {line:?}");
    }
}

#[test]
fn what_callers_write_hides_nothing_in_answers_logs_trail_and_terminals() {
    let stand = Stand::new();
    let long = HIDDEN.repeat(200);
    for text in [HIDDEN, long.as_str()] {
        let mut order = resting("injected");
        order["order"]["instrument"] = text.into();
        let mut named = resting(text);
        named["order"]["quantity"] = "1".into();
        let mut account = resting("injected");
        account["account"] = text.into();
        let calls = [
            ("place_order", order),
            ("place_order", named),
            ("place_order", account),
            ("get_order", json!({ "order_id": text })),
            ("cancel_order", json!({ "order_id": text })),
            ("modify_order", json!({ "order_id": text, "quantity": 1 })),
            ("get_quotes", json!({ "symbols": [text] })),
            ("search_instruments", json!({ "query": text })),
            ("get_news", json!({ "instrument": text })),
            (text, json!({ text: text })),
            ("get_quotes", json!({ text: 1 })),
        ];
        for (operation, arguments) in calls {
            let answers = [
                bare(&stand, "bot", operation, &arguments),
                stand.post("/v1/place_order", "bot", &arguments).json(),
            ];
            for answer in answers {
                let mut found = Vec::new();
                texts(&answer, &mut found);
                for one in found {
                    clean(operation, &one);
                    assert!(
                        one.chars().count() < 3_000,
                        "{operation}: {} letters",
                        one.len()
                    );
                }
            }
        }
        let visible: String = text
            .chars()
            .filter(|letter| !matches!(letter, '\r' | '\n'))
            .take(500)
            .collect();
        stand.send(
            ("GET", "/v1/get_positions"),
            "bot",
            &[("User-Agent", &visible)],
            "",
        );
        Session::open(&stand, "bot", text).call("get_quotes", &json!({ "symbols": [text] }));
    }
    let mut session = resting("works");
    session["order"]["quantity"] = "1".into();
    Session::open(&stand, "bot", HIDDEN).call("place_order", &session);
    let engaged = stand.post("/v1/kill-switch", "bot", &json!({ "reason": HIDDEN }));
    assert_eq!(engaged.status, 200, "{engaged:?}");
    for arguments in [
        &["kill", "status"][..],
        &["approvals"],
        &["audit", "verify"],
        &["key", "list"],
    ] {
        let output = stand.command(arguments);
        for text in [output.stdout, output.stderr] {
            clean(&arguments.join(" "), &String::from_utf8(text).unwrap());
        }
    }
    let searched = stand.get("/v1/audit?text=place_order&limit=100", "anna");
    for place in std::fs::read_dir(stand.folder.path().join("audit")).unwrap() {
        let text = std::fs::read_to_string(place.unwrap().path()).unwrap_or_default();
        for row in text
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
        {
            let mut found = Vec::new();
            texts(&row, &mut found);
            found.iter().for_each(|text| clean("the trail", text));
        }
    }
    let mut found = Vec::new();
    texts(&searched.json(), &mut found);
    found.iter().for_each(|text| clean("the page", text));
    clean("the log", &stand.said());
}
