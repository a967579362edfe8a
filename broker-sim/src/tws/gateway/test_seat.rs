//! A client's seat at a gateway, without a socket.

use std::{collections::VecDeque, sync::Arc};

use chrono::TimeDelta;

use super::{ConnectionId, Gateway, Habits};
use crate::{
    fault::FaultScript,
    paper::{PaperBroker, PaperWorld},
    tws::{
        dialect::Dialect,
        message::{Contract, Reply, Request, StartApiRequest},
        outbox::Outbox,
        wire::Frames,
    },
};

/// One started client in a world that moves only when told.
#[derive(Debug)]
pub(in crate::tws) struct Seat {
    world: Arc<PaperWorld>,
    gateway: Arc<Gateway>,
    outbox: Arc<Outbox>,
    connection: ConnectionId,
    waiting: VecDeque<Reply>,
}

impl Seat {
    /// A protobuf client with id 1 at a fresh gateway.
    pub(in crate::tws) fn new(habits: Habits) -> Self {
        Self::start(habits)
    }

    fn start(habits: Habits) -> Self {
        let world = PaperBroker::builder()
            .account("DU1", broker_core::dec!(1_000_000))
            .account("DU2", broker_core::dec!(1_000_000))
            .build_world()
            .unwrap();
        let accounts = world.account_ids();
        let gateway = Gateway::new(&world, habits, accounts, &FaultScript::default());
        Self::join(world, gateway, 1)
    }

    /// Another client at the same gateway.
    pub(in crate::tws) fn beside(&self, client_id: i32) -> Self {
        let (world, gateway) = (Arc::clone(&self.world), Arc::clone(&self.gateway));
        Self::join(world, gateway, client_id)
    }

    fn join(world: Arc<PaperWorld>, gateway: Arc<Gateway>, client_id: i32) -> Self {
        let outbox = Arc::new(Outbox::new(Dialect::Proto(226)));
        let connection = gateway.welcome(&outbox).unwrap();
        let mut seat = Self {
            world,
            gateway,
            outbox,
            connection,
            waiting: VecDeque::new(),
        };
        seat.ask(Request::StartApi(StartApiRequest {
            client_id: Some(client_id),
            optional_capabilities: None,
        }));
        seat.drain();
        seat
    }

    pub(in crate::tws) fn gateway(&self) -> &Arc<Gateway> {
        &self.gateway
    }

    pub(in crate::tws) fn world(&self) -> &Arc<PaperWorld> {
        &self.world
    }

    pub(in crate::tws) fn ask(&mut self, request: Request) {
        self.gateway.handle(self.connection, request);
    }

    pub(in crate::tws) fn advance(&self, seconds: i64) {
        self.world.advance(TimeDelta::seconds(seconds));
    }

    pub(in crate::tws) fn leave(&self) {
        self.gateway.leave(self.connection);
    }

    pub(in crate::tws) fn publish_bulletin(&self, text: &str) {
        self.gateway.publish_bulletin(text);
    }

    /// Everything that has been said and not read yet.
    pub(in crate::tws) fn drain(&mut self) -> Vec<Reply> {
        self.read();
        self.waiting.drain(..).collect()
    }

    /// The next thing that was said.
    pub(in crate::tws) fn next(&mut self) -> Option<Reply> {
        self.read();
        self.waiting.pop_front()
    }

    /// The code of the next thing that was said, which must be an error.
    pub(in crate::tws) fn next_error(&mut self) -> i32 {
        match self.next() {
            Some(Reply::Error(error)) => error.error_code.unwrap(),
            other => panic!("not an error: {other:?}"),
        }
    }

    fn read(&mut self) {
        let mut frames = Frames::default();
        frames.push(&self.outbox.take_all());
        while let Some(body) = frames.next().unwrap() {
            let (number, payload) = body.split_first_chunk::<4>().unwrap();
            let number = u32::from_be_bytes(*number) - 200;
            let reply = Reply::from_proto(number, payload).unwrap().unwrap();
            self.waiting.push_back(reply);
        }
    }

    /// The contract of a listed share.
    pub(in crate::tws) fn contract(&self, symbol: &str) -> Contract {
        Contract {
            symbol: Some(symbol.into()),
            sec_type: Some("STK".into()),
            exchange: Some("SMART".into()),
            currency: Some("USD".into()),
            ..Contract::default()
        }
    }

    /// The number of a listed share.
    pub(in crate::tws) fn con_id(&self, symbol: &str) -> i32 {
        let contract = self.contract(symbol);
        self.gateway.take_turn(self.connection, |turn| {
            let found = turn
                .state
                .contracts
                .find_one(turn.exchange, &contract)
                .unwrap();
            turn.state.contracts.con_id(&found)
        })
    }
}
