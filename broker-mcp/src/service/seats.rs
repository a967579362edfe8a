//! Which account a call means.

use std::collections::BTreeMap;

use broker_core::{Broker, model::BrokerId};
use broker_runtime::registry::{Permission, Registry, Seat};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{BrokerService, Call, NamedAccount};
use crate::{Fault, FaultCode, store::Purpose};

/// An account as a caller names it: the operator's name for it, or the broker's.
pub type AccountName = String;

/// Which account is asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Scope {
    /// Account name or id; `all` for questions to every account. Default: the key's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountName>,
    /// Connection, when several have this account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub broker: Option<String>,
}

impl Scope {
    /// An account and a connection, as a request names them.
    #[must_use]
    pub const fn new(account: Option<AccountName>, broker: Option<String>) -> Self {
        Self { account, broker }
    }

    /// Whether every account is asked.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.account.as_deref() == Some("all")
    }
}

/// Every account by the broker's name for it, with its connection before it where that is not enough.
pub(super) fn named(registry: &Registry) -> BTreeMap<String, NamedAccount> {
    let seats = registry.seats();
    let mut accounts = BTreeMap::new();
    for seat in &seats {
        let same = seats
            .iter()
            .filter(|other| other.key.account == seat.key.account);
        let name = if same.count() == 1 {
            seat.key.account.to_string()
        } else {
            seat.key.to_string()
        };
        let account = NamedAccount::new(name.clone(), seat.key.clone());
        accounts.insert(name, account.in_environment(seat.broker.environment()));
    }
    accounts
}

/// Whether it stands in the place of a connection that could not be made: every broker has something.
fn offers_nothing(broker: &dyn Broker) -> bool {
    broker.trading().is_none() && broker.portfolio().is_none() && broker.market_data().is_none()
}

impl BrokerService {
    /// The accounts that a caller may use, by name.
    pub(crate) fn accounts_of<'a>(
        &'a self,
        call: &'a Call,
    ) -> impl Iterator<Item = &'a NamedAccount> {
        self.accounts
            .values()
            .filter(|account| call.principal.accounts.allows(&account.name))
    }

    /// The account that a call means: the one that it names, otherwise the default that a person has
    /// agreed to for this key, otherwise the only one that it may use; for questions, at last, that of
    /// the server. What a caller may not use does not exist for it.
    ///
    /// # Errors
    /// [`NotFound`](FaultCode::NotFound), [`Ambiguous`](FaultCode::Ambiguous) or
    /// [`Forbidden`](FaultCode::Forbidden).
    pub async fn seat(
        &self,
        call: &Call,
        scope: &Scope,
        need: Permission,
    ) -> Result<(NamedAccount, Seat), Fault> {
        let own = match scope.account {
            Some(_) => None,
            None => self.own_default(call, need).await,
        };
        self.seat_among(call, scope, own.as_deref(), need)
    }

    /// The account that a key means when it names none and has a choice, as a person has agreed to.
    pub(crate) async fn own_default(&self, call: &Call, need: Permission) -> Option<AccountName> {
        if self.accounts_of(call).count() <= 1 {
            return None;
        }
        let purpose = if need > Permission::Read {
            Purpose::Trading
        } else {
            Purpose::Data
        };
        // Without the file a caller has to say which account is meant, and can.
        self.default_account(call, purpose)
            .await
            .inspect_err(|error| tracing::warn!(%error, "the default account is not known"))
            .ok()
            .flatten()
    }

    /// The same for a caller whose own default is known.
    ///
    /// # Errors
    /// As [`seat`](Self::seat).
    pub(crate) fn seat_among(
        &self,
        call: &Call,
        scope: &Scope,
        own: Option<&str>,
        need: Permission,
    ) -> Result<(NamedAccount, Seat), Fault> {
        let broker = scope.broker.as_deref();
        let here: Vec<&NamedAccount> = self
            .accounts_of(call)
            .filter(|one| broker.is_none_or(|broker| one.key.broker.as_str() == broker))
            .collect();
        let found = match scope.account.as_deref() {
            Some(name) => here
                .iter()
                .copied()
                .filter(|one| one.name == name || one.key.account.as_str() == name)
                .collect(),
            None => self.unnamed(&here, own, need),
        };
        let account = match found.as_slice() {
            [one] => (*one).clone(),
            [] => {
                let what = scope.account.as_deref().map_or_else(
                    || "name an account: there is no default".to_owned(),
                    |name| format!("there is no account `{name}`"),
                );
                return Err(Fault::new(FaultCode::NotFound, format!("account: {what}")));
            }
            several => {
                let names: Vec<&str> = several.iter().map(|one| one.name.as_str()).collect();
                let message = format!("account: several fit, name one: {}", names.join(", "));
                let details = serde_json::json!({ "candidates": names });
                return Err(Fault::new(FaultCode::Ambiguous, message).with_details(details));
            }
        };
        let seat = self.registry.seat(&account.key, need)?;
        if offers_nothing(&*seat.broker) {
            let broker = &seat.key.broker;
            let message = format!("there is no connection to {broker} yet; nothing was done");
            return Err(Fault::new(FaultCode::NotConnected, message).retry_safe(None));
        }
        Ok((account, seat))
    }

    /// The default if this caller may use it; otherwise everything it may use, of which there has to be
    /// one only.
    fn unnamed<'a>(
        &self,
        here: &[&'a NamedAccount],
        own: Option<&str>,
        need: Permission,
    ) -> Vec<&'a NamedAccount> {
        let own = own.and_then(|own| here.iter().copied().find(|one| one.name == own));
        if let Some(own) = own {
            return vec![own];
        }
        // Orders never go where nobody has said, when there is a choice.
        if need > Permission::Read || here.len() == 1 {
            return here.to_vec();
        }
        let default = self.registry.route(None, Permission::Read);
        let default = default.ok().and_then(|seat| {
            let is_it = |one: &&&NamedAccount| one.key == seat.key;
            here.iter().find(is_it).copied()
        });
        default.map_or_else(|| here.to_vec(), |one| vec![one])
    }

    /// A connection that a caller may know of.
    pub(crate) fn brokers_of<'a>(&'a self, call: &'a Call) -> impl Iterator<Item = &'a BrokerId> {
        let mut seen = std::collections::BTreeSet::new();
        self.accounts_of(call)
            .map(|one| &one.key.broker)
            .filter(move |broker| seen.insert(*broker))
    }
}
