use std::{fs, path::Path, sync::Arc};

use broker_core::BrokerExt as _;
use tempfile::TempDir;

use super::search::search_among;
use crate::{
    layer::{Audit, Stack},
    test_support::{Stub, buy},
};
use broker_core::dec;

/// Orders `o0`, `o1` and so on, in files of a few rows.
async fn trail(folder: &Path, count: usize) -> Arc<Audit> {
    let audit = Audit::in_folder(folder).rotate_at(2_000).open().unwrap();
    let stack = Stack::over(Stub::new().dynamic());
    let broker = stack.layer(Arc::clone(&audit)).unwrap().build();
    for n in 0..count {
        let order = buy(&format!("o{n}-end"), 1, dec!(10));
        let _ = broker.submit(&order).await.unwrap();
    }
    audit.flush().await.unwrap();
    audit
}

#[tokio::test]
async fn the_newest_rows_with_every_word_come_first_up_to_a_limit() {
    let folder = TempDir::new().unwrap();
    let audit = trail(folder.path(), 12).await;
    let found = audit.search("", 3).await.unwrap();
    assert_eq!((found.rows.len(), found.searched), (3, 12));
    assert_eq!(found.rows[0]["seq"], 12);
    assert_eq!(found.rows[2]["seq"], 10);
    let found = audit.search("SUBMIT o1-end", 9).await.unwrap();
    assert_eq!(found.rows.len(), 1);
    assert_eq!(found.rows[0]["seq"], 2);
    assert!(found.whole);
    assert!(
        audit
            .search("o1-end o2-end", 9)
            .await
            .unwrap()
            .rows
            .is_empty()
    );
}

#[tokio::test]
async fn hashes_are_not_found() {
    let folder = TempDir::new().unwrap();
    let audit = trail(folder.path(), 3).await;
    let hash = audit.head().hash;
    assert!(audit.search(&hash[..8], 9).await.unwrap().rows.is_empty());
}

#[tokio::test]
async fn what_was_changed_is_seen() {
    let folder = TempDir::new().unwrap();
    let audit = trail(folder.path(), 12).await;
    let file = folder.path().join("audit-000000000001.jsonl");
    let before = fs::read_to_string(&file).unwrap();
    let without_the_second: Vec<&str> = {
        let mut lines: Vec<&str> = before.lines().collect();
        lines.remove(1);
        lines
    };
    for after in [
        before.replace("o1-end", "o9-end"),
        without_the_second.join("\n") + "\n",
        String::new(),
        format!("{before}nothing\n"),
    ] {
        fs::write(&file, &after).unwrap();
        assert!(!audit.search("", 9).await.unwrap().whole, "{after}");
    }
    fs::write(&file, &before).unwrap();
    assert!(audit.search("", 9).await.unwrap().whole);
}

#[tokio::test]
async fn rows_that_were_cut_off_at_the_end_are_missed() {
    let folder = TempDir::new().unwrap();
    let audit = trail(folder.path(), 2).await;
    let file = folder.path().join("audit-000000000001.jsonl");
    let before = fs::read_to_string(&file).unwrap();
    let first = before.lines().next().unwrap();
    fs::write(&file, format!("{first}\n")).unwrap();
    assert!(!audit.search("", 9).await.unwrap().whole);
}

#[tokio::test]
async fn rows_that_are_written_meanwhile_are_left_out() {
    let folder = TempDir::new().unwrap();
    let audit = trail(folder.path(), 2).await;
    let head = audit.head();
    drop(audit);
    let _audit = trail(folder.path(), 2).await;
    let found = search_among(folder.path(), &head, "", 9, 100).unwrap();
    assert_eq!(
        (found.rows.len(), found.searched, found.whole),
        (2, 2, true)
    );
}

#[tokio::test]
async fn a_search_ends_after_so_many_rows() {
    let folder = TempDir::new().unwrap();
    let audit = trail(folder.path(), 12).await;
    let found = search_among(folder.path(), &audit.head(), "o0-end", 9, 5).unwrap();
    assert_eq!(
        (found.rows.len(), found.searched, found.whole),
        (0, 5, true)
    );
}
