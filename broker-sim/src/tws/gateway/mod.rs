//! What TWS does about requests, over the simulated exchange.
//!
//! One [`Gateway`] per server. A request takes the exchange, then the gateway's state, does its work
//! in the room it belongs to and leaves its replies in the clients' outboxes; nothing waits.

mod accounts;
mod client;
mod contracts;
mod dispatch;
mod faults;
#[cfg(test)]
mod faults_tests;
mod habits;
mod history;
mod link;
mod market_data;
mod orders;
mod pacing;
#[cfg(test)]
mod probe;
mod research;
mod session;
mod state;
#[cfg(test)]
mod test_seat;
mod turn;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use broker_core::model::AccountId;
use chrono::{DateTime, TimeDelta, Utc};

pub(super) use client::ConnectionId;
pub use habits::{Door, Habits};
pub use link::Relink;
use market_data::Flood;
use state::State;
use turn::Turn;

use super::{
    dialect::Unreadable,
    message::Request,
    outbox::{Closing, Outbox},
};
use crate::{
    exchange::{Exchange, Output},
    fault::{Fault, FaultScript},
    paper::{PaperWorld, Party},
    truth::Truth,
};

/// Trader Workstation, without its windows.
#[derive(Debug)]
pub(super) struct Gateway {
    world: Arc<PaperWorld>,
    state: Mutex<State>,
}

impl Gateway {
    pub(super) fn new(
        world: &Arc<PaperWorld>,
        habits: Habits,
        accounts: Vec<AccountId>,
        script: &FaultScript,
    ) -> Arc<Self> {
        let now = world.now();
        let gateway = Arc::new(Self {
            world: Arc::clone(world),
            state: Mutex::new(State::new(habits, accounts, now, script)),
        });
        let party: Arc<dyn Party> = gateway.clone();
        world.join(&party);
        gateway
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn world(&self) -> &Arc<PaperWorld> {
        &self.world
    }

    /// Takes the exchange and the gateway for one turn of a client.
    fn take_turn<T>(&self, from: ConnectionId, act: impl FnOnce(&mut Turn<'_>) -> T) -> T {
        self.world.with_exchange(|exchange| {
            let mut state = self.lock();
            act(&mut Turn {
                state: &mut state,
                exchange,
                from,
            })
        })
    }

    // ---- for connections ----------------------------------------------------------------------

    /// How someone who knocks is treated now.
    pub(super) fn door(&self) -> Door {
        self.lock().door()
    }

    /// A client has greeted; gives its connection a number, or says why it may not come in.
    pub(super) fn welcome(&self, outbox: &Arc<Outbox>) -> Result<ConnectionId, &'static str> {
        self.lock().welcome(outbox)
    }

    /// Does what a client asks.
    pub(super) fn handle(&self, from: ConnectionId, request: Request) {
        self.take_turn(from, |turn| turn.handle(request));
    }

    /// A client said something that is no request.
    pub(super) fn handle_unreadable(&self, from: ConnectionId, what: &Unreadable) {
        self.take_turn(from, |turn| turn.unreadable(what));
    }

    /// A connection has ended: its lines and subscriptions end with it, its orders stay.
    pub(super) fn leave(&self, from: ConnectionId) {
        self.take_turn(from, |turn| {
            turn.leave();
        });
    }

    // ---- for the owner of the server ----------------------------------------------------------

    pub(super) fn habits(&self) -> Habits {
        self.lock().habits.clone()
    }

    pub(super) fn set_habits(&self, change: impl FnOnce(&mut Habits)) {
        change(&mut self.lock().habits);
    }

    /// Makes something go wrong, now or with the next command if that is what it strikes.
    ///
    /// # Errors
    /// Why TWS cannot do this.
    pub(super) fn inject(&self, fault: &Fault) -> Result<(), &'static str> {
        self.world.with_exchange(|exchange| {
            let mut state = self.lock();
            state.inject(fault, exchange)
        })
    }

    /// Loses the link to the servers behind TWS for a while.
    pub(super) fn lose_link(&self, lasts: TimeDelta, back: Relink) {
        self.world
            .with_exchange(|exchange| self.lock().lose_link(lasts, back, exchange));
    }

    /// What an account really has.
    pub(super) fn truth(&self, account: &AccountId) -> Truth {
        let truth = self.world.truth(account);
        self.lock().truth(account, truth)
    }

    /// Market data lines that are open.
    pub(super) fn open_lines(&self) -> usize {
        self.lock().open_lines()
    }

    /// Tells everyone who reads bulletins.
    pub(super) fn publish_bulletin(&self, text: &str) {
        self.lock().publish_bulletin(text);
    }

    /// The open market data lines, to be flooded.
    pub(super) fn flood(&self) -> Flood {
        self.world.with_exchange(|exchange| {
            let state = self.lock();
            state.flood(exchange)
        })
    }

    /// Tells every client to empty its copies of books (317) and shows the books again.
    pub(super) fn reset_depth(&self) {
        self.world
            .with_exchange(|exchange| self.lock().reset_depth(exchange));
    }

    /// Clients that have started the API.
    pub(super) fn clients(&self) -> usize {
        let state = self.lock();
        state
            .clients
            .values()
            .filter(|client| client.id.is_some())
            .count()
    }

    /// Whether a client that has had its time to start the API has done so, or is not let to.
    pub(super) fn may_stay(&self, connection: ConnectionId) -> bool {
        let state = self.lock();
        let client = state.clients.get(&connection);
        state.habits.door == Door::Mute || client.is_none_or(|client| client.id.is_some())
    }

    /// Whether everything that was said has been handed to the sockets.
    pub(super) fn is_quiet(&self) -> bool {
        let state = self.lock();
        state
            .clients
            .values()
            .all(|client| client.outbox.is_empty())
    }

    /// Ends every connection.
    pub(super) fn drop_clients(&self) {
        for client in self.lock().clients.values() {
            client.outbox.close(Closing::Now);
        }
    }
}

impl Party for Gateway {
    fn receive(&self, output: &Output, exchange: &mut Exchange) {
        self.lock().receive(output, exchange);
    }

    fn next_due(&self) -> Option<DateTime<Utc>> {
        self.lock().timers.next_at()
    }

    fn play_due(&self, exchange: &mut Exchange) {
        self.lock().play_due(exchange);
    }
}
