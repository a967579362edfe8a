use broker_core::model::{
    ClientOrderId, Instrument, NewOrder, OrderAmount, OrderType, Price, Quantity, Side,
};
use rust_decimal::Decimal;
use serde_json::json;

use crate::tiger::gateway::{
    Answer, Complaint, number::number, parameters::Parameters, turn::Turn,
};

impl Turn<'_> {
    /// How much of an instrument could be traded now: with cash alone, with what the broker lends, and
    /// of what is held.
    pub(in crate::tiger::gateway) fn estimate_tradable_quantity(
        &mut self,
        asked: Parameters<'_>,
    ) -> Answer {
        let account = self.account(asked)?;
        self.refuse_global(&account, "estimate_tradable_quantity")?;
        let instrument = self
            .instrument(asked)?
            .ok_or_else(|| Complaint::business("the contract cannot be found"))?;
        let side = match asked.required_text("action")? {
            "BUY" => Side::Buy,
            "SELL" => Side::Sell,
            other => {
                return Err(Complaint::business(format!(
                    "action '{other}' is not supported"
                )));
            }
        };
        let order_type = order_type(asked)?;
        let positions = self.exchange.positions(&account);
        let held = positions
            .iter()
            .find(|position| position.instrument == instrument)
            .map_or(Decimal::ZERO, |position| position.quantity.get());
        let trial = |units: Decimal| -> Option<NewOrder> {
            let amount = OrderAmount::Quantity(Quantity::new(units.normalize()).ok()?);
            Some(NewOrder::new(
                ClientOrderId::generate(),
                account.clone(),
                instrument.clone(),
                side,
                amount,
                order_type.clone(),
            ))
        };
        let most = self.most(&instrument, trial)?;
        let cash = self.with_cash(&account, &instrument, &order_type);
        let own = if side.is_sell() {
            held.max(Decimal::ZERO).min(most)
        } else {
            cash.min(most)
        };
        Ok(json!({
            "tradableQuantity": number(own),
            "financingQuantity": number(most),
            "positionQuantity": number(held),
            "tradablePositionQuantity": number(held.max(Decimal::ZERO)),
        }))
    }

    /// The most units that the exchange would take an order for.
    fn most(
        &mut self,
        instrument: &Instrument,
        trial: impl Fn(Decimal) -> Option<NewOrder>,
    ) -> Result<Decimal, Complaint> {
        let details = self.exchange.contract(instrument);
        let details = details.map_err(|refusal| Complaint::business(refusal.text))?;
        let step = details.quantities.step.get().max(Decimal::ONE);
        let steps = (details.quantities.maximum.get() / step).trunc();
        let (mut low, mut high) = (Decimal::ZERO, steps);
        let mut fits = |steps: Decimal| {
            trial(steps * step).is_some_and(|order| self.exchange.preview(&order).is_ok())
        };
        // Whatever the number, halving it comes to an end.
        while low < high {
            let middle = ((low + high + Decimal::ONE) / Decimal::TWO).trunc();
            if fits(middle) {
                low = middle;
            } else {
                high = middle - Decimal::ONE;
            }
        }
        Ok(low * step)
    }

    /// The units that the account's own cash pays for.
    fn with_cash(
        &mut self,
        account: &broker_core::model::AccountId,
        instrument: &Instrument,
        order_type: &OrderType,
    ) -> Decimal {
        let Ok(details) = self.exchange.contract(instrument) else {
            return Decimal::ZERO;
        };
        let mark = self
            .exchange
            .quote(instrument)
            .ok()
            .and_then(|quote| quote.ask);
        let price = order_type
            .limit_price()
            .or(order_type.trigger_price())
            .or(mark);
        let summary = self.exchange.summary(account);
        let balances = summary.map(|summary| summary.balances).unwrap_or_default();
        let cash = balances
            .iter()
            .find(|line| line.currency == details.currency)
            .map_or(Decimal::ZERO, |line| line.cash);
        let step = details.quantities.step.get().max(Decimal::ONE);
        let unit = price.map(|price| price.get() * details.multiplier);
        let units = unit.and_then(|unit| cash.checked_div(unit));
        let units = units.unwrap_or_default().max(Decimal::ZERO);
        (units / step).trunc() * step
    }
}

fn order_type(asked: Parameters<'_>) -> Result<OrderType, Complaint> {
    let price = |name: &str| {
        let value = asked.decimal(name)?;
        let value = value.ok_or_else(|| crate::tiger::gateway::parameters::missing(name))?;
        Price::new(value).map_err(|_| crate::tiger::gateway::parameters::wrong(name, "a price"))
    };
    Ok(match asked.text("order_type")?.unwrap_or("LMT") {
        "MKT" => OrderType::Market,
        "LMT" => OrderType::Limit {
            price: price("limit_price")?,
        },
        "STP" => OrderType::Stop {
            trigger: price("stop_price")?,
        },
        "STP_LMT" => OrderType::StopLimit {
            trigger: price("stop_price")?,
            price: price("limit_price")?,
        },
        other => {
            return Err(Complaint::business(format!(
                "order_type '{other}' is not supported"
            )));
        }
    })
}
