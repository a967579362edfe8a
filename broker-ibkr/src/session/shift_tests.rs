use core::time::Duration;
use std::sync::Arc;

use tokio::{task::JoinSet, time::Instant};

use super::shift::beat;
use crate::{
    pacing::Urgency,
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
