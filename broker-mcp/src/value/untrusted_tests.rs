use serde_json::Value;

use super::Untrusted;
use crate::operation::Table;

#[test]
fn what_cannot_be_seen_is_taken_out_of_foreign_text() {
    let evil = "Buy\u{202e} now\u{200b}\u{e0041}\u{7}\u{1b}[31m\u{fe0f}\u{2066}!\u{feff}";
    assert_eq!(Untrusted::name(evil).as_str(), "Buy now[31m!");
}

#[test]
fn a_name_is_one_line() {
    assert_eq!(Untrusted::name("a\nb\r\nc\u{2028}d").as_str(), "a b  cd");
}

#[test]
fn lines_of_a_text_stay_and_what_is_too_long_is_cut_between_characters() {
    let (text, cut) = Untrusted::text("ä\nö\tü", 10);
    assert_eq!((text.as_str(), cut), ("ä\nö\tü", false));
    let (text, cut) = Untrusted::text("äöü", 2);
    assert_eq!((text.as_str(), cut), ("äö…", true));
}

#[test]
fn every_untrusted_field_says_so_in_its_schema() {
    fn walk(value: &Value, name: &str) {
        if value.get("x-untrusted").is_some() {
            let text = value["description"].as_str().unwrap_or_default();
            assert!(text.contains("ntrusted"), "{name}: {value}");
        }
        match value {
            Value::Array(values) => values.iter().for_each(|value| walk(value, name)),
            Value::Object(object) => object.values().for_each(|value| walk(value, name)),
            _ => {}
        }
    }
    for operation in Table::standard().iter() {
        walk(
            &Value::Object((*operation.output).clone()),
            operation.about.name,
        );
    }
}
