#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use broker_core::model::AccountId;
use chrono::TimeDelta;
use serde_json::json;

use super::{
    Fate,
    test_seat::{PAPER, Seat, roomy},
};
use crate::{
    fault::{Fault, FaultScript, Trigger},
    tiger::{License, push::DataType},
};

#[test]
fn what_a_fault_does_to_an_order_and_to_its_answer() {
    let cases = [
        (Fault::DropBeforeWrite, Fate::Drop, 0),
        (Fault::DropMidFrame, Fate::Drop, 0),
        (Fault::DropAfterWrite, Fate::Drop, 1),
        (Fault::DropBeforeReply, Fate::Truncate, 1),
        (Fault::SilenceBeforeAccept, Fate::Silence, 0),
        (Fault::SilenceAfterAccept, Fate::Silence, 1),
        (Fault::HttpStatus { status: 429 }, Fate::Status(429), 0),
        (Fault::HttpStatus { status: 502 }, Fate::Status(502), 1),
    ];
    for (fault, fate, orders) in cases {
        let seat = Seat::new();
        seat.inject(fault.clone());
        // Questions are not struck.
        seat.ask("accounts", json!({})).unwrap();
        let told = seat.tell("place_order", &seat.resting("m1"));
        assert_eq!(told.fate, fate, "{fault:?}");
        assert_eq!(seat.truth_of("m1"), orders, "{fault:?}");
        // It strikes once.
        let told = seat.tell("place_order", &seat.resting("m2"));
        assert_eq!(told.fate, Fate::Answer);
        let account = AccountId::new(PAPER).unwrap();
        let arrived = seat.gateway.truth(&account).commands;
        assert_eq!(arrived, Some(1 + orders as u64), "{fault:?}");
    }
}

#[test]
fn a_refusal_has_the_words_of_the_fault_and_a_warning_leaves_the_order_alive() {
    let seat = Seat::new();
    seat.inject(Fault::Reject {
        code: "1200".into(),
        text: "drill".into(),
    });
    let refused = seat.ask("place_order", seat.resting("m1")).unwrap_err();
    assert_eq!((refused.code, refused.message.as_str()), (1200, "drill"));
    assert_eq!(seat.truth_of("m1"), 0);
    seat.inject(Fault::Warn {
        code: "399".into(),
        text: "careful".into(),
    });
    let id = seat.place(seat.resting("m2"));
    let order = seat.order(id);
    assert_eq!(order["remark"], "careful");
    assert_eq!(order["status"], "Submitted");
}

#[test]
fn a_script_strikes_the_command_that_it_names() {
    let script = FaultScript::default().with(Trigger::Command(2), Fault::DropAfterWrite);
    let seat = Seat::with(roomy(), License::Tbsg, &script);
    let fates: Vec<Fate> = (0..3)
        .map(|_| seat.tell("place_order", &seat.resting("m")).fate)
        .collect();
    assert_eq!(fates, [Fate::Answer, Fate::Drop, Fate::Answer]);
}

#[test]
fn reports_come_twice_late_or_in_reverse() {
    let seat = Seat::new();
    let mut ear = seat.listen();
    ear.subscribe(DataType::OrderStatus, None);
    let id = seat.place(seat.resting("m1"));
    ear.hear();
    let cancel = json!({"account": PAPER, "id": id});
    seat.inject(Fault::ReorderReports { count: 2 });
    seat.ask("cancel_order", cancel).unwrap();
    assert_eq!(ear.statuses(), ["Cancelled", "PendingCancel"]);
    seat.inject(Fault::DuplicateReports { count: 1 });
    let id = seat.place(seat.resting("m2"));
    assert_eq!(ear.statuses(), ["PendingSubmit", "Submitted", "Submitted"]);
    seat.inject(Fault::DelayReports {
        count: 2,
        delay_ms: 500,
    });
    seat.ask("cancel_order", json!({"account": PAPER, "id": id}))
        .unwrap();
    assert!(ear.statuses().is_empty());
    seat.advance(TimeDelta::seconds(1));
    assert_eq!(ear.statuses(), ["PendingCancel", "Cancelled"]);
}

#[test]
fn while_the_ports_are_away_nobody_is_let_in() {
    let seat = Seat::new();
    let ear = seat.listen();
    seat.inject(Fault::Disconnect { down_ms: 1000 });
    assert!(seat.gateway.is_down());
    assert!(ear.outbox.write(|_| ()).is_none());
    seat.advance(TimeDelta::seconds(2));
    assert!(!seat.gateway.is_down());
    seat.listen();
}

#[test]
fn a_bust_takes_the_execution_back() {
    let seat = Seat::new();
    let id = seat.place(seat.market("m1"));
    seat.inject(Fault::BustLastFill);
    let order = seat.order(id);
    assert_eq!(order["filledQuantity"], 0);
    assert_eq!(order["status"], "Cancelled");
    let found = seat.ask(
        "order_transactions",
        json!({"account": PAPER, "order_id": id}),
    );
    assert!(found.unwrap()["items"].as_array().unwrap().is_empty());
}
