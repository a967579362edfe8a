//! Exchanges by letter, and those that show their books.

use broker_core::model::{Instrument, Mic};

use super::names;
use crate::tws::{
    gateway::turn::Turn,
    message::{
        DepthMarketDataDescription, MarketDepthExchanges, Reply, SmartComponent, SmartComponents,
        SmartComponentsRequest,
    },
};

/// Groups of exchanges behind the best bid and offer, by the key under which TWS hands them out.
const GROUPS: &[(&str, &[(&str, &str)])] = &[
    ("9c0001", &[("NASDAQ", "Q"), ("NYSE", "N"), ("ARCA", "P")]),
    ("a60001", &[("CBOE", "C")]),
];

/// Exchanges with books, the class they show, and whether rows have names.
const BOOKS: &[(&str, &str, &str)] = &[
    ("NASDAQ", "STK", "Deep2"),
    ("NYSE", "STK", "Deep2"),
    ("SEHK", "STK", "Deep"),
    ("CBOE", "OPT", "Deep"),
    ("CME", "FUT", "Deep"),
    ("IDEALPRO", "CASH", "Deep"),
    ("PAXOS", "CRYPTO", "Deep"),
];

/// The key of the exchanges behind an instrument's best bid and offer; empty where there is one.
pub(in crate::tws::gateway) fn bbo_exchange(instrument: &Instrument) -> &'static str {
    match instrument {
        Instrument::Equity(part) if part.primary != Mic::XHKG => "9c0001",
        Instrument::Option(_) => "a60001",
        _ => "",
    }
}

/// The letter of the exchange that an instrument's best prices come from.
pub(in crate::tws::gateway) fn letter(instrument: &Instrument) -> Option<&'static str> {
    let key = bbo_exchange(instrument);
    let (_, exchanges) = GROUPS.iter().find(|(known, _)| *known == key)?;
    let listed = names::listed_on(instrument);
    let (_, letter) = exchanges.iter().find(|(name, _)| *name == listed)?;
    Some(letter)
}

impl Turn<'_> {
    pub(in crate::tws::gateway) fn smart_components(&mut self, request: &SmartComponentsRequest) {
        let id = request.req_id.unwrap_or(-1);
        let key = request.bbo_exchange.as_deref().unwrap_or_default();
        let Some((_, exchanges)) = GROUPS.iter().find(|(known, _)| *known == key) else {
            let text = format!("Error validating request.-'{id}' : cause - Invalid BBO exchange");
            return self.error(id, 321, text);
        };
        let rows = (0..)
            .zip(*exchanges)
            .map(|(bit, (name, letter))| SmartComponent {
                bit_number: Some(bit),
                exchange: Some((*name).to_owned()),
                exchange_letter: Some((*letter).to_owned()),
            });
        self.reply(&Reply::SmartComponents(SmartComponents {
            req_id: Some(id),
            smart_components: rows.collect(),
        }));
    }

    pub(in crate::tws::gateway) fn depth_exchanges(&mut self) {
        let rows = BOOKS
            .iter()
            .map(|(exchange, class, service)| DepthMarketDataDescription {
                exchange: Some((*exchange).to_owned()),
                sec_type: Some((*class).to_owned()),
                listing_exch: Some(String::new()),
                service_data_type: Some((*service).to_owned()),
                agg_group: None,
            });
        self.reply(&Reply::MarketDepthExchanges(MarketDepthExchanges {
            depth_market_data_descriptions: rows.collect(),
        }));
    }
}
