//! How the rooms of orders, accounts and contracts write instruments: as quotes do
//! ([`Name`](crate::tiger::gateway::symbols::Name)), with words for what has no quotes.

use broker_core::model::{Instrument, Right};

use crate::{
    exchange::Exchange,
    tiger::gateway::symbols::{Market, Name, exchange_word, right_word, strike_text},
};

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

/// The vendor's word for the class. A pair of currencies is asked for as `CASH` and told as `FOREX`.
pub(in crate::tiger::gateway) fn sec_type(instrument: &Instrument) -> &'static str {
    match instrument {
        Instrument::Forex(_) => "FOREX",
        Instrument::Bond(_) => "BOND",
        Instrument::Combo(_) => "MLEG",
        other => Name::of(other).map_or("OTHER", |name| name.sec_type.word()),
    }
}

/// The symbol: of an option its underlying's, of a combination its first leg's.
pub(in crate::tiger::gateway) fn symbol(instrument: &Instrument) -> String {
    match instrument {
        Instrument::Bond(part) => part.identifier.to_string(),
        Instrument::Combo(combo) => combo
            .legs()
            .first()
            .map(|leg| symbol(&leg.instrument))
            .unwrap_or_default(),
        other => Name::of(other).map_or_else(|| other.to_string(), |name| name.symbol),
    }
}

/// The symbol of the options on an underlying: an index leaves out its dot.
pub(in crate::tiger::gateway) fn option_root(underlying: &Instrument) -> String {
    symbol(underlying).trim_start_matches('.').to_owned()
}

/// What names the instrument alone: the symbol, or the 21 characters of an option.
pub(in crate::tiger::gateway) fn identifier(instrument: &Instrument) -> String {
    match instrument {
        Instrument::Option(part) => part.symbol.to_string(),
        other => symbol(other),
    }
}

/// The parts of a derivative's name.
pub(in crate::tiger::gateway) fn parts(instrument: &Instrument) -> Parts {
    let Some(name) = Name::of(instrument) else {
        return Parts::default();
    };
    let expiry = name.expiry.map(|date| date.format("%Y%m%d").to_string());
    Parts {
        expiry: expiry.unwrap_or_default(),
        strike: name.strike.map(strike_text).unwrap_or_default(),
        right: name.right.map(right_word).unwrap_or_default(),
    }
}

/// The same of a warrant, whose terms only the exchange knows.
pub(in crate::tiger::gateway) fn terms(instrument: &Instrument, exchange: &Exchange) -> Parts {
    let Some(terms) = exchange.warrant_terms(instrument) else {
        return parts(instrument);
    };
    let right = if terms.kind.rises() {
        Right::Call
    } else {
        Right::Put
    };
    Parts {
        expiry: terms.expiry.format("%Y%m%d").to_string(),
        strike: strike_text(terms.strike),
        right: right_word(right),
    }
}

/// The market.
pub(in crate::tiger::gateway) fn market(instrument: &Instrument) -> &'static str {
    Name::of(instrument)
        .map_or(Market::Us, |name| name.market)
        .word()
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
pub(in crate::tiger::gateway) fn venue(instrument: &Instrument) -> String {
    match instrument {
        Instrument::Equity(part) => exchange_word(part.primary),
        Instrument::Future(part) => exchange_word(part.exchange),
        Instrument::Index(part) => exchange_word(part.exchange),
        Instrument::FutureOption(part) => exchange_word(part.exchange),
        Instrument::Warrant(part) => exchange_word(part.exchange),
        _ => "SMART".to_owned(),
    }
}

/// Whether a holding of it is a position; what a pair of currencies brings is cash.
pub(in crate::tiger::gateway) const fn is_held_as_position(instrument: &Instrument) -> bool {
    !matches!(instrument, Instrument::Forex(_))
}
