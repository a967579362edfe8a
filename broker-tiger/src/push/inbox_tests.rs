//! What waits to be heard, and how much of it.

use core::time::Duration;

use broker_core::model::AccountId;

use super::{
    PushEvent, Pushed,
    inbox::{Deaf, Inbox, inbox},
};
use crate::{
    convert::{Figure, Text, Whole},
    instrument::Told,
    portfolio::PositionRow,
};

fn position(account: &str, symbol: &str, units: i64, at: Option<i64>) -> PushEvent {
    let told = Told {
        symbol: Text(Some(symbol.to_owned())),
        ..Told::default()
    };
    let row = PositionRow {
        position: Figure(Some(units.into())),
        update_timestamp: Whole(at),
        ..PositionRow::default()
    };
    let account = AccountId::new(account).unwrap();
    PushEvent::Data(Pushed::Position(account, Box::new(told), Box::new(row)))
}

const ORDERS: PushEvent = PushEvent::Data(Pushed::Orders);
const FIGURES: PushEvent = PushEvent::Data(Pushed::Figures);

fn short(event: &PushEvent) -> String {
    match event {
        PushEvent::Data(Pushed::Orders) => "orders".to_owned(),
        PushEvent::Data(Pushed::Figures) => "figures".to_owned(),
        PushEvent::Data(Pushed::Position(account, told, row)) => {
            let units = row.position.get().unwrap();
            format!("{account} {} {units}", told.symbol.get().unwrap())
        }
        other => format!("{other:?}"),
    }
}

/// Everything that waits.
async fn heard(inbox: &mut Inbox) -> Vec<String> {
    let mut all = Vec::new();
    let patience = Duration::from_millis(1);
    while let Ok(Some(event)) = tokio::time::timeout(patience, inbox.recv()).await {
        all.push(short(&event));
    }
    all
}

#[tokio::test(start_paused = true)]
async fn a_burst_is_heard_once_with_the_newest_of_each_position() {
    let (outlet, mut inbox) = inbox();
    for units in 0..10_000 {
        let at = Some(units);
        outlet.send(ORDERS).unwrap();
        outlet.send(position("1", "AAPL", units, at)).unwrap();
        outlet.send(FIGURES).unwrap();
        outlet.send(position("2", "AAPL", -units, at)).unwrap();
        outlet.send(position("1", "KO", 2 * units, None)).unwrap();
    }
    let expected = [
        "orders",
        "1 AAPL 9999",
        "figures",
        "2 AAPL -9999",
        "1 KO 19998",
    ];
    assert_eq!(heard(&mut inbox).await, expected);
    // What was heard says nothing about what comes later.
    outlet.send(ORDERS).unwrap();
    outlet.send(position("1", "AAPL", 7, Some(10_000))).unwrap();
    assert_eq!(heard(&mut inbox).await, ["orders", "1 AAPL 7"]);
}

#[tokio::test(start_paused = true)]
async fn a_position_that_is_heard_in_between_is_told_again() {
    let (outlet, mut inbox) = inbox();
    outlet.send(position("1", "AAPL", 1, Some(1))).unwrap();
    outlet.send(position("1", "KO", 1, Some(1))).unwrap();
    assert_eq!(short(&inbox.recv().await.unwrap()), "1 AAPL 1");
    outlet.send(position("1", "AAPL", 2, Some(2))).unwrap();
    outlet.send(position("1", "KO", 2, Some(2))).unwrap();
    assert_eq!(heard(&mut inbox).await, ["1 KO 2", "1 AAPL 2"]);
}

#[tokio::test(start_paused = true)]
async fn a_push_from_before_another_one_does_not_take_its_place() {
    let (outlet, mut inbox) = inbox();
    outlet.send(position("1", "AAPL", 5, Some(20))).unwrap();
    outlet.send(position("1", "AAPL", 4, Some(10))).unwrap();
    assert_eq!(heard(&mut inbox).await, ["1 AAPL 5"]);
}

#[tokio::test(start_paused = true)]
async fn what_happens_to_the_connection_is_told_in_full_and_in_its_place() {
    let (outlet, mut inbox) = inbox();
    outlet.send(PushEvent::Connected).unwrap();
    outlet.send(position("1", "AAPL", 1, Some(1))).unwrap();
    for _ in 0..2 {
        outlet.send(PushEvent::Lost("a".to_owned())).unwrap();
        outlet.send(PushEvent::Connected).unwrap();
        outlet.send(ORDERS).unwrap();
        outlet.send(position("1", "AAPL", 2, Some(2))).unwrap();
        outlet.send(ORDERS).unwrap();
    }
    let again = ["Lost(\"a\")", "Connected", "orders", "1 AAPL 2"];
    let all = heard(&mut inbox).await;
    assert_eq!(all[..2], ["Connected", "1 AAPL 1"]);
    assert_eq!(all[2..6], again);
    assert_eq!(all[6..], again);
}

#[tokio::test(start_paused = true)]
async fn both_ends_notice_that_the_other_is_gone() {
    let (outlet, inbox) = inbox();
    drop(inbox);
    outlet.closed().await;
    assert_eq!(outlet.send(ORDERS), Err(Deaf));

    let (outlet, mut inbox) = super::inbox::inbox();
    outlet.send(ORDERS).unwrap();
    drop(outlet);
    assert!(inbox.recv().await.is_some());
    assert!(inbox.recv().await.is_none());
}
