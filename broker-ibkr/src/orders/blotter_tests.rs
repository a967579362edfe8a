use core::time::Duration;
use std::sync::Arc;

use broker_core::{
    ErrorKind,
    model::{AccountId, Environment},
};
use tokio::{sync::mpsc, time::timeout};

use super::{Blotter, fixtures::limit};
use crate::{
    Deadlines,
    instrument::Book,
    scripted_gateway::{Gateway, Known},
};

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
