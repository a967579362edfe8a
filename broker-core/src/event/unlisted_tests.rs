use std::sync::Arc;

use super::{
    Baseline, EventBody, EventReader, GapCause, Ledger, SequenceCheck,
    one_ledger::{ledger, live, new, read},
};
use crate::{
    Covered, Decimal, dec,
    model::*,
    order_state::OrderWarning,
    test_support::{baseline, fill_of, id, listed, order, time},
};

/// A fill of the order `a`, so many seconds after the beginning.
fn fill(name: &str, units: &str, second: i64) -> Fill {
    fill_of(&order("a"), name, units, "10", second)
}

/// The broker lists the order `a` with so much filled, and these executions.
fn lists(status: OrderStatus, filled: Decimal, fills: Vec<Fill>) -> Baseline {
    baseline(vec![listed(&order("a"), status, filled)], fills)
}

fn since(mut answers: Baseline, second: i64) -> Baseline {
    if let Covered::Complete(value) = answers.fills {
        let from = time(second);
        answers.fills = Covered::Since { value, from };
    }
    answers
}

fn hears(ledger: &Ledger, answers: Baseline) {
    let ticket = ledger.begin();
    assert!(ledger.complete(ticket, answers).is_empty());
}

/// A ledger with fills of the order `a`, of which nothing more is heard until the next session.
fn filled(fills: &[Fill]) -> Arc<Ledger> {
    let ledger = live();
    ledger.report(new("a"));
    for fill in fills {
        ledger.report(ExecutionReport::trade(fill.clone()));
    }
    ledger.gap(GapCause::Disconnected);
    ledger
}

fn kept(ledger: &Ledger) -> Vec<String> {
    let fills = ledger.snapshot().fills;
    let fills = fills.value().into_iter().flatten();
    fills.map(|fill| fill.execution_id.to_string()).collect()
}

fn filled_of(ledger: &Ledger) -> Decimal {
    ledger.order(&id("a")).unwrap().cumulative_quantity
}

fn names(fills: &[Arc<Fill>]) -> Vec<&str> {
    fills
        .iter()
        .map(|fill| fill.execution_id.as_str())
        .collect()
}

/// A reader that minds the order of events.
struct Reader(EventReader, SequenceCheck);

impl Reader {
    fn new(ledger: &Arc<Ledger>) -> Self {
        let mut reader = Self(ledger.subscribe(), SequenceCheck::default());
        drop(reader.told());
        reader
    }

    /// The executions of which it hears that they were busted unheard, and the notices.
    fn told(&mut self) -> (Vec<String>, usize) {
        let (mut busted, mut notices) = (Vec::new(), 0);
        while let Some(event) = self.0.try_next() {
            self.1.observe(&event).unwrap();
            match &event.body {
                EventBody::Execution {
                    report,
                    warning: Some(OrderWarning::UnreportedBust { fill }),
                    order,
                } => {
                    let kind = ExecutionKind::TradeCancel {
                        execution_id: fill.execution_id.clone(),
                    };
                    assert_eq!(report.kind, kind);
                    assert_eq!(order.client_order_id(), &fill.client_order_id);
                    busted.push(fill.execution_id.to_string());
                }
                EventBody::Notice { .. } => notices += 1,
                _ => {}
            }
        }
        (busted, notices)
    }
}

#[test]
fn a_fill_that_was_busted_without_a_connection_counts_no_longer_and_is_told() {
    let ledger = filled(&[fill("x", "100", 1)]);
    assert_eq!(ledger.order(&id("a")).unwrap().status, OrderStatus::Filled);
    let mut reader = ledger.subscribe();
    drop(read(&mut reader));
    hears(&ledger, lists(OrderStatus::Canceled, dec!(0), vec![]));
    let order = ledger.order(&id("a")).unwrap();
    assert_eq!(order.status, OrderStatus::Canceled);
    assert_eq!(order.cumulative_quantity, dec!(0));
    assert!(ledger.snapshot().fills.proves_empty());
    assert_eq!(
        read(&mut reader),
        ["2.1 Ready", "2.2 snapshot 1 0", "2.3 a canceled"]
    );
    // A repetition of the execution brings it back no more.
    ledger.report(ExecutionReport::trade(fill("x", "100", 1)));
    assert!(kept(&ledger).is_empty());
}

#[test]
fn an_order_of_which_one_fill_was_busted_works_on_with_the_other() {
    let ledger = filled(&[fill("x", "40", 1), fill("y", "60", 2)]);
    let mut reader = Reader::new(&ledger);
    let status = OrderStatus::PartiallyFilled;
    hears(
        &ledger,
        lists(status.clone(), dec!(40), vec![fill("x", "40", 1)]),
    );
    let order = ledger.order(&id("a")).unwrap();
    assert_eq!(
        (&order.status, order.cumulative_quantity),
        (&status, dec!(40))
    );
    assert_eq!(kept(&ledger), ["x"]);
    assert_eq!(reader.told(), (vec!["y".to_owned()], 0));
}

#[test]
fn a_fill_that_was_corrected_without_a_connection_counts_once() {
    let ledger = filled(&[fill("x.01", "40", 1)]);
    let corrected = fill("x.02", "40", 1);
    hears(
        &ledger,
        lists(OrderStatus::PartiallyFilled, dec!(40), vec![corrected]),
    );
    assert_eq!(kept(&ledger), ["x.02"]);
    assert_eq!(filled_of(&ledger), dec!(40));
}

#[test]
fn a_fill_that_is_older_than_the_list_stays() {
    let ledger = filled(&[fill("old", "40", 1), fill("new", "60", 9)]);
    let mut reader = Reader::new(&ledger);
    hears(
        &ledger,
        since(lists(OrderStatus::PartiallyFilled, dec!(40), vec![]), 5),
    );
    assert_eq!(kept(&ledger), ["old"]);
    assert_eq!(reader.told(), (vec!["new".to_owned()], 0));
    let fills = ledger.snapshot().fills;
    assert!(!fills.is_complete() && fills.clone().complete_since(time(5)).is_ok());
    assert!(fills.complete_since(time(4)).is_err());
}

#[test]
fn a_list_that_is_not_whole_takes_nothing_away() {
    let broken = |answers: Baseline, fills| Baseline { fills, ..answers };
    let answers = || lists(OrderStatus::Canceled, dec!(0), vec![]);
    let why = || "one could not be read".into();
    for fills in [
        Covered::Partial {
            value: vec![],
            missing: why(),
        },
        Covered::Unavailable(why()),
    ] {
        let ledger = filled(&[fill("x", "100", 1)]);
        hears(&ledger, broken(answers(), fills));
        assert_eq!(filled_of(&ledger), dec!(100));
    }
    // Answers of before something else was lost are none.
    let ledger = filled(&[fill("x", "100", 1)]);
    let ticket = ledger.begin();
    ledger.gap(GapCause::BrokerReset);
    let _ = ledger.complete(ticket, answers());
    assert_eq!(filled_of(&ledger), dec!(100));
}

#[test]
fn a_fill_that_the_order_still_counts_stays_and_a_notice_says_so() {
    let answers = [
        lists(OrderStatus::Filled, dec!(100), vec![]),
        // Not even the order is listed.
        baseline(vec![], vec![]),
    ];
    for answers in answers {
        let ledger = filled(&[fill("x", "100", 1)]);
        let mut reader = Reader::new(&ledger);
        hears(&ledger, answers);
        assert_eq!(kept(&ledger), ["x"]);
        assert_eq!(reader.told(), (vec![], 1));
        // Whoever has it written down hears no more of it.
        assert!(ledger.disprove(vec![fill("x", "100", 1)]).is_empty());
        assert_eq!(reader.told(), (vec![], 0));
    }
}

#[test]
fn a_fill_of_an_earlier_process_that_was_busted_since_is_disproved_and_told() {
    let ledger = ledger();
    let kept_one = fill("x", "40", 1);
    let known = vec![kept_one.clone(), fill("y", "60", 2)];
    assert!(
        ledger.disprove(known.clone()).is_empty(),
        "nothing is listed"
    );
    hears(
        &ledger,
        lists(OrderStatus::PartiallyFilled, dec!(40), vec![kept_one]),
    );
    let mut reader = Reader::new(&ledger);
    assert_eq!(names(&ledger.disprove(known.clone())), ["y"]);
    assert_eq!(reader.told(), (vec!["y".to_owned()], 0));
    let order = ledger.order(&id("a")).unwrap();
    assert_eq!(order.cumulative_quantity, dec!(40));
    ledger.gap(GapCause::Disconnected);
    assert!(
        ledger.disprove(known).is_empty(),
        "something may be missing"
    );
}

#[test]
fn what_was_filled_on_an_earlier_day_counts_when_the_lists_are_compared() {
    let ledger = ledger();
    let today = fill("today", "60", 9);
    let answers = lists(OrderStatus::PartiallyFilled, dec!(40), vec![]);
    hears(&ledger, since(answers, 5));
    let known = vec![fill("yesterday", "40", 1), today];
    assert_eq!(names(&ledger.disprove(known)), ["today"]);
}

#[test]
fn what_a_ledger_doubts_is_settled_by_what_an_earlier_process_has_written_down() {
    // This process has heard of the second fill only.
    let today = fill("today", "60", 9);
    let ledger = filled(std::slice::from_ref(&today));
    let answers = lists(OrderStatus::PartiallyFilled, dec!(40), vec![]);
    hears(&ledger, since(answers, 5));
    assert_eq!(kept(&ledger), ["today"]);
    let known = vec![fill("yesterday", "40", 1), today];
    assert_eq!(names(&ledger.disprove(known)), ["today"]);
    assert!(kept(&ledger).is_empty());
    assert_eq!(filled_of(&ledger), dec!(40));
}

#[test]
fn a_fill_that_came_after_the_lists_is_not_disproved_by_them() {
    let ledger = ledger();
    hears(&ledger, lists(OrderStatus::New, dec!(0), vec![]));
    let late = fill("late", "40", 9);
    ledger.report(ExecutionReport::trade(late.clone()));
    assert!(ledger.disprove(vec![late]).is_empty());
    assert_eq!(kept(&ledger), ["late"]);
}
