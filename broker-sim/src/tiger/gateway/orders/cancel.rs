//! Canceling orders.

use serde_json::json;

use super::{OrderDue, record::CancelStatus, refused::bad_request, status::Moment};
use crate::tiger::gateway::{Answer, parameters::Parameters, state::Due, turn::Turn};

impl Turn<'_> {
    pub(in crate::tiger::gateway) fn cancel_order(&mut self, asked: Parameters<'_>) -> Answer {
        let record = self.named(asked)?;
        let moment = Moment::now(&record, self.exchange);
        if !moment.status.is_open() {
            let text = format!(
                "Order cannot be cancelled in status {}",
                moment.status.word()
            );
            return Err(bad_request(&record.terms.account, text));
        }
        let (id, now) = (record.id, self.now());
        if let Some(record) = self.state.orders.records.get_mut(&id) {
            record.cancel_status = CancelStatus::Received;
            record.updated_at = now;
        }
        self.state.tell_now(id, self.exchange);
        let delay = self.state.habits.desk_delay();
        if delay.is_zero() {
            self.state.carry_out_cancel(id, self.exchange);
        } else {
            let due = Due::Order(OrderDue::Cancel(id));
            self.state.timers.add(now + delay, due);
        }
        Ok(json!({"id": id}))
    }
}
