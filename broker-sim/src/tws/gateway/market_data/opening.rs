//! What every request for prices has to pass.

use broker_core::model::Instrument;

use crate::tws::{
    gateway::{contracts::Unclear, turn::Turn},
    message::Contract,
};

/// What a client wants prices of.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) instrument: Instrument,
    /// The listings that its prices come from: its own, or those of its legs.
    pub(super) listings: Vec<usize>,
}

impl Turn<'_> {
    /// The request's number; one without is refused.
    pub(in crate::tws::gateway) fn request_id(&self, id: Option<i32>) -> Option<i32> {
        if id.is_none() {
            self.error(-1, 321, "Error validating request: the request has no id");
        }
        id
    }

    /// A request that makes no sense.
    pub(in crate::tws::gateway) fn invalid(&self, id: i32, why: &str) {
        let text = format!("Error validating request.-'{id}' : cause - {why}");
        self.error(id, 321, text);
    }

    /// The one instrument that a request means; the client has been told when there is none.
    pub(in crate::tws::gateway) fn one_instrument(
        &mut self,
        id: i32,
        contract: Option<&Contract>,
    ) -> Option<Instrument> {
        let nothing = Contract::default();
        let contract = contract.unwrap_or(&nothing);
        match self.state.contracts.find_one(self.exchange, contract) {
            Ok(instrument) => Some(instrument),
            Err(Unclear::Unknown) => {
                self.no_contract(id, contract);
                None
            }
            Err(Unclear::Ambiguous(_)) => {
                let symbol = contract.symbol.as_deref().unwrap_or_default();
                let text = format!("The contract description specified for {symbol} is ambiguous");
                self.error(id, 200, text);
                None
            }
        }
    }

    /// The instrument with the listings that make its prices.
    pub(super) fn wanted(&mut self, id: i32, contract: Option<&Contract>) -> Option<Wanted> {
        let instrument = self.one_instrument(id, contract)?;
        let parts: Vec<Instrument> = match &instrument {
            Instrument::Combo(combo) => {
                let legs = combo.legs().iter();
                legs.map(|leg| leg.instrument.clone()).collect()
            }
            other => vec![other.clone()],
        };
        let mut listings = Vec::new();
        // Asking for the details lists an option or a combination that nobody has asked for yet.
        let mut refusal = self.exchange.contract(&instrument).err();
        for part in &parts {
            match self.exchange.contract(part) {
                Ok(_) => listings.extend(self.exchange.listing_of(part)),
                Err(why) => refusal = Some(why),
            }
        }
        if let Some(refusal) = refusal {
            self.refuse(id, &refusal);
            return None;
        }
        Some(Wanted {
            instrument,
            listings,
        })
    }

    /// Lets the exchange tell about the listings of a new line.
    pub(super) fn watch(&mut self, listings: &[usize]) {
        for listing in listings {
            self.exchange.watch(*listing, true);
        }
    }

    /// The listings of a line that has ended are not told about any more; the client hears when there
    /// was no such line.
    pub(in crate::tws::gateway) fn unwatch(&mut self, id: i32, listings: Option<Vec<usize>>) {
        let Some(listings) = listings else {
            return self.error(id, 300, format!("Can't find EId with tickerId:{id}"));
        };
        for listing in listings {
            self.exchange.watch(listing, false);
        }
    }
}
