//! The two option calculators (requests 54 and 55), which answer with tick type 53.

use broker_core::model::{Instrument, OptionGiven, OptionQuery, Price};
use rust_decimal::Decimal;

use super::computations::computation;
use crate::tws::{
    gateway::turn::Turn,
    message::{CalculateImpliedVolatilityRequest, CalculateOptionPriceRequest, Contract},
};

/// The custom computation.
const CUSTOM: i32 = 53;

/// The decimal that a number of the wire reads as.
pub(in crate::tws::gateway) fn decimal(value: f64) -> Option<Decimal> {
    // The shortest text that reads as the same double; a double's own digits would add noise.
    value.to_string().parse().ok()
}

fn price(value: Option<f64>) -> Option<Price> {
    Price::new(decimal(value.filter(|value| *value > 0.0)?)?).ok()
}

impl Turn<'_> {
    pub(in crate::tws::gateway) fn calculate_volatility(
        &mut self,
        request: &CalculateImpliedVolatilityRequest,
    ) {
        let Some(id) = self.request_id(request.req_id) else {
            return;
        };
        let Some(option_price) = price(request.option_price) else {
            return self.invalid(id, "Invalid option price");
        };
        let given = OptionGiven::Price(option_price);
        self.calculate(id, request.contract.as_ref(), request.under_price, given);
    }

    pub(in crate::tws::gateway) fn calculate_option_price(
        &mut self,
        request: &CalculateOptionPriceRequest,
    ) {
        let Some(id) = self.request_id(request.req_id) else {
            return;
        };
        let volatility = request.volatility.filter(|value| *value > 0.0);
        let Some(volatility) = volatility.and_then(decimal) else {
            return self.invalid(id, "Invalid volatility");
        };
        let given = OptionGiven::Volatility(volatility);
        self.calculate(id, request.contract.as_ref(), request.under_price, given);
    }

    fn calculate(
        &mut self,
        id: i32,
        contract: Option<&Contract>,
        under_price: Option<f64>,
        given: OptionGiven,
    ) {
        let Some(underlying_price) = price(under_price) else {
            return self.invalid(id, "Invalid underlying price");
        };
        let Some(instrument) = self.one_instrument(id, contract) else {
            return;
        };
        if !matches!(instrument, Instrument::Option(_)) {
            return self.invalid(id, "The contract is not an option");
        }
        let query = OptionQuery {
            instrument,
            underlying_price,
            given,
        };
        match self.exchange.compute_option(&query) {
            Ok(found) => {
                let underlying = Some(underlying_price.get());
                let price = Some(found.price.get());
                self.reply(&computation(
                    (id, CUSTOM),
                    price,
                    Some(&found.greeks),
                    underlying,
                ));
            }
            Err(refusal) => self.refuse(id, &refusal),
        }
    }
}
