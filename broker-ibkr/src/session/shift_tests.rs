use core::time::Duration;
use std::sync::Arc;

use broker_core::model::{AccountId, Environment};
use tokio::{sync::mpsc, task::JoinSet, time::Instant};

use super::{
    condition::Condition,
    shift::{STRANGE, Shift, beat},
    supervisor::{Floor, Signal},
};
use crate::{
    instrument::Book,
    orders::Blotter,
    pacing::Urgency,
    portfolio::Money,
    scripted_gateway::{Gateway, Message},
};

const REQUEST_CURRENT_TIME: i32 = 49;
const CURRENT_TIME: i32 = 49;

#[tokio::test]
async fn a_pile_of_questions_does_not_make_a_live_connection_look_dead() {
    let mut gateway = Gateway::start(Vec::new()).await;
    let mut questions = JoinSet::new();
    // As many as are opened again after a reset: they wait for longer than a heartbeat may take.
    for _ in 0..300 {
        let link = Arc::clone(&gateway.link);
        questions.spawn(async move {
            let until = Instant::now() + Duration::from_secs(60);
            link.permit(Urgency::Request, until).await
        });
    }
    tokio::task::yield_now().await;
    let (every, within) = (Duration::from_millis(10), Duration::from_millis(300));
    let heart = tokio::spawn(beat(Arc::clone(&gateway.link), every, within));
    for _ in 0..3 {
        gateway.expect(REQUEST_CURRENT_TIME).await;
        let now = Message::new().with_int(1, 1_768_575_600);
        gateway.send(CURRENT_TIME, &now);
    }
    assert!(!heart.is_finished());
}

/// A connection for orders that is served, of one account.
fn shift(gateway: &Gateway) -> (Shift, mpsc::UnboundedReceiver<Signal>) {
    let link = Arc::clone(&gateway.link);
    let account = AccountId::new("DU1").unwrap();
    link.desk().open_account(&account);
    let book = Arc::new(Book::default());
    let (sender, signals) = mpsc::unbounded_channel();
    let environment = Environment::Paper;
    let blotter = Blotter::new(Arc::clone(&link), Arc::clone(&book), 7, environment, sender);
    blotter.set_accounts(vec![account], true);
    let money = Money::new(Arc::clone(&link), book, Arc::clone(&blotter));
    let shift = Shift {
        client: link.client().unwrap(),
        link,
        floor: Some(Floor { blotter, money }),
        tasks: JoinSet::new(),
        work: None,
        resync_at: None,
        refresh_at: Instant::now() + Duration::from_secs(30),
        strange: STRANGE,
        patience: Duration::from_secs(1),
        at_most: Duration::from_secs(60),
        foreign: Duration::from_secs(30),
        ready: true,
        stream_ended: None,
        busts: 0,
    };
    (shift, signals)
}

#[tokio::test]
async fn a_stream_of_orders_that_ends_again_and_again_is_followed_by_longer_and_longer_pauses() {
    let gateway = Gateway::start(Vec::new()).await;
    let (mut shift, _signals) = shift(&gateway);
    let condition = Condition::default();
    let mut pauses = Vec::new();
    for _ in 0..8 {
        // What was heard before has to be let go of, as it is when a stream ends.
        shift.tasks.shutdown().await;
        let end = shift.heed(Signal::StreamEnded, &condition).await;
        assert!(end.is_none());
        let pause = shift.resync_at.unwrap().duration_since(Instant::now());
        pauses.push(pause.as_secs_f64().ceil());
    }
    assert_eq!(pauses, [0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0]);
}
