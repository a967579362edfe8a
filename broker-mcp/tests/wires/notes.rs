//! What was wrong, all of it: a run over a wire is too long to end at the first thing.

use broker_core::{Decimal, model::Money};
use serde_json::Value;

#[derive(Debug, Default)]
pub(crate) struct Notes(Vec<String>);

/// A number, however it is written.
pub(crate) fn decimal(value: &Value) -> Option<Decimal> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    let read = text.parse().or_else(|_| Decimal::from_scientific(&text));
    read.ok()
}

impl Notes {
    pub(crate) fn note(&mut self, what: impl Into<String>) {
        self.0.push(what.into());
    }

    /// A figure of an answer is the exchange's.
    pub(crate) fn figure(&mut self, what: &str, told: &Value, known: Decimal) {
        if decimal(told) != Some(known) {
            self.note(format!("{what}: {told} is told, {known} is so"));
        }
    }

    /// An amount of an answer is the exchange's, to the cent: brokers tell no more of them.
    pub(crate) fn money(&mut self, what: &str, told: &Value, known: Money) {
        let told_to_the_cent = decimal(told).map(|told| told.round_dp(2));
        if told_to_the_cent != Some(known.amount.round_dp(2)) {
            self.note(format!("{what}: {told} is told, {known} is so"));
        }
    }

    /// A word of an answer is this one.
    pub(crate) fn word(&mut self, what: &str, told: &Value, known: &str) {
        if told != known {
            self.note(format!("{what}: {told} is told, {known} is so"));
        }
    }

    /// The broker has taken the order; whether it works already is a matter of a moment.
    pub(crate) fn taken(&mut self, what: &str, told: &Value) {
        let words = ["submitted", "pending", "Submitted", "PendingSubmit"];
        let is_one = told.as_str().is_some_and(|told| words.contains(&told));
        self.holds(what, is_one, told);
    }

    /// The broker has taken the cancel; whether it has told the end is a matter of a moment.
    pub(crate) fn canceled(&mut self, what: &str, told: &Value) {
        let words = ["cancelled", "pending_cancel", "Cancelled", "PendingCancel"];
        let is_one = told.as_str().is_some_and(|told| words.contains(&told));
        self.holds(what, is_one, told);
    }

    pub(crate) fn holds(&mut self, what: &str, holds: bool, seen: &Value) {
        if !holds {
            let seen: String = seen.to_string().chars().take(1_500).collect();
            self.note(format!("{what}: {seen}"));
        }
    }

    /// Nothing was wrong.
    pub(crate) fn settle(&self, about: &str) {
        assert!(self.0.is_empty(), "{about}:\n{}", self.0.join("\n"));
    }
}
