//! `/v1/<operation>`: a body for everything, a query for questions.

use std::sync::Arc;

use axum::{
    Extension,
    body::Body,
    extract::{Path, RawQuery, State},
    http::{HeaderMap, HeaderValue, StatusCode, header::ALLOW},
    response::Response,
};
use serde_json::{Map, Value};

use super::{
    Shared, arguments, invoke,
    reply::{Failure, answered, failed},
    stream,
};
use crate::{FaultCode, Principal, operation::Effect};

pub(super) async fn act(
    State(rest): State<Shared>,
    Extension(principal): Extension<Arc<Principal>>,
    Path(operation): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    match arguments::of_body(&headers, body).await {
        Ok(arguments) => run(&rest, principal, &headers, &operation, arguments).await,
        Err(failure) => failed(failure),
    }
}

pub(super) async fn read(
    State(rest): State<Shared>,
    Extension(principal): Extension<Arc<Principal>>,
    Path(operation): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let seen = rest.service.table.get(&operation);
    let Some(known) = seen.filter(|known| known.is_for(&principal)) else {
        // The service says the same of what is hidden and of what does not exist.
        return run(&rest, principal, &headers, &operation, Map::new()).await;
    };
    if known.about.effect != Effect::Read {
        let message = format!("{operation} changes something: send it with POST");
        let status = StatusCode::METHOD_NOT_ALLOWED;
        let mut response = failed(Failure::new(status, FaultCode::InvalidRequest, message));
        let headers = response.headers_mut();
        headers.insert(ALLOW, HeaderValue::from_static("POST"));
        return response;
    }
    match arguments::of_query(known, query.as_deref()) {
        Ok(arguments) => run(&rest, principal, &headers, &operation, arguments).await,
        Err(fault) => failed(fault),
    }
}

async fn run(
    rest: &Shared,
    principal: Arc<Principal>,
    headers: &HeaderMap,
    operation: &str,
    arguments: Map<String, Value>,
) -> Response {
    let call = match invoke::call(principal, headers) {
        Ok(call) => call,
        Err(fault) => return failed(fault),
    };
    if stream::is_wanted(headers, operation) {
        return stream::once(rest, call, operation, arguments).await;
    }
    match rest.invoke(call, operation, arguments).await {
        Ok(answer) => answered(answer),
        Err(fault) => failed(fault),
    }
}
