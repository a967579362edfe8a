use broker_core::{
    Broker,
    model::{ChainQuery, Instrument, OptionQuote, Price, Right},
};
use broker_runtime::registry::Seat;
use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{get_option_expirations::dates, quote::FRESH};
use crate::{
    BrokerService, Call, Fault,
    answer::Answer,
    operation::{About, Effect, Request},
    principal::{Role, Toolset},
    service::{
        Scope,
        reading::{Told, reference, within},
    },
    value::{Day, InstrumentRef, InstrumentView, Number, RightWord},
};

/// The options on an underlying for one expiry, nearest to the money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetOptionChain {
    /// The underlying.
    pub instrument: InstrumentRef,
    /// Expiry date. Default: the nearest.
    #[serde(default)]
    pub expiry: Option<Day>,
    /// Strikes each side of the money, 1 to 200. Default 20.
    #[serde(default)]
    pub strikes: Option<u32>,
    /// Only calls or only puts.
    #[serde(default)]
    pub right: Option<RightWord>,
    /// With implied volatility and greeks. Default true.
    #[serde(default)]
    pub greeks: Option<bool>,
    /// Account whose data permissions count.
    #[serde(default)]
    pub account: Option<String>,
    /// Connection.
    #[serde(default)]
    pub broker: Option<String>,
}

/// Options of one expiry, by strike ascending.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Chain {
    /// The underlying.
    pub instrument: InstrumentView,
    /// Expiry date at the exchange.
    pub expiry: NaiveDate,
    /// Price of the underlying.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub underlying_price: Option<Number>,
    /// Calls.
    pub calls: Vec<OptionRow>,
    /// Puts.
    pub puts: Vec<OptionRow>,
}

/// One option. What the broker does not say is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct OptionRow {
    /// OCC symbol; names it in every request.
    pub instrument: String,
    /// Strike.
    pub strike: Number,
    /// Best bid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bid: Option<Number>,
    /// Best ask.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask: Option<Number>,
    /// Last price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Number>,
    /// Contracts traded today.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume: Option<Number>,
    /// Contracts open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open_interest: Option<Number>,
    /// Implied volatility per year; 0.25 is 25 %.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iv: Option<Number>,
    /// Delta.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delta: Option<Number>,
    /// Gamma.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gamma: Option<Number>,
    /// Theta per calendar day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub theta: Option<Number>,
    /// Vega per percentage point.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vega: Option<Number>,
}

impl OptionRow {
    pub(super) fn of(option: &OptionQuote, with_greeks: bool) -> Self {
        let price = |price: Option<Price>| price.map(|price| Number(price.get()));
        let greeks = option.greeks.filter(|_| with_greeks);
        Self {
            instrument: InstrumentView::of(&option.instrument).id,
            strike: Number(option.strike),
            bid: price(option.bid),
            ask: price(option.ask),
            last: price(option.last),
            volume: option.volume.map(Number),
            open_interest: option.open_interest.map(Number),
            iv: greeks.map(|greeks| Number(greeks.implied_volatility)),
            delta: greeks.map(|greeks| Number(greeks.delta)),
            gamma: greeks.map(|greeks| Number(greeks.gamma)),
            theta: greeks.map(|greeks| Number(greeks.theta)),
            vega: greeks.map(|greeks| Number(greeks.vega)),
        }
    }
}

/// The date that is asked for, or the nearest that has not passed.
async fn expiry(
    broker: &dyn Broker,
    underlying: &Instrument,
    asked: Option<Day>,
) -> Result<NaiveDate, Fault> {
    if let Some(day) = asked {
        return Ok(day.0);
    }
    // A date at the exchange may be the one before or after that of UTC; a day too early is empty at worst.
    let today = broker.desk().clock().now().date_naive();
    let known = dates(broker, underlying).await?;
    let next = known.iter().find(|date| **date >= today).or(known.last());
    next.copied()
        .ok_or_else(|| Fault::invalid("expiry", "there is none"))
}

impl Request for GetOptionChain {
    type Data = Chain;

    const ABOUT: About = About {
        name: "get_option_chain",
        title: "Option chain",
        summary: "Calls and puts of one expiry around the money: prices, volume, open interest, implied volatility, greeks.",
        toolset: Toolset::Market,
        role: Role::Read,
        effect: Effect::Read,
        open_world: true,
    };

    async fn run(self, service: &BrokerService, call: &Call) -> Result<Answer<Chain>, Fault> {
        let strikes = within("strikes", self.strikes.unwrap_or(20), 1, 200)?;
        let strikes = u16::try_from(strikes).unwrap_or(u16::MAX);
        let scope = Scope::new(self.account.clone(), self.broker.clone());
        let asked = &self;
        let ask = move |_, seat: Seat| async move {
            let broker = &*seat.broker;
            let underlying = asked.instrument.resolve(broker).await?;
            let expiry = expiry(broker, &underlying, asked.expiry).await?;
            let mut query = ChainQuery::new(underlying, expiry);
            query.right = asked.right.map(Into::into);
            query.strikes_each_side = Some(strikes);
            let chain = reference(broker)?.option_chain(&query).await?;
            let greeks = asked.greeks.unwrap_or(true);
            let rows = |right: Right| {
                let of_right = chain
                    .options
                    .iter()
                    .filter(move |option| option.right == right);
                of_right
                    .map(move |option| OptionRow::of(option, greeks))
                    .collect()
            };
            let mut warnings = Vec::new();
            if chain.underlying_price.is_none() {
                warnings.push("the price of the underlying is not known".to_owned());
            }
            if greeks
                && !chain.options.is_empty()
                && chain.options.iter().all(|one| one.greeks.is_none())
            {
                warnings.push("the broker gives no greeks here".to_owned());
            }
            let data = Chain {
                instrument: InstrumentView::of(&chain.underlying),
                expiry: chain.expiry,
                underlying_price: chain.underlying_price.map(|price| Number(price.get())),
                calls: rows(Right::Call),
                puts: rows(Right::Put),
            };
            let now = broker.desk().clock().now();
            let told = Told::new(data, chain.as_of).fresh_for(FRESH, now);
            Ok(told.warned(warnings))
        };
        service.read(call, &scope, ask).await
    }
}
