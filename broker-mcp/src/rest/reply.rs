//! What callers are answered: one envelope, and the status that fits.

use axum::{
    Json,
    http::{
        HeaderValue, Method, StatusCode, Uri,
        header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
    },
    response::{IntoResponse as _, Response},
};
use chrono::{SecondsFormat, Utc};
use serde_json::{Map, Value, json};

use crate::{Fault, FaultCode};

/// The status of a fault.
pub(crate) const fn status(code: FaultCode) -> StatusCode {
    match code {
        FaultCode::InvalidRequest | FaultCode::Ambiguous => StatusCode::BAD_REQUEST,
        FaultCode::Unauthenticated => StatusCode::UNAUTHORIZED,
        FaultCode::Forbidden | FaultCode::Declined => StatusCode::FORBIDDEN,
        FaultCode::NotFound => StatusCode::NOT_FOUND,
        FaultCode::Conflict | FaultCode::TooLate => StatusCode::CONFLICT,
        // The request was understood and the broker does not want it: the same one is refused again.
        FaultCode::Rejected | FaultCode::InsufficientFunds | FaultCode::MarketClosed => {
            StatusCode::UNPROCESSABLE_ENTITY
        }
        FaultCode::KillSwitch => StatusCode::LOCKED,
        FaultCode::ConfirmationRequired => StatusCode::PRECONDITION_REQUIRED,
        FaultCode::LimitExceeded | FaultCode::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        FaultCode::Unsupported => StatusCode::NOT_IMPLEMENTED,
        FaultCode::BrokerError => StatusCode::BAD_GATEWAY,
        FaultCode::NotConnected => StatusCode::SERVICE_UNAVAILABLE,
        FaultCode::Timeout | FaultCode::OutcomeUnknown => StatusCode::GATEWAY_TIMEOUT,
        FaultCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// A fault of this server whose status says more than its code.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) status: StatusCode,
    pub(crate) fault: Fault,
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        let status = status(fault.code);
        Self { status, fault }
    }
}

impl Failure {
    pub(crate) fn new(status: StatusCode, code: FaultCode, message: impl Into<String>) -> Self {
        let fault = Fault::new(code, message);
        Self { status, fault }
    }
}

pub(crate) fn now() -> String {
    Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// An answer of an operation in the envelope.
pub(super) fn answered(answer: Value) -> Response {
    let mut envelope = Map::new();
    let mut answer = match answer {
        Value::Object(answer) => answer,
        other => Map::from_iter([("data".to_owned(), other)]),
    };
    let meta = answer.remove("meta").unwrap_or(Value::Null);
    let account = meta.get("account").cloned().unwrap_or(Value::Null);
    envelope.insert("success".to_owned(), Value::Bool(true));
    envelope.insert("data".to_owned(), answer.remove("data").unwrap_or_default());
    if let Some(accounts) = answer.remove("accounts") {
        envelope.insert("accounts".to_owned(), accounts);
    }
    envelope.insert("meta".to_owned(), meta);
    envelope.insert("error".to_owned(), Value::Null);
    envelope.insert("account".to_owned(), account);
    envelope.insert("timestamp".to_owned(), Value::String(now()));
    Json(Value::Object(envelope)).into_response()
}

/// A fault in the envelope, with the status that fits.
pub(crate) fn failed(failure: impl Into<Failure>) -> Response {
    let Failure { status, fault } = failure.into();
    let retry_after = fault.retry_after;
    let body = json!({
        "success": false,
        "data": null,
        "error": fault,
        "account": null,
        "timestamp": now(),
    });
    let mut response = (status, Json(body)).into_response();
    mark_retry(&mut response, retry_after);
    response
}

pub(super) fn mark_retry(response: &mut Response, seconds: Option<u32>) {
    if let Some(seconds) = seconds {
        let headers = response.headers_mut();
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
}

/// Nobody is known by what was given; `metadata` is where a client learns who gives tokens.
pub(crate) fn unauthenticated(message: &str, given: bool, metadata: Option<&str>) -> Response {
    let mut response = failed(Fault::new(FaultCode::Unauthenticated, message));
    let mut challenge = "Bearer".to_owned();
    let mut more = ' ';
    if given {
        challenge.push_str(" error=\"invalid_token\"");
        more = ',';
    }
    if let Some(metadata) = metadata {
        challenge.push(more);
        challenge.push_str(&format!("resource_metadata=\"{metadata}\""));
    }
    if let Ok(challenge) = HeaderValue::from_str(&challenge) {
        response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    }
    response
}

pub(crate) async fn no_such_path(uri: Uri) -> Response {
    let message = format!("there is no path {}", uri.path());
    failed(Fault::new(FaultCode::NotFound, message))
}

/// The router adds the header `Allow`.
pub(super) async fn wrong_method(method: Method, uri: Uri) -> Response {
    let message = format!("{} cannot be asked with {method}", uri.path());
    failed(Failure::new(
        StatusCode::METHOD_NOT_ALLOWED,
        FaultCode::InvalidRequest,
        message,
    ))
}

/// What the router itself refuses, such as a path that is no text, comes without an envelope.
pub(super) async fn enveloped(response: Response) -> Response {
    let status = response.status();
    let refused = status.is_client_error() || status.is_server_error();
    let kind = response.headers().get(CONTENT_TYPE);
    let has_shape = kind.is_some_and(|kind| !kind.as_bytes().starts_with(b"text/plain"));
    if !refused || has_shape {
        return response;
    }
    let (code, message) = if status.is_server_error() {
        tracing::error!(%status, "a request was refused without a reason");
        (FaultCode::Internal, "the server failed")
    } else {
        (FaultCode::InvalidRequest, "the request cannot be read")
    };
    failed(Failure::new(status, code, message))
}
