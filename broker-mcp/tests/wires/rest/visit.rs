//! Requests, and what was wrong with the answers.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicBool, Ordering},
};

use broker_core::{Decimal, model::Money};
use serde_json::{Value, json};

use super::faults::REFUSED;
use crate::{
    client::principal,
    notes::Notes,
    stage::{Stage, Wire},
    web::Web,
};

/// Whoever may do everything with the account `a`.
pub(super) const ALL: &str = "all";

pub(super) struct Visit {
    pub(super) stage: Stage,
    pub(super) notes: Notes,
    web: Web,
    been: BTreeSet<String>,
    met: BTreeSet<&'static str>,
}

impl Visit {
    pub(super) async fn to(wire: Wire) -> Self {
        let stage = Stage::open(wire).await;
        let web = Web::of(&stage, [principal(ALL, &["a"])]).await;
        Self {
            stage,
            notes: Notes::default(),
            web,
            been: BTreeSet::new(),
            met: BTreeSet::new(),
        }
    }

    /// Asks a path of the table of routes; what it answered, unless this broker has to refuse it.
    pub(super) async fn ask(
        &mut self,
        verb: &str,
        route: &'static str,
        parts: &[&str],
        body: Option<Value>,
    ) -> Option<Value> {
        self.been.insert(format!("{verb} {route}"));
        let path = filled(route, parts);
        let (status, answer) = self.web.ask(ALL, verb, &path, body.as_ref()).await;
        let wire = self.stage.wire;
        let refused = REFUSED
            .iter()
            .find(|one| one.wire == wire && one.path == route);
        let Some(refused) = refused else {
            if status == 200 {
                return Some(answer);
            }
            self.notes.note(format!("{verb} {path}: {status} {answer}"));
            return None;
        };
        self.met.insert(refused.path);
        if status != refused.status {
            let (wanted, why) = (refused.status, refused.why);
            self.notes.note(format!(
                "{verb} {path}: not {wanted} because {why}: {status} {answer}"
            ));
        }
        None
    }

    /// A question without a body.
    pub(super) async fn get(&mut self, route: &'static str, parts: &[&str]) -> Option<Value> {
        self.ask("GET", route, parts, None).await
    }

    /// A request with a body in the envelope of the first server; the data that came in it.
    pub(super) async fn post(&mut self, route: &'static str, body: Value) -> Option<Value> {
        let answer = self.ask("POST", route, &[], Some(body)).await?;
        self.notes.holds(
            route,
            answer["success"] == true && answer["error"].is_null(),
            &answer,
        );
        Some(answer["data"].clone())
    }

    /// The first event of a stream.
    pub(super) async fn hear(&mut self, route: &'static str, query: &str) -> Value {
        self.been.insert(format!("GET {route}"));
        self.web.first_event(ALL, &format!("{route}{query}")).await
    }

    /// The first event of a stream that tells of what an account does, while it does something.
    pub(super) async fn hear_of_a_trade(&mut self, route: &'static str) -> Value {
        self.been.insert(format!("GET {route}"));
        let heard = AtomicBool::new(false);
        let hearing = async {
            let event = self.web.first_event(ALL, route).await;
            heard.store(true, Ordering::SeqCst);
            event
        };
        let trading = async {
            while !heard.load(Ordering::SeqCst) {
                self.stage.buy("KO", Decimal::ONE).await;
                // The book has to fill up again.
                tokio::time::sleep(core::time::Duration::from_millis(200)).await;
            }
        };
        tokio::join!(hearing, trading).0
    }

    pub(super) fn figure(&mut self, what: &str, told: &Value, known: Decimal) {
        self.notes.figure(what, told, known);
    }

    pub(super) fn word(&mut self, what: &str, told: &Value, known: &str) {
        self.notes.word(what, told, known);
    }

    pub(super) fn money(&mut self, what: &str, told: &Value, known: Money) {
        self.notes.money(what, told, known);
    }

    pub(super) fn taken(&mut self, what: &str, told: &Value) {
        self.notes.taken(what, told);
    }

    pub(super) fn canceled(&mut self, what: &str, told: &Value) {
        self.notes.canceled(what, told);
    }

    pub(super) fn holds(&mut self, what: &str, holds: bool, seen: &Value) {
        self.notes.holds(what, holds, seen);
    }

    /// Ends it: nothing was wrong, every path was asked, and everything that is said to be refused was.
    pub(super) async fn end(mut self) {
        let (_, listed) = self.web.ask(ALL, "GET", "/api/endpoints", None).await;
        let listed = listed
            .pointer("/data/endpoints")
            .or_else(|| listed.get("endpoints"))
            .cloned();
        let listed = listed.unwrap_or_default();
        let routes = listed.as_array().cloned().unwrap_or_default();
        self.notes
            .holds("the table of routes", !routes.is_empty(), &listed);
        let own = [
            "/v1/",
            "/api/endpoints",
            "/api/openapi.json",
            "/docs",
            "/metrics",
            "/health",
        ];
        for route in routes {
            let path = route["path"].as_str().unwrap_or_default();
            let verb = route["method"].as_str().unwrap_or_default().to_uppercase();
            let theirs = !own.iter().any(|own| path.starts_with(own));
            if theirs && !self.been.contains(&format!("{verb} {path}")) {
                self.notes.note(format!("not asked: {verb} {path}"));
            }
        }
        let wire = self.stage.wire;
        for refused in REFUSED.iter().filter(|one| one.wire == wire) {
            if !self.met.contains(refused.path) {
                self.notes.note(format!("not met: {refused:?}"));
            }
        }
        self.web.end().await;
        self.stage.end().await;
        self.notes.settle(&format!("{wire:?}"));
    }
}

/// A route with its parts filled in; what comes after them is the query.
fn filled(route: &str, parts: &[&str]) -> String {
    let mut path = String::new();
    let mut parts = parts.iter();
    for piece in route.split('/').skip(1) {
        path.push('/');
        path.push_str(if piece.starts_with('{') {
            parts.next().copied().unwrap()
        } else {
            piece
        });
    }
    path + parts.next().copied().unwrap_or_default()
}

/// The account as the settings call it.
pub(super) fn account() -> Value {
    json!({ "account": "a" })
}

/// The same with more fields.
pub(super) fn with_account(mut body: Value) -> Value {
    body["account"] = json!("a");
    body
}
