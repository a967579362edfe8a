//! What a ledger knows, and how it changes. The ledger holds the lock and tells the readers.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use chrono::{DateTime, Utc};

use super::{
    Baseline, Position, Snapshot,
    order_watch::Bells,
    unlisted::{Doubt, Listing},
};
use crate::{
    Covered, SessionState,
    model::{
        self, AccountSummary, ClientOrderId, ExecutionKind, ExecutionReport, Fill, Instrument,
        ListLink, NewOrder, Order, ProfitAndLoss,
    },
    order_state::{Folded, OrderTracker},
};

/// What a ledger knows, under its lock.
#[derive(Debug)]
pub(super) struct State {
    pub(super) position: Position,
    pub(super) session: SessionState,
    pub(super) phase: Phase,
    pub(super) tracker: OrderTracker,
    /// Orders that are being sent, by the id that they will have.
    pub(super) reserved: HashMap<ClientOrderId, Reservation>,
    /// Identifiers of requests to exercise an option.
    pub(super) exercises: HashSet<ClientOrderId>,
    pub(super) holdings: BTreeMap<Instrument, Arc<model::Position>>,
    pub(super) summary: Option<Arc<AccountSummary>>,
    pub(super) coverage: Coverage,
    /// What the broker last listed, while nothing has been missed since.
    pub(super) listing: Option<Listing>,
    /// The last instant before which nothing is missing.
    pub(super) whole_until: DateTime<Utc>,
    pub(super) bells: Bells,
}

/// An order that is being sent.
#[derive(Debug, Clone)]
pub(super) struct Reservation {
    pub(super) terms: Arc<NewOrder>,
    pub(super) list: Option<ListLink>,
}

/// How the events are to be treated.
#[derive(Debug)]
pub(super) enum Phase {
    /// No session yet, or between two sessions.
    Absent,
    /// A snapshot is being taken; changes wait. `torn` once events have been lost meanwhile.
    Collecting {
        ticket: u64,
        held: Vec<Held>,
        torn: bool,
    },
    /// Changes go out as they come.
    Live,
}

/// A change that waits for a snapshot.
#[derive(Debug)]
pub(super) enum Held {
    Report(Box<ExecutionReport>),
    Holding(model::Position),
    Summary(AccountSummary),
    Figures(ProfitAndLoss),
}

/// What the broker's answers have brought to light.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Open orders that a complete list lacks.
    pub(super) missing: Vec<ClientOrderId>,
    /// Fills that counted until now and were busted, of which nobody has told.
    pub(super) busted: Vec<Arc<Fill>>,
    pub(super) doubts: Vec<Doubt>,
}

/// How much of each part of the account is known.
#[derive(Debug, Clone)]
pub(super) struct Coverage {
    pub(super) orders: Covered<()>,
    pub(super) fills: Covered<()>,
    pub(super) holdings: Covered<()>,
}

/// The same value, which is no longer all there is.
pub(super) fn weaken<T>(covered: Covered<T>, why: &str) -> Covered<T> {
    match covered {
        Covered::Complete(value) | Covered::Since { value, .. } => Covered::Partial {
            value,
            missing: why.into(),
        },
        other => other,
    }
}

/// The report of a bust.
pub(super) fn bust(fill: &Fill) -> ExecutionReport {
    let kind = ExecutionKind::TradeCancel {
        execution_id: fill.execution_id.clone(),
    };
    ExecutionReport::new(fill.client_order_id.clone(), kind)
}

impl State {
    /// Whether everything may work again though no epoch begins: something did not work, and no event has
    /// been lost since the epoch began.
    pub(super) fn has_recovered(&self) -> bool {
        let whole = matches!(
            self.phase,
            Phase::Live | Phase::Collecting { torn: false, .. }
        );
        whole && matches!(self.session, SessionState::Degraded { .. })
    }

    pub(super) fn knows(&self, id: &ClientOrderId) -> bool {
        self.tracker.knows(id) || self.reserved.contains_key(id) || self.exercises.contains(id)
    }

    /// A report about an order that is being sent need not carry its terms.
    pub(super) fn complete_terms(&self, report: &mut ExecutionReport) {
        if let Some(reservation) = self.reserved.get(&report.client_order_id) {
            report
                .terms
                .get_or_insert_with(|| Arc::clone(&reservation.terms));
            if report.list.is_none() {
                report.list.clone_from(&reservation.list);
            }
        }
    }

    pub(super) fn take_holding(&mut self, position: model::Position) -> Arc<model::Position> {
        let holding = Arc::new(position);
        if holding.quantity.is_flat() {
            self.holdings.remove(&holding.instrument);
        } else {
            self.holdings
                .insert(holding.instrument.clone(), Arc::clone(&holding));
        }
        holding
    }

    /// A report that has been folded, as readers may count it: a correction that is told after what it makes
    /// was taken back only takes its original back.
    pub(super) fn as_it_counts(&self, report: ExecutionReport) -> ExecutionReport {
        let counts = |fill: &Fill| {
            self.tracker
                .counts_for(&report.client_order_id, &fill.execution_id)
        };
        match &report.kind {
            ExecutionKind::TradeCorrect { replaces, fill } if !counts(fill) => {
                let execution_id = replaces.clone();
                ExecutionReport {
                    kind: ExecutionKind::TradeCancel { execution_id },
                    cumulative_quantity: None,
                    average_price: None,
                    ..report
                }
            }
            _ => report,
        }
    }

    /// Makes fills not count.
    fn take_back(&mut self, busted: &[Arc<Fill>], now: DateTime<Utc>) {
        for fill in busted {
            if self.tracker.counts(fill) {
                let mut report = bust(fill);
                let listing = self.listing.as_ref();
                // The broker counts without it already.
                report.cumulative_quantity =
                    listing.and_then(|listing| listing.stated(&fill.client_order_id));
                self.tracker.fold(&report, now);
            }
        }
    }

    /// Judges fills that are written down elsewhere by what the broker last listed.
    pub(super) fn disprove(
        &mut self,
        known: Vec<Fill>,
        now: DateTime<Utc>,
    ) -> (Vec<Arc<Fill>>, Vec<Doubt>) {
        let live = matches!(self.phase, Phase::Live);
        let Some(mut listing) = self.listing.take_if(|_| live) else {
            return Default::default();
        };
        let known = known.into_iter().map(Arc::new);
        let known = known.filter(|fill| listing.bears_on(fill, self.tracker.counts(fill)));
        let known: Vec<_> = known.collect();
        let judged = listing.judge(&known);
        self.listing = Some(listing);
        self.take_back(&judged.0, now);
        judged
    }

    /// Takes the broker's answers in.
    pub(super) fn take_baseline(&mut self, baseline: Baseline, now: DateTime<Utc>) -> Found {
        let mut missing = Vec::new();
        // Before anything else: the orders are told as they stand without what was busted.
        let mut listing = Listing::of(&baseline);
        let (busted, doubts) = listing.judge(self.tracker.fills());
        self.listing = Some(listing);
        self.take_back(&busted, now);
        let complete = baseline.orders.is_complete();
        let mut strange_orders = false;
        let orders = baseline.orders.map(|reports| {
            let listed: HashSet<_> = reports
                .iter()
                .map(|report| report.client_order_id.clone())
                .collect();
            if complete {
                let open = self.tracker.orders().filter(|order| order.status.is_open());
                let ids = open.map(|order| order.client_order_id().clone());
                missing = ids.filter(|id| !listed.contains(id)).collect();
                missing.sort();
            }
            for mut report in reports {
                self.complete_terms(&mut report);
                match self.tracker.fold(&report, now) {
                    Folded::Changed { order, .. } => {
                        self.reserved.remove(order.client_order_id());
                    }
                    Folded::Duplicate => {}
                    Folded::Unknown => strange_orders = true,
                }
            }
        });
        let mut strange_fills = false;
        let fills = baseline.fills.map(|fills| {
            for fill in fills {
                let mut report = ExecutionReport::trade(fill);
                self.complete_terms(&mut report);
                strange_fills |= self.tracker.fold(&report, now) == Folded::Unknown;
            }
        });
        // What is kept is less than what the broker listed.
        self.coverage.orders = if strange_orders {
            weaken(orders, "the broker listed orders without their terms")
        } else {
            orders
        };
        self.coverage.fills = if strange_fills {
            weaken(
                fills,
                "the broker listed fills of orders that it did not list",
            )
        } else {
            fills
        };
        let whole = baseline.positions.is_complete();
        self.coverage.holdings = baseline.positions.map(|positions| {
            if whole {
                self.holdings.clear();
            }
            for position in positions {
                self.take_holding(position);
            }
        });
        if let Some(summary) = baseline.summary.value() {
            self.summary = Some(Arc::new(summary.clone()));
        }
        Found {
            missing,
            busted,
            doubts,
        }
    }

    /// The orders that are wanted, oldest first. Of thousands mostly a few are: the others are not copied.
    pub(super) fn sorted_orders(&self, wanted: impl Fn(&Order) -> bool) -> Vec<Arc<Order>> {
        let orders = self.tracker.orders().filter(|order| wanted(order));
        let mut orders: Vec<_> = orders.cloned().collect();
        orders.sort_by(|a, b| {
            (a.created_at, a.client_order_id()).cmp(&(b.created_at, b.client_order_id()))
        });
        orders
    }

    pub(super) fn snapshot(&self, now: DateTime<Utc>) -> Snapshot {
        let mut fills: Vec<_> = self.tracker.fills().cloned().collect();
        fills.sort_by(|a, b| {
            (a.executed_at, &a.execution_id).cmp(&(b.executed_at, &b.execution_id))
        });
        let orders = self.sorted_orders(|_| true);
        let holdings = self.holdings.values().cloned().collect();
        Snapshot {
            orders: self.coverage.orders.clone().map(|()| orders),
            fills: self.coverage.fills.clone().map(|()| fills),
            positions: self.coverage.holdings.clone().map(|()| holdings),
            summary: match &self.summary {
                Some(summary) => Covered::Complete(Arc::clone(summary)),
                None => Covered::Unavailable("the broker has not sent the figures yet".into()),
            },
            as_of: now,
        }
    }
}
