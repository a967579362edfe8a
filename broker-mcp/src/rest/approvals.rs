//! Where a person agrees to what a key has asked for.

use core::fmt::Debug;
use std::sync::Arc;

use axum::{
    Extension,
    body::Body,
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
};
use broker_core::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    Shared, arguments, invoke,
    reply::{answered, failed},
};
use crate::{Call, Fault, FaultCode, Principal, principal::Role};

/// Something that waits for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Approval {
    /// Names it.
    pub id: String,
    /// The operation.
    pub operation: String,
    /// The id of the principal who asked.
    pub asked_by: Arc<str>,
    /// The account that it is about, by the operator's name for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// One sentence: account, live or paper, instrument, side, quantity, kind, price, notional.
    pub sentence: String,
    /// The same as lines of a name and a value.
    pub lines: Vec<(String, String)>,
    /// When it was asked, UTC.
    pub asked_at: DateTime<Utc>,
    /// Until when it can be decided, UTC.
    pub expires_at: DateTime<Utc>,
    /// What became of it; absent while it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
}

impl Approval {
    /// Something that waits.
    #[must_use]
    pub fn new(
        id: impl Into<String>,
        operation: impl Into<String>,
        asked_by: impl Into<Arc<str>>,
        sentence: impl Into<String>,
        asked_at: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    ) -> Self {
        Self {
            id: id.into(),
            operation: operation.into(),
            asked_by: asked_by.into(),
            account: None,
            sentence: sentence.into(),
            lines: Vec::new(),
            asked_at,
            expires_at,
            verdict: None,
        }
    }
}

/// What a person said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Do it.
    Approve,
    /// Do not.
    Decline,
}

/// What waits for a person.
///
/// An implementation refuses by itself what these paths refuse as well: a verdict by whoever asked, by
/// somebody who is no [`Approver`](Role::Approver), and a second verdict.
#[async_trait]
pub trait Approvals: Send + Sync + Debug {
    /// Everything that waits, oldest first.
    ///
    /// # Errors
    /// What keeps it from being read.
    async fn pending(&self, call: &Call) -> Result<Vec<Approval>, Fault>;

    /// Decides.
    ///
    /// # Errors
    /// [`NotFound`](FaultCode::NotFound), [`Conflict`](FaultCode::Conflict) when it was decided or is over,
    /// [`Forbidden`](FaultCode::Forbidden).
    async fn decide(&self, call: &Call, id: &str, verdict: Verdict) -> Result<Approval, Fault>;
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Decision {
    verdict: Verdict,
}

fn store(rest: &Shared, principal: &Principal) -> Result<Arc<dyn Approvals>, Fault> {
    if !principal.may(Role::Approver) {
        let message = "this needs a key with the role approver";
        return Err(Fault::new(FaultCode::Forbidden, message));
    }
    let none = || Fault::new(FaultCode::Unsupported, "nothing waits for approval here");
    rest.approvals.clone().ok_or_else(none)
}

/// What this person may know of.
async fn known(store: &dyn Approvals, call: &Call) -> Result<Vec<Approval>, Fault> {
    let principal = &call.principal;
    let mut pending = store.pending(call).await?;
    pending.retain(|one| {
        let account = one.account.as_deref();
        account.is_none_or(|account| principal.accounts.allows(account))
    });
    Ok(pending)
}

pub(super) async fn list(
    State(rest): State<Shared>,
    Extension(principal): Extension<Arc<Principal>>,
    headers: HeaderMap,
) -> Response {
    let list = async {
        let store = store(&rest, &principal)?;
        let call = invoke::call(Arc::clone(&principal), &headers)?;
        let pending = known(&*store, &call).await?;
        Ok::<_, Fault>(json!({ "data": { "approvals": pending } }))
    };
    list.await.map_or_else(failed, answered)
}

pub(super) async fn decide(
    State(rest): State<Shared>,
    Extension(principal): Extension<Arc<Principal>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let body = match arguments::of_body(&headers, body).await {
        Ok(body) => body,
        Err(failure) => return failed(failure),
    };
    let decide = async {
        let store = store(&rest, &principal)?;
        let decision: Decision = serde_json::from_value(Value::Object(body))
            .map_err(|error| Fault::invalid("verdict", error))?;
        let call = invoke::call(Arc::clone(&principal), &headers)?;
        let pending = known(&*store, &call).await?;
        let none = || Fault::new(FaultCode::NotFound, format!("nothing waits under `{id}`"));
        let one = pending
            .into_iter()
            .find(|one| one.id == id)
            .ok_or_else(none)?;
        if one.asked_by == principal.id {
            let message = "whoever asked cannot agree; another person's key has to";
            return Err(Fault::new(FaultCode::Forbidden, message));
        }
        let decided = store.decide(&call, &id, decision.verdict).await?;
        Ok(json!({ "data": decided }))
    };
    decide.await.map_or_else(failed, answered)
}
