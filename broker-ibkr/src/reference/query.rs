//! What a person types for an instrument, as contracts to ask for.

use broker_core::model::{
    AssetClass, Currency, Instrument, InstrumentQuery, Mic, OccSymbol, Symbol,
};
use ibapi::contracts::{Contract, SecurityType};

use crate::instrument::{exchange_name, to_contract};

/// Suffixes that people put behind a ticker, and their exchanges.
const SUFFIXES: &[(&str, &str)] = &[
    ("HK", "XHKG"),
    ("L", "XLON"),
    ("DE", "XETR"),
    ("PA", "XPAR"),
    ("AS", "XAMS"),
    ("T", "XTKS"),
    ("TO", "XTSE"),
    ("AX", "XASX"),
    ("SI", "XSES"),
];

/// What to ask for.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Question {
    /// The instrument is named in full.
    Exactly(Instrument),
    /// Everything that fits.
    Like(Box<Contract>),
}

/// The questions for a text; the answers to all of them together are what it may mean.
pub(super) fn questions(query: &InstrumentQuery) -> Vec<Question> {
    let text = query.text.trim();
    if let Ok(occ) = text.parse::<OccSymbol>() {
        return vec![Question::Exactly(Instrument::option(occ))];
    }
    if let Some(pair) = pair(text, query) {
        return pair;
    }
    let upper = text.to_ascii_uppercase();
    let (ticker, exchange) = split(&upper);
    if Symbol::new(ticker).is_err() {
        return Vec::new();
    }
    let exchange = exchange.or(query.exchange);
    let classes = match query.asset_class {
        Some(class) => vec![class],
        // What people type as a ticker may be the root of a future, too.
        None => vec![AssetClass::Equity, AssetClass::Index, AssetClass::Future],
    };
    let mut questions = Vec::new();
    for class in classes {
        questions.extend(like(ticker, class, exchange, query.currency));
    }
    questions
}

/// `EUR.USD`, `EUR/USD`, `BTC-USD`; none when it is not a pair of currencies.
fn pair(text: &str, query: &InstrumentQuery) -> Option<Vec<Question>> {
    let (base, quote) = text.split_once(['.', '/', '-'])?;
    let base: Currency = base.to_ascii_uppercase().parse().ok()?;
    let quote: Currency = quote.to_ascii_uppercase().parse().ok()?;
    // A ticker with its exchange's code has four letters behind the dot, a currency three.
    if quote.as_str().len() != 3 {
        return None;
    }
    let wanted = |class| query.asset_class.is_none_or(|only| only == class);
    let mut questions = Vec::new();
    if wanted(AssetClass::Forex) {
        questions.push(Question::Exactly(Instrument::forex(base, quote)));
    }
    if wanted(AssetClass::Crypto) {
        questions.push(Question::Exactly(Instrument::crypto(base, quote)));
    }
    (!questions.is_empty()).then_some(questions)
}

/// A ticker and the exchange behind its last dot, where that is one.
fn split(text: &str) -> (&str, Option<Mic>) {
    let Some((ticker, suffix)) = text.rsplit_once('.') else {
        return (text, None);
    };
    let named = SUFFIXES.iter().find(|(known, _)| *known == suffix);
    let code = named.map_or(suffix, |(_, code)| code);
    match code.parse::<Mic>() {
        Ok(exchange) if exchange_name(exchange).is_some() => (ticker, Some(exchange)),
        // `BRK.B`: the dot belongs to the ticker.
        Ok(_) | Err(_) => (text, None),
    }
}

fn like(
    ticker: &str,
    class: AssetClass,
    exchange: Option<Mic>,
    currency: Option<Currency>,
) -> Option<Question> {
    let kind = match class {
        AssetClass::Equity => SecurityType::Stock,
        AssetClass::Index => SecurityType::Index,
        AssetClass::Future => SecurityType::Future,
        AssetClass::Fund => SecurityType::MutualFund,
        AssetClass::Bond => SecurityType::Bond,
        AssetClass::Crypto => SecurityType::Crypto,
        AssetClass::Forex => SecurityType::ForexPair,
        AssetClass::Warrant => SecurityType::Warrant,
        // An option is named by its own symbol, a combination by its legs.
        _ => return None,
    };
    let home = exchange.unwrap_or(Mic::XNAS);
    let usual = Currency::USD;
    // The share's own way to write a ticker, such as `BRK B`, depends on its exchange.
    let share = Instrument::equity(ticker, home, currency.unwrap_or(usual)).ok()?;
    let mut contract = to_contract(&share).ok()?;
    contract.security_type = kind;
    if currency.is_none() {
        contract.currency = "".into();
    }
    if class == AssetClass::Warrant {
        contract.local_symbol = contract.symbol.to_string();
        contract.symbol = "".into();
    }
    match exchange {
        Some(_) if class == AssetClass::Equity => {}
        Some(exchange) => {
            contract.exchange = exchange_name(exchange)?.into();
            contract.primary_exchange = "".into();
        }
        None => {
            contract.primary_exchange = "".into();
            contract.exchange = if class == AssetClass::Equity {
                "SMART"
            } else {
                ""
            }
            .into();
        }
    }
    Some(Question::Like(Box::new(contract)))
}
