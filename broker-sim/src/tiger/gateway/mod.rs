//! What the broker does about requests, over the simulated exchange.
//!
//! One [`Gateway`] per server. A request passes the door (who is it, may it ask that, so often?),
//! takes the exchange, then the gateway's state, and does its work in the room of its subject;
//! nothing waits.

mod accounts;
mod command;
mod complaint;
mod contracts;
mod dispatch;
mod door;
#[cfg(test)]
mod door_tests;
mod faults;
#[cfg(test)]
mod faults_tests;
mod futures;
mod habits;
mod limits;
mod method;
mod money;
mod number;
mod options;
mod orders;
mod parameters;
mod permissions;
mod push;
mod quotes;
mod research;
mod state;
mod symbols;
#[cfg(test)]
mod symbols_tests;
#[cfg(test)]
mod test_seat;
mod tokens;
mod turn;
#[cfg(test)]
mod vectors_tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use broker_core::{Clock, model::AccountId};
use chrono::{DateTime, Utc};

pub(super) use complaint::{Answer, Complaint};
pub use habits::{DuplicateOrderId, Habits, RateLimitStyle};
pub(super) use push::{ClientId, Heartbeat};
use state::State;
use tokio::sync::watch;
use turn::Turn;

pub use super::http::Form;
use super::{Developer, Keys, signature};
use crate::{
    exchange::{Exchange, Output},
    fault::{Fault, FaultScript},
    outbox::Closing,
    paper::{PaperWorld, Party},
    truth::Truth,
};

/// The broker behind both ports.
#[derive(Debug)]
pub(super) struct Gateway {
    world: Arc<PaperWorld>,
    keys: Keys,
    developer: Developer,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

/// What becomes of the answer to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is sent.
    Answer,
    /// The connection is dropped instead.
    Drop,
    /// Half of it is sent, then the connection is dropped.
    Truncate,
    /// Nothing is ever sent.
    Silence,
    /// This status is sent instead, with a page.
    Status(u16),
}

/// An answer and what becomes of it.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) answer: Answer,
    /// Whether the method is one whose refusals may be told inside the data.
    pub(super) is_order: bool,
    pub(super) fate: Fate,
}

impl Gateway {
    pub(super) fn new(
        world: &Arc<PaperWorld>,
        developer: Developer,
        keys: Keys,
        clock: Arc<dyn Clock>,
        habits: Habits,
        script: &FaultScript,
    ) -> Arc<Self> {
        let state = State::new(habits, &developer, script, clock.now(), world.now());
        let gateway = Arc::new(Self {
            world: Arc::clone(world),
            keys,
            developer,
            clock,
            state: Mutex::new(state),
        });
        let party: Arc<dyn Party> = gateway.clone();
        world.join(&party);
        gateway
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) const fn world(&self) -> &Arc<PaperWorld> {
        &self.world
    }

    pub(super) const fn keys(&self) -> &Keys {
        &self.keys
    }

    pub(super) fn developer(&self) -> Developer {
        self.developer.clone()
    }

    /// The instant of tokens and time stamps.
    pub(super) fn office_time(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Signs a text with the broker's key.
    pub(super) fn sign(&self, text: &str) -> String {
        signature::sign(self.keys.broker(), text)
    }

    fn take_turn<T>(&self, act: impl FnOnce(&mut Turn<'_>) -> T) -> T {
        let office_time = self.office_time();
        self.world.with_exchange(|exchange| {
            let mut state = self.lock();
            act(&mut Turn {
                state: &mut state,
                exchange,
                developer: &self.developer,
                office_time,
            })
        })
    }

    // ---- for the owner of the server ----------------------------------------------------------

    pub(super) fn token(&self) -> Option<String> {
        self.lock().tokens.newest()
    }

    pub(super) fn habits(&self) -> Habits {
        self.lock().habits.clone()
    }

    pub(super) fn set_habits(&self, change: impl FnOnce(&mut Habits)) {
        change(&mut self.lock().habits);
    }

    /// Makes something go wrong, now or with the next command if that is what it strikes.
    ///
    /// # Errors
    /// Why this broker cannot do this.
    pub(super) fn inject(&self, fault: &Fault) -> Result<(), &'static str> {
        self.world
            .with_exchange(|exchange| self.lock().inject(fault, exchange))
    }

    /// What an account really has.
    pub(super) fn truth(&self, account: &AccountId) -> Truth {
        let truth = self.world.truth(account);
        self.lock().truth(account, truth)
    }

    pub(super) fn open_lines(&self) -> usize {
        self.lock().market_lines()
    }

    pub(super) fn is_quiet(&self) -> bool {
        self.lock().push.is_quiet()
    }

    pub(super) fn drop_clients(&self) {
        self.lock().push.close_all(Closing::Now);
    }

    /// The server ends.
    pub(super) fn close(&self) {
        let state = self.lock();
        state.push.close_all(Closing::Now);
        state.faults.cut.send_replace(());
    }

    // ---- for connections ----------------------------------------------------------------------

    /// Whether nobody is let in.
    pub(super) fn is_down(&self) -> bool {
        self.lock().faults.is_down()
    }

    /// Rings when every connection of the gateway is cut.
    pub(super) fn cut(&self) -> watch::Receiver<()> {
        self.lock().faults.cut.subscribe()
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
