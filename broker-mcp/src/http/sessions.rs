//! A session of MCP belongs to the key that opened it: for any other it does not exist.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Json,
    body::Body,
    extract::{Request, State},
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header::HOST, request::Builder,
    },
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

/// Most sessions of all keys together. Each holds about 80 kB until its client ends it or has said nothing for
/// five minutes; beyond this, the one that was used least lately ends, and its client begins anew.
const MOST: usize = 1_000;
/// The same for one key, so that a client which forgets its sessions ends no one else's.
const OF_ONE: usize = 100;

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

    /// The session is this key's from now on. With it, the one that has to end for it.
    fn bind(&self, session: &str, to: &Principal) -> Option<String> {
        let mut owners = self.owners.lock().unwrap_or_else(PoisonError::into_inner);
        if owners.contains_key(session) {
            // Whoever was first has it.
            return None;
        }
        let mine = owners.values().filter(|owner| owner.id == to.id).count();
        let crowded = owners
            .iter()
            .filter(|(_, owner)| mine < OF_ONE || owner.id == to.id)
            .min_by_key(|(_, owner)| owner.used)
            .filter(|_| mine >= OF_ONE || owners.len() >= MOST)
            .map(|(session, _)| session.clone());
        if let Some(ended) = &crowded {
            owners.remove(ended);
        }
        let owner = Owner {
            id: Arc::clone(&to.id),
            used: Instant::now(),
        };
        owners.insert(session.to_owned(), owner);
        crowded
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

/// What ends a session as its client would, by the way on which another one is opened.
fn ending(opening: &Request) -> (Builder, HeaderValue) {
    let host = opening.headers().get(HOST).cloned();
    let host = host.unwrap_or_else(|| HeaderValue::from_static("localhost"));
    (Request::delete(opening.uri().clone()), host)
}

async fn end(session: &str, (ending, host): (Builder, HeaderValue), next: Next) {
    let ending = ending.header(HOST, host).header(SESSION, session);
    let Ok(ending) = ending.body(Body::empty()) else {
        return;
    };
    let status = next.run(ending).await.status();
    if status.is_success() {
        tracing::info!("there are too many sessions: the one used least lately has ended");
    } else {
        tracing::warn!(%status, "a session of too many did not end");
    }
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
    let (ending, again) = (ending(&request), next.clone());
    let mut response = next.run(request).await;
    if let Some(Ok(opened)) = named(response.headers())
        && let Some(crowded) = sessions.bind(&opened, &principal)
    {
        end(&crowded, ending, again).await;
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
