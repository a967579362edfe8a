use core::fmt::Debug;
use std::sync::Arc;

use broker_core::async_trait;
use tokio_util::sync::CancellationToken;
use ulid::Ulid;

use crate::{
    Principal,
    consent::{Consent, NobodyThere},
    principal::{AsStarted, Proof},
};

/// Where a long operation says how far it is.
#[async_trait]
pub trait Progress: Send + Sync + Debug {
    /// So much of `total` is done; `message` is what is new, as JSON in one line.
    async fn report(&self, done: u32, total: u32, message: String);
}

/// Nobody listens.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

#[async_trait]
impl Progress for Silent {
    async fn report(&self, _: u32, _: u32, _: String) {}
}

/// Who calls, and how they can be reached while the call runs.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Call {
    /// Who calls.
    pub principal: Arc<Principal>,
    /// What they were let in by.
    pub proof: Arc<dyn Proof>,
    /// Names the call in the trail.
    pub id: Ulid,
    /// The program that calls, as it says itself; believed by nobody.
    pub client: Option<Arc<str>>,
    /// The way in, such as `mcp/2025-11-25`, `rest` or `cli`.
    pub face: Arc<str>,
    /// The identifier that the caller gives a command so that it can be repeated.
    pub idempotency_key: Option<String>,
    /// How a person is asked.
    pub consent: Arc<dyn Consent>,
    /// Where a long operation says how far it is.
    pub progress: Arc<dyn Progress>,
    /// Ends a long operation.
    pub cancel: CancellationToken,
}

impl Call {
    /// A call of somebody who cannot be asked anything.
    #[must_use]
    pub fn by(principal: Arc<Principal>, face: impl Into<Arc<str>>) -> Self {
        Self {
            principal,
            proof: Arc::new(AsStarted),
            id: Ulid::generate(),
            client: None,
            face: face.into(),
            idempotency_key: None,
            consent: Arc::new(NobodyThere),
            progress: Arc::new(Silent),
            cancel: CancellationToken::new(),
        }
    }
}
