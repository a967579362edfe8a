//! What callers expect back.

use serde_json::{Map, Number, Value};

/// Whether a schema allows a type.
fn allows(schema: &Value, kind: &str) -> bool {
    let named = match schema.get("type") {
        Some(Value::String(one)) => one == kind,
        Some(Value::Array(several)) => several.iter().any(|one| one == kind),
        _ => false,
    };
    named || options(schema).any(|one| allows(one, kind))
}

fn options(schema: &Value) -> impl Iterator<Item = &Value> {
    ["anyOf", "oneOf"]
        .into_iter()
        .filter_map(|word| schema.get(word)?.as_array())
        .flatten()
}

/// Makes numbers of the decimals in an answer, which are those texts that its schema allows to be numbers.
pub(super) fn numbers(schema: &Value, value: &mut Value) {
    match value {
        Value::String(text) => {
            if allows(schema, "number")
                && let Some(number) = number(text)
            {
                *value = Value::Number(number);
            }
        }
        Value::Array(values) => {
            let items = schema.get("items").into_iter();
            let items = items.chain(options(schema).filter_map(|one| one.get("items")));
            for items in items {
                values.iter_mut().for_each(|value| numbers(items, value));
            }
        }
        Value::Object(object) => {
            object_numbers(schema, object);
            for one in options(schema) {
                object_numbers(one, object);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn object_numbers(schema: &Value, object: &mut Map<String, Value>) {
    let properties = schema.get("properties").and_then(Value::as_object);
    let others = schema.get("additionalProperties");
    for (name, value) in object {
        let property = properties.and_then(|all| all.get(name)).or(others);
        if let Some(property) = property {
            numbers(property, value);
        }
    }
}

/// The number that a decimal is written as. Those programs compute with binary fractions; the shortest text
/// of what they get is the decimal.
fn number(text: &str) -> Option<Number> {
    if let Ok(whole) = text.parse::<i64>() {
        return Some(Number::from(whole));
    }
    Number::from_f64(text.parse().ok()?)
}

/// An object with other names: `(ours, theirs)`, where there is such a field; `null` where there is none.
pub(super) fn renamed(value: &Value, names: &[(&str, &str)]) -> Value {
    let pairs = names
        .iter()
        .map(|(ours, theirs)| ((*theirs).to_owned(), at(value, ours)));
    Value::Object(pairs.collect())
}

/// A field of an object; `a/b` is a field of a field.
pub(super) fn at(value: &Value, path: &str) -> Value {
    let mut here = value;
    for name in path.split('/') {
        match here.get(name) {
            Some(inner) => here = inner,
            None => return Value::Null,
        }
    }
    here.clone()
}

/// Both: what is there, and the same under other names.
pub(super) fn also(mut value: Value, names: &[(&str, &str)]) -> Value {
    let more = renamed(&value, names);
    if let (Value::Object(object), Value::Object(more)) = (&mut value, more) {
        for (name, value) in more {
            object.entry(name).or_insert(value);
        }
    }
    value
}

/// Each of a list in another shape.
pub(super) fn each(value: &Value, list: &str, shape: impl Fn(&Value) -> Value) -> Value {
    let rows = value.get(list).and_then(Value::as_array);
    rows.into_iter().flatten().map(shape).collect()
}

/// How many a list has.
pub(super) fn count(list: &Value) -> Value {
    Value::from(list.as_array().map_or(0, Vec::len))
}
