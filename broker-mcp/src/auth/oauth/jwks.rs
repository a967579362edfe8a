//! The keys that tokens are signed with. They change; a name that is not known is looked up again, but not
//! for every stranger.

use core::time::Duration;
use std::{fmt, io, path::Path, sync::Arc};

use jsonwebtoken::jwk::{Jwk, JwkSet};
use reqwest::{Client, Url};
use tokio::{sync::Mutex, time::Instant};
use tokio_rustls::rustls::{ClientConfig, crypto::ring::default_provider};

use super::{JwksSource, OauthError};

/// The largest set that is read.
const LONGEST: usize = 1 << 20;
/// How long keys are believed.
const FRESH: Duration = Duration::from_secs(60 * 60);
/// How long keys that could not be read again are believed.
const STALE: Duration = Duration::from_secs(24 * 60 * 60);
/// How often they are looked up at most.
const PAUSE: Duration = Duration::from_secs(30);
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug, Default)]
struct Held {
    set: Option<(Arc<JwkSet>, Instant)>,
    tried: Option<Instant>,
}

pub(super) struct Keys {
    source: JwksSource,
    client: Option<Client>,
    held: Mutex<Held>,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Keys").field(&self.source).finish()
    }
}

impl Keys {
    pub(super) fn new(source: JwksSource) -> Result<Self, OauthError> {
        let client = match &source {
            JwksSource::File(_) => None,
            JwksSource::Url(address) => Some(client(address)?),
        };
        Ok(Self {
            source,
            client,
            held: Mutex::default(),
        })
    }

    /// The key of a name; the only key, when tokens name none.
    pub(super) async fn get(&self, name: Option<&str>) -> Result<Option<Jwk>, OauthError> {
        let mut held = self.held.lock().await;
        let now = Instant::now();
        let age = held.set.as_ref().map(|(_, at)| now.duration_since(*at));
        let known = held.set.as_ref().and_then(|(set, _)| find(set, name));
        let needed = known.is_none() || age.is_none_or(|age| age >= FRESH);
        let rested = held.tried.is_none_or(|at| now.duration_since(at) >= PAUSE);
        if !needed || !rested {
            return match (known, age) {
                (known, Some(_)) => Ok(known),
                (_, None) => Err(OauthError::Keys("they could not be had".to_owned())),
            };
        }
        held.tried = Some(now);
        match self.read().await {
            Ok(set) => {
                let found = find(&set, name);
                held.set = Some((Arc::new(set), now));
                Ok(found)
            }
            Err(error) if age.is_some_and(|age| age < STALE) => {
                tracing::warn!(%error, "keys of before are used");
                Ok(known)
            }
            Err(error) => {
                held.set = None;
                Err(error)
            }
        }
    }

    async fn read(&self) -> Result<JwkSet, OauthError> {
        let bytes = match (&self.source, &self.client) {
            (JwksSource::File(path), _) => of_file(path)
                .map_err(|error| OauthError::Keys(format!("{}: {error}", path.display())))?,
            (JwksSource::Url(address), Some(client)) => of_address(client, address).await?,
            (JwksSource::Url(_), None) => {
                return Err(OauthError::Setting("there is no client for the address"));
            }
        };
        serde_json::from_slice(&bytes).map_err(|error| OauthError::Keys(error.to_string()))
    }
}

fn find(set: &JwkSet, name: Option<&str>) -> Option<Jwk> {
    match (name, set.keys.as_slice()) {
        (Some(name), _) => set.find(name).cloned(),
        (None, [one]) => Some(one.clone()),
        (None, _) => None,
    }
}

fn of_file(path: &Path) -> io::Result<Vec<u8>> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    let most = u64::try_from(LONGEST).unwrap_or(u64::MAX);
    std::fs::File::open(path)?
        .take(most)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A client of one address: no redirects, because whoever is redirected to could give any keys.
fn client(address: &str) -> Result<Client, OauthError> {
    let wrong = OauthError::Setting("jwks: an address with https is needed");
    let url: Url = address.parse().map_err(|_| wrong.clone())?;
    let here = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    if url.scheme() != "https" && !(url.scheme() == "http" && here) {
        return Err(wrong);
    }
    let broken = |error: String| OauthError::Keys(error);
    let tls = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(rustls_platform_verifier::BuilderVerifierExt::with_platform_verifier)
        .map_err(|error| broken(error.to_string()))?
        .with_no_client_auth();
    Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(reqwest::redirect::Policy::none())
        .timeout(PATIENCE)
        .build()
        .map_err(|error| broken(error.to_string()))
}

async fn of_address(client: &Client, address: &str) -> Result<Vec<u8>, OauthError> {
    let broken = |error: reqwest::Error| OauthError::Keys(error.without_url().to_string());
    let asked = client.get(address).send().await.map_err(broken)?;
    let mut response = asked.error_for_status().map_err(broken)?;
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(broken)? {
        if bytes.len() + chunk.len() > LONGEST {
            return Err(OauthError::Keys("they are too large".to_owned()));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}
