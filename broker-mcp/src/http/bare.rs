//! Programs that send a single call of JSON-RPC: no session, no version, no word on what they accept.

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, header::ACCEPT},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use tower::ServiceExt as _;

use super::sessions::SESSION;

const VERSION: HeaderName = HeaderName::from_static("mcp-protocol-version");

fn is_bare(method: &Method, headers: &HeaderMap) -> bool {
    let accepts = headers.get_all(ACCEPT).iter();
    let mut accepts = accepts.filter_map(|value| value.to_str().ok());
    method == Method::POST
        && !accepts.any(|value| value.contains("text/event-stream"))
        && !headers.contains_key(SESSION)
        && !headers.contains_key(VERSION)
}

/// Sends such a call to a service that keeps no sessions and answers in JSON.
pub(super) async fn admit(
    State(stateless): State<Router>,
    mut request: Request,
    next: Next,
) -> Response {
    if !is_bare(request.method(), request.headers()) {
        return next.run(request).await;
    }
    let accept = HeaderValue::from_static("application/json, text/event-stream");
    request.headers_mut().insert(ACCEPT, accept);
    match stateless.oneshot(request).await {
        Ok(response) => response,
        Err(never) => never.into_response(),
    }
}
