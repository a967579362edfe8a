use broker_core::{
    ErrorKind,
    model::{AccountId, BrokerId, Environment},
};
use chrono::{DateTime, Utc};
use rusqlite::Connection;

use super::{Added, Store, schema};

fn account(name: &str, number: &str) -> Added {
    Added {
        name: name.to_owned(),
        broker: BrokerId::new("tiger").unwrap(),
        account: AccountId::new(number).unwrap(),
        environment: Environment::Paper,
    }
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

#[tokio::test]
async fn what_was_added_is_there_at_the_next_start_until_it_is_taken_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("server.sqlite");
    assert!(Store::added_in(&path).unwrap().is_empty());
    assert!(!path.exists(), "a look makes no file");
    let store = Store::open(&path).unwrap();
    let (one, two) = (account("one", "11"), account("two", "22"));
    store.add(&two, "boss", now()).await.unwrap();
    store.add(&one, "boss", now()).await.unwrap();
    // Said again, it is the same.
    store.add(&one, "boss", now()).await.unwrap();
    assert_eq!(store.added().await.unwrap(), [one.clone(), two.clone()]);
    assert_eq!(Store::added_in(&path).unwrap(), [one.clone(), two.clone()]);
    store.withdraw("one", "boss", now()).await.unwrap();
    assert_eq!(Store::added_in(&path).unwrap(), std::slice::from_ref(&two));
    // Its name is free again, for another account as well.
    let other = account("one", "33");
    store.add(&other, "boss", now()).await.unwrap();
    assert_eq!(store.added().await.unwrap(), [other, two]);
    assert!(store.withdrawn().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_name_has_one_account_and_an_account_one_name() {
    let store = Store::in_memory().unwrap();
    store
        .add(&account("one", "11"), "boss", now())
        .await
        .unwrap();
    for taken in [account("one", "22"), account("two", "11")] {
        let error = store.add(&taken, "boss", now()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Duplicate, "{taken:?}");
        assert!(error.message().contains("`one`"), "{error}");
    }
    // Two brokers may use the same number.
    let mut elsewhere = account("three", "11");
    elsewhere.broker = BrokerId::new("other").unwrap();
    store.add(&elsewhere, "boss", now()).await.unwrap();
    assert_eq!(store.added().await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_row_that_nobody_can_have_written_is_no_account() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("server.sqlite");
    let store = Store::open(&path).unwrap();
    store
        .add(&account("one", "11"), "boss", now())
        .await
        .unwrap();
    drop(store);
    let edited = Connection::open(&path).unwrap();
    edited
        .execute("UPDATE added SET environment = 'live'", [])
        .unwrap();
    drop(edited);
    let error = Store::added_in(&path).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
}

#[test]
fn a_file_of_a_former_version_has_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("server.sqlite");
    let mut former = Connection::open(&path).unwrap();
    schema::migrate(&mut former, schema::STEPS.get(..3).unwrap()).unwrap();
    drop(former);
    assert!(Store::added_in(&path).unwrap().is_empty());
}
