use broker_core::{Error, ErrorKind, Result, async_trait, model::BrokerId};
use broker_runtime::registry::SeatKey;

use super::Sessions;
use crate::{
    service::admin::{Endpoint, InForce, NewAccount, Operator, RenewedToken},
    settings::{Place, Whole},
};

/// What an administrator may ask of the program: sessions and tokens. The configuration is a file that
/// only its operator changes.
#[derive(Debug)]
pub struct Housekeeper {
    sessions: Sessions,
    whole: Whole,
}

impl Housekeeper {
    /// Over the sessions of a configuration.
    #[must_use]
    pub fn new(sessions: Sessions, whole: &Whole) -> Self {
        Self {
            sessions,
            whole: whole.clone(),
        }
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

    async fn add_account(&self, account: &NewAccount) -> Result<InForce> {
        self.by_hand(&format!("write `[accounts.{}]`", account.alias))
    }

    async fn remove_account(&self, _: &str) -> Result<InForce> {
        // The server's file remembers it; what the configuration says of it is for when it comes back.
        Ok(InForce::Now)
    }
}

impl Housekeeper {
    #[cfg(feature = "tiger")]
    async fn renew(&self, broker: &BrokerId) -> Result<RenewedToken> {
        use super::Handle;
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
        use super::Handle;
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
