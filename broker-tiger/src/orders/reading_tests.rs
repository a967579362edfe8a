//! What the lists say, in core's words.

use broker_core::{
    dec,
    model::{ExecutionKind, ExecutionReport, OrderStatus as S},
};

use super::{
    blotter::Marks,
    fixtures::{Scene, account, contract, execution, items, row},
    listing::Wanted,
    read::{Care, Read},
    row::OrderRow,
    status::status,
};
use crate::{
    convert::{Figure, Text, Whole},
    transport::scripted_server::Step,
};

/// The answer to the question about the share, in the form that asks for several.
fn shares() -> Step {
    contract()
}

async fn read(scene: &Scene) -> Read {
    let list = scene
        .blotter
        .list(&account(), Wanted::Working, scene.blotter.soon())
        .await
        .unwrap();
    let until = scene.blotter.soon();
    scene
        .blotter
        .take_in(&account(), vec![list], Care::Changes, until)
        .await
}

fn kinds(reports: &[ExecutionReport]) -> Vec<&'static str> {
    let kind = |report: &ExecutionReport| match &report.kind {
        ExecutionKind::Trade { .. } => "trade",
        ExecutionKind::TradeCorrect { .. } => "correct",
        ExecutionKind::TradeCancel { .. } => "bust",
        ExecutionKind::Status { .. } => "status",
        ExecutionKind::ReplaceRejected => "replace rejected",
        ExecutionKind::CancelRejected => "cancel rejected",
        _ => "other",
    };
    reports.iter().map(kind).collect()
}

#[test]
fn every_word_has_its_meaning_and_unknown_ones_end_nothing() {
    let word = |word: &str| OrderRow {
        status: Text(Some(word.to_owned())),
        ..OrderRow::default()
    };
    for (wire, nothing, some) in [
        ("Initial", S::PendingNew, S::PartiallyFilled),
        ("PendingSubmit", S::PendingNew, S::PartiallyFilled),
        ("Submitted", S::New, S::PartiallyFilled),
        ("PendingCancel", S::PendingCancel, S::PendingCancel),
        ("Cancelled", S::Canceled, S::Canceled),
        ("Inactive", S::Rejected, S::Canceled),
        ("Invalid", S::Expired, S::Expired),
        ("5", S::New, S::PartiallyFilled),
        ("-2", S::Expired, S::Expired),
    ] {
        assert_eq!(status(&word(wire), false, false), nothing, "{wire}");
        assert_eq!(status(&word(wire), true, false), some, "{wire}");
    }
    assert_eq!(status(&word("Filled"), true, true), S::Filled);
    let strange = status(&word("Reviewing"), false, false);
    assert_eq!(strange, S::Other("Reviewing".into()));
    assert!(strange.is_open());
    let mut changing = word("Submitted");
    changing.replace_status = Text(Some("RECEIVED".to_owned()));
    assert_eq!(status(&changing, false, false), S::PendingReplace);
    changing.cancel_status = Text(Some("RECEIVED".to_owned()));
    assert_eq!(status(&changing, false, false), S::PendingCancel);
}

#[test]
fn rows_are_told_apart_by_anything_that_they_say() {
    let changes: [fn(&mut OrderRow); 5] = [
        |row| row.status = Text(Some("Submitted".to_owned())),
        |row| row.cancel_status = Text(Some("Submitted".to_owned())),
        |row| row.filled_quantity = Figure(Some(dec!(3))),
        |row| row.total_quantity = Figure(Some(dec!(3))),
        |row| row.latest_time = Whole(Some(1_641_402_000_000)),
    ];
    let mut words = vec![OrderRow::default().words()];
    for change in changes {
        let mut row = OrderRow::default();
        change(&mut row);
        assert_eq!(row.words(), row.clone().words());
        assert!(!words.contains(&row.words()), "{row:?}");
        words.push(row.words());
    }
}

#[tokio::test]
async fn fills_are_told_before_the_state_that_they_lead_to_and_once() {
    let filled = row(41, "mark-1", "Submitted", 4);
    let scene = Scene::new([
        items(std::slice::from_ref(&filled)),
        shares(),
        items(&[execution(1, 41, 1, "199.40"), execution(2, 41, 3, "199.4")]),
        items(&[filled]),
    ])
    .await;
    let first = read(&scene).await;
    assert!(first.unread.is_empty(), "{:?}", first.unread);
    assert_eq!(kinds(&first.news), ["trade", "trade", "status"]);
    let again = read(&scene).await;
    assert!(again.news.is_empty(), "{:?}", again.news);
    assert_eq!(again.standings.len(), 1);
    let asked = scene.asked();
    let executions = asked.iter().filter(|name| *name == "order_transactions");
    assert_eq!(executions.count(), 1);
}

#[tokio::test]
async fn executions_that_lag_behind_make_the_reading_partial_and_are_asked_for_again() {
    let filled = row(41, "mark-1", "Submitted", 4);
    let scene = Scene::new([
        items(std::slice::from_ref(&filled)),
        shares(),
        items(&[execution(1, 41, 1, "199.4")]),
        items(&[filled]),
        items(&[execution(1, 41, 1, "199.4"), execution(2, 41, 3, "199.4")]),
    ])
    .await;
    let first = read(&scene).await;
    assert!(first.again);
    assert!(!first.covers(()).is_complete());
    assert_eq!(kinds(&first.news), ["trade", "status"]);
    let second = read(&scene).await;
    assert!(second.unread.is_empty(), "{:?}", second.unread);
    assert_eq!(kinds(&second.news), ["trade"]);
}

#[tokio::test]
async fn a_list_of_executions_that_lags_takes_no_fill_away() {
    let scene = Scene::new([
        items(&[row(41, "mark-1", "Submitted", 4)]),
        shares(),
        items(&[execution(1, 41, 4, "199.4")]),
        items(&[row(41, "mark-1", "Submitted", 6)]),
        // The new one is there, the old one is not yet again.
        items(&[execution(2, 41, 2, "199.4")]),
    ])
    .await;
    read(&scene).await;
    let second = read(&scene).await;
    assert_eq!(kinds(&second.news), ["trade", "status"]);
    assert!(second.unread.is_empty(), "{:?}", second.unread);
}

#[tokio::test]
async fn a_busted_execution_goes_once_the_order_counts_without_it() {
    let scene = Scene::new([
        items(&[row(41, "mark-1", "Submitted", 4)]),
        shares(),
        items(&[execution(1, 41, 1, "199.4"), execution(2, 41, 3, "199.4")]),
        items(&[row(41, "mark-1", "Submitted", 1)]),
        items(&[execution(1, 41, 1, "199.4")]),
    ])
    .await;
    read(&scene).await;
    let second = read(&scene).await;
    assert_eq!(kinds(&second.news), ["bust", "status"]);
    assert_eq!(second.standings[0].cumulative_quantity, Some(dec!(1)));
}

#[tokio::test]
async fn what_was_stated_and_busted_before_it_was_listed_is_taken_back_each_time() {
    let filled = |quantity| items(&[row(41, "mark-1", "Submitted", quantity)]);
    let scene = Scene::new([
        filled(5),
        shares(),
        // Busted after the order was listed.
        items(&[]),
        filled(0),
        items(&[]),
        filled(3),
        items(&[]),
        filled(0),
        items(&[]),
        filled(0),
    ])
    .await;
    let ledger = || scene.blotter.link.desk().ledger(&account()).unwrap();
    let counted = || ledger().orders()[0].cumulative_quantity;
    for wanted in [dec!(5), dec!(0), dec!(3), dec!(0)] {
        read(&scene).await;
        assert_eq!(counted(), wanted);
    }
    assert!(read(&scene).await.news.is_empty());
}

#[tokio::test]
async fn an_order_without_a_mark_goes_by_tigers_number() {
    let scene = Scene::new([items(&[row(41, "", "Submitted", 0)]), shares()]).await;
    let read = read(&scene).await;
    let id = &read.standings[0].client_order_id;
    assert!(id.is_outside());
    assert_eq!(id.as_str(), "outside:41");
    // It was not sent from here, so it says nothing about marks.
    assert_eq!(scene.blotter.marks(), Marks::Unknown);
}

#[tokio::test]
async fn exits_of_a_former_process_go_by_the_name_of_their_entry() {
    let exit = row(42, "", "PendingSubmit", 0).replace("\"id\":42", "\"id\":42,\"parentId\":41");
    let stop = exit
        .replace("\"id\":42", "\"id\":43")
        .replace("\"LMT\"", "\"STP\"")
        .replace("\"limitPrice\"", "\"auxPrice\"");
    let entry = row(41, "mark-1", "Submitted", 0);
    let scene = Scene::new([items(&[stop, exit, entry]), shares()]).await;
    let read = read(&scene).await;
    assert!(read.unread.is_empty(), "{:?}", read.unread);
    let ids: Vec<&str> = read
        .standings
        .iter()
        .map(|report| report.client_order_id.as_str())
        .collect();
    assert_eq!(ids, ["mark-1", "mark-1.profit", "mark-1.loss"]);
}

#[tokio::test]
async fn a_refused_change_is_told_with_its_reason_once() {
    let failed = row(41, "mark-1", "Submitted", 0).replace(
        "\"userMark\"",
        "\"replaceStatus\":\"FAILED\",\"remark\":\"too far away\",\"userMark\"",
    );
    let scene = Scene::new([
        items(&[row(41, "mark-1", "Submitted", 0)]),
        shares(),
        items(std::slice::from_ref(&failed)),
        items(&[failed]),
    ])
    .await;
    read(&scene).await;
    let second = read(&scene).await;
    assert_eq!(kinds(&second.news), ["replace rejected", "status"]);
    let reason = second.news[0].reason.as_ref().unwrap();
    assert_eq!(&*reason.text, "too far away");
    assert!(read(&scene).await.news.is_empty());
}

#[tokio::test]
async fn all_pages_of_a_list_are_read_and_one_that_fails_makes_it_none() {
    let page = |row: String, next: &str| {
        Step::data(&format!(r#"{{"nextPageToken":"{next}","items":[{row}]}}"#))
    };
    let first = page(row(42, "b", "Submitted", 0), "more");
    let second = page(row(41, "a", "Submitted", 0), "");
    let scene = Scene::new([first.clone(), second]).await;
    let list = scene
        .blotter
        .list(&account(), Wanted::Working, scene.blotter.soon())
        .await
        .unwrap();
    assert_eq!(list.rows.len(), 2);
    assert_eq!(scene.parameters(1)["page_token"], "more");
    assert!(scene.parameters(0).get("page_token").is_none());

    let refused = Step::code(1010, "page_token is not valid");
    let scene = Scene::new([first, refused]).await;
    assert!(
        scene
            .blotter
            .list(&account(), Wanted::Working, scene.blotter.soon())
            .await
            .is_err()
    );
}

#[tokio::test]
async fn an_exit_that_repeats_the_mark_of_its_entry_is_not_the_entry() {
    let exit =
        row(42, "mark-1", "PendingSubmit", 0).replace("\"id\":42", "\"id\":42,\"parentId\":41");
    let entry = row(41, "mark-1", "Submitted", 0);
    let scene = Scene::new([items(&[exit, entry]), shares()]).await;
    let read = read(&scene).await;
    let ids: Vec<&str> = read
        .standings
        .iter()
        .map(|report| report.client_order_id.as_str())
        .collect();
    assert_eq!(ids, ["mark-1", "mark-1.profit"]);
}
