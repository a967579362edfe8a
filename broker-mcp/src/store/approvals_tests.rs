use broker_core::ErrorKind;
use chrono::{DateTime, TimeDelta, Utc};

use super::{ApprovalState, NewApproval, Store};

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

fn question(digest: &str) -> NewApproval {
    NewApproval {
        principal: "bot".to_owned(),
        operation: "place_order".to_owned(),
        digest: digest.to_owned(),
        sentence: "Buy 1 AAPL".to_owned(),
        lines: vec![("side".to_owned(), "BUY".to_owned())],
    }
}

const MINUTES: TimeDelta = TimeDelta::minutes(10);

#[tokio::test]
async fn the_same_question_is_asked_once() {
    let store = Store::in_memory().unwrap();
    let first = store
        .approval_for(question("a"), now(), MINUTES)
        .await
        .unwrap();
    let again = store
        .approval_for(question("a"), now(), MINUTES)
        .await
        .unwrap();
    let other = store
        .approval_for(question("b"), now(), MINUTES)
        .await
        .unwrap();
    assert_eq!(first, again);
    assert_ne!(first.id, other.id);
    assert_eq!(store.pending_approvals(now()).await.unwrap().len(), 2);
}

#[tokio::test]
async fn what_was_agreed_to_is_used_once() {
    let store = Store::in_memory().unwrap();
    let asked = store
        .approval_for(question("a"), now(), MINUTES)
        .await
        .unwrap();
    assert!(
        !store.use_approval(&asked.id, now()).await.unwrap(),
        "nobody has agreed"
    );
    let decided = store.decide(&asked.id, true, "anna", now()).await.unwrap();
    assert_eq!(decided.state, ApprovalState::Approved);
    assert!(store.use_approval(&asked.id, now()).await.unwrap());
    assert!(!store.use_approval(&asked.id, now()).await.unwrap());
    let new = store
        .approval_for(question("a"), now(), MINUTES)
        .await
        .unwrap();
    assert_ne!(new.id, asked.id);
    assert_eq!(new.state, ApprovalState::Pending);
}

#[tokio::test]
async fn who_asks_cannot_agree() {
    let store = Store::in_memory().unwrap();
    let asked = store
        .approval_for(question("a"), now(), MINUTES)
        .await
        .unwrap();
    let error = store
        .decide(&asked.id, true, "bot", now())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert!(!store.use_approval(&asked.id, now()).await.unwrap());
}

#[tokio::test]
async fn a_question_ends_by_itself() {
    let store = Store::in_memory().unwrap();
    let asked = store
        .approval_for(question("a"), now(), MINUTES)
        .await
        .unwrap();
    store.decide(&asked.id, true, "anna", now()).await.unwrap();
    let late = now() + MINUTES;
    assert!(!store.use_approval(&asked.id, late).await.unwrap());
    assert!(
        !store
            .answered(&asked.id, true, "client", late)
            .await
            .unwrap()
    );
    let asked = store
        .approval_for(question("b"), now(), MINUTES)
        .await
        .unwrap();
    let error = store
        .decide(&asked.id, true, "anna", late)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLate);
    assert!(store.pending_approvals(late).await.unwrap().is_empty());
}

#[tokio::test]
async fn of_two_answers_to_one_question_one_counts() {
    let store = Store::in_memory().unwrap();
    let asked = store
        .approval_for(question("a"), now(), MINUTES)
        .await
        .unwrap();
    let (one, two) = tokio::join!(
        store.answered(&asked.id, true, "client", now()),
        store.answered(&asked.id, true, "client", now())
    );
    assert_ne!(one.unwrap(), two.unwrap());
}

#[tokio::test]
async fn a_declined_question_is_not_agreed_to_later() {
    let store = Store::in_memory().unwrap();
    let asked = store
        .approval_for(question("a"), now(), MINUTES)
        .await
        .unwrap();
    store.decide(&asked.id, false, "anna", now()).await.unwrap();
    let error = store
        .decide(&asked.id, true, "anna", now())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLate);
}

#[tokio::test]
async fn a_nonce_is_used_once() {
    let store = Store::in_memory().unwrap();
    let end = now() + MINUTES;
    assert!(store.use_once("n", end, now()).await.unwrap());
    assert!(!store.use_once("n", end, now()).await.unwrap());
    assert!(!store.use_once("late", now(), now()).await.unwrap());
}

#[tokio::test]
async fn nobody_is_asked_without_end() {
    let store = Store::in_memory().unwrap();
    for n in 0..50 {
        let asked = store
            .approval_for(question(&n.to_string()), now(), MINUTES)
            .await;
        asked.unwrap();
    }
    let error = store
        .approval_for(question("more"), now(), MINUTES)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    // What was asked may be asked again, others may ask, and it ends by itself.
    store
        .approval_for(question("7"), now(), MINUTES)
        .await
        .unwrap();
    let mut other = question("more");
    other.principal = "other".to_owned();
    store.approval_for(other, now(), MINUTES).await.unwrap();
    store
        .approval_for(question("more"), now() + MINUTES, MINUTES)
        .await
        .unwrap();
}
