use core::time::Duration;
use std::{fs, sync::Arc};

use broker_core::{ErrorKind, ExposeSecret as _, SecretString, TokenStore};
use tempfile::TempDir;

use super::{
    SecretError, SecretStore, StoredToken,
    store_tests::{KEY, filled, given},
};

/// Two handles on one store.
fn tokens() -> (TempDir, Arc<SecretStore>, StoredToken, StoredToken) {
    let (folder, store) = filled();
    let store = Arc::new(store);
    let other = Arc::new(SecretStore::open(store.path(), given(KEY)).unwrap());
    let one = StoredToken::new(Arc::clone(&store), "login").unwrap();
    let other = StoredToken::new(other, "login").unwrap();
    (folder, store, one, other)
}

async fn loaded(token: &dyn TokenStore) -> Option<String> {
    let token = token.load().await.unwrap();
    token.map(|token| token.expose_secret().to_owned())
}

#[tokio::test]
async fn what_one_handle_saves_the_other_loads() {
    let (_folder, _, one, other) = tokens();
    assert_eq!(loaded(&one).await, None);
    one.save(&SecretString::from("first")).await.unwrap();
    assert_eq!(loaded(&other).await.as_deref(), Some("first"));
    other.save(&SecretString::from("second")).await.unwrap();
    assert_eq!(loaded(&one).await.as_deref(), Some("second"));
    assert!(!format!("{one:?}").contains("second"));
}

#[tokio::test]
async fn a_store_that_cannot_be_read_is_an_error_and_not_a_missing_token() {
    let (_folder, store, one, _) = tokens();
    one.save(&SecretString::from("first")).await.unwrap();
    fs::write(store.path(), "").unwrap();
    assert_eq!(one.load().await.unwrap_err().kind(), ErrorKind::Io);
    let error = one.save(&SecretString::from("second")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    fs::remove_file(store.path()).unwrap();
    assert_eq!(one.load().await.unwrap_err().kind(), ErrorKind::Io);
}

#[tokio::test]
async fn one_claim_at_a_time_and_it_does_not_stop_who_saves() {
    let (_folder, store, one, other) = tokens();
    let claim = one.claim(Duration::ZERO).await.unwrap();
    let error = other.claim(Duration::from_millis(120)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    one.save(&SecretString::from("renewed")).await.unwrap();
    assert_eq!(loaded(&other).await.as_deref(), Some("renewed"));
    let elsewhere = StoredToken::new(store, "another.login").unwrap();
    assert!(elsewhere.claim(Duration::ZERO).await.is_ok());
    drop(claim);
    assert!(other.claim(Duration::ZERO).await.is_ok());
}

#[tokio::test]
async fn two_who_renew_at_once_renew_once() {
    let (_folder, _, one, other) = tokens();
    one.save(&SecretString::from("0")).await.unwrap();
    let renew = |token: StoredToken| async move {
        let _claim = token.claim(Duration::from_secs(10)).await.unwrap();
        if loaded(&token).await.as_deref() == Some("0") {
            token.save(&SecretString::from("1")).await.unwrap();
            return 1;
        }
        0
    };
    let (first, second) = tokio::join!(renew(one.clone()), renew(other));
    assert_eq!(first + second, 1);
    assert_eq!(loaded(&one).await.as_deref(), Some("1"));
}

#[test]
fn a_token_needs_a_name_that_is_one() {
    let (_folder, store) = filled();
    let refused = StoredToken::new(Arc::new(store), "../login").unwrap_err();
    assert!(matches!(refused, SecretError::BadName));
}
