//! The foundation put together: settings, connections, budget, token.

use core::time::Duration;
use std::sync::{Arc, Mutex, PoisonError};

use broker_core::{Error, ErrorKind, Result, SecretString, TokenStore, async_trait};
use serde::Deserialize;
use tokio::{sync::watch, task::JoinHandle};

use crate::{
    BudgetCounters, FileTokenStore, License, MemoryTokenStore, RequestLimits, TigerConfig,
    TokenState,
    budget::{Budget, Entitlements, is_paper},
    config::Directory,
    convert::Text,
    token::{Issuer, Keeper, Token, TokenCell},
    transport::{Call, Gateway, Http, Login, Method, Written},
};

/// How long the directory of servers may take; the vendor's SDKs give it as much.
const DIRECTORY_PATIENCE: Duration = Duration::from_secs(1);

/// A connection to Tiger's gateway that keeps itself usable: requests within their limits, a token that
/// never lapses.
///
/// It has no session of its own: the gateway knows requests only.
#[derive(Debug)]
pub struct TigerClient {
    gateway: Gateway,
    keeper: Option<Arc<Keeper>>,
    task: Mutex<Option<JoinHandle<()>>>,
    no_token: watch::Sender<TokenState>,
}

impl TigerClient {
    /// Makes a connection ready; asks the directory of servers if the settings say so. The first request
    /// is made by whoever asks first. Needs a tokio runtime.
    ///
    /// # Errors
    /// [`InvalidRequest`](ErrorKind::InvalidRequest) for certificates that are none,
    /// [`Io`](ErrorKind::Io) when the system's certificates or the token file cannot be read.
    pub async fn connect(config: TigerConfig) -> Result<Self> {
        Self::open(config)
            .await
            .map_err(|error| error.in_operation("connect"))
    }

    async fn open(mut config: TigerConfig) -> Result<Self> {
        let http = Http::new(&config.trust, config.deadlines.connect)?;
        if let Some(url) = config.domain_garden.clone() {
            follow_directory(&mut config, &http, &url).await;
        }
        let cell = TokenCell::new(config.token.as_ref().map(Token::new));
        let budget = Budget::new(RequestLimits::default());
        let gateway = Gateway::new(&config, http, budget, cell.clone());
        let keeper = if cell.current().is_some() || config.token_store.is_some() {
            let store = store(&config);
            if cell.current().is_none() {
                let stored = store.load().await?;
                match stored {
                    Some(token) => cell.set(Arc::new(Token::new(&token))),
                    None if config.license.is_some_and(License::needs_token) => {
                        let message =
                            "the token store is empty, and the licence TBHK needs a token";
                        return Err(Error::new(ErrorKind::Authentication, message));
                    }
                    None => {}
                }
            }
            let issuer = Arc::new(TigerIssuer(gateway.clone()));
            let clock = Arc::clone(&config.clock);
            Some(Keeper::new(cell, store, issuer, config.rhythm, clock))
        } else {
            None
        };
        let task = keeper
            .as_ref()
            .map(|keeper| tokio::spawn(Arc::clone(keeper).run()));
        Ok(Self {
            gateway,
            keeper,
            task: Mutex::new(task),
            no_token: watch::Sender::new(TokenState::NotNeeded),
        })
    }

    /// Asks a question that this library has no word for, by the vendor's name of the method and with
    /// its parameters as a JSON object; the answer is the `data` as JSON text. The request budget holds
    /// here, too, and a question that went astray is asked again.
    ///
    /// # Errors
    /// [`Unsupported`](ErrorKind::Unsupported) for a name that is not known,
    /// [`InvalidRequest`](ErrorKind::InvalidRequest) for a method that has an effect at the broker and
    /// for parameters that are no JSON; otherwise why there is no answer.
    pub async fn ask(&self, method: &str, parameters: Option<&str>) -> Result<String> {
        let known = Method::named(method).ok_or_else(|| {
            Error::new(
                ErrorKind::Unsupported,
                format!("`{method}` is not a method of Tiger's"),
            )
        })?;
        let call = match parameters {
            None => Call::bare(known),
            Some(json) => {
                serde_json::from_str::<serde::de::IgnoredAny>(json).map_err(|error| {
                    Error::invalid("parameters", format!("are no JSON: {error}"))
                })?;
                Call::json(known, json.to_owned())
            }
        };
        let data = self.gateway.ask(&call).await;
        let data = data.map_err(|error| error.in_operation(known.name))?;
        Ok(data.json().to_owned())
    }

    /// The way to the broker.
    pub(crate) const fn gateway(&self) -> &Gateway {
        &self.gateway
    }

    /// What the request budget has done so far.
    #[must_use]
    pub fn budget(&self) -> BudgetCounters {
        self.gateway.budget().counters()
    }

    /// The limits that are kept at the moment.
    #[must_use]
    pub fn limits(&self) -> RequestLimits {
        self.gateway.budget().limits()
    }

    /// Asks the broker for the limits of the developer's plan, and keeps those from now on.
    ///
    /// # Errors
    /// Why they could not be had; the limits stay as they are.
    pub async fn learn_limits(&self) -> Result<RequestLimits> {
        let data = self
            .gateway
            .ask(&Call::bare(Method::ADDON_ENTITLEMENTS))
            .await
            .map_err(|error| error.in_operation("learn_limits"))?;
        let limits = if data.is_null() {
            RequestLimits::default()
        } else {
            data.decode::<Entitlements>()?.limits()
        };
        self.gateway.budget().set_limits(limits);
        Ok(limits)
    }

    /// How the token is, now and from now on.
    #[must_use]
    pub fn token_state(&self) -> watch::Receiver<TokenState> {
        match &self.keeper {
            Some(keeper) => keeper.state(),
            None => self.no_token.subscribe(),
        }
    }

    /// Looks after the token no more; a renewal that is under way is brought to its end, which is waited
    /// for so long.
    ///
    /// # Errors
    /// [`Timeout`](ErrorKind::Timeout) when it takes longer; it goes on by itself.
    pub async fn close(&self, within: Duration) -> Result<()> {
        let Some(keeper) = &self.keeper else {
            return Ok(());
        };
        keeper.end();
        let task = self
            .task
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(task) = task else {
            return Ok(());
        };
        let ended = tokio::time::timeout(within, task).await;
        ended.map(drop).map_err(|_late| {
            let message =
                "a renewal of the token is still under way: let the program run until it is saved";
            Error::new(ErrorKind::Timeout, message).in_operation("close")
        })
    }

    /// Renews the token now.
    ///
    /// # Errors
    /// [`Unsupported`](ErrorKind::Unsupported) without a token; otherwise why it could not be renewed.
    /// The old one still counts then.
    pub async fn renew_token(&self) -> Result<()> {
        match &self.keeper {
            Some(keeper) => {
                let renewed = keeper.renew_now().await;
                renewed.map_err(|error| error.in_operation("renew_token"))
            }
            None => Err(Error::unsupported("there is no token to renew")),
        }
    }
}

impl Drop for TigerClient {
    fn drop(&mut self) {
        // A renewal that is under way is brought to its end.
        if let Some(keeper) = &self.keeper {
            keeper.end();
        }
    }
}

/// Where the token outlives the program.
fn store(config: &TigerConfig) -> Arc<dyn TokenStore> {
    match (&config.token_store, &config.token_file, &config.token) {
        (Some(store), _, _) => Arc::clone(store),
        (None, Some(path), _) => Arc::new(FileTokenStore::new(path)),
        (None, None, Some(token)) => Arc::new(MemoryTokenStore::with(token.clone())),
        (None, None, None) => Arc::new(MemoryTokenStore::default()),
    }
}

/// Takes what may be taken from the directory of servers; any trouble with it leaves things as they are.
async fn follow_directory(config: &mut TigerConfig, http: &Http, url: &str) {
    let asked = http.document(url, DIRECTORY_PATIENCE).await;
    let directory = asked.and_then(|bytes| {
        serde_json::from_slice::<Directory>(&bytes)
            .map_err(|error| Error::new(ErrorKind::Protocol, error.to_string()))
    });
    match directory {
        Ok(directory) => {
            let paper = config.account.as_ref().is_some_and(is_paper);
            config.follow(directory.routes(config.stage, config.license, paper));
        }
        Err(error) => tracing::warn!(%error, "the directory of servers was not heard"),
    }
}

/// The broker as the maker of tokens.
struct TigerIssuer(Gateway);

#[derive(Deserialize)]
struct Renewed {
    #[serde(default)]
    token: Text,
}

#[async_trait]
impl Issuer for TigerIssuer {
    async fn renew(&self, token: &Arc<Token>) -> Result<SecretString> {
        let call = Call::bare(Method::USER_TOKEN_REFRESH);
        let login = Login::With(Arc::clone(token));
        match self.0.command_with(&call, &login).await? {
            Written::Done(data) => {
                // The reader's own words may quote the token.
                let unreadable = || {
                    let message = "the answer to the renewal of the token cannot be read";
                    Error::new(ErrorKind::Protocol, message)
                };
                let renewed: Renewed = data.decode().map_err(|_| unreadable())?;
                let token = renewed.token.get().ok_or_else(unreadable)?;
                Ok(SecretString::from(token))
            }
            // The broker may have made one that nobody knows now; the old one is proven next time.
            Written::Unconfirmed { error, .. } => Err(error),
        }
    }

    async fn prove(&self, token: &Arc<Token>) -> Result<()> {
        let call = Call::bare(Method::USER_LICENSE);
        let login = Login::With(Arc::clone(token));
        self.0.ask_once(&call, &login).await.map(|_| ())
    }
}
