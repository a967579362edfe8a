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
