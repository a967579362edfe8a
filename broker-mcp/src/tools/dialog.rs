//! The two ways to ask the person behind a client of this protocol.

use std::sync::{Mutex, PoisonError};

use broker_core::async_trait;
use rmcp::{
    RoleServer,
    model::{
        BooleanSchema, ElicitRequest, ElicitRequestParams, ElicitResult, ElicitationAction,
        ElicitationSchema, InputRequest, PrimitiveSchemaDefinition,
    },
    service::{Peer, ServiceError},
};
use tokio_util::sync::CancellationToken;

use super::sealed::{Asking, PATIENCE};
use crate::consent::{Asked, Consent, Question};

/// The field of the form, and the name of the question in a result.
pub(super) const FIELD: &str = "confirm";

/// Asks while the call waits: clients of the era of `initialize`.
#[derive(Debug)]
pub(super) struct Dialog {
    pub(super) peer: Peer<RoleServer>,
    /// The caller does not want the call any more.
    pub(super) cancel: CancellationToken,
}

#[async_trait]
impl Consent for Dialog {
    async fn ask(&self, question: &Question) -> Asked {
        let asked = self
            .peer
            .create_elicitation_with_timeout(form(question), Some(PATIENCE));
        let asked = tokio::select! {
            asked = asked => asked,
            () = self.cancel.cancelled() => return Asked::Declined,
        };
        match asked {
            Ok(result) => verdict(&result),
            Err(ServiceError::Cancelled { .. }) => Asked::Declined,
            // It said that it could. Silence is not consent, and somebody else can still agree.
            Err(error) => {
                tracing::warn!(%error, "a client that shows forms did not show one");
                Asked::Unable
            }
        }
    }
}

/// Asks by ending the call: clients since 2026-07-28. Holds the answer that came back, and what has to
/// be asked.
#[derive(Debug, Default)]
pub(super) struct Returning {
    /// What was asked before, and what was said to it.
    answered: Option<(Asking, Asked)>,
    /// What is to be asked now.
    pending: Mutex<Option<Question>>,
}

impl Returning {
    pub(super) fn with(answered: Option<(Asking, Asked)>) -> Self {
        Self {
            answered,
            pending: Mutex::default(),
        }
    }

    /// The question that the call ended with.
    pub(super) fn pending(&self) -> Option<Question> {
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        pending.take()
    }
}

#[async_trait]
impl Consent for Returning {
    async fn ask(&self, question: &Question) -> Asked {
        match &self.answered {
            // What was agreed to is this and nothing else.
            Some((asking, asked)) if asking.digest == question.digest => asked.clone(),
            _ => {
                let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
                *pending = Some(question.clone());
                Asked::Later
            }
        }
    }
}

/// A question as a form with one box to tick. A client that agrees without showing it has to lie.
pub(super) fn form(question: &Question) -> ElicitRequestParams {
    let mut message = question.sentence.clone();
    for (name, value) in &question.lines {
        message.push_str(&format!("\n{name}: {value}"));
    }
    let tick = BooleanSchema::new()
        .title("Do it")
        .description("Tick to let this be done.");
    let schema = ElicitationSchema::new(
        [(FIELD.to_owned(), PrimitiveSchemaDefinition::Boolean(tick))].into(),
    );
    ElicitRequestParams::FormElicitationParams {
        meta: None,
        message,
        requested_schema: schema.with_required(vec![FIELD.to_owned()]),
    }
}

/// The same question as part of a result.
pub(super) fn request(question: &Question) -> InputRequest {
    InputRequest::Elicitation(ElicitRequest::new(form(question)))
}

/// What a person said. Only the tick is consent.
pub(super) fn verdict(result: &ElicitResult) -> Asked {
    let ticked = result
        .content
        .as_ref()
        .and_then(|content| content.get(FIELD));
    match result.action {
        ElicitationAction::Accept if ticked.is_some_and(|tick| tick == true) => Asked::Agreed,
        _ => Asked::Declined,
    }
}
