//! Every path there is, from the same tables that the router is made of.

use std::sync::Arc;

use axum::{Extension, extract::State, response::Response};
use serde_json::{Value, json};

use super::{
    Rest, Shared, compat,
    reply::{answered, failed},
};
use crate::{Fault, FaultCode, Principal, operation::Effect, principal::Role};

/// One way to ask for one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Endpoint {
    pub(super) method: &'static str,
    pub(super) path: String,
    /// Anybody may ask when absent.
    pub(super) role: Option<Role>,
    pub(super) operation: Option<&'static str>,
    pub(super) summary: String,
}

/// Those that are about the server itself.
const OWN: [(&str, &str, Option<Role>, &str); 10] = [
    ("get", "/health", None, "How the server is."),
    ("get", "/docs", None, "A page of reference."),
    (
        "get",
        "/api/openapi.json",
        None,
        "The description of this API, OpenAPI 3.1.",
    ),
    (
        "get",
        "/api/endpoints",
        Some(Role::Read),
        "Every path there is.",
    ),
    (
        "get",
        "/metrics",
        Some(Role::Read),
        "Counters and histograms for Prometheus.",
    ),
    (
        "get",
        "/v1/approvals",
        Some(Role::Approver),
        "What waits for a person.",
    ),
    (
        "post",
        "/v1/approvals/{id}",
        Some(Role::Approver),
        "Decides: {\"verdict\": \"approve\"} or \"decline\". Never by the key that asked.",
    ),
    (
        "get",
        "/v1/audit",
        Some(Role::Approver),
        "The newest rows of the audit trail with every word of `text`; at most `limit`. For keys of all accounts.",
    ),
    (
        "get",
        "/v1/kill-switch",
        Some(Role::Read),
        "Whether all orders are stopped.",
    ),
    (
        "post",
        "/v1/kill-switch",
        Some(Role::Trade),
        "Stops all orders: {\"reason\": …, \"cancel_orders\": false}. Also with the role admin. Released at the machine only.",
    ),
];

impl Rest {
    /// Every path, in the order of reference.
    pub(super) fn endpoints(&self) -> Vec<Endpoint> {
        let own = OWN.iter().map(|(method, path, role, summary)| Endpoint {
            method,
            path: (*path).to_owned(),
            role: *role,
            operation: None,
            summary: (*summary).to_owned(),
        });
        let native = self.service.operations().iter().flat_map(|operation| {
            let about = operation.about;
            let methods: &[&'static str] = match about.effect {
                Effect::Read => &["get", "post"],
                Effect::Write { .. } => &["post"],
            };
            methods.iter().map(move |method| Endpoint {
                method,
                path: format!("/v1/{}", about.name),
                role: Some(about.role),
                operation: Some(about.name),
                summary: about.summary.to_owned(),
            })
        });
        let compat = compat::endpoints(self.compat).map(|mut endpoint| {
            let operation = endpoint
                .operation
                .and_then(|name| self.service.operations().get(name));
            if let (Some(role), Some(operation)) = (endpoint.role.as_mut(), operation) {
                *role = operation.about.role;
            }
            endpoint
        });
        own.chain(native).chain(compat).collect()
    }
}

pub(super) async fn endpoints(
    State(rest): State<Shared>,
    Extension(principal): Extension<Arc<Principal>>,
) -> Response {
    if !principal.may(Role::Read) {
        let message = "this needs a key with the role read";
        return failed(Fault::new(FaultCode::Forbidden, message));
    }
    let listed = rest.endpoints();
    let rows = listed.iter().map(|one| {
        json!({
            "method": one.method.to_uppercase(),
            "path": one.path,
            "role": one.role.map(Role::as_str),
            "operation": one.operation,
            "description": one.summary,
        })
    });
    let rows: Vec<Value> = rows.collect();
    answered(json!({ "data": { "total": rows.len(), "endpoints": rows } }))
}
