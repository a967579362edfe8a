//! Exchanges and markets: ISO 10383 codes and the vendor's words.

use broker_core::model::{Instrument, Mic};
use chrono_tz::Tz;

/// The vendor's words for exchanges; of several words for one, the first is what is sent.
const EXCHANGES: &[(&str, &str)] = &[
    ("NASDAQ", "XNAS"),
    ("NASDAQ.NMS", "XNAS"),
    ("NASDAQ.SCM", "XNAS"),
    ("ISLAND", "XNAS"),
    ("NYSE", "XNYS"),
    ("AMEX", "XASE"),
    ("NYSEAMERICAN", "XASE"),
    ("ARCA", "ARCX"),
    ("NYSEARCA", "ARCX"),
    ("BATS", "BATS"),
    ("IEX", "IEXG"),
    ("PINK", "PINX"),
    ("OTC", "PINX"),
    ("CBOE", "XCBO"),
    ("CME", "XCME"),
    ("GLOBEX", "XCME"),
    ("CBOT", "XCBT"),
    ("ECBOT", "XCBT"),
    ("NYMEX", "XNYM"),
    ("COMEX", "XCEC"),
    ("SEHK", "XHKG"),
    ("HKEX", "XHKF"),
    ("HKFE", "XHKF"),
    ("SGX", "XSES"),
    ("OSE", "XOSE"),
    ("ASX", "XASX"),
    ("LSE", "XLON"),
    ("SSE", "XSHG"),
    ("SZSE", "XSHE"),
    ("NZX", "XNZE"),
];

/// The exchange of one of the vendor's words; `XXXX` for a word that is not in the table.
pub(crate) fn mic(word: &str) -> Mic {
    let known = EXCHANGES.iter().find(|(name, _)| *name == word);
    known
        .and_then(|(_, code)| code.parse().ok())
        .unwrap_or(Mic::XXXX)
}

/// The vendor's word for an exchange.
pub(crate) fn exchange_word(mic: Mic) -> Option<&'static str> {
    let known = EXCHANGES.iter().find(|(_, code)| *code == mic.as_str());
    known.map(|(name, _)| *name)
}

/// The vendor's word for the market of an exchange.
fn market(mic: Mic) -> &'static str {
    match mic.as_str() {
        "XHKG" | "XHKF" => "HK",
        "XSHG" | "XSHE" => "CN",
        "XSES" => "SG",
        "XASX" => "AU",
        "XNZE" => "NZ",
        "XLON" => "UK",
        _ => "US",
    }
}

/// The vendor's word for the market in which an instrument trades.
pub(crate) fn market_of(instrument: &Instrument) -> &'static str {
    match instrument {
        Instrument::Equity(part) => market(part.primary),
        Instrument::Index(part) => market(part.exchange),
        Instrument::Warrant(part) => market(part.exchange),
        Instrument::Option(part) if part.currency == broker_core::model::Currency::HKD => "HK",
        Instrument::Combo(combo) => combo
            .legs()
            .first()
            .map_or("US", |leg| market_of(&leg.instrument)),
        _ => "US",
    }
}

/// The time zone of a market.
pub(crate) fn zone_of(market: &str) -> Tz {
    match market {
        "HK" => chrono_tz::Asia::Hong_Kong,
        "CN" => chrono_tz::Asia::Shanghai,
        "SG" => chrono_tz::Asia::Singapore,
        "AU" => chrono_tz::Australia::Sydney,
        "NZ" => chrono_tz::Pacific::Auckland,
        "UK" => chrono_tz::Europe::London,
        _ => chrono_tz::America::New_York,
    }
}
