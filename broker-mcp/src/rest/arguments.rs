//! What callers write: a body of JSON, or a query whose text is read as the schema says.

use axum::{
    body::Body,
    http::{HeaderMap, StatusCode, header::CONTENT_TYPE},
};
use http_body_util::BodyExt as _;
use serde_json::{Map, Value};

use super::reply::Failure;
use crate::{Fault, FaultCode, operation::Operation, value::twice};

/// The object in a body; an empty body is an empty object.
pub(super) async fn of_body(
    headers: &HeaderMap,
    body: Body,
) -> Result<Map<String, Value>, Failure> {
    let collected = body.collect().await.map_err(|_| {
        let message = "the body ended early";
        Failure::new(StatusCode::BAD_REQUEST, FaultCode::InvalidRequest, message)
    })?;
    let bytes = collected.to_bytes();
    if bytes.is_empty() {
        return Ok(Map::new());
    }
    // A page of a browser can send other types to anywhere without being asked.
    if !is_json(headers) {
        let message = "the body has to be JSON, with `Content-Type: application/json`";
        return Err(Failure::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            FaultCode::InvalidRequest,
            message,
        ));
    }
    let unread = |what: String| {
        let message = format!("the body cannot be read: {what}");
        Failure::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            FaultCode::InvalidRequest,
            message,
        )
    };
    match serde_json::from_slice(&bytes) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(unread("it is not an object".to_owned())),
        Err(error) => Err(unread(error.to_string())),
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    kind.and_then(|kind| kind.split(';').next())
        .map(|kind| kind.trim().to_ascii_lowercase())
        .is_some_and(|kind| kind == "application/json" || kind.ends_with("+json"))
}

/// The pairs of a query, as text. A name that comes twice is a list of its values, written with commas.
pub(super) fn pairs(query: Option<&str>) -> Map<String, Value> {
    let mut object = Map::new();
    for (name, value) in form(query.unwrap_or_default()) {
        match object.get_mut(&name) {
            Some(Value::String(before)) => {
                before.push(',');
                before.push_str(&value);
            }
            _ => {
                object.insert(name, Value::String(value));
            }
        }
    }
    object
}

/// A query as pairs of decoded text.
fn form(query: &str) -> impl Iterator<Item = (String, String)> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(name), decoded(value))
        })
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [byte, ahead @ ..] = rest {
        rest = ahead;
        let coded = match (byte, ahead) {
            (b'%', [high, low, after @ ..]) => {
                let byte = hex(*high).zip(hex(*low));
                byte.map(|(high, low)| (high << 4 | low, after))
            }
            _ => None,
        };
        match coded {
            Some((byte, after)) => {
                bytes.push(byte);
                rest = after;
            }
            None if *byte == b'+' => bytes.push(b' '),
            None => bytes.push(*byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

/// The text of a query as what the schema of an operation wants.
pub(super) fn of_query(
    operation: &Operation,
    query: Option<&str>,
) -> Result<Map<String, Value>, Fault> {
    let properties = operation.input.get("properties").and_then(Value::as_object);
    let mut object = pairs(query);
    for (name, value) in &mut object {
        let schema = properties.and_then(|all| all.get(name));
        if let (Some(schema), Value::String(text)) = (schema, &*value) {
            *value = read(name, schema, text)?;
        }
    }
    Ok(object)
}

/// Whether a schema allows a type.
fn allows(schema: &Value, kind: &str) -> bool {
    let named = match schema.get("type") {
        Some(Value::String(one)) => one == kind,
        Some(Value::Array(several)) => several.iter().any(|one| one == kind),
        _ => false,
    };
    let among = |word: &str| {
        schema
            .get(word)
            .and_then(Value::as_array)
            .is_some_and(|several| several.iter().any(|one| allows(one, kind)))
    };
    named || among("anyOf") || among("oneOf")
}

fn read(name: &str, schema: &Value, text: &str) -> Result<Value, Fault> {
    let json = |what: &str| {
        twice::read_text(text)
            .map_err(|error| Fault::invalid(name, format!("is not {what}: {error}")))
    };
    let written = text.trim_start();
    if allows(schema, "array") {
        if written.starts_with('[') {
            return json("a list");
        }
        let parts = text.split(',').map(str::trim).filter(|one| !one.is_empty());
        return Ok(parts.map(|one| Value::String(one.to_owned())).collect());
    }
    if allows(schema, "object") && written.starts_with('{') {
        return json("an object");
    }
    if allows(schema, "string") {
        return Ok(Value::String(text.to_owned()));
    }
    if allows(schema, "boolean") {
        return match text.to_ascii_lowercase().as_str() {
            "true" | "1" => Ok(Value::Bool(true)),
            "false" | "0" => Ok(Value::Bool(false)),
            _ => Err(Fault::invalid(name, "is true or false")),
        };
    }
    if allows(schema, "integer") || allows(schema, "number") {
        return json("a number");
    }
    Ok(Value::String(text.to_owned()))
}
