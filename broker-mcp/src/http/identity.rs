//! Who asks: one place for every face.

use std::{collections::BTreeSet, net::IpAddr, sync::Arc};

use axum::{
    extract::{Request, State},
    http::{HeaderMap, header::AUTHORIZATION},
    middleware::Next,
    response::Response,
};

use super::{Anonymous, HttpSettings, lasting};
use crate::{
    Fault, FaultCode, Principal,
    auth::{Gate, Refusal},
    measure,
    principal::{Proof, Role},
    rest::{failed, unauthenticated},
};

/// The address that a connection came from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer(pub(super) IpAddr);

/// What is needed to know somebody.
#[derive(Debug, Clone)]
pub(super) struct Identity {
    pub(super) gate: Option<Arc<Gate>>,
    #[cfg(feature = "oauth")]
    pub(super) tokens: Option<Arc<crate::auth::oauth::Tokens>>,
    pub(super) settings: Arc<HttpSettings>,
    pub(super) open: Arc<BTreeSet<String>>,
    pub(super) lasting: lasting::Watch,
}

/// Who somebody without a key is, where that is allowed.
const NOBODY: &str = "anonymous";

impl Identity {
    /// Where a request came from. What a proxy says is believed only when there is one: the last address,
    /// because whoever asks may have written those before it.
    fn origin(&self, request: &Request) -> Option<IpAddr> {
        let peer = request.extensions().get::<Peer>()?.0;
        if !self.settings.behind_proxy {
            return Some(peer);
        }
        let said = request
            .headers()
            .get_all("x-forwarded-for")
            .iter()
            .next_back();
        let said = said.and_then(|said| said.to_str().ok());
        let last = said.and_then(|said| said.rsplit(',').next());
        Some(
            last.and_then(|last| last.trim().parse().ok())
                .unwrap_or(peer),
        )
    }

    /// Where a client learns who gives tokens for what it asked for.
    fn metadata(&self, path: &str) -> Option<String> {
        #[cfg(feature = "oauth")]
        if self.tokens.is_some() {
            let part = if path == "/mcp" { path } else { "" };
            return Some(format!("{}{part}", self.settings.metadata_address()?));
        }
        let _ = path;
        None
    }

    fn is_open(&self, path: &str) -> bool {
        self.open.iter().any(|open| {
            let rest = path.strip_prefix(open.as_str());
            rest.is_some_and(|rest| rest.is_empty() || (open.ends_with('/') && open.len() > 1))
        })
    }

    fn anonymous(&self, peer: IpAddr) -> Option<Arc<Principal>> {
        let here = self.settings.is_private() && peer.is_loopback();
        let may = self.settings.anonymous == Anonymous::Read && here;
        may.then(|| Arc::new(Principal::new(NOBODY, [Role::Read])))
    }

    async fn whose(&self, key: &str, peer: IpAddr) -> Result<Arc<Principal>, Refusal> {
        #[cfg(feature = "oauth")]
        if let Some(tokens) = &self.tokens
            && tokens.looks_like_one(key)
        {
            return tokens.admit(key).await;
        }
        match &self.gate {
            Some(gate) => gate.admit(key, peer).await,
            None => Err(Refusal::Unknown),
        }
    }

    /// Somebody who was let in, with a key of this prefix if it was a key, as they may act now; nothing when
    /// they would not be let in any more.
    pub(super) fn still_admits(
        &self,
        principal: &Arc<Principal>,
        prefix: Option<&str>,
    ) -> Option<Arc<Principal>> {
        let same = || Arc::clone(principal);
        if &*principal.id == NOBODY {
            return Some(same());
        }
        #[cfg(feature = "oauth")]
        if crate::auth::oauth::Tokens::made(principal) {
            let ends = principal.expires_at;
            return ends.is_none_or(|end| end > chrono::Utc::now()).then(same);
        }
        let (gate, prefix) = self.gate.as_ref().zip(prefix)?;
        gate.still_admits(principal, prefix)
    }
}

/// A key, by the part of it that is no secret, or what else somebody was let in by.
#[derive(Debug)]
struct LetIn {
    identity: Arc<Identity>,
    prefix: Option<String>,
}

impl Proof for LetIn {
    fn now(&self, principal: &Arc<Principal>) -> Option<Arc<Principal>> {
        self.identity
            .still_admits(principal, self.prefix.as_deref())
    }
}

/// The key in a request: none, one, or something that is none.
fn key(headers: &HeaderMap) -> Option<Result<&str, ()>> {
    let mut given = headers.get_all(AUTHORIZATION).iter();
    let first = given.next()?;
    if given.next().is_some() {
        return Some(Err(()));
    }
    let text = first.to_str().map_err(|_| ());
    Some(text.and_then(|text| {
        let (scheme, key) = text.split_once(' ').ok_or(())?;
        let key = key.trim();
        let bearer = scheme.eq_ignore_ascii_case("bearer") && !key.is_empty();
        if bearer { Ok(key) } else { Err(()) }
    }))
}

pub(super) async fn ask(
    State(identity): State<Arc<Identity>>,
    mut request: Request,
    next: Next,
) -> Response {
    let metadata = identity.metadata(request.uri().path());
    let metadata = metadata.as_deref();
    let Some(peer) = identity.origin(&request) else {
        tracing::error!("a connection without an address");
        return failed(Fault::new(FaultCode::Internal, "the server failed"));
    };
    let known = match key(request.headers()) {
        None => match identity.anonymous(peer) {
            Some(nobody) => Some(nobody),
            None if identity.is_open(request.uri().path()) => None,
            None => {
                measure::not_let_in("none");
                let message = "a key is needed: Authorization: Bearer …";
                return unauthenticated(message, false, metadata);
            }
        },
        Some(Err(())) => {
            measure::not_let_in("malformed");
            let message = "the header Authorization has to be: Bearer, a space, a key";
            return unauthenticated(message, true, metadata);
        }
        Some(Ok(key)) => match identity.whose(key, peer).await {
            Ok(principal) => Some(principal),
            Err(refusal) => {
                measure::not_let_in(reason(refusal));
                if matches!(refusal, Refusal::Wait(_)) {
                    measure::held_back("wrong_keys");
                }
                return refused(refusal, metadata);
            }
        },
    };
    // Whoever listens for long is asked about again, by the part of the key that is no secret.
    let prefix = key(request.headers())
        .and_then(Result::ok)
        .and_then(crate::auth::prefix);
    let prefix = prefix.map(str::to_owned);
    // Nothing behind this layer needs the key, and nothing can write it down by mistake.
    request.headers_mut().remove(AUTHORIZATION);
    let Some(principal) = known else {
        return next.run(request).await;
    };
    request.extensions_mut().insert(Arc::clone(&principal));
    let proof: Arc<dyn Proof> = Arc::new(LetIn {
        identity: Arc::clone(&identity),
        prefix: prefix.clone(),
    });
    request.extensions_mut().insert(proof);
    let response = next.run(request).await;
    lasting::guard(response, &identity, principal, prefix)
}

/// What a refusal is counted as.
const fn reason(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::Unknown => "unknown",
        Refusal::Expired => "expired",
        Refusal::Wait(_) => "wait",
        Refusal::Broken => "broken",
    }
}

fn refused(refusal: Refusal, metadata: Option<&str>) -> Response {
    match refusal {
        Refusal::Unknown => unauthenticated("this key is not known", true, metadata),
        Refusal::Expired => unauthenticated("this key has expired", true, metadata),
        Refusal::Wait(wait) => {
            let message = "too many wrong keys from there; this one was not looked at";
            failed(Fault::new(FaultCode::RateLimited, message).retry_safe(Some(wait)))
        }
        Refusal::Broken => {
            let message = "the server cannot tell whose key this is";
            failed(Fault::new(FaultCode::Internal, message))
        }
    }
}
