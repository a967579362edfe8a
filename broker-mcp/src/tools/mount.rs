use core::fmt;
use std::borrow::Cow;

use rmcp::{
    handler::server::router::tool::{ToolRoute, ToolRouter},
    model::CallToolRequestParams,
};

use super::BrokerTools;

/// Longest name that every client takes.
const LONGEST: usize = 64;

/// Why the tools cannot be mounted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum MountError {
    /// A tool of this name is there already.
    Clash(String),
    /// A name would have other characters than letters, digits, `_` and `-`, or more than 64 of them.
    Name(String),
}

impl fmt::Display for MountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Clash(name) => write!(f, "there is a tool `{name}` already"),
            Self::Name(name) => write!(f, "`{name}` is no name for a tool that every client takes"),
        }
    }
}

impl std::error::Error for MountError {}

/// The tools under a prefix, as routes for the server of a host. The host needs nothing of this crate
/// but this call; [`join`] puts the routes beside its own.
///
/// What is listed is what the configured caller sees, or everything if there is none; who may call what
/// is decided at each call. The host proves its callers by an `Arc<Principal>` in the extensions of the
/// request, in those of its HTTP parts, or has configured one with
/// [`speaking_for`](BrokerTools::speaking_for).
///
/// # Errors
/// [`MountError::Name`].
pub fn mount<S>(tools: &BrokerTools, prefix: &str) -> Result<ToolRouter<S>, MountError>
where
    S: Send + Sync + 'static,
{
    let mut router = ToolRouter::new();
    for (operation, tool) in tools.listing.iter() {
        let seen = tools.configured.as_ref();
        if !seen.is_none_or(|principal| operation.is_for(principal)) {
            continue;
        }
        let name = format!("{prefix}{}", operation.about.name);
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        if name.len() > LONGEST || !name.bytes().all(plain) {
            return Err(MountError::Name(name));
        }
        let mut tool = tool.clone();
        tool.name = Cow::Owned(name);
        let tools = tools.clone();
        let inner = operation.about.name;
        router.add_route(ToolRoute::new_dyn(tool, move |context| {
            let tools = tools.clone();
            Box::pin(async move {
                let mut request = CallToolRequestParams::new(inner);
                request.arguments = context.arguments;
                request.input_responses = context.input_responses;
                request.request_state = context.request_state;
                tools.called(request, &context.request_context).await
            })
        }));
    }
    Ok(router)
}

/// Puts mounted tools beside those that a host has. [`ToolRouter::merge`] would replace a tool of the
/// same name without a word.
///
/// # Errors
/// [`MountError::Clash`]; then the host's router is as it was.
pub fn join<S>(router: &mut ToolRouter<S>, mounted: ToolRouter<S>) -> Result<(), MountError>
where
    S: Send + Sync + 'static,
{
    let clash = mounted
        .map
        .keys()
        .find(|name| router.map.contains_key(*name));
    if let Some(name) = clash {
        return Err(MountError::Clash(name.to_string()));
    }
    router.merge(mounted);
    Ok(())
}
