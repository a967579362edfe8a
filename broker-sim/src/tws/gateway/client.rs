use std::sync::Arc;

use crate::tws::{
    dialect::Dialect,
    message::{ErrorMessage, Reply},
    outbox::Outbox,
};

/// The number of a connection, never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::tws) struct ConnectionId(pub(super) u64);

/// One connected client.
#[derive(Debug)]
pub(super) struct Client {
    /// The id that it has chosen; `None` until it has started the API.
    pub(super) id: Option<i32>,
    pub(super) outbox: Arc<Outbox>,
    /// Requests that came too fast.
    pub(super) violations: u32,
    /// Whether open orders of TWS itself are bound to this client (id 0 only).
    pub(super) binds_orders: bool,
}

impl Client {
    pub(super) fn new(outbox: Arc<Outbox>) -> Self {
        Self {
            id: None,
            outbox,
            violations: 0,
            binds_orders: false,
        }
    }

    pub(super) fn dialect(&self) -> Dialect {
        self.outbox.dialect()
    }

    /// Sends a reply; one that the client's dialect has no form for is left out with a log line.
    pub(super) fn send(&self, reply: &Reply) {
        if !self.outbox.send(reply) {
            tracing::debug!(
                client = self.id,
                message = reply.id(),
                "no form in this dialect"
            );
        }
    }

    /// Sends an error or a notice about a request or an order; −1 is about nothing in particular.
    pub(super) fn error(&self, id: i32, code: i32, text: impl Into<String>, at: i64) {
        self.send(&Reply::Error(ErrorMessage {
            id: Some(id),
            error_time: Some(at),
            error_code: Some(code),
            error_msg: Some(text.into()),
            advanced_order_reject_json: None,
        }));
    }
}
