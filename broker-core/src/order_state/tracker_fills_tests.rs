use std::sync::Arc;

use super::{
    Folded, OrderTracker, OrderWarning,
    one_order::{One, bust, execution},
};
use crate::{
    Decimal, dec,
    model::*,
    test_support::{fill_of, listed, order, price, report, time},
};
use ExecutionKind as K;
use OrderStatus as S;

fn commission(name: &str, paid: Option<Decimal>, pnl: Option<Decimal>) -> ExecutionKind {
    let dollars = |amount: Decimal| Money::new(amount, Currency::USD);
    K::Commission {
        execution_id: execution(name),
        commission: paid.map(dollars),
        realized_pnl: pnl.map(dollars),
    }
}

#[test]
fn a_late_fill_reopens_a_canceled_order() {
    let mut one = One::working();
    one.ends(K::Canceled);
    one.stands(S::Canceled, "0");
    assert!(one.fills("x", "40", 101));
    one.stands(S::PartiallyFilled, "40");
    assert_eq!(
        one.warning,
        Some(OrderWarning::LateFill { was: S::Canceled })
    );
}

#[test]
fn a_late_fill_of_everything_makes_a_canceled_order_filled() {
    let mut one = One::working();
    one.ends(K::Canceled);
    one.fills("x", "100", 101);
    one.stands(S::Filled, "100");
    assert_eq!(
        one.warning,
        Some(OrderWarning::LateFill { was: S::Canceled })
    );
}

#[test]
fn a_fill_within_the_quantity_stated_at_the_end_only_changes_the_quantity() {
    let mut one = One::working();
    let mut canceled = report("a", K::Canceled).at(time(100));
    canceled.cumulative_quantity = Some(dec!(40));
    one.fold(&canceled);
    let (stated, known) = (dec!(40), dec!(0));
    assert_eq!(
        one.warning,
        Some(OrderWarning::FillsMissing { stated, known })
    );
    // By its clock it came later, but the broker had counted it.
    one.fills("x1", "40", 101);
    one.stands(S::Canceled, "40");
    one.fills("x2", "1", 101);
    one.stands(S::PartiallyFilled, "41");
}

#[test]
fn a_correction_of_a_fill_before_the_cancel_does_not_reopen_the_order() {
    let mut one = One::working();
    one.fills("x", "40", 10);
    one.ends(K::Canceled);
    // Told after the end, about an execution before it.
    let kind = one.correction("x", "x2", "30");
    assert!(one.fold(&report("a", kind).at(time(200))));
    one.stands(S::Canceled, "30");
}

#[test]
fn a_bust_after_the_cancel_does_not_reopen_the_order() {
    let mut one = One::working();
    one.fills("x1", "40", 10);
    one.fills("x2", "10", 11);
    one.ends(K::Canceled);
    assert!(one.busts("x2"));
    one.stands(S::Canceled, "40");
    assert!(one.busts("x1"));
    one.stands(S::Canceled, "0");
}

#[test]
fn a_fill_counts_once_however_often_it_is_told() {
    let mut one = One::working();
    assert!(one.fills("x", "40", 10));
    assert!(!one.fills("x", "40", 10));
    // As another connection replays it: without a time, with terms.
    let mut replay = one.trade("x", "40", 10);
    replay.event_time = None;
    replay.terms = Some(Arc::new(one.terms.clone()));
    assert!(!one.fold(&replay));
    one.stands(S::PartiallyFilled, "40");
    assert_eq!(one.tracker.fills().count(), 1);
}

#[test]
fn a_bust_lowers_the_quantity_and_the_execution_never_comes_back() {
    let mut one = One::working();
    one.fills("x1", "40", 10);
    one.fills("x2", "60", 20);
    assert!(one.busts("x2"));
    one.stands(S::PartiallyFilled, "40");
    assert!(!one.busts("x2"), "a second bust is a repetition");
    assert!(!one.fills("x2", "60", 20), "a replay brings it not back");
    one.stands(S::PartiallyFilled, "40");
    assert!(one.busts("x1"));
    one.stands(S::New, "0");
    assert_eq!(one.order().average_price, None);
}

#[test]
fn a_bust_lowers_what_the_broker_stated() {
    let mut one = One::working();
    one.fills("x1", "40", 10);
    one.fills("x2", "60", 20);
    one.fold(&listed(&order("a"), S::Filled, dec!(100)));
    one.busts("x2");
    one.stands(S::PartiallyFilled, "40");
}

#[test]
fn a_bust_that_states_the_quantity_is_believed() {
    let mut one = One::working();
    one.fold(&listed(&order("a"), S::PartiallyFilled, dec!(70)));
    one.fills("x1", "40", 10);
    let mut told = report("a", bust("x0"));
    told.cumulative_quantity = Some(dec!(40));
    assert!(one.fold(&told));
    one.stands(S::PartiallyFilled, "40");
}

#[test]
fn a_bust_before_its_fill_keeps_the_fill_out() {
    let mut one = One::working();
    one.busts("x");
    assert!(!one.fills("x", "40", 10));
    one.stands(S::New, "0");
}

#[test]
fn a_correction_replaces_the_quantity() {
    let mut one = One::working();
    one.fills("x", "40", 10);
    assert!(one.corrects("x", "x2", "30"));
    one.stands(S::PartiallyFilled, "30");
    assert!(!one.corrects("x", "x2", "30"));
    assert!(!one.fills("x", "40", 10));
    one.stands(S::PartiallyFilled, "30");
}

#[test]
fn a_correction_may_come_before_its_original() {
    let mut one = One::working();
    one.corrects("x", "x2", "30");
    assert!(!one.fills("x", "40", 10));
    one.stands(S::PartiallyFilled, "30");
}

#[test]
fn a_correction_of_a_correction_may_come_before_it() {
    let mut one = One::working();
    one.fills("x", "40", 10);
    one.corrects("x2", "x3", "20");
    assert!(one.corrects("x", "x2", "30"), "the original goes");
    one.stands(S::PartiallyFilled, "20");
}

#[test]
fn a_bust_of_a_correction_may_come_before_it() {
    let mut one = One::working();
    one.fills("x", "40", 10);
    one.busts("x2");
    one.corrects("x", "x2", "30");
    one.stands(S::New, "0");
}

#[test]
fn the_average_price_is_that_of_the_fills() {
    let mut one = One::working();
    let fill = |name, units, at| ExecutionReport::trade(fill_of(&order("a"), name, units, at, 1));
    one.fold(&fill("x1", "30", "10"));
    assert_eq!(one.order().average_price, Some(price("10")));
    one.fold(&fill("x2", "60", "10.05"));
    // 903 / 90
    assert_eq!(one.order().average_price, Some(price("10.033333333333")));
    one.busts("x1");
    assert_eq!(one.order().average_price, Some(price("10.05")));
}

#[test]
fn the_brokers_average_price_holds_while_it_counts_more() {
    let mut one = One::working();
    let mut stated = listed(&order("a"), S::Filled, dec!(100));
    stated.average_price = Some(price("11"));
    one.fold(&stated);
    assert_eq!(one.order().average_price, Some(price("11")));
    one.fills("x1", "40", 10);
    assert_eq!(one.order().average_price, Some(price("11")));
    one.fills("x2", "60", 10);
    assert_eq!(one.order().average_price, Some(price("10")));
}

#[test]
fn a_commission_may_come_late_twice_and_in_parts() {
    let mut one = One::working();
    one.fills("x", "100", 10);
    assert!(one.says(commission("x", Some(dec!(1)), None)));
    assert!(!one.says(commission("x", Some(dec!(1)), None)));
    assert!(one.says(commission("x", None, Some(dec!(7)))));
    assert!(
        !one.says(commission("x", Some(dec!(1)), None)),
        "nothing of it is new"
    );
    let fill = one.tracker.fills().next().unwrap();
    assert_eq!(fill.commission, Some(Money::new(dec!(1), Currency::USD)));
    assert_eq!(fill.realized_pnl, Some(Money::new(dec!(7), Currency::USD)));
    one.stands(S::Filled, "100");
}

#[test]
fn a_commission_may_come_before_its_fill() {
    let mut one = One::working();
    assert!(one.says(commission("x", Some(dec!(1)), None)));
    assert!(!one.says(commission("x", Some(dec!(1)), None)));
    one.fills("x", "100", 10);
    let fill = one.tracker.fills().next().unwrap();
    assert_eq!(fill.commission, Some(Money::new(dec!(1), Currency::USD)));
    one.busts("x");
    assert!(
        !one.says(commission("x", Some(dec!(2)), None)),
        "it no longer counts"
    );
}

#[test]
fn an_overfill_warns_and_counts() {
    let mut one = One::working();
    one.fills("x1", "60", 10);
    one.fills("x2", "60", 11);
    one.stands(S::Filled, "120");
    let cumulative = dec!(120);
    assert_eq!(one.warning, Some(OrderWarning::Overfilled { cumulative }));
}

#[test]
fn a_first_report_always_makes_an_order_that_is_told() {
    let mut tracker = OrderTracker::default();
    let first = report("a", commission("x", None, None)).with_terms(Arc::new(order("a")));
    let Folded::Changed { order, warning } = tracker.fold(&first, time(0)) else {
        panic!("an order that nobody is told of");
    };
    assert_eq!(
        (&order.status, order.version, warning),
        (&S::PendingNew, 1, None)
    );
}

#[test]
fn an_end_reported_behind_a_fill_holds_once_the_fill_is_busted() {
    let mut one = One::working();
    one.fills("x", "100", 10);
    one.says(K::Canceled);
    one.stands(S::Filled, "100");
    assert!(one.says(bust("x")));
    one.stands(S::Canceled, "0");
}

#[test]
fn an_end_that_overtakes_a_fill_holds_once_the_fill_is_busted() {
    // As a connection tells it that delivers the first reports late.
    for end in [K::Canceled, K::Expired] {
        let mut one = One::working();
        one.ends(end);
        let ended = one.order().status.clone();
        one.fills("x", "100", 10);
        one.stands(S::Filled, "100");
        assert!(one.busts("x"));
        one.stands(ended, "0");
    }
}

#[test]
fn an_end_that_overtakes_a_fill_holds_once_a_correction_makes_it_smaller() {
    let mut one = One::working();
    one.ends(K::Canceled);
    one.fills("x", "100", 10);
    assert!(one.corrects("x", "y", "60"));
    one.stands(S::Canceled, "60");
}

#[test]
fn what_is_told_of_an_execution_after_its_bust_counts_nothing() {
    let stating = |kind: K, filled: Decimal| {
        let mut report = report("a", kind);
        report.cumulative_quantity = Some(filled);
        report.average_price = (!filled.is_zero()).then(|| price("10"));
        report
    };
    // The bust of what a correction makes overtakes the correction.
    let mut one = One::working();
    one.fills("x", "100", 10);
    one.fold(&stating(bust("y"), dec!(0)));
    let correction = one.correction("x", "y", "100");
    assert!(one.fold(&stating(correction, dec!(100))));
    one.stands(S::New, "0");
    assert_eq!(one.order().average_price, None);
}
