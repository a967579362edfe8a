//! A session of MCP belongs to the key that opened it: for any other it does not exist.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, Method, StatusCode},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use serde_json::json;
use tokio::time::Instant;

use crate::{
    Fault, FaultCode, Principal,
    auth::{Alarm, Alert},
    rest::failed,
};

pub(super) const SESSION: HeaderName = HeaderName::from_static("mcp-session-id");

/// Most sessions that are known; those used least lately are forgotten first, and their clients begin anew.
const MOST: usize = 10_000;

#[derive(Debug)]
struct Owner {
    id: Arc<str>,
    used: Instant,
}

/// Whose sessions there are.
#[derive(Debug)]
pub(super) struct Sessions {
    owners: Mutex<HashMap<String, Owner>>,
    alarm: Arc<dyn Alarm>,
}

enum Belongs {
    Here,
    Elsewhere,
    Nowhere,
}

impl Sessions {
    pub(super) fn new(alarm: Arc<dyn Alarm>) -> Self {
        Self {
            owners: Mutex::default(),
            alarm,
        }
    }

    fn belongs(&self, session: &str, to: &Principal) -> Belongs {
        let mut owners = self.owners.lock().unwrap_or_else(PoisonError::into_inner);
        match owners.get_mut(session) {
            Some(owner) if owner.id == to.id => {
                owner.used = Instant::now();
                Belongs::Here
            }
            Some(_) => Belongs::Elsewhere,
            None => Belongs::Nowhere,
        }
    }

    fn bind(&self, session: &str, to: &Principal) {
        let mut owners = self.owners.lock().unwrap_or_else(PoisonError::into_inner);
        if owners.len() >= MOST && !owners.contains_key(session) {
            let oldest = owners.iter().min_by_key(|(_, owner)| owner.used);
            if let Some(oldest) = oldest.map(|(session, _)| session.clone()) {
                owners.remove(&oldest);
            }
        }
        // Whoever was first has it.
        owners.entry(session.to_owned()).or_insert_with(|| Owner {
            id: Arc::clone(&to.id),
            used: Instant::now(),
        });
    }

    fn forget(&self, session: &str) {
        let mut owners = self.owners.lock().unwrap_or_else(PoisonError::into_inner);
        owners.remove(session);
    }
}

/// As a server answers of a session that is over: clients begin a new one then.
fn not_found() -> Response {
    let body = json!({
        "jsonrpc": "2.0",
        "id": null,
        "error": { "code": -32001, "message": "Session not found" },
    });
    (StatusCode::NOT_FOUND, Json(body)).into_response()
}

/// The session that a request names, if it names one only.
fn named(headers: &HeaderMap) -> Option<Result<String, ()>> {
    let mut all = headers.get_all(SESSION).iter();
    let first = all.next()?;
    if all.next().is_some() {
        return Some(Err(()));
    }
    Some(first.to_str().map(str::to_owned).map_err(|_| ()))
}

pub(super) async fn bind(
    State(sessions): State<Arc<Sessions>>,
    request: Request,
    next: Next,
) -> Response {
    let Some(principal) = request.extensions().get::<Arc<Principal>>().cloned() else {
        let message = "a key is needed";
        return failed(Fault::new(FaultCode::Unauthenticated, message));
    };
    let session = match named(request.headers()) {
        None => None,
        Some(Err(())) => return not_found(),
        Some(Ok(session)) => match sessions.belongs(&session, &principal) {
            Belongs::Here => Some(session),
            Belongs::Nowhere => return not_found(),
            Belongs::Elsewhere => {
                let principal = principal.id.to_string();
                sessions.alarm.raise(&Alert::ForeignSession { principal });
                return not_found();
            }
        },
    };
    let ends = request.method() == Method::DELETE;
    let mut response = next.run(request).await;
    if let Some(Ok(opened)) = named(response.headers()) {
        sessions.bind(&opened, &principal);
    }
    if let (true, Some(session)) = (ends, &session)
        && response.status().is_success()
    {
        sessions.forget(session);
        // Some clients take «accepted» for a failure.
        if response.status() == StatusCode::ACCEPTED {
            *response.status_mut() = StatusCode::NO_CONTENT;
        }
    }
    if response.status() == StatusCode::NOT_FOUND
        && let Some(session) = &session
    {
        sessions.forget(session);
    }
    response
}
