//! Taking a new order: what the vendor refuses at once.

use std::sync::Arc;

use broker_core::model::{AccountId, ClientOrderId, Instrument, ListRole, NewOrder};
use serde_json::{Map, Value};

use super::{
    OrderDue,
    desk::Errand,
    record::{CancelStatus, Desk, Record, ReplaceStatus},
    refused::{bad_request, duplicate, words},
    status::Moment,
    terms::{Reading, unsupported},
    words::{COMBO_TYPES, Words, known},
};
use crate::tiger::gateway::{
    Answer, Complaint, habits::DuplicateOrderId, parameters::Parameters, state::Due, turn::Turn,
};

/// Most orders of which one cancels the others.
const MOST_ALTERNATIVES: usize = 20;

impl Turn<'_> {
    pub(in crate::tiger::gateway) fn place_order(&mut self, asked: Parameters<'_>) -> Answer {
        let account = self.account(asked)?;
        self.take_stock();
        if asked.get("oca_orders").is_some() {
            return self.place_group(&account, asked);
        }
        let number = self.number(&account, asked)?;
        let ids = self.take_family(&account, asked, number)?;
        self.finish(&account, &ids, Errand::Family(ids.clone()))
    }

    /// The number that an order goes by in its account.
    fn number(&mut self, account: &AccountId, asked: Parameters<'_>) -> Result<i64, Complaint> {
        let named = asked.integer("order_id")?.filter(|number| *number != 0);
        let Some(number) = named else {
            return Ok(self.state.orders.next_number(account));
        };
        if number < 0 {
            return Err(crate::tiger::gateway::parameters::wrong(
                "order_id",
                "above zero",
            ));
        }
        let taken = self.state.orders.by_number(account, number).is_some();
        if taken && self.state.habits.duplicate_order_id == DuplicateOrderId::Refuse {
            return Err(duplicate(account));
        }
        self.state.orders.burn(account, number);
        Ok(number)
    }

    /// Writes an order and its exits down; nothing has reached the exchange.
    fn take_family(
        &mut self,
        account: &AccountId,
        asked: Parameters<'_>,
        number: i64,
    ) -> Result<Vec<i64>, Complaint> {
        let (terms, mut words, exits) = self.read_order(account, asked)?;
        if words.order_type == "ICEBERG" && !exits.is_empty() {
            return Err(unsupported("attach_type", "of ICEBERG"));
        }
        if words.time_in_force.is_empty() {
            words.time_in_force = "DAY";
        }
        let user_mark = self.user_mark(asked)?;
        let (id, name) = self.next_id(account)?;
        let entry = renamed(&terms, name);
        let mut legs = Vec::new();
        for exit in exits {
            let (id, name) = self.next_id(account)?;
            let part = exit.part();
            let leg = exit.terms(&entry, name);
            self.check_exit(&leg)?;
            legs.push((id, leg, part, exit.words));
        }
        let mut record = self.fresh(id, number, entry, words);
        record.user_mark = user_mark;
        self.state.orders.insert(record);
        let mut ids = vec![id];
        for (leg, terms, part, words) in legs {
            let mut record = self.fresh(leg, 0, terms, words);
            record.parent = Some(id);
            record.part = Some(part);
            self.state.orders.insert(record);
            ids.push(leg);
        }
        Ok(ids)
    }

    /// The terms, the words and the exits of what a request orders.
    pub(super) fn read_order(
        &mut self,
        account: &AccountId,
        asked: Parameters<'_>,
    ) -> Result<(NewOrder, Words, Vec<super::family::Exit>), Complaint> {
        if let Some(word) = asked.text("combo_type")?
            && known(&COMBO_TYPES, word).is_none()
        {
            return Err(unsupported("combo_type", word));
        }
        let instrument = self.tradable(account, asked)?;
        let details = self.exchange.contract(&instrument);
        let details = details.map_err(|refusal| bad_request(account, words(&refusal)))?;
        let quote = self.exchange.quote(&instrument);
        let quote = quote.map_err(|refusal| bad_request(account, words(&refusal)))?;
        let reading = Reading {
            asked,
            account,
            instrument: &instrument,
            details: &details,
            quote: &quote,
        };
        let placeholder = ClientOrderId::generate();
        let (terms, words) = reading.read(placeholder)?;
        let exits = reading.exits(&terms)?;
        Ok((terms, words, exits))
    }

    /// The instrument of an order.
    fn tradable(
        &mut self,
        account: &AccountId,
        asked: Parameters<'_>,
    ) -> Result<Instrument, Complaint> {
        self.instrument(asked)?.ok_or_else(|| {
            let symbol = asked.text("symbol").ok().flatten().unwrap_or("?");
            let text = format!("The symbol {symbol} cannot be traded or is not unique");
            bad_request(account, text)
        })
    }

    pub(super) fn user_mark(&self, asked: Parameters<'_>) -> Result<Option<String>, Complaint> {
        let mark = asked.text("user_mark")?.map(str::to_owned);
        Ok(mark.filter(|_| self.developer.user_marks))
    }

    pub(super) fn next_id(
        &mut self,
        account: &AccountId,
    ) -> Result<(i64, ClientOrderId), Complaint> {
        let next = self.state.orders.next_id(account, self.exchange);
        next.ok_or_else(|| Complaint::new(1, "server error(no order id is left)"))
    }

    pub(super) fn fresh(&self, id: i64, order_id: i64, terms: NewOrder, words: Words) -> Record {
        let now = self.now();
        let late = self.state.orders.fills_first;
        Record {
            id,
            order_id,
            external_id: order_id.to_string(),
            key: None,
            desk: Desk::Waiting,
            terms: Arc::new(terms),
            words,
            user_mark: None,
            source: "OpenApi",
            parent: None,
            part: None,
            remark: self.state.orders.warning.clone(),
            replace_status: ReplaceStatus::None,
            cancel_status: CancelStatus::None,
            opened_at: now,
            updated_at: now,
            told: None,
            late_acknowledgement: late,
        }
    }

    /// Orders of which one cancels the others.
    fn place_group(&mut self, account: &AccountId, asked: Parameters<'_>) -> Answer {
        let list = asked.objects("oca_orders")?;
        if !(2..=MOST_ALTERNATIVES).contains(&list.len()) {
            return Err(Complaint::business(format!(
                "oca_orders must be 2 to {MOST_ALTERNATIVES} orders"
            )));
        }
        let mut read = Vec::new();
        for one in &list {
            let named = one.text("account")?;
            if named.is_some_and(|named| named != account.as_str()) {
                return Err(Complaint::business("oca_orders must be of one account"));
            }
            let (terms, words, exits) = self.read_order(account, *one)?;
            if !exits.is_empty() {
                return Err(Complaint::business(
                    "oca_orders cannot have attached orders",
                ));
            }
            read.push((terms, words, self.user_mark(*one)?, *one));
        }
        let mut ids = Vec::new();
        for (terms, words, user_mark, one) in read {
            let number = self.number(account, one)?;
            let (id, name) = self.next_id(account)?;
            let mut record = self.fresh(id, number, renamed(&terms, name), words);
            record.user_mark = user_mark;
            self.state.orders.insert(record);
            ids.push(id);
        }
        self.finish(account, &ids, Errand::Group(ids.clone()))
    }

    /// Sends orders to the exchange, now or when the desk has time, and writes the answer.
    pub(super) fn finish(&mut self, account: &AccountId, ids: &[i64], errand: Errand) -> Answer {
        let written = self.fresh_answer(ids);
        let delay = self.state.habits.desk_delay();
        if delay.is_zero() {
            if let Err(refusal) = self.state.send(&errand, self.exchange) {
                self.refuse(account, ids, &refusal)?;
            }
        } else {
            self.check_early(account, ids, &errand)?;
            let due = Due::Order(OrderDue::Send(errand));
            self.state.timers.add(self.exchange.now() + delay, due);
        }
        Ok(written)
    }

    /// What is refused at once although the order reaches the exchange later.
    fn check_early(
        &mut self,
        account: &AccountId,
        ids: &[i64],
        errand: &Errand,
    ) -> Result<(), Complaint> {
        let checked = match errand {
            Errand::Family(ids) => ids.get(..1).unwrap_or_default(),
            Errand::Group(ids) => ids.as_slice(),
        };
        for id in checked {
            let Some(record) = self.state.orders.records.get(id) else {
                continue;
            };
            let terms = Arc::clone(&record.terms);
            if let Err(refusal) = self.exchange.preview(&terms)
                && !self.is_late(&refusal)
            {
                for id in ids {
                    self.state.orders.remove(*id);
                }
                return Err(bad_request(account, words(&refusal)));
            }
        }
        Ok(())
    }

    /// The exchange has refused orders: they never were, or they are inactive.
    fn refuse(
        &mut self,
        account: &AccountId,
        ids: &[i64],
        refusal: &crate::exchange::Refusal,
    ) -> Result<(), Complaint> {
        if self.is_late(refusal) {
            self.state.make_inactive(ids, refusal, self.exchange);
            return Ok(());
        }
        for id in ids {
            self.state.orders.remove(*id);
        }
        Err(bad_request(account, words(refusal)))
    }

    /// What is answered to a fresh order: taken, not working, not filled.
    fn fresh_answer(&mut self, ids: &[i64]) -> Value {
        let mut answer = Map::new();
        let first = ids.first().copied().unwrap_or_default();
        let number = self.state.orders.records.get(&first);
        let number = number.map_or(0, |record| record.order_id);
        answer.insert("id".into(), first.into());
        // The one member of an answer that is written this way.
        answer.insert("order_id".into(), number.into());
        if self.state.habits.short_answers {
            return Value::Object(answer);
        }
        let others: Vec<i64> = ids.iter().skip(1).copied().collect();
        answer.insert("subIds".into(), others.into());
        let mut orders = Vec::new();
        for id in ids {
            if let Some(record) = self.state.orders.records.get(id).cloned() {
                let moment = Moment::fresh(&record);
                orders.push(self.write_order(&record, &moment));
            }
        }
        answer.insert("orders".into(), orders.into());
        Value::Object(answer)
    }

    /// A number for the next order of an account.
    pub(in crate::tiger::gateway) fn order_no(&mut self, asked: Parameters<'_>) -> Answer {
        let account = self.account(asked)?;
        self.take_stock();
        let number = self.state.orders.next_number(&account);
        Ok(serde_json::json!({"orderId": number}))
    }
}

pub(super) fn renamed(terms: &NewOrder, name: ClientOrderId) -> NewOrder {
    let mut terms = terms.clone();
    terms.client_order_id = name;
    terms
}

/// The part of an attached order at the exchange.
pub(super) fn role_of(part: Option<&str>) -> ListRole {
    match part {
        Some("profit") => ListRole::TakeProfit,
        _ => ListRole::StopLoss,
    }
}
