use broker_core::model::Instrument;
use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::text;
use crate::value::{Number, RightWord, SecTypeWord, SideWord};

/// An instrument in an answer. The whole of it, or its `id`, names it in every request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct InstrumentView {
    /// Short text.
    pub id: String,
    /// Ticker, root or first currency.
    pub symbol: String,
    /// Class.
    pub sec_type: SecTypeWord,
    /// Exchange (MIC).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange: Option<String>,
    /// Currency of the price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Last trading date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expiry: Option<NaiveDate>,
    /// Strike.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strike: Option<Number>,
    /// Right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub right: Option<RightWord>,
    /// Legs of a combination.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub legs: Vec<LegView>,
}

/// A leg of a combination.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct LegView {
    /// Short text of what it trades.
    pub instrument: String,
    /// Its side when the combination is bought.
    pub side: SideWord,
    /// Units per unit of the combination.
    pub ratio: u32,
}

impl InstrumentView {
    /// The answer for an instrument.
    #[must_use]
    pub fn of(instrument: &Instrument) -> Self {
        let mut view = Self {
            id: text::write(instrument),
            symbol: instrument.to_string(),
            sec_type: instrument.asset_class().into(),
            exchange: None,
            currency: instrument.currency().map(|currency| currency.to_string()),
            expiry: instrument.expiry(),
            strike: None,
            right: None,
            legs: Vec::new(),
        };
        match instrument {
            Instrument::Equity(part) => {
                view.symbol = part.symbol.to_string();
                view.exchange = Some(part.primary.to_string());
            }
            Instrument::Option(part) => {
                view.symbol = part.symbol.root().to_owned();
                view.strike = Some(Number(part.symbol.strike()));
                view.right = Some(part.symbol.right().into());
            }
            Instrument::Future(part) => {
                view.symbol = part.root.to_string();
                view.exchange = Some(part.exchange.to_string());
            }
            Instrument::FutureOption(part) => {
                view.symbol = part.root.to_string();
                view.exchange = Some(part.exchange.to_string());
                view.strike = Some(Number(part.strike));
                view.right = Some(part.right.into());
            }
            Instrument::Forex(part) => view.symbol = part.base.to_string(),
            Instrument::Crypto(part) => view.symbol = part.base.to_string(),
            Instrument::Index(part) => {
                view.symbol = part.symbol.to_string();
                view.exchange = Some(part.exchange.to_string());
            }
            Instrument::Fund(part) => view.symbol = part.symbol.to_string(),
            Instrument::Warrant(part) => {
                view.symbol = part.symbol.to_string();
                view.exchange = Some(part.exchange.to_string());
            }
            Instrument::Bond(part) => view.symbol = part.identifier.to_string(),
            Instrument::Combo(combo) => {
                let legs = combo.legs().iter().map(|leg| LegView {
                    instrument: text::write(&leg.instrument),
                    side: leg.side.into(),
                    ratio: leg.ratio,
                });
                view.legs = legs.collect();
            }
            Instrument::Native(part) => view.symbol = part.id.to_string(),
            // A class without parts here is named by its text.
            _ => {}
        }
        view
    }
}

impl From<&Instrument> for InstrumentView {
    fn from(instrument: &Instrument) -> Self {
        Self::of(instrument)
    }
}
