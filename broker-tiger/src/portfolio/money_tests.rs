use std::sync::Arc;

use broker_core::{
    Covered, dec,
    event::{Baseline, Ledger},
    model::SignedQuantity,
};
use chrono::{DateTime, TimeDelta, Utc};

use super::{Money, PositionRow};
use crate::{
    convert::{Figure, Text, Whole},
    instrument::Told,
    orders::fixtures::{Scene, account, apple, contract},
    transport::scripted_server::Step,
};

fn read_at() -> DateTime<Utc> {
    DateTime::from_timestamp_millis(1_755_052_200_000).unwrap()
}

/// Five shares of Apple and nothing else, told at an instant.
fn five() -> Vec<Step> {
    let answer = |items: &str| {
        let data = format!(r#"{{"items":[{items}]}}"#);
        let body = format!(r#"{{"code":0,"message":"success","data":{data}}}"#);
        Step::Answer(200, body)
    };
    let share = r#"{"symbol":"AAPL","secType":"STK","currency":"USD","market":"US","position":5,"positionScale":0,"updateTimestamp":1755052200000}"#;
    let classes = super::holdings::CLASSES.into_iter();
    let mut steps: Vec<Step> = classes
        .map(|class| answer(if class == "STK" { share } else { "" }))
        .collect();
    steps.push(contract());
    steps
}

fn pushed(units: i64, at: Option<DateTime<Utc>>) -> (Told, PositionRow) {
    let text = |text: &str| Text(Some(text.to_owned()));
    let told = Told {
        symbol: text("AAPL"),
        sec_type: text("STK"),
        currency: text("USD"),
        market: text("US"),
        ..Told::default()
    };
    let row = PositionRow {
        position: Figure(Some(units.into())),
        position_scale: Whole(Some(0)),
        update_timestamp: Whole(at.map(|at| at.timestamp_millis())),
        ..PositionRow::default()
    };
    (told, row)
}

/// The money side with an account that has been read.
async fn five_held() -> (Scene, Arc<Money>, Arc<Ledger>) {
    let scene = Scene::new(five()).await;
    let (link, book) = scene.blotter.parts();
    let ledger = link.desk().ledger(&account()).unwrap();
    let money = Money::new(link, book, Arc::clone(&scene.blotter));
    let ticket = ledger.begin();
    let none = Baseline {
        orders: Covered::Complete(Vec::new()),
        fills: Covered::Complete(Vec::new()),
        positions: Covered::Complete(Vec::new()),
        summary: Covered::Unavailable("not asked".into()),
    };
    let _missing = ledger.complete(ticket, none);
    money.refresh(&account()).await;
    assert_eq!(held(&ledger), SignedQuantity::new(dec!(5)).unwrap());
    (scene, money, ledger)
}

fn held(ledger: &Ledger) -> SignedQuantity {
    let positions = ledger.snapshot().positions;
    let positions = positions.value().cloned().unwrap_or_default();
    let held = positions.iter().find(|one| one.instrument == apple());
    held.map_or(SignedQuantity::FLAT, |held| held.quantity)
}

#[tokio::test]
async fn a_push_that_is_older_than_the_last_reading_changes_nothing() {
    let (_scene, money, ledger) = five_held().await;
    let five = held(&ledger);
    let take = async |units, after| {
        let at = read_at() + TimeDelta::milliseconds(after);
        let (told, row) = pushed(units, Some(at));
        let taken = money.take_pushed(&account(), &told, &row).await;
        taken.unwrap()
    };
    // One that contradicts what is known has the positions read, the others nothing.
    assert!(take(3, -1).await);
    assert!(!take(5, -1).await);
    assert_eq!(held(&ledger), five);
    assert!(!take(7, 10).await);
    assert_eq!(held(&ledger).get(), dec!(7));
    // Nor does one that is older than the last push.
    assert!(take(6, 5).await);
    assert_eq!(held(&ledger).get(), dec!(7));
    assert!(
        !take(8, 10).await,
        "of two in one instant the later one counts"
    );
    assert_eq!(held(&ledger).get(), dec!(8));
}

#[tokio::test]
async fn a_push_without_a_time_is_believed() {
    let (_scene, money, ledger) = five_held().await;
    let (told, row) = pushed(3, None);
    let taken = money.take_pushed(&account(), &told, &row).await;
    assert!(!taken.unwrap());
    assert_eq!(held(&ledger).get(), dec!(3));
}

#[tokio::test]
async fn the_parts_of_an_account_are_asked_for_apart() {
    // Together, one part has the figures of others in it, and the sum would count them again.
    let figures = r#"{"segments":[{"category":"S","currency":"USD","cashBalance":1}]}"#;
    let body = format!(r#"{{"code":0,"message":"success","data":{figures}}}"#);
    let scene = Scene::new([Step::Answer(200, body)]).await;
    let (link, book) = scene.blotter.parts();
    let money = Money::new(link, book, Arc::clone(&scene.blotter));
    let told = money.summary_for_snapshot(&account()).await;
    assert!(told.is_complete(), "{told:?}");
    assert_eq!(scene.parameters(0)["consolidated"], false);
}
