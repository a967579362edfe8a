//! Calls, and what was wrong with the answers.

use std::collections::BTreeSet;

use broker_core::{Decimal, model::Money};
use broker_mcp::alias::{Aliases, Profile};
use serde_json::Value;

use super::faults::{REFUSED, Refused};
use crate::{
    client::{Answer, Client, principal},
    notes::Notes,
    stage::{Stage, Wire},
};

/// A client of another server at work, over one broker.
pub(super) struct Story {
    pub(super) stage: Stage,
    client: Client,
    profile: Profile,
    called: BTreeSet<&'static str>,
    met: BTreeSet<&'static str>,
    notes: Notes,
}

impl Story {
    pub(super) async fn over(wire: Wire, profile: Profile) -> Self {
        let stage = Stage::open(wire).await;
        let client = Client::of(&stage, principal("model", &["a"]), &[profile]).await;
        Self {
            stage,
            client,
            profile,
            called: BTreeSet::new(),
            met: BTreeSet::new(),
            notes: Notes::default(),
        }
    }

    fn refused(&self, name: &str) -> Option<&'static Refused> {
        let wire = self.stage.wire;
        REFUSED
            .iter()
            .find(|one| one.wire == wire && one.names.contains(&name))
    }

    /// Calls a name, which has to answer; the answer unless it has to be refused at this broker.
    pub(super) async fn ask(&mut self, name: &'static str, arguments: Value) -> Option<Answer> {
        self.called.insert(name);
        let answer = self.client.call(name, &arguments).await;
        match self.refused(name) {
            Some(refused) => {
                self.met.insert(name);
                let is_so = answer.failed && answer.text["code"] == refused.code;
                if !is_so {
                    let (code, why) = (refused.code, refused.why);
                    let told = &answer.text;
                    self.notes.note(format!(
                        "{name} {arguments}: not {code} because {why}: {told}"
                    ));
                }
                None
            }
            None if answer.failed => {
                self.notes
                    .note(format!("{name} {arguments}: {}", answer.text));
                None
            }
            None => Some(answer),
        }
    }

    /// Calls a name that has to be refused at every broker.
    pub(super) async fn ask_in_vain(&mut self, name: &'static str, arguments: Value, code: &str) {
        self.called.insert(name);
        let answer = self.client.call(name, &arguments).await;
        if !answer.failed || answer.text["code"] != code {
            let told = &answer.text;
            self.notes
                .note(format!("{name} {arguments}: not {code}: {told}"));
        }
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

    /// Ends it: nothing was wrong, every name was called, and everything that is said to be refused was.
    pub(super) async fn end(mut self) {
        let aliases = Aliases::of([self.profile]);
        let names = aliases.iter().flat_map(broker_mcp::alias::Alias::names);
        let not_called: Vec<_> = names.filter(|name| !self.called.contains(*name)).collect();
        if !not_called.is_empty() {
            self.notes.note(format!("not called: {not_called:?}"));
        }
        let wire = self.stage.wire;
        for refused in REFUSED.iter().filter(|one| one.wire == wire) {
            let mut names = refused.names.iter();
            if names.any(|name| self.called.contains(name) && !self.met.contains(name)) {
                self.notes.note(format!("not met: {refused:?}"));
            }
        }
        self.stage.end().await;
        let about = format!("{wire:?}, {}", self.profile);
        self.notes.settle(&about);
    }
}
