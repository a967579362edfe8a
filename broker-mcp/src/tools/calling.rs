//! The way of a call: is there such a tool, who calls, how are they asked, what came of it.

use core::time::Duration;
use std::sync::Arc;

use rmcp::{
    ErrorData, RoleServer,
    model::{CallToolRequestParams, CallToolResponse, ElicitResult, InputRequiredResult},
    service::RequestContext,
};
use serde_json::{Map, Value};

use super::{
    BrokerTools,
    caller::{asks_by_answering, shows_forms},
    dialog::{self, Dialog, Returning},
    outcome,
    sealed::{self, Asking},
};
use crate::{
    Call, Fault, FaultCode, Principal,
    alias::{Alias, Reply},
    consent::Consent,
    operation::Effect,
    principal::Confirm,
};

/// How long a question may go on after its caller has lost interest, to give back what it holds.
const GRACE: Duration = Duration::from_secs(2);

/// What a name means.
enum Meant {
    Operation(&'static str, Effect),
    /// With the name that it was called by.
    Alias(&'static Alias, String, Effect),
}

impl Meant {
    /// Whether the caller has said what the command is called.
    fn names_its_command(&self, arguments: &Map<String, Value>) -> bool {
        let named = |arguments: &Map<String, Value>| {
            let names = ["client_order_id", "preview_id"];
            names
                .iter()
                .any(|name| arguments.get(*name).is_some_and(|one| !one.is_null()))
        };
        match self {
            Self::Operation(..) => named(arguments),
            Self::Alias(alias, ..) => alias.map(arguments).is_ok_and(|ours| named(&ours)),
        }
    }

    const fn effect(&self) -> Effect {
        match self {
            Self::Operation(_, effect) | Self::Alias(_, _, effect) => *effect,
        }
    }
}

impl BrokerTools {
    pub(super) async fn called(
        &self,
        request: CallToolRequestParams,
        context: &RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let principal = self.principal(&context.extensions)?;
        let arguments = request.arguments.unwrap_or_default();
        let Some(meant) = self.meant(&principal, &request.name, &arguments) else {
            return Err(outcome::no_such_tool(&request.name));
        };
        let mut call = self.call_of(Arc::clone(&principal), context);
        let asks = meant.effect() != Effect::Read
            && principal.confirm == Confirm::Ask
            && shows_forms(context);
        if !asks {
            return Ok(self.done(&meant, &call, arguments).await);
        }
        if !asks_by_answering(context) {
            let (peer, cancel) = (context.peer.clone(), context.ct.clone());
            call.consent = Arc::new(Dialog { peer, cancel });
            return Ok(self.done(&meant, &call, arguments).await);
        }
        let bound = sealed::bound(&principal, &request.name, &arguments);
        let answered = match request.request_state {
            Some(state) => Some(self.believed(&state, &bound).await?),
            None => None,
        };
        // The same in both halves of a call, so that a command that was agreed to is sent once even if
        // everything after this fails.
        let key = answered.as_ref().map(|asking| asking.key.clone());
        let key = key.unwrap_or_else(sealed::nonce);
        if !meant.names_its_command(&arguments) {
            call.idempotency_key = Some(key.clone());
        }
        let said = answered.and_then(|asking| {
            let said = request.input_responses?.remove(dialog::FIELD)?;
            let said: ElicitResult = serde_json::from_value(said).ok()?;
            Some((asking, dialog::verdict(&said)))
        });
        let consent = Arc::new(Returning::with(said));
        call.consent = Arc::clone(&consent) as Arc<dyn Consent>;
        let result = self.run(&meant, &call, arguments).await;
        match (result, consent.pending()) {
            (Err(fault), Some(question)) if fault.code == FaultCode::ConfirmationRequired => {
                let asking = Asking {
                    nonce: sealed::nonce(),
                    key,
                    question: question.id.clone(),
                    digest: question.digest.clone(),
                };
                let sealed = self.seals.seal(&asking, &bound);
                let sealed = sealed.map_err(|fault| outcome::protocol_error(&fault, None))?;
                let asked = [(dialog::FIELD.to_owned(), dialog::request(&question))];
                Ok(InputRequiredResult::new(Some(asked.into()), Some(sealed)).into())
            }
            (result, _) => Ok(answer(result).into()),
        }
    }

    /// The operation that a name means to this caller. What they may not do does not exist for them,
    /// under whatever name.
    fn meant(
        &self,
        principal: &Principal,
        name: &str,
        arguments: &Map<String, Value>,
    ) -> Option<Meant> {
        let seen = |name: &str| {
            let (operation, _) = self.listing.get(name)?;
            operation.is_for(principal).then_some(operation.about)
        };
        if let Some(alias) = self.aliases.find(name, arguments) {
            let mut effect = Effect::Read;
            for target in alias.targets() {
                let about = seen(target)?;
                if about.effect != Effect::Read {
                    effect = about.effect;
                }
            }
            return Some(Meant::Alias(alias, name.to_owned(), effect));
        }
        seen(name).map(|about| Meant::Operation(about.name, about.effect))
    }

    /// Whether a call names its command, if the tool is there.
    #[cfg(test)]
    pub(super) fn names_command(
        &self,
        principal: &Principal,
        name: &str,
        arguments: &Map<String, Value>,
    ) -> Option<bool> {
        let meant = self.meant(principal, name, arguments)?;
        Some(meant.names_its_command(arguments))
    }

    /// The question that a caller has answered. It is used up by looking at it.
    async fn believed(&self, state: &str, bound: &[u8]) -> Result<Asking, ErrorData> {
        let opened = self.seals.open(state, bound).await;
        let opened = opened.map_err(|fault| outcome::protocol_error(&fault, None))?;
        let refused = || {
            let message = "this request state is not good for this call, or not any more";
            ErrorData::invalid_params(message, None)
        };
        opened.ok_or_else(refused)
    }

    async fn done(
        &self,
        meant: &Meant,
        call: &Call,
        arguments: Map<String, Value>,
    ) -> CallToolResponse {
        answer(self.run(meant, call, arguments).await).into()
    }

    async fn run(
        &self,
        meant: &Meant,
        call: &Call,
        arguments: Map<String, Value>,
    ) -> Result<Reply, Fault> {
        let work = async {
            match meant {
                Meant::Operation(name, _) => {
                    let answer = self.service.call(call, name, arguments).await?;
                    Ok(Reply::plain(answer))
                }
                Meant::Alias(alias, name, _) => {
                    alias.run(name, &self.service, call, arguments).await
                }
            }
        };
        // A command is never dropped half way: what became of it has to be known.
        if meant.effect() != Effect::Read {
            return work.await;
        }
        let forgotten = async {
            call.cancel.cancelled().await;
            tokio::time::sleep(GRACE).await;
        };
        tokio::select! {
            biased;
            result = work => result,
            () = forgotten => {
                let message = "the caller canceled this; nothing was changed";
                Err(Fault::new(FaultCode::Timeout, message).retry_safe(None))
            }
        }
    }
}

fn answer(result: Result<Reply, Fault>) -> rmcp::model::CallToolResult {
    match result {
        Ok(reply) => outcome::success(reply),
        Err(fault) => outcome::failure(&fault),
    }
}
