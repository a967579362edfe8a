use core::time::Duration;
use std::sync::Arc;

use broker_core::{
    ErrorKind, dec,
    model::{AccountId, ClientOrderId, Environment, NewOrder, ReplaceOrder},
};
use tokio::{
    sync::mpsc,
    task::JoinSet,
    time::{Instant, timeout},
};

use super::{
    Blotter,
    fixtures::{limit, quantity},
    stage::{PATIENCE, PLACE_ORDER, Stage, Told},
};
use crate::{
    Deadlines,
    instrument::Book,
    pacing::Urgency,
    scripted_gateway::{Gateway, Known},
};

fn named(id: &str) -> NewOrder {
    let mut order = limit();
    order.client_order_id = ClientOrderId::new(id).unwrap();
    order
}

#[tokio::test]
async fn an_order_behind_others_that_do_not_get_out_is_refused_in_time() {
    let deadlines = Deadlines {
        command: Duration::from_millis(300),
        ..Deadlines::default()
    };
    let apple = Known {
        number: 265_598,
        symbol: "AAPL",
        primary: "NASDAQ",
        magnifier: 1,
    };
    let gateway = Gateway::start_within(vec![apple], deadlines).await;
    let (sender, _signals) = mpsc::unbounded_channel();
    let (link, book) = (Arc::clone(&gateway.link), Arc::new(Book::default()));
    let blotter = Blotter::new(link, book, 7, Environment::Paper, sender);
    blotter.set_accounts(vec![AccountId::new("DU1").unwrap()], true);
    let _others = blotter.sending.lock().await;
    let submitting = blotter.submit_order(Arc::new(limit()));
    let answer = timeout(Duration::from_secs(10), submitting).await;
    let error = answer.expect("it waits for ever").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
}

#[tokio::test]
async fn orders_and_changes_go_ahead_of_requests_that_wait_for_the_budget() {
    let mut stage = Stage::open().await;
    stage.has_working(&Told::own());
    // The instrument is known from here on.
    let first = named("a-2");
    let _first =
        stage.begin(|blotter| async move { blotter.submit_order(Arc::new(first)).await.is_ok() });
    stage.gateway.expect(PLACE_ORDER).await;
    let mut requests = JoinSet::new();
    for _ in 0..400 {
        let link = Arc::clone(&stage.gateway.link);
        let until = Instant::now() + PATIENCE;
        requests.spawn(async move { link.permit(Urgency::Request, until).await });
    }
    requests.join_next().await.unwrap().unwrap().unwrap();
    let mut change = ReplaceOrder::new(limit().account, limit().client_order_id);
    change.quantity = Some(quantity(dec!(50)));
    let _change =
        stage.begin(|blotter| async move { blotter.replace_order(&change).await.is_ok() });
    let second = named("a-3");
    let _second =
        stage.begin(|blotter| async move { blotter.submit_order(Arc::new(second)).await.is_ok() });
    for _ in 0..2 {
        stage.gateway.expect(PLACE_ORDER).await;
    }
    while requests.try_join_next().is_some() {}
    assert!(requests.len() > 100, "{} requests wait", requests.len());
}
