//! Bodies are taken in whole, so that nobody behind this waits for a slow one or holds a large one.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Request, State},
    http::{StatusCode, header::CONTENT_LENGTH},
    middleware::Next,
    response::Response,
};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

use super::HttpSettings;
use crate::{
    FaultCode,
    rest::{Failure, failed},
    value::twice,
};

fn too_large(limit: usize) -> Response {
    let message = format!("the body is larger than {limit} bytes");
    let status = StatusCode::PAYLOAD_TOO_LARGE;
    failed(Failure::new(status, FaultCode::InvalidRequest, message))
}

pub(super) async fn take(
    State(settings): State<Arc<HttpSettings>>,
    request: Request,
    next: Next,
) -> Response {
    let limit = settings.body_limit;
    let length = request.headers().get(CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length > limit) {
        return too_large(limit);
    }
    let (parts, body) = request.into_parts();
    let collected = Limited::new(body, limit).collect();
    match tokio::time::timeout(settings.timeout(), collected).await {
        Ok(Ok(collected)) => {
            let bytes = collected.to_bytes();
            if let Some(name) = twice::said_twice(&bytes) {
                let message = twice::refusal(&name);
                let status = StatusCode::UNPROCESSABLE_ENTITY;
                return failed(Failure::new(status, FaultCode::InvalidRequest, message));
            }
            let body = Body::from(bytes);
            next.run(Request::from_parts(parts, body)).await
        }
        Ok(Err(error)) if error.is::<LengthLimitError>() => too_large(limit),
        Ok(Err(_)) => {
            let message = "the body ended early";
            failed(Failure::new(
                StatusCode::BAD_REQUEST,
                FaultCode::InvalidRequest,
                message,
            ))
        }
        Err(_) => {
            let message = "the body did not come in time; nothing was done";
            failed(Failure::new(
                StatusCode::REQUEST_TIMEOUT,
                FaultCode::Timeout,
                message,
            ))
        }
    }
}
