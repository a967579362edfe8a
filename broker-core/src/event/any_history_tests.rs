//! Whatever happens to an account, every reader sees it without silent holes.

use std::{collections::BTreeMap, sync::Arc};

use proptest::prelude::*;

use super::{EventBody, EventReader, GapCause, Ledger, SequenceCheck, SnapshotTicket};
use crate::{
    ManualClock, SessionState,
    model::*,
    test_support::{account, baseline, fill_of, listed, order, report, time},
};

#[derive(Debug, Clone)]
enum Step {
    Begin,
    /// Completes the newest ticket or, as a slow adapter might, an older one.
    Complete {
        old: bool,
    },
    Report {
        order: u8,
        kind: u8,
    },
    Gap,
    Session,
    Subscribe,
    /// A reader reads at most so many events.
    Read {
        reader: usize,
        events: usize,
    },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        1 => Just(Step::Begin),
        2 => any::<bool>().prop_map(|old| Step::Complete { old }),
        8 => (0..4_u8, 0..6_u8).prop_map(|(order, kind)| Step::Report { order, kind }),
        1 => Just(Step::Gap),
        1 => Just(Step::Session),
        1 => Just(Step::Subscribe),
        4 => (0..4_usize, 0..6_usize).prop_map(|(reader, events)| Step::Read { reader, events }),
    ]
}

/// A reader with what it derives from the events.
struct Follower {
    reader: EventReader,
    check: SequenceCheck,
    orders: BTreeMap<ClientOrderId, Arc<Order>>,
}

impl Follower {
    fn new(ledger: &Arc<Ledger>) -> Self {
        Self {
            reader: ledger.subscribe(),
            check: SequenceCheck::default(),
            orders: BTreeMap::new(),
        }
    }

    fn read(&mut self, most: usize) -> Result<(), TestCaseError> {
        for _ in 0..most {
            let Some(event) = self.reader.try_next() else {
                break;
            };
            if let Err(fault) = self.check.observe(&event) {
                return Err(TestCaseError::fail(fault.to_string()));
            }
            match &event.body {
                EventBody::Snapshot { snapshot } => {
                    if let Some(orders) = snapshot.orders.value() {
                        let named = |o: &Arc<Order>| (o.client_order_id().clone(), Arc::clone(o));
                        self.orders = orders.iter().map(named).collect();
                    }
                }
                EventBody::Execution { order, .. } => {
                    let name = order.client_order_id().clone();
                    self.orders.insert(name, Arc::clone(order));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn raw_report(number: u8, kind: u8) -> ExecutionReport {
    let terms = order(&format!("o{number}"));
    let name = terms.client_order_id.as_str();
    let execution = format!("x{number}");
    let report = match kind {
        0 => report(name, ExecutionKind::New),
        1 => ExecutionReport::trade(fill_of(&terms, &execution, "40", "10", 1)),
        2 => report(name, ExecutionKind::Canceled),
        3 => report(name, ExecutionKind::Unconfirmed),
        4 => report(name, ExecutionKind::PendingCancel),
        // Without terms: the order may be unknown.
        _ => return report(name, ExecutionKind::Triggered),
    };
    report.with_terms(Arc::new(terms))
}

fn complete(ledger: &Ledger, ticket: SnapshotTicket) {
    let lists = vec![listed(&order("o0"), OrderStatus::New, crate::dec!(0))];
    let _ = ledger.complete(ticket, baseline(lists, vec![]));
}

proptest! {
    #[test]
    fn events_are_dense_and_lead_to_the_state_of_the_ledger(
        steps in prop::collection::vec(step(), 0..120),
        capacity in 2..6_usize,
    ) {
        let clock = Arc::new(ManualClock::at(time(0)));
        let ledger = Ledger::new(account(), clock, capacity);
        let mut followers = vec![Follower::new(&ledger)];
        let mut tickets = Vec::new();
        for step in steps {
            match step {
                Step::Begin => tickets.push(ledger.begin()),
                Step::Complete { old } => {
                    if !tickets.is_empty() {
                        let index = if old { 0 } else { tickets.len() - 1 };
                        complete(&ledger, tickets.remove(index));
                    }
                }
                Step::Report { order, kind } => ledger.report(raw_report(order, kind)),
                Step::Gap => ledger.gap(GapCause::Disconnected),
                Step::Session => ledger.session(SessionState::Connecting),
                Step::Subscribe if followers.len() < 4 => followers.push(Follower::new(&ledger)),
                Step::Subscribe => {}
                Step::Read { reader, events } => {
                    if let Some(follower) = followers.get_mut(reader) {
                        follower.read(events)?;
                    }
                }
            }
        }
        // The next session makes everyone whole again.
        let ticket = ledger.begin();
        complete(&ledger, ticket);
        ledger.report(raw_report(9, 0));
        for follower in &mut followers {
            follower.read(usize::MAX)?;
            prop_assert!(follower.check.is_whole());
            let known: Vec<_> = follower.orders.values().cloned().collect();
            let mut kept = ledger.orders();
            kept.sort_by(|a, b| a.client_order_id().cmp(b.client_order_id()));
            prop_assert_eq!(known, kept);
        }
    }
}
