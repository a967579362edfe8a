use broker_core::{
    BrokerExt as _,
    model::{Bar, BarQuery, TradingSession},
};
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
        reading::{Told, begins, ends, market_data, within},
    },
    value::{BarSourceWord, BarWord, InstrumentRef, InstrumentView, Moment, Number, SessionWord},
};

/// Bars in an answer when nothing is said and no start is named.
const USUAL: u32 = 100;

/// Historical bars, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetBars {
    /// Of what.
    pub instrument: InstrumentRef,
    /// Length of a bar; `1M` is a month. Default 1d.
    #[serde(default)]
    pub bar: Option<BarWord>,
    /// From: date, time (UTC), or how far back, such as `30 D`.
    #[serde(default)]
    pub start: Option<Moment>,
    /// To: date (all of it) or time. Default now.
    #[serde(default)]
    pub end: Option<Moment>,
    /// Most bars, newest kept, 1 to 5000. Default 100, or 5000 with a start.
    #[serde(default)]
    pub count: Option<u32>,
    /// Default regular.
    #[serde(default)]
    pub session: Option<SessionWord>,
    /// Default trades.
    #[serde(default)]
    pub what: Option<BarSourceWord>,
    /// Adjust for splits and dividends. Default true.
    #[serde(default)]
    pub adjust: Option<bool>,
    /// Account whose data permissions count.
    #[serde(default)]
    pub account: Option<String>,
    /// Connection.
    #[serde(default)]
    pub broker: Option<String>,
}

/// Bars of an instrument.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Bars {
    /// Of what.
    pub instrument: InstrumentView,
    /// Length of a bar.
    pub bar: BarWord,
    /// Oldest first.
    pub bars: Vec<BarRow>,
    /// Time zone of the exchange (IANA).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
}

/// One bar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BarRow {
    /// When it begins, UTC.
    pub time: DateTime<Utc>,
    /// First price.
    pub open: Number,
    /// Highest price.
    pub high: Number,
    /// Lowest price.
    pub low: Number,
    /// Last price.
    pub close: Number,
    /// Units traded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume: Option<Number>,
    /// Volume-weighted average price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vwap: Option<Number>,
    /// Number of trades.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trades: Option<u64>,
}

impl From<Bar> for BarRow {
    fn from(bar: Bar) -> Self {
        Self {
            time: bar.start,
            open: Number(bar.open.get()),
            high: Number(bar.high.get()),
            low: Number(bar.low.get()),
            close: Number(bar.close.get()),
            volume: bar.volume.map(Number),
            vwap: bar.vwap.map(|price| Number(price.get())),
            trades: bar.trades,
        }
    }
}

impl Request for GetBars {
    type Data = Bars;

    const ABOUT: About = About {
        name: "get_bars",
        title: "Price history",
        summary: "Historical open, high, low, close and volume of an instrument, oldest first.",
        toolset: Toolset::Market,
        role: Role::Read,
        effect: Effect::Read,
        open_world: true,
    };

    async fn run(self, service: &BrokerService, call: &Call) -> Result<Answer<Bars>, Fault> {
        let most = if self.start.is_some() {
            BarQuery::MAX_LIMIT
        } else {
            USUAL
        };
        let limit = within("count", self.count.unwrap_or(most), 1, BarQuery::MAX_LIMIT)?;
        let scope = Scope::new(self.account.clone(), self.broker.clone());
        let asked = &self;
        let ask = move |_, seat: Seat| async move {
            let broker = &*seat.broker;
            let now = broker.desk().clock().now();
            let bar = asked
                .bar
                .unwrap_or(BarWord(broker_core::model::BarInterval::Day1));
            let instrument = asked.instrument.resolve(broker).await?;
            let mut query = BarQuery::new(instrument, bar.0);
            query.end = ends(asked.end, now)?;
            let last = query.end.unwrap_or(now);
            query.start = begins(asked.start, last)?;
            if query.start.is_some_and(|start| start >= last) {
                return Err(Fault::invalid("start", "it is not before the end"));
            }
            query.limit = limit;
            query.source = asked.what.map_or(query.source, Into::into);
            query.session = asked.session.map_or(TradingSession::Regular, Into::into);
            query.adjusted = asked.adjust.unwrap_or(true);
            let bars = market_data(broker)?.bars(&query).await?;
            let details = broker.contract(&query.instrument).await;
            let full = u32::try_from(bars.len()).is_ok_and(|count| count >= limit);
            let cut = full && query.start.is_some();
            let data = Bars {
                instrument: InstrumentView::of(&query.instrument),
                bar,
                bars: bars.into_iter().map(BarRow::from).collect(),
                // Bars without the name of a time zone are still bars.
                time_zone: details.ok().map(|details| details.time_zone.clone()),
            };
            let warning = "there may be more bars after `start`; only the newest are here";
            let warnings = cut.then(|| warning.to_owned());
            Ok(Told::new(data, now).warned(warnings))
        };
        service.read(call, &scope, ask).await
    }
}
