use core::time::Duration;
use std::fs;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use broker_core::{ErrorKind, ExposeSecret as _, SecretString, TokenStore as _};
use tempfile::TempDir;

use super::FileTokenStore;

fn folder() -> (TempDir, FileTokenStore) {
    let folder = tempfile::tempdir().unwrap();
    let store = FileTokenStore::new(folder.path().join("tiger_openapi_token.properties"));
    (folder, store)
}

async fn loaded(store: &FileTokenStore) -> Option<String> {
    let token = store.load().await.unwrap();
    token.map(|token| token.expose_secret().to_owned())
}

fn token(generated_ms: u64, more: &str) -> String {
    BASE64.encode(format!(
        "{generated_ms},{}{more}",
        generated_ms + 2_592_000_000
    ))
}

#[tokio::test]
async fn what_is_saved_is_loaded() {
    let (_folder, store) = folder();
    assert_eq!(loaded(&store).await, None);
    store.save(&SecretString::from("YWJj=")).await.unwrap();
    assert_eq!(loaded(&store).await.as_deref(), Some("YWJj="));
    assert_eq!(fs::read_to_string(store.path()).unwrap(), "token=YWJj=\n");
    store.save(&SecretString::from("b")).await.unwrap();
    assert_eq!(loaded(&store).await.as_deref(), Some("b"));
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_can_read_it_and_nothing_else_is_left_behind() {
    use std::os::unix::fs::PermissionsExt as _;
    let (folder, store) = folder();
    fs::write(store.path(), "token=old\n").unwrap();
    store.save(&SecretString::from("new")).await.unwrap();
    let mode = fs::metadata(store.path()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_stays_a_link() {
    let (folder, store) = folder();
    let real = folder.path().join("real");
    fs::write(&real, "token=old\n").unwrap();
    std::os::unix::fs::symlink(&real, store.path()).unwrap();
    store.save(&SecretString::from("new")).await.unwrap();
    assert_eq!(fs::read_to_string(&real).unwrap(), "token=new\n");
    assert!(fs::symlink_metadata(store.path()).unwrap().is_symlink());
}

#[tokio::test]
async fn what_the_python_sdk_leaves_behind_is_read() {
    let (_folder, store) = folder();
    let long = token(1_755_052_200_000, &"x".repeat(40));
    let short = token(1_755_052_800_000, "y");
    let escaped = |token: &str| token.replace('=', "\\=");
    let old = format!("#Wed Aug 13 10:30:00 2025\ntoken={}\n", escaped(&long));
    let new = format!("#Wed Aug 13 10:40:00 2025\ntoken={}\n", escaped(&short));
    let overwritten = format!("{new}{}", &old[new.len()..]);
    fs::write(store.path(), &overwritten).unwrap();
    assert_eq!(loaded(&store).await, Some(short.clone()), "{overwritten}");
    fs::write(store.path(), format!("{overwritten}\\")).unwrap();
    assert_eq!(loaded(&store).await, Some(short.clone()));
    fs::write(store.path(), format!("token={short}\ntoken={long}\n")).unwrap();
    assert_eq!(
        loaded(&store).await,
        Some(short),
        "of several the newest counts"
    );
}

#[tokio::test]
async fn an_empty_or_damaged_file_has_no_token() {
    let (_folder, store) = folder();
    for text in [
        "",
        "token=\n",
        "other=x\n",
        "token=a b c\n",
        "token=\\u12\n",
    ] {
        fs::write(store.path(), text).unwrap();
        assert_eq!(loaded(&store).await, None, "{text:?}");
    }
    fs::write(store.path(), [0xff, 0xfe, b'\n']).unwrap();
    assert_eq!(loaded(&store).await, None);
}

#[tokio::test]
async fn one_claim_at_a_time() {
    let (_folder, store) = folder();
    let other = store.clone();
    let claim = store.claim(Duration::ZERO).await.unwrap();
    let error = other.claim(Duration::from_millis(120)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    drop(claim);
    assert!(other.claim(Duration::ZERO).await.is_ok());
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_an_error_that_names_the_file() {
    let (folder, _) = folder();
    let store = FileTokenStore::new(folder.path().join("gone").join("token"));
    let error = store.save(&SecretString::from("SECRET")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(error.to_string().contains("gone"));
    assert!(!error.to_string().contains("SECRET"));
    assert!(store.claim(Duration::ZERO).await.is_err());
}
