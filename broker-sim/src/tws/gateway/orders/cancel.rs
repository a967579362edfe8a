//! Canceling orders.

use super::status::Status;
use crate::tws::{
    gateway::turn::Turn,
    message::{CancelOrderRequest, GlobalCancelRequest},
};

impl Turn<'_> {
    pub(in crate::tws::gateway) fn cancel_order(&mut self, request: &CancelOrderRequest) {
        let id = request.order_id.unwrap_or_default();
        self.command((id, false), |turn| {
            if turn.is_read_only(id) {
                return Vec::new();
            }
            turn.cancel_one(id)
        });
    }

    fn cancel_one(&mut self, id: i32) -> Vec<i64> {
        let client = self.client_id();
        let Some(perm) = self.state.orders.of_client(client, id) else {
            if (1..=self.state.orders.highest(client)).contains(&id) {
                // The id was used for an order that never came into being.
                self.refuse_order(id, 135, format!("Can't find order with id ={id}"));
            } else {
                let text = format!("OrderId {id} that needs to be cancelled is not found.");
                self.refuse_order(id, 10147, text);
            }
            return Vec::new();
        };
        if let Some(status) = self.final_status(perm) {
            let text = format!(
                "OrderId {id} that needs to be cancelled cannot be cancelled, state: {}.",
                status.word()
            );
            self.refuse_order(id, 10148, text);
            return vec![perm];
        }
        // To cancel one of several orders of which one cancels the others cancels them all.
        let mates = self.state_open(self.group_mates(perm));
        self.end_one(perm);
        let mut touched = vec![perm];
        for mate in mates {
            self.end_one(mate);
            touched.push(mate);
        }
        touched
    }

    fn state_open(&self, mut perms: Vec<i64>) -> Vec<i64> {
        perms.retain(|perm| {
            let record = self.state.orders.records.get(perm);
            record.is_some_and(|record| record.is_open(self.exchange))
        });
        perms
    }

    fn final_status(&self, perm: i64) -> Option<Status> {
        let record = self.state.orders.records.get(&perm)?;
        match record.key {
            None => record.dropped_at.map(|_| Status::ApiCancelled),
            Some(key) => match self.exchange.order(key) {
                Some(order) if order.is_open() => None,
                Some(order) => Some(Status::now(order)),
                None => record.told.or(Some(Status::Cancelled)),
            },
        }
    }

    /// Cancels one order, transmitted or not, with those that wait for it.
    fn end_one(&mut self, perm: i64) {
        let Some(record) = self.state.orders.records.get(&perm) else {
            return;
        };
        match record.key {
            // One that has ended with another one a moment ago is refused, which is right.
            Some(key) => drop(self.exchange.cancel(key)),
            None if record.is_held() => self.drop_held(perm),
            None => {}
        }
        for child in self.state.orders.held_children(perm) {
            self.end_one(child);
        }
    }

    fn drop_held(&mut self, perm: i64) {
        if self.state.orders.silent
            && let Some(record) = self.state.orders.records.get_mut(&perm)
        {
            record.muted = Some(self.from);
        }
        self.state.tell_dropped(perm, self.exchange);
    }

    /// Cancels every open order of the login, whoever placed it.
    pub(in crate::tws::gateway) fn global_cancel(&mut self, _request: &GlobalCancelRequest) {
        self.command((-1, false), |turn| {
            if turn.is_read_only(-1) {
                return Vec::new();
            }
            turn.take_stock();
            let all: Vec<i64> = turn.state.orders.open.iter().copied().collect();
            let open = turn.state_open(all);
            for perm in &open {
                turn.end_one(*perm);
            }
            open
        });
    }
}
