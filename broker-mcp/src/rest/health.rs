//! How the server is, for whoever watches it. Without a key it says nothing about accounts.

use core::time::Duration;
use std::sync::{Arc, Mutex, PoisonError};

use axum::{
    Extension, Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use super::{Rest, Shared, reply};
use crate::{
    Call, Principal,
    machine::{Machine, Room},
    principal::Role,
};

/// How long an answer is given again: anybody may ask, and each question costs.
const KEPT: Duration = Duration::from_secs(2);
/// How long the brokers have to say how they are.
const PATIENCE: Duration = Duration::from_secs(5);

/// The last answer of the operation that tells how everything is.
#[derive(Debug, Default)]
pub(crate) struct Last(Mutex<Option<(Instant, Value)>>);

impl Rest {
    /// What `get_status` says; nothing when it does not answer.
    pub(super) async fn status(self: &Shared) -> Value {
        let kept = {
            let last = self.last.0.lock().unwrap_or_else(PoisonError::into_inner);
            let fresh = last.as_ref().filter(|(at, _)| at.elapsed() < KEPT);
            fresh.map(|(_, status)| status.clone())
        };
        if let Some(status) = kept {
            return status;
        }
        let watcher = Arc::new(Principal::new("health", [Role::Read]));
        let call = Call::by(watcher, "health");
        let asked = self.service.call(&call, "get_status", Map::new());
        let status = match tokio::time::timeout(PATIENCE, asked).await {
            Ok(Ok(mut answer)) => answer.get_mut("data").map(Value::take).unwrap_or_default(),
            Ok(Err(fault)) => json!({ "error": fault.message }),
            Err(_) => json!({ "error": "the brokers do not answer" }),
        };
        let mut last = self.last.0.lock().unwrap_or_else(PoisonError::into_inner);
        *last = Some((Instant::now(), status.clone()));
        status
    }
}

impl Rest {
    /// How each part is, in a word, and how much of the machine is used.
    async fn parts(&self, reader: Arc<Principal>) -> (Value, Value) {
        let call = Call::by(reader, "health");
        let checks = self.service.checks(&call).await;
        let sample = self.machine.as_ref().and_then(Machine::last);
        let sample = sample.unwrap_or_default();
        let or_unknown = |word: Option<String>| word.unwrap_or_else(|| "not measured".to_owned());
        let checks = json!({
            "database": checks.database,
            "redis": checks.redis,
            "tiger_api": checks.tiger_api,
            "accounts": checks.accounts,
            "memory": or_unknown(sample.memory_word()),
            "cpu": or_unknown(sample.cpu_word()),
            "disk": or_unknown(sample.disk_word()),
        });
        let room = |room: Option<Room>| {
            room.map(|room| json!({ "total_bytes": room.total, "available_bytes": room.available }))
        };
        let machine = json!({
            "memory": room(sample.memory),
            "cpu": { "used_percent": sample.cpu_percent, "cpus": sample.cpus },
            "disk": room(sample.disk),
        });
        (checks, machine)
    }
}

/// A word for the whole: `healthy` while a broker is connected, `unhealthy` when the breaker is open or
/// nothing is known, otherwise `degraded`.
pub(super) fn word(status: &Value) -> &'static str {
    let open = status.pointer("/circuit/state") == Some(&Value::from("open"));
    match status.get("brokers").and_then(Value::as_array) {
        Some(brokers) if !open && brokers.iter().any(is_connected) => "healthy",
        Some(brokers) if !open && !brokers.is_empty() => "degraded",
        _ => "unhealthy",
    }
}

pub(super) fn is_connected(broker: &Value) -> bool {
    broker.get("state").and_then(Value::as_str) == Some("connected")
}

pub(super) async fn health(
    State(rest): State<Shared>,
    principal: Option<Extension<Arc<Principal>>>,
) -> Response {
    let status = rest.status().await;
    let word = word(&status);
    let none = Vec::new();
    let brokers = status.get("brokers").and_then(Value::as_array);
    let brokers = brokers.unwrap_or(&none);
    let connected = brokers.iter().filter(|one| is_connected(one)).count();
    let workers = brokers.iter().enumerate().map(|(id, one)| {
        json!({
            "id": id,
            "client_id": null,
            "alive": true,
            "initialized": is_connected(one),
            "ib_connected": is_connected(one),
            "consecutive_failures": null,
            "restart_count": null,
            "last_success_ago": null,
        })
    });
    let workers: Vec<Value> = workers.collect();
    let circuit = |field: &str| {
        let path = format!("/circuit/{field}");
        status.pointer(&path).cloned().unwrap_or_default()
    };
    let mut body = json!({
        "status": word,
        "service": "broker-mcp",
        "version": env!("CARGO_PKG_VERSION"),
        "timestamp": reply::now(),
        "features": ["rest", "sse", "openapi"],
        "ib_connected": connected > 0,
        "options_client_connected": connected > 0,
        "orders_client_connected": connected > 0,
        "ib_host": null,
        "ib_port": null,
        "circuit_breaker": {
            "state": circuit("state"),
            "failure_count": circuit("failures"),
            "last_failure_ago": circuit("last_failure_ago"),
            "recovery_in": circuit("retry_in"),
        },
        "pool": {
            "pool_size": brokers.len(),
            "workers_alive": brokers.len(),
            "workers_ib_connected": connected,
            "workers_available": connected,
            "workers": workers,
        },
    });
    let reader = principal.filter(|Extension(principal)| principal.may(Role::Read));
    if let (Some(Extension(reader)), Some(body)) = (reader, body.as_object_mut()) {
        let (checks, machine) = rest.parts(reader).await;
        body.insert("checks".to_owned(), checks);
        body.insert("machine".to_owned(), machine);
        body.insert("brokers".to_owned(), Value::from(brokers.clone()));
        if let Some(error) = status.get("error") {
            body.insert("error".to_owned(), error.clone());
        }
    }
    (code(word), Json(body)).into_response()
}

/// Only what cannot work at all fails a container's health check: a restart cures nothing else.
pub(super) fn code(word: &str) -> StatusCode {
    if word == "unhealthy" {
        StatusCode::SERVICE_UNAVAILABLE
    } else {
        StatusCode::OK
    }
}
