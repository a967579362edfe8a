//! How a person is asked before money moves.
//!
//! The service asks; the face that the call came through answers as well as it can. What no client can
//! be asked about is left to somebody who agrees by another way.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a person is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Question {
    /// Names the request, once: the caller, the operation, the arguments.
    pub id: String,
    /// The operation.
    pub operation: String,
    /// One sentence: account, live or paper, instrument, side, quantity, kind, price, notional.
    pub sentence: String,
    /// The same as lines of a name and a value, for a page.
    pub lines: Vec<(String, String)>,
    /// A digest of caller, operation and arguments, which an answer is bound to.
    pub digest: String,
}

impl Question {
    /// A question.
    #[must_use]
    pub fn new(
        id: impl Into<String>,
        operation: impl Into<String>,
        sentence: impl Into<String>,
        lines: Vec<(String, String)>,
        digest: impl Into<String>,
    ) -> Self {
        Self {
            id: id.into(),
            operation: operation.into(),
            sentence: sentence.into(),
            lines,
            digest: digest.into(),
        }
    }
}

/// What came of asking.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Asked {
    /// A person agreed, through the client.
    Agreed,
    /// A person declined.
    Declined,
    /// The client asks by being answered: the call ends with the question and comes back with the
    /// answer.
    Later,
    /// This client cannot ask.
    Unable,
}

/// A way to ask the person behind a client.
#[broker_core::async_trait]
pub trait Consent: Send + Sync + core::fmt::Debug {
    /// Asks.
    async fn ask(&self, question: &Question) -> Asked;
}

/// A client that cannot ask anybody.
#[derive(Debug, Clone, Copy, Default)]
pub struct NobodyThere;

#[broker_core::async_trait]
impl Consent for NobodyThere {
    async fn ask(&self, _: &Question) -> Asked {
        Asked::Unable
    }
}
