//! An instrument as orders, executions and positions name it.

use broker_core::model::{
    BrokerId, Currency, Fund, Instrument, ListedOption, Mic, Native, OccSymbol, Right, Symbol,
    Warrant,
};
use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, de::DeserializeOwned, de::Error as _};
use serde_json::value::RawValue;

use super::row::date;
use crate::convert::{Figure, Text, Whole};

/// The members that name an instrument in an answer.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Told {
    pub(crate) symbol: Text,
    pub(crate) sec_type: Text,
    pub(crate) currency: Text,
    pub(crate) market: Text,
    pub(crate) identifier: Text,
    pub(crate) local_symbol: Text,
    pub(crate) expiry: Text,
    pub(crate) strike: Figure,
    pub(crate) right: Text,
    pub(crate) legs: Option<Vec<ToldLeg>>,
}

/// A row and the instrument that it names, which are members of one object.
#[derive(Debug, Clone, Default)]
pub(crate) struct Named<T> {
    pub(crate) told: Told,
    pub(crate) row: T,
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Named<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Read twice: a flattened member would pass through a form that keeps no exact numbers.
        let raw = <Box<RawValue>>::deserialize(deserializer)?;
        Ok(Self {
            told: serde_json::from_str(raw.get()).map_err(D::Error::custom)?,
            row: serde_json::from_str(raw.get()).map_err(D::Error::custom)?,
        })
    }
}

/// A leg of a combination in an answer.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ToldLeg {
    pub(crate) symbol: Text,
    pub(crate) sec_type: Text,
    pub(crate) currency: Text,
    pub(crate) identifier: Text,
    pub(crate) expiry: Text,
    pub(crate) strike: Figure,
    pub(crate) right: Text,
    pub(crate) action: Text,
    pub(crate) ratio: Whole,
}

/// An option on a future without its exchange.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct FutureOptionTerms {
    pub(super) root: Symbol,
    pub(super) expiry: NaiveDate,
    pub(super) strike: Decimal,
    pub(super) right: Right,
    pub(super) currency: Currency,
}

/// What the name of an instrument comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Meant {
    /// It says everything.
    Known(Instrument),
    /// A share: its exchange has to be asked for.
    Share(String, Currency),
    /// A future: its exchange and last day have to be asked for.
    Future(String),
    /// An option on a future: its exchange has to be asked for.
    FutureOption(FutureOptionTerms),
    /// Several legs.
    Combo,
    /// Nothing that can be read.
    Unreadable(String),
}

/// The right of one of the vendor's words.
pub(super) fn right_of(word: &str) -> Option<Right> {
    match word.to_ascii_uppercase().as_str() {
        "CALL" | "C" => Some(Right::Call),
        "PUT" | "P" => Some(Right::Put),
        _ => None,
    }
}

/// An instrument that core has no form for, under the vendor's own words.
pub(super) fn native(sec_type: &str, name: &str) -> Option<Instrument> {
    let id = Symbol::new(format!("{sec_type}:{name}")).ok()?;
    let broker = BrokerId::new("tiger").ok()?;
    Some(Instrument::Native(Native { broker, id }))
}

impl Told {
    pub(super) fn meant(&self) -> Meant {
        let symbol = self.symbol.get().unwrap_or_default();
        let sec_type = self.sec_type.get().unwrap_or("STK");
        let unreadable = || Meant::Unreadable(format!("{sec_type} {symbol}"));
        let currency = self.currency.get().and_then(|word| word.parse().ok());
        match sec_type {
            "STK" => match currency {
                Some(currency) if !symbol.is_empty() => Meant::Share(symbol.to_owned(), currency),
                _ => unreadable(),
            },
            "OPT" => {
                let by_name = self.identifier.get().and_then(|text| text.parse().ok());
                let by_parts = || {
                    let expiry = date(self.expiry.get()?)?;
                    let right = right_of(self.right.get()?)?;
                    OccSymbol::new(symbol, expiry, right, self.strike.get()?).ok()
                };
                match by_name.or_else(by_parts) {
                    Some(symbol) => Meant::Known(Instrument::Option(ListedOption {
                        symbol,
                        currency: currency.unwrap_or(Currency::USD),
                    })),
                    None => self.strange(sec_type),
                }
            }
            "FOP" => match self.future_option(symbol, currency) {
                Some(terms) => Meant::FutureOption(terms),
                None => self.strange(sec_type),
            },
            "FUND" => fund(symbol, currency).map_or_else(|| self.strange(sec_type), Meant::Known),
            "WAR" | "IOPT" => self
                .warrant(currency)
                .map_or_else(|| self.strange(sec_type), Meant::Known),
            "FUT" if !symbol.is_empty() => Meant::Future(symbol.to_owned()),
            "CC" => match pair(symbol, currency.unwrap_or(Currency::USD)) {
                Some((base, quote)) => Meant::Known(Instrument::crypto(base, quote)),
                None => unreadable(),
            },
            "CASH" | "FOREX" => match pair(symbol, Currency::USD) {
                Some((base, quote)) => Meant::Known(Instrument::forex(base, quote)),
                None => unreadable(),
            },
            "MLEG" => Meant::Combo,
            other => self.strange(other),
        }
    }

    fn future_option(&self, symbol: &str, currency: Option<Currency>) -> Option<FutureOptionTerms> {
        Some(FutureOptionTerms {
            root: symbol.parse().ok()?,
            expiry: date(self.expiry.get()?)?,
            strike: self.strike.get()?.normalize(),
            right: right_of(self.right.get()?)?,
            currency: currency?,
        })
    }

    /// A warrant or a callable contract, by the exchange's code. The vendor's own examples have its
    /// underlying as the symbol where the code is named elsewhere.
    fn warrant(&self, currency: Option<Currency>) -> Option<Instrument> {
        let code = self.local_symbol.get().or(self.identifier.get());
        let code = code.or(self.symbol.get())?;
        let exchange = match self.market.get() {
            Some("HK") => Mic::XHKG,
            None if currency == Some(Currency::HKD) => Mic::XHKG,
            _ => return None,
        };
        Some(Instrument::Warrant(Warrant {
            symbol: code.parse().ok()?,
            exchange,
            currency: currency?,
        }))
    }

    fn strange(&self, sec_type: &str) -> Meant {
        let name = self
            .identifier
            .get()
            .or(self.symbol.get())
            .unwrap_or_default();
        native(sec_type, name).map_or_else(
            || Meant::Unreadable(format!("{sec_type} {name}")),
            Meant::Known,
        )
    }
}

impl ToldLeg {
    /// The leg as an instrument of its own, in the currency of the whole.
    pub(super) fn told(&self, whole: &Told) -> Told {
        let currency = self.currency.get().or(whole.currency.get());
        Told {
            symbol: self.symbol.clone(),
            sec_type: self.sec_type.clone(),
            currency: Text(currency.map(str::to_owned)),
            market: whole.market.clone(),
            identifier: self.identifier.clone(),
            local_symbol: Text(None),
            expiry: self.expiry.clone(),
            strike: self.strike,
            right: self.right.clone(),
            legs: None,
        }
    }
}

/// `IE00B11XZ988.USD`, or the symbol alone beside its currency.
fn fund(symbol: &str, currency: Option<Currency>) -> Option<Instrument> {
    let ending = symbol.rsplit_once('.').and_then(|(own, ending)| {
        let currency: Currency = ending.parse().ok()?;
        Some((own, currency))
    });
    let (symbol, currency) = match ending {
        Some(parts) => parts,
        None => (symbol, currency?),
    };
    Some(Instrument::Fund(Fund {
        symbol: symbol.parse().ok()?,
        currency,
    }))
}

/// `BTC.USD`, or `BTC` alone.
fn pair(symbol: &str, quote: Currency) -> Option<(Currency, Currency)> {
    match symbol.split_once('.') {
        Some((base, quote)) => Some((base.parse().ok()?, quote.parse().ok()?)),
        None => Some((symbol.parse().ok()?, quote)),
    }
}
