use core::str::FromStr;
use std::borrow::Cow;

use broker_core::model::TrailingOffset;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Value;

use crate::value::{
    InstrumentRef, Listed, Number, OrderTypeWord, SessionWord, SideWord, TimeInForceWord,
    number::decimal, twice,
};

/// An order. What is not needed for its type is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct OrderInput {
    /// What to trade; left out when `legs` are given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instrument: Option<InstrumentRef>,
    /// Which way.
    pub side: SideWord,
    /// Units; or `notional`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Number>,
    /// Money to trade for, in the instrument's currency, instead of a quantity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notional: Option<Number>,
    /// What makes it execute.
    #[serde(rename = "type")]
    pub order_type: OrderTypeWord,
    /// Worst acceptable price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit_price: Option<Number>,
    /// Price that sets a stop or touched order off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop_price: Option<Number>,
    /// Distance of a trailing stop: `1.50`, or in percent `5%`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trail: Option<Trail>,
    /// Distance between stop and limit of TRAIL_LIMIT.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit_offset: Option<Number>,
    /// How long it works. Default DAY.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_in_force: Option<TimeInForceWord>,
    /// End of a GTD order, UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub good_till: Option<DateTime<Utc>>,
    /// When in the day it may trade. Default regular.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<SessionWord>,
    /// Units shown to the market.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_quantity: Option<Number>,
    /// Legs of a combination, 2 to 8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legs: Option<Listed<LegInput>>,
    /// Limit price of an exit with profit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub take_profit: Option<Number>,
    /// Stop price of an exit with loss.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop_loss: Option<Number>,
    /// `false` stages it at Interactive Brokers without sending it to the market. Default true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transmit: Option<bool>,
}

/// A leg of a combination.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct LegInput {
    /// What the leg trades.
    #[serde(alias = "contract")]
    pub instrument: InstrumentRef,
    /// Its side when the combination is bought.
    #[serde(alias = "action")]
    pub side: SideWord,
    /// Units per unit of the combination. Default 1.
    #[serde(default = "one")]
    pub ratio: u32,
}

const fn one() -> u32 {
    1
}

/// The fields as they are read, with vendors' names for them. A type of its own, because an order may also
/// be written as JSON in a text.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    #[serde(default, alias = "contract")]
    instrument: Option<InstrumentRef>,
    #[serde(alias = "action")]
    side: SideWord,
    #[serde(
        default,
        alias = "totalQuantity",
        alias = "total_quantity",
        alias = "qty"
    )]
    quantity: Option<Number>,
    #[serde(default, alias = "cashQty", alias = "cash_amount")]
    notional: Option<Number>,
    #[serde(rename = "type", alias = "orderType", alias = "order_type")]
    order_type: OrderTypeWord,
    #[serde(default, alias = "lmtPrice", alias = "limitPrice", alias = "lmt_price")]
    limit_price: Option<Number>,
    #[serde(default, alias = "stopPrice", alias = "trigger_price")]
    stop_price: Option<Number>,
    // One field for two meanings at Interactive Brokers: what it is depends on the type.
    #[serde(default, rename = "auxPrice", alias = "aux_price")]
    aux_price: Option<Number>,
    #[serde(default)]
    trail: Option<Trail>,
    #[serde(default, rename = "trailingPercent", alias = "trailing_percent")]
    trailing_percent: Option<Number>,
    #[serde(default)]
    limit_offset: Option<Number>,
    #[serde(default, alias = "tif", alias = "timeInForce")]
    time_in_force: Option<TimeInForceWord>,
    #[serde(default, alias = "goodTillDate", alias = "good_till_date")]
    good_till: Option<DateTime<Utc>>,
    #[serde(default)]
    session: Option<SessionWord>,
    #[serde(default, rename = "outside_rth", alias = "outsideRth")]
    outside_rth: Option<bool>,
    #[serde(default, alias = "displaySize", alias = "display_size")]
    display_quantity: Option<Number>,
    #[serde(default)]
    legs: Option<Listed<LegInput>>,
    #[serde(default, alias = "takeProfit")]
    take_profit: Option<Number>,
    #[serde(default, alias = "stopLoss")]
    stop_loss: Option<Number>,
    #[serde(default)]
    transmit: Option<bool>,
}

impl Form {
    fn order(self) -> Result<OrderInput, &'static str> {
        let mut order = OrderInput {
            instrument: self.instrument,
            side: self.side,
            quantity: self.quantity,
            notional: self.notional,
            order_type: self.order_type,
            limit_price: self.limit_price,
            stop_price: self.stop_price,
            trail: self.trail,
            limit_offset: self.limit_offset,
            time_in_force: self.time_in_force,
            good_till: self.good_till,
            session: self.session,
            display_quantity: self.display_quantity,
            legs: self.legs,
            take_profit: self.take_profit,
            stop_loss: self.stop_loss,
            transmit: self.transmit,
        };
        if let Some(price) = self.aux_price {
            let trails = matches!(
                order.order_type,
                OrderTypeWord::Trail | OrderTypeWord::TrailLimit
            );
            if trails && order.trail.is_none() && self.trailing_percent.is_none() {
                order.trail = Some(Trail::Amount(price.0));
            } else if !trails && order.stop_price.is_none() {
                order.stop_price = Some(price);
            } else {
                return Err("auxPrice: the same is said twice");
            }
        }
        if let Some(percent) = self.trailing_percent {
            if order.trail.is_some() {
                return Err("trailing_percent: the distance is said twice");
            }
            order.trail = Some(Trail::Percent(percent.0));
        }
        match (self.outside_rth, order.session) {
            (Some(_), Some(_)) => return Err("outside_rth: the session is said twice"),
            (Some(true), None) => order.session = Some(SessionWord::Extended),
            (Some(false), None) => order.session = Some(SessionWord::Regular),
            (None, _) => {}
        }
        Ok(order)
    }
}

impl<'de> Deserialize<'de> for OrderInput {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = match Value::deserialize(deserializer)? {
            Value::String(text) => twice::read_text(&text).map_err(de::Error::custom)?,
            value => value,
        };
        if !value.is_object() {
            return Err(de::Error::custom("an order is an object"));
        }
        let form: Form = serde_path_to_error::deserialize(value).map_err(de::Error::custom)?;
        form.order().map_err(de::Error::custom)
    }
}

/// The distance of a trailing stop from the market.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trail {
    /// In price units.
    Amount(Decimal),
    /// In percent of the market price.
    Percent(Decimal),
}

impl From<Trail> for TrailingOffset {
    fn from(trail: Trail) -> Self {
        match trail {
            Trail::Amount(amount) => Self::Amount(amount),
            Trail::Percent(percent) => Self::Percent(percent),
        }
    }
}

impl FromStr for Trail {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let (number, percent) = match text.strip_suffix('%') {
            Some(number) => (number.trim_end(), true),
            None => (text, false),
        };
        let number = decimal(number)
            .ok_or_else(|| "a distance is a number such as `1.50`, or `5%`".to_owned())?;
        Ok(if percent {
            Self::Percent(number)
        } else {
            Self::Amount(number)
        })
    }
}

impl Serialize for Trail {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Amount(amount) => serializer.collect_str(amount),
            Self::Percent(percent) => serializer.collect_str(&format_args!("{percent}%")),
        }
    }
}

impl<'de> Deserialize<'de> for Trail {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(text) => text.parse().map_err(de::Error::custom),
            number @ Value::Number(_) => {
                let number: Number = serde_json::from_value(number).map_err(de::Error::custom)?;
                Ok(Self::Amount(number.0))
            }
            _ => Err(de::Error::custom(
                "a distance is a number such as `1.50`, or `5%`",
            )),
        }
    }
}

impl JsonSchema for Trail {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Trail".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string" })
    }
}
