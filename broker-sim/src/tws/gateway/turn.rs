use chrono::{DateTime, Utc};

use super::{
    client::{Client, ConnectionId},
    state::State,
};
use crate::{
    exchange::{Exchange, Refusal},
    tws::message::{Contract, Reply},
};

/// One request being answered, or one event being told: TWS, the exchange and whose turn it is.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    pub(super) state: &'a mut State,
    pub(super) exchange: &'a mut Exchange,
    pub(super) from: ConnectionId,
}

impl Turn<'_> {
    pub(super) fn now(&self) -> DateTime<Utc> {
        self.exchange.now()
    }

    /// The client whose turn it is; gone when it has been dropped meanwhile.
    pub(super) fn client(&mut self) -> Option<&mut Client> {
        self.state.clients.get_mut(&self.from)
    }

    /// The id that the client has chosen.
    pub(super) fn client_id(&self) -> i32 {
        let client = self.state.clients.get(&self.from);
        client.and_then(|client| client.id).unwrap_or_default()
    }

    /// Sends a reply to the client whose turn it is.
    pub(super) fn reply(&self, reply: &Reply) {
        if let Some(client) = self.state.clients.get(&self.from) {
            client.send(reply);
        }
    }

    /// Sends an error or a notice about a request or an order.
    pub(super) fn error(&self, id: i32, code: i32, text: impl Into<String>) {
        if let Some(client) = self.state.clients.get(&self.from) {
            client.error(id, code, text, self.exchange.now().timestamp_millis());
        }
    }

    /// Sends what the exchange refused, by TWS's code for it.
    pub(super) fn refuse(&self, id: i32, refusal: &Refusal) {
        let code = refusal.code.parse().unwrap_or(321);
        self.error(id, code, refusal.text.clone());
    }

    /// Refuses a request whose contract is missing or unknown.
    pub(super) fn no_contract(&self, id: i32, contract: &Contract) {
        tracing::debug!(?contract, "no such contract");
        self.error(
            id,
            200,
            "No security definition has been found for the request",
        );
    }
}
