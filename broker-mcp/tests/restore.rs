//! Copies of the server's files, made and put back by the program as people start it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use broker_mcp::store::{NewIntent, Quota, Store};
use broker_runtime::journal::SqliteStore;
use chrono::Utc;

fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_broker-mcp"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder)
        .output()
        .unwrap()
}

/// The same for a command that has to work; what it said.
fn done(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    let said = String::from_utf8(output.stdout).unwrap();
    let trouble = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {said}{trouble}");
    said
}

/// The same for a command that must not work; why not.
fn refused(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
    String::from_utf8(output.stderr).unwrap()
}

/// A folder with a configuration, a server's file and a journal.
fn house() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    done(folder.path(), &["init"]);
    fs::create_dir(folder.path().join("journal")).unwrap();
    drop(journal(folder.path()));
    folder
}

fn journal(folder: &Path) -> std::sync::Arc<SqliteStore> {
    SqliteStore::open(folder.join("journal/paper.sqlite")).unwrap()
}

fn store(folder: &Path) -> Store {
    Store::open(folder.join("broker-mcp.sqlite")).unwrap()
}

async fn remember(store: &Store, id: &str) {
    let new = NewIntent {
        principal: "bot".to_owned(),
        client_order_id: id.to_owned(),
        operation: "place_order".to_owned(),
        account: "paper/PAPER-1".to_owned(),
        digest: "x".to_owned(),
        notional: None,
    };
    store
        .begin(new, &[], &Quota::default(), Utc::now())
        .await
        .unwrap();
}

async fn knows(store: &Store, id: &str) -> bool {
    store.intent("bot", id).await.unwrap().is_some()
}

/// What was set aside of a file.
fn aside(folder: &Path, name: &str) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap();
    let names = names.map(|one| one.unwrap().file_name().into_string().unwrap());
    let start = format!("{name}.before-");
    names.filter(|one| one.starts_with(&start)).collect()
}

#[tokio::test]
async fn what_was_copied_is_there_again_and_what_it_replaces_is_set_aside() {
    let house = house();
    let path = house.path();
    remember(&store(path), "first").await;
    let said = done(path, &["db", "backup", "copies"]);
    assert!(said.contains("journal/paper.sqlite"), "{said}");
    let copies = fs::read_dir(path.join("copies")).unwrap();
    assert_eq!(copies.count(), 2, "a copy is one file");
    remember(&store(path), "second").await;
    done(path, &["db", "restore", "copies"]);
    let restored = store(path);
    assert!(knows(&restored, "first").await);
    assert!(!knows(&restored, "second").await);
    let before = aside(path, "broker-mcp.sqlite");
    assert_eq!(before.len(), 1, "{before:?}");
    let before = Store::open(path.join(&before[0])).unwrap();
    assert!(knows(&before, "second").await, "nothing is lost");
    drop(journal(path));
}

#[tokio::test]
async fn nothing_is_put_back_while_anybody_has_one_of_the_files_open() {
    let house = house();
    let path = house.path();
    remember(&store(path), "first").await;
    done(path, &["db", "backup", "copies"]);
    let open = store(path);
    remember(&open, "second").await;
    let why = refused(path, &["db", "restore", "copies"]);
    assert!(why.contains("broker-mcp.sqlite is in use"), "{why}");
    drop(open);
    let open = journal(path);
    let why = refused(path, &["db", "restore", "copies"]);
    assert!(why.contains("paper.sqlite is in use"), "{why}");
    drop(open);
    assert!(knows(&store(path), "second").await, "all of them or none");
    assert_eq!(aside(path, "broker-mcp.sqlite"), Vec::<String>::new());
    done(path, &["db", "restore", "copies"]);
    assert!(!knows(&store(path), "second").await);
}

#[tokio::test]
async fn a_journal_that_somebody_has_is_left_out_and_leaves_nothing_behind() {
    let house = house();
    let path = house.path();
    remember(&store(path), "first").await;
    let open = journal(path);
    let why = refused(path, &["db", "backup", "copies"]);
    assert!(why.contains("paper.sqlite"), "{why}");
    let copies = fs::read_dir(path.join("copies")).unwrap();
    let copies: Vec<_> = copies.map(|one| one.unwrap().file_name()).collect();
    assert_eq!(copies, ["broker-mcp.sqlite"]);
    drop(open);
    // What there is no copy of, stays.
    let said = done(path, &["db", "restore", "copies"]);
    assert!(said.contains("paper.sqlite stays"), "{said}");
    assert!(aside(&path.join("journal"), "paper.sqlite").is_empty());
}

#[tokio::test]
async fn what_is_no_copy_is_not_put_back() {
    let house = house();
    let path = house.path();
    remember(&store(path), "first").await;
    let why = refused(path, &["db", "restore", "nowhere"]);
    assert!(why.contains("there is no copy"), "{why}");
    done(path, &["db", "backup", "copies"]);
    for (bytes, word) in [
        (&b""[..], "empty"),
        (&b"not a database, surely"[..], "no copy"),
    ] {
        fs::write(path.join("copies/paper.sqlite"), bytes).unwrap();
        let why = refused(path, &["db", "restore", "copies"]);
        assert!(why.contains(word), "{why}");
        assert_eq!(aside(path, "broker-mcp.sqlite"), Vec::<String>::new());
        assert!(aside(&path.join("journal"), "paper.sqlite").is_empty());
    }
}
