//! What a person in charge reads in the trail. No operation does this: a model has no part in it.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{BrokerService, Call};
use crate::{Fault, FaultCode, principal::Access};

/// Most rows of one answer.
const MOST: usize = 500;
/// Longest text of a row.
const LONGEST: usize = 400;

/// Rows of the trail, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TrailRows {
    /// Those with every word that was looked for.
    pub rows: Vec<TrailRow>,
    /// Rows that were looked at, from the newest on.
    pub searched: u64,
    /// Whether those are as they were written.
    pub whole: bool,
}

/// Who asked what, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TrailRow {
    /// When it began, UTC, as it was written.
    pub at: Option<String>,
    /// Who asked.
    pub actor: Option<String>,
    /// The account, as it was written: not the whole of its number.
    pub account: Option<String>,
    /// What was asked for.
    pub operation: Option<String>,
    /// What became of it, in a word.
    pub decision: Option<String>,
    /// The same in more words.
    pub what: String,
}

impl BrokerService {
    /// Looks for words in the newest rows of the trail; no more than 500 rows.
    ///
    /// # Errors
    /// [`Forbidden`](FaultCode::Forbidden) without the role of an approver for all accounts: the trail is
    /// about all of them; [`Unsupported`](FaultCode::Unsupported) where there is none.
    pub async fn search_trail(
        &self,
        call: &Call,
        text: &str,
        limit: usize,
    ) -> Result<TrailRows, Fault> {
        self.approver(call)?;
        if call.principal.accounts != Access::All {
            let message = "the trail is about every account: this needs a key for all of them";
            return Err(Fault::new(FaultCode::Forbidden, message));
        }
        let Some(audit) = &self.house.audit else {
            let message = "there is no trail: give `[layers.audit]` a folder";
            return Err(Fault::new(FaultCode::Unsupported, message));
        };
        let found = audit.search(text, limit.min(MOST)).await?;
        Ok(TrailRows {
            rows: found.rows.iter().map(row).collect(),
            searched: found.searched,
            whole: found.whole,
        })
    }
}

fn row(row: &Value) -> TrailRow {
    let text = |name| {
        let value = row.get(name).and_then(Value::as_str);
        value.filter(|text| !text.is_empty()).map(str::to_owned)
    };
    TrailRow {
        at: text("at"),
        actor: text("actor"),
        account: text("account").or_else(|| text("broker")),
        operation: text("operation"),
        decision: text("decision"),
        what: what(row),
    }
}

/// Why, if it was refused; otherwise with which arguments, and what came of it.
fn what(row: &Value) -> String {
    let part = |name| row.get(name).filter(|value| !value.is_null());
    let outcome = part("outcome");
    let message = outcome.and_then(|outcome| outcome.get("message")?.as_str());
    let said = match message {
        Some(message) => message.to_owned(),
        None => {
            let request = part("request");
            let arguments = request.and_then(|request| request.get("arguments"));
            let mut parts = Map::new();
            for (name, value) in [("asked", arguments.or(request)), ("answer", outcome)] {
                if let Some(value) = value {
                    parts.insert(name.to_owned(), value.clone());
                }
            }
            json!(parts).to_string()
        }
    };
    let shown = said.chars().filter(|letter| !letter.is_control());
    shown.take(LONGEST).collect()
}
