//! The kill switch. It is engaged here and released at the machine.

use core::fmt::Debug;
use std::sync::Arc;

use axum::{Extension, body::Body, extract::State, http::HeaderMap, response::Response};
use broker_core::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    Shared, arguments, invoke,
    reply::{answered, failed},
};
use crate::{Call, Fault, FaultCode, Principal, principal::Role};

/// How the kill switch is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Halted {
    /// Whether it is engaged.
    pub engaged: bool,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Since when, UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<DateTime<Utc>>,
    /// What could not be done, such as to cancel the orders of an account.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

impl Halted {
    /// Engaged, or not.
    #[must_use]
    pub fn new(engaged: bool, reason: Option<String>, since: Option<DateTime<Utc>>) -> Self {
        Self {
            engaged,
            reason,
            since,
            warnings: Vec::new(),
        }
    }
}

/// What stops all orders.
#[async_trait]
pub trait Halt: Send + Sync + Debug {
    /// How it is.
    ///
    /// # Errors
    /// What keeps it from being read.
    async fn state(&self) -> Result<Halted, Fault>;

    /// Stops all orders, at once and over restarts, and cancels those that work when `cancel_orders` says
    /// so. Engaging it twice is no error.
    ///
    /// # Errors
    /// What could not be stopped.
    async fn engage(
        &self,
        call: &Call,
        reason: Option<String>,
        cancel_orders: bool,
    ) -> Result<Halted, Fault>;
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    #[serde(default)]
    action: Option<String>,
    #[serde(default)]
    reason: Option<String>,
    #[serde(default)]
    cancel_orders: bool,
}

fn switch(rest: &Shared) -> Result<Arc<dyn Halt>, Fault> {
    let none = || Fault::new(FaultCode::Unsupported, "there is no kill switch here");
    rest.halt.clone().ok_or_else(none)
}

pub(super) async fn state(
    State(rest): State<Shared>,
    Extension(_): Extension<Arc<Principal>>,
) -> Response {
    let state = async { Ok::<_, Fault>(json!({ "data": switch(&rest)?.state().await? })) };
    state.await.map_or_else(failed, answered)
}

pub(super) async fn engage(
    State(rest): State<Shared>,
    Extension(principal): Extension<Arc<Principal>>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let body = match arguments::of_body(&headers, body).await {
        Ok(body) => body,
        Err(failure) => return failed(failure),
    };
    let engage = async {
        if !principal.may(Role::Trade) && !principal.may(Role::Admin) {
            let message = "this needs a key with the role trade or admin";
            return Err(Fault::new(FaultCode::Forbidden, message));
        }
        let wish: Wish = serde_json::from_value(Value::Object(body))
            .map_err(|error| Fault::invalid("body", error))?;
        match wish.action.as_deref() {
            None | Some("engage") => {}
            Some("release") => {
                let message = "it is released at the machine: broker-mcp kill release";
                return Err(Fault::new(FaultCode::Forbidden, message));
            }
            Some(other) => return Err(Fault::invalid("action", format!("is no `{other}`"))),
        }
        let call = invoke::call(Arc::clone(&principal), &headers)?;
        let switch = switch(&rest)?;
        let state = switch
            .engage(&call, wish.reason, wish.cancel_orders)
            .await?;
        Ok(json!({ "data": state }))
    };
    engage.await.map_or_else(failed, answered)
}
