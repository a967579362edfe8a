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
    let at = day("2025-08-13");
    SentOrder {
        number,
        ..SentOrder::new(account(of), id(name), at)
    }
}

fn day(date: &str) -> DateTime<Utc> {
    format!("{date}T02:30:00Z").parse().unwrap()
}

/// The same order, written down again because it has ended.
fn ended(order: &SentOrder, date: &str) -> SentOrder {
    SentOrder {
        ended_at: Some(day(date)),
        ..order.clone()
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

#[tokio::test]
async fn orders_that_ended_long_ago_are_forgotten_and_those_of_unknown_outcome_never() {
    let folder = tempfile::tempdir().unwrap();
    let file = FileOrderJournal::new(folder.path().join("orders.jsonl"));
    let journals: [Arc<dyn OrderJournal>; 2] =
        [Arc::new(MemoryOrderJournal::default()), Arc::new(file)];
    for journal in journals {
        let (old, late, lost) = (
            sent("1", "old", Some(1)),
            sent("1", "late", Some(2)),
            sent("1", "lost", Some(3)),
        );
        let entry = sent("1", "entry", Some(4));
        let (done, works) = (
            exit("entry-profit", "entry", ListRole::TakeProfit),
            exit("entry-loss", "entry", ListRole::StopLoss),
        );
        let (whole, leg) = (
            sent("1", "whole", Some(5)),
            exit("whole-loss", "whole", ListRole::StopLoss),
        );
        let others = ended(&sent("2", "old", Some(1)), "2025-08-14");
        // Sent anew under its name after the first one had been proven never to have been.
        let again = SentOrder {
            number: Some(7),
            at: day("2025-08-15"),
            ..sent("1", "again", Some(6))
        };
        let first = ended(&sent("1", "again", Some(6)), "2025-08-14");
        let ends = [
            ended(&old, "2025-08-14"),
            ended(&late, "2026-01-02"),
            ended(&entry, "2025-08-14"),
            ended(&done, "2025-08-14"),
            ended(&whole, "2025-08-14"),
            ended(&leg, "2025-08-14"),
        ];
        let sent = [
            old,
            late,
            lost.clone(),
            entry,
            done,
            works.clone(),
            whole,
            leg,
            first.clone(),
        ];
        journal.write(&sent).await.unwrap();
        journal.write(&ends).await.unwrap();
        journal
            .write(&[again.clone(), others.clone()])
            .await
            .unwrap();
        // Nobody forgets what is listed still.
        journal
            .forget(&account("1"), day("2025-08-14"))
            .await
            .unwrap();
        let all = journal.read(&account("1")).await.unwrap();
        let left = |name: &str| all.iter().any(|order| order.client_order_id == id(name));
        assert!(left("old") && left("whole"), "{all:?}");

        journal
            .forget(&account("1"), day("2026-01-01"))
            .await
            .unwrap();
        let [_, late_end, entry_end, done_end, ..] = ends.clone();
        let expected = [late_end, lost, entry_end, done_end, works, first, again];
        assert_eq!(journal.read(&account("1")).await.unwrap(), expected);
        assert_eq!(journal.read(&account("2")).await.unwrap(), [others]);
    }
}

#[tokio::test]
async fn a_journal_is_made_shorter_only_where_half_of_it_goes_and_stays_whole_where_it_cannot_be() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.jsonl");
    let journal = FileOrderJournal::new(&path);
    let forget = async || journal.forget(&account("1"), day("2026-01-01")).await;
    forget().await.unwrap();
    assert!(!path.exists(), "there is nothing to forget");
    for name in ["a", "b", "c"] {
        journal.write(&[sent("1", name, None)]).await.unwrap();
    }
    let end = [ended(&sent("1", "a", None), "2025-08-14")];
    journal.write(&end).await.unwrap();
    let before = std::fs::read(&path).unwrap();
    forget().await.unwrap();
    assert_ne!(
        std::fs::read(&path).unwrap(),
        before,
        "two of four lines go"
    );
    let before = std::fs::read(&path).unwrap();
    let end = [ended(&sent("1", "b", None), "2025-08-14")];
    journal
        .write(&[sent("1", "d", None), sent("1", "e", None)])
        .await
        .unwrap();
    journal.write(&end).await.unwrap();
    forget().await.unwrap();
    let now = std::fs::read(&path).unwrap();
    assert!(now.starts_with(&before), "three of five stay");

    // What a crash has left behind is in nobody's way.
    std::fs::write(folder.path().join("orders.jsonl.new"), "half a li").unwrap();
    let end = [ended(&sent("1", "c", None), "2025-08-14")];
    journal.write(&end).await.unwrap();
    forget().await.unwrap();
    let left = journal.read(&account("1")).await.unwrap();
    assert_eq!(left, [sent("1", "d", None), sent("1", "e", None)]);
    assert!(!folder.path().join("orders.jsonl.new").exists());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    // A line that nobody understands is somebody's order.
    for name in ["d", "e"] {
        let end = [ended(&sent("1", name, None), "2025-08-14")];
        journal.write(&end).await.unwrap();
    }
    let mut text = std::fs::read_to_string(&path).unwrap();
    text.push_str("{\"what\":1}\n");
    std::fs::write(&path, &text).unwrap();
    assert_eq!(forget().await.unwrap_err().kind(), ErrorKind::Io);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
}

#[tokio::test]
async fn what_another_program_writes_while_the_file_is_made_shorter_is_not_lost() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.jsonl");
    let tasks: Vec<_> = (0..8)
        .map(|program| {
            // With an open file and a turn of its own each, like a program of its own.
            let journal = FileOrderJournal::new(&path);
            tokio::spawn(async move {
                for number in 0..10 {
                    let order = sent("1", &format!("{program}-{number}"), Some(number + 1));
                    let end = ended(&order, "2025-08-14");
                    journal.write(&[order]).await.unwrap();
                    if number > 0 {
                        journal.write(&[end]).await.unwrap();
                    }
                    journal
                        .forget(&account("1"), day("2026-01-01"))
                        .await
                        .unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let left = FileOrderJournal::new(&path)
        .read(&account("1"))
        .await
        .unwrap();
    let open = left
        .iter()
        .filter(|order| order.client_order_id.as_str().ends_with("-0"));
    assert_eq!(open.count(), 8, "{left:?}");
}

#[test]
fn an_end_is_written_down_once_and_only_of_what_was_written_down() {
    let mut former = Former::default();
    let order = sent("1", "a", Some(7));
    former.add(order.clone());
    let now = day("2025-08-14");
    assert_eq!(
        former.end(&account("1"), &id("a"), now),
        Some(ended(&order, "2025-08-14"))
    );
    assert_eq!(former.end(&account("1"), &id("a"), now), None);
    assert_eq!(former.end(&account("1"), &id("b"), now), None);
    // Sent again under its name it has an end of its own.
    former.add(sent("1", "a", Some(9)));
    assert_eq!(
        former.end(&account("1"), &id("a"), now).unwrap().number,
        Some(9)
    );
    // So does one that a former process has seen end.
    let mut next = Former::default();
    next.add(ended(&order, "2025-08-14"));
    assert_eq!(next.end(&account("1"), &id("a"), now), None);
}
