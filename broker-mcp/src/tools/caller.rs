//! Who calls, and what their client can do.

use std::sync::Arc;

use rmcp::{
    ErrorData, RoleServer,
    model::{Extensions, ProtocolVersion},
    service::RequestContext,
};

use super::{BrokerTools, outcome::shown, progress::Notifying};
use crate::{Call, Principal, principal::Proof};

impl BrokerTools {
    /// Who calls: whom the layer before this has proven, otherwise the one that this server was
    /// started for.
    ///
    /// A request that came over HTTP without anybody is never taken for the configured one: that one
    /// is for standard input.
    pub(super) fn principal(&self, extensions: &Extensions) -> Result<Arc<Principal>, ErrorData> {
        let parts = extensions.get::<http::request::Parts>();
        let proven = parts.and_then(|parts| parts.extensions.get::<Arc<Principal>>());
        // A host that mounts the tools may prove its callers in its own way.
        let proven = proven.or_else(|| extensions.get::<Arc<Principal>>());
        let known = match (proven, parts) {
            (Some(principal), _) => Some(principal),
            (None, None) => self.configured.as_ref(),
            (None, Some(_)) => None,
        };
        let nobody = || ErrorData::invalid_request("nobody is known by this request", None);
        known.cloned().ok_or_else(nobody)
    }

    /// The call of somebody through this client.
    pub(super) fn call_of(
        &self,
        principal: Arc<Principal>,
        context: &RequestContext<RoleServer>,
    ) -> Call {
        let version = context.protocol_version();
        let face = match &version {
            Some(version) => format!("mcp/{}", shown(version.as_str())),
            None => "mcp".to_owned(),
        };
        let mut call = Call::by(principal, face);
        if let Some(proof) = proof(&context.extensions) {
            call.proof = proof;
        }
        call.client = context.client_info().map(|client| {
            let client = format!("{} {}", client.name, client.version);
            Arc::from(shown(&client))
        });
        call.cancel = context.ct.clone();
        if let Some(token) = context.meta.get_progress_token() {
            let peer = context.peer.clone();
            call.progress = Arc::new(Notifying { peer, token });
        }
        call
    }
}

/// What a caller was let in by, where the layer before this says it.
fn proof(extensions: &Extensions) -> Option<Arc<dyn Proof>> {
    let parts = extensions.get::<http::request::Parts>();
    let given = parts.and_then(|parts| parts.extensions.get::<Arc<dyn Proof>>());
    given.or_else(|| extensions.get()).cloned()
}

/// Whether questions go into results and come back in the next call, as since 2026-07-28.
pub(super) fn asks_by_answering(context: &RequestContext<RoleServer>) -> bool {
    let version = context.protocol_version();
    version.is_some_and(|version| version.as_str() >= ProtocolVersion::V_2026_07_28.as_str())
}

/// Whether the client says that it can show a form to a person.
pub(super) fn shows_forms(context: &RequestContext<RoleServer>) -> bool {
    let capabilities = context.client_capabilities();
    let elicitation = capabilities.and_then(|capabilities| capabilities.elicitation);
    // Before there were kinds, there were forms only.
    elicitation.is_some_and(|kinds| kinds.form.is_some() || kinds.url.is_none())
}
