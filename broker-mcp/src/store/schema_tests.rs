use broker_core::ErrorKind;
use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::Connection;

use super::{Begun, Latch, NewIntent, Purpose, Quota, Store, schema};

#[tokio::test]
async fn two_processes_share_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("server.sqlite");
    let server = Store::open(&path).unwrap();
    let command_line = Store::open(&path).unwrap();
    let now: DateTime<Utc> = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
    let question = super::NewApproval {
        principal: "bot".to_owned(),
        operation: "place_order".to_owned(),
        digest: "x".to_owned(),
        sentence: "Buy".to_owned(),
        lines: Vec::new(),
    };
    let lasts = TimeDelta::minutes(1);
    let asked = server.approval_for(question, now, lasts).await.unwrap();
    command_line
        .decide(&asked.id, true, "anna", now)
        .await
        .unwrap();
    assert!(server.use_approval(&asked.id, now).await.unwrap());
}

#[tokio::test]
async fn a_latch_outlives_the_process_and_keeps_who_was_first() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("server.sqlite");
    let latch = |by: &str, second| Latch {
        by: by.to_owned(),
        at: DateTime::from_timestamp(second, 0).unwrap(),
    };
    let store = Store::open(&path).unwrap();
    store.set_latch("ib", Some(latch("anna", 1))).await.unwrap();
    store.set_latch("ib", Some(latch("ben", 2))).await.unwrap();
    drop(store);
    let store = Store::open(&path).unwrap();
    assert_eq!(store.latch("ib").await.unwrap(), Some(latch("anna", 1)));
    store.set_latch("ib", None).await.unwrap();
    assert_eq!(store.latch("ib").await.unwrap(), None);
}

#[tokio::test]
async fn defaults_are_each_caller_s_own() {
    let store = Store::in_memory().unwrap();
    store
        .set_default_account("bot", Purpose::Trading, "one")
        .await
        .unwrap();
    store
        .set_default_account("bot", Purpose::Trading, "two")
        .await
        .unwrap();
    let mine = store
        .default_account("bot", Purpose::Trading)
        .await
        .unwrap();
    assert_eq!(mine.as_deref(), Some("two"));
    assert_eq!(
        store.default_account("bot", Purpose::Data).await.unwrap(),
        None
    );
    assert_eq!(
        store
            .default_account("other", Purpose::Trading)
            .await
            .unwrap(),
        None
    );
}

#[test]
fn the_file_of_something_else_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.sqlite");
    let other = Connection::open(&path).unwrap();
    other
        .execute_batch("CREATE TABLE photos (id INTEGER)")
        .unwrap();
    drop(other);
    let error = Store::open(&path).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}

#[test]
fn a_newer_file_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("server.sqlite");
    drop(Store::open(&path).unwrap());
    let newer = Connection::open(&path).unwrap();
    newer.pragma_update(None, "user_version", 99).unwrap();
    drop(newer);
    let error = Store::open(&path).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.message().contains("99"), "{error}");
}

#[cfg(unix)]
#[test]
fn the_file_is_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("server.sqlite");
    let _store = Store::open(&path).unwrap();
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn names_of_a_former_file_belong_to_whoever_was_first() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("server.sqlite");
    let mut former = Connection::open(&path).unwrap();
    schema::migrate(&mut former, schema::STEPS.get(..1).unwrap()).unwrap();
    let row = |principal: &str, at: i64| {
        former.execute(
            "INSERT INTO intents (principal, client_order_id, operation, account, digest, owner, begun_at)
             VALUES (?1, 'a', 'place_order', 'paper/A', 'x', 'former', ?2)",
            rusqlite::params![principal, at],
        )
    };
    row("early", 2).unwrap();
    row("a later one", 3).unwrap();
    drop(former);
    let store = Store::open(&path).unwrap();
    let begin = async |principal: &str| {
        let new = NewIntent {
            principal: principal.to_owned(),
            client_order_id: "a".to_owned(),
            operation: "place_order".to_owned(),
            account: "paper/A".to_owned(),
            digest: "x".to_owned(),
            notional: None,
        };
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let names = ["a".to_owned()];
        let begun = store.begin(new, &names, &Quota::default(), now).await;
        begun.unwrap()
    };
    assert!(matches!(begin("early").await, Begun::Known(_)));
    let taken = Begun::Taken {
        name: "a".to_owned(),
    };
    assert_eq!(begin("a later one").await, taken);
}
