use std::sync::Arc;

use super::{
    Baseline, EventBody, GapCause, Notice, Severity,
    one_ledger::{ledger, live, new, read, start, with_capacity},
};
use crate::{
    Covered, SessionState, dec,
    model::*,
    test_support::{account, apple, baseline, fill_of, id, limit, listed, order, report, time},
};
use chrono::TimeDelta;

fn holding(units: i64) -> Position {
    let quantity = SignedQuantity::try_from(units).unwrap();
    Position::new(account(), apple(), quantity, time(0))
}

#[test]
fn an_epoch_begins_with_ready_and_a_snapshot() {
    let ledger = ledger();
    let mut reader = ledger.subscribe();
    assert_eq!(read(&mut reader), ["0.0 Connecting"]);
    start(&ledger);
    ledger.report(new("a"));
    assert_eq!(
        read(&mut reader),
        ["1.1 Ready", "1.2 snapshot 0 0", "1.3 a new"]
    );
}

#[test]
fn changes_during_the_snapshot_come_after_it_and_once() {
    let ledger = ledger();
    let mut reader = ledger.subscribe();
    let ticket = ledger.begin();
    let fill = fill_of(&order("a"), "x", "40", "10", 1);
    ledger.report(ExecutionReport::trade(fill.clone()));
    ledger.report(new("a"));
    ledger.report(new("b"));
    ledger.holding(holding(40));
    assert_eq!(read(&mut reader), ["0.0 Connecting", "1.1 Ready"]);
    assert!(ledger.order(&id("b")).is_none());
    let mut answers = baseline(
        vec![listed(&order("a"), OrderStatus::PartiallyFilled, dec!(40))],
        vec![fill],
    );
    answers.positions = Covered::Complete(vec![holding(40)]);
    let _ = ledger.complete(ticket, answers);
    // What the snapshot knows already is not told again.
    assert_eq!(read(&mut reader), ["1.2 snapshot 1 1", "1.3 b new"]);
}

#[test]
fn the_fills_of_an_order_are_those_that_count() {
    let ledger = ledger();
    start(&ledger);
    for (name, execution) in [("a", "x"), ("b", "y"), ("a", "z")] {
        let fill = fill_of(&order(name), execution, "40", "10", 1);
        ledger.report(new(name));
        ledger.report(ExecutionReport::trade(fill.clone()));
        ledger.report(ExecutionReport::trade(fill));
    }
    let fills = ledger.fills_of(&id("a"));
    let known: Vec<_> = fills
        .iter()
        .map(|fill| fill.execution_id.as_str())
        .collect();
    assert_eq!(known, ["x", "z"]);
    assert!(ledger.fills_of(&id("c")).is_empty());
}

#[test]
fn the_orders_that_are_wanted_come_oldest_first_and_no_others() {
    let (ledger, clock) = with_capacity(64);
    start(&ledger);
    for (second, name) in (0..).zip(["c", "a", "d", "b"]) {
        clock.set(time(second));
        ledger.report(new(name));
    }
    ledger.report(report("a", ExecutionKind::Canceled));
    let names = |orders: Vec<Arc<Order>>| {
        let names = orders
            .iter()
            .map(|order| order.client_order_id().to_string());
        names.collect::<String>()
    };
    assert_eq!(names(ledger.orders()), "cadb");
    let open = ledger.orders_where(|order| order.status.is_open());
    assert_eq!(names(open), "cdb");
    assert!(ledger.orders_where(|_| false).is_empty());
}

#[test]
fn a_correction_that_the_bust_of_what_it_makes_overtook_is_told_as_the_bust_of_its_original() {
    let ledger = live();
    ledger.report(new("a"));
    let of = |name| fill_of(&order("a"), name, "40", "10", 1);
    let bust = |name: &str| ExecutionKind::TradeCancel {
        execution_id: ExecutionId::new(name).unwrap(),
    };
    ledger.report(ExecutionReport::trade(of("x")));
    ledger.report(report("a", bust("y")));
    let mut reader = ledger.subscribe();
    let mut late = ExecutionReport::trade(of("y"));
    late.cumulative_quantity = Some(dec!(40));
    if let ExecutionKind::Trade { fill } = late.kind {
        let replaces = ExecutionId::new("x").unwrap();
        late.kind = ExecutionKind::TradeCorrect { replaces, fill };
    }
    ledger.report(late);
    let told: Vec<_> = std::iter::from_fn(|| reader.try_next())
        .filter_map(|event| match &event.body {
            EventBody::Execution { report, order, .. } => Some((
                report.kind.clone(),
                report.cumulative_quantity,
                order.cumulative_quantity,
            )),
            _ => None,
        })
        .collect();
    assert_eq!(told, [(bust("x"), None, dec!(0))]);
}

#[test]
fn a_correction_that_counts_is_told_as_one_whatever_order_its_execution_names() {
    let ledger = live();
    ledger.report(new("a"));
    let trade = |order: &str, name| fill_of(&self::order(order), name, "40", "10", 1);
    ledger.report(ExecutionReport::trade(trade("a", "x")));
    let mut reader = ledger.subscribe();
    let mut correction = ExecutionReport::trade(trade("a", "y"));
    // The report says whose it is; the execution still has the name from before a replacement.
    correction.kind = ExecutionKind::TradeCorrect {
        replaces: ExecutionId::new("x").unwrap(),
        fill: Arc::new(trade("before", "y")),
    };
    let wanted = correction.kind.clone();
    ledger.report(correction);
    let told: Vec<_> = std::iter::from_fn(|| reader.try_next())
        .filter_map(|event| match &event.body {
            EventBody::Execution { report, order, .. } => {
                Some((report.kind.clone(), order.cumulative_quantity))
            }
            _ => None,
        })
        .collect();
    assert_eq!(told, [(wanted, dec!(40))]);
}

#[test]
fn a_void_ticket_changes_nothing() {
    let ledger = ledger();
    let old = ledger.begin();
    ledger.report(new("held"));
    let ticket = ledger.begin();
    let mut reader = ledger.subscribe();
    let wrong = baseline(vec![listed(&order("a"), OrderStatus::New, dec!(0))], vec![]);
    assert!(ledger.complete(old, wrong).is_empty());
    assert!(ledger.order(&id("a")).is_none());
    assert_eq!(read(&mut reader), ["2.1 Ready"]);
    let _ = ledger.complete(ticket, baseline(vec![], vec![]));
    // What was held for the old snapshot comes after the new one.
    assert_eq!(read(&mut reader), ["2.2 snapshot 0 0", "2.3 held new"]);
}

#[test]
fn open_orders_that_a_complete_list_lacks_are_given_back() {
    let ledger = live();
    for name in ["c", "a", "b", "done"] {
        ledger.report(new(name));
    }
    ledger.report(report("done", ExecutionKind::Canceled));
    let ticket = ledger.begin();
    let answers = baseline(vec![listed(&order("b"), OrderStatus::New, dec!(0))], vec![]);
    assert_eq!(ledger.complete(ticket, answers), [id("a"), id("c")]);
    assert_eq!(ledger.order(&id("a")).unwrap().status, OrderStatus::New);
}

#[test]
fn orders_that_an_incomplete_list_lacks_are_not_missing() {
    let ledger = live();
    ledger.report(new("a"));
    let ticket = ledger.begin();
    let mut answers = baseline(vec![], vec![]);
    answers.orders = Covered::Partial {
        value: vec![],
        missing: "yesterday's".into(),
    };
    assert!(ledger.complete(ticket, answers).is_empty());
    let snapshot = ledger.snapshot();
    assert_eq!(snapshot.orders.value().unwrap().len(), 1);
    assert!(!snapshot.orders.is_complete());
}

#[test]
fn parts_that_could_not_be_asked_change_nothing() {
    let ledger = live();
    ledger.report(new("a"));
    ledger.holding(holding(7));
    ledger.summary(AccountSummary::new(account(), Currency::USD, time(0)));
    let ticket = ledger.begin();
    let no = || "no answer".into();
    let nothing = Baseline {
        orders: Covered::Unavailable(no()),
        fills: Covered::Unavailable(no()),
        positions: Covered::Unavailable(no()),
        summary: Covered::Unavailable(no()),
    };
    assert!(ledger.complete(ticket, nothing).is_empty());
    assert!(ledger.order(&id("a")).is_some());
    let snapshot = ledger.snapshot();
    assert_eq!(snapshot.orders, Covered::Unavailable(no()));
    assert_eq!(snapshot.positions, Covered::Unavailable(no()));
    assert!(snapshot.summary.is_complete(), "the last figures hold");
    // The next complete answer has them again.
    let ticket = ledger.begin();
    let mut answers = baseline(vec![listed(&order("a"), OrderStatus::New, dec!(0))], vec![]);
    answers.positions = Covered::Unavailable(no());
    let _ = ledger.complete(ticket, answers);
    assert_eq!(ledger.snapshot().orders.complete().unwrap().len(), 1);
}

#[test]
fn a_complete_list_of_positions_closes_those_it_lacks() {
    let ledger = live();
    ledger.holding(holding(7));
    start(&ledger);
    assert!(ledger.snapshot().positions.proves_empty());
}

#[test]
fn a_list_that_could_not_be_kept_whole_is_not_complete() {
    let ledger = ledger();
    let ticket = ledger.begin();
    let stranger = fill_of(&order("elsewhere"), "x", "1", "10", 1);
    let mut no_terms = listed(&order("b"), OrderStatus::New, dec!(0));
    no_terms.terms = None;
    let listed = vec![listed(&order("a"), OrderStatus::New, dec!(0)), no_terms];
    let _ = ledger.complete(ticket, baseline(listed, vec![stranger]));
    let snapshot = ledger.snapshot();
    assert_eq!(snapshot.orders.value().unwrap().len(), 1);
    assert!(!snapshot.orders.is_complete());
    assert!(
        !snapshot.fills.proves_empty(),
        "there is one that could not be kept"
    );
}

#[test]
fn after_a_gap_nothing_proves_absence() {
    let ledger = live();
    assert!(ledger.snapshot().orders.proves_empty() && ledger.knows_all_orders());
    ledger.gap(GapCause::Disconnected);
    let snapshot = ledger.snapshot();
    assert!(!snapshot.orders.proves_empty() && !ledger.knows_all_orders());
    assert!(!snapshot.fills.proves_empty() && !snapshot.positions.proves_empty());
    start(&ledger);
    assert!(ledger.snapshot().orders.proves_empty());
}

#[test]
fn events_lost_while_the_snapshot_is_taken_weaken_it() {
    let ledger = live();
    ledger.report(new("a"));
    let ticket = ledger.begin();
    ledger.gap(GapCause::BrokerReset);
    // The answers may be from before the reset.
    assert!(ledger.complete(ticket, baseline(vec![], vec![])).is_empty());
    let snapshot = ledger.snapshot();
    assert!(!snapshot.orders.is_complete() && !snapshot.fills.is_complete());
    assert!(!snapshot.positions.is_complete());
}

#[test]
fn the_same_session_state_is_told_once_and_ready_only_by_an_epoch() {
    let ledger = live();
    let mut reader = ledger.subscribe();
    let _ = read(&mut reader);
    ledger.session(SessionState::Connecting);
    ledger.session(SessionState::Connecting);
    ledger.session(SessionState::Ready);
    assert_eq!(read(&mut reader), ["1.3 Connecting"]);
}

fn degraded() -> SessionState {
    SessionState::Degraded {
        reason: "no pushes".into(),
    }
}

#[test]
fn a_session_that_was_only_degraded_is_ready_again_without_an_epoch() {
    let ledger = live();
    let mut reader = ledger.subscribe();
    let _ = read(&mut reader);
    let reason = format!("{:?}", degraded());
    ledger.session(degraded());
    ledger.session(SessionState::Ready);
    ledger.session(SessionState::Ready);
    assert_eq!(
        read(&mut reader),
        [format!("1.3 {reason}"), "1.4 Ready".to_owned()]
    );
    // A reader that comes now is not told of trouble that is over.
    let mut late = ledger.subscribe();
    assert_eq!(read(&mut late), ["1.4 Ready", "1.4 snapshot 0 0"]);
    // Also before the snapshot is there.
    let ticket = ledger.begin();
    ledger.session(degraded());
    ledger.session(SessionState::Ready);
    let _ = ledger.complete(ticket, baseline(vec![], vec![]));
    assert_eq!(
        read(&mut reader),
        [
            "2.1 Ready".to_owned(),
            format!("2.2 {reason}"),
            "2.3 Ready".to_owned(),
            "2.4 snapshot 0 0".to_owned()
        ]
    );
}

#[test]
fn after_a_gap_ready_is_told_by_an_epoch_only() {
    let ledger = live();
    let mut reader = ledger.subscribe();
    let _ = read(&mut reader);
    ledger.session(degraded());
    ledger.gap(GapCause::Disconnected);
    let _ = read(&mut reader);
    ledger.session(SessionState::Ready);
    assert!(read(&mut reader).is_empty());
    start(&ledger);
    assert_eq!(read(&mut reader), ["2.1 Ready", "2.2 snapshot 0 0"]);
}

#[test]
fn the_terms_of_an_order_on_its_way_complete_a_report_that_has_none() {
    let ledger = live();
    let list = ListLink {
        list: ListId::new("l").unwrap(),
        role: ListRole::Entry,
    };
    assert!(ledger.reserve(Arc::new(limit("a", "10")), Some(list.clone())));
    ledger.report(report("a", ExecutionKind::New));
    let order = ledger.order(&id("a")).unwrap();
    assert_eq!(*order.terms, limit("a", "10"));
    assert_eq!(order.list, Some(list));
    // The broker has it: giving the identifier back is too late.
    ledger.release(&id("a"));
    assert!(!ledger.reserve(Arc::new(limit("a", "10")), None));
}

#[test]
fn an_identifier_is_taken_once_and_can_be_given_back() {
    let ledger = live();
    let terms = Arc::new(order("a"));
    assert!(ledger.reserve(Arc::clone(&terms), None));
    assert!(!ledger.reserve(Arc::clone(&terms), None));
    assert!(!ledger.reserve_exercise(&id("a")));
    ledger.release(&id("a"));
    assert!(ledger.reserve_exercise(&id("a")));
    assert!(!ledger.reserve(terms, None) && !ledger.reserve_exercise(&id("a")));
    ledger.release_exercise(&id("a"));
    assert!(!ledger.knows(&id("a")));
}

#[test]
fn a_report_about_an_unknown_order_becomes_a_notice() {
    let ledger = live();
    let mut reader = ledger.subscribe();
    let _ = read(&mut reader);
    ledger.report(report("ghost", ExecutionKind::New));
    let event = reader.try_next().unwrap();
    let EventBody::Notice { notice } = &event.body else {
        panic!("{event:?}");
    };
    assert_eq!(notice.client_order_id, Some(id("ghost")));
    assert_eq!(notice.severity, Severity::Warning);
}

#[test]
fn what_is_not_an_order_is_told_as_it_is() {
    let ledger = live();
    let mut reader = ledger.subscribe();
    let _ = read(&mut reader);
    ledger.holding(holding(5));
    ledger.holding(holding(5));
    ledger.holding(holding(0));
    ledger.summary(AccountSummary::new(account(), Currency::USD, time(0)));
    ledger.profit_and_loss(ProfitAndLoss::new(account(), time(0)));
    ledger.notice(Notice {
        severity: Severity::Info,
        message: BrokerText::new("2104", "farm is ok"),
        client_order_id: None,
    });
    assert_eq!(
        read(&mut reader),
        [
            "1.3 holds 5",
            "1.4 holds 0",
            "1.5 figures",
            "1.6 profit",
            "1.7 notice [2104] farm is ok"
        ]
    );
    assert!(ledger.snapshot().positions.proves_empty());
}

#[test]
fn orders_are_listed_oldest_first_and_unconfirmed_ones_by_name() {
    let (ledger, clock) = with_capacity(8);
    start(&ledger);
    for name in ["b", "a"] {
        clock.advance(TimeDelta::seconds(1));
        ledger.report(new(name));
    }
    let unknown = report("u", ExecutionKind::Unconfirmed).with_terms(Arc::new(order("u")));
    ledger.report(unknown);
    let names: Vec<_> = ledger
        .orders()
        .iter()
        .map(|o| o.client_order_id().clone())
        .collect();
    assert_eq!(names, [id("b"), id("a"), id("u")]);
    assert_eq!(ledger.unconfirmed(), [id("u")]);
    assert_eq!(ledger.account(), &account());
}
