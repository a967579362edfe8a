//! The trail, for the person in charge.

use std::sync::Arc;

use axum::{
    Extension,
    extract::{RawQuery, State},
    http::HeaderMap,
    response::Response,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Shared, arguments, invoke,
    reply::{answered, failed},
};
use crate::{Fault, Principal};

/// Rows that are answered when nobody says how many.
const USUAL: usize = 100;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    #[serde(default)]
    text: String,
    #[serde(default)]
    limit: Option<String>,
}

pub(super) async fn search(
    State(rest): State<Shared>,
    Extension(principal): Extension<Arc<Principal>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let search = async {
        let asked = Value::Object(arguments::pairs(query.as_deref()));
        let words: Words =
            serde_json::from_value(asked).map_err(|error| Fault::invalid("query", error))?;
        let limit = match words.limit {
            Some(limit) => limit
                .trim()
                .parse()
                .map_err(|_| Fault::invalid("limit", "is a whole number of rows"))?,
            None => USUAL,
        };
        let call = invoke::call(principal, &headers)?;
        let found = rest.service.search_trail(&call, &words.text, limit).await?;
        Ok::<_, Fault>(json!({ "data": found }))
    };
    search.await.map_or_else(failed, answered)
}
