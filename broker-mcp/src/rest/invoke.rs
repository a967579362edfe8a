//! The way from a request to the service: who, with which identifier, and for how long.

use core::{panic::AssertUnwindSafe, time::Duration};
use std::sync::Arc;

use axum::http::{HeaderMap, header::USER_AGENT};
use futures_util::FutureExt as _;
use serde_json::{Map, Value};
use tokio_util::sync::DropGuard;

use super::{Rest, Shared};
use crate::{Call, Fault, FaultCode, Principal, operation::Effect};

/// Longest identifier of a command.
const LONGEST_KEY: usize = 128;
/// Longest time, seconds, that an operation may be asked to last.
const LONGEST_WAIT: u64 = 300;
/// How much longer its answer may take.
const REST: Duration = Duration::from_secs(5);
/// Longest name of a client that is written down.
const LONGEST_NAME: usize = 100;

/// The call that a request makes.
pub(super) fn call(principal: Arc<Principal>, headers: &HeaderMap) -> Result<Call, Fault> {
    let mut call = Call::by(principal, "rest");
    let agent = headers.get(USER_AGENT).and_then(|name| name.to_str().ok());
    call.client = agent.map(|name| {
        let shown = name.chars().filter(|one| !one.is_control());
        Arc::from(shown.take(LONGEST_NAME).collect::<String>())
    });
    if let Some(key) = headers.get("idempotency-key") {
        let text = key.to_str().ok().map(|text| text.trim().trim_matches('"'));
        let key = text.filter(|text| !text.is_empty() && text.len() <= LONGEST_KEY);
        let wrong = || Fault::invalid("Idempotency-Key", "is 1 to 128 visible characters");
        call.idempotency_key = Some(key.ok_or_else(wrong)?.to_owned());
    }
    Ok(call)
}

impl Rest {
    /// Does what an operation is called for.
    ///
    /// A question ends with its caller. A command does not: whoever hangs up in the middle of an order
    /// would leave half of one behind.
    pub(super) async fn invoke(
        self: &Shared,
        call: Call,
        operation: &str,
        arguments: Map<String, Value>,
    ) -> Result<Value, Fault> {
        let known = self.service.table.get(operation);
        let writes = known.is_some_and(|known| known.about.effect != Effect::Read);
        let patience = self.patience.max(asked_for(&arguments));
        let cancel = call.cancel.clone();
        let rest = Arc::clone(self);
        let name = operation.to_owned();
        let run = async move {
            let answer = rest.service.call(&call, &name, arguments);
            match AssertUnwindSafe(answer).catch_unwind().await {
                Ok(answer) => answer,
                Err(_) if writes => Err(unknown("the server failed while it was done")),
                Err(_) => Err(Fault::new(FaultCode::Internal, "the server failed")),
            }
        };
        if writes {
            let task = tokio::spawn(run);
            return match tokio::time::timeout(patience, task).await {
                Ok(Ok(answer)) => answer,
                Ok(Err(_)) => Err(unknown("the server ended while it was done")),
                Err(_) => Err(unknown("no answer in time; it may still be done")),
            };
        }
        let _ends: DropGuard = cancel.drop_guard();
        match tokio::time::timeout(patience, run).await {
            Ok(answer) => answer,
            Err(_) => {
                let message = "no answer in time; nothing was changed";
                Err(Fault::new(FaultCode::Timeout, message).retry_safe(None))
            }
        }
    }
}

/// How long a caller has asked an operation to last, and a little more. What is too long, the operation
/// refuses.
fn asked_for(arguments: &Map<String, Value>) -> Duration {
    let said = ["timeout", "seconds"]
        .iter()
        .find_map(|name| match arguments.get(*name)? {
            Value::String(text) => text.trim().parse().ok(),
            other => other.as_u64(),
        });
    said.map_or(Duration::ZERO, |seconds: u64| {
        Duration::from_secs(seconds.min(LONGEST_WAIT)) + REST
    })
}

fn unknown(what: &str) -> Fault {
    let message = format!("{what}. Ask what became of it before anything else is sent");
    Fault::new(FaultCode::OutcomeUnknown, message).verify_with("get_orders")
}
