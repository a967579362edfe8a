use std::collections::BTreeSet;

use serde_json::Value;

use super::{Compat, Rest};
use crate::http::test_support::service;

fn document() -> Value {
    Rest::new(service()).with_compat(Compat::ALL).openapi()
}

/// Every object in a document.
fn walk<'a>(value: &'a Value, visit: &mut impl FnMut(&'a Value)) {
    visit(value);
    match value {
        Value::Array(values) => values.iter().for_each(|value| walk(value, visit)),
        Value::Object(object) => object.values().for_each(|value| walk(value, visit)),
        _ => {}
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document();
    walk(&document, &mut |value| {
        if let Some(reference) = value.get("$ref").and_then(Value::as_str) {
            let place = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(place).is_some(), "{reference}");
        }
    });
}

#[test]
fn every_path_says_what_it_answers_and_declares_its_parameters() {
    let document = document();
    assert_eq!(document["openapi"], "3.1.0");
    let mut ids = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap();
            assert!(ids.insert(id.to_owned()), "{id} comes twice");
            let responses = operation["responses"].as_object().unwrap();
            assert!(responses.contains_key("200"), "{method} {path}");
            for (status, response) in responses {
                let described =
                    response.get("description").is_some() || response.get("$ref").is_some();
                assert!(described, "{method} {path} {status}");
            }
            let parameters = operation["parameters"].as_array().unwrap();
            let declared: BTreeSet<&str> = parameters
                .iter()
                .filter(|one| one["in"] == "path")
                .map(|one| one["name"].as_str().unwrap())
                .collect();
            let named: BTreeSet<&str> = path
                .split('/')
                .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
                .collect();
            assert_eq!(declared, named, "{method} {path}");
        }
    }
}

#[test]
fn every_operation_has_its_schema_as_body_and_as_query() {
    let rest = Rest::new(service());
    let document = rest.openapi();
    for operation in rest.service.operations().iter() {
        let path = format!("/v1/{}", operation.about.name);
        let item = &document["paths"][&path]["post"];
        let schema = &item["requestBody"]["content"]["application/json"]["schema"];
        assert_eq!(
            schema["properties"], operation.input["properties"],
            "{path}"
        );
    }
    let parameters = &document["paths"]["/v1/get_quotes"]["get"]["parameters"];
    assert_eq!(
        parameters
            .as_array()
            .unwrap()
            .iter()
            .filter(|one| one["name"] == "symbols")
            .count(),
        1
    );
}

#[test]
fn the_reference_names_every_path_and_asks_nothing_of_the_network() {
    let rest = Rest::new(service()).with_compat(Compat::ALL);
    let page = rest.reference();
    for endpoint in rest.endpoints() {
        assert!(page.contains(&endpoint.path), "{}", endpoint.path);
    }
    assert!(!page.contains("<script") && !page.contains("src=") && !page.contains("@import"));
}

/// Written where `OPENAPI_OUT` says, for validators that are not written in Rust.
#[test]
fn the_document_can_be_written_to_a_file() {
    let text = serde_json::to_string_pretty(&document()).unwrap();
    if let Ok(path) = std::env::var("OPENAPI_OUT") {
        std::fs::write(path, &text).unwrap();
    }
    assert!(text.len() > 1_000);
}
