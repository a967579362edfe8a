use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// What became of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Decision {
    /// The broker has it, or has answered.
    Accepted,
    /// It was refused or failed: proof that nothing happened.
    Refused,
    /// Nobody knows whether it arrived.
    Unconfirmed,
    /// The caller gave up waiting.
    Dropped,
    /// The trail speaks of itself.
    Note,
}

/// What a program above the layers has to say, for the same trail.
#[derive(Debug, Clone)]
pub struct Remark {
    /// When it began, UTC.
    pub at: DateTime<Utc>,
    /// Who asked.
    pub actor: String,
    /// The connection, where one was meant.
    pub broker: Option<String>,
    /// The account, where one was meant.
    pub account: Option<String>,
    /// What was asked for.
    pub operation: &'static str,
    /// With what, without anything secret.
    pub request: Value,
    /// What became of it.
    pub decision: Decision,
    /// The same in more words.
    pub outcome: Value,
    /// How long it took.
    pub latency: core::time::Duration,
}

impl From<Remark> for Row {
    fn from(remark: Remark) -> Self {
        Self {
            at: remark.at,
            actor: Some(remark.actor),
            broker: remark.broker.unwrap_or_default(),
            account: remark.account,
            operation: remark.operation,
            request: remark.request,
            decision: remark.decision,
            outcome: remark.outcome,
            latency_us: u64::try_from(remark.latency.as_micros()).unwrap_or(u64::MAX),
        }
    }
}

/// One call, as it is written down.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    /// When it began, UTC.
    pub(crate) at: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) actor: Option<String>,
    pub(crate) broker: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) account: Option<String>,
    pub(crate) operation: &'static str,
    #[serde(skip_serializing_if = "Value::is_null")]
    pub(crate) request: Value,
    pub(crate) decision: Decision,
    #[serde(skip_serializing_if = "Value::is_null")]
    pub(crate) outcome: Value,
    /// Microseconds.
    pub(crate) latency_us: u64,
}

/// The beginning of every chain.
pub(super) const NO_HASH: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// What stands between a row and its hash.
const SEAL: &str = ",\"hash\":\"";

#[derive(Serialize)]
struct Linked<'a> {
    seq: u64,
    prev: &'a str,
    #[serde(flatten)]
    row: &'a Row,
}

/// What a reader needs of a line.
#[derive(Debug, Deserialize)]
pub(super) struct Link {
    pub(super) seq: u64,
    pub(super) prev: String,
    pub(super) hash: String,
}

fn hash(text: &str) -> String {
    use core::fmt::Write as _;
    let digest = Sha256::digest(text.as_bytes());
    digest
        .iter()
        .fold(String::with_capacity(64), |mut hex, byte| {
            // Writing to a string does not fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}

/// The line of a row, without its end, and its hash. Hidden words are taken out before it is sealed.
pub(super) fn seal(
    row: &Row,
    seq: u64,
    prev: &str,
    hidden: &[String],
) -> serde_json::Result<(String, String)> {
    let mut text = serde_json::to_string(&Linked { seq, prev, row })?;
    for word in hidden {
        if text.contains(word.as_str()) {
            text = text.replace(word.as_str(), "[hidden]");
        }
    }
    let hash = hash(&text);
    text.pop();
    text.push_str(SEAL);
    text.push_str(&hash);
    text.push_str("\"}");
    Ok((text, hash))
}

/// Reads a line; `None` when it is none, or when it is not what was sealed.
pub(super) fn open(line: &str) -> Option<(Link, bool)> {
    let link: Link = serde_json::from_str(line).ok()?;
    let (body, _) = line.rsplit_once(SEAL)?;
    let whole = hash(&format!("{body}}}")) == link.hash;
    // Nothing may follow the hash, and nothing may be written another way.
    let sealed = format!("{body}{SEAL}{}\"}}", link.hash) == line;
    Some((link, whole && sealed))
}
