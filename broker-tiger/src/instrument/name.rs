//! An instrument as a request names it.

use broker_core::{
    Error, Result,
    model::{Combo, Fund, Instrument, Right, Warrant},
};
use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde_json::{Map, Value};

use crate::transport::Parameters;

/// The members by which a request names an instrument (protocol notes, section 4.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) symbol: String,
    pub(crate) sec_type: &'static str,
    /// Left out of combinations.
    pub(crate) currency: Option<String>,
    /// `yyyyMMdd`.
    pub(crate) expiry: Option<String>,
    /// A text, unlike every other number.
    pub(crate) strike: Option<String>,
    pub(crate) right: Option<&'static str>,
    /// The exchange's code of a warrant, which the vendor wants named twice.
    pub(crate) local_symbol: Option<String>,
    pub(crate) exchange: Option<String>,
    pub(crate) multiplier: Option<Decimal>,
    pub(crate) legs: Vec<Leg>,
}

/// One leg of a combination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Leg {
    pub(crate) name: Box<Name>,
    pub(crate) sells: bool,
    pub(crate) ratio: u32,
}

/// The vendor's word for a right.
pub(crate) fn right_word(right: Right) -> &'static str {
    if right == Right::Put { "PUT" } else { "CALL" }
}

/// A strike as the vendor's doubles print it: with a decimal point.
pub(crate) fn strike_text(strike: Decimal) -> String {
    let strike = strike.normalize();
    if strike.scale() == 0 {
        format!("{strike}.0")
    } else {
        strike.to_string()
    }
}

/// The vendor's name of a fund: `IE00B11XZ988.USD`.
pub(crate) fn fund_symbol(part: &Fund) -> String {
    format!("{}.{}", part.symbol, part.currency)
}

fn not_named(instrument: &Instrument) -> Error {
    let class = instrument.asset_class();
    Error::unsupported(format!(
        "{instrument}: {class} is not traded through this adapter"
    ))
    .at_field("instrument")
}

impl Name {
    fn plain(symbol: &str, sec_type: &'static str, currency: &str) -> Self {
        Self {
            symbol: symbol.to_owned(),
            sec_type,
            currency: Some(currency.to_owned()),
            expiry: None,
            strike: None,
            right: None,
            local_symbol: None,
            exchange: None,
            multiplier: None,
            legs: Vec::new(),
        }
    }

    /// The name of an instrument that says everything about itself.
    ///
    /// # Errors
    /// [`Unsupported`](broker_core::ErrorKind::Unsupported) for classes that have no such name; a
    /// future's name is the broker's, and so is what a warrant is.
    pub(crate) fn of(instrument: &Instrument) -> Result<Self> {
        Ok(match instrument {
            Instrument::Equity(part) => {
                Self::plain(part.symbol.as_str(), "STK", part.currency.as_str())
            }
            Instrument::Option(part) => {
                let occ = part.symbol;
                Self {
                    expiry: Some(occ.expiry().format("%Y%m%d").to_string()),
                    strike: Some(strike_text(occ.strike())),
                    right: Some(right_word(occ.right())),
                    ..Self::plain(occ.root(), "OPT", part.currency.as_str())
                }
            }
            Instrument::Crypto(part) => {
                let symbol = format!("{}.{}", part.base, part.quote);
                Self::plain(&symbol, "CC", part.quote.as_str())
            }
            Instrument::FutureOption(part) => Self::of_future_option(
                part.root.as_str(),
                (part.expiry, part.strike, part.right),
                part.currency.as_str(),
            ),
            // The currency is the end of the symbol, and the vendor's SDK names it nowhere else.
            Instrument::Fund(part) => Self {
                currency: None,
                ..Self::plain(&fund_symbol(part), "FUND", "")
            },
            Instrument::Future(_)
            | Instrument::Forex(_)
            | Instrument::Index(_)
            | Instrument::Warrant(_)
            | Instrument::Bond(_)
            | Instrument::Combo(_)
            | Instrument::Native(_) => return Err(not_named(instrument)),
            other => return Err(not_named(other)),
        })
    }

    /// The name of an option on a future, by the product that the vendor lists it under.
    pub(crate) fn of_future_option(
        root: &str,
        (expiry, strike, right): (NaiveDate, Decimal, Right),
        currency: &str,
    ) -> Self {
        Self {
            expiry: Some(expiry.format("%Y%m%d").to_string()),
            strike: Some(strike_text(strike)),
            right: Some(right_word(right)),
            ..Self::plain(root, "FOP", currency)
        }
    }

    /// The name of a warrant (`WAR`) or of a callable contract (`IOPT`) as far as its code says it.
    pub(crate) fn of_warrant(part: &Warrant, class: &'static str) -> Self {
        Self {
            local_symbol: Some(part.symbol.to_string()),
            ..Self::plain(part.symbol.as_str(), class, part.currency.as_str())
        }
    }

    /// The name of a combination of legs that are named already.
    pub(crate) fn of_combo(combo: &Combo, legs: Vec<Name>) -> Self {
        let symbol = legs.first().map(|leg| leg.symbol.clone());
        let legs = combo.legs().iter().zip(legs).map(|(leg, name)| Leg {
            name: Box::new(name),
            sells: leg.side.is_sell(),
            ratio: leg.ratio,
        });
        Self {
            currency: None,
            legs: legs.collect(),
            ..Self::plain(&symbol.unwrap_or_default(), "MLEG", "")
        }
    }

    /// Adds the name to a request.
    ///
    /// # Errors
    /// As [`Parameters::with`].
    pub(crate) fn write(&self, parameters: Parameters) -> Result<Parameters> {
        let mut written = parameters.with("sec_type", self.sec_type)?;
        if !self.legs.is_empty() {
            let legs: Vec<Value> = self.legs.iter().map(Leg::written).collect();
            return written
                .with("contract_legs", legs)?
                .with("combo_type", "CUSTOM");
        }
        written = written.with("symbol", &self.symbol)?;
        for (member, value) in [
            ("currency", self.currency.as_deref()),
            ("expiry", self.expiry.as_deref()),
            ("strike", self.strike.as_deref()),
            ("right", self.right),
            ("local_symbol", self.local_symbol.as_deref()),
            ("exchange", self.exchange.as_deref()),
        ] {
            if let Some(value) = value {
                written = written.with(member, value)?;
            }
        }
        match self.multiplier {
            Some(multiplier) => written.number("multiplier", multiplier),
            None => Ok(written),
        }
    }
}

impl Leg {
    fn written(&self) -> Value {
        let mut leg = Map::new();
        leg.insert("symbol".to_owned(), self.name.symbol.clone().into());
        leg.insert("sec_type".to_owned(), self.name.sec_type.into());
        for (member, value) in [
            ("expiry", self.name.expiry.as_deref()),
            ("strike", self.name.strike.as_deref()),
            ("right", self.name.right),
        ] {
            if let Some(value) = value {
                leg.insert(member.to_owned(), value.into());
            }
        }
        let action = if self.sells { "SELL" } else { "BUY" };
        leg.insert("action".to_owned(), action.into());
        leg.insert("ratio".to_owned(), self.ratio.into());
        Value::Object(leg)
    }
}
