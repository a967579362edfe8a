use broker_core::model::{OptionGiven, OptionQuery, Price};
use broker_runtime::registry::Seat;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    BrokerService, Call, Fault,
    answer::Answer,
    operation::{About, Effect, Request},
    principal::{Role, Toolset},
    service::{
        Scope,
        reading::{Told, reference},
    },
    value::{InstrumentRef, InstrumentView, Number},
};

/// The price of an option at a volatility, or the volatility at a price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ComputeOption {
    /// The option.
    pub instrument: InstrumentRef,
    /// Assumed price of the underlying.
    pub underlying_price: Number,
    /// Volatility per year, 0.25 is 25 %: the price is wanted;
    #[serde(default)]
    pub volatility: Option<Number>,
    /// or price of the option: the volatility is wanted.
    #[serde(default)]
    pub price: Option<Number>,
    /// Account.
    #[serde(default)]
    pub account: Option<String>,
    /// Connection.
    #[serde(default)]
    pub broker: Option<String>,
}

/// An option at a price and a volatility that belong together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ComputedOption {
    /// The option.
    pub instrument: InstrumentView,
    /// Price of the option.
    pub price: Number,
    /// Volatility per year: 0.25 is 25 %.
    pub iv: Number,
    /// Change of the price for each unit of the underlying's.
    pub delta: Number,
    /// Change of delta for each unit of the underlying's price.
    pub gamma: Number,
    /// Change of the price for each day.
    pub theta: Number,
    /// Change of the price for each point of volatility.
    pub vega: Number,
}

impl ComputeOption {
    fn given(&self) -> Result<OptionGiven, Fault> {
        match (self.volatility, self.price) {
            (Some(volatility), None) => Ok(OptionGiven::Volatility(volatility.0)),
            (None, Some(price)) => Ok(OptionGiven::Price(money("price", price)?)),
            (Some(_), Some(_)) => {
                let what = "price or volatility: the other is the answer";
                Err(Fault::invalid("volatility", what))
            }
            (None, None) => {
                let what = "give volatility for the price, or price for the volatility";
                Err(Fault::invalid("volatility", what))
            }
        }
    }
}

fn money(field: &str, number: Number) -> Result<Price, Fault> {
    Price::new(number.0).map_err(|error| Fault::invalid(field, error))
}

impl Request for ComputeOption {
    type Data = ComputedOption;

    const ABOUT: About = About {
        name: "compute_option",
        title: "Option calculator",
        summary: "The price of an option at a volatility, or the volatility at a price, with its sensitivities.",
        toolset: Toolset::IbExtra,
        role: Role::Read,
        effect: Effect::Read,
        open_world: true,
    };

    async fn run(
        self,
        service: &BrokerService,
        call: &Call,
    ) -> Result<Answer<ComputedOption>, Fault> {
        let given = self.given()?;
        let underlying_price = money("underlying_price", self.underlying_price)?;
        let scope = Scope::new(self.account.clone(), self.broker.clone());
        let asked = &self;
        let ask = move |_, seat: Seat| async move {
            let broker = &*seat.broker;
            let query = OptionQuery {
                instrument: asked.instrument.resolve(broker).await?,
                underlying_price,
                given,
            };
            let computed = reference(broker)?.compute_option(&query).await?;
            let greeks = computed.greeks;
            let data = ComputedOption {
                instrument: InstrumentView::of(&query.instrument),
                price: Number(computed.price.get()),
                iv: Number(greeks.implied_volatility),
                delta: Number(greeks.delta),
                gamma: Number(greeks.gamma),
                theta: Number(greeks.theta),
                vega: Number(greeks.vega),
            };
            Ok(Told::new(data, broker.desk().clock().now()))
        };
        service.read(call, &scope, ask).await
    }
}
