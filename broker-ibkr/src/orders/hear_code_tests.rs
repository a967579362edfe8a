use broker_core::model::ExecutionKind as K;
use tokio::sync::oneshot::{Receiver, error::TryRecvError};

use super::{
    entry::{Outcome, Waiting},
    fixtures::{CLIENT, NOW, entry, execution, limit, notice, status},
    register::{Key, Register, Said},
};

fn sent() -> (Register, Key) {
    let mut register = Register::default();
    let key = register.add(entry(limit()));
    (register, key)
}

fn working() -> (Register, Key) {
    let (mut register, key) = sent();
    let _ = register.hear_status(&status("Submitted", 0.0));
    (register, key)
}

fn kinds(said: Vec<Said>) -> Vec<K> {
    let reports = said.into_iter().filter_map(|said| match said {
        Said::Report(_, report) => Some(report.kind),
        Said::Notice(..) | Said::Strange(_) => None,
    });
    reports.collect()
}

fn wait(register: &mut Register, key: Key, what: Waiting) -> Receiver<Outcome> {
    register.wait(key, what).unwrap().1
}

#[test]
fn a_refusal_of_the_order_is_not_the_answer_to_its_cancel() {
    let (mut register, key) = working();
    register.get_mut(key).unwrap().cancel_asked = true;
    let mut told = wait(&mut register, key, Waiting::Cancel);
    let said = register.hear_notice(CLIENT, &notice(201, "Order rejected - reason: halted"));
    assert!(kinds(said).is_empty());
    assert_eq!(told.try_recv(), Err(TryRecvError::Empty));
    let said = register.hear_status(&status("Inactive", 0.0));
    let Some(Said::Report(_, report)) = said.first() else {
        panic!("{said:?}")
    };
    assert_eq!(report.kind, K::Rejected);
    assert_eq!(report.reason.as_ref().unwrap().code.as_deref(), Some("201"));
    assert_eq!(told.try_recv(), Ok(Outcome::Finished));
}

#[test]
fn what_tws_drops_or_forbids_answers_a_cancel() {
    for (code, text) in [
        (100, "Max rate of messages per second has been exceeded"),
        (
            321,
            "Error validating request: the API is in Read-Only mode",
        ),
    ] {
        let (mut register, key) = working();
        register.get_mut(key).unwrap().cancel_asked = true;
        let mut told = wait(&mut register, key, Waiting::Cancel);
        let said = kinds(register.hear_notice(CLIENT, &notice(code, text)));
        assert_eq!(said, [K::CancelRejected], "{code}");
        assert!(matches!(told.try_recv(), Ok(Outcome::Refused { .. })));
        assert!(register.get(key).unwrap().refused.is_none(), "{code}");
    }
}

#[test]
fn a_dropped_message_that_may_be_the_change_or_the_cancel_answers_neither() {
    let (mut register, key) = working();
    let mut change = wait(&mut register, key, Waiting::Replace(limit().into()));
    let mut cancel = wait(&mut register, key, Waiting::Cancel);
    let said = kinds(register.hear_notice(CLIENT, &notice(100, "Max rate")));
    assert!(said.is_empty());
    assert_eq!(change.try_recv(), Err(TryRecvError::Empty));
    assert_eq!(cancel.try_recv(), Err(TryRecvError::Empty));
}

#[test]
fn an_order_that_was_refused_and_works_all_the_same_has_not_ended() {
    for word in ["PendingSubmit", "PreSubmitted", "Submitted"] {
        let (mut register, key) = sent();
        let advice = "The order size exceeds what is usual.";
        let said = register.hear_notice(CLIENT, &notice(10_250, advice));
        assert_eq!(kinds(said), [K::Rejected]);
        assert!(register.get(key).unwrap().ended);
        let _ = register.hear_status(&status(word, 0.0));
        let entry = register.get(key).unwrap();
        assert!(!entry.ended, "{word} and it cannot be canceled");
        assert_eq!(entry.refused, None);
        // Held over night, and not refused again.
        let said = kinds(register.hear_status(&status("Inactive", 0.0)));
        assert_eq!(said, [K::Suspended], "{word}");
    }
}

#[test]
fn an_order_that_ended_stays_so_when_an_old_word_comes_late() {
    let (mut register, key) = working();
    let _ = register.hear_notice(CLIENT, &notice(201, "Order rejected - reason: margin"));
    register.get_mut(key).unwrap().cancel_asked = true;
    let said = kinds(register.hear_status(&status("Cancelled", 0.0)));
    assert_eq!(said, [K::Canceled]);
    let _ = register.hear_status(&status("Submitted", 0.0));
    assert!(register.get(key).unwrap().ended);
    let (mut register, key) = working();
    let _ = register.hear_execution(&execution("x.01.01", 100.0), NOW);
    let _ = register.hear_status(&status("PreSubmitted", 0.0));
    assert!(register.get(key).unwrap().ended);
}

#[test]
fn the_late_refusal_of_a_change_is_not_one_of_the_order() {
    let (mut register, key) = working();
    let (number, told) = register
        .wait(key, Waiting::Replace(limit().into()))
        .unwrap();
    drop(told);
    register.stop_waiting(key, number);
    let said = register.hear_notice(CLIENT, &notice(201, "Order rejected - reason: margin"));
    assert_eq!(kinds(said), [K::ReplaceRejected]);
    assert!(register.get(key).unwrap().refused.is_none());
    let said = kinds(register.hear_status(&status("Inactive", 0.0)));
    assert_eq!(said, [K::Suspended]);
}

#[test]
fn a_refused_cancel_that_nobody_waits_for_does_not_reject_the_order() {
    let (mut register, key) = working();
    register.get_mut(key).unwrap().cancel_asked = true;
    let text = "Cancel attempted when order is not in a cancellable state";
    let said = register.hear_notice(CLIENT, &notice(161, text));
    assert_eq!(kinds(said), [K::CancelRejected]);
    assert!(register.get(key).unwrap().refused.is_none());
}

#[test]
fn a_refusal_of_a_working_order_makes_the_inactive_status_a_rejection() {
    let (mut register, _) = working();
    let said = register.hear_notice(CLIENT, &notice(201, "Order rejected - reason: margin"));
    assert!(
        matches!(&said[0], Said::Notice(_, notice) if notice.message.code.as_deref() == Some("201"))
    );
    assert!(kinds(said).is_empty());
    assert_eq!(
        kinds(register.hear_status(&status("Inactive", 0.0))),
        [K::Rejected]
    );
}
