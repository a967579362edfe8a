//! What strikes a command on its way to the order desk.

use super::OrderDue;
use crate::{
    fault::Fault,
    tws::gateway::{state::Due, turn::Turn},
};

impl Turn<'_> {
    /// Does a command, with everything that can go wrong around it; one for a new order uses its id up
    /// even if it is refused, and a cancel does not. What it does gives back the orders that it was about.
    pub(super) fn command(
        &mut self,
        (order_id, uses_id): (i32, bool),
        act: impl FnOnce(&mut Turn<'_>) -> Vec<i64>,
    ) {
        let fault = self.state.next_command(self.exchange);
        match fault {
            Some(Fault::DropBeforeWrite | Fault::DropMidFrame) => {
                return self.state.cut_now(self.exchange.now());
            }
            Some(Fault::SilenceBeforeAccept) => return,
            _ => {}
        }
        self.state.orders.arrived += 1;
        match fault {
            Some(Fault::DropAfterWrite | Fault::DropBeforeReply) => {
                // Whatever is said from here on is said to nobody.
                self.state.cut_now(self.exchange.now());
                act(self);
            }
            Some(Fault::SilenceAfterAccept) => {
                self.state.orders.silent = true;
                let touched = act(self);
                self.state.orders.silent = false;
                for perm in touched {
                    if let Some(record) = self.state.orders.records.get_mut(&perm) {
                        record.muted = Some(self.from);
                    }
                }
            }
            Some(Fault::FillBeforeAcknowledgement) => {
                self.state.orders.fills_first = true;
                act(self);
                self.state.orders.fills_first = false;
            }
            Some(Fault::Reject { code, text }) => {
                let code = code_of(&code);
                if uses_id {
                    self.burn(order_id);
                    self.error(order_id, code, text);
                } else {
                    self.error(order_id, cancel_code(code), text);
                }
            }
            Some(Fault::Warn { code, text }) => {
                act(self);
                self.notice_after(order_id, code_of(&code), text);
            }
            // The others are no faults of a TWS.
            Some(_) | None => {
                act(self);
            }
        }
    }

    /// Uses up an order id of the client whose turn it is.
    pub(super) fn burn(&mut self, order_id: i32) {
        let client = self.client_id();
        self.state.orders.burn(client, order_id);
    }

    /// Refuses something about an order, unless the command is not answered.
    pub(super) fn refuse_order(&self, order_id: i32, code: i32, text: impl Into<String>) {
        if !self.state.orders.silent {
            self.error(order_id, code, text);
        }
    }

    /// Sends a notice once everything that the command leads to has been told.
    pub(super) fn notice_after(&mut self, order_id: i32, code: i32, text: impl Into<String>) {
        if self.state.orders.silent {
            return;
        }
        let notice = OrderDue::Notice {
            to: self.from,
            order_id,
            code,
            text: text.into(),
        };
        self.state
            .timers
            .add(self.exchange.now(), Due::Order(notice));
    }

    /// Whether orders, and questions about them, are refused here.
    pub(super) fn is_read_only(&self, id: i32) -> bool {
        let read_only = self.state.habits.read_only;
        if read_only {
            let text = "Error validating request.-'bW' : cause - The API interface is currently in Read-Only mode.";
            self.refuse_order(id, 321, text);
        }
        read_only
    }
}

/// A code as TWS refuses a cancel with one: there are few, and others are about the order.
fn cancel_code(code: i32) -> i32 {
    const NOT_CANCELLABLE: i32 = 161;
    match code {
        100 | 135 | 136 | 321 | 10147 | 10148 => code,
        _ => NOT_CANCELLABLE,
    }
}

/// A fault's code as TWS writes codes; words that are no number become TWS's plain rejection.
fn code_of(code: &str) -> i32 {
    code.parse().unwrap_or(201)
}
