//! The parameters of option chains.

use broker_core::model::Instrument;

use super::{names, written::double};
use crate::tws::{
    gateway::turn::Turn,
    message::{Reply, SecDefOptParameter, SecDefOptParameterEnd, SecDefOptParamsRequest},
};

impl Turn<'_> {
    pub(in crate::tws::gateway) fn option_parameters(&mut self, request: &SecDefOptParamsRequest) {
        let id = request.req_id.unwrap_or(-1);
        let Some(underlying) = self.chain_underlying(request) else {
            let text = format!("Error validating request.-'{id}' : cause - Invalid contract id");
            return self.error(id, 321, text);
        };
        // Options on futures, which a named exchange asks for, are not listed.
        let of_future = request
            .fut_fop_exchange
            .as_deref()
            .is_some_and(|name| !name.is_empty());
        let expiries = self.exchange.expirations(&underlying);
        if !of_future && !expiries.is_empty() {
            let strikes = self.exchange.strikes(&underlying);
            let mut row = SecDefOptParameter {
                req_id: Some(id),
                exchange: None,
                underlying_con_id: Some(self.state.contracts.con_id(&underlying)),
                trading_class: Some(names::symbol(&underlying)),
                multiplier: Some("100".to_owned()),
                expirations: expiries
                    .iter()
                    .map(|date| date.format("%Y%m%d").to_string())
                    .collect(),
                strikes: strikes.into_iter().map(double).collect(),
            };
            for exchange in names::OPTION_EXCHANGES {
                row.exchange = Some((*exchange).to_owned());
                self.reply(&Reply::SecDefOptParameter(row.clone()));
            }
        }
        let end = SecDefOptParameterEnd { req_id: Some(id) };
        self.reply(&Reply::SecDefOptParameterEnd(end));
    }

    /// The instrument that the request names by number, symbol and class, all of which must fit.
    fn chain_underlying(&mut self, request: &SecDefOptParamsRequest) -> Option<Instrument> {
        let id = request.underlying_con_id.filter(|id| *id > 0)?;
        let found = self.state.contracts.find_id(self.exchange, id)?;
        let fits = |wanted: &Option<String>, is: &str| {
            wanted
                .as_deref()
                .is_none_or(|wanted| wanted.is_empty() || wanted == is)
        };
        let symbol = fits(&request.underlying_symbol, &names::symbol(&found));
        let class = fits(&request.underlying_sec_type, names::sec_type(&found));
        (symbol && class).then_some(found)
    }
}
