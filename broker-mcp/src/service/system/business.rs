use core::time::Duration;
use std::collections::BTreeMap;

use broker_core::{
    Broker, BrokerExt as _, Covered, Decimal,
    model::{AccountId, Currency, Fill, FillFilter, Money},
};
use broker_runtime::registry::{DEFAULT_BOUND, Permission};
use chrono::{DateTime, NaiveTime, Utc};
use futures_util::{StreamExt as _, stream};

use crate::{
    BrokerService,
    service::{
        NamedAccount,
        reading::{portfolio, ready},
    },
};

/// What an account holds, has made and has traded, as far as its broker says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Business {
    /// Cash plus positions.
    pub net_liquidation: Option<Money>,
    /// All cash.
    pub cash: Option<Money>,
    /// Profit or loss since the last close.
    pub daily: Option<Money>,
    /// What open positions would realise now.
    pub unrealized: Option<Money>,
    /// What was realised today.
    pub realized: Option<Money>,
    /// What was traded today (UTC), by currency: quantity × price × multiplier of every execution.
    /// Absent where not every execution is known, and then the number of executions is, too.
    pub traded: Option<BTreeMap<Currency, Decimal>>,
    /// How many executions there were today (UTC).
    pub executions: Option<usize>,
}

impl BrokerService {
    /// Asks all accounts, ten at a time. What cannot be had within `patience` is absent: never zero, never what
    /// was known before.
    pub async fn business(&self, patience: Duration) -> BTreeMap<String, Business> {
        let accounts: Vec<NamedAccount> = self.accounts.values().cloned().collect();
        let asked = stream::iter(accounts)
            .map(|account| async move {
                let figures = self.business_of(&account).await;
                (account.name, figures)
            })
            .buffer_unordered(DEFAULT_BOUND);
        // Whoever is silent holds up nobody else.
        asked
            .take_until(tokio::time::sleep(patience))
            .collect()
            .await
    }

    async fn business_of(&self, account: &NamedAccount) -> Business {
        let mut figures = Business::default();
        let Ok(seat) = self.registry.seat(&account.key, Permission::Read) else {
            return figures;
        };
        let broker = &*seat.broker;
        let Ok(portfolio) = ready(broker).and_then(|_| portfolio(broker)) else {
            return figures;
        };
        if let Ok(summary) = portfolio.summary(seat.account()).await {
            figures.net_liquidation = summary.net_liquidation;
            figures.cash = summary.cash;
        }
        if let Ok(made) = portfolio.profit_and_loss(seat.account()).await {
            figures.daily = made.daily;
            figures.unrealized = made.unrealized;
            figures.realized = made.realized;
        }
        if let Some(fills) = today(broker, seat.account()).await {
            figures.executions = Some(fills.len());
            figures.traded = traded(broker, &fills).await;
        }
        figures
    }
}

/// Every execution since midnight UTC; nothing when there may be more.
async fn today(broker: &dyn Broker, account: &AccountId) -> Option<Vec<Fill>> {
    let now: DateTime<Utc> = broker.desk().clock().now();
    let midnight = now.date_naive().and_time(NaiveTime::MIN).and_utc();
    let mut filter = FillFilter::default();
    filter.since = Some(midnight);
    let fills = match broker.fills(account, &filter).await.ok()? {
        Covered::Complete(fills) => fills,
        Covered::Since { value, from } if from <= midnight => value,
        _ => return None,
    };
    Some(
        fills
            .into_iter()
            .filter(|fill| filter.accepts(fill))
            .collect(),
    )
}

async fn traded(broker: &dyn Broker, fills: &[Fill]) -> Option<BTreeMap<Currency, Decimal>> {
    let mut sums = BTreeMap::new();
    for fill in fills {
        let contract = broker.contract(&fill.instrument).await.ok()?;
        let value = fill.price.get().abs();
        let value = value
            .checked_mul(fill.quantity.get().abs())?
            .checked_mul(contract.multiplier)?;
        let sum: &mut Decimal = sums.entry(contract.currency).or_default();
        *sum = sum.checked_add(value)?;
    }
    Some(sums)
}
