//! A person agrees before anything is sent: through the client where it can ask, otherwise by another
//! way, and once.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;
use tokio::time::Instant;

use super::{BrokerService, Call, trail};
use crate::{
    Fault, FaultCode,
    consent::{Asked, Question},
    principal::Confirm,
    store::{Approval, ApprovalState, NewApproval},
};

/// What a person is asked to agree to.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) operation: &'static str,
    /// Binds the answer to caller, operation and arguments: see [`digest_of`].
    pub(crate) digest: String,
    pub(crate) sentence: String,
    pub(crate) lines: Vec<(String, String)>,
    /// Whether an operator's word that a key is not asked about holds for this.
    pub(crate) within_limits: bool,
}

/// Who agreed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Agreement {
    /// The question, if one was asked.
    pub(crate) id: Option<String>,
    /// In words.
    pub(crate) by: String,
    /// Whether somebody was waited for: what was looked at before is old.
    pub(crate) waited: bool,
}

/// What stands for a request: who asks, for what, with which arguments.
pub(crate) fn digest_of(call: &Call, operation: &str, arguments: &impl Serialize) -> String {
    let whole = json!([&*call.principal.id, operation, arguments]);
    trail::digest(whole.to_string().as_bytes())
}

fn required(asked: &Approval, why: &str) -> Fault {
    let id = &asked.id;
    let message = format!(
        "{why}: {} Nothing was sent. Ask the person to agree with `broker-mcp approve {id}` or on the \
         operator page before {}, and then make the same call again with preview_id {id}. You cannot \
         agree yourself.",
        asked.sentence,
        asked.expires_at.format("%H:%M:%S UTC"),
    );
    Fault::new(FaultCode::ConfirmationRequired, message).with_details(json!({
        "approval_id": id,
        "expires_at": asked.expires_at,
        "sentence": asked.sentence,
        "lines": asked.lines,
        "digest": asked.digest,
    }))
}

impl BrokerService {
    /// Has a person agree.
    ///
    /// # Errors
    /// [`ConfirmationRequired`](FaultCode::ConfirmationRequired) when nobody could be asked here;
    /// [`Declined`](FaultCode::Declined).
    pub(crate) async fn agree(&self, call: &Call, wanted: Wanted) -> Result<Agreement, Fault> {
        let principal = &*call.principal;
        if principal.confirm == Confirm::Never && wanted.within_limits {
            return Ok(Agreement {
                id: None,
                by: "the operator, for this key".to_owned(),
                waited: false,
            });
        }
        let store = self.store()?;
        let new = NewApproval {
            principal: principal.id.to_string(),
            operation: wanted.operation.to_owned(),
            digest: wanted.digest,
            sentence: wanted.sentence,
            lines: wanted.lines,
        };
        let now = self.clock.now();
        let lasts = self.house.patience.out_of_band;
        let asked = store.approval_for(new, now, lasts).await?;
        if asked.state == ApprovalState::Approved {
            return self.take_up(asked, now).await;
        }
        if principal.confirm == Confirm::OutOfBand {
            return Err(required(
                &asked,
                "A person has to agree, by another way than this client",
            ));
        }
        self.ask_client(call, asked).await
    }

    /// Uses up what somebody has agreed to by another way.
    async fn take_up(&self, asked: Approval, now: DateTime<Utc>) -> Result<Agreement, Fault> {
        if !self.store()?.use_approval(&asked.id, now).await? {
            let message = "this approval was used by another call at the same moment";
            return Err(Fault::new(FaultCode::Conflict, message));
        }
        Ok(Agreement {
            by: asked.decided_by.unwrap_or_else(|| "an approver".to_owned()),
            id: Some(asked.id),
            waited: false,
        })
    }

    async fn ask_client(&self, call: &Call, asked: Approval) -> Result<Agreement, Fault> {
        let store = self.store()?;
        let question = Question::new(
            asked.id.clone(),
            asked.operation.clone(),
            asked.sentence.clone(),
            asked.lines.clone(),
            // Of this question and no later one: the same order asked for again is another question,
            // so that an answer that is played back is an answer to nothing.
            trail::digest(format!("{}\n{}", asked.id, asked.digest).as_bytes()),
        );
        let began = Instant::now();
        let longest = self.house.patience.client.to_std().unwrap_or_default();
        let answer = tokio::time::timeout(longest, call.consent.ask(&question)).await;
        let now = self.clock.now();
        match answer {
            Ok(Asked::Agreed) => {
                // Written down before anything is sent: the same answer does not count twice.
                if store.answered(&asked.id, true, "the client", now).await? {
                    return Ok(Agreement {
                        id: Some(asked.id),
                        by: "the client's user".to_owned(),
                        waited: true,
                    });
                }
                let message = "the answer came too late, or it was used already; nothing was sent";
                Err(Fault::new(FaultCode::Conflict, message))
            }
            Ok(Asked::Declined) => {
                store.answered(&asked.id, false, "the client", now).await?;
                let message = "a person was asked and declined; nothing was sent. Do not ask again \
                               unless the person wants it";
                Err(Fault::new(FaultCode::Declined, message))
            }
            Ok(Asked::Later | Asked::Unable) => {
                Err(required(&asked, "A person has to agree first"))
            }
            Err(_) => {
                let seconds = began.elapsed().as_secs();
                let why = format!("The client's user has not answered within {seconds} s");
                Err(required(&asked, &why))
            }
        }
    }
}
