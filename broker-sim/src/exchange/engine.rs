use std::{
    cmp::Reverse,
    collections::{BTreeSet, BinaryHeap, HashSet, VecDeque},
};

use super::{
    Listing, Output, PriceSource, Refusal, SimOrder,
    account::Account,
    book::{KeyMap, Trade as BookTrade},
    calendar::Calendar,
    market::Market,
    tape::Tape,
};
use crate::data::PriceProcess;
use broker_core::{
    ErrorKind,
    model::{AccountId, ClientOrderId, Instrument},
};
use chrono::{DateTime, TimeDelta, Utc};

/// The simulated exchange. Deterministic: the same calls in the same order give the same outputs.
///
/// It has no clock of its own. [`advance_to`](Self::advance_to) plays prices, sessions and timers up
/// to an instant; commands take effect at the present instant. What clients are to be told collects
/// in an outbox, which [`take_outputs`](Self::take_outputs) empties.
#[derive(Debug)]
pub struct Exchange {
    pub(super) now: DateTime<Utc>,
    pub(super) markets: Vec<Market>,
    pub(super) by_instrument: KeyMap<Instrument, usize>,
    pub(super) accounts: Vec<Account>,
    pub(super) account_index: KeyMap<AccountId, usize>,
    pub(super) orders: KeyMap<u64, SimOrder>,
    pub(super) by_client_id: KeyMap<(usize, ClientOrderId), u64>,
    /// Ended orders, oldest first; the oldest are forgotten when there are too many.
    pub(super) ended: VecDeque<u64>,
    pub(super) lists: super::lists::Lists,
    pub(super) executions: super::fills::Executions,
    pub(super) outbox: Vec<Output>,
    /// Rises whenever something that accounts are valued by may have changed.
    pub(super) price_revision: u64,
    /// Long options that shall lapse although in the money, by account.
    pub(super) lapsing: HashSet<(usize, Instrument)>,
    pub(super) next_key: u64,
    pub(super) settings: ExchangeSettings,
    pub(super) research: super::research::Library,
    tape: Tape,
    timers: BinaryHeap<Reverse<Timer>>,
    pub(super) timer_sequence: u64,
    calendars: Vec<Calendar>,
    pub(super) processes: KeyMap<usize, PriceProcess>,
    /// Reused between matches, so that a trade costs no allocation.
    pub(super) scratch: Vec<BookTrade>,
    /// Orders whose quantity their list changed while trades were being booked.
    pub(super) resized: Vec<u64>,
    /// Depth of trades being booked within the booking of others.
    pub(super) settling: u32,
    /// Markets that traded since stops were last looked at.
    pub(super) traded: Vec<usize>,
    /// Exercises that have been taken.
    pub(super) exercised: HashSet<(usize, ClientOrderId)>,
    /// Fingerprints of the identifiers of orders that have been forgotten: they stay taken.
    pub(super) retired: HashSet<u64>,
    /// Orders with conditions that have not held yet.
    pub(super) conditioned: BTreeSet<u64>,
    /// Whether conditions are being looked at.
    pub(super) checking: bool,
}

/// What is fixed about an exchange.
#[derive(Debug, Clone)]
pub struct ExchangeSettings {
    /// The seed of everything that is drawn.
    pub seed: u64,
    /// How often a seeded price moves while its market is open.
    pub process_interval: TimeDelta,
    /// How long after a sweep the house offers again.
    pub replenish_after: TimeDelta,
    /// How often a market that is watched shows a sign of life between two prices.
    pub flicker_every: TimeDelta,
    /// Yearly interest, for futures and options: 0.03 is three percent.
    pub interest: f64,
    /// Ended orders that are kept for lookups; older ones are forgotten.
    pub keep_ended: usize,
    /// Whether US shares trade in the night, too.
    pub nights: bool,
}

impl Default for ExchangeSettings {
    fn default() -> Self {
        Self {
            seed: 1,
            process_interval: TimeDelta::minutes(15),
            replenish_after: TimeDelta::seconds(1),
            flicker_every: TimeDelta::seconds(5),
            interest: 0.03,
            keep_ended: 10_000,
            nights: false,
        }
    }
}

/// Something that happens at an instant. The order of the fields is the order of events.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Timer {
    at: DateTime<Utc>,
    sequence: u64,
    due: Due,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Due {
    /// A calendar passes from one session to another.
    Transition(usize),
    /// A seeded price moves.
    Process(usize),
    /// An order's lifetime ends.
    Expiry(u64),
    /// An algorithm's next slice.
    Slice(u64),
    /// The house offers again.
    Replenish(usize),
    /// A market that is watched shows a sign of life.
    Flicker(usize),
    /// A halt ends.
    Resume(usize),
    /// An instrument stops trading for good.
    LastTrade(usize),
    /// A corporate action takes effect.
    Corporate(usize),
    /// The time of an order's condition has come.
    Conditions,
}

impl Exchange {
    /// An exchange without listings and accounts at an instant.
    #[must_use]
    pub fn new(start: DateTime<Utc>, settings: ExchangeSettings) -> Self {
        Self {
            now: start,
            markets: Vec::new(),
            by_instrument: KeyMap::default(),
            accounts: Vec::new(),
            account_index: KeyMap::default(),
            orders: KeyMap::default(),
            by_client_id: KeyMap::default(),
            ended: VecDeque::new(),
            lists: super::lists::Lists::default(),
            executions: super::fills::Executions::default(),
            outbox: Vec::new(),
            price_revision: 0,
            lapsing: HashSet::new(),
            next_key: 1,
            settings,
            research: super::research::Library::default(),
            tape: Tape::default(),
            timers: BinaryHeap::new(),
            timer_sequence: 0,
            calendars: Vec::new(),
            processes: KeyMap::default(),
            scratch: Vec::new(),
            resized: Vec::new(),
            settling: 0,
            traded: Vec::new(),
            exercised: HashSet::new(),
            retired: HashSet::new(),
            conditioned: BTreeSet::new(),
            checking: false,
        }
    }

    /// The present instant.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// Adds an account.
    ///
    /// # Errors
    /// [`ErrorKind::Duplicate`] when there is one of that name.
    pub fn open_account(&mut self, account: Account) -> Result<(), Refusal> {
        let id = account.id().clone();
        if self.account_index.contains_key(&id) {
            let text = format!("account {id} is open already");
            return Err(Refusal::new(ErrorKind::Duplicate, "A1", text));
        }
        self.account_index.insert(id, self.accounts.len());
        self.accounts.push(account);
        Ok(())
    }

    /// Adds a listing and gives back its number; one that is there already keeps it.
    pub fn list(&mut self, listing: Listing) -> usize {
        if let Some(known) = self.by_instrument.get(listing.instrument()) {
            return *known;
        }
        let index = self.markets.len();
        let calendar = listing.calendar.clone();
        let instrument = listing.instrument().clone();
        if !self
            .calendars
            .iter()
            .any(|known| known.name() == calendar.name())
        {
            self.calendars.push(calendar.clone());
            self.schedule_transition(self.calendars.len() - 1);
        }
        if let PriceSource::Process(settings) = &listing.source {
            let name = instrument.to_string();
            if let Ok(process) = PriceProcess::new(self.settings.seed, &name, *settings) {
                self.processes.insert(index, process);
                self.schedule(self.now, Due::Process(index));
            }
        }
        if let Some(last) = listing.details.expires_at {
            self.schedule(last.max(self.now), Due::LastTrade(index));
        }
        let mut market = Market::new(listing, self.now);
        market.phase = calendar.at(self.now).kind().map(super::sessions::kind);
        market.day.date = calendar.trade_date_of(self.now).ok();
        if let Some(underlying) = self.followed(&market.listing)
            && let Some(known) = self.by_instrument.get(&underlying)
            && let Some(followed) = self.markets.get_mut(*known)
        {
            followed.dependents.push(index);
        }
        self.by_instrument.insert(instrument, index);
        self.markets.push(market);
        self.derive_price(index);
        index
    }

    /// Whose price moves a listing's. An option on a future moves with what the future is on, after the
    /// future, which is listed first.
    fn followed(&self, listing: &Listing) -> Option<Instrument> {
        let underlying = match &listing.source {
            PriceSource::Carry { underlying }
            | PriceSource::Model { underlying }
            | PriceSource::Warrant { underlying, .. } => underlying,
            PriceSource::Recorded(_) | PriceSource::Process(_) => return None,
        };
        if let Instrument::FutureOption(_) = listing.instrument() {
            let future = self.markets.get(*self.by_instrument.get(underlying)?)?;
            return self.followed(&future.listing);
        }
        Some(underlying.clone())
    }

    /// Sets the recorded prices that are to be played. Those before the present are played at once.
    pub(super) fn set_tape(&mut self, tape: Tape) {
        self.tape = tape;
    }

    /// Recorded prices that have not been played yet.
    #[must_use]
    pub fn remaining_points(&self) -> usize {
        self.tape.remaining()
    }

    /// When the last recorded price comes.
    #[must_use]
    pub fn last_point_at(&self) -> Option<DateTime<Utc>> {
        self.tape.ends()
    }

    pub(super) fn schedule(&mut self, at: DateTime<Utc>, due: Due) {
        self.timer_sequence += 1;
        self.timers.push(Reverse(Timer {
            at,
            sequence: self.timer_sequence,
            due,
        }));
    }

    pub(super) fn schedule_after(&mut self, delay: TimeDelta, due: Due) {
        let at = self.now.checked_add_signed(delay).unwrap_or(self.now);
        self.schedule(at, due);
    }

    fn schedule_transition(&mut self, calendar: usize) {
        let next = self
            .calendars
            .get(calendar)
            .and_then(|c| c.next_transition(self.now));
        if let Some((at, _)) = next {
            self.schedule(at, Due::Transition(calendar));
        }
    }

    /// Whether the accounts' day ends with a calendar's: one calendar, the first that is listed,
    /// keeps the books.
    pub(super) fn keeps_books(&self, calendar: &str) -> bool {
        self.calendars
            .first()
            .is_some_and(|first| first.name() == calendar)
    }

    /// When the next thing happens, if anything is to come.
    #[must_use]
    pub fn next_at(&self) -> Option<DateTime<Utc>> {
        let point = self.tape.next_at();
        let timer = self.timers.peek().map(|Reverse(timer)| timer.at);
        match (point, timer) {
            (Some(point), Some(timer)) => Some(point.min(timer)),
            (one, other) => one.or(other),
        }
    }

    /// Plays everything up to and including an instant, and makes it the present.
    ///
    /// An instant in the past changes nothing.
    pub fn advance_to(&mut self, until: DateTime<Utc>) {
        while self.next_at().is_some_and(|at| at <= until) {
            self.play_next();
        }
        self.now = self.now.max(until);
    }

    /// Plays the next thing and gives back when it happened.
    pub fn step(&mut self) -> Option<DateTime<Utc>> {
        let at = self.next_at()?;
        self.play_next();
        Some(at)
    }

    fn play_next(&mut self) {
        self.play_one();
        self.check_conditions();
    }

    fn play_one(&mut self) {
        let timer_at = self.timers.peek().map(|Reverse(timer)| timer.at);
        // At the same instant prices come before sessions and timers: an auction needs the price.
        let is_next = |at| timer_at.is_none_or(|timer| at <= timer);
        if let Some(point) = self.tape.take_if(is_next) {
            self.now = self.now.max(point.at);
            self.play_point(&point);
            return;
        }
        let Some(Reverse(timer)) = self.timers.pop() else {
            return;
        };
        self.now = self.now.max(timer.at);
        match timer.due {
            Due::Transition(calendar) => {
                if let Some(name) = self.calendars.get(calendar).map(Calendar::name) {
                    self.change_session(name);
                }
                self.schedule_transition(calendar);
            }
            Due::Process(market) => self.play_process(market),
            Due::Expiry(key) => self.end_lifetime(key),
            Due::Slice(key) => self.work_slice(key),
            Due::Replenish(market) => self.replenish(market),
            Due::Flicker(market) => self.flicker(market),
            Due::Resume(market) => self.resume(market),
            Due::LastTrade(market) => self.last_trade(market),
            Due::Corporate(index) => self.apply_corporate_action(index),
            // Conditions are looked at after everything that happens.
            Due::Conditions => {}
        }
    }
}

impl Market {
    /// Takes an order off every list.
    pub(super) fn leave(&mut self, key: u64) {
        self.resting.remove(&key);
        self.held.remove(&key);
        self.auction.remove(&key);
        self.armed.remove(&key);
        self.hungry.remove(&key);
    }
}
