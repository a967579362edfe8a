//! The short text by which answers name an instrument and which every operation reads.

use broker_core::model::{
    AssetClass, BrokerId, Currency, Instrument, InstrumentQuery, ListedOption, Native, OccSymbol,
    Right, Symbol,
};
use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::reference::Expiry;
use crate::value::number::decimal;

/// The short text of an instrument.
pub(super) fn write(instrument: &Instrument) -> String {
    match instrument {
        // The padding of the root gets lost in what models write.
        Instrument::Option(part) => {
            let occ = part.symbol.to_string().replace(' ', "");
            with_currency(occ, part.currency)
        }
        Instrument::FutureOption(part) => with_currency(instrument.to_string(), part.currency),
        other => other.to_string(),
    }
}

fn with_currency(text: String, currency: Currency) -> String {
    if currency == Currency::USD {
        text
    } else {
        format!("{text} {currency}")
    }
}

/// What a short text asks for.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Asked {
    /// It names an instrument in full.
    Exactly(Instrument),
    /// The broker knows what it means, with the given expiry.
    Like(InstrumentQuery, Option<Expiry>),
}

/// Reads a short text.
pub(super) fn read(text: &str) -> Asked {
    let text = text.trim();
    native(text)
        .or_else(|| derivative(&text.to_ascii_uppercase()))
        .unwrap_or_else(|| Asked::Like(classed(&text.to_ascii_uppercase()), None))
}

/// `ibkr:265598`.
fn native(text: &str) -> Option<Asked> {
    let (broker, id) = text.split_once(':')?;
    let broker = BrokerId::new(broker).ok()?;
    let id: Symbol = id.parse().ok()?;
    Some(Asked::Exactly(Instrument::Native(Native { broker, id })))
}

/// `SPDR fund`, `12345.XHKG warrant`, `US912828 bond`; otherwise the text as it is.
fn classed(upper: &str) -> InstrumentQuery {
    let classes = [
        (" FUND", AssetClass::Fund),
        (" WARRANT", AssetClass::Warrant),
        (" BOND", AssetClass::Bond),
    ];
    for (word, class) in classes {
        if let Some(text) = upper.strip_suffix(word) {
            return InstrumentQuery::from(text).of_class(class);
        }
    }
    InstrumentQuery::from(upper)
}

/// Options and futures with their dates.
fn derivative(upper: &str) -> Option<Asked> {
    let words: Vec<&str> = upper.split_ascii_whitespace().collect();
    let currency = words.last().and_then(|last| last.parse::<Currency>().ok());
    // A currency at the end is only one behind a whole symbol.
    let (words, currency) = match (words.as_slice(), currency) {
        ([rest @ .., _], Some(currency)) if is_whole(rest) => (rest, currency),
        (all, _) => (all, Currency::USD),
    };
    if let Ok(symbol) = words.concat().parse::<OccSymbol>() {
        return Some(if currency == Currency::USD {
            // The broker knows the currency of an option that is listed.
            Asked::Like(InstrumentQuery::from(symbol.to_string()), None)
        } else {
            Asked::Exactly(Instrument::Option(ListedOption { symbol, currency }))
        });
    }
    let (root, date, strike) = match words {
        [root, date] => (*root, *date, None),
        [root, date, strike] => (*root, *date, Some(*strike)),
        _ => return None,
    };
    let date: NaiveDate = date.parse().ok()?;
    match (root.split_once('.'), strike.map(strike_of)) {
        (None, Some(strike)) => {
            let (strike, right) = strike?;
            let symbol = OccSymbol::new(root, date, right, strike).ok()?;
            Some(if currency == Currency::USD {
                Asked::Like(InstrumentQuery::from(symbol.to_string()), None)
            } else {
                Asked::Exactly(Instrument::Option(ListedOption { symbol, currency }))
            })
        }
        (Some((root, exchange)), Some(strike)) => {
            let (strike, right) = strike?;
            Some(Asked::Exactly(Instrument::FutureOption(
                broker_core::model::FutureOption {
                    root: root.parse().ok()?,
                    exchange: exchange.parse().ok()?,
                    expiry: date,
                    right,
                    strike,
                    currency,
                },
            )))
        }
        (Some((root, exchange)), None) => {
            let query = InstrumentQuery::from(root).of_class(AssetClass::Future);
            let query = query.on(exchange.parse().ok()?);
            Some(Asked::Like(query, Some(Expiry::Day(date))))
        }
        (None, None) => None,
    }
}

fn is_whole(words: &[&str]) -> bool {
    words.concat().parse::<OccSymbol>().is_ok() || words.len() == 3
}

fn strike_of(text: &str) -> Option<(Decimal, Right)> {
    let (strike, right) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let right = match right {
        "C" => Right::Call,
        "P" => Right::Put,
        _ => return None,
    };
    Some((decimal(strike)?, right))
}
