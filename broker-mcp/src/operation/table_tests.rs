use serde_json::Value;

use super::Table;

/// Every object and list in a value.
fn walk(value: &Value, visit: &mut impl FnMut(&Value)) {
    visit(value);
    match value {
        Value::Array(values) => values.iter().for_each(|value| walk(value, visit)),
        Value::Object(object) => object.values().for_each(|value| walk(value, visit)),
        _ => {}
    }
}

#[test]
fn schemas_are_objects_without_references_and_integer_formats() {
    for operation in Table::standard().iter() {
        for schema in [&operation.input, &operation.output] {
            let name = operation.about.name;
            assert_eq!(schema["type"], "object", "{name}");
            walk(&Value::Object((**schema).clone()), &mut |value| {
                assert!(value.get("$ref").is_none(), "{name}: {value}");
                let format = value.get("format").and_then(Value::as_str);
                assert!(
                    format.is_none_or(|format| !format.contains("int")),
                    "{name}: {value}"
                );
                if value.get("enum").is_some_and(Value::is_array) {
                    assert!(value.get("type").is_some(), "{name}: {value}");
                }
            });
        }
    }
}

#[test]
fn names_and_summaries_are_fit_for_a_list() {
    for operation in Table::standard().iter() {
        let about = &operation.about;
        assert!(
            about
                .name
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
        );
        assert!(
            about.summary.len() <= 240,
            "{}: {}",
            about.name,
            about.summary.len()
        );
    }
}
