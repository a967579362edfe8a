//! A client of a gateway without a socket, for tests.

use std::sync::Arc;

use super::{ConnectionId, Gateway, Habits};
use crate::{
    fault::FaultScript,
    paper::PaperWorld,
    tws::{
        dialect::Dialect,
        message::{Reply, Request, StartApiRequest},
        outbox::Outbox,
    },
};

/// One client that has started the API.
#[derive(Debug)]
pub(crate) struct Probe {
    pub(crate) gateway: Arc<Gateway>,
    pub(crate) connection: ConnectionId,
    outbox: Arc<Outbox>,
}

impl Probe {
    /// The only client of a new gateway without limits and without conflation.
    pub(crate) fn new(world: &Arc<PaperWorld>) -> Self {
        Self::with(world, Habits::unlimited())
    }

    pub(crate) fn with(world: &Arc<PaperWorld>, habits: Habits) -> Self {
        let accounts = world.account_ids();
        let gateway = Gateway::new(world, habits, accounts, &FaultScript::default());
        Self::at(&gateway, 1)
    }

    /// One more client of a gateway.
    pub(crate) fn at(gateway: &Arc<Gateway>, client_id: i32) -> Self {
        let outbox = Arc::new(Outbox::new(Dialect::Proto(226)));
        let connection = gateway.welcome(&outbox).unwrap();
        let probe = Self {
            gateway: Arc::clone(gateway),
            connection,
            outbox,
        };
        let start = StartApiRequest {
            client_id: Some(client_id),
            ..StartApiRequest::default()
        };
        probe.ask(Request::StartApi(start));
        probe
    }

    /// What the gateway says at once to a request.
    pub(crate) fn ask(&self, request: Request) -> Vec<Reply> {
        self.hear();
        self.gateway.handle(self.connection, request);
        self.hear()
    }

    /// What has been said since the last look.
    pub(crate) fn hear(&self) -> Vec<Reply> {
        let bytes = self.outbox.take_all();
        let mut rest = bytes.as_slice();
        let mut replies = Vec::new();
        while let Some((length, more)) = rest.split_first_chunk::<4>() {
            let length = usize::try_from(u32::from_be_bytes(*length)).unwrap();
            let (body, more) = more.split_at(length);
            let (number, payload) = body.split_first_chunk::<4>().unwrap();
            let number = u32::from_be_bytes(*number) - 200;
            replies.push(Reply::from_proto(number, payload).unwrap().unwrap());
            rest = more;
        }
        replies
    }

    pub(crate) fn leave(self) {
        self.gateway.leave(self.connection);
    }
}
