//! The reference as one page that needs nothing else: no script, nothing from elsewhere.

use axum::{
    extract::State,
    http::{HeaderName, HeaderValue, header::CONTENT_TYPE},
    response::{IntoResponse as _, Response},
};
use serde_json::Value;

use super::{Rest, Shared, endpoints::Endpoint};
use crate::{operation::Operation, principal::Role};

const HEAD: &str = "<!doctype html>
<html lang=\"en\"><head><meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">
<title>broker-mcp</title>
<style>
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
code { font: 0.9em ui-monospace, monospace; }
details { border-top: 1px solid color-mix(in srgb, currentColor 20%, transparent); padding: 0.4rem 0; }
summary { cursor: pointer; }
table { border-collapse: collapse; margin: 0.5rem 0 1rem; }
td, th { text-align: left; vertical-align: top; padding: 0.2rem 1rem 0.2rem 0; }
.role { opacity: 0.7; }
</style></head><body>
<h1>broker-mcp</h1>
<p>Send a key as <code>Authorization: Bearer …</code>. Bodies are JSON. Every answer is
<code>{success, data, error, account, timestamp}</code>. The same for programs:
<a href=\"/api/openapi.json\">OpenAPI 3.1</a>.</p>
";

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for one in text.chars() {
        match one {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            other => safe.push(other),
        }
    }
    safe
}

/// A type in a few words.
fn kind(schema: &Value) -> String {
    let several = |one: &Value| {
        one.as_array()
            .map(|all| all.iter().map(kind).collect::<Vec<_>>())
    };
    match schema.get("type") {
        Some(Value::String(one)) if one == "array" => {
            let items = schema.get("items").map(kind).unwrap_or_default();
            format!("list of {items}")
        }
        Some(Value::String(one)) => one.clone(),
        Some(Value::Array(all)) => {
            let words = all.iter().filter_map(Value::as_str);
            words
                .filter(|one| *one != "null")
                .collect::<Vec<_>>()
                .join(" or ")
        }
        _ => {
            let any = schema.get("anyOf").and_then(several);
            let mut words = any.unwrap_or_default();
            words.retain(|one| one != "null");
            words.dedup();
            words.join(" or ")
        }
    }
}

fn arguments(operation: &Operation) -> String {
    let required = operation.input.get("required").and_then(Value::as_array);
    let properties = operation.input.get("properties").and_then(Value::as_object);
    let mut rows = String::new();
    for (name, schema) in properties.into_iter().flatten() {
        let needed = required.is_some_and(|names| names.iter().any(|one| one == name));
        let description = schema.get("description").and_then(Value::as_str);
        rows.push_str(&format!(
            "<tr><td><code>{}</code>{}</td><td>{}</td><td>{}</td></tr>",
            escaped(name),
            if needed { " *" } else { "" },
            escaped(&kind(schema)),
            escaped(description.unwrap_or_default()),
        ));
    }
    if rows.is_empty() {
        "<p>No arguments.</p>".to_owned()
    } else {
        format!("<table>{rows}</table>")
    }
}

fn row(endpoint: &Endpoint, operation: Option<&Operation>) -> String {
    let role = endpoint.role.map_or("anybody", Role::as_str);
    let inside = match operation {
        Some(operation) if endpoint.path.starts_with("/v1/") => arguments(operation),
        Some(operation) => format!(
            "<p>Does what <code>/v1/{}</code> does, in the words of the program that it is for.</p>",
            operation.about.name
        ),
        None => String::new(),
    };
    format!(
        "<details><summary><code>{} {}</code> <span class=\"role\">{role}</span> {}</summary>{inside}</details>\n",
        endpoint.method.to_uppercase(),
        escaped(&endpoint.path),
        escaped(&endpoint.summary),
    )
}

impl Rest {
    /// The reference.
    #[must_use]
    pub fn reference(&self) -> String {
        let mut page = HEAD.to_owned();
        for endpoint in self.endpoints() {
            let operation = endpoint
                .operation
                .and_then(|name| self.service.operations().get(name));
            page.push_str(&row(&endpoint, operation));
        }
        page.push_str("</body></html>\n");
        page
    }
}

pub(super) async fn page(State(rest): State<Shared>) -> Response {
    let mut response = rest.reference().into_response();
    let headers = response.headers_mut();
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    headers.insert(CONTENT_TYPE, kind);
    let policy =
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";
    headers.insert(
        HeaderName::from_static("content-security-policy"),
        HeaderValue::from_static(policy),
    );
    response
}
