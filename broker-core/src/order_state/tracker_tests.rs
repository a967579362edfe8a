use std::sync::Arc;

use super::{
    Folded, OrderTracker, OrderWarning,
    one_order::{One, broker_id, bust},
};
use crate::{
    dec,
    model::*,
    test_support::{id, listed, order, quantity, report, time},
};
use ExecutionKind as K;
use OrderStatus as S;

#[test]
fn an_order_works_and_fills() {
    let mut one = One::sent();
    one.stands(S::PendingNew, "0");
    assert!(one.says(K::New));
    one.stands(S::New, "0");
    assert!(one.fills("x1", "40", 10));
    one.stands(S::PartiallyFilled, "40");
    assert!(one.fills("x2", "60", 20));
    one.stands(S::Filled, "100");
}

#[test]
fn a_fill_executed_before_the_cancel_only_changes_the_quantity() {
    let mut one = One::working();
    one.ends(K::Canceled);
    assert!(one.fills("x", "40", 99));
    one.stands(S::Canceled, "40");
    assert_eq!(
        one.warning,
        Some(OrderWarning::LateFill { was: S::Canceled })
    );
}

#[test]
fn a_reject_after_a_fill_ends_the_order_and_keeps_the_fill() {
    let mut one = One::working();
    one.fills("x", "40", 10);
    let reason = BrokerText::new("201", "margin");
    one.fold(&report("a", K::Rejected).with_reason(reason.clone()));
    one.stands(S::Rejected, "40");
    assert_eq!(one.order().reason, Some(reason));
}

#[test]
fn a_reject_of_a_filled_order_contradicts() {
    let mut one = One::working();
    one.fills("x", "100", 10);
    assert!(one.says(K::Rejected));
    one.stands(S::Filled, "100");
    assert_eq!(
        one.warning,
        Some(OrderWarning::Contradiction { kept: S::Filled })
    );
}

#[test]
fn a_rejected_order_that_works_after_all_is_reopened() {
    let mut one = One::sent();
    one.says(K::Rejected);
    one.says(K::New);
    one.stands(S::New, "0");
    assert_eq!(
        one.warning,
        Some(OrderWarning::Reopened { was: S::Rejected })
    );
}

#[test]
fn a_cancel_that_counts_everything_is_a_fill() {
    let mut one = One::working();
    let mut canceled = report("a", K::Canceled);
    canceled.cumulative_quantity = Some(dec!(100));
    one.fold(&canceled);
    one.stands(S::Filled, "100");
    one.fills("x", "100", 10);
    one.stands(S::Filled, "100");
    assert_eq!(one.warning, None);
}

#[test]
fn a_status_that_is_old_news_changes_nothing() {
    let mut one = One::working();
    one.fills("x", "40", 10);
    assert!(!one.fold(&listed(&order("a"), S::New, dec!(0))));
    assert!(!one.fold(&listed(&order("a"), S::PartiallyFilled, dec!(40))));
    assert!(!one.fold(&listed(&order("a"), S::PendingNew, dec!(0))));
    one.stands(S::PartiallyFilled, "40");
    one.fills("y", "60", 11);
    one.fold(&listed(&order("a"), S::PartiallyFilled, dec!(40)));
    one.stands(S::Filled, "100");
    assert_eq!(
        one.warning,
        Some(OrderWarning::Contradiction { kept: S::Filled })
    );
}

#[test]
fn a_status_that_counts_more_makes_a_working_order_partially_filled() {
    let mut one = One::working();
    one.fold(&listed(&order("a"), S::New, dec!(40)));
    one.stands(S::PartiallyFilled, "40");
    let (stated, known) = (dec!(40), dec!(0));
    assert_eq!(
        one.warning,
        Some(OrderWarning::FillsMissing { stated, known })
    );
}

#[test]
fn filled_stays_filled_while_its_executions_arrive() {
    let mut one = One::working();
    one.says(K::Status { status: S::Filled });
    one.fills("x1", "40", 10);
    assert_eq!(one.order().status, S::Filled);
    one.fills("x2", "60", 10);
    one.stands(S::Filled, "100");
    assert_eq!(one.warning, None);
}

#[test]
fn unconfirmed_is_left_by_lookup_or_by_the_brokers_own_reports() {
    let unconfirmed = || {
        let mut one = One::sent();
        one.says(K::Unconfirmed);
        one.stands(S::Unconfirmed, "0");
        one
    };
    let mut absent = unconfirmed();
    absent.says(K::ProvenAbsent);
    absent.stands(S::Rejected, "0");
    let mut arrived = unconfirmed();
    arrived.says(K::New);
    arrived.stands(S::New, "0");
    let mut filled = unconfirmed();
    filled.fills("x", "100", 10);
    filled.stands(S::Filled, "100");
    for silent in [
        K::Unconfirmed,
        K::CancelRejected,
        K::ReplaceRejected,
        bust("x"),
    ] {
        let mut still = unconfirmed();
        still.says(silent);
        still.stands(S::Unconfirmed, "0");
    }
}

#[test]
fn absence_is_not_believed_of_an_order_that_has_filled() {
    let mut one = One::sent();
    one.fills("x", "40", 10);
    one.says(K::ProvenAbsent);
    one.stands(S::PartiallyFilled, "40");
    let kept = S::PartiallyFilled;
    assert_eq!(one.warning, Some(OrderWarning::Contradiction { kept }));
}

#[test]
fn a_second_broker_id_warns_unless_a_replace_brought_it() {
    let mut one = One::sent();
    let with = |kind, name| report("a", kind).with_broker_order_id(broker_id(name));
    one.fold(&with(K::New, "b1"));
    assert_eq!(one.warning, None);
    let terms = Arc::new(one.terms.clone());
    one.fold(&with(K::Replaced { terms }, "b2"));
    assert_eq!(one.warning, None);
    assert!(!one.fold(&with(K::New, "b1")), "an old id is known");
    one.fold(&with(K::PendingReplace, "b3"));
    assert_eq!(one.warning, None);
    one.fold(&with(K::ReplaceRejected, "b4"));
    let second = broker_id("b4");
    assert_eq!(
        one.warning,
        Some(OrderWarning::SecondBrokerOrder { id: second.clone() })
    );
    assert_eq!(
        one.order().broker_order_ids,
        ["b1", "b2", "b3", "b4"].map(broker_id)
    );
    assert_eq!(one.order().broker_order_id(), Some(&second));
}

#[test]
fn an_order_for_an_amount_of_money_ends_when_the_broker_says_so() {
    let mut terms = order("a");
    terms.amount = OrderAmount::Cash(Money::new(dec!(1_000), Currency::USD));
    let mut one = One::with(terms);
    one.fills("x1", "5.5", 10);
    assert_eq!(one.order().status, S::PartiallyFilled);
    assert_eq!(one.order().leaves_quantity, None);
    one.says(K::Status { status: S::Filled });
    assert_eq!(one.order().leaves_quantity, Some(dec!(0)));
    // The last execution comes after the word that all is filled.
    one.fills("x2", "0.25", 11);
    one.stands(S::Filled, "5.75");
}

#[test]
fn a_replace_changes_terms_and_leaves() {
    let mut one = One::working();
    one.fills("x", "40", 10);
    let mut bigger = one.terms.clone();
    bigger.amount = OrderAmount::Quantity(quantity("200"));
    one.says(K::PendingReplace);
    one.says(K::Replaced {
        terms: Arc::new(bigger),
    });
    one.stands(S::PartiallyFilled, "40");
    assert_eq!(one.order().leaves_quantity, Some(dec!(160)));
    let mut smaller = one.terms.clone();
    smaller.amount = OrderAmount::Quantity(quantity("40"));
    one.says(K::Replaced {
        terms: Arc::new(smaller),
    });
    one.stands(S::Filled, "40");
}

#[test]
fn a_report_without_terms_about_an_unknown_order_is_unknown() {
    let mut tracker = OrderTracker::default();
    assert_eq!(tracker.fold(&report("a", K::New), time(0)), Folded::Unknown);
    let others = report("a", K::New).with_terms(Arc::new(order("b")));
    assert_eq!(tracker.fold(&others, time(0)), Folded::Unknown);
    assert!(!tracker.knows(&id("a")) && !tracker.knows(&id("b")));
}

#[test]
fn an_order_from_outside_says_so() {
    let mut tracker = OrderTracker::default();
    let name = ClientOrderId::outside(&broker_id("77"));
    let mut terms = order("a");
    terms.client_order_id = name.clone();
    let _ = tracker.fold(&listed(&terms, S::New, dec!(0)), time(0));
    assert_eq!(tracker.order(&name).unwrap().origin, OrderOrigin::Outside);
}

#[test]
fn retired_orders_stay_known() {
    let mut tracker = OrderTracker::default();
    let rejected = |number: usize| {
        let terms = order(&format!("o{number}"));
        report(&format!("o{number}"), K::Rejected).with_terms(Arc::new(terms))
    };
    let open = listed(&order("open"), S::New, dec!(0));
    let _ = tracker.fold(&open, time(0));
    for number in 0..=OrderTracker::KEPT_FINISHED {
        let _ = tracker.fold(&rejected(number), time(0));
    }
    assert!(tracker.order(&id("o0")).is_none(), "the oldest is dropped");
    assert!(tracker.order(&id("o1")).is_some() && tracker.order(&id("open")).is_some());
    assert!(tracker.knows(&id("o0")));
    assert_eq!(tracker.fold(&rejected(0), time(0)), Folded::Duplicate);
}

#[test]
fn nothing_is_left_of_an_order_that_the_broker_counts_beyond_its_quantity() {
    let mut one = One::working();
    one.fold(&listed(&order("a"), S::PendingCancel, dec!(120)));
    assert_eq!(one.order().status, S::PendingCancel);
    assert_eq!(one.order().leaves_quantity, Some(dec!(0)));
}

#[test]
fn an_order_that_is_listed_no_more_is_unconfirmed_and_never_proven_absent() {
    let mut one = One::working();
    assert!(one.says(K::Unlisted));
    assert_eq!(one.warning, Some(OrderWarning::Unlisted { was: S::New }));
    one.stands(S::Unconfirmed, "0");
    // Nobody needs to hear it again.
    assert!(!one.says(K::Unlisted));
    one.says(K::ProvenAbsent);
    one.stands(S::Unconfirmed, "0");
    // What the broker says of it later counts.
    one.fills("x1", "100", 50);
    one.stands(S::Filled, "100");
}

#[test]
fn an_order_that_came_back_is_not_proven_absent_either() {
    let mut one = One::working();
    one.says(K::Unlisted);
    one.says(K::Status {
        status: S::PendingNew,
    });
    one.stands(S::PendingNew, "0");
    one.says(K::ProvenAbsent);
    one.stands(S::PendingNew, "0");
}

#[test]
fn an_order_that_has_ended_may_be_listed_no_more() {
    let mut one = One::working();
    one.ends(K::Canceled);
    assert!(!one.says(K::Unlisted));
    one.stands(S::Canceled, "0");
}
