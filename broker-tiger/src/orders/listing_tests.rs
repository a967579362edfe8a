//! What is a whole list and what is none, page by page.

use std::sync::Arc;

use broker_core::ErrorKind;

use super::{
    fixtures::{Scene, account, row},
    listing::Wanted,
};
use crate::{portfolio::Money, transport::scripted_server::Step};

#[tokio::test]
async fn a_success_without_a_list_is_not_an_empty_list() {
    for data in ["null", "\"\"", "{}", r#"{"items":null}"#, "7"] {
        let scene = Scene::new([Step::data(data), Step::data(data)]).await;
        let orders = scene
            .blotter
            .list(&account(), Wanted::Working, scene.blotter.soon())
            .await;
        assert_eq!(orders.unwrap_err().kind(), ErrorKind::Protocol, "{data}");
        let executions = scene.blotter.executions(&account(), 41).await;
        assert_eq!(
            executions.unwrap_err().kind(),
            ErrorKind::Protocol,
            "{data}"
        );
    }
    for data in ["[]", r#"{"items":[]}"#] {
        let scene = Scene::new([Step::data(data)]).await;
        let orders = scene
            .blotter
            .list(&account(), Wanted::Working, scene.blotter.soon())
            .await;
        assert!(orders.unwrap().rows.is_empty(), "{data}");
    }
}

#[tokio::test]
async fn positions_that_were_not_told_are_not_flat() {
    // The server goes on answering success with nothing.
    let scene = Scene::new([]).await;
    let blotter = Arc::clone(&scene.blotter);
    let (link, book) = (Arc::clone(&blotter.link), Arc::clone(&blotter.book));
    let money = Money::new(link, book, blotter);
    let positions = money.ask_positions(&account()).await.positions;
    assert!(!positions.is_complete(), "{positions:?}");
}

#[tokio::test]
async fn half_a_list_is_not_taken_for_the_whole() {
    let page = |row: &str, next: &str| {
        Step::data(&format!(r#"{{"nextPageToken":{next},"items":[{row}]}}"#))
    };
    let (first, second) = (row(42, "b", "Submitted", 0), row(41, "a", "Submitted", 0));
    let read = async |pages: Vec<Step>| {
        let scene = Scene::new(pages).await;
        let blotter = &scene.blotter;
        let of = account();
        let list = blotter.list(&of, Wanted::Working, blotter.soon()).await;
        list.unwrap()
    };
    // An empty page names another one.
    let list = read(vec![
        page(&first, "\"x\""),
        page("", "\"y\""),
        page(&second, "\"\""),
    ])
    .await;
    assert_eq!((list.rows.len(), list.unreadable.len()), (2, 0));
    // The pages go round in a circle.
    let list = read(vec![
        page(&first, "\"x\""),
        page(&second, "\"y\""),
        page("", "\"x\""),
    ])
    .await;
    assert_eq!((list.rows.len(), list.unreadable.len()), (2, 1));
    assert_eq!(list.unreadable[0].kind(), ErrorKind::Incomplete);
    // What the next one is called cannot be read.
    let list = read(vec![page(&first, "{}")]).await;
    assert_eq!((list.rows.len(), list.unreadable.len()), (1, 1));
    assert_eq!(list.unreadable[0].kind(), ErrorKind::Incomplete);
}

/// Orders that were placed one second after the other, the newest first.
fn placed(numbers: core::ops::Range<i64>) -> Vec<String> {
    let rows = numbers.rev().map(|number| {
        let at = format!("\"openTime\":{}", 1_755_052_200_000 + number * 1_000);
        row(number, "a", "Submitted", 0).replace("\"openTime\":1755052200000", &at)
    });
    rows.collect()
}

async fn working(pages: Vec<Step>) -> (Scene, super::listing::Lines<super::Listed>) {
    let scene = Scene::new(pages).await;
    let (blotter, of) = (&scene.blotter, account());
    let list = blotter.list(&of, Wanted::Working, blotter.soon()).await;
    let list = list.unwrap();
    (scene, list)
}

/// As the page would come from a server that knows no pages of this list.
fn cut_off(rows: &[String]) -> Step {
    Step::data(&format!(r#"{{"items":[{}]}}"#, rows.join(",")))
}

#[tokio::test]
async fn a_list_of_what_works_that_is_as_long_as_a_page_is_read_on_by_time() {
    for size in [100, 300] {
        let all = placed(1..401);
        let size = usize::try_from(size).unwrap();
        // The oldest order of a page is the newest of the next.
        let mut pages: Vec<Step> = Vec::new();
        let mut from = 0;
        while from + size <= all.len() {
            pages.push(cut_off(&all[from..from + size]));
            from += size - 1;
        }
        pages.push(cut_off(&all[from..]));
        let count = pages.len();
        let (scene, list) = working(pages).await;
        assert_eq!((list.rows.len(), list.unreadable.len()), (400, 0), "{size}");
        assert_eq!(scene.asked().len(), count);
        assert_eq!(scene.parameters(0)["limit"], 300);
        assert_eq!(scene.parameters(0)["sort_by"], "LATEST_CREATED");
        assert_eq!(scene.parameters(0).get("end_date"), None);
        let oldest = 1_755_052_200_000_i64 + (401 - i64::try_from(size).unwrap()) * 1_000;
        assert_eq!(scene.parameters(1)["end_date"], oldest);
    }
}

#[tokio::test]
async fn a_list_of_what_works_that_cannot_be_read_on_is_not_whole() {
    // The server knows no end either, and says the same again.
    let page = placed(1..101);
    let (scene, list) = working(vec![cut_off(&page), cut_off(&page)]).await;
    assert_eq!((list.rows.len(), list.unreadable.len()), (100, 1));
    assert_eq!(list.unreadable[0].kind(), ErrorKind::Incomplete);
    assert_eq!(scene.asked().len(), 2);
    // Nothing says when they were placed.
    let nameless: Vec<String> = page
        .iter()
        .map(|row| row.replace("openTime", "otherTime"))
        .collect();
    let (_scene, list) = working(vec![cut_off(&nameless)]).await;
    assert_eq!((list.rows.len(), list.unreadable.len()), (100, 1));
    // Pages that are named are not asked for twice.
    let named = Step::data(&format!(
        r#"{{"nextPageToken":"x","items":[{}]}}"#,
        placed(51..151).join(",")
    ));
    let (scene, list) = working(vec![named, cut_off(&placed(1..51))]).await;
    assert_eq!((list.rows.len(), list.unreadable.len()), (150, 0));
    assert_eq!(scene.asked().len(), 2);
}

#[tokio::test]
async fn an_order_beyond_the_first_page_of_what_works_is_canceled_with_the_others() {
    let all = placed(1..102);
    let answers = core::iter::repeat_with(|| Step::data(r#"{"id":1}"#)).take(101);
    let steps = [cut_off(&all[..100]), cut_off(&all[99..])];
    let steps = steps.into_iter().chain(answers);
    let scene = Scene::new(steps.chain([cut_off(&[])])).await;
    let answer = scene.blotter.cancel_orders(&account()).await.unwrap();
    assert!(answer.is_accepted(), "{answer:?}");
    let canceled = scene.asked();
    let canceled = canceled.iter().filter(|method| *method == "cancel_order");
    assert_eq!(canceled.count(), 101);
}
