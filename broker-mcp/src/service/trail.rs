//! What the service writes into the trail itself: who asked, what was refused before it came to a
//! broker, and who agreed.

use core::fmt::Write as _;
use std::sync::Arc;

use broker_runtime::{
    audit::{Decision, Remark},
    layer::Audit,
};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use tokio::time::Instant;

use super::{BrokerService, Call, secrecy};
use crate::{Fault, FaultCode, value::Untrusted};

/// Longest name of an account that is written down.
const LONGEST: usize = 100;

/// The text of a digest.
pub(crate) fn digest(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Who calls, for the trail: the key, the way in, and the program as it says itself.
pub(crate) fn actor(call: &Call) -> String {
    let mut actor = format!("{} via {}", call.principal.id, call.face);
    if let Some(client) = &call.client {
        // A client may say anything about itself, but not in two lines, nor so that it reads otherwise.
        let _ = write!(actor, " ({})", Untrusted::line(client, 60));
    }
    actor
}

/// What of an answer is worth a row: which order, who agreed.
pub(crate) fn shown(answer: &Value) -> Value {
    let data = answer.get("data");
    let mut shown = Map::new();
    for name in [
        "confirmed_by",
        "duplicate_of",
        "dry_run",
        "engaged",
        "account",
        "state",
    ] {
        if let Some(value) = data.and_then(|data| data.get(name)) {
            shown.insert(name.to_owned(), value.clone());
        }
    }
    let order = data.and_then(|data| data.get("order"));
    for name in ["order_id", "client_order_id", "status"] {
        if let Some(value) = order.and_then(|order| order.get(name)) {
            shown.insert(name.to_owned(), value.clone());
        }
    }
    Value::Object(shown)
}

/// A row whose end is not known yet; written as dropped when nobody says.
pub(crate) struct OpenRow {
    audit: Option<Arc<Audit>>,
    began: Instant,
    remark: Option<Remark>,
}

impl OpenRow {
    pub(crate) fn end(mut self, outcome: &Result<Value, Fault>) {
        let Some(remark) = &mut self.remark else {
            return;
        };
        (remark.decision, remark.outcome) = match outcome {
            Ok(value) => (Decision::Accepted, value.clone()),
            Err(fault) => {
                let decision = if fault.code == FaultCode::OutcomeUnknown {
                    Decision::Unconfirmed
                } else {
                    Decision::Refused
                };
                let mut what = json!({ "code": fault.code, "message": fault.message });
                let details = fault.details.as_ref();
                let id = details.and_then(|details| details.get("approval_id"));
                if let (Some(id), Some(what)) = (id, what.as_object_mut()) {
                    what.insert("approval_id".to_owned(), id.clone());
                }
                (decision, what)
            }
        };
    }
}

impl Drop for OpenRow {
    fn drop(&mut self) {
        if let (Some(audit), Some(mut remark)) = (self.audit.take(), self.remark.take()) {
            remark.latency = self.began.elapsed();
            audit.remark(remark);
        }
    }
}

impl BrokerService {
    /// Begins a row about a call. The arguments are kept as a digest, and without what may be secret.
    pub(crate) fn begin_trail(
        &self,
        call: &Call,
        operation: &'static str,
        arguments: Option<&Map<String, Value>>,
    ) -> OpenRow {
        let audit = self.house.audit.clone();
        let remark = audit.is_some().then(|| {
            let mut request = json!({ "call": call.id.to_string() });
            if let (Some(arguments), Some(request)) = (arguments, request.as_object_mut()) {
                let text = Value::Object(arguments.clone()).to_string();
                request.insert("digest".to_owned(), Value::String(digest(text.as_bytes())));
                let shown = secrecy::redacted(arguments, |text| self.masked(text));
                request.insert("arguments".to_owned(), shown);
            }
            let account = arguments.and_then(|arguments| arguments.get("account")?.as_str());
            let shown = |name: &str| Untrusted::line(name, LONGEST);
            Remark {
                at: self.clock.now(),
                actor: actor(call),
                broker: None,
                account: account.map(|name| self.masked(name).unwrap_or_else(|| shown(name))),
                operation,
                request,
                decision: Decision::Dropped,
                outcome: Value::Null,
                latency: core::time::Duration::ZERO,
            }
        });
        OpenRow {
            audit,
            began: Instant::now(),
            remark,
        }
    }

    /// An account's number without its beginning; `None` for any other text.
    fn masked(&self, text: &str) -> Option<String> {
        let mut accounts = self.accounts.values();
        accounts.find(|one| one.key.account.as_str() == text)?;
        let end = text.char_indices().rev().nth(2).map_or(0, |(at, _)| at);
        Some(format!("…{}", text.get(end..).unwrap_or_default()))
    }
}
