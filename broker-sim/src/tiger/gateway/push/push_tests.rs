#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use crate::{
    fault::Fault,
    tiger::{
        gateway::test_seat::{PAPER, STANDARD, Seat},
        push::{Command, DataType, Payload, Request, RequestConnect},
    },
};

fn connect(connect: RequestConnect) -> Request {
    Request {
        command: Command::Connect.into(),
        connect: Some(connect),
        ..Request::default()
    }
}

#[test]
fn whoever_signs_wrongly_is_sent_away() {
    let seat = Seat::new();
    let mut wrong = seat.credentials();
    wrong.sign = "bm8=".to_owned();
    let oauth = RequestConnect {
        access_token: Some("t".to_owned()),
        ..RequestConnect::default()
    };
    for credentials in [wrong, oauth] {
        let mut ear = seat.knock();
        ear.say(connect(credentials));
        let heard = ear.hear();
        assert_eq!(heard[0].command(), Command::Error);
        assert_eq!(heard[0].code, Some(4));
        // Nothing more is said to it.
        assert!(ear.outbox.write(|_| ()).is_none());
    }
}

#[test]
fn nothing_is_heard_before_the_handshake() {
    let seat = Seat::new();
    let mut ear = seat.knock();
    ear.say(Request {
        command: Command::Subscribe.into(),
        ..Request::default()
    });
    assert_eq!(ear.hear()[0].command(), Command::Error);
}

#[test]
fn a_newer_connection_sends_the_older_one_away_and_hears_what_it_heard() {
    let seat = Seat::new();
    let mut older = seat.listen();
    older.subscribe(DataType::OrderStatus, None);
    let newer = seat.listen();
    let heard = older.hear();
    assert_eq!(
        (heard[0].command(), heard[0].code),
        (Command::Error, Some(4001))
    );
    older.leave();
    seat.place(seat.resting("m1"));
    assert_eq!(newer.statuses(), ["PendingSubmit", "Submitted"]);
}

#[test]
fn a_competing_session_kicks_the_developer_out() {
    let seat = Seat::new();
    let ear = seat.listen();
    seat.inject(Fault::CompetingSession);
    assert_eq!(ear.hear()[0].code, Some(4001));
}

#[test]
fn each_account_is_heard_of_only_where_it_is_wanted() {
    let seat = Seat::new();
    let mut ear = seat.listen();
    assert_eq!(
        ear.subscribe(DataType::OrderStatus, Some(STANDARD)).code,
        Some(112)
    );
    let refused = ear.subscribe(DataType::OrderStatus, Some("99"));
    assert_eq!(refused.code, Some(200));
    seat.place(seat.resting("m1"));
    assert!(ear.statuses().is_empty());
    ear.subscribe(DataType::OrderStatus, Some(PAPER));
    seat.place(seat.resting("m2"));
    assert_eq!(ear.orders()[0].user_mark, "m2");
    let gone = ear.change(Command::Unsubscribe, DataType::OrderStatus, None);
    assert_eq!(gone.code, Some(113));
    seat.place(seat.resting("m3"));
    assert!(ear.statuses().is_empty());
}

#[test]
fn an_execution_moves_position_and_assets_too() {
    let seat = Seat::new();
    let mut ear = seat.listen();
    for kind in [
        DataType::OrderTransaction,
        DataType::Position,
        DataType::Asset,
    ] {
        ear.subscribe(kind, None);
    }
    let id = seat.place(seat.market("m1"));
    let pushes = ear.pushes();
    let (mut units, mut position, mut assets) = (0, 0, 0);
    for push in pushes {
        match push.payload.unwrap() {
            Payload::OrderTransaction(one) => {
                assert_eq!(one.order_id, id);
                units += one.filled_quantity;
            }
            Payload::Position(one) => position = one.position,
            Payload::Asset(_) => assets += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((units, position), (10, 10));
    assert!(assets > 0);
}

#[test]
fn a_farewell_ends_the_subscriptions_and_a_broken_line_does_not() {
    let seat = Seat::new();
    let mut ear = seat.listen();
    ear.subscribe(DataType::OrderStatus, None);
    ear.leave();
    let mut ear = seat.listen();
    seat.place(seat.resting("m1"));
    assert_eq!(ear.statuses().len(), 2);
    ear.say(Request {
        command: Command::Disconnect.into(),
        ..Request::default()
    });
    ear.leave();
    let ear = seat.listen();
    seat.place(seat.resting("m2"));
    assert!(ear.statuses().is_empty());
}
