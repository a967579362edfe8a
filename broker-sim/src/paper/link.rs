use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use broker_core::{
    Clock as _, Desk, Error, ErrorKind, Result, Retry, SessionState,
    event::{GapCause, Ledger, Notice, Severity},
    feed::FeedGap,
    model::{AccountId, BrokerText, ClientOrderId},
};
use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::watch;

use super::{PaperWorld, baseline::baseline, lines::Line, world::Party};
use crate::{
    exchange::{Exchange, Output},
    fault::{Fault, FaultScript, Scheduled, Trigger},
};

/// One connection to the world: what a network and a broker's gateway are to a real client.
///
/// Commands go through [`command`](Self::command), everything the exchange says comes through
/// [`receive`](Self::receive); both are where faults strike.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) desk: Arc<Desk>,
    pub(super) ledgers: Vec<Arc<Ledger>>,
    pub(super) session: watch::Sender<SessionState>,
    state: Mutex<State>,
    world: Weak<PaperWorld>,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) status: Status,
    began: DateTime<Utc>,
    pub(super) script: Vec<Scheduled>,
    /// Faults that strike the next commands, injected by hand.
    pub(super) next_commands: VecDeque<Fault>,
    /// Faults that struck while the exchange was busy.
    pub(super) pending: Vec<Fault>,
    commands: u32,
    pub(super) reports: u32,
    pub(super) banned_until: Option<DateTime<Utc>>,
    pub(super) duplicate: u32,
    pub(super) reorder: Option<(u32, Vec<Output>)>,
    pub(super) delay: u32,
    pub(super) delay_for: TimeDelta,
    pub(super) delayed: VecDeque<(DateTime<Utc>, Output)>,
    pub(super) lines: Vec<Line>,
    pub(super) next_line: u64,
    /// Listings of lines that were closed since the exchange was last told.
    pub(super) unwatched: Vec<usize>,
}

/// Whether the connection stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Status {
    Up,
    Down { until: DateTime<Utc> },
    Displaced,
    Unauthorized,
    Closed,
}

/// What a command has to reckon with.
#[derive(Debug)]
pub(super) enum Plan {
    /// Nothing goes wrong.
    Clean,
    /// This goes wrong.
    Strike(Fault),
}

/// How long a connection stays away that a fault has cut.
pub(super) const CUT: TimeDelta = TimeDelta::seconds(1);

impl Link {
    pub(super) fn new(
        world: &Arc<PaperWorld>,
        accounts: &[AccountId],
        script: &FaultScript,
    ) -> Arc<Self> {
        let clock = Arc::new(world.clock().clone());
        let now = clock.now();
        let desk = Desk::with_capacity(clock, world.capacity);
        let ledgers = accounts
            .iter()
            .map(|account| desk.open_account(account))
            .collect();
        let state = State {
            status: Status::Down { until: now },
            began: now,
            script: script.faults().to_vec(),
            next_commands: VecDeque::new(),
            pending: Vec::new(),
            commands: 0,
            reports: 0,
            banned_until: None,
            duplicate: 0,
            reorder: None,
            delay: 0,
            delay_for: TimeDelta::zero(),
            delayed: VecDeque::new(),
            lines: Vec::new(),
            next_line: 0,
            unwatched: Vec::new(),
        };
        Arc::new(Self {
            desk,
            ledgers,
            session: watch::Sender::new(SessionState::Connecting),
            state: Mutex::new(state),
            world: Arc::downgrade(world),
        })
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.desk.clock().now()
    }

    // ---- the session --------------------------------------------------------------------------

    /// Begins a session: every account gets a snapshot, every line goes on.
    pub(super) fn connect(&self, exchange: &mut Exchange) {
        let mut state = self.lock();
        if state.status == Status::Closed {
            return;
        }
        state.status = Status::Up;
        state.reorder = None;
        state.delayed.clear();
        self.session.send_replace(SessionState::Ready);
        for ledger in &self.ledgers {
            let ticket = ledger.begin();
            let baseline = baseline(exchange, ledger.account());
            // The exchange lists everything it keeps; what it has forgotten stays as it was.
            let _missing = ledger.complete(ticket, baseline);
        }
        for line in &mut state.lines {
            line.sink.gap(FeedGap::Reopened);
            line.show(exchange);
        }
        if let Some(until) = state.banned_until {
            self.set_session(&banned(until));
        }
    }

    pub(super) fn set_session(&self, session: &SessionState) {
        self.session.send_replace(session.clone());
        for ledger in &self.ledgers {
            ledger.session(session.clone());
        }
    }

    /// Loses the connection until an instant; what is said meanwhile is lost.
    pub(super) fn lose(
        &self,
        state: &mut State,
        cause: &GapCause,
        session: &SessionState,
        status: Status,
    ) {
        match (&state.status, &status) {
            (Status::Up, _) => {}
            // What strikes while the connection is down is met when it comes back.
            (Status::Down { until }, Status::Down { until: other }) => {
                let until = *until.max(other);
                state.status = Status::Down { until };
                return;
            }
            (Status::Down { .. }, Status::Displaced | Status::Unauthorized) => {
                state.status = status;
                return self.set_session(session);
            }
            _ => return,
        }
        state.status = status;
        state.reorder = None;
        state.delayed.clear();
        for ledger in &self.ledgers {
            ledger.gap(cause.clone());
        }
        self.set_session(session);
    }

    pub(super) fn cut(&self, state: &mut State, down: TimeDelta) {
        let until = self.now() + down;
        self.lose(
            state,
            &GapCause::Disconnected,
            &SessionState::Connecting,
            Status::Down { until },
        );
    }

    /// Ends the session for good.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.status = Status::Closed;
        state.delayed.clear();
        state.reorder = None;
        state.banned_until = None;
        let closed: Vec<usize> = state.lines.iter().map(|line| line.listing).collect();
        state.unwatched.extend(closed);
        let lines = std::mem::take(&mut state.lines);
        drop(state);
        drop(lines);
        self.set_session(&SessionState::Closed);
    }

    /// Takes the login back, or uses renewed credentials: the way out of `Displaced` and
    /// `AuthRequired`.
    pub(super) fn log_in_again(&self) {
        let mut state = self.lock();
        if matches!(state.status, Status::Displaced | Status::Unauthorized) {
            let until = self.now();
            state.status = Status::Down { until };
            drop(state);
            self.set_session(&SessionState::Connecting);
            if let Some(world) = self.world.upgrade() {
                world.with_exchange(|_| ());
            }
        }
    }

    /// Whether questions can be asked, or why not.
    pub(super) fn check_up(&self) -> Result<()> {
        let state = self.lock();
        state.refusal(self.now()).map_or(Ok(()), Err)
    }

    // ---- commands -----------------------------------------------------------------------------

    /// Counts a command and says what it has to reckon with.
    ///
    /// # Errors
    /// When it cannot be sent at all.
    pub(super) fn command(&self) -> Result<Plan> {
        let mut state = self.lock();
        if let Some(error) = state.refusal(self.now()) {
            return Err(error);
        }
        state.commands += 1;
        let number = state.commands;
        let mut struck = state.next_commands.pop_front();
        let due = |scheduled: &Scheduled| scheduled.when == Trigger::Command(number);
        let scheduled: Vec<Scheduled> = state.script.iter().filter(|s| due(s)).cloned().collect();
        state.script.retain(|scheduled| !due(scheduled));
        for Scheduled { fault, .. } in scheduled {
            if fault.strikes_command() && struck.is_none() {
                struck = Some(fault);
            } else {
                self.strike(&mut state, &fault, None);
            }
        }
        if let Some(error) = state.refusal(self.now()) {
            return Err(error);
        }
        Ok(struck.map_or(Plan::Clean, Plan::Strike))
    }

    /// Cuts the connection as part of a command.
    pub(super) fn cut_now(&self) {
        self.cut(&mut self.lock(), CUT);
    }

    /// Says something about an order that does not change it.
    pub(super) fn warn(&self, account: &AccountId, id: &ClientOrderId, message: BrokerText) {
        if let Ok(ledger) = self.desk.ledger(account) {
            let client_order_id = Some(id.clone());
            ledger.notice(Notice {
                severity: Severity::Warning,
                message,
                client_order_id,
            });
        }
    }
}

impl Party for Link {
    fn receive(&self, output: &Output, exchange: &mut Exchange) {
        self.hear(output, exchange);
    }

    fn next_due(&self) -> Option<DateTime<Utc>> {
        let state = self.lock();
        let reconnect = match state.status {
            Status::Down { until } => Some(until),
            _ => None,
        };
        let delayed = state.delayed.iter().map(|(due, _)| *due).min();
        let scripted = state
            .script
            .iter()
            .filter_map(|scheduled| match scheduled.when {
                Trigger::After(ms) => Some(state.began + TimeDelta::milliseconds(i64::from(ms))),
                _ => None,
            });
        [reconnect, delayed, state.banned_until]
            .into_iter()
            .flatten()
            .chain(scripted)
            .min()
    }

    fn play_due(&self, exchange: &mut Exchange) {
        let now = exchange.now();
        let mut state = self.lock();
        let began = state.began;
        let due = |scheduled: &Scheduled| match scheduled.when {
            Trigger::After(ms) => began + TimeDelta::milliseconds(i64::from(ms)) <= now,
            _ => false,
        };
        for listing in std::mem::take(&mut state.unwatched) {
            exchange.watch(listing, false);
        }
        for fault in std::mem::take(&mut state.pending) {
            self.strike_exchange(&fault, exchange);
        }
        let scheduled: Vec<Scheduled> = state.script.iter().filter(|s| due(s)).cloned().collect();
        state.script.retain(|scheduled| !due(scheduled));
        for Scheduled { fault, .. } in scheduled {
            if fault.strikes_command() {
                state.next_commands.push_back(fault);
            } else {
                self.strike(&mut state, &fault, Some(exchange));
            }
        }
        while state.delayed.front().is_some_and(|(due, _)| *due <= now) {
            if let Some((_, output)) = state.delayed.pop_front() {
                self.deliver(&output);
            }
        }
        if state.banned_until.is_some_and(|until| until <= now) {
            state.banned_until = None;
            if matches!(state.status, Status::Up) {
                // Only a new epoch says that the session is ready again.
                drop(state);
                return self.connect(exchange);
            }
        }
        if matches!(state.status, Status::Down { until } if until <= now) {
            drop(state);
            self.connect(exchange);
        }
    }
}

impl State {
    /// Why nothing can be sent now, if so.
    fn refusal(&self, now: DateTime<Utc>) -> Option<Error> {
        let error = |kind, text: &str| Some(Error::new(kind, text));
        match self.status {
            Status::Up => {}
            Status::Down { until } => {
                let after = (until - now).to_std().unwrap_or_default();
                let message = "there is no connection; it comes back by itself";
                let error = Error::new(ErrorKind::Disconnected, message);
                return Some(error.with_retry(Retry::Safe { after }));
            }
            Status::Displaced => {
                return error(ErrorKind::SessionConflict, "another session has logged in");
            }
            Status::Unauthorized => {
                return error(ErrorKind::TokenExpired, "the token has lapsed: renew it");
            }
            Status::Closed => return error(ErrorKind::Disconnected, "the session is closed"),
        }
        let until = self.banned_until?;
        let after = (until - now).to_std().unwrap_or_default();
        let message = format!("requests are refused as too fast until {until}");
        let error = Error::new(ErrorKind::RateLimited, message);
        Some(error.with_retry(Retry::Safe { after }))
    }
}

pub(super) fn banned(until: DateTime<Utc>) -> SessionState {
    let reason = format!("requests are refused as too fast until {until}");
    SessionState::Degraded {
        reason: reason.into(),
    }
}
