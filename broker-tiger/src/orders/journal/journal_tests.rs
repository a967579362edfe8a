use std::{io::Write as _, sync::Arc};

use broker_core::{
    ErrorKind,
    model::{AccountId, ClientOrderId, ListId, ListLink, ListRole},
};
use chrono::{DateTime, Utc};

use super::{FileOrderJournal, Former, MemoryOrderJournal, OrderJournal, SentOrder};

fn account(name: &str) -> AccountId {
    AccountId::new(name).unwrap()
}

fn id(name: &str) -> ClientOrderId {
    ClientOrderId::new(name).unwrap()
}

fn sent(of: &str, name: &str, number: Option<i64>) -> SentOrder {
    SentOrder {
        account: account(of),
        client_order_id: id(name),
        number,
        list: None,
        entry: None,
        at: "2025-08-13T02:30:00Z".parse::<DateTime<Utc>>().unwrap(),
    }
}

fn exit(name: &str, entry: &str, role: ListRole) -> SentOrder {
    let list = ListId::new("list-1").unwrap();
    SentOrder {
        list: Some(ListLink { list, role }),
        entry: Some(id(entry)),
        ..sent("1", name, None)
    }
}

#[tokio::test]
async fn what_was_written_is_read_by_account_from_memory_and_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = FileOrderJournal::new(folder.path().join("orders.jsonl"));
    let journals: [Arc<dyn OrderJournal>; 2] =
        [Arc::new(MemoryOrderJournal::default()), Arc::new(file)];
    for journal in journals {
        assert!(journal.read(&account("1")).await.unwrap().is_empty());
        let own = [
            sent("1", "a", Some(7)),
            exit("a-exit", "a", ListRole::StopLoss),
        ];
        journal.write(&own).await.unwrap();
        journal.write(&[sent("2", "b", None)]).await.unwrap();
        assert_eq!(journal.read(&account("1")).await.unwrap(), own);
        assert_eq!(
            journal.read(&account("2")).await.unwrap(),
            [sent("2", "b", None)]
        );
    }
}

#[tokio::test]
async fn a_file_outlives_the_process_and_a_line_that_was_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.jsonl");
    let journal = FileOrderJournal::new(&path);
    journal.write(&[sent("1", "a", Some(7))]).await.unwrap();
    let mut file = std::fs::OpenOptions::new()
        .append(true)
        .open(&path)
        .unwrap();
    file.write_all(br#"{"account":"1","client_or"#).unwrap();
    let next = FileOrderJournal::new(&path);
    assert_eq!(
        next.read(&account("1")).await.unwrap(),
        [sent("1", "a", Some(7))]
    );
    next.write(&[sent("1", "b", Some(8))]).await.unwrap();
    let both = [sent("1", "a", Some(7)), sent("1", "b", Some(8))];
    assert_eq!(next.read(&account("1")).await.unwrap(), both);
}

#[tokio::test]
async fn a_line_that_makes_no_sense_is_an_error_and_not_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.jsonl");
    std::fs::write(&path, "{}\n").unwrap();
    let error = FileOrderJournal::new(&path)
        .read(&account("1"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(error.message().contains("line 1"), "{error}");
}

#[tokio::test]
async fn many_writers_at_once_lose_no_line() {
    let folder = tempfile::tempdir().unwrap();
    let journal = FileOrderJournal::new(folder.path().join("orders.jsonl"));
    let tasks: Vec<_> = (0..20)
        .map(|number| {
            let journal = journal.clone();
            tokio::spawn(async move {
                let name = format!("order-{number}");
                journal.write(&[sent("1", &name, Some(number + 1))]).await
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    assert_eq!(journal.read(&account("1")).await.unwrap().len(), 20);
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_reads_the_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.jsonl");
    let journal = FileOrderJournal::new(&path);
    journal.write(&[sent("1", "a", None)]).await.unwrap();
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn names_are_found_by_number_and_by_part() {
    let mut former = Former::default();
    former.add(sent("1", "a", Some(7)));
    former.add(exit("a-profit", "a", ListRole::TakeProfit));
    former.add(exit("a-loss", "a", ListRole::StopLoss));
    let one = account("1");
    assert_eq!(former.of_number(&one, 7), Some(id("a")));
    assert_eq!(
        former.of_number(&account("2"), 7),
        None,
        "numbers are the account's"
    );
    assert_eq!(
        former.exit(&one, &id("a"), ListRole::StopLoss),
        Some(id("a-loss"))
    );
    assert_eq!(former.exit(&one, &id("b"), ListRole::StopLoss), None);
    let link = former.list(&one, &id("a-profit")).unwrap();
    assert_eq!(link.role, ListRole::TakeProfit);
    // Sent once more after it had been proven absent.
    former.add(sent("1", "a", Some(9)));
    assert_eq!(former.number(&one, &id("a")), Some(9));
    assert_eq!(
        former.of_number(&one, 7),
        Some(id("a")),
        "both are the caller's order"
    );
}
