//! Coming and going: the start burst, client ids, time, identifiers.

use std::sync::Arc;

use super::{
    Door,
    client::{Client, ConnectionId},
    state::State,
    turn::Turn,
};
use crate::tws::{
    message::{
        CurrentTime, CurrentTimeInMillis, ManagedAccounts, NextValidId, Reply,
        SetServerLogLevelRequest, StartApiRequest, UserInfo, UserInfoRequest, VerifyCompleted,
        VerifyMessageApi, VerifyRequest,
    },
    outbox::{Closing, Outbox},
};

impl State {
    pub(super) fn door(&self) -> Door {
        if self.faults.is_down() {
            Door::Closed
        } else {
            self.habits.door
        }
    }

    pub(super) fn welcome(&mut self, outbox: &Arc<Outbox>) -> Result<ConnectionId, &'static str> {
        if self.clients.len() >= self.habits.client_limit {
            return Err("as many clients are connected as there may be");
        }
        self.connections += 1;
        let id = ConnectionId(self.connections);
        self.clients.insert(id, Client::new(Arc::clone(outbox)));
        Ok(id)
    }

    /// The accounts as TWS lists them.
    pub(super) fn account_list(&self) -> String {
        let names: Vec<String> = self.accounts.iter().map(ToString::to_string).collect();
        names.join(",")
    }
}

impl Turn<'_> {
    /// The first request of every client.
    pub(super) fn start_api(&mut self, request: &StartApiRequest) {
        let wanted = request.client_id.unwrap_or_default();
        let in_use = self
            .state
            .clients
            .iter()
            .any(|(connection, client)| *connection != self.from && client.id == Some(wanted));
        if in_use {
            let text = "Unable to connect as the client id is already in use. Retry with a unique client id.";
            self.error(-1, 326, text);
            if let Some(client) = self.client() {
                client.outbox.close(Closing::AfterFlush);
            }
            return;
        }
        if self.state.habits.door == Door::Mute {
            return;
        }
        let Some(client) = self.client() else { return };
        if client.id.is_some() {
            return self.error(
                -1,
                321,
                "Error validating request: the API has been started already",
            );
        }
        client.id = Some(wanted);
        tracing::info!(
            client = wanted,
            version = client.dialect().version(),
            "client started"
        );
        self.managed_accounts();
        self.next_valid_id();
        self.error(-1, 2104, "Market data farm connection is OK:usfarm");
        self.error(-1, 2106, "HMDS data farm connection is OK:ushmds");
        self.error(-1, 2158, "Sec-def data farm connection is OK:secdefil");
        self.state.tell_of_link(self.from, self.exchange);
    }

    pub(super) fn managed_accounts(&self) {
        self.reply(&Reply::ManagedAccounts(ManagedAccounts {
            accounts_list: Some(self.state.account_list()),
        }));
    }

    /// One above every order id that this client id has used.
    pub(super) fn next_valid_id(&self) {
        let order_id = Some(
            self.state
                .orders
                .next_id(self.client_id(), &self.state.habits),
        );
        self.reply(&Reply::NextValidId(NextValidId { order_id }));
    }

    pub(super) fn current_time(&self) {
        let current_time = Some(self.now().timestamp());
        self.reply(&Reply::CurrentTime(CurrentTime { current_time }));
    }

    pub(super) fn current_time_in_millis(&self) {
        let current_time_in_millis = Some(self.now().timestamp_millis());
        self.reply(&Reply::CurrentTimeInMillis(CurrentTimeInMillis {
            current_time_in_millis,
        }));
    }

    pub(super) fn server_log_level(&self, request: &SetServerLogLevelRequest) {
        let level = request.log_level.unwrap_or_default();
        if !(1..=5).contains(&level) {
            self.error(
                -1,
                321,
                format!("Error validating request: log level {level}"),
            );
        }
    }

    pub(super) fn user_info(&self, request: &UserInfoRequest) {
        self.reply(&Reply::UserInfo(UserInfo {
            req_id: request.req_id,
            white_branding_id: Some(String::new()),
        }));
    }

    /// Third-party verification begins with a challenge.
    pub(super) fn verify(&self, request: &VerifyRequest) {
        let (name, version) = (request.api_name.as_deref(), request.api_version.as_deref());
        let challenge = format!(
            "{}/{}",
            name.unwrap_or_default(),
            version.unwrap_or_default()
        );
        self.reply(&Reply::VerifyMessageApi(VerifyMessageApi {
            api_data: Some(challenge),
        }));
    }

    /// Verification is for programs that IB has registered; none is.
    pub(super) fn verify_message(&self) {
        self.reply(&Reply::VerifyCompleted(VerifyCompleted {
            is_successful: Some(false),
            error_text: Some("this program is not registered".into()),
        }));
    }

    /// The connection has ended.
    pub(super) fn leave(&mut self) {
        self.close_lines();
        self.close_watches();
        self.close_history();
        self.close_research();
        if let Some(client) = self.state.clients.remove(&self.from) {
            tracing::info!(client = client.id, "client left");
        }
    }
}
