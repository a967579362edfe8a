//! Search by symbol or name.

use broker_core::model::Instrument;

use super::names;
use crate::tws::{
    gateway::turn::Turn,
    message::{Contract, ContractDescription, MatchingSymbolsRequest, Reply, SymbolSamples},
};

/// Rows of an answer; TWS gives no more.
const ROWS: usize = 16;

impl Turn<'_> {
    pub(in crate::tws::gateway) fn matching_symbols(&mut self, request: &MatchingSymbolsRequest) {
        let pattern = request.pattern.as_deref().unwrap_or_default();
        let mut rows: Vec<ContractDescription> = Vec::new();
        // Futures come as rows of their underlyings only.
        let found = self.exchange.search(pattern, usize::MAX);
        let found = found
            .into_iter()
            .filter(|row| !matches!(row.instrument, Instrument::Future(_)));
        for row in found.take(ROWS) {
            rows.push(self.description(&row.instrument, row.name));
        }
        self.reply(&Reply::SymbolSamples(SymbolSamples {
            req_id: request.req_id,
            contract_descriptions: rows,
        }));
    }

    fn description(&mut self, instrument: &Instrument, name: String) -> ContractDescription {
        let primary = match names::primary(instrument) {
            "" => names::routing(instrument),
            primary => primary,
        };
        ContractDescription {
            contract: Some(Contract {
                con_id: Some(self.state.contracts.con_id(instrument)),
                symbol: Some(names::symbol(instrument)),
                sec_type: Some(names::sec_type(instrument).to_owned()),
                primary_exch: Some(primary.to_owned()),
                currency: instrument.currency().map(|currency| currency.to_string()),
                description: Some(name),
                ..Contract::default()
            }),
            derivative_sec_types: self.derivatives(instrument),
        }
    }

    /// The classes of what can be traded on an instrument.
    fn derivatives(&mut self, instrument: &Instrument) -> Vec<String> {
        let mut classes = Vec::new();
        if !self.exchange.expirations(instrument).is_empty() {
            classes.push("OPT".to_owned());
        }
        let futures: Vec<Instrument> = self
            .exchange
            .instruments()
            .filter(|listed| matches!(listed, Instrument::Future(_)))
            .cloned()
            .collect();
        let delivers = futures.iter().any(|future| {
            let details = self.exchange.contract(future);
            details.is_ok_and(|details| details.underlying.as_ref() == Some(instrument))
        });
        if delivers {
            classes.push("FUT".to_owned());
        }
        // What has derivatives can be one leg of several.
        if !classes.is_empty() {
            classes.push("BAG".to_owned());
        }
        classes
    }
}
