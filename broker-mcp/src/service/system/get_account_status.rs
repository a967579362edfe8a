use broker_core::{Capabilities, Support};
use broker_runtime::registry::{Permission, Seat};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AccountRow, CircuitView, TokenView, list_accounts::Told};
use crate::{
    BrokerService, Call, Fault, FaultCode,
    answer::{AccountAnswer, Answer, Meta, Source},
    operation::{About, Effect, Request},
    principal::{Role, Toolset},
    service::{NamedAccount, Scope},
    value::{Untrusted, word::words},
};

/// How one account is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetAccountStatus {
    /// Account, or `all`.
    #[serde(default)]
    pub account: Option<String>,
    /// Connection.
    #[serde(default)]
    pub broker: Option<String>,
}

words! {
    /// Whether an account works.
    pub enum HealthWord {
        /// It answers.
        Healthy = "healthy",
        /// A part does not work.
        Degraded = "degraded",
        /// It does not answer.
        Unhealthy = "unhealthy",
    }
}

/// How one account is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct AccountStatus {
    /// The account.
    pub account: AccountRow,
    /// Token of its login, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<TokenView>,
    /// Whether it works.
    pub health: HealthWord,
    /// Where its requests go.
    pub routing: Routing,
    /// Breaker of its connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub circuit: Option<CircuitView>,
    /// What it can do, where the broker answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub abilities: Option<Abilities>,
}

/// Where requests of an account go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Routing {
    /// Connection.
    pub broker: String,
    /// Requests on their way now.
    pub load: usize,
    /// Groups that it belongs to.
    pub groups: Vec<String>,
}

/// What an account can do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Abilities {
    /// Orders.
    pub orders: bool,
    /// Fractions of a unit.
    pub fractional: bool,
    /// Selling short.
    pub short_sale: bool,
    /// Changing orders.
    pub replace: bool,
    /// Brackets and other lists.
    pub lists: bool,
    /// Previews by the broker.
    pub preview: bool,
    /// Live feeds.
    pub feeds: bool,
    /// Historical bars.
    pub history: bool,
    /// Company reports and news.
    pub research: bool,
}

impl Abilities {
    fn of(capabilities: &Capabilities) -> Self {
        fn has<T>(support: &Support<T>) -> bool {
            support.get().is_some()
        }
        Self {
            orders: !capabilities.orders.is_empty(),
            fractional: has(&capabilities.fractional),
            short_sale: has(&capabilities.short_sale),
            replace: has(&capabilities.replace),
            lists: has(&capabilities.lists),
            preview: has(&capabilities.preview),
            feeds: has(&capabilities.feeds),
            history: has(&capabilities.history),
            research: has(&capabilities.research),
        }
    }
}

impl BrokerService {
    async fn account_status(
        &self,
        call: &Call,
        account: &NamedAccount,
        seat: &Seat,
    ) -> (AccountStatus, Vec<String>) {
        let told: Told = seat.broker.accounts().await;
        let mut row = self.account_row(call, account, seat, Some(&told));
        self.mark_defaults(call, core::slice::from_mut(&mut row))
            .await;
        let capabilities = seat.broker.capabilities(seat.account()).await;
        let mut warnings = Vec::new();
        if let Err(error) = &capabilities {
            let why = Untrusted::line(error.message(), Untrusted::LINE);
            warnings.push(format!("what the account can do is not known: {why}"));
        }
        let answers =
            told.is_ok() && capabilities.is_ok() && row.state == super::ConnectionWord::Connected;
        let health = match (answers, &row.last_error) {
            (true, None) => HealthWord::Healthy,
            (true, Some(_)) => HealthWord::Degraded,
            (false, _) => HealthWord::Unhealthy,
        };
        let standing = self.standings.get(&seat.key.broker);
        let status = AccountStatus {
            account: row,
            token: self.token_of(account),
            health,
            routing: Routing {
                broker: seat.key.broker.to_string(),
                load: seat.load(),
                groups: seat.groups.iter().cloned().collect(),
            },
            circuit: standing.map(|standing| CircuitView::of(&standing.breaker)),
            abilities: capabilities.ok().map(|known| Abilities::of(&known)),
        };
        (status, warnings)
    }
}

impl Request for GetAccountStatus {
    type Data = AccountStatus;

    const ABOUT: About = About {
        name: "get_account_status",
        title: "Account status",
        summary: "Whether an account works: connection, token, what it can do. Answers for accounts that are down, too.",
        toolset: Toolset::System,
        role: Role::Read,
        effect: Effect::Read,
        open_world: false,
    };

    async fn run(
        self,
        service: &BrokerService,
        call: &Call,
    ) -> Result<Answer<AccountStatus>, Fault> {
        let scope = Scope::new(self.account, self.broker);
        if !scope.is_all() {
            let (account, seat) = service.seat(call, &scope, Permission::Read).await?;
            let (data, warnings) = service.account_status(call, &account, &seat).await;
            let id = account.key.broker.as_str();
            let mut meta = Meta::of_broker(account.name, id, service.clock.now());
            meta.warnings = warnings;
            return Ok(Answer::new(data, meta));
        }
        let mut rows = Vec::new();
        let mut meta = Meta::of_server(service.clock.now());
        meta.source = Source::Broker;
        let broker = scope.broker.as_deref();
        for account in service.accounts_of(call) {
            if broker.is_some_and(|broker| account.key.broker.as_str() != broker) {
                continue;
            }
            let name = account.name.clone();
            let Some(seat) = service.registry.get(&account.key) else {
                let message = format!("account `{name}` is not connected");
                rows.push(AccountAnswer {
                    account: name,
                    data: None,
                    error: Some(Fault::new(FaultCode::NotConnected, message)),
                });
                continue;
            };
            let (data, warnings) = service.account_status(call, account, &seat).await;
            let named = warnings.iter().map(|what| format!("{name}: {what}"));
            meta.warnings.extend(named);
            rows.push(AccountAnswer {
                account: name,
                data: Some(data),
                error: None,
            });
        }
        Ok(Answer::each(rows, meta))
    }
}
