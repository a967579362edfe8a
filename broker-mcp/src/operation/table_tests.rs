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

/// Every field of an object, with whether it has to be there.
fn fields(schema: &Value, visit: &mut impl FnMut(&str, &Value, bool)) {
    walk(schema, &mut |value| {
        let required = value.get("required").and_then(Value::as_array);
        let needed = |name: &str| required.is_some_and(|all| all.iter().any(|one| one == name));
        let properties = value.get("properties").and_then(Value::as_object);
        for (name, field) in properties.into_iter().flatten() {
            visit(name, field, needed(name));
        }
    });
}

#[test]
fn a_field_that_may_be_absent_says_nothing_about_null() {
    for operation in Table::standard().iter() {
        let name = operation.about.name;
        for schema in [&operation.input, &operation.output] {
            let schema = Value::Object((**schema).clone());
            fields(&schema, &mut |field, about, needed| {
                let says = about.to_string();
                assert!(needed || !says.contains("null"), "{name}.{field}: {says}");
            });
        }
        // Without a type some clients send text, whatever it is.
        let input = Value::Object((*operation.input).clone());
        fields(&input, &mut |field, about, _| {
            let typed = ["type", "anyOf"]
                .iter()
                .any(|word| about.get(word).is_some());
            assert!(typed, "{name}.{field}: {about}");
        });
    }
}

#[tokio::test]
async fn null_is_read_as_absent_all_the_same() {
    use crate::service::rig::Rig;

    let rig = Rig::new();
    for operation in ["get_bars", "get_quotes", "get_orders", "get_positions"] {
        let operation = Table::standard().get(operation).unwrap().clone();
        let mut arguments = serde_json::json!({ "account": "A-1" });
        for name in operation.input["properties"].as_object().unwrap().keys() {
            let value = match name.as_str() {
                "account" => continue,
                "instrument" => Value::from("AAPL"),
                "symbols" => serde_json::json!(["AAPL"]),
                // It has a default of its own and is no option.
                "open_only" => Value::from(true),
                _ => Value::Null,
            };
            arguments[name] = value;
        }
        let answer = rig.ask(operation.about.name, arguments).await;
        assert!(answer.is_ok(), "{}: {answer:?}", operation.about.name);
    }
}
