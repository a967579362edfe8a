//! Changing an order: price, quantity, trigger, distance, lifetime; nothing else.

use broker_core::model::{OrderType, Price, Quantity, ReplaceOrder, TrailingOffset};
use rust_decimal::Decimal;
use serde_json::json;

use super::{
    OrderDue,
    record::{Record, ReplaceStatus},
    refused::{bad_request, unknown_order, words},
    status::Moment,
    terms::Reading,
};
use crate::tiger::gateway::{
    Answer, Complaint,
    parameters::{Parameters, missing},
    state::Due,
    turn::Turn,
};

impl Turn<'_> {
    /// The order that a request names by `id` or by `order_id`.
    pub(super) fn named(&mut self, asked: Parameters<'_>) -> Result<Record, Complaint> {
        let account = self.account(asked)?;
        self.take_stock();
        let orders = &self.state.orders;
        let id = match (asked.integer("id")?, asked.integer("order_id")?) {
            (Some(id), _) => Some(id),
            (None, Some(number)) => orders.by_number(&account, number),
            (None, None) => return Err(missing("id")),
        };
        let record = id.and_then(|id| orders.records.get(&id));
        let own = record.filter(|record| record.terms.account == account);
        own.cloned().ok_or_else(|| unknown_order(&account))
    }

    pub(in crate::tiger::gateway) fn modify_order(&mut self, asked: Parameters<'_>) -> Answer {
        let record = self.named(asked)?;
        let account = record.terms.account.clone();
        let moment = Moment::now(&record, self.exchange);
        if !moment.status.is_open() {
            let text = format!(
                "Order cannot be modified in status {}",
                moment.status.word()
            );
            return Err(bad_request(&account, text));
        }
        if record.key.is_none() {
            let text = "Order is being processed and cannot be modified";
            return Err(bad_request(&account, text));
        }
        let change = self.difference(&record, asked)?;
        let answer = json!({"id": record.id});
        if change.fields().next().is_none() {
            return Ok(answer);
        }
        self.set_replace_status(record.id, ReplaceStatus::Received);
        let delay = self.state.habits.desk_delay();
        if !delay.is_zero() {
            self.state.tell_now(record.id, self.exchange);
            let due = Due::Order(OrderDue::Change(record.id, Box::new(change)));
            self.state.timers.add(self.exchange.now() + delay, due);
            return Ok(answer);
        }
        match self
            .state
            .carry_out_change(record.id, &change, self.exchange)
        {
            Ok(()) => Ok(answer),
            Err(refusal) if self.is_late(&refusal) => Ok(answer),
            Err(refusal) => Err(bad_request(&account, words(&refusal))),
        }
    }

    fn set_replace_status(&mut self, id: i64, status: ReplaceStatus) {
        let now = self.now();
        if let Some(record) = self.state.orders.records.get_mut(&id) {
            record.replace_status = status;
            record.updated_at = now;
        }
    }

    /// What a request changes about an order; what it leaves out stays.
    fn difference(
        &mut self,
        record: &Record,
        asked: Parameters<'_>,
    ) -> Result<ReplaceOrder, Complaint> {
        let old = &record.terms;
        let account = &old.account;
        self.check_same(record, asked)?;
        let details = self.exchange.contract(&old.instrument);
        let details = details.map_err(|refusal| bad_request(account, words(&refusal)))?;
        let quote = self.exchange.quote(&old.instrument);
        let quote = quote.map_err(|refusal| bad_request(account, words(&refusal)))?;
        let reading = Reading {
            asked,
            account,
            instrument: &old.instrument,
            details: &details,
            quote: &quote,
        };
        let mut change = ReplaceOrder::new(account.clone(), old.client_order_id.clone());
        let now = record.key.and_then(|key| self.exchange.order(key));
        let quantity = reading.quantity()?;
        let before = now.and_then(|order| Quantity::new(order.quantity).ok());
        change.quantity = quantity.filter(|new| Some(*new) != before);
        if asked.get("limit_price").is_some() {
            let limit = reading.limit()?;
            change.limit_price =
                Some(limit).filter(|new| old.order_type.limit_price() != Some(*new));
        }
        let trail = matches!(old.order_type, OrderType::TrailingStop { .. });
        if trail {
            self.trail_difference(&reading, &old.order_type, now_trigger(now), &mut change)?;
        } else if let Some(trigger) = asked.decimal("aux_price")? {
            let trigger = reading.valid(trigger)?;
            change.trigger_price =
                Some(trigger).filter(|new| old.order_type.trigger_price() != Some(*new));
        }
        if asked.get("time_in_force").is_some() {
            let (_, force) = reading.force_of("time_in_force")?;
            change.time_in_force = Some(force).filter(|new| *new != old.time_in_force);
        }
        Ok(change)
    }

    #[expect(clippy::unused_self, reason = "a part of `difference`")]
    fn trail_difference(
        &self,
        reading: &Reading<'_>,
        old: &OrderType,
        trigger_now: Option<Price>,
        change: &mut ReplaceOrder,
    ) -> Result<(), Complaint> {
        let asked = reading.asked;
        let given = |name: &str| -> Result<Option<Decimal>, Complaint> { asked.decimal(name) };
        let offset = match (given("trailing_percent")?, given("aux_price")?) {
            (Some(percent), _) => Some(TrailingOffset::Percent(percent)),
            (None, Some(amount)) => Some(TrailingOffset::Amount(amount)),
            (None, None) => None,
        };
        change.trailing_offset = offset.filter(|new| old.trailing_offset() != Some(*new));
        if let Some(trigger) = given("trail_stop_price")? {
            // A trailing trigger has moved: clients repeat the first one, or the one they were told.
            let trigger = reading.valid(trigger)?;
            let known = [old.trigger_price(), trigger_now];
            change.trigger_price = Some(trigger).filter(|new| !known.contains(&Some(*new)));
        }
        Ok(())
    }

    /// Refuses a change of what cannot be changed.
    fn check_same(&mut self, record: &Record, asked: Parameters<'_>) -> Result<(), Complaint> {
        let old = &record.terms;
        let refuse = |what: &str| bad_request(&old.account, format!("{what} cannot be modified"));
        let type_word = asked.text("order_type")?;
        if type_word.is_some_and(|word| word != record.words.order_type) {
            return Err(refuse("Order type"));
        }
        if asked
            .text("action")?
            .is_some_and(|word| word != record.action())
        {
            return Err(refuse("Action"));
        }
        if asked.get("cash_amount").is_some()
            && asked.decimal("cash_amount")? != record.cash_amount()
        {
            return Err(refuse("Cash amount"));
        }
        if asked.get("symbol").is_some()
            && self.instrument(asked)?.as_ref() != Some(&old.instrument)
        {
            return Err(refuse("Symbol"));
        }
        let wish = asked.switch("outside_rth")?;
        let us_limit = record.words.order_type == "LMT";
        if us_limit && wish.is_some_and(|wish| wish != record.words.outside_rth) {
            return Err(refuse("Trading session"));
        }
        let known = record.words.trading_session_type.as_deref();
        if let (Some(named), Some(known)) = (asked.text("trading_session_type")?, known)
            && named != known
        {
            return Err(refuse("Trading session"));
        }
        Ok(())
    }
}

fn now_trigger(order: Option<&crate::exchange::SimOrder>) -> Option<Price> {
    order.and_then(crate::exchange::SimOrder::trigger_price)
}
