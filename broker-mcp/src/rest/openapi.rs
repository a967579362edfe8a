//! The description of the API, made from the tables: OpenAPI 3.1, whose schemas are those of the tools.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse as _, Response},
};
use serde_json::{Map, Value, json};

use super::{Rest, Shared, endpoints::Endpoint};
use crate::{
    Fault,
    operation::{Operation, schema_of},
};

/// Statuses of faults, and what they mean.
const FAULTS: [(&str, &str); 15] = [
    (
        "400",
        "The request makes no sense; the message names the field.",
    ),
    ("401", "No key, or none that is known."),
    ("403", "The key may not do this, or a person declined."),
    (
        "404",
        "There is no such operation, account, order or instrument.",
    ),
    (
        "409",
        "The identifier was used for something else, or the order is finished.",
    ),
    ("413", "The body is too large."),
    ("422", "The body cannot be read, or the broker refused."),
    ("423", "The kill switch is engaged."),
    ("428", "A person has to agree first; `details` says how."),
    ("429", "A limit refused; nothing was sent."),
    ("500", "A defect."),
    ("501", "The broker or this server cannot do this."),
    ("502", "The broker sent something that makes no sense."),
    ("503", "The broker cannot be reached."),
    (
        "504",
        "No answer in time: `code` says whether the outcome is unknown.",
    ),
];

impl Rest {
    /// The description.
    #[must_use]
    pub fn openapi(&self) -> Value {
        let mut paths: Map<String, Value> = Map::new();
        for endpoint in self.endpoints() {
            let operation = endpoint
                .operation
                .and_then(|name| self.service.operations().get(name));
            let native = operation.filter(|_| endpoint.path.starts_with("/v1/"));
            let item = item(&endpoint, native);
            let path = paths
                .entry(endpoint.path)
                .or_insert_with(|| Value::Object(Map::new()));
            if let Some(path) = path.as_object_mut() {
                path.insert(endpoint.method.to_owned(), item);
            }
        }
        json!({
            "openapi": "3.1.0",
            "info": {
                "title": "broker-mcp",
                "version": env!("CARGO_PKG_VERSION"),
                "description": "Brokers behind one API. Decimals are text under /v1 and numbers elsewhere. \
                    A command that may have been sent answers `outcome_unknown`: ask what `verify_with` names, \
                    and do not send it again.",
                "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
            },
            "servers": [{ "url": "/" }],
            "security": [{ "key": [] }],
            "paths": paths,
            "components": {
                "securitySchemes": {
                    "key": { "type": "http", "scheme": "bearer", "description": "A key of this server, or an access token." },
                },
                "schemas": {
                    "Fault": schema_of::<Fault>(),
                    "Failed": envelope(&json!({ "type": "null" }), &json!({ "$ref": "#/components/schemas/Fault" }), false),
                },
                "responses": responses(),
            },
        })
    }
}

fn envelope(data: &Value, error: &Value, success: bool) -> Value {
    json!({
        "type": "object",
        "required": ["success", "data", "error", "account", "timestamp"],
        "properties": {
            "success": { "type": "boolean", "const": success },
            "data": data,
            "error": error,
            "account": { "type": ["string", "null"] },
            "timestamp": { "type": "string", "format": "date-time" },
        },
    })
}

fn responses() -> Value {
    let responses = FAULTS.iter().map(|(status, description)| {
        let content =
            json!({ "application/json": { "schema": { "$ref": "#/components/schemas/Failed" } } });
        let response = json!({ "description": description, "content": content });
        (format!("Failed{status}"), response)
    });
    Value::Object(responses.collect())
}

/// What the answer of an operation looks like in the envelope.
fn answer(operation: &Operation) -> Value {
    let properties = operation.output.get("properties");
    let of = |name: &str| properties.and_then(|all| all.get(name)).cloned();
    let data = of("data").unwrap_or_else(|| json!({}));
    let mut schema = envelope(&data, &json!({ "type": "null" }), true);
    for name in ["meta", "accounts"] {
        let place = schema
            .pointer_mut("/properties")
            .and_then(Value::as_object_mut);
        if let (Some(properties), Some(part)) = (place, of(name)) {
            properties.insert(name.to_owned(), part);
        }
    }
    schema
}

fn item(endpoint: &Endpoint, native: Option<&Operation>) -> Value {
    let mut item = Map::new();
    let mut id = format!("{}{}", endpoint.method, endpoint.path);
    // A path of the server and an operation may differ in this only: `kill-switch`, `kill_switch`.
    id = id.replace('-', "").replace(['/', '{', '}', '.'], "_");
    item.insert("operationId".to_owned(), Value::String(id));
    item.insert(
        "summary".to_owned(),
        Value::String(endpoint.summary.clone()),
    );
    let tag = match endpoint.path.split('/').nth(1) {
        Some("v1") => "native",
        Some("api" | "tiger") => "tiger",
        Some("gateway" | "options" | "orders" | "restart-workers") => "ib-paper",
        _ => "server",
    };
    item.insert("tags".to_owned(), json!([tag]));
    if endpoint.role.is_none() {
        item.insert("security".to_owned(), json!([]));
    }
    let mut parameters = placeholders(&endpoint.path);
    if let Some(operation) = native {
        if endpoint.method == "get" {
            parameters.extend(query(operation));
        } else {
            parameters.push(json!({
                "name": "Idempotency-Key",
                "in": "header",
                "required": false,
                "description": "The client order id of a command: the same key never does anything twice.",
                "schema": { "type": "string", "minLength": 1, "maxLength": 128 },
            }));
        }
    }
    item.insert("parameters".to_owned(), Value::Array(parameters));
    if endpoint.method == "post" {
        let schema = native.map_or_else(
            || json!({ "type": "object" }),
            |operation| Value::Object((*operation.input).clone()),
        );
        let required = native.is_some_and(|operation| {
            operation
                .input
                .get("required")
                .and_then(Value::as_array)
                .is_some_and(|names| !names.is_empty())
        });
        item.insert(
            "requestBody".to_owned(),
            json!({ "required": required, "content": { "application/json": { "schema": schema } } }),
        );
    }
    let schema = native.map_or_else(|| json!({}), answer);
    let mut content = json!({ "application/json": { "schema": schema } });
    let streams = endpoint
        .operation
        .is_some_and(|name| name.starts_with("stream_"));
    if let (true, Some(content)) = (streams, content.as_object_mut()) {
        content.insert(
            "text/event-stream".to_owned(),
            json!({ "schema": { "type": "string", "description": "progress, then result or error" } }),
        );
    }
    let mut answers = Map::from_iter([(
        "200".to_owned(),
        json!({ "description": "Done.", "content": content }),
    )]);
    for (status, _) in FAULTS {
        let reference = format!("#/components/responses/Failed{status}");
        answers.insert(status.to_owned(), json!({ "$ref": reference }));
    }
    item.insert("responses".to_owned(), Value::Object(answers));
    Value::Object(item)
}

/// The parameters in a path.
fn placeholders(path: &str) -> Vec<Value> {
    let parts = path.split('/');
    let names = parts.filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    names
        .map(|name| {
            json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } })
        })
        .collect()
}

/// The arguments of a question as parameters of a query: lists with commas, objects as JSON.
fn query(operation: &Operation) -> Vec<Value> {
    let required = operation.input.get("required").and_then(Value::as_array);
    let properties = operation.input.get("properties").and_then(Value::as_object);
    let parameters = properties.into_iter().flatten().map(|(name, schema)| {
        let needed = required.is_some_and(|names| names.iter().any(|one| one == name));
        let description = schema.get("description").cloned().unwrap_or_default();
        let mut parameter = json!({
            "name": name,
            "in": "query",
            "required": needed,
            "style": "form",
            "explode": false,
            "schema": schema,
        });
        if let (Value::String(_), Some(object)) = (&description, parameter.as_object_mut()) {
            object.insert("description".to_owned(), description);
        }
        parameter
    });
    parameters.collect()
}

pub(super) async fn document(State(rest): State<Shared>) -> Response {
    let rest: Arc<Rest> = rest;
    Json(rest.openapi()).into_response()
}
