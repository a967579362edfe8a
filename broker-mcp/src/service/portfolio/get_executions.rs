use broker_core::{
    BrokerExt as _,
    model::{Fill, FillFilter},
};
use broker_runtime::registry::Seat;
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    finding,
    running::{Running, totals},
    wanted::Wanted,
};
use crate::{
    BrokerService, Call, Fault,
    answer::Answer,
    operation::{About, Effect, Request},
    principal::{Role, Toolset},
    service::{
        Scope,
        reading::{Told, covered, within},
    },
    value::{InstrumentRef, InstrumentView, Moment, Number, SideWord},
};

/// Executions of an account, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetExecutions {
    /// Only of this instrument.
    #[serde(default)]
    pub instrument: Option<InstrumentRef>,
    /// Only of this order, by any of its ids.
    #[serde(default)]
    pub order_id: Option<String>,
    /// Only this side.
    #[serde(default)]
    pub side: Option<SideWord>,
    /// From: date or time (UTC).
    #[serde(default)]
    pub start: Option<Moment>,
    /// Before: date (all of it) or time.
    #[serde(default)]
    pub end: Option<Moment>,
    /// Most executions, 1 to 1000. Default 200.
    #[serde(default)]
    pub limit: Option<u32>,
    /// Account, or `all`.
    #[serde(default)]
    pub account: Option<String>,
    /// Connection.
    #[serde(default)]
    pub broker: Option<String>,
}

/// Executions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Executions {
    /// Newest first.
    pub fills: Vec<FillRow>,
}

/// One execution. What the broker has not said yet is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct FillRow {
    /// The broker's id of the execution.
    pub exec_id: String,
    /// The order.
    pub order_id: String,
    /// The order's name from before it was sent.
    pub client_order_id: String,
    /// When, UTC.
    pub time: DateTime<Utc>,
    /// What was traded.
    pub instrument: InstrumentView,
    /// Which way.
    pub side: SideWord,
    /// Units.
    pub quantity: Number,
    /// Price per unit.
    pub price: Number,
    /// Units of the order filled up to here, this included; absent where an execution of it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cum_quantity: Option<Number>,
    /// Average price of those.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avg_price: Option<Number>,
    /// Currency of the price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Commission and fees; above zero is paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commission: Option<Number>,
    /// Currency of the commission.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commission_currency: Option<String>,
    /// Profit that it realised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub realized_pnl: Option<Number>,
    /// Where (MIC).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub venue: Option<String>,
    /// Whether it took or gave liquidity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub liquidity: Option<String>,
}

impl FillRow {
    fn of(fill: &Fill, running: &Running) -> Self {
        let total = running.get(&fill.execution_id);
        let client_order_id = fill.client_order_id.to_string();
        let order_id = fill.broker_order_id.as_ref();
        Self {
            exec_id: fill.execution_id.to_string(),
            order_id: order_id.map_or_else(|| client_order_id.clone(), ToString::to_string),
            client_order_id,
            time: fill.executed_at,
            instrument: InstrumentView::of(&fill.instrument),
            side: fill.side.into(),
            quantity: Number(fill.quantity.get()),
            price: Number(fill.price.get()),
            cum_quantity: total.map(|(units, _)| Number(*units)),
            avg_price: total.map(|(_, average)| Number(*average)),
            currency: fill
                .instrument
                .currency()
                .map(|currency| currency.to_string()),
            commission: fill.commission.map(|money| Number(money.amount)),
            commission_currency: fill.commission.map(|money| money.currency.to_string()),
            realized_pnl: fill.realized_pnl.map(|money| Number(money.amount)),
            venue: fill.venue.map(|venue| venue.to_string()),
            liquidity: fill
                .liquidity
                .as_ref()
                .map(|word| crate::value::Untrusted::line(word.as_str(), 40)),
        }
    }
}

impl Request for GetExecutions {
    type Data = Executions;

    const ABOUT: About = About {
        name: "get_executions",
        title: "Executions",
        summary: "Executions of an account, newest first, with commission and realised profit where known.",
        toolset: Toolset::Portfolio,
        role: Role::Read,
        effect: Effect::Read,
        open_world: true,
    };

    async fn run(self, service: &BrokerService, call: &Call) -> Result<Answer<Executions>, Fault> {
        let limit = within("limit", self.limit.unwrap_or(200), 1, 1000)?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let scope = Scope::new(self.account.clone(), self.broker.clone());
        if scope.is_all() && self.order_id.is_some() {
            return Err(Fault::invalid("account", "an order is in one account"));
        }
        let asked = &self;
        let ask = move |_, seat: Seat| async move {
            let broker = &*seat.broker;
            let account = seat.account();
            let now = broker.desk().clock().now();
            let instrument = asked.instrument.as_ref();
            let wanted = Wanted::of(broker, instrument, asked.start, asked.end).await?;
            let mut filter = FillFilter::default();
            filter.instrument = wanted.filter();
            filter.since = wanted.since;
            if let Some(name) = &asked.order_id {
                let order = finding::known(broker, account, name.trim()).await?;
                filter.client_order_id = Some(order.client_order_id().clone());
            }
            let mut warnings = Vec::new();
            let told = broker.fills(account, &filter).await?;
            let told = covered(told, &mut warnings)?;
            let ledger = broker.desk().ledger(account)?;
            let running = totals(&ledger, &told);
            let mut fills = Vec::new();
            for fill in told {
                let fits = filter.accepts(&fill)
                    && asked
                        .side
                        .is_none_or(|side| side == SideWord::from(fill.side))
                    && wanted
                        .has(broker, &fill.instrument, fill.executed_at)
                        .await?;
                if fits {
                    fills.push(fill);
                }
            }
            fills.sort_by(|a, b| {
                (b.executed_at, b.execution_id.as_str())
                    .cmp(&(a.executed_at, a.execution_id.as_str()))
            });
            if fills.len() > limit {
                warnings.push(format!(
                    "{} older executions are left out",
                    fills.len() - limit
                ));
                fills.truncate(limit);
            }
            let fills = fills
                .iter()
                .map(|fill| FillRow::of(fill, &running))
                .collect();
            Ok(Told::new(Executions { fills }, now).warned(warnings))
        };
        service.read(call, &scope, ask).await
    }
}
