use std::collections::BTreeMap;

use broker_core::{
    Broker, Error,
    model::{AccountInfo, BrokerId, Environment},
};
use broker_runtime::registry::{DEFAULT_BOUND, Permission, Seat};
use futures_util::{StreamExt as _, stream};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ConnectionWord, state::state};
use crate::{
    BrokerService, Call, Fault,
    answer::{Answer, Meta, Source},
    operation::{About, Effect, Request},
    principal::{Role, Toolset},
    service::NamedAccount,
    value::{Untrusted, word::words},
};

words! {
    /// Whether an account moves real money.
    pub enum KindWord {
        /// Real money.
        Live = "live" | "production" | "prod",
        /// The broker's paper account, or a simulator.
        Paper = "paper" | "simulated" | "demo" | "sandbox",
    }
}

words! {
    /// Whether an account can be used.
    pub enum UseWord {
        /// Yes.
        Active = "active" | "connected" | "enabled",
        /// Its connection is down.
        Inactive = "inactive" | "disconnected" | "error",
        /// The operator has switched it off.
        Disabled = "disabled" | "suspended",
    }
}

/// The accounts that this key may use.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListAccounts {
    /// Only these. Default all.
    #[serde(default)]
    pub status: Option<UseWord>,
    /// Only live or only paper.
    #[serde(default)]
    pub kind: Option<KindWord>,
    /// Only of this connection.
    #[serde(default)]
    pub broker: Option<String>,
}

/// Accounts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Accounts {
    /// By name.
    pub accounts: Vec<AccountRow>,
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct AccountRow {
    /// The broker's name for it.
    pub id: String,
    /// What requests call it.
    pub alias: String,
    /// Connection.
    pub broker: String,
    /// Real money or not.
    pub kind: KindWord,
    /// `cash`, `margin` or the broker's own word.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub account_type: Option<String>,
    /// Currency of its figures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// What this key may do with it.
    pub permissions: Vec<String>,
    /// Markets that it can trade, where the broker says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub markets: Vec<String>,
    /// Requests that name no account ask this one.
    pub default_data: bool,
    /// Orders that name no account go here.
    pub default_trading: bool,
    /// Whether it can be used.
    pub status: UseWord,
    /// How its connection is.
    pub state: ConnectionWord,
    /// What is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
}

/// What a broker says about its accounts.
pub(super) type Told = Result<Vec<AccountInfo>, Error>;

impl BrokerService {
    /// The row of an account.
    pub(super) fn account_row(
        &self,
        call: &Call,
        account: &NamedAccount,
        seat: &Seat,
        told: Option<&Told>,
    ) -> AccountRow {
        let broker: &dyn Broker = &*seat.broker;
        let (state, trouble) = state(broker);
        let infos = told.and_then(|told| told.as_ref().ok());
        let info = infos.and_then(|infos| infos.iter().find(|info| info.id == *seat.account()));
        let environment = info.map_or_else(|| broker.environment(), |info| info.environment);
        let mut permissions = vec![Role::Read];
        let trades = seat.permission >= Permission::Trade && call.principal.may(Role::Trade);
        if trades && (environment != Environment::Live || account.allow_live) {
            permissions.push(Role::Trade);
        }
        if seat.permission >= Permission::Admin && call.principal.may(Role::Admin) {
            permissions.push(Role::Admin);
        }
        let refused = told.and_then(|told| told.as_ref().err());
        let refused = refused.map(|error| Untrusted::line(error.message(), Untrusted::LINE));
        let may_use = self.accounts_of(call).count();
        let default = self
            .registry
            .route(None, Permission::Read)
            .ok()
            .map(|seat| seat.key.clone());
        let is_default = default.as_ref() == Some(&account.key);
        AccountRow {
            id: seat.account().to_string(),
            alias: account.name.clone(),
            broker: seat.key.broker.to_string(),
            kind: if environment == Environment::Live {
                KindWord::Live
            } else {
                KindWord::Paper
            },
            account_type: info.map(|info| Untrusted::line(info.kind.as_str(), 40)),
            currency: info.map(|info| info.base_currency.to_string()),
            permissions: permissions
                .iter()
                .map(|role| role.as_str().to_owned())
                .collect(),
            markets: Vec::new(),
            default_data: is_default || may_use == 1,
            // Orders never go where nobody has said, when there is a choice.
            default_trading: may_use == 1 && permissions.contains(&Role::Trade),
            status: if !seat.enabled {
                UseWord::Disabled
            } else if state == ConnectionWord::Connected {
                UseWord::Active
            } else {
                UseWord::Inactive
            },
            state,
            last_error: trouble.or(refused),
        }
    }

    /// What the brokers say about their accounts, each asked once.
    async fn told_of(&self, seats: &[(&NamedAccount, Seat)]) -> BTreeMap<BrokerId, Told> {
        let mut brokers: BTreeMap<BrokerId, Seat> = BTreeMap::new();
        for (account, seat) in seats {
            brokers
                .entry(account.key.broker.clone())
                .or_insert_with(|| seat.clone());
        }
        let asks = brokers
            .into_iter()
            .map(|(id, seat)| async move { (id, seat.broker.accounts().await) });
        let asks: Vec<_> = asks.collect();
        stream::iter(asks)
            .buffer_unordered(DEFAULT_BOUND)
            .collect()
            .await
    }
}

impl BrokerService {
    /// Marks the accounts that this key has chosen for itself as its defaults, where it has.
    pub(super) async fn mark_defaults(&self, call: &Call, rows: &mut [AccountRow]) {
        let data = self.own_default(call, Permission::Read).await;
        let trading = self.own_default(call, Permission::Trade).await;
        for row in rows {
            if let Some(name) = &data {
                row.default_data = row.alias == *name;
            }
            if let Some(name) = &trading {
                row.default_trading = row.alias == *name;
            }
        }
    }
}

impl Request for ListAccounts {
    type Data = Accounts;

    const ABOUT: About = About {
        name: "list_accounts",
        title: "Accounts",
        summary: "The accounts that this key may use: live or paper, currency, permissions, state, which is the default.",
        toolset: Toolset::System,
        role: Role::Read,
        effect: Effect::Read,
        open_world: false,
    };

    async fn run(self, service: &BrokerService, call: &Call) -> Result<Answer<Accounts>, Fault> {
        let wanted = |account: &&NamedAccount| {
            let broker = self.broker.as_deref();
            broker.is_none_or(|broker| account.key.broker.as_str() == broker)
        };
        let seats: Vec<(&NamedAccount, Seat)> = service
            .accounts_of(call)
            .filter(wanted)
            .filter_map(|account| Some((account, service.registry.get(&account.key)?)))
            .collect();
        let told = service.told_of(&seats).await;
        let rows = seats.iter().map(|(account, seat)| {
            service.account_row(call, account, seat, told.get(&account.key.broker))
        });
        let rows = rows.filter(|row| {
            self.kind.is_none_or(|kind| kind == row.kind)
                && self.status.is_none_or(|status| status == row.status)
        });
        let mut data = Accounts {
            accounts: rows.collect(),
        };
        service.mark_defaults(call, &mut data.accounts).await;
        let mut meta = Meta::of_server(service.clock.now());
        meta.source = Source::Broker;
        for (id, told) in &told {
            if let Err(error) = told {
                let why = Untrusted::line(error.message(), Untrusted::LINE);
                meta.warnings
                    .push(format!("{id} could not be asked about its accounts: {why}"));
            }
        }
        Ok(Answer::new(data, meta))
    }
}
