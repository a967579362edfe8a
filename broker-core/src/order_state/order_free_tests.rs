//! What must not depend on the order in which reports arrive.

use std::sync::Arc;

use proptest::prelude::*;

use super::{Folded, OrderTracker};
use crate::{
    Decimal,
    model::*,
    test_support::{fill_of, id, listed, order, report, time},
};

/// Reports about an order to buy 100: fills of 10, some of them corrected to 5 or busted, among
/// words about its life, in any order and any number of times.
#[derive(Debug, Clone)]
struct Story {
    told: Vec<ExecutionReport>,
    known: Vec<ExecutionReport>,
    cumulative: Decimal,
}

fn execution(name: String) -> ExecutionId {
    ExecutionId::new(name).unwrap()
}

/// `plan`: for each fill 0 as it is, 1 corrected, 2 corrected twice, 3 busted, 4 corrected and busted.
fn executions(plan: &[u8]) -> (Vec<ExecutionReport>, Decimal) {
    let terms = order("a");
    let mut reports = Vec::new();
    let mut cumulative = Decimal::ZERO;
    let correct = |number: usize, step: u8| {
        let fill = fill_of(&terms, &format!("x{number}.{}", step + 1), "5", "10", 1);
        let replaces = execution(format!("x{number}.{step}"));
        let fill = Arc::new(fill);
        report("a", ExecutionKind::TradeCorrect { replaces, fill })
    };
    let bust = |number: usize, step: u8| {
        let execution_id = execution(format!("x{number}.{step}"));
        report("a", ExecutionKind::TradeCancel { execution_id })
    };
    for (number, fate) in plan.iter().enumerate() {
        let original = fill_of(&terms, &format!("x{number}.0"), "10", "10", 1);
        reports.push(ExecutionReport::trade(original));
        match fate {
            0 => cumulative += Decimal::TEN,
            1 => reports.push(correct(number, 0)),
            2 => reports.extend([correct(number, 0), correct(number, 1)]),
            3 => reports.push(bust(number, 0)),
            _ => reports.extend([correct(number, 0), bust(number, 1)]),
        }
        if matches!(fate, 1 | 2) {
            cumulative += Decimal::from(5);
        }
    }
    (reports, cumulative)
}

fn life() -> impl Strategy<Value = Vec<ExecutionKind>> {
    use ExecutionKind as K;
    let word = prop_oneof![
        Just(K::PendingNew),
        Just(K::New),
        Just(K::Triggered),
        Just(K::Unconfirmed),
        Just(K::PendingCancel),
        Just(K::CancelRejected),
        Just(K::PendingReplace),
        Just(K::ReplaceRejected),
        Just(K::Suspended),
        Just(K::DoneForDay),
    ];
    prop::collection::vec(word, 0..6)
}

fn story() -> impl Strategy<Value = Story> {
    // Few enough that the order is never filled while a corrected fill counts beside its correction.
    let plan = prop::collection::vec(0..5_u8, 0..=6);
    (plan, life()).prop_flat_map(|(plan, life)| {
        let (known, cumulative) = executions(&plan);
        let mut all = known.clone();
        all.extend(life.into_iter().map(|kind| report("a", kind)));
        let repeated = prop::sample::subsequence(all.clone(), 0..=all.len());
        repeated.prop_flat_map(move |repeated| {
            let (known, mut told) = (known.clone(), all.clone());
            told.extend(repeated);
            Just(told).prop_shuffle().prop_map(move |told| Story {
                told,
                known: known.clone(),
                cumulative,
            })
        })
    })
}

/// Two fills that are all of an order, and their busts.
fn busted() -> impl Strategy<Value = Vec<ExecutionReport>> {
    let terms = order("a");
    let both = ["x", "y"].into_iter();
    let reports = both.flat_map(|name| {
        let execution_id = execution(name.to_owned());
        [
            ExecutionReport::trade(fill_of(&terms, name, "50", "10", 1)),
            report("a", ExecutionKind::TradeCancel { execution_id }),
        ]
    });
    Just(reports.collect())
}

/// Folds everything, checking after each report what must always hold.
fn fold(reports: impl IntoIterator<Item = ExecutionReport>) -> OrderTracker {
    let mut tracker = OrderTracker::default();
    let mut version = 0;
    for report in reports {
        let report = report.with_terms(Arc::new(order("a")));
        let folded = tracker.fold(&report, time(1_000));
        let order = tracker.order(&id("a")).unwrap();
        match folded {
            Folded::Changed { order: told, .. } => {
                assert_eq!(&told, order);
                assert_eq!(order.version, version + 1);
            }
            other => {
                assert_eq!(other, Folded::Duplicate);
                assert_eq!(order.version, version);
            }
        }
        version = order.version;
        assert!(order.leaves_quantity.unwrap() >= Decimal::ZERO);
        let sum: Decimal = tracker.fills().map(|fill| fill.quantity.get()).sum();
        assert!(order.cumulative_quantity >= sum);
    }
    tracker
}

fn sum(tracker: &OrderTracker) -> Decimal {
    tracker.fills().map(|fill| fill.quantity.get()).sum()
}

proptest! {
    #[test]
    fn fills_add_up_in_any_order(story in story()) {
        let sent = report("a", ExecutionKind::PendingNew);
        let tracker = fold(std::iter::once(sent).chain(story.told.clone()));
        prop_assert_eq!(sum(&tracker), story.cumulative);
        prop_assert_eq!(tracker.order(&id("a")).unwrap().cumulative_quantity, story.cumulative);
    }

    #[test]
    fn a_full_listing_leads_to_one_status(story in story(), end in 0..4_u8) {
        // What the broker lists in the end agrees with the fills.
        let status = match end {
            0 => OrderStatus::New,
            1 => OrderStatus::Canceled,
            2 => OrderStatus::Expired,
            _ => OrderStatus::Rejected,
        };
        let last = listed(&order("a"), status.clone(), story.cumulative);
        let sent = report("a", ExecutionKind::PendingNew);
        let told = std::iter::once(sent).chain(story.told.clone());
        let tracker = fold(told.chain([last]).chain(story.known.clone()));
        let order = tracker.order(&id("a")).unwrap();
        let expected = match status {
            OrderStatus::New if story.cumulative.is_zero() => OrderStatus::New,
            OrderStatus::New => OrderStatus::PartiallyFilled,
            ended => ended,
        };
        prop_assert_eq!(&order.status, &expected);
        prop_assert_eq!(order.cumulative_quantity, story.cumulative);
    }

    #[test]
    fn the_end_may_come_anywhere(story in story(), place in 0..30_usize) {
        // An end with its time and quantity; the fills that it counts come before or after it.
        let mut end = report("a", ExecutionKind::Canceled).at(time(100));
        end.cumulative_quantity = Some(story.cumulative);
        let sent = report("a", ExecutionKind::PendingNew);
        let mut told = story.told.clone();
        told.insert(place.min(told.len()), end);
        let tracker = fold(std::iter::once(sent).chain(told));
        let order = tracker.order(&id("a")).unwrap();
        prop_assert_eq!(&order.status, &OrderStatus::Canceled);
        prop_assert_eq!(sum(&tracker), story.cumulative);
    }

    #[test]
    fn what_was_filled_and_busted_leaves_the_end_that_was_told(
        ended in prop_oneof![Just(ExecutionKind::Canceled), Just(ExecutionKind::Expired)],
        (told, again) in busted().prop_flat_map(|told| (Just(told.clone()).prop_shuffle(), Just(told).prop_shuffle())),
        place in 0..5_usize,
        repeated in 0..5_usize,
    ) {
        let end = report("a", ended).at(time(100));
        let sent = report("a", ExecutionKind::PendingNew);
        let mut told = told;
        told.extend(again.into_iter().take(repeated));
        told.insert(place.min(told.len()), end.clone());
        let tracker = fold(std::iter::once(sent.clone()).chain(told));
        let expected = fold([sent, end]).order(&id("a")).unwrap().status.clone();
        prop_assert_eq!(&tracker.order(&id("a")).unwrap().status, &expected);
        prop_assert_eq!(sum(&tracker), Decimal::ZERO);
    }
}
