use std::collections::BTreeMap;

use broker_core::{
    Broker,
    model::{Currency, Instrument, Money, Position, Price},
};
use broker_runtime::registry::Seat;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::get_account_summary::FRESH;
use crate::{
    BrokerService, Call, Fault,
    answer::Answer,
    operation::{About, Effect, Request},
    principal::{Role, Toolset},
    service::{
        Scope,
        reading::{Told, covered, portfolio},
    },
    value::{InstrumentRef, InstrumentView, Number, is_same},
};

/// What an account holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetPositions {
    /// Only this instrument.
    #[serde(default)]
    pub instrument: Option<InstrumentRef>,
    /// Account, or `all`.
    #[serde(default)]
    pub account: Option<String>,
    /// Connection.
    #[serde(default)]
    pub broker: Option<String>,
}

/// Positions of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Positions {
    /// Every position that is not flat.
    pub positions: Vec<PositionRow>,
    /// Sums by currency, of the positions in this answer.
    pub totals: Vec<PositionTotals>,
}

/// A position. What the broker does not say is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct PositionRow {
    /// What is held.
    pub instrument: InstrumentView,
    /// Below zero is short.
    pub quantity: Number,
    /// Average price per unit, without fees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avg_cost: Option<Number>,
    /// Price at which it is valued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub market_price: Option<Number>,
    /// Value; below zero when short.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub market_value: Option<Number>,
    /// What closing now would realise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unrealized_pnl: Option<Number>,
    /// Realised today.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub realized_pnl: Option<Number>,
    /// Currency of the figures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// When it was so, UTC.
    pub time: DateTime<Utc>,
}

/// Sums in one currency. One that would lack a position is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct PositionTotals {
    /// Currency.
    pub currency: String,
    /// How many positions.
    pub count: usize,
    /// Value, long less short.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub market_value: Option<Number>,
    /// What closing all of them would realise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unrealized_pnl: Option<Number>,
    /// Realised today.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub realized_pnl: Option<Number>,
}

fn currency(position: &Position) -> Option<Currency> {
    let said = position.market_value.or(position.unrealized_pnl);
    said.map(|money| money.currency)
        .or_else(|| position.instrument.currency())
}

impl PositionRow {
    pub(super) fn of(position: &Position) -> Self {
        let amount = |money: Option<Money>| money.map(|money| Number(money.amount));
        let price = |price: Option<Price>| price.map(|price| Number(price.get()));
        Self {
            instrument: InstrumentView::of(&position.instrument),
            quantity: Number(position.quantity.get()),
            avg_cost: price(position.average_price),
            market_price: price(position.market_price),
            market_value: amount(position.market_value),
            unrealized_pnl: amount(position.unrealized_pnl),
            realized_pnl: amount(position.realized_pnl),
            currency: currency(position).map(|currency| currency.to_string()),
            time: position.as_of,
        }
    }
}

/// The sum in a currency of amounts that are all known and all in it.
fn sum(amounts: impl Iterator<Item = Option<Money>>, currency: Currency) -> Option<Number> {
    let mut amounts = amounts;
    let sum = amounts.try_fold(Decimal::ZERO, |sum, money| {
        let money = money.filter(|money| money.currency == currency)?;
        sum.checked_add(money.amount)
    });
    sum.map(Number)
}

fn totals(positions: &[Position]) -> Vec<PositionTotals> {
    let mut by_currency: BTreeMap<String, (Currency, Vec<&Position>)> = BTreeMap::new();
    for position in positions {
        if let Some(currency) = currency(position) {
            let entry = by_currency.entry(currency.to_string());
            entry
                .or_insert_with(|| (currency, Vec::new()))
                .1
                .push(position);
        }
    }
    let totals = by_currency
        .into_iter()
        .map(|(name, (currency, held))| PositionTotals {
            currency: name,
            count: held.len(),
            market_value: sum(held.iter().map(|one| one.market_value), currency),
            unrealized_pnl: sum(held.iter().map(|one| one.unrealized_pnl), currency),
            realized_pnl: sum(held.iter().map(|one| one.realized_pnl), currency),
        });
    totals.collect()
}

/// The positions of an account that are not flat, only those of one instrument if it is named.
pub(super) async fn held(
    broker: &dyn Broker,
    seat: &Seat,
    wanted: Option<&Instrument>,
    warnings: &mut Vec<String>,
) -> Result<Vec<Position>, Fault> {
    let positions = portfolio(broker)?.positions(seat.account()).await?;
    let mut kept = Vec::new();
    for position in covered(positions, warnings)? {
        if position.quantity.is_flat() {
            continue;
        }
        let wanted = match wanted {
            Some(wanted) => is_same(broker, wanted, &position.instrument).await?,
            None => true,
        };
        if wanted {
            kept.push(position);
        }
    }
    Ok(kept)
}

impl Positions {
    pub(super) fn of(positions: &[Position]) -> Self {
        Self {
            positions: positions.iter().map(PositionRow::of).collect(),
            totals: totals(positions),
        }
    }
}

impl Request for GetPositions {
    type Data = Positions;

    const ABOUT: About = About {
        name: "get_positions",
        title: "Positions",
        summary: "What an account holds, with cost, value and profit, and sums by currency. All accounts with account `all`.",
        toolset: Toolset::Portfolio,
        role: Role::Read,
        effect: Effect::Read,
        open_world: true,
    };

    async fn run(self, service: &BrokerService, call: &Call) -> Result<Answer<Positions>, Fault> {
        let scope = Scope::new(self.account, self.broker);
        let asked = &self.instrument;
        let ask = move |_, seat: Seat| async move {
            let broker = &*seat.broker;
            let wanted = match asked {
                Some(asked) => Some(asked.resolve(broker).await?),
                None => None,
            };
            let mut warnings = Vec::new();
            let held = held(broker, &seat, wanted.as_ref(), &mut warnings).await?;
            let now = broker.desk().clock().now();
            let oldest = held.iter().map(|position| position.as_of).min();
            let told = Told::new(Positions::of(&held), oldest.unwrap_or(now));
            Ok(told.fresh_for(FRESH, now).warned(warnings))
        };
        service.read(call, &scope, ask).await
    }
}
