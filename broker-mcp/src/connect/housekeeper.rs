use broker_core::{
    Error, ErrorKind, ExposeSecret as _, Result, SecretString, async_trait,
    model::{AccountId, BrokerId, Environment},
};
use broker_runtime::{config::SecretRef, registry::SeatKey};

use super::{Handle, Sessions};
use crate::{
    service::admin::{Endpoint, InForce, NewAccount, Operator, RenewedToken},
    settings::{Place, Whole},
    store::{Added, Store},
};

/// What an administrator may ask of the program: sessions, tokens, accounts for questions. The configuration
/// is a file that only its operator changes; what was added while the server ran, its own file remembers.
#[derive(Debug)]
pub struct Housekeeper {
    sessions: Sessions,
    whole: Whole,
    memory: Option<Store>,
}

impl Housekeeper {
    /// Over the sessions of a configuration.
    #[must_use]
    pub fn new(sessions: Sessions, whole: &Whole) -> Self {
        Self {
            sessions,
            whole: whole.clone(),
            memory: None,
        }
    }

    /// With a file that remembers accounts which are added, for [`Whole::add`] at the next start.
    #[must_use]
    pub fn remembering(mut self, store: Store) -> Self {
        self.memory = Some(store);
        self
    }

    /// Changes of the configuration are the operator's; what to write is said.
    fn by_hand<T>(&self, what: &str) -> Result<T> {
        let file = match &self.whole.place {
            Place::File(path) => path.display().to_string(),
            Place::BuiltIn => "a configuration (`broker-mcp init`)".to_owned(),
        };
        let message = format!(
            "this server never writes its own configuration: {what} in {file} and start it again"
        );
        Err(Error::unsupported(message))
    }
}

/// What the configuration says of where a broker is.
#[derive(serde::Deserialize)]
struct Address {
    #[serde(default)]
    address: Option<String>,
    #[serde(default)]
    client_id: Option<i32>,
}

#[async_trait]
impl Operator for Housekeeper {
    fn kind(&self, broker: &BrokerId) -> Option<String> {
        let known = self.whole.brokers.brokers.get(broker.as_str());
        known.map(|broker| broker.kind.clone())
    }

    fn endpoints(&self, broker: &BrokerId) -> Vec<Endpoint> {
        let known = self.whole.brokers.brokers.get(broker.as_str());
        if known.is_none_or(|broker| broker.kind != "ibkr") {
            return Vec::new();
        }
        let read = self.whole.brokers.settings_of::<Address>(broker.as_str());
        let Ok(place) = read else {
            return Vec::new();
        };
        let address = place.address.unwrap_or_else(|| "127.0.0.1:4002".to_owned());
        let parts = address.rsplit_once(':');
        let endpoint = parts.and_then(|(host, port)| {
            Some(Endpoint {
                host: host.to_owned(),
                port: port.parse().ok()?,
                client_id: Some(place.client_id.unwrap_or(1)),
            })
        });
        endpoint.into_iter().collect()
    }

    async fn refresh_token(&self, seat: &SeatKey) -> Result<RenewedToken> {
        self.renew(&seat.broker).await
    }

    async fn connect(&self, broker: &BrokerId, _: Option<&Endpoint>) -> Result<()> {
        self.sessions.connect(broker).await
    }

    async fn disconnect(&self, broker: &BrokerId) -> Result<()> {
        self.sessions.disconnect(broker).await
    }

    async fn restart(&self, broker: &BrokerId) -> Result<u32> {
        self.sessions.restart(broker).await.map(|()| 1)
    }

    async fn next_order_id(&self, _: &BrokerId) -> Result<Option<i64>> {
        // Orders are named by their callers here; the adapter numbers them when it sends them.
        Ok(None)
    }

    async fn add_account(&self, account: &NewAccount, by: &str) -> Result<InForce> {
        let section = format!("write `[accounts.{}]`", account.alias);
        let (Some(memory), Place::File(_)) = (&self.memory, &self.whole.place) else {
            return self.by_hand(&section);
        };
        if account.environment == Environment::Live {
            return self.by_hand(&format!("{section} with `allow_live = true`"));
        }
        if self.sessions.connected().secrets.store().is_none() {
            return self.by_hand(&format!(
                "give `[secrets]` for the account's number, or {section}"
            ));
        }
        let number = self.number(&account.credentials_ref).await?;
        let environment = self.prove(&account.broker, &number).await?;
        let added = Added {
            name: account.alias.clone(),
            broker: account.broker.clone(),
            account: number,
            environment,
        };
        // As the next start will see it.
        let mut next = self.whole.brokers.clone();
        for other in memory.added().await? {
            if other.name != added.name {
                let (name, number) = (&other.name, &other.account);
                let more = next.with_account(name, &other.broker, number, other.environment);
                next = more.unwrap_or(next);
            }
        }
        next.with_account(&added.name, &added.broker, &added.account, environment)?;
        memory
            .add(&added, by, self.sessions.handles().now())
            .await?;
        Ok(InForce::AfterRestart)
    }

    async fn remove_account(&self, _: &str) -> Result<InForce> {
        // The server's file remembers it; what the configuration says of it is for when it comes back.
        Ok(InForce::Now)
    }
}

impl Housekeeper {
    /// The account's number in a stored secret.
    async fn number(&self, entry: &str) -> Result<AccountId> {
        let secrets = self.sessions.connected().secrets.clone();
        let reference = SecretRef::Secret(entry.to_owned());
        let found = tokio::task::spawn_blocking(move || secrets.resolve(&reference));
        let broken = |error| Error::new(ErrorKind::Internal, "interrupted").with_source(error);
        number_in(&found.await.map_err(broken)??).ok_or_else(|| {
            let what = format!(
                "the stored secret `{entry}` is no account's number, and no file of settings with a line \
                 `account=…`"
            );
            Error::invalid("credentials_ref", what)
        })
    }

    /// What an account is, once the connection's login has proven to have it.
    async fn prove(&self, broker: &BrokerId, account: &AccountId) -> Result<Environment> {
        let connection = self.sessions.supervisor().connection(broker);
        let adapter = self.sessions.handles().adapter(broker);
        let (Ok(connection), Some(adapter)) = (connection, adapter) else {
            let message = format!("{broker} is not connected, so it proves nothing");
            return Err(Error::new(ErrorKind::Disconnected, message));
        };
        let environment = connection.broker.environment();
        has(adapter, account).await.map_err(|error| match error.kind() {
            ErrorKind::NotFound => {
                let message = format!(
                    "the login of {broker} does not have this account; an account of another login needs \
                     a connection of its own, which a person writes into the configuration"
                );
                Error::new(ErrorKind::NotFound, message).with_source(error)
            }
            _ => error,
        })?;
        if environment == Environment::Live {
            let what = format!("not `paper`: {broker} is a connection for real money");
            return Err(Error::invalid("kind", what));
        }
        Ok(environment)
    }

    #[cfg(feature = "tiger")]
    async fn renew(&self, broker: &BrokerId) -> Result<RenewedToken> {
        let Some(Handle::Tiger(tiger)) = self.sessions.handles().adapter(broker) else {
            return Err(Error::unsupported(format!(
                "the login of {broker} has no token"
            )));
        };
        let expires_at = |tiger: &broker_tiger::TigerBroker| {
            use broker_tiger::TokenState::{Failing, Good};
            match &*tiger.token_state().borrow() {
                Good { expires_at } | Failing { expires_at, .. } => *expires_at,
                _ => None,
            }
        };
        let before = expires_at(&tiger);
        tiger.client().renew_token().await?;
        let after = expires_at(&tiger);
        if after < before {
            let message = "the token that came back ends sooner than the one before";
            return Err(Error::new(ErrorKind::Protocol, message));
        }
        Ok(RenewedToken {
            // A renewal that changed nothing is none.
            renewed: after != before,
            expires_at: after,
        })
    }

    #[cfg(not(feature = "tiger"))]
    async fn renew(&self, broker: &BrokerId) -> Result<RenewedToken> {
        let message = format!("the login of {broker} has no token");
        Err(Error::new(ErrorKind::Unsupported, message))
    }
}

#[cfg(feature = "tiger")]
impl crate::service::system::Tokens for Housekeeper {
    fn token_of(&self, account: &SeatKey) -> Option<crate::service::system::TokenView> {
        use broker_tiger::TokenState;
        let Some(Handle::Tiger(tiger)) = self.sessions.handles().adapter(&account.broker) else {
            return None;
        };
        let (valid, expires_at) = match &*tiger.token_state().borrow() {
            TokenState::Good { expires_at } | TokenState::Failing { expires_at, .. } => {
                (true, *expires_at)
            }
            TokenState::AuthRequired { .. } => (false, None),
            // A licence without a token, or a state that came later.
            _ => return None,
        };
        let name = account.account.to_string();
        let mut view = crate::service::system::TokenView::new(name, valid);
        view.expires_at = expires_at;
        Some(view)
    }
}

/// What the numbers of accounts begin with that may be added to a simulated exchange. It would take every
/// text for a number, also that of a secret which is something else, and show it.
#[cfg(feature = "paper")]
const SIMULATED: &str = "PAPER";

/// Whether the login of an adapter has an account.
#[cfg_attr(
    not(any(feature = "ibkr", feature = "tiger")),
    allow(unused_variables, reason = "there is no login")
)]
async fn has(adapter: Handle, account: &AccountId) -> Result<()> {
    match adapter {
        #[cfg(feature = "paper")]
        Handle::Paper(_) if account.as_str().starts_with(SIMULATED) => Ok(()),
        #[cfg(feature = "paper")]
        Handle::Paper(_) => {
            let what = format!(
                "the stored secret is no number of a simulated account: those begin with `{SIMULATED}`"
            );
            Err(Error::invalid("credentials_ref", what))
        }
        #[cfg(feature = "ibkr")]
        Handle::Ibkr(ibkr) => ibkr.prove_account(account).await,
        #[cfg(feature = "tiger")]
        Handle::Tiger(tiger) => tiger.prove_account(account).await,
    }
}

/// The longest number of an account, and more.
const LONGEST: usize = 40;

/// The number of an account: the whole secret, or the line `account=…` of a file of settings.
fn number_in(secret: &SecretString) -> Option<AccountId> {
    let text = secret.expose_secret().trim();
    let mut lines = text.lines().filter_map(|line| line.split_once('='));
    let stated = lines.find(|(key, _)| key.trim() == "account");
    let number = stated.map_or(text, |(_, value)| value.trim());
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if number.len() > LONGEST || !number.bytes().all(fits) {
        return None;
    }
    AccountId::new(number).ok()
}
