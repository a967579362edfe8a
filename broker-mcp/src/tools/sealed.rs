//! What a client carries between the two halves of a question, so that it can be believed once.

use core::{fmt, time::Duration};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use broker_core::async_trait;
use chrono::Utc;
use rmcp::model::{RequestStateCodec, SealOptions};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use tokio::time::Instant;
use ulid::Ulid;

use crate::{Fault, FaultCode, Principal, store::Store};

/// How long a person may take to answer.
pub(super) const PATIENCE: Duration = Duration::from_secs(120);

/// Remembers what was used once.
///
/// An implementation that is shared by several processes, or that outlives one, has to be durable:
/// whoever holds the key of the [`Seals`] believes every state that is not remembered here.
#[async_trait]
pub trait SingleUse: Send + Sync + fmt::Debug {
    /// Whether this is the first time; from now on it is not. It may be forgotten after `keep`.
    ///
    /// # Errors
    /// When it cannot be remembered. Nothing may be done then.
    async fn spend(&self, nonce: &str, keep: Duration) -> Result<bool, Fault>;
}

/// Remembers for as long as this process runs: enough where the key is of this process, too, because a
/// state from before a restart is sealed with a key that nobody has any more.
#[derive(Debug, Default)]
pub struct ForThisProcess(Mutex<BTreeMap<String, Instant>>);

#[async_trait]
impl SingleUse for ForThisProcess {
    async fn spend(&self, nonce: &str, keep: Duration) -> Result<bool, Fault> {
        let now = Instant::now();
        let mut spent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        spent.retain(|_, until| *until > now);
        Ok(spent.insert(nonce.to_owned(), now + keep).is_none())
    }
}

/// Remembers in the server's file, for all its processes.
#[async_trait]
impl SingleUse for Store {
    async fn spend(&self, nonce: &str, keep: Duration) -> Result<bool, Fault> {
        let now = Utc::now();
        Ok(self.use_once(nonce, now + keep, now).await?)
    }
}

/// Seals questions, and knows which have been answered.
#[derive(Debug, Clone)]
pub struct Seals {
    codec: RequestStateCodec,
    spent: Arc<dyn SingleUse>,
}

/// Why there are no seals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SealError {
    /// A key is shorter than 32 bytes.
    KeyTooShort,
    /// The operating system has no random numbers.
    Random,
}

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::KeyTooShort => "the key of sealed questions needs at least 32 bytes",
            Self::Random => "the operating system has no random numbers",
        })
    }
}

impl std::error::Error for SealError {}

/// A question that a client has been given to ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Asking {
    /// Used once.
    pub(super) nonce: String,
    /// What the command is called if the caller does not say: the same however often is asked.
    pub(super) key: String,
    /// What was asked.
    pub(super) question: String,
    /// What the answer is bound to, as the service says it.
    pub(super) digest: String,
}

impl Seals {
    /// Seals with a key that nobody knows, not even the next process.
    ///
    /// # Errors
    /// [`SealError::Random`].
    pub fn for_this_process() -> Result<Self, SealError> {
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(|_| SealError::Random)?;
        Self::shared(&key, Arc::new(ForThisProcess::default()))
    }

    /// Seals with a key that several processes have, or one after the other; `spent` has to be shared
    /// and durable in the same way.
    ///
    /// # Errors
    /// [`SealError::KeyTooShort`].
    pub fn shared(key: &[u8], spent: Arc<dyn SingleUse>) -> Result<Self, SealError> {
        let codec = RequestStateCodec::try_new(key).map_err(|_| SealError::KeyTooShort)?;
        Ok(Self { codec, spent })
    }

    /// Seals with the key that all processes with this file have, so that a question that was asked
    /// before a restart can be answered after it.
    ///
    /// # Errors
    /// When there are no random numbers, or the file cannot be written.
    pub async fn of_store(store: &Store) -> Result<Self, Fault> {
        let broken = |error: SealError| Fault::new(FaultCode::Internal, error.to_string());
        let mut proposed = [0; 32];
        getrandom::fill(&mut proposed).map_err(|_| broken(SealError::Random))?;
        let key = store.common_key("seals", proposed).await?;
        Self::shared(&key, Arc::new(store.clone())).map_err(broken)
    }

    /// A question as the client carries it, good for this call of this caller and nothing else.
    pub(super) fn seal(&self, asking: &Asking, bound: &[u8]) -> Result<String, Fault> {
        let options = SealOptions::new().associated_data(bound).ttl(PATIENCE);
        let sealed = self.codec.seal_json_with(asking, &options);
        sealed.map_err(|error| {
            tracing::error!(%error, "a question cannot be sealed");
            Fault::new(FaultCode::Internal, "the question cannot be sealed")
        })
    }

    /// The question that was sealed for this call, once.
    ///
    /// `None` for whatever is wrong with it: a caller that tries learns nothing about why.
    ///
    /// # Errors
    /// When it cannot be remembered as used.
    pub(super) async fn open(&self, sealed: &str, bound: &[u8]) -> Result<Option<Asking>, Fault> {
        let asking: Asking = match self.codec.open_json_with(sealed, bound) {
            Ok(asking) => asking,
            Err(error) => {
                tracing::warn!(%error, "a sealed question is not believed");
                return Ok(None);
            }
        };
        // Longer than the state is good for, so that it is never forgotten before it is worthless.
        if self.spent.spend(&asking.nonce, PATIENCE * 2).await? {
            return Ok(Some(asking));
        }
        tracing::warn!(nonce = asking.nonce, "a sealed question came back again");
        Ok(None)
    }
}

/// A fresh identifier for a command.
pub(super) fn nonce() -> String {
    Ulid::generate().to_string()
}

/// What a sealed question is good for: one caller, one tool, one set of arguments.
pub(super) fn bound(principal: &Principal, tool: &str, arguments: &Map<String, Value>) -> Vec<u8> {
    let mut digest = Sha256::new();
    for part in [&*principal.id, tool] {
        digest.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        digest.update(part);
    }
    let arguments: BTreeMap<_, _> = arguments.iter().collect();
    for (name, value) in arguments {
        feed(&mut digest, &Value::String(name.clone()));
        feed(&mut digest, value);
    }
    digest.finalize().to_vec()
}

/// The same bytes for the same value, in whatever order its fields were written.
fn feed(digest: &mut Sha256, value: &Value) {
    match value {
        Value::Array(values) => {
            digest.update(b"[");
            values.iter().for_each(|value| feed(digest, value));
            digest.update(b"]");
        }
        Value::Object(fields) => {
            digest.update(b"{");
            let fields: BTreeMap<_, _> = fields.iter().collect();
            for (name, value) in fields {
                feed(digest, &Value::String(name.clone()));
                feed(digest, value);
            }
            digest.update(b"}");
        }
        plain => {
            digest.update(plain.to_string());
            digest.update(b",");
        }
    }
}
