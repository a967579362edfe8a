use std::{collections::BTreeSet, sync::Arc};

use chrono::DateTime;
use jsonwebtoken::{
    Algorithm, AlgorithmFamily, DecodingKey, Validation, decode, decode_header, errors::ErrorKind,
};
use serde::Deserialize;

use super::{OauthError, OauthSettings, jwks::Keys};
use crate::{Principal, auth::Refusal, principal::Role};

/// How far the clocks may differ, seconds.
const LEEWAY: u64 = 30;
/// What the ids of owners of tokens begin with; those of keys begin otherwise.
const MARK: &str = "oauth:";
/// Longest name of an owner.
const LONGEST: usize = 200;

/// Signatures that are taken. None that a server could make by itself: whoever may read its public key
/// could sign tokens.
const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

#[derive(Deserialize)]
struct Claims {
    sub: String,
    exp: i64,
    #[serde(default)]
    scope: Option<String>,
    #[serde(default)]
    scp: Option<Scopes>,
    #[serde(default)]
    client_id: Option<String>,
}

/// Some servers write a list.
#[derive(Deserialize)]
#[serde(untagged)]
enum Scopes {
    Text(String),
    List(Vec<String>),
}

impl Claims {
    fn roles(&self) -> BTreeSet<Role> {
        let mut words: Vec<&str> = Vec::new();
        words.extend(self.scope.iter().flat_map(|all| all.split(' ')));
        match &self.scp {
            Some(Scopes::Text(all)) => words.extend(all.split(' ')),
            Some(Scopes::List(all)) => words.extend(all.iter().map(String::as_str)),
            None => {}
        }
        words.into_iter().filter_map(role).collect()
    }
}

/// Nobody becomes an approver by a token: whoever has it may be the program that asks.
fn role(scope: &str) -> Option<Role> {
    match scope {
        "broker:read" => Some(Role::Read),
        "broker:trade" => Some(Role::Trade),
        "broker:admin" => Some(Role::Admin),
        _ => None,
    }
}

/// Tells whose an access token is.
#[derive(Debug)]
pub struct Tokens {
    pub(super) settings: OauthSettings,
    keys: Keys,
}

impl Tokens {
    /// Tokens as the operator says.
    ///
    /// # Errors
    /// The settings make no sense.
    pub fn new(settings: OauthSettings) -> Result<Self, OauthError> {
        if settings.issuer.is_empty() || settings.audience.is_empty() {
            return Err(OauthError::Setting("oauth: issuer and audience are needed"));
        }
        let keys = Keys::new(settings.jwks.clone())?;
        Ok(Self { settings, keys })
    }

    /// Whether something is a token rather than a key.
    #[must_use]
    pub fn looks_like_one(&self, text: &str) -> bool {
        text.split('.').count() == 3
    }

    /// Whether somebody came with a token.
    pub(crate) fn made(principal: &Principal) -> bool {
        principal.id.starts_with(MARK)
    }

    /// Whose token this is: signed by the authorization server, for this server, and in time.
    ///
    /// # Errors
    /// A [`Refusal`].
    pub async fn admit(&self, token: &str) -> Result<Arc<Principal>, Refusal> {
        let header = decode_header(token).map_err(|_| Refusal::Unknown)?;
        if !ALGORITHMS.contains(&header.alg) {
            return Err(Refusal::Unknown);
        }
        let found = self.keys.get(header.kid.as_deref()).await;
        let key = found.map_err(|error| {
            tracing::error!(%error, "tokens cannot be checked");
            Refusal::Broken
        })?;
        let key = key.ok_or(Refusal::Unknown)?;
        let key = DecodingKey::from_jwk(&key).map_err(|_| Refusal::Unknown)?;
        if matches!(key.family(), AlgorithmFamily::Hmac) {
            return Err(Refusal::Unknown);
        }
        let mut validation = Validation::new(header.alg);
        validation.leeway = LEEWAY;
        validation.validate_nbf = true;
        validation.set_issuer(&[&self.settings.issuer]);
        validation.set_audience(&[&self.settings.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        let decoded = decode::<Claims>(token, &key, &validation);
        let claims = decoded.map_err(|error| match error.kind() {
            ErrorKind::ExpiredSignature => Refusal::Expired,
            _ => Refusal::Unknown,
        })?;
        self.owner(&claims.claims)
    }

    fn owner(&self, claims: &Claims) -> Result<Arc<Principal>, Refusal> {
        let plain = claims.sub.len() <= LONGEST && !claims.sub.chars().any(char::is_control);
        if !plain || claims.sub.is_empty() {
            return Err(Refusal::Unknown);
        }
        let mut principal = Principal::new(format!("{MARK}{}", claims.sub), claims.roles());
        let name = claims.client_id.as_ref().unwrap_or(&claims.sub);
        let shown = name.chars().filter(|one| !one.is_control());
        principal.name = shown.take(LONGEST).collect();
        principal.accounts = self.settings.accounts.clone();
        principal.toolsets = self.settings.toolsets.clone();
        principal.confirm = self.settings.confirm;
        principal.requests_per_minute = self.settings.requests_per_minute;
        let leeway = i64::try_from(LEEWAY).unwrap_or_default();
        let end = DateTime::from_timestamp(claims.exp.saturating_add(leeway), 0);
        principal.expires_at = Some(end.ok_or(Refusal::Unknown)?);
        Ok(Arc::new(principal))
    }
}
