//! The schemas say what the JSON is.

use schemars::{JsonSchema, schema_for};
use serde::Serialize;
use serde_json::{Map, Value};

use super::{sample::*, *};
use crate::{
    Capabilities, Covered, dec,
    test_support::{able, limit, order},
};

/// Whether a value fits a schema, as far as these schemas go: references, types, constants, words,
/// properties, required ones, items, alternatives.
fn fits(schema: &Value, root: &Value, value: &Value) -> Result<(), String> {
    let Value::Object(schema) = schema else {
        return if schema == &Value::Bool(false) {
            Err("nothing fits".into())
        } else {
            Ok(())
        };
    };
    if let Some(Value::String(path)) = schema.get("$ref") {
        let target = root
            .pointer(path.trim_start_matches('#'))
            .ok_or("dangling reference")?;
        fits(target, root, value)?;
    }
    if let Some(constant) = schema.get("const")
        && constant != value
    {
        return Err(format!("{value} is not {constant}"));
    }
    if let Some(Value::Array(words)) = schema.get("enum")
        && !words.contains(value)
    {
        return Err(format!("{value} is none of {words:?}"));
    }
    if let Some(types) = schema.get("type") {
        let is = |name: &Value| match name.as_str() {
            Some("object") => value.is_object(),
            Some("array") => value.is_array(),
            Some("string") => value.is_string(),
            Some("boolean") => value.is_boolean(),
            Some("integer") => value.is_i64() || value.is_u64(),
            Some("null") => value.is_null(),
            other => panic!("type {other:?}"),
        };
        let known = types
            .as_array()
            .map_or_else(|| is(types), |all| all.iter().any(is));
        if !known {
            return Err(format!("{value} is not of type {types}"));
        }
    }
    for (key, count) in [("oneOf", 1), ("anyOf", usize::MAX)] {
        if let Some(Value::Array(all)) = schema.get(key) {
            let matches: Vec<_> = all.iter().map(|one| fits(one, root, value)).collect();
            let fitting = matches.iter().filter(|one| one.is_ok()).count();
            if fitting == 0 || fitting > count {
                return Err(format!("{fitting} of {key} fit {value}: {matches:?}"));
            }
        }
    }
    if let Some(Value::Array(all)) = schema.get("allOf") {
        all.iter().try_for_each(|one| fits(one, root, value))?;
    }
    match value {
        Value::Object(fields) => fits_fields(schema, root, fields),
        Value::Array(items) => {
            let schema = schema.get("items").unwrap_or(&Value::Bool(true));
            items.iter().try_for_each(|item| fits(schema, root, item))
        }
        _ => Ok(()),
    }
}

fn fits_fields(
    schema: &Map<String, Value>,
    root: &Value,
    fields: &Map<String, Value>,
) -> Result<(), String> {
    let empty = Map::new();
    let properties = schema
        .get("properties")
        .and_then(Value::as_object)
        .unwrap_or(&empty);
    for (name, field) in fields {
        if let Some(schema) = properties.get(name).or(schema.get("additionalProperties")) {
            fits(schema, root, field).map_err(|why| format!("{name}: {why}"))?;
        }
    }
    for name in schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        if !name.as_str().is_some_and(|name| fields.contains_key(name)) {
            return Err(format!("{name} is missing"));
        }
    }
    Ok(())
}

#[track_caller]
fn describes<T: JsonSchema + Serialize>(value: &T) {
    let schema = schema_for!(T).to_value();
    let json = serde_json::to_value(value).unwrap();
    if let Err(why) = fits(&schema, &schema, &json) {
        panic!("{why}\n{json}");
    }
}

#[test]
fn the_schema_of_an_order_has_its_fields() {
    let schema = schema_for!(NewOrder).to_value();
    let names = |value: &Value| -> Vec<String> {
        let mut names: Vec<_> = value.as_object().unwrap().keys().cloned().collect();
        names.sort();
        names
    };
    let json = serde_json::to_value(full_order()).unwrap();
    assert_eq!(names(&schema["properties"]), names(&json));
    assert_eq!(schema["additionalProperties"], Value::Bool(false));
    let mut required: Vec<_> = schema["required"]
        .as_array()
        .unwrap()
        .iter()
        .map(|n| n.as_str().unwrap())
        .collect();
    required.sort_unstable();
    assert_eq!(
        required,
        [
            "account",
            "amount",
            "client_order_id",
            "instrument",
            "order_type",
            "side"
        ]
    );
}

#[test]
fn schemas_describe_orders() {
    describes(&order("a"));
    describes(&full_order());
    for instrument in instruments() {
        let mut order = order("a");
        order.instrument = instrument;
        describes(&order);
    }
    for order_type in order_types() {
        let mut order = order("a");
        order.order_type = order_type;
        describes(&order);
    }
    let mut cash = order("a");
    cash.amount = OrderAmount::Cash(money(dec!(5)));
    describes(&cash);
    lists().iter().for_each(describes);
    describes(&replace());
}

#[test]
fn schemas_describe_what_happens() {
    describes(&full_report());
    kinds().iter().for_each(describes);
    describes(&stored_order());
    describes(&Covered::Complete(vec![fill()]));
    describes(&Covered::Since {
        value: vec![fill()],
        from: chrono::DateTime::UNIX_EPOCH,
    });
    describes(&Covered::Partial {
        value: vec![fill()],
        missing: "old".into(),
    });
    describes(&Covered::<Vec<Fill>>::Unavailable("no".into()));
    describes(&position());
    describes(&summary());
}

#[test]
fn schemas_describe_the_market() {
    describes(&quote());
    describes(&contract());
    describes(&chain());
    describes(&schedule());
    corporate_actions().iter().for_each(describes);
    describes(&headline());
    describes::<Capabilities>(&able());
}

#[test]
fn the_schema_refuses_what_reading_refuses() {
    let schema = schema_for!(NewOrder).to_value();
    let good = serde_json::to_value(limit("a", "1")).unwrap();
    type Break = fn(&mut Value);
    let broken: [(&str, Break); 7] = [
        ("an unknown field", |json| json["price"] = "1".into()),
        ("a missing field", |json| {
            drop(json.as_object_mut().unwrap().remove("side"));
        }),
        ("an unknown word", |json| json["side"] = "hold".into()),
        ("a number for a decimal", |json| {
            json["order_type"]["price"] = 1.5.into();
        }),
        ("an unknown type of order", |json| {
            json["order_type"]["type"] = "iceberg".into();
        }),
        ("an instrument without a type", |json| {
            drop(json["instrument"].as_object_mut().unwrap().remove("type"));
        }),
        ("an instrument without a symbol", |json| {
            drop(json["instrument"].as_object_mut().unwrap().remove("symbol"));
        }),
    ];
    for (what, change) in broken {
        let mut json = good.clone();
        change(&mut json);
        assert!(fits(&schema, &schema, &json).is_err(), "{what}");
        assert!(serde_json::from_value::<NewOrder>(json).is_err(), "{what}");
    }
}
