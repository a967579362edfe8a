//! Instruments as TWS writes them.

use broker_core::model::{Combo, Instrument, Side};
use rust_decimal::Decimal;

use super::{Contracts, names};
use crate::{
    exchange::Exchange,
    tws::message::{ComboLeg, Contract},
};

/// A number for the wire, which has doubles: the double that reads as the same decimal.
pub(in crate::tws::gateway) fn double(value: Decimal) -> f64 {
    /// Up to here every whole number is a double.
    const EXACT: u128 = 1 << 53;
    let value = value.normalize();
    let (digits, places) = (value.mantissa(), value.scale());
    if digits.unsigned_abs() <= EXACT
        && let (Ok(digits), Ok(places)) = (i64::try_from(digits), i32::try_from(places))
        && places <= 22
    {
        // Both parts are exact, so the quotient is rounded once, and correctly.
        #[expect(clippy::cast_precision_loss, reason = "at most 2^53")]
        return digits as f64 / 10_f64.powi(places);
    }
    value.to_string().parse().unwrap_or_default()
}

impl Contracts {
    /// The contract that TWS writes for an instrument.
    pub(in crate::tws::gateway) fn write(
        &mut self,
        exchange: &mut Exchange,
        instrument: &Instrument,
    ) -> Contract {
        if let Instrument::Combo(combo) = instrument {
            return self.write_combo(exchange, combo, instrument);
        }
        let multiplier = exchange
            .contract(instrument)
            .ok()
            .map(|details| details.multiplier)
            .filter(|multiplier| *multiplier != Decimal::ONE);
        let mut contract = Contract {
            con_id: Some(self.con_id(instrument)),
            symbol: Some(names::symbol(instrument)),
            sec_type: Some(names::sec_type(instrument).into()),
            exchange: Some(names::routing(instrument).into()),
            currency: instrument.currency().map(|currency| currency.to_string()),
            local_symbol: Some(names::local_symbol(instrument)),
            trading_class: Some(names::trading_class(instrument)),
            multiplier: multiplier.map(double),
            ..Contract::default()
        };
        let primary = names::primary(instrument);
        if !primary.is_empty() {
            contract.primary_exch = Some(primary.into());
        }
        if let Some(expiry) = instrument.expiry() {
            let date = expiry.format("%Y%m%d").to_string();
            contract.last_trade_date_or_contract_month = Some(date.clone());
            contract.last_trade_date = Some(date);
        }
        if let Instrument::Option(option) = instrument {
            contract.strike = Some(double(option.symbol.strike()));
            contract.right = Some(names::right(option.symbol.right()).into());
        }
        contract
    }

    fn write_combo(
        &mut self,
        exchange: &mut Exchange,
        combo: &Combo,
        instrument: &Instrument,
    ) -> Contract {
        let mut legs = Vec::new();
        for leg in combo.legs() {
            let written = self.write(exchange, &leg.instrument);
            let action = if leg.side == Side::Buy { "BUY" } else { "SELL" };
            legs.push(ComboLeg {
                con_id: written.con_id,
                ratio: i32::try_from(leg.ratio).ok(),
                action: Some(action.into()),
                exchange: Some("SMART".into()),
                ..ComboLeg::default()
            });
        }
        Contract {
            // TWS numbers combinations like everything else.
            con_id: Some(self.con_id(instrument)),
            symbol: Some(names::symbol(instrument)),
            sec_type: Some("BAG".into()),
            exchange: Some("SMART".into()),
            currency: instrument.currency().map(|currency| currency.to_string()),
            combo_legs: legs,
            ..Contract::default()
        }
    }
}
