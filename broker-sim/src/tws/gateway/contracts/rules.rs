//! Market rules: price increments by number.

use core::fmt::Write as _;

use broker_core::model::{Instrument, TickTable};

use super::{Contracts, ids::number_of, written::double};
use crate::{
    exchange::Exchange,
    tws::{
        gateway::turn::Turn,
        message::{MarketRule, MarketRuleRequest, PriceIncrement, Reply},
    },
};

impl Contracts {
    /// The number of a table of increments: it follows from the table, so it is the same in every
    /// server.
    pub(super) fn rule_id(&mut self, ticks: &TickTable) -> i32 {
        if let Some((id, _)) = self.rules.iter().find(|(_, known)| *known == ticks) {
            return *id;
        }
        let mut name = String::new();
        for band in ticks.bands() {
            // Writing to a string cannot fail.
            let _ = write!(
                name,
                "{}:{};",
                band.from.get().normalize(),
                band.increment.normalize()
            );
        }
        let mut id = number_of(&name) % 9_000 + 1;
        while self.rules.contains_key(&id) {
            id += 1;
        }
        self.rules.insert(id, ticks.clone());
        id
    }

    /// The table behind a number, also one that another server gave.
    fn rule(&mut self, exchange: &mut Exchange, id: i32) -> Option<TickTable> {
        if !self.rules.contains_key(&id) {
            self.learn_rules(exchange);
        }
        self.rules.get(&id).cloned()
    }

    fn learn_rules(&mut self, exchange: &mut Exchange) {
        let mut listed: Vec<Instrument> = exchange.instruments().cloned().collect();
        // Options are listed when somebody asks for them; one shows the table of all.
        let option = listed.iter().find_map(|underlying| {
            let mut options = super::find::options_on(exchange, underlying);
            options.pop()
        });
        listed.extend(option);
        for instrument in listed {
            if let Ok(details) = exchange.contract(&instrument) {
                self.rule_id(&details.ticks);
            }
        }
    }
}

impl Turn<'_> {
    pub(in crate::tws::gateway) fn market_rule(&mut self, request: &MarketRuleRequest) {
        let id = request.market_rule_id.unwrap_or_default();
        let Some(ticks) = self.state.contracts.rule(self.exchange, id) else {
            return self.error(
                -1,
                321,
                format!("Error validating request: invalid market rule id {id}"),
            );
        };
        let increments = ticks.bands().iter().map(|band| PriceIncrement {
            low_edge: Some(double(band.from.get())),
            increment: Some(double(band.increment)),
        });
        self.reply(&Reply::MarketRule(MarketRule {
            market_rule_id: Some(id),
            price_increments: increments.collect(),
        }));
    }
}
