use broker_core::{
    dec,
    model::{ExecutionKind as K, NewOrder, OrderStatus, OrderType},
};
use ibapi::orders::CommissionReport;

use super::{
    encode::encode,
    entry::{Outcome, Waiting},
    fixtures::{CLIENT, NOW, entry, execution, limit, notice, open_order, price, status},
    register::{Key, Register, Said},
};

/// A register with one order that has been sent.
fn sent() -> (Register, Key) {
    let mut register = Register::default();
    let key = register.add(entry(limit()));
    (register, key)
}

/// The same, shown to work.
fn working() -> (Register, Key) {
    let (mut register, key) = sent();
    let _ = register.hear_status(&status("Submitted", 0.0));
    (register, key)
}

fn kinds(said: Vec<Said>) -> Vec<K> {
    said.into_iter()
        .filter_map(|said| match said {
            Said::Report(_, report) => Some(report.kind),
            Said::Notice(..) | Said::Strange(_) => None,
        })
        .collect()
}

fn notices(said: &[Said]) -> Vec<&str> {
    said.iter()
        .filter_map(|said| match said {
            Said::Notice(_, notice) => notice.message.code.as_deref(),
            Said::Report(..) | Said::Strange(_) => None,
        })
        .collect()
}

fn wait(
    register: &mut Register,
    key: Key,
    what: Waiting,
) -> tokio::sync::oneshot::Receiver<Outcome> {
    register.wait(key, what).unwrap().1
}

#[test]
fn the_first_status_answers_the_submit() {
    let (mut register, key) = sent();
    let mut told = wait(&mut register, key, Waiting::Submit);
    assert_eq!(
        kinds(register.hear_status(&status("PreSubmitted", 0.0))),
        [K::New]
    );
    let Outcome::Accepted(id) = told.try_recv().unwrap() else {
        panic!("accepted")
    };
    assert_eq!(id.unwrap().as_str(), "9001");
}

#[test]
fn an_execution_alone_answers_the_submit_too() {
    let (mut register, key) = sent();
    let mut told = wait(&mut register, key, Waiting::Submit);
    let said = kinds(register.hear_execution(&execution("x.01.01", 100.0), NOW));
    assert!(matches!(said[..], [K::Trade { .. }]));
    assert!(matches!(told.try_recv(), Ok(Outcome::Accepted(_))));
}

#[test]
fn a_status_told_twice_is_told_once() {
    let (mut register, _) = sent();
    assert_eq!(
        kinds(register.hear_status(&status("Submitted", 0.0))).len(),
        1
    );
    assert!(register.hear_status(&status("Submitted", 0.0)).is_empty());
}

#[test]
fn a_refusal_before_any_word_rejects_the_order() {
    let (mut register, key) = sent();
    let mut told = wait(&mut register, key, Waiting::Submit);
    let said = register.hear_notice(CLIENT, &notice(201, "Order rejected - reason: drill"));
    assert_eq!(kinds(said), [K::Rejected]);
    assert!(matches!(
        told.try_recv(),
        Ok(Outcome::Refused { code: 201, .. })
    ));
}

#[test]
fn the_answer_to_a_command_rejects_no_order_whose_submit_was_not_answered() {
    for (code, text) in [
        (104, "Cannot modify a filled order"),
        (
            10_147,
            "OrderId 41 that needs to be cancelled is not found.",
        ),
        (10_148, "OrderId 41 cannot be cancelled, state: Filled."),
        (
            161,
            "Cancel attempted when order is not in a cancellable state",
        ),
    ] {
        let (mut register, key) = sent();
        let said = register.hear_notice(CLIENT, &notice(code, text));
        assert!(kinds(said).is_empty(), "{code}");
        assert!(!register.get(key).unwrap().ended, "{code}");
        let mut told = wait(&mut register, key, Waiting::Cancel);
        let said = register.hear_notice(CLIENT, &notice(code, text));
        if code != 104 {
            assert_eq!(kinds(said), [K::CancelRejected], "{code}");
            assert!(matches!(told.try_recv(), Ok(Outcome::Refused { .. })));
        }
        // It fills all the same.
        let said = kinds(register.hear_execution(&execution("x.01.01", 100.0), NOW));
        assert!(matches!(said[..], [K::Trade { .. }]), "{code}");
    }
}

#[test]
fn a_warning_ends_nothing() {
    for (code, text) in [
        (399, "Warning: your order will be held"),
        (10_349, "TIF was set to DAY"),
        (404, "Order held while securities are located"),
        (2109, "outsideRth ignored"),
        (2137, "larger than the position"),
    ] {
        let (mut register, key) = sent();
        let mut told = wait(&mut register, key, Waiting::Submit);
        let said = register.hear_notice(CLIENT, &notice(code, text));
        assert_eq!(notices(&said), [code.to_string()]);
        assert!(kinds(said).is_empty(), "{code}");
        assert!(told.try_recv().is_err(), "{code} answered the submit");
    }
}

#[test]
fn a_code_that_nobody_knows_proves_nothing() {
    let (mut register, key) = sent();
    let mut told = wait(&mut register, key, Waiting::Submit);
    let said = register.hear_notice(CLIENT, &notice(777, "surprise"));
    assert!(kinds(said).is_empty());
    assert!(told.try_recv().is_err());
}

#[test]
fn a_refusal_for_pacing_or_a_used_id_leaves_the_name_free() {
    for code in [100, 103] {
        let (mut register, key) = sent();
        let told = wait(&mut register, key, Waiting::Submit);
        assert!(kinds(register.hear_notice(CLIENT, &notice(code, ""))).is_empty());
        assert!(matches!(told.blocking_recv(), Ok(Outcome::Refused { .. })));
        assert!(register.get(key).is_none());
    }
}

#[test]
fn a_refused_change_leaves_the_order_as_it_was() {
    for code in [201, 104, 105, 110, 10_052] {
        let (mut register, key) = working();
        let mut next = limit();
        next.order_type = OrderType::Limit {
            price: price(dec!(190)),
        };
        let mut told = wait(&mut register, key, Waiting::Replace(next.into()));
        assert_eq!(
            kinds(register.hear_notice(CLIENT, &notice(code, "no"))),
            [K::ReplaceRejected]
        );
        assert!(matches!(told.try_recv(), Ok(Outcome::Refused { .. })));
        let entry = register.get(key).unwrap();
        assert_eq!(*entry.terms, limit());
        assert!(!entry.ended);
    }
}

#[test]
fn a_change_is_done_when_tws_tells_the_new_terms_and_not_before() {
    let (mut register, key) = working();
    let mut next = limit();
    next.order_type = OrderType::Limit {
        price: price(dec!(190)),
    };
    let mut told = wait(&mut register, key, Waiting::Replace(next.clone().into()));
    let wire = |order: &NewOrder| encode(order, dec!(1)).unwrap();
    assert!(kinds(register.hear_open_order(&open_order(&wire(&limit()), "Submitted"))).is_empty());
    assert!(told.try_recv().is_err());
    let said = kinds(register.hear_open_order(&open_order(&wire(&next), "Submitted")));
    assert!(matches!(&said[..], [K::Replaced { terms }] if **terms == next));
    assert!(matches!(told.try_recv(), Ok(Outcome::Accepted(_))));
}

#[test]
fn terms_that_somebody_else_changed_are_restated() {
    let (mut register, _) = working();
    let mut other = limit();
    other.order_type = OrderType::Limit {
        price: price(dec!(150)),
    };
    let said = kinds(
        register.hear_open_order(&open_order(&encode(&other, dec!(1)).unwrap(), "Submitted")),
    );
    assert!(matches!(&said[..], [K::Restated { terms }] if terms.order_type == other.order_type));
}

#[test]
fn a_cancel_is_acknowledged_by_its_code_or_by_the_status() {
    let (mut register, key) = working();
    let mut told = wait(&mut register, key, Waiting::Cancel);
    assert_eq!(
        kinds(register.hear_notice(CLIENT, &notice(202, "Order Canceled - reason:"))),
        [K::Canceled]
    );
    assert!(matches!(told.try_recv(), Ok(Outcome::Accepted(_))));
    let (mut register, key) = working();
    let mut told = wait(&mut register, key, Waiting::Cancel);
    assert_eq!(
        kinds(register.hear_status(&status("Cancelled", 0.0))),
        [K::Canceled]
    );
    assert!(matches!(told.try_recv(), Ok(Outcome::Accepted(_))));
}

#[test]
fn a_refused_cancel_says_so_and_the_order_works_on() {
    for (code, text) in [
        (
            161,
            "Cancel attempted when order is not in a cancellable state",
        ),
        (
            10_148,
            "OrderId 41 that needs to be cancelled cannot be cancelled, state: Filled.",
        ),
        (
            10_147,
            "OrderId 41 that needs to be cancelled is not found.",
        ),
        (135, "Can't find order with ID = 41"),
    ] {
        let (mut register, key) = working();
        let mut told = wait(&mut register, key, Waiting::Cancel);
        assert_eq!(
            kinds(register.hear_notice(CLIENT, &notice(code, text))),
            [K::CancelRejected]
        );
        assert!(matches!(told.try_recv(), Ok(Outcome::Refused { .. })));
        assert!(!register.get(key).unwrap().ended);
    }
}

#[test]
fn a_cancel_of_an_order_that_fills_meanwhile_came_too_late() {
    let (mut register, key) = working();
    let mut told = wait(&mut register, key, Waiting::Cancel);
    let _ = register.hear_execution(&execution("x.01.01", 100.0), NOW);
    assert_eq!(told.try_recv(), Ok(Outcome::Finished));
}

#[test]
fn a_cancel_that_comes_to_nothing_is_taken_back_by_the_next_status() {
    let (mut register, _) = working();
    assert_eq!(
        kinds(register.hear_status(&status("PendingCancel", 0.0))),
        [K::PendingCancel]
    );
    let said = kinds(register.hear_status(&status("Submitted", 0.0)));
    assert!(said.contains(&K::Status {
        status: OrderStatus::New
    }));
}

#[test]
fn inactive_without_a_reason_is_alive_and_asks_for_the_lists() {
    let (mut register, _) = working();
    let said = register.hear_status(&status("Inactive", 0.0));
    assert!(said.iter().any(|said| matches!(said, Said::Strange(_))));
    assert_eq!(kinds(said), [K::Suspended]);
}

#[test]
fn a_status_that_counts_more_than_the_executions_asks_for_them() {
    let (mut register, _) = working();
    let said = register.hear_status(&status("Filled", 100.0));
    assert!(said.iter().any(|said| matches!(said, Said::Strange(_))));
    assert_eq!(kinds(said), [K::New]);
}

#[test]
fn a_commission_that_comes_before_its_execution_is_kept_for_it() {
    let (mut register, _) = working();
    let report = CommissionReport {
        execution_id: "x.01.01".into(),
        commission: 0.35,
        currency: "USD".into(),
        ..CommissionReport::default()
    };
    assert!(register.hear_commission(&report).is_empty());
    let said = kinds(register.hear_execution(&execution("x.01.01", 100.0), NOW));
    let [K::Trade { fill }] = &said[..] else {
        panic!("one trade")
    };
    assert_eq!(fill.commission.unwrap().amount, dec!(0.35));
}

#[test]
fn a_commission_that_comes_later_is_reported_on_its_own() {
    let (mut register, _) = working();
    let _ = register.hear_execution(&execution("x.01.01", 100.0), NOW);
    let report = CommissionReport {
        execution_id: "x.01.01".into(),
        commission: 0.35,
        currency: "USD".into(),
        ..CommissionReport::default()
    };
    assert!(matches!(
        kinds(register.hear_commission(&report))[..],
        [K::Commission { .. }]
    ));
}

#[test]
fn an_answer_to_a_question_about_costs_is_no_order() {
    let (mut register, _) = working();
    let mut asked = encode(&limit(), dec!(1)).unwrap();
    asked.what_if = true;
    assert!(
        register
            .hear_open_order(&open_order(&asked, "PreSubmitted"))
            .is_empty()
    );
}

#[test]
fn a_lost_connection_ends_every_wait() {
    let (mut register, key) = working();
    let mut told = wait(&mut register, key, Waiting::Cancel);
    register.lose();
    assert_eq!(told.try_recv(), Ok(Outcome::Lost));
}

#[test]
fn what_is_told_about_unknown_orders_asks_for_the_lists() {
    let mut register = Register::default();
    assert!(matches!(
        register.hear_status(&status("Submitted", 0.0))[..],
        [Said::Strange(_)]
    ));
    assert!(matches!(
        register.hear_execution(&execution("x.01.01", 1.0), NOW)[..],
        [Said::Strange(_)]
    ));
}

#[test]
fn an_average_price_is_in_units_of_the_currency() {
    let (mut register, key) = working();
    register.get_mut(key).unwrap().magnifier = dec!(100);
    let mut canceled = status("Cancelled", 10.0);
    canceled.average_fill_price = Some(18_725.0);
    let said = register.hear_status(&canceled);
    let Some(Said::Report(_, report)) = said.first() else {
        panic!("{said:?}")
    };
    assert_eq!(report.average_price, Some(price(dec!(187.25))));
}

#[test]
fn that_the_time_of_a_fill_cannot_be_read_is_told() {
    let (mut register, _) = working();
    let mut data = execution("x.01.01", 1.0);
    data.execution.time = "20260115 11:30:00 Mars/Olympus".to_owned();
    let said = register.hear_execution(&data, NOW);
    let [Said::Report(_, trade), Said::Notice(_, notice)] = &said[..] else {
        panic!("{said:?}")
    };
    assert!(matches!(trade.kind, K::Trade { .. }));
    assert!(notice.message.text.contains("Mars/Olympus"));
}
