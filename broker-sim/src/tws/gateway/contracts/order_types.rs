//! The order types and lifetimes that contract details name.

use broker_core::model::{AssetClass, OrderTypeKind as T, TimeInForceKind as F, TradingSession};

use crate::exchange::takes;

/// TWS's words for order types, beside the form that the exchange must take for them.
const TYPES: &[(&str, T)] = &[
    ("MKT", T::Market),
    ("LMT", T::Limit),
    ("STP", T::Stop),
    ("STPLMT", T::StopLimit),
    ("TRAIL", T::TrailingStop),
    ("TRAILLMT", T::TrailingStopLimit),
    ("MOC", T::MarketOnClose),
    ("LOC", T::LimitOnClose),
    ("MIT", T::MarketIfTouched),
    ("LIT", T::LimitIfTouched),
    ("MTL", T::MarketToLimit),
];

/// TWS's words for lifetimes.
const LIFETIMES: &[(&str, F)] = &[
    ("DAY", F::Day),
    ("GTC", F::Gtc),
    ("GTD", F::Gtd),
    ("IOC", F::Ioc),
    ("FOK", F::Fok),
    ("OPG", F::Opg),
];

/// What orders for a class may be, by TWS's words parted by commas.
pub(super) fn order_types(class: AssetClass) -> String {
    let sessions = TradingSession::ALL;
    let any = |kind: T, force: F| {
        sessions
            .iter()
            .any(|session| takes(class, kind, force, *session))
    };
    let mut words = Vec::new();
    for (word, kind) in TYPES {
        if F::ALL.iter().any(|force| any(*kind, *force)) {
            words.push(*word);
        }
    }
    for (word, force) in LIFETIMES {
        if T::ALL.iter().any(|kind| any(*kind, *force)) {
            words.push(*word);
        }
    }
    if !words.is_empty() {
        words.push("WHATIF");
    }
    words.join(",")
}
