use core::time::Duration;
use std::sync::Arc;

use broker_core::{ErrorKind, Result};
use futures_util::StreamExt as _;
use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
};

use super::question::Inquiry;
use crate::{
    scripted_gateway::{Gateway, Message},
    session::Signal,
};

const ALL_OPEN_ORDERS: i32 = 16;
const ORDER_STATUS: i32 = 3;
const OPEN_ORDERS_END: i32 = 53;

struct Desk {
    gateway: Gateway,
    inquiry: Inquiry,
    read_only: watch::Sender<bool>,
    _signals: mpsc::UnboundedReceiver<Signal>,
}

async fn open() -> Desk {
    let gateway = Gateway::start(Vec::new()).await;
    let read_only = watch::Sender::new(false);
    let (sender, signals) = mpsc::unbounded_channel();
    let inquiry = Inquiry::new(Arc::clone(&gateway.link), read_only.clone(), sender);
    Desk {
        gateway,
        inquiry,
        read_only,
        _signals: signals,
    }
}

impl Desk {
    /// Counts what is told before the end of the list.
    fn count(&self) -> JoinHandle<Result<usize>> {
        let inquiry = self.inquiry.clone();
        tokio::spawn(async move {
            let counting = inquiry.ask("open_orders", |client| async move {
                Ok(client.all_open_orders().await?.count().await)
            });
            counting.await
        })
    }

    fn end(&self) {
        self.gateway.send(OPEN_ORDERS_END, &Message::new());
    }
}

#[tokio::test]
async fn the_end_of_an_answer_that_nobody_waits_for_ends_no_other() {
    let mut desk = open().await;
    let dropped = desk.count();
    desk.gateway.expect(ALL_OPEN_ORDERS).await;
    dropped.abort();
    let counting = desk.count();
    // Time for a question that does not wait for its turn.
    tokio::time::sleep(Duration::from_millis(50)).await;
    desk.end();
    desk.gateway.expect(ALL_OPEN_ORDERS).await;
    let status = Message::new().with_int(1, 5).with_text(2, "Submitted");
    desk.gateway.send(ORDER_STATUS, &status);
    desk.end();
    assert_eq!(counting.await.unwrap().unwrap(), 1);
}

#[tokio::test]
async fn a_question_refused_in_read_only_mode_makes_room_for_the_next() {
    let mut desk = open().await;
    let refused = desk.count();
    desk.gateway.expect(ALL_OPEN_ORDERS).await;
    desk.read_only.send_replace(true);
    let error = refused.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    desk.read_only.send_replace(false);
    let counting = desk.count();
    desk.gateway.expect(ALL_OPEN_ORDERS).await;
    desk.end();
    assert_eq!(counting.await.unwrap().unwrap(), 0);
}
