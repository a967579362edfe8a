//! TWS's words for exchanges, symbols and classes.

use broker_core::model::{Instrument, Mic, Right};
use chrono::{Datelike as _, NaiveDate};

/// TWS's name of an exchange.
pub(super) fn exchange(mic: Mic) -> &'static str {
    match mic {
        Mic::XNAS => "NASDAQ",
        Mic::XNYS => "NYSE",
        Mic::ARCX => "ARCA",
        Mic::XCBO => "CBOE",
        Mic::XCME => "CME",
        Mic::XHKG => "SEHK",
        _ => "VALUE",
    }
}

/// TWS's word for the class of an instrument.
pub(in crate::tws::gateway) fn sec_type(instrument: &Instrument) -> &'static str {
    match instrument {
        Instrument::Equity(_) => "STK",
        Instrument::Option(_) => "OPT",
        Instrument::Future(_) => "FUT",
        Instrument::FutureOption(_) => "FOP",
        Instrument::Forex(_) => "CASH",
        Instrument::Index(_) => "IND",
        Instrument::Crypto(_) => "CRYPTO",
        Instrument::Fund(_) => "FUND",
        Instrument::Warrant(_) => "WAR",
        Instrument::Bond(_) => "BOND",
        Instrument::Combo(_) => "BAG",
        _ => "",
    }
}

/// TWS's symbol: Hong Kong shares go without leading zeros.
pub(super) fn symbol(instrument: &Instrument) -> String {
    match instrument {
        Instrument::Equity(part) if part.primary == Mic::XHKG => {
            part.symbol.as_str().trim_start_matches('0').to_owned()
        }
        Instrument::Equity(part) => part.symbol.as_str().replace('.', " "),
        Instrument::Option(part) => part.symbol.root().to_owned(),
        Instrument::Future(part) => part.root.as_str().to_owned(),
        Instrument::FutureOption(part) => part.root.as_str().to_owned(),
        Instrument::Forex(part) => part.base.to_string(),
        Instrument::Index(part) => part.symbol.as_str().to_owned(),
        Instrument::Crypto(part) => part.base.to_string(),
        Instrument::Fund(part) => part.symbol.as_str().to_owned(),
        Instrument::Warrant(part) => part.symbol.as_str().to_owned(),
        Instrument::Bond(part) => part.identifier.as_str().to_owned(),
        Instrument::Combo(combo) => combo
            .legs()
            .first()
            .map(|leg| symbol(&leg.instrument))
            .unwrap_or_default(),
        _ => String::new(),
    }
}

/// The symbol that the exchange uses, where it is not TWS's.
pub(super) fn local_symbol(instrument: &Instrument) -> String {
    match instrument {
        Instrument::Option(part) => part.symbol.to_string(),
        Instrument::Future(part) => {
            let code = month_code(part.expiry);
            format!("{}{code}{}", part.root, part.expiry.year().rem_euclid(10))
        }
        Instrument::Forex(part) => format!("{}.{}", part.base, part.quote),
        Instrument::Crypto(part) => format!("{}.{}", part.base, part.quote),
        other => symbol(other),
    }
}

/// The class under which the exchange trades it.
pub(super) fn trading_class(instrument: &Instrument) -> String {
    match instrument {
        Instrument::Equity(part) if part.primary == Mic::XNAS => "NMS".into(),
        Instrument::Forex(_) => local_symbol(instrument),
        other => symbol(other),
    }
}

/// The exchange to which orders go by default.
pub(super) fn routing(instrument: &Instrument) -> &'static str {
    match instrument {
        Instrument::Equity(part) if part.primary == Mic::XHKG => "SEHK",
        Instrument::Equity(_) | Instrument::Option(_) | Instrument::Combo(_) => "SMART",
        Instrument::Future(part) => exchange(part.exchange),
        Instrument::Index(part) => exchange(part.exchange),
        Instrument::Forex(_) => "IDEALPRO",
        Instrument::Crypto(_) => "PAXOS",
        _ => "",
    }
}

/// Where it is listed.
pub(super) fn primary(instrument: &Instrument) -> &'static str {
    match instrument {
        Instrument::Equity(part) => exchange(part.primary),
        _ => "",
    }
}

/// Where options trade.
pub(super) const OPTION_EXCHANGES: &[&str] = &["SMART", "CBOE"];

/// The exchange whose prices an instrument shows, whatever orders are routed by.
pub(in crate::tws::gateway) fn listed_on(instrument: &Instrument) -> &'static str {
    match instrument {
        Instrument::Equity(part) => exchange(part.primary),
        Instrument::Option(_) => "CBOE",
        other => routing(other),
    }
}

/// Every exchange to which orders may go.
pub(super) fn valid_exchanges(instrument: &Instrument) -> Vec<&'static str> {
    match instrument {
        Instrument::Equity(part) if part.primary == Mic::XHKG => vec!["SEHK"],
        Instrument::Equity(part) => vec!["SMART", exchange(part.primary)],
        Instrument::Option(_) => OPTION_EXCHANGES.to_vec(),
        other => vec![routing(other)],
    }
}

/// TWS's word for call and put.
pub(super) const fn right(right: Right) -> &'static str {
    match right {
        Right::Call => "C",
        Right::Put => "P",
        _ => "?",
    }
}

/// The letter of a delivery month.
fn month_code(date: NaiveDate) -> char {
    const CODES: [char; 12] = ['F', 'G', 'H', 'J', 'K', 'M', 'N', 'Q', 'U', 'V', 'X', 'Z'];
    let month = usize::try_from(date.month0()).unwrap_or_default();
    CODES.get(month).copied().unwrap_or('F')
}
