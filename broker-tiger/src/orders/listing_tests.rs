//! What is a whole list and what is none, page by page.

use std::sync::Arc;

use broker_core::ErrorKind;

use super::{
    fixtures::{Scene, account},
    listing::Wanted,
};
use crate::{portfolio::Money, transport::scripted_server::Step};

#[tokio::test]
async fn a_success_without_a_list_is_not_an_empty_list() {
    for data in ["null", "\"\"", "{}", r#"{"items":null}"#, "7"] {
        let scene = Scene::new([Step::data(data), Step::data(data)]).await;
        let orders = scene.blotter.list(&account(), Wanted::Working).await;
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
        let orders = scene.blotter.list(&account(), Wanted::Working).await;
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
    let (positions, _) = money.ask_positions(&account()).await;
    assert!(!positions.is_complete(), "{positions:?}");
}
