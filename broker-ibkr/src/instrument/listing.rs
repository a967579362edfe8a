//! An instrument as the gateway lists it.

use std::sync::Arc;

use broker_core::{
    Result,
    model::{Instrument, Price},
};
use ibapi::contracts::{Contract, ContractDetails};
use rust_decimal::Decimal;

use super::from_contract::{native, of};
use crate::convert;

/// An instrument with its contract and what the gateway knows about it.
#[derive(Debug, Clone)]
pub(crate) struct Listing {
    /// What it is.
    pub(crate) instrument: Instrument,
    /// The contract with its number, ready for a request.
    pub(crate) contract: Arc<Contract>,
    /// Everything the gateway says; a combination has no details of its own.
    pub(crate) details: Option<Box<ContractDetails>>,
    /// By how much the gateway's prices are larger than the currency says: 100 where it quotes pence.
    magnifier: Decimal,
}

impl Listing {
    /// The listing that details describe.
    ///
    /// # Errors
    /// [`Protocol`](broker_core::ErrorKind::Protocol) for details without a contract number.
    pub(super) fn of_details(details: ContractDetails) -> Result<Self> {
        let magnifier = Decimal::from(details.price_magnifier.max(1));
        let contract = identified(&details);
        // One contract that makes no sense must not hide the others of an answer; its number does.
        let instrument = of(&contract, magnifier).or_else(|error| {
            let number = contract.contract_id;
            tracing::warn!(%error, number, "a contract that only its number names");
            native(&contract)
        })?;
        Ok(Self {
            instrument,
            contract: Arc::new(contract),
            magnifier,
            details: Some(Box::new(details)),
        })
    }

    /// A combination of listings, priced like its first leg.
    pub(super) fn of_combo(instrument: Instrument, contract: Contract, first: &Self) -> Self {
        Self {
            instrument,
            contract: Arc::new(contract),
            details: None,
            magnifier: first.magnifier,
        }
    }

    /// A price in the currency; `None` when the number means "no value".
    pub(crate) fn price(&self, wire: f64) -> Option<Price> {
        self.scaled(convert::price(wire)?)
    }

    /// A price with the quantity quoted at it; see [`convert::quote_price`].
    pub(crate) fn quote_price(&self, wire: f64, size: Option<f64>) -> Option<Price> {
        self.scaled(convert::quote_price(wire, size)?)
    }

    /// A price for the gateway.
    ///
    /// # Errors
    /// As [`convert::to_wire`].
    pub(crate) fn price_to_wire(&self, price: Price) -> Result<f64> {
        convert::to_wire(price.get() * self.magnifier)
    }

    /// By how much the gateway's prices are larger than the currency says.
    pub(crate) fn magnifier(&self) -> Decimal {
        self.magnifier
    }

    fn scaled(&self, price: Price) -> Option<Price> {
        if self.magnifier == Decimal::ONE {
            return Some(price);
        }
        let price = price.get().checked_div(self.magnifier)?;
        Price::new(price.round_dp(broker_core::model::MAX_SCALE)).ok()
    }
}

/// The contract of the details with what only the details say: the exchange where a share is at
/// home and the public identifier of a bond.
fn identified(details: &ContractDetails) -> Contract {
    let mut contract = details.contract.clone();
    if contract.security_id.is_empty() {
        let find = |tag: &str| {
            let mut known = details.sec_id_list.iter();
            known.find(|pair| pair.tag == tag).map(|pair| &pair.value)
        };
        let cusip = Some(&details.cusip).filter(|cusip| !cusip.is_empty());
        if let Some(identifier) = find("ISIN").or(cusip).or_else(|| find("CUSIP")) {
            contract.security_id.clone_from(identifier);
        }
    }
    contract
}

#[cfg(test)]
impl Listing {
    /// The listing that details describe.
    pub(crate) fn for_tests(details: ContractDetails) -> Self {
        Self::of_details(details).unwrap()
    }
}
