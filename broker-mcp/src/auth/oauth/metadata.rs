use axum::{Json, Router, routing::get};
use serde_json::json;

use super::Tokens;
use crate::http::HttpSettings;

/// Where it is, for the server and for MCP on it.
pub(crate) const METADATA: [&str; 2] = [
    "/.well-known/oauth-protected-resource",
    "/.well-known/oauth-protected-resource/mcp",
];

impl Tokens {
    /// What clients read to learn who gives tokens for this server. All of it is configured: what a request
    /// says of the server could be anybody's words.
    pub(crate) fn metadata(&self, settings: &HttpSettings) -> Router {
        let public = settings.public_address.as_deref();
        let resource = public.unwrap_or(&self.settings.audience);
        let resource = resource.trim_end_matches('/');
        let below = METADATA.into_iter().zip(["", "/mcp"]);
        below.fold(Router::new(), |router, (path, part)| {
            let document = json!({
                "resource": format!("{resource}{part}"),
                "authorization_servers": [self.settings.issuer],
                "scopes_supported": ["broker:read", "broker:trade", "broker:admin"],
                "bearer_methods_supported": ["header"],
                "resource_name": "broker-mcp",
            });
            let answer = move || core::future::ready(Json(document.clone()));
            router.route(path, get(answer))
        })
    }
}
