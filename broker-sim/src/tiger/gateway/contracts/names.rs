//! How the vendor writes instruments.

use broker_core::model::{Future, Instrument, Mic, OccSymbol, Right};
use rust_decimal::Decimal;

use crate::exchange::Exchange;

/// The parts of a derivative's name; empty for everything else.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::tiger::gateway) struct Parts {
    /// `yyyyMMdd`.
    pub(in crate::tiger::gateway) expiry: String,
    /// With a decimal point: `200.0`.
    pub(in crate::tiger::gateway) strike: String,
    /// `CALL` or `PUT`.
    pub(in crate::tiger::gateway) right: &'static str,
}

/// The vendor's word for the class.
pub(in crate::tiger::gateway) const fn sec_type(instrument: &Instrument) -> &'static str {
    match instrument {
        Instrument::Equity(_) => "STK",
        Instrument::Option(_) => "OPT",
        Instrument::Future(_) => "FUT",
        Instrument::FutureOption(_) => "FOP",
        Instrument::Forex(_) => "FOREX",
        Instrument::Index(_) => "IND",
        Instrument::Crypto(_) => "CC",
        Instrument::Fund(_) => "FUND",
        Instrument::Warrant(_) => "WAR",
        Instrument::Bond(_) => "BOND",
        Instrument::Combo(_) => "MLEG",
        _ => "OTHER",
    }
}

/// The code of a future: `ES2303`.
fn code(future: &Future) -> String {
    format!("{}{}", future.root, future.expiry.format("%y%m"))
}

/// The symbol: of an option its underlying's, of a combination its first leg's.
pub(in crate::tiger::gateway) fn symbol(instrument: &Instrument) -> String {
    match instrument {
        Instrument::Equity(part) => part.symbol.to_string(),
        Instrument::Option(part) => part.symbol.root().to_owned(),
        Instrument::Future(part) => code(part),
        Instrument::FutureOption(part) => part.root.to_string(),
        Instrument::Forex(part) => format!("{}.{}", part.base, part.quote),
        Instrument::Index(part) => part.symbol.to_string(),
        Instrument::Crypto(part) => format!("{}.{}", part.base, part.quote),
        Instrument::Fund(part) => part.symbol.to_string(),
        Instrument::Warrant(part) => part.symbol.to_string(),
        Instrument::Bond(part) => part.identifier.to_string(),
        Instrument::Combo(combo) => combo
            .legs()
            .first()
            .map(|leg| symbol(&leg.instrument))
            .unwrap_or_default(),
        other => other.to_string(),
    }
}

/// What names the instrument alone: the symbol, or the 21 characters of an option.
pub(in crate::tiger::gateway) fn identifier(instrument: &Instrument) -> String {
    match instrument {
        Instrument::Option(part) => occ(&part.symbol),
        other => symbol(other),
    }
}

/// An option's 21 characters.
fn occ(symbol: &OccSymbol) -> String {
    let right = if symbol.right() == Right::Put {
        'P'
    } else {
        'C'
    };
    let thousandths = (symbol.strike() * Decimal::ONE_THOUSAND).normalize();
    format!(
        "{:<6}{}{right}{:0>8}",
        symbol.root(),
        symbol.expiry().format("%y%m%d"),
        thousandths.to_string()
    )
}

/// The parts of a derivative's name.
pub(in crate::tiger::gateway) fn parts(instrument: &Instrument) -> Parts {
    let date = |date: chrono::NaiveDate| date.format("%Y%m%d").to_string();
    match instrument {
        Instrument::Option(part) => Parts {
            expiry: date(part.symbol.expiry()),
            strike: strike(part.symbol.strike()),
            right: right(part.symbol.right()),
        },
        Instrument::Future(part) => Parts {
            expiry: date(part.expiry),
            ..Parts::default()
        },
        _ => Parts::default(),
    }
}

/// A strike as the vendor's doubles print it.
fn strike(value: Decimal) -> String {
    let value = value.normalize();
    if value.scale() == 0 {
        format!("{value}.0")
    } else {
        value.to_string()
    }
}

/// The vendor's word for a right.
pub(in crate::tiger::gateway) fn right(right: Right) -> &'static str {
    if right == Right::Put { "PUT" } else { "CALL" }
}

/// The market.
pub(in crate::tiger::gateway) fn market(instrument: &Instrument) -> &'static str {
    match instrument {
        Instrument::Equity(part) if part.primary == Mic::XHKG => "HK",
        Instrument::Warrant(part) if part.exchange == Mic::XHKG => "HK",
        _ => "US",
    }
}

/// The currency; of a pair or of a combination the one that is paid.
pub(in crate::tiger::gateway) fn currency(instrument: &Instrument) -> String {
    instrument
        .currency()
        .map_or_else(String::new, |currency| currency.to_string())
}

/// The segment of an account that trades it.
pub(in crate::tiger::gateway) const fn segment(instrument: &Instrument) -> &'static str {
    match instrument {
        Instrument::Future(_) | Instrument::FutureOption(_) => "C",
        Instrument::Fund(_) => "F",
        Instrument::Crypto(_) => "D",
        _ => "S",
    }
}

/// The long word of the same.
pub(in crate::tiger::gateway) const fn segment_word(instrument: &Instrument) -> &'static str {
    match instrument {
        Instrument::Future(_) | Instrument::FutureOption(_) => "FUT",
        Instrument::Fund(_) => "FUND",
        Instrument::Crypto(_) => "DGT",
        _ => "SEC",
    }
}

/// The name in words.
pub(in crate::tiger::gateway) fn full(instrument: &Instrument, exchange: &mut Exchange) -> String {
    let details = exchange.contract(instrument);
    details.map_or_else(|_| symbol(instrument), |details| details.name.clone())
}

/// The exchange in the vendor's words.
pub(in crate::tiger::gateway) fn venue(instrument: &Instrument) -> &'static str {
    let mic = match instrument {
        Instrument::Equity(part) => part.primary,
        Instrument::Future(part) => part.exchange,
        Instrument::Index(part) => part.exchange,
        _ => return "SMART",
    };
    match mic {
        Mic::XNAS => "NASDAQ",
        Mic::XNYS => "NYSE",
        Mic::XHKG => "SEHK",
        Mic::XCME => "CME",
        Mic::XCBO => "CBOE",
        _ => "SMART",
    }
}

/// Whether a holding of it is a position; what a pair of currencies brings is cash.
pub(in crate::tiger::gateway) const fn is_held_as_position(instrument: &Instrument) -> bool {
    !matches!(instrument, Instrument::Forex(_))
}
