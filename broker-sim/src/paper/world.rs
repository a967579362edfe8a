use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use broker_core::{
    Capabilities, Clock as _, Error, ErrorKind, Result,
    model::{AccountId, BrokerId},
};
use chrono::{DateTime, TimeDelta, Utc};

use super::{PaperBroker, TimeMode, capabilities, clock::WorldClock, link::Link, truth::truth};
use crate::{
    exchange::{Exchange, Output},
    fault::FaultScript,
    truth::Truth,
};

/// A simulated exchange with its accounts and everyone who is connected to it.
#[derive(Debug)]
pub struct PaperWorld {
    state: Mutex<State>,
    clock: WorldClock,
    accounts: Vec<AccountId>,
    capabilities: BTreeMap<AccountId, Arc<Capabilities>>,
    pub(super) answer_timeout: Duration,
    pub(super) capacity: usize,
}

/// Someone who is connected to a world: hears what the exchange says and has appointments.
///
/// All three are called while the world is locked: they may use the exchange they are given, never
/// the world.
pub(crate) trait Party: Send + Sync + core::fmt::Debug {
    /// Hears one thing that the exchange says.
    fn receive(&self, output: &Output, exchange: &mut Exchange);

    /// When something is due that is not the exchange's.
    fn next_due(&self) -> Option<DateTime<Utc>>;

    /// Does what is due.
    fn play_due(&self, exchange: &mut Exchange);
}

#[derive(Debug)]
struct State {
    exchange: Exchange,
    parties: Vec<Weak<dyn Party>>,
    /// Commands that have reached the exchange.
    commands: u64,
}

/// How often a running world looks at the real clock.
const BEAT: Duration = Duration::from_millis(5);

impl PaperWorld {
    pub(super) fn new(
        exchange: Exchange,
        accounts: Vec<AccountId>,
        time: TimeMode,
        answer_timeout: Duration,
        capacity: usize,
    ) -> Result<Arc<Self>> {
        let clock = WorldClock::at(exchange.now());
        let kinds = accounts.iter().filter_map(|id| exchange.account(id));
        let capabilities = kinds
            .map(|account| (account.id().clone(), Arc::new(capabilities(account.kind()))))
            .collect();
        let state = Mutex::new(State {
            exchange,
            parties: Vec::new(),
            commands: 0,
        });
        let world = Arc::new(Self {
            state,
            clock,
            accounts,
            capabilities,
            answer_timeout,
            capacity,
        });
        if let TimeMode::Running { factor } = time {
            world.run(factor)?;
        }
        Ok(world)
    }

    /// Lets time pass by itself until the world is dropped.
    fn run(self: &Arc<Self>, factor: u32) -> Result<()> {
        if factor == 0 {
            return Err(Error::invalid("time", "the factor must be at least 1"));
        }
        let runtime = tokio::runtime::Handle::try_current().map_err(|error| {
            let message = "time that passes by itself needs a tokio runtime";
            Error::new(ErrorKind::InvalidRequest, message)
                .at_field("time")
                .with_source(error)
        })?;
        let world = Arc::downgrade(self);
        let began = tokio::time::Instant::now();
        let start = self.now();
        runtime.spawn(async move {
            let mut beat = tokio::time::interval(BEAT);
            loop {
                beat.tick().await;
                let Some(world) = world.upgrade() else { return };
                let passed = TimeDelta::from_std(began.elapsed()).unwrap_or(TimeDelta::MAX);
                let passed = passed.checked_mul(i32::try_from(factor).unwrap_or(i32::MAX));
                let until = passed.and_then(|passed| start.checked_add_signed(passed));
                world.advance_to(until.unwrap_or(DateTime::<Utc>::MAX_UTC));
            }
        });
        Ok(())
    }

    pub(super) fn capabilities(&self, account: &AccountId) -> Option<Arc<Capabilities>> {
        self.capabilities.get(account).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The accounts, in the order in which they were added.
    #[must_use]
    pub fn account_ids(&self) -> Vec<AccountId> {
        self.accounts.clone()
    }

    /// The present instant of the world.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// The world's clock, for a program that is to live in its time.
    #[must_use]
    pub fn shared_clock(&self) -> Arc<dyn broker_core::Clock> {
        Arc::new(self.clock.clone())
    }

    pub(super) fn clock(&self) -> &WorldClock {
        &self.clock
    }

    /// A new connection with the given accounts, as a freshly started program makes one.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] for an account that the world does not have;
    /// [`ErrorKind::InvalidRequest`] for a malformed name.
    pub fn connect(self: &Arc<Self>, name: &str, accounts: Vec<AccountId>) -> Result<PaperBroker> {
        self.connect_with(name, accounts, &FaultScript::default())
    }

    /// A new connection on which faults are played.
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    pub fn connect_with(
        self: &Arc<Self>,
        name: &str,
        accounts: Vec<AccountId>,
        script: &FaultScript,
    ) -> Result<PaperBroker> {
        if let Some(unknown) = accounts
            .iter()
            .find(|account| !self.accounts.contains(account))
        {
            let message = format!("there is no account {unknown}");
            return Err(Error::new(ErrorKind::NotFound, message).at_field("account"));
        }
        let first = accounts
            .first()
            .cloned()
            .ok_or_else(|| Error::invalid("account", "a connection needs at least one account"))?;
        let id = BrokerId::new(name)?;
        let link = Link::new(self, &accounts, script);
        let party: Arc<dyn Party> = link.clone();
        self.join(&party);
        link.connect(&mut self.lock().exchange);
        Ok(PaperBroker::new(
            id,
            Arc::clone(self),
            link,
            first,
            accounts,
        ))
    }

    /// Lets a party hear everything from now on, for as long as it lives.
    pub(crate) fn join(&self, party: &Arc<dyn Party>) {
        let mut state = self.lock();
        state.parties.retain(|party| party.strong_count() > 0);
        state.parties.push(Arc::downgrade(party));
    }

    /// Lets time pass.
    pub fn advance(&self, span: TimeDelta) {
        let until = self
            .now()
            .checked_add_signed(span)
            .unwrap_or(DateTime::<Utc>::MAX_UTC);
        self.advance_to(until);
    }

    /// Lets time pass up to an instant; an earlier one changes nothing.
    pub fn advance_to(&self, until: DateTime<Utc>) {
        let mut state = self.lock();
        let parties = state.live_parties();
        loop {
            let due = parties.iter().filter_map(|party| party.next_due()).min();
            let next = match (state.exchange.next_at(), due) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            };
            let Some(next) = next.filter(|next| *next <= until) else {
                break;
            };
            state.exchange.advance_to(next);
            self.settle(&mut state, &parties);
        }
        state.exchange.advance_to(until);
        self.settle(&mut state, &parties);
    }

    /// Plays the next thing that happens and gives back when it was.
    #[must_use = "`None` says that nothing is left to happen"]
    pub fn step(&self) -> Option<DateTime<Utc>> {
        let mut state = self.lock();
        let parties = state.live_parties();
        let due = parties.iter().filter_map(|party| party.next_due()).min();
        let next = state.exchange.next_at();
        let at = match due.filter(|due| next.is_none_or(|next| *due < next)) {
            // Something is due on a connection before anything happens at the exchange.
            Some(due) => {
                state.exchange.advance_to(due);
                Some(due)
            }
            None => state.exchange.step(),
        };
        self.settle(&mut state, &parties);
        at
    }

    /// Tells everyone what has happened, and plays what is due on the connections.
    fn settle(&self, state: &mut State, parties: &[Arc<dyn Party>]) {
        self.clock.set(state.exchange.now());
        Self::dispatch(state, parties);
        for party in parties {
            party.play_due(&mut state.exchange);
        }
        Self::dispatch(state, parties);
    }

    fn dispatch(state: &mut State, parties: &[Arc<dyn Party>]) {
        if !state.exchange.has_outputs() {
            return;
        }
        for output in state.exchange.take_outputs() {
            for party in parties {
                party.receive(&output, &mut state.exchange);
            }
        }
    }

    /// Calls the exchange and tells everyone what follows from it.
    pub fn with_exchange<T>(&self, call: impl FnOnce(&mut Exchange) -> T) -> T {
        let mut state = self.lock();
        let parties = state.live_parties();
        let answer = call(&mut state.exchange);
        self.settle(&mut state, &parties);
        answer
    }

    /// The same for one connection's command: it hears what `before` leaves of what follows, the
    /// others hear all of it.
    pub(super) fn command<T>(
        &self,
        own: &Arc<Link>,
        call: impl FnOnce(&mut Exchange) -> T,
        before: impl FnOnce(&mut Vec<Output>),
    ) -> T {
        let mut state = self.lock();
        let parties = state.live_parties();
        Self::dispatch(&mut state, &parties);
        state.commands += 1;
        let answer = call(&mut state.exchange);
        let mut outputs = state.exchange.take_outputs();
        let others = parties
            .iter()
            .filter(|party| !std::ptr::addr_eq(Arc::as_ptr(party), Arc::as_ptr(own)));
        for party in others {
            for output in &outputs {
                party.receive(output, &mut state.exchange);
            }
        }
        before(&mut outputs);
        for output in &outputs {
            own.receive(output, &mut state.exchange);
        }
        self.settle(&mut state, &parties);
        answer
    }

    /// Looks at the exchange without changing anything that clients see.
    pub(super) fn read<T>(&self, look: impl FnOnce(&mut Exchange) -> T) -> T {
        self.with_exchange(look)
    }

    /// What an account really has, as the exchange knows it.
    #[must_use]
    pub fn truth(&self, account: &AccountId) -> Truth {
        let state = self.lock();
        truth(&state.exchange, account, state.commands)
    }

    /// Recorded prices that have not been played yet.
    #[must_use]
    pub fn remaining_points(&self) -> usize {
        self.lock().exchange.remaining_points()
    }

    /// When the last recorded price comes.
    #[must_use]
    pub fn last_point_at(&self) -> Option<DateTime<Utc>> {
        self.lock().exchange.last_point_at()
    }
}

impl State {
    fn live_parties(&self) -> Vec<Arc<dyn Party>> {
        self.parties.iter().filter_map(Weak::upgrade).collect()
    }
}
