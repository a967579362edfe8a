//! What an account holds and has working, kept from its events, and what is on its way.
//!
//! A book is brought up to date under the lock of the risk layer, right before it is judged by: it
//! reads the events that have come since, and needs no task of its own.

use std::{
    collections::HashMap,
    sync::{Arc, Weak},
};

use broker_core::{
    Broker, Decimal, SessionState,
    event::{Event, EventBody, EventReader, Ledger},
    model::{
        AccountSummary, ClientOrderId, Currency, ExecutionKind, Instrument, ListId, ListLink,
        ListRole, NewOrder, Order, Position, Price, ProfitAndLoss,
    },
};
use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::watch;

/// How long a position and the fills may differ before the broker's word is taken for it: they come in
/// two messages, in any order.
const SETTLES_WITHIN: TimeDelta = TimeDelta::seconds(10);

/// How much is known of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Knowledge {
    /// Nothing yet.
    Nothing,
    /// What was true before events were lost.
    Stale,
    /// Everything.
    Whole,
}

/// What is held of one instrument.
#[derive(Debug, Clone, Default)]
pub(super) struct Held {
    /// As the broker says.
    broker: Decimal,
    /// As the fills make it.
    fills: Decimal,
    /// Since when the two differ.
    differ_since: Option<DateTime<Utc>>,
    /// The broker's price of it, if it gave one.
    pub(super) price: Option<Decimal>,
}

impl Held {
    /// The least that may be held.
    pub(super) fn low(&self) -> Decimal {
        self.broker.min(self.fills)
    }
    /// The most that may be held.
    pub(super) fn high(&self) -> Decimal {
        self.broker.max(self.fills)
    }
    fn settle(&mut self, now: DateTime<Utc>) {
        if self.broker == self.fills {
            self.differ_since = None;
        } else if *self.differ_since.get_or_insert(now) + SETTLES_WITHIN <= now {
            self.fills = self.broker;
            self.differ_since = None;
        }
    }
}

/// An order that may still trade.
#[derive(Debug, Clone)]
pub(super) struct Working {
    pub(super) terms: Arc<NewOrder>,
    /// What may still trade; `None` when only the broker knows.
    pub(super) leaves: Option<Decimal>,
    pub(super) link: Option<ListLink>,
}

/// What was let through and is not in the events yet.
#[derive(Debug, Clone)]
pub(super) struct Claim {
    pub(super) working: Working,
    /// Whether it changes an order that works already.
    pub(super) change: bool,
}

#[derive(Debug)]
pub(super) struct Book {
    reader: EventReader,
    ledger: Weak<Ledger>,
    session: watch::Receiver<SessionState>,
    pub(super) knowledge: Knowledge,
    pub(super) positions: HashMap<Instrument, Held>,
    pub(super) orders: HashMap<ClientOrderId, Working>,
    pub(super) claims: HashMap<ClientOrderId, Claim>,
    /// How much of each order has been counted as filled.
    filled: HashMap<ClientOrderId, Decimal>,
    entries: HashMap<ListId, ClientOrderId>,
    pub(super) base: Option<Currency>,
    /// Units of the base currency per unit of another.
    pub(super) rates: HashMap<Currency, Decimal>,
    pub(super) figures: Option<Arc<ProfitAndLoss>>,
}

impl Book {
    pub(super) fn new(broker: &dyn Broker, ledger: &Arc<Ledger>) -> Self {
        Self {
            reader: ledger.subscribe(),
            ledger: Arc::downgrade(ledger),
            session: broker.session(),
            knowledge: Knowledge::Nothing,
            positions: HashMap::new(),
            orders: HashMap::new(),
            claims: HashMap::new(),
            filled: HashMap::new(),
            entries: HashMap::new(),
            base: None,
            rates: HashMap::new(),
            figures: None,
        }
    }

    /// Whether it is kept from this ledger.
    pub(super) fn is_of(&self, ledger: &Arc<Ledger>) -> bool {
        core::ptr::eq(self.ledger.as_ptr(), Arc::as_ptr(ledger))
    }

    /// Whether nothing will come any more.
    pub(super) fn has_ended(&self) -> bool {
        self.session.has_changed().is_err() || *self.session.borrow() == SessionState::Closed
    }

    /// Reads every event that has come.
    pub(super) fn catch_up(&mut self, now: DateTime<Utc>) {
        while let Some(event) = self.reader.try_next() {
            self.take(&event);
            if matches!(
                event.body,
                EventBody::Position { .. } | EventBody::Execution { .. }
            ) {
                self.settle(event.received_at);
            }
        }
        self.settle(now);
    }

    fn settle(&mut self, now: DateTime<Utc>) {
        for held in self.positions.values_mut() {
            held.settle(now);
        }
    }

    fn take(&mut self, event: &Event) {
        match &event.body {
            EventBody::Snapshot { snapshot } => {
                if let Some(orders) = snapshot.orders.value() {
                    if snapshot.orders.is_complete() {
                        self.orders.clear();
                    }
                    orders
                        .iter()
                        .for_each(|order| self.order(order, None, false));
                }
                if let Some(positions) = snapshot.positions.value() {
                    if snapshot.positions.is_complete() {
                        self.positions.clear();
                    }
                    for position in positions {
                        self.position(position);
                        if let Some(held) = self.positions.get_mut(&position.instrument) {
                            held.fills = held.broker;
                        }
                    }
                }
                if let Some(summary) = snapshot.summary.value() {
                    self.summary(summary);
                }
                let whole = snapshot.orders.is_complete() && snapshot.positions.is_complete();
                self.knowledge = match self.knowledge {
                    _ if whole => Knowledge::Whole,
                    Knowledge::Nothing => Knowledge::Nothing,
                    Knowledge::Stale | Knowledge::Whole => Knowledge::Stale,
                };
            }
            EventBody::Execution { report, order, .. } => {
                self.order(order, Some(&report.kind), true);
            }
            EventBody::Position { holding } => self.position(holding),
            EventBody::Account { summary } => self.summary(summary),
            EventBody::ProfitAndLoss { figures } => self.figures = Some(Arc::clone(figures)),
            EventBody::Gap { .. } if self.knowledge == Knowledge::Whole => {
                self.knowledge = Knowledge::Stale;
            }
            // Sessions and notices change nothing that is held or works.
            _ => {}
        }
    }

    /// `count` says whether what was filled since is not in the positions yet.
    fn order(&mut self, order: &Order, kind: Option<&ExecutionKind>, count: bool) {
        let id = order.client_order_id();
        let now_filled = order.cumulative_quantity;
        let before = self.filled.insert(id.clone(), now_filled);
        let more = now_filled.saturating_sub(before.unwrap_or(Decimal::ZERO));
        if count && !more.is_zero() {
            for (instrument, signed) in parts(&order.terms, more) {
                let held = self.positions.entry(instrument.clone()).or_default();
                held.fills = held.fills.saturating_add(signed);
            }
        }
        if let Some(link) = &order.list
            && link.role == ListRole::Entry
        {
            self.entries.insert(link.list.clone(), id.clone());
        }
        if order.status.is_open() {
            // Of an order by cash amount, what it was estimated to be.
            let estimate = || {
                let claim = self.claims.get(id).map(|claim| &claim.working);
                let known = claim.or_else(|| self.orders.get(id));
                known.and_then(|known| known.leaves)
            };
            let working = Working {
                terms: Arc::clone(&order.terms),
                leaves: order.leaves_quantity.or_else(estimate),
                link: order.list.clone(),
            };
            self.orders.insert(id.clone(), working);
        } else {
            self.orders.remove(id);
        }
        let answered = match kind {
            None => order.status.is_final(),
            Some(kind) => {
                order.status.is_final()
                    || matches!(
                        kind,
                        ExecutionKind::Replaced { .. }
                            | ExecutionKind::ReplaceRejected
                            | ExecutionKind::Restated { .. }
                            | ExecutionKind::Status { .. }
                    )
            }
        };
        let done = |claim: &Claim| !claim.change || answered;
        if self.claims.get(id).is_some_and(done) {
            self.claims.remove(id);
        }
    }

    fn position(&mut self, position: &Position) {
        let held = self
            .positions
            .entry(position.instrument.clone())
            .or_default();
        held.broker = position.quantity.get();
        let price = position.market_price.or(position.average_price);
        held.price = price.map(Price::get).or(held.price);
    }

    fn summary(&mut self, summary: &AccountSummary) {
        self.base = Some(summary.base_currency);
        for balance in &summary.balances {
            if let Some(rate) = balance.exchange_rate {
                self.rates.insert(balance.currency, rate);
            }
        }
    }

    /// What is working, what is on its way taken in; a change counts as whichever is larger.
    pub(super) fn working(&self) -> impl Iterator<Item = (&ClientOrderId, &Working)> {
        let orders = self.orders.iter();
        orders.chain(self.claims.iter().map(|(id, claim)| (id, &claim.working)))
    }

    /// Whether an order stands twice in [`working`](Self::working): as it is, and as it is to be.
    pub(super) fn is_changing(&self, id: &ClientOrderId) -> bool {
        !self.claims.is_empty() && self.claims.contains_key(id) && self.orders.contains_key(id)
    }

    /// How much of an order's rest can trade now: the exits of a bracket only as far as its entry has
    /// been filled.
    pub(super) fn can_trade(&self, working: &Working) -> Option<Decimal> {
        let leaves = working.leaves?;
        let Some(link) = &working.link else {
            return Some(leaves);
        };
        let exit = matches!(link.role, ListRole::TakeProfit | ListRole::StopLoss);
        match self.entries.get(&link.list) {
            Some(entry) if exit => {
                let filled = self.filled.get(entry).copied().unwrap_or_default();
                Some(leaves.min(filled))
            }
            _ if exit && self.is_entry_on_its_way(&link.list) => Some(Decimal::ZERO),
            _ => Some(leaves),
        }
    }

    fn is_entry_on_its_way(&self, list: &ListId) -> bool {
        self.claims.values().any(|claim| {
            let link = claim.working.link.as_ref();
            link.is_some_and(|link| link.list == *list && link.role == ListRole::Entry)
        })
    }
}

/// What an order for so many units trades, with the sign of each: a combination trades its legs.
pub(super) fn parts(terms: &NewOrder, units: Decimal) -> Vec<(&Instrument, Decimal)> {
    let sign = Decimal::from(terms.side.sign());
    match &terms.instrument {
        Instrument::Combo(combo) => combo
            .legs()
            .iter()
            .map(|leg| {
                let leg_sign = Decimal::from(leg.side.sign());
                (
                    &leg.instrument,
                    (sign * leg_sign * Decimal::from(leg.ratio)).saturating_mul(units),
                )
            })
            .collect(),
        instrument => vec![(instrument, sign * units)],
    }
}
