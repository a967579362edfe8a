use broker_runtime::registry::Seat;
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    BrokerService, Call, Fault,
    answer::Answer,
    operation::{About, Effect, Request},
    principal::{Role, Toolset},
    service::{
        Scope,
        reading::{Told, market_data, within},
    },
    value::{InstrumentRef, InstrumentView, Number, SideWord},
};

/// The newest trades of an instrument, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetTrades {
    /// Of what.
    pub instrument: InstrumentRef,
    /// Most trades, 1 to 1000. Default 100.
    #[serde(default)]
    pub limit: Option<u32>,
    /// Account.
    #[serde(default)]
    pub account: Option<String>,
    /// Connection.
    #[serde(default)]
    pub broker: Option<String>,
}

/// Trades.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Trades {
    /// Of what.
    pub instrument: InstrumentView,
    /// Oldest first.
    pub trades: Vec<TradeRow>,
}

/// A trade in the market.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct TradeRow {
    /// When, UTC.
    pub time: DateTime<Utc>,
    /// Price.
    pub price: Number,
    /// Units.
    pub size: Number,
    /// The side that took liquidity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub side: Option<SideWord>,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub venue: Option<String>,
}

impl Request for GetTrades {
    type Data = Trades;

    const ABOUT: About = About {
        name: "get_trades",
        title: "Single trades",
        summary: "The newest trades of an instrument in the market, one by one, oldest first.",
        toolset: Toolset::IbExtra,
        role: Role::Read,
        effect: Effect::Read,
        open_world: true,
    };

    async fn run(self, service: &BrokerService, call: &Call) -> Result<Answer<Trades>, Fault> {
        let limit = within("limit", self.limit.unwrap_or(100), 1, 1000)?;
        let scope = Scope::new(self.account.clone(), self.broker.clone());
        let asked = &self;
        let ask = move |_, seat: Seat| async move {
            let broker = &*seat.broker;
            let instrument = asked.instrument.resolve(broker).await?;
            let found = market_data(broker)?.trades(&instrument, limit).await?;
            let trades = found.into_iter().map(|trade| TradeRow {
                time: trade.time,
                price: Number(trade.price.get()),
                size: Number(trade.size),
                side: trade.aggressor.map(Into::into),
                venue: trade.venue.map(|venue| venue.to_string()),
            });
            let data = Trades {
                instrument: InstrumentView::of(&instrument),
                trades: trades.collect(),
            };
            Ok(Told::new(data, broker.desk().clock().now()))
        };
        service.read(call, &scope, ask).await
    }
}
