//! Connections: the handshake, and who is sent away.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use serde_json::json;

use super::{MarketSubscriptions, subscribe::Private};
use crate::{
    outbox::{Closing, Outbox},
    tiger::{
        gateway::{Gateway, Habits, turn::Turn},
        push::{Command, PushData, Request, RequestConnect, Response, append},
        signature,
    },
};

/// The number of a connection, never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::tiger) struct ClientId(u64);

/// How often a connection is to say something; `None` for never.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::tiger) struct Heartbeat {
    /// The server says something at least this often.
    pub(in crate::tiger) beat: Option<Duration>,
    /// A client that says nothing for so long is gone.
    pub(in crate::tiger) patience: Option<Duration>,
}

/// Everyone who is connected, and what the developer wants to hear.
#[derive(Debug, Default)]
pub(in crate::tiger::gateway) struct Push {
    clients: BTreeMap<ClientId, Arc<Outbox>>,
    /// The connection that is the developer's.
    pub(super) developer: Option<ClientId>,
    /// Whether that connection wants every tick.
    pub(super) full_tick: bool,
    last: u64,
    pub(super) private: Private,
    pub(in crate::tiger::gateway) market: MarketSubscriptions,
}

/// Heartbeats that may be missed before a client counts as gone.
const PATIENCE: u32 = 3;

impl Heartbeat {
    fn of(habits: &Habits) -> Self {
        let span = |ms: u32| (ms > 0).then(|| Duration::from_millis(u64::from(ms)));
        Self {
            beat: span(habits.heartbeat_receive_ms).filter(|_| !habits.silent_heart),
            patience: span(habits.heartbeat_send_ms).map(|span| span * PATIENCE),
        }
    }
}

impl Push {
    pub(in crate::tiger::gateway) fn is_quiet(&self) -> bool {
        self.clients.values().all(|outbox| outbox.is_empty())
    }

    /// Ends every connection.
    pub(in crate::tiger::gateway) fn close_all(&self, closing: Closing) {
        for outbox in self.clients.values() {
            outbox.close(closing);
        }
    }

    /// Sends bytes that make no sense to everyone, and ends the connections.
    pub(in crate::tiger::gateway) fn send_garbage(&self) {
        for outbox in self.clients.values() {
            // A length that never ends.
            outbox.send_raw(&[0xFF; 64]);
        }
        self.close_all(Closing::AfterFlush);
    }

    fn outbox(&self, client: ClientId) -> Option<&Arc<Outbox>> {
        self.clients.get(&client)
    }

    pub(super) fn respond(&self, client: ClientId, response: &Response) {
        if let Some(outbox) = self.outbox(client) {
            outbox.write(|bytes| append(bytes, response));
        }
    }

    /// Sends data to the developer, if he is connected.
    pub(in crate::tiger::gateway) fn send(&self, data: PushData) {
        if let Some(client) = self.developer {
            self.respond(client, &message(data));
        }
    }

    /// Sends an error; then the connection ends.
    fn send_away(&mut self, client: ClientId, id: Option<u32>, code: i32, msg: &str) {
        self.respond(
            client,
            &Response {
                command: Command::Error.into(),
                id,
                code: Some(code),
                msg: Some(msg.to_owned()),
                body: None,
            },
        );
        if let Some(outbox) = self.outbox(client) {
            outbox.close(Closing::AfterFlush);
        }
        if self.developer == Some(client) {
            self.developer = None;
        }
    }

    /// Sends the developer's connection away, as a newer one does.
    pub(in crate::tiger::gateway) fn kick_out(&mut self) {
        if let Some(old) = self.developer {
            self.send_away(old, Some(0), 4001, "kick out by a new connection");
        }
    }
}

/// Data as a frame.
pub(super) fn message(data: PushData) -> Response {
    Response {
        command: Command::Message.into(),
        id: None,
        code: None,
        msg: None,
        body: Some(data),
    }
}

impl Gateway {
    /// Someone has connected; `None` while nobody is let in.
    pub(in crate::tiger) fn push_open(&self, outbox: &Arc<Outbox>) -> Option<ClientId> {
        let mut state = self.lock();
        if state.faults.is_down() {
            return None;
        }
        state.push.last += 1;
        let client = ClientId(state.push.last);
        state.push.clients.insert(client, Arc::clone(outbox));
        Some(client)
    }

    /// Does what a client asks. Gives back how the heart beats once he has been let in.
    pub(in crate::tiger) fn push_hear(
        &self,
        client: ClientId,
        request: &Request,
    ) -> Option<Heartbeat> {
        self.take_turn(|turn| {
            let sign_is_right = |connect: &RequestConnect| {
                let key = self.keys.client().to_public_key();
                connect.tiger_id == self.developer.tiger_id
                    && signature::verifies(&key, &connect.tiger_id, &connect.sign)
            };
            turn.hear(client, request, sign_is_right)
        })
    }

    /// A client said something that is no frame.
    pub(in crate::tiger) fn push_unreadable(&self, client: ClientId, why: &str) {
        self.lock().push.send_away(client, None, 1000, why);
    }

    /// A connection has ended.
    pub(in crate::tiger) fn push_leave(&self, client: ClientId) {
        self.take_turn(|turn| {
            let push = &mut turn.state.push;
            push.clients.remove(&client);
            if push.developer == Some(client) {
                push.developer = None;
                if !turn.state.habits.keeps_subscriptions {
                    turn.drop_subscriptions();
                }
            }
        });
    }
}

impl Turn<'_> {
    fn hear(
        &mut self,
        client: ClientId,
        request: &Request,
        sign_is_right: impl FnOnce(&RequestConnect) -> bool,
    ) -> Option<Heartbeat> {
        let id = Some(request.id);
        let Ok(command) = Command::try_from(request.command) else {
            self.state
                .push
                .send_away(client, id, 1000, "unknown command");
            return None;
        };
        if command == Command::Connect {
            let connect = request.connect.clone().unwrap_or_default();
            return self.connect(client, request.id, &connect, sign_is_right);
        }
        if self.state.push.developer != Some(client) {
            let text = "access forbidden(not connected)";
            self.state.push.send_away(client, id, 4, text);
            return None;
        }
        match command {
            Command::Subscribe | Command::Unsubscribe => {
                let wanted = request.subscribe.clone().unwrap_or_default();
                let on = command == Command::Subscribe;
                self.subscribe(client, request.id, &wanted, on);
            }
            Command::Send => self.list_subscriptions(client, request.id),
            Command::Heartbeat => {}
            Command::Disconnect => {
                self.drop_subscriptions();
                self.state.push.developer = None;
                if let Some(outbox) = self.state.push.outbox(client) {
                    outbox.close(Closing::AfterFlush);
                }
            }
            Command::RefreshToken => self.state.push.respond(
                client,
                &Response {
                    command: Command::RefreshToken.into(),
                    id,
                    code: Some(4),
                    msg: Some("access forbidden(OAuth2 is not supported)".to_owned()),
                    body: None,
                },
            ),
            Command::Connect
            | Command::Unknown
            | Command::Connected
            | Command::Message
            | Command::Error => {
                let text = "common param error(not a command of a client)";
                self.state.push.send_away(client, id, 1000, text);
            }
        }
        None
    }

    fn connect(
        &mut self,
        client: ClientId,
        id: u32,
        connect: &RequestConnect,
        sign_is_right: impl FnOnce(&RequestConnect) -> bool,
    ) -> Option<Heartbeat> {
        let refused = if connect.access_token.is_some() && connect.tiger_id.is_empty() {
            Some("access forbidden(OAuth2 is not supported)")
        } else if !sign_is_right(connect) {
            Some("access forbidden(signature verification failed)")
        } else {
            None
        };
        if let Some(text) = refused {
            self.state.push.send_away(client, Some(id), 4, text);
            return None;
        }
        if self.state.push.developer != Some(client) {
            self.state.push.kick_out();
        }
        let habits = &self.state.habits;
        let version = connect.accept_version.as_deref().unwrap_or("2");
        let pair = format!(
            "{},{}",
            habits.heartbeat_send_ms, habits.heartbeat_receive_ms
        );
        let heartbeat = Heartbeat::of(habits);
        let push = &mut self.state.push;
        push.developer = Some(client);
        push.full_tick = connect.use_full_tick == Some(true);
        push.respond(
            client,
            &Response {
                command: Command::Connected.into(),
                id: Some(id),
                code: Some(0),
                msg: Some(json!({"version": version, "heart-beat": pair}).to_string()),
                body: None,
            },
        );
        Some(heartbeat)
    }

    fn drop_subscriptions(&mut self) {
        self.state.push.private = Private::default();
        self.state.drop_market(self.exchange);
    }
}

/// An instant as pushes have it.
pub(super) fn millis(at: DateTime<Utc>) -> u64 {
    u64::try_from(at.timestamp_millis()).unwrap_or_default()
}
