use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, Utc};
use tokio::sync::broadcast;

use super::order_watch::Bells;
use super::state::{Coverage, Found, Held, Phase, State, weaken};
use super::{Event, EventBody, EventReader, GapCause, Notice, Position, Snapshot};
use crate::{
    Clock, Covered, SessionState,
    model::{
        self, AccountId, AccountSummary, ClientOrderId, ExecutionReport, Fill, Order, OrderStatus,
        ProfitAndLoss,
    },
    order_state::{Folded, OrderTracker},
};

/// The orders, fills, positions and figures of one account, and the events made from them.
///
/// The adapter calls [`begin`](Self::begin) when a session is ready, asks the broker for everything,
/// calls [`complete`](Self::complete) with the answers, and in between and afterwards feeds every raw
/// report as it arrives. Readers call [`subscribe`](Self::subscribe).
#[derive(Debug)]
pub struct Ledger {
    account: AccountId,
    pub(super) clock: Arc<dyn Clock>,
    state: Mutex<State>,
    sender: broadcast::Sender<Arc<Event>>,
}

/// The right to complete the snapshot that [`Ledger::begin`] started. A newer one makes it void.
#[derive(Debug)]
#[must_use]
pub struct SnapshotTicket(u64);

/// What the broker answered when it was asked for everything.
#[derive(Debug, Clone)]
pub struct Baseline {
    /// A [`Status`](model::ExecutionKind::Status) report with terms for every order that the broker lists.
    pub orders: Covered<Vec<ExecutionReport>>,
    /// Every execution that the broker lists, with the instant from which on it lists all
    /// ([`Since`](Covered::Since)) where it does not keep them for ever: a fill that it should list and lacks
    /// was busted.
    pub fills: Covered<Vec<Fill>>,
    /// Every position that is not flat.
    pub positions: Covered<Vec<model::Position>>,
    /// The account's figures.
    pub summary: Covered<AccountSummary>,
}

impl Baseline {
    fn torn(self) -> Self {
        let why = "events were lost while the snapshot was taken";
        Self {
            orders: weaken(self.orders, why),
            fills: weaken(self.fills, why),
            positions: weaken(self.positions, why),
            summary: self.summary,
        }
    }
}

impl Ledger {
    /// Events that a reader may be behind before it is placed anew.
    pub const DEFAULT_CAPACITY: usize = 4_096;

    /// An account without a session. `capacity` is the number of events that a reader may be behind.
    #[must_use]
    pub fn new(account: AccountId, clock: Arc<dyn Clock>, capacity: usize) -> Arc<Self> {
        let unknown = || Covered::Unavailable("no session with the broker yet".into());
        let state = State {
            position: Position { epoch: 0, seq: 0 },
            session: SessionState::Connecting,
            phase: Phase::Absent,
            tracker: OrderTracker::default(),
            reserved: HashMap::new(),
            exercises: HashSet::new(),
            holdings: BTreeMap::new(),
            summary: None,
            coverage: Coverage {
                orders: unknown(),
                fills: unknown(),
                holdings: unknown(),
            },
            listing: None,
            whole_until: clock.now(),
            bells: Bells::default(),
        };
        let sender = broadcast::Sender::new(capacity.max(2));
        Arc::new(Self {
            account,
            clock,
            state: Mutex::new(state),
            sender,
        })
    }

    /// The account.
    #[must_use]
    pub fn account(&self) -> &AccountId {
        &self.account
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    // ---- for adapters -------------------------------------------------------------------------

    /// A session is ready: starts an epoch and holds changes back until its snapshot is complete.
    pub fn begin(&self) -> SnapshotTicket {
        let mut state = self.lock();
        state.position = Position {
            epoch: state.position.epoch + 1,
            seq: 0,
        };
        let ticket = state.position.epoch;
        // A snapshot that was not completed in time leaves its changes to this one.
        let held = match std::mem::replace(&mut state.phase, Phase::Absent) {
            Phase::Collecting { held, .. } => held,
            Phase::Absent | Phase::Live => Vec::new(),
        };
        state.phase = Phase::Collecting {
            ticket,
            held,
            torn: false,
        };
        state.session = SessionState::Ready;
        self.publish(
            &mut state,
            None,
            EventBody::Session {
                session: SessionState::Ready,
            },
        );
        SnapshotTicket(ticket)
    }

    /// The broker has answered: publishes the snapshot and then the changes that were held back.
    ///
    /// A fill that counted until now and that the broker's lists prove to count no longer was busted
    /// while nobody was told: the snapshot lacks it, and a report of the bust follows, with
    /// [`UnreportedBust`](crate::order_state::OrderWarning::UnreportedBust). Where the lists do not agree
    /// about a fill it stays, and a notice says so.
    ///
    /// Gives back the orders that were open and are missing from a complete list: they have ended
    /// unseen and keep their status until the adapter has looked each of them up. A ticket that a
    /// newer [`begin`](Self::begin) has made void changes nothing.
    #[must_use]
    pub fn complete(
        &self,
        SnapshotTicket(ticket): SnapshotTicket,
        baseline: Baseline,
    ) -> Vec<ClientOrderId> {
        let mut state = self.lock();
        let now = self.clock.now();
        let (held, torn) = match &mut state.phase {
            Phase::Collecting {
                ticket: open,
                held,
                torn,
            } if *open == ticket => (std::mem::take(held), *torn),
            _ => return Vec::new(),
        };
        // What the broker answered before events were lost proves no absence after it.
        let baseline = if torn { baseline.torn() } else { baseline };
        let Found {
            missing,
            busted,
            doubts,
        } = state.take_baseline(baseline, now);
        state.phase = Phase::Live;
        state.whole_until = now;
        let snapshot = Arc::new(state.snapshot(now));
        self.publish(&mut state, None, EventBody::Snapshot { snapshot });
        for fill in busted {
            self.tell_bust(&mut state, fill);
        }
        for doubt in doubts {
            self.tell_doubt(&mut state, doubt);
        }
        for change in held {
            self.apply(&mut state, change);
        }
        missing
    }

    /// Folds a raw report and tells the readers what it changed.
    pub fn report(&self, report: ExecutionReport) {
        let mut state = self.lock();
        if let Phase::Collecting { held, .. } = &mut state.phase {
            held.push(Held::Report(Box::new(report)));
        } else {
            let now = self.clock.now();
            self.fold(&mut state, report, now);
        }
    }

    /// Takes a position as it is now and tells the readers.
    pub fn holding(&self, position: model::Position) {
        self.change(Held::Holding(position));
    }

    /// Takes the account's figures as they are now and tells the readers.
    pub fn summary(&self, summary: AccountSummary) {
        self.change(Held::Summary(summary));
    }

    /// Tells the readers the account's profit and loss.
    pub fn profit_and_loss(&self, figures: ProfitAndLoss) {
        self.change(Held::Figures(figures));
    }

    fn change(&self, change: Held) {
        let mut state = self.lock();
        if let Phase::Collecting { held, .. } = &mut state.phase {
            held.push(change);
        } else {
            self.apply(&mut state, change);
        }
    }

    fn apply(&self, state: &mut State, change: Held) {
        let now = self.clock.now();
        match change {
            Held::Report(report) => self.fold(state, *report, now),
            Held::Holding(position) => {
                let known = state.holdings.get(&position.instrument);
                if known.is_some_and(|known| **known == position) {
                    return;
                }
                let time = position.as_of;
                let holding = state.take_holding(position);
                self.publish_at(state, Some(time), now, EventBody::Position { holding });
            }
            Held::Summary(summary) => {
                let summary = Arc::new(summary);
                state.summary = Some(Arc::clone(&summary));
                self.publish_at(
                    state,
                    Some(summary.as_of),
                    now,
                    EventBody::Account { summary },
                );
            }
            Held::Figures(figures) => {
                let time = figures.as_of;
                let figures = Arc::new(figures);
                self.publish_at(state, Some(time), now, EventBody::ProfitAndLoss { figures });
            }
        }
    }

    fn fold(&self, state: &mut State, mut report: ExecutionReport, now: DateTime<Utc>) {
        state.complete_terms(&mut report);
        let event_time = report.event_time;
        match state.tracker.fold(&report, now) {
            Folded::Changed { order, warning } => {
                state.reserved.remove(order.client_order_id());
                let report = Arc::new(state.as_it_counts(report));
                let body = EventBody::Execution {
                    report,
                    order,
                    warning,
                };
                self.publish_at(state, event_time, now, body);
            }
            Folded::Duplicate => {}
            Folded::Unknown => {
                let id = report.client_order_id.clone();
                let text = format!("report for unknown order {id}: {:?}", report.kind);
                let notice = Notice {
                    severity: super::Severity::Warning,
                    message: model::BrokerText::text(text),
                    client_order_id: Some(id),
                };
                let body = EventBody::Notice {
                    notice: Arc::new(notice),
                };
                self.publish_at(state, event_time, now, body);
            }
        }
    }

    /// Tells the readers what the broker said.
    pub fn notice(&self, notice: Notice) {
        let mut state = self.lock();
        self.publish(
            &mut state,
            None,
            EventBody::Notice {
                notice: Arc::new(notice),
            },
        );
    }

    /// Tells the readers that the session is in another state.
    ///
    /// After a loss [`Ready`](SessionState::Ready) is told by [`begin`](Self::begin) and ignored here. It
    /// is told where the session was only [`Degraded`](SessionState::Degraded) and nothing has been lost:
    /// no epoch begins then.
    pub fn session(&self, session: SessionState) {
        let mut state = self.lock();
        if state.session == session || (session == SessionState::Ready && !state.has_recovered()) {
            return;
        }
        state.session = session.clone();
        self.publish(&mut state, None, EventBody::Session { session });
    }

    /// Tells the readers that events have been lost. Until the next snapshot nothing proves absence.
    pub fn gap(&self, cause: GapCause) {
        let mut state = self.lock();
        let since = state.whole_until;
        let why: Arc<str> = "events have been lost since the last snapshot".into();
        let partial = || Covered::Partial {
            value: (),
            missing: Arc::clone(&why),
        };
        state.listing = None;
        state.coverage = Coverage {
            orders: partial(),
            fills: partial(),
            holdings: partial(),
        };
        if matches!(state.phase, Phase::Live) {
            state.phase = Phase::Absent;
        }
        if let Phase::Collecting { torn, .. } = &mut state.phase {
            *torn = true;
        }
        self.publish(&mut state, None, EventBody::Gap { cause, since });
    }

    // ---- for readers --------------------------------------------------------------------------

    /// A reader that is placed at the present and then gets every event.
    #[must_use]
    pub fn subscribe(self: &Arc<Self>) -> EventReader {
        EventReader::new(Arc::clone(self))
    }

    /// A receiver at the present end of the events, with what places a reader there. `last` is the
    /// last event that a reader got before it fell behind, and when that event came.
    pub(super) fn place(
        &self,
        last: Option<(Position, DateTime<Utc>)>,
    ) -> (broadcast::Receiver<Arc<Event>>, Vec<Arc<Event>>) {
        let state = self.lock();
        let receiver = self.sender.subscribe();
        let now = self.clock.now();
        let mut bodies = Vec::new();
        if let Some((last, last_received)) = last {
            let here = state.position;
            let same = here.epoch == last.epoch;
            let dropped = if same {
                here.seq.saturating_sub(last.seq)
            } else {
                here.seq
            };
            let cause = GapCause::ReaderLagged { dropped };
            bodies.push(EventBody::Gap {
                cause,
                since: state.whole_until.min(last_received),
            });
        }
        let session = EventBody::Session {
            session: state.session.clone(),
        };
        // While a snapshot is being taken it will come by itself; before the first session there is
        // nothing to show.
        let snapshot = matches!(state.phase, Phase::Live).then(|| EventBody::Snapshot {
            snapshot: Arc::new(state.snapshot(now)),
        });
        // `Closed` ends the stream, so what the reader missed must come before it.
        if state.session == SessionState::Closed {
            bodies.extend(snapshot);
            bodies.push(session);
        } else {
            bodies.push(session);
            bodies.extend(snapshot);
        }
        let event = |body| {
            let account = self.account.clone();
            let position = state.position;
            Arc::new(Event {
                account,
                position,
                event_time: None,
                received_at: now,
                body,
            })
        };
        let placed = bodies.into_iter().map(event).collect();
        (receiver, placed)
    }

    pub(super) fn publish(
        &self,
        state: &mut State,
        event_time: Option<DateTime<Utc>>,
        body: EventBody,
    ) {
        self.publish_at(state, event_time, self.clock.now(), body);
    }

    fn publish_at(
        &self,
        state: &mut State,
        event_time: Option<DateTime<Utc>>,
        received_at: DateTime<Utc>,
        body: EventBody,
    ) {
        state.position.seq += 1;
        if matches!(state.phase, Phase::Live) {
            state.whole_until = received_at;
        }
        let account = self.account.clone();
        let position = state.position;
        let event = Event {
            account,
            position,
            event_time,
            received_at,
            body,
        };
        state.bells.ring(&event.body);
        // No receiver is no reason to stop.
        let _ = self.sender.send(Arc::new(event));
    }

    /// The order as it is now.
    #[must_use]
    pub fn order(&self, id: &ClientOrderId) -> Option<Arc<Order>> {
        self.lock().tracker.order(id).map(Arc::clone)
    }

    /// The fills of an order that are known and count, in the order in which they were heard of. A broker
    /// that could not be asked for its fills may have more; a [`snapshot`](Self::snapshot) says whether it
    /// could, and takes all orders to do so.
    #[must_use]
    pub fn fills_of(&self, id: &ClientOrderId) -> Vec<Arc<Fill>> {
        self.lock().tracker.fills_of(id).to_vec()
    }

    /// Every order that is kept, oldest first.
    #[must_use]
    pub fn orders(&self) -> Vec<Arc<Order>> {
        self.lock().sorted_orders(|_| true)
    }

    /// The orders that are kept and wanted, oldest first. With thousands of them this takes a small part of
    /// the time that [`orders`](Self::orders) takes. The ledger is locked meanwhile: `wanted` must not use it.
    #[must_use]
    pub fn orders_where(&self, wanted: impl Fn(&Order) -> bool) -> Vec<Arc<Order>> {
        self.lock().sorted_orders(wanted)
    }

    /// Orders of which it is not known whether the broker has them.
    #[must_use]
    pub fn unconfirmed(&self) -> Vec<ClientOrderId> {
        let state = self.lock();
        let orders = state
            .tracker
            .orders()
            .filter(|o| o.status == OrderStatus::Unconfirmed);
        orders
            .map(|order| order.client_order_id().clone())
            .collect()
    }

    /// The account as it is now.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.lock().snapshot(self.clock.now())
    }
}
