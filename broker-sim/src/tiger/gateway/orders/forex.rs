//! Exchanging money: an order of a pair of currencies at the market.

use broker_core::model::{Currency, Instrument, NewOrder, OrderAmount, OrderType, Quantity, Side};
use rust_decimal::Decimal;

use super::{
    desk::Errand,
    refused::{bad_request, words},
    status::Moment,
    words::Words,
};
use crate::tiger::gateway::{
    Answer, Complaint,
    parameters::{Parameters, missing, wrong},
    turn::Turn,
};

impl Turn<'_> {
    /// Exchanges an amount of one currency for another one. What is bought comes in whole units, so a
    /// rest of the amount may stay.
    pub(in crate::tiger::gateway) fn place_forex_order(&mut self, asked: Parameters<'_>) -> Answer {
        let account = self.account(asked)?;
        self.take_stock();
        let segment = asked.required_text("seg_type")?;
        if !matches!(segment, "SEC" | "S") {
            return Err(Complaint::business(format!(
                "seg_type '{segment}' is not supported"
            )));
        }
        let source = currency(asked, "source_currency")?;
        let target = currency(asked, "target_currency")?;
        let amount = asked.decimal("source_amount")?;
        let amount = amount.ok_or_else(|| missing("source_amount"))?;
        if amount <= Decimal::ZERO {
            return Err(wrong("source_amount", "above zero"));
        }
        if !matches!(asked.text("time_in_force")?, None | Some("DAY")) {
            return Err(Complaint::business("time_in_force must be DAY"));
        }
        let (direct, inverse) = (
            Instrument::forex(source, target),
            Instrument::forex(target, source),
        );
        let (instrument, side, units) = if self.exchange.contract(&direct).is_ok() {
            (direct, Side::Sell, amount)
        } else if let Ok(quote) = self.exchange.quote(&inverse) {
            let ask = quote.ask.ok_or_else(|| {
                bad_request(&account, "There is no price for these currencies now")
            })?;
            let units = amount.checked_div(ask.get()).unwrap_or_default();
            (inverse, Side::Buy, units)
        } else {
            let text = format!("{source} cannot be exchanged for {target}");
            return Err(bad_request(&account, text));
        };
        let details = self.exchange.contract(&instrument);
        let details = details.map_err(|refusal| bad_request(&account, words(&refusal)))?;
        let step = details.quantities.step.get();
        let units = (units / step).trunc() * step;
        let quantity = Quantity::new(units.normalize()).map_err(|_| {
            bad_request(&account, "The amount is below the least that is exchanged")
        })?;
        let (id, name) = self.next_id(&account)?;
        let amount = OrderAmount::Quantity(quantity);
        let terms = NewOrder::new(
            name,
            account.clone(),
            instrument,
            side,
            amount,
            OrderType::Market,
        );
        let words = Words {
            order_type: "MKT",
            time_in_force: "DAY",
            ..Words::default()
        };
        let mut record = self.fresh(id, 0, terms, words);
        if let Some(external) = asked.text("external_id")? {
            external.clone_into(&mut record.external_id);
        }
        let answer = {
            let moment = Moment::fresh(&record);
            self.write_order(&record, &moment)
        };
        self.state.orders.insert(record);
        self.finish(&account, &[id], Errand::Family(vec![id]))?;
        Ok(answer)
    }
}

fn currency(asked: Parameters<'_>, name: &str) -> Result<Currency, Complaint> {
    let word = asked.required_text(name)?;
    // The vendor's word for the offshore yuan is the market's.
    word.parse()
        .map_err(|_| Complaint::business(format!("{name} '{word}' is not supported")))
}
