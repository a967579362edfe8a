use broker_core::{
    Broker, BrokerExt as _,
    model::{ContractDetails, Instrument, SessionKind},
};
use broker_runtime::registry::Seat;
use chrono::{DateTime, Days, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::quote::{Missing, find_each};
use crate::{
    BrokerService, Call, Fault,
    answer::Answer,
    operation::{About, Effect, Request},
    principal::{Role, Toolset},
    service::{
        Scope,
        reading::{Told, reference, sized},
    },
    value::{InstrumentRef, InstrumentView, Listed, Number, Untrusted},
};

/// Most instruments in one request.
const MOST: usize = 20;

/// What is fixed about instruments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetContracts {
    /// 1 to 20 instruments.
    pub instruments: Listed<InstrumentRef>,
    /// Add the trading hours of the next three days.
    #[serde(default)]
    pub hours: bool,
    /// Account.
    #[serde(default)]
    pub account: Option<String>,
    /// Connection.
    #[serde(default)]
    pub broker: Option<String>,
}

/// Contracts, and what there was none for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Contracts {
    /// In the order asked.
    pub contracts: Vec<ContractRow>,
    /// The others, and why; with candidates when several fit.
    pub missing: Vec<Missing>,
}

/// What is fixed about an instrument.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct ContractRow {
    /// As it was asked.
    pub symbol: String,
    /// The instrument.
    pub instrument: InstrumentView,
    /// Interactive Brokers' contract number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub con_id: Option<String>,
    /// Untrusted: its name as the broker writes it.
    pub name: Untrusted,
    /// Primary exchange.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange: Option<String>,
    /// Where it trades.
    pub valid_exchanges: Vec<String>,
    /// Currency of the price.
    pub currency: String,
    /// Quantities are multiples of this.
    pub lot_size: Number,
    /// Smallest quantity.
    pub min_size: Number,
    /// Largest quantity.
    pub max_size: Number,
    /// Money per price point and unit.
    pub multiplier: Number,
    /// Price increment of the lowest band.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tick_size: Option<Number>,
    /// Price increments by price, when there are several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub price_rules: Vec<PriceRule>,
    /// Time zone of the exchange (IANA).
    pub time_zone: String,
    /// Trading hours, when asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hours: Vec<SessionRow>,
    /// Can be traded.
    pub tradable: bool,
    /// Can be sold short.
    pub shortable: bool,
    /// Underlying of a derivative.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub underlying: Option<String>,
    /// End of trading for good, UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
}

/// A price increment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PriceRule {
    /// From this price on.
    pub from: Number,
    /// Increment.
    pub tick: Number,
}

/// A part of a trading day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SessionRow {
    /// pre_market, regular, post_market, overnight or an auction.
    pub kind: String,
    /// Begins, UTC.
    pub open: DateTime<Utc>,
    /// Ends, UTC.
    pub close: DateTime<Utc>,
}

impl ContractRow {
    fn of(symbol: String, details: &ContractDetails, hours: Vec<SessionRow>) -> Self {
        let bands = details.ticks.bands();
        let rules = bands.iter().map(|band| PriceRule {
            from: Number(band.from.get()),
            tick: Number(band.increment),
        });
        let mut instrument = InstrumentView::of(&details.instrument);
        if let Some(known) = &details.stands_for {
            // A number goes on being what names it, and a person reads what it stands for.
            let id = core::mem::take(&mut instrument.id);
            instrument = InstrumentView {
                id,
                ..InstrumentView::of(known)
            };
        }
        Self {
            symbol,
            instrument,
            con_id: details.aliases.get("con_id").cloned(),
            name: Untrusted::name(&details.name),
            exchange: details.exchanges.first().map(ToString::to_string),
            valid_exchanges: details.exchanges.iter().map(ToString::to_string).collect(),
            currency: details.currency.to_string(),
            lot_size: Number(details.quantities.step.get()),
            min_size: Number(details.quantities.minimum.get()),
            max_size: Number(details.quantities.maximum.get()),
            multiplier: Number(details.multiplier),
            tick_size: bands.first().map(|band| Number(band.increment)),
            price_rules: if bands.len() > 1 {
                rules.collect()
            } else {
                Vec::new()
            },
            time_zone: Untrusted::line(&details.time_zone, 64),
            hours,
            tradable: details.tradable,
            shortable: details.shortable,
            underlying: details
                .underlying
                .as_ref()
                .map(|one| InstrumentView::of(one).id),
            expires_at: details.expires_at,
        }
    }
}

async fn hours(broker: &dyn Broker, instrument: &Instrument) -> Result<Vec<SessionRow>, Fault> {
    let today = broker.desk().clock().now().date_naive();
    let last = today.checked_add_days(Days::new(2)).unwrap_or(today);
    let schedule = reference(broker)?.schedule(instrument, today, last).await?;
    let windows = schedule.days.iter().flat_map(|day| &day.windows);
    let rows = windows.map(|window| SessionRow {
        kind: SessionKind::as_str(window.kind).to_owned(),
        open: window.open,
        close: window.close,
    });
    Ok(rows.collect())
}

impl Request for GetContracts {
    type Data = Contracts;

    const ABOUT: About = About {
        name: "get_contracts",
        title: "Contract details",
        summary: "What is fixed about up to 20 instruments: exchange, currency, multiplier, lot and tick size, con_id, hours.",
        toolset: Toolset::Market,
        role: Role::Read,
        effect: Effect::Read,
        open_world: true,
    };

    async fn run(self, service: &BrokerService, call: &Call) -> Result<Answer<Contracts>, Fault> {
        sized("instruments", &self.instruments.0, MOST)?;
        let scope = Scope::new(self.account.clone(), self.broker.clone());
        let asked = &self;
        let ask = move |_, seat: Seat| async move {
            let broker = &*seat.broker;
            let mut missing = Vec::new();
            let mut contracts = Vec::new();
            let mut warnings = Vec::new();
            for (symbol, instrument) in find_each(broker, &asked.instruments.0, &mut missing).await
            {
                let details = match broker.contract(&instrument).await {
                    Ok(details) => details,
                    Err(error) => {
                        missing.push(Missing::of(symbol, error.into()));
                        continue;
                    }
                };
                let mut windows = Vec::new();
                if asked.hours {
                    match hours(broker, &instrument).await {
                        Ok(known) => windows = known,
                        Err(fault) => warnings.push(format!("{symbol}: no hours: {fault}")),
                    }
                }
                contracts.push(ContractRow::of(symbol, &details, windows));
            }
            let now = broker.desk().clock().now();
            Ok(Told::new(Contracts { contracts, missing }, now).warned(warnings))
        };
        service.read(call, &scope, ask).await
    }
}
