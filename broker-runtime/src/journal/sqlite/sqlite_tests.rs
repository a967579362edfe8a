use core::time::Duration;
use std::{
    fs::File,
    sync::{Arc, mpsc},
};

use broker_core::{
    ErrorKind, UnconfirmedCause, dec,
    model::{ExecutionId, ExecutionKind, ExecutionReport, Fill, Order, OrderStatus, Side},
};
use chrono::TimeDelta;
use fs4::FileExt;
use futures_util::FutureExt;
use rusqlite::Connection;
use tempfile::TempDir;
use tokio::{sync::oneshot, task::JoinHandle};

use super::{SqliteStore, io};
use crate::{
    journal::{
        Action, Entry, IntentId, IntentOutcome, JournalFilter, JournalHeld, JournalStore,
        NewIntent, StoreHealth,
    },
    test_support::{account, buy, id, price, second_account, start, units},
};

pub(super) fn submit(name: &str) -> NewIntent {
    NewIntent {
        account: account(),
        client_order_id: Some(id(name)),
        action: Action::Submit {
            order: Arc::new(buy(name, 100, dec!(10))),
            list: None,
        },
        at: start(),
    }
}

pub(super) fn cancel(name: &str) -> NewIntent {
    NewIntent {
        action: Action::Cancel,
        ..submit(name)
    }
}

pub(super) fn place() -> (TempDir, std::path::PathBuf) {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("journal.sqlite");
    (directory, path)
}

pub(super) fn outcome(intent: IntentId, outcome: IntentOutcome) -> Entry {
    Entry::Outcome {
        intent,
        outcome,
        at: start() + TimeDelta::seconds(1),
    }
}

/// Keeps the writer busy until the sender is used; what is asked meanwhile waits together.
async fn occupy(store: &Arc<SqliteStore>) -> (mpsc::Sender<()>, JoinHandle<()>) {
    let (hold, held) = mpsc::channel();
    let (running, runs) = oneshot::channel();
    let store = Arc::clone(store);
    let blocking = tokio::spawn(async move {
        let read = move |_: &Connection| {
            running.send(()).map_err(|()| super::gone())?;
            held.recv().map_err(|_| super::gone())
        };
        store.read(read).await.unwrap();
    });
    runs.await.unwrap();
    (hold, blocking)
}

fn accepted() -> IntentOutcome {
    IntentOutcome::Accepted {
        broker_order_id: None,
    }
}

fn refused() -> IntentOutcome {
    IntentOutcome::Refused {
        kind: "rejected".into(),
        message: "no".into(),
    }
}

#[tokio::test]
async fn what_was_begun_is_there_after_a_restart_with_what_became_of_it() {
    let (_directory, path) = place();
    let store = SqliteStore::open(&path).unwrap();
    let ids = store.begin(vec![submit("a")]).await.unwrap();
    store.begin(vec![cancel("a")]).await.unwrap();
    store.begin(vec![submit("b")]).await.unwrap();
    store.record(vec![outcome(ids[0], accepted())]);
    let before = store.intents(&JournalFilter::default()).await.unwrap();
    drop(store);
    let store = SqliteStore::open(&path).unwrap();
    assert_eq!(store.damage(), []);
    let after = store.intents(&JournalFilter::default()).await.unwrap();
    assert_eq!(before, after);
    assert_eq!(after[0].outcome, accepted());
    assert_eq!(after[0].ended_at, Some(start() + TimeDelta::seconds(1)));
    assert_eq!(after[0].action, submit("a").action);
    let open = store
        .intents(&JournalFilter::default().open())
        .await
        .unwrap();
    assert_eq!(
        open.iter().map(|intent| intent.id.0).collect::<Vec<_>>(),
        [2, 3]
    );
}

#[tokio::test]
async fn an_identifier_is_taken_for_ever_unless_it_was_refused() {
    let (_directory, path) = place();
    let mut store = SqliteStore::open(&path).unwrap();
    let taken = [
        accepted(),
        IntentOutcome::Open,
        IntentOutcome::Absent,
        IntentOutcome::Found {
            status: OrderStatus::Canceled,
        },
        IntentOutcome::Unconfirmed {
            cause: UnconfirmedCause::Timeout,
        },
    ];
    for (n, what) in taken.iter().enumerate() {
        let name = format!("taken-{n}");
        let ids = store.begin(vec![submit(&name)]).await.unwrap();
        store.record(vec![outcome(ids[0], what.clone())]);
    }
    let ids = store.begin(vec![submit("refused")]).await.unwrap();
    store.record(vec![outcome(ids[0], refused())]);
    for restart in [false, true] {
        if restart {
            drop(store);
            store = SqliteStore::open(&path).unwrap();
        }
        for n in 0..taken.len() {
            let again = store.begin(vec![submit(&format!("taken-{n}"))]).await;
            assert_eq!(again.unwrap_err().kind(), ErrorKind::Duplicate);
        }
    }
    store.begin(vec![submit("refused")]).await.unwrap();
    let again = store.begin(vec![submit("refused")]).await;
    assert_eq!(again.unwrap_err().kind(), ErrorKind::Duplicate);
    // Another account has its own names, and a cancel takes none.
    let mut elsewhere = submit("taken-0");
    elsewhere.account = second_account();
    store.begin(vec![elsewhere]).await.unwrap();
    store.begin(vec![cancel("taken-0")]).await.unwrap();
    store.begin(vec![cancel("taken-0")]).await.unwrap();
}

#[tokio::test]
async fn a_list_is_written_whole_or_not_at_all_and_others_are_not_harmed() {
    let (_directory, path) = place();
    let store = SqliteStore::open(&path).unwrap();
    store.begin(vec![submit("b")]).await.unwrap();
    let (hold, blocking) = occupy(&store).await;
    // Both in one transaction.
    let mut list = store.begin(vec![submit("a"), submit("b"), submit("c")]);
    assert!((&mut list).now_or_never().is_none());
    let mut other = store.begin(vec![submit("d")]);
    assert!((&mut other).now_or_never().is_none());
    hold.send(()).unwrap();
    blocking.await.unwrap();
    assert_eq!(list.await.unwrap_err().kind(), ErrorKind::Duplicate);
    other.await.unwrap();
    let names = store.intents(&JournalFilter::default()).await.unwrap();
    let names: Vec<_> = names
        .iter()
        .map(|i| i.client_order_id.clone().unwrap())
        .collect();
    assert_eq!(names, [id("b"), id("d")]);
    // No hole is left in the sequence.
    drop(store);
    assert_eq!(SqliteStore::open(&path).unwrap().damage(), []);
}

#[tokio::test]
async fn orders_that_come_together_share_one_commit() {
    let (_directory, path) = place();
    let store = SqliteStore::open(&path).unwrap();
    let (hold, blocking) = occupy(&store).await;
    let before = store.commits();
    let mut begins: Vec<_> = (0..64)
        .map(|n| store.begin(vec![submit(&format!("o{n}"))]))
        .collect();
    for begin in &mut begins {
        assert!(begin.now_or_never().is_none());
    }
    hold.send(()).unwrap();
    blocking.await.unwrap();
    for begin in begins {
        begin.await.unwrap();
    }
    assert_eq!(store.commits() - before, 1);
}

#[tokio::test]
async fn a_full_disk_refuses_intents_and_keeps_what_became_known() {
    let (_directory, path) = place();
    let store = SqliteStore::open(&path).unwrap();
    let first = store.begin(vec![submit("first")]).await.unwrap();
    store.fill_disk(true).await;
    let mut refusal = None;
    for n in 0..1_000 {
        if let Err(error) = store.begin(vec![submit(&format!("n{n}"))]).await {
            refusal = Some(error);
            break;
        }
    }
    let refusal = refusal.expect("the file grew without end");
    assert_eq!(refusal.kind(), ErrorKind::Io);
    assert!(refusal.message().contains("full"), "{refusal}");
    // Large enough to need a page of its own.
    let mut report = ExecutionReport::new(id("first"), ExecutionKind::New);
    report.reason = Some(broker_core::model::BrokerText::text("x".repeat(20_000)));
    store.record(vec![
        Entry::Report {
            account: account(),
            report: Arc::new(report),
            at: start(),
        },
        outcome(first[0], accepted()),
    ]);
    assert_eq!(store.flush().await.unwrap_err().kind(), ErrorKind::Io);
    let health = store.health();
    assert!(
        matches!(
            health,
            StoreHealth::Failing {
                waiting: 2,
                lost: 0,
                ..
            }
        ),
        "{health:?}"
    );
    store.fill_disk(false).await;
    store.flush().await.unwrap();
    assert_eq!(store.health(), StoreHealth::Good);
    let intents = store.intents(&JournalFilter::default()).await.unwrap();
    assert_eq!(intents[0].outcome, accepted());
}

#[tokio::test]
async fn a_second_process_is_told_that_the_journal_is_taken() {
    let (_directory, path) = place();
    let store = SqliteStore::open(&path).unwrap();
    store.begin(vec![submit("a")]).await.unwrap();
    let second = SqliteStore::open_within(&path, Duration::ZERO).unwrap_err();
    assert_eq!(second.kind(), ErrorKind::Io);
    assert_eq!(JournalHeld::of(&second).unwrap().path, path);
    assert!(
        second.to_string().contains("held by another process"),
        "{second}"
    );
    drop(store);
    SqliteStore::open(&path).unwrap();
}

#[test]
fn whoever_has_the_lock_holds_a_journal_that_is_not_there_yet() {
    let (directory, path) = place();
    let lock = File::create(directory.path().join("journal.sqlite.lock")).unwrap();
    FileExt::try_lock(&lock).unwrap();
    let patience = Duration::from_millis(20);
    let error = SqliteStore::open_within(&path, patience).unwrap_err();
    let held = JournalHeld::of(&error).unwrap();
    assert_eq!(held.path, path);
    assert!(held.waited >= patience, "{error}");
    assert!(!path.exists());
    drop(lock);
    SqliteStore::open(&path).unwrap();
}

#[tokio::test]
async fn a_journal_that_another_program_has_locked_is_held_too() {
    let (_directory, path) = place();
    drop(SqliteStore::open(&path).unwrap());
    let other = Connection::open(&path).unwrap();
    other
        .execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE")
        .unwrap();
    let error = SqliteStore::open_within(&path, Duration::from_millis(20)).unwrap_err();
    assert!(JournalHeld::of(&error).is_some(), "{error}");
    drop(other);
    SqliteStore::open_within(&path, Duration::ZERO).unwrap();
}

#[tokio::test]
async fn a_journal_whose_holder_is_still_at_work_is_waited_for_and_has_no_torn_end() {
    const INTENTS: usize = 300;
    let (_directory, path) = place();
    let store = SqliteStore::open(&path).unwrap();
    let (asked, opens) = mpsc::channel();
    let opened = {
        let path = path.clone();
        std::thread::spawn(move || {
            asked.send(()).unwrap();
            SqliteStore::open_within(&path, Duration::from_secs(600))
        })
    };
    opens.recv().unwrap();
    for n in 0..INTENTS {
        store.begin(vec![submit(&format!("o{n}"))]).await.unwrap();
    }
    drop(store);
    let next = opened.join().unwrap().unwrap();
    assert_eq!(next.damage(), []);
    let all = next.intents(&JournalFilter::default()).await.unwrap();
    assert_eq!(all.len(), INTENTS);
}

#[tokio::test]
async fn an_order_does_not_wait_until_a_long_list_is_written_behind_it() {
    let (_directory, path) = place();
    let store = SqliteStore::open(&path).unwrap();
    let (hold, blocking) = occupy(&store).await;
    let long = |name: &str| {
        let order = Order::pending(Arc::new(buy(name, 1, dec!(10))), start());
        vec![Entry::Order(Arc::new(order)); 1_000]
    };
    let begun = store.begin(vec![submit("a")]);
    let mut begun = core::pin::pin!(begun);
    assert!(begun.as_mut().now_or_never().is_none());
    store.record(long("b"));
    store.record(long("c"));
    let before = store.commits();
    hold.send(()).unwrap();
    store.flush().await.unwrap();
    begun.await.unwrap();
    blocking.await.unwrap();
    assert_eq!(store.commits() - before, 3);
    let all = JournalFilter::default();
    assert_eq!(store.orders(&all).await.unwrap().len(), 2);
}

#[tokio::test]
async fn everybody_who_reads_is_answered_behind_what_was_recorded_before() {
    let (_directory, path) = place();
    let store = SqliteStore::open(&path).unwrap();
    let (hold, blocking) = occupy(&store).await;
    let order = |name: &str| {
        let order = Order::pending(Arc::new(buy(name, 1, dec!(10))), start());
        vec![Entry::Order(Arc::new(order))]
    };
    let all = JournalFilter::default();
    let mut reads = Vec::new();
    for name in ["a", "b"] {
        store.record(order(name));
        let mut read = Box::pin(store.orders(&all));
        assert!(read.as_mut().now_or_never().is_none());
        reads.push(read);
    }
    hold.send(()).unwrap();
    for (number, read) in (1..).zip(reads) {
        assert_eq!(read.await.unwrap().len(), number);
    }
    blocking.await.unwrap();
}

#[tokio::test]
async fn what_cannot_be_committed_is_not_begun_and_what_became_known_is_kept() {
    let (_directory, path) = place();
    let store = SqliteStore::open(&path).unwrap();
    let run = |sql: &'static str| {
        let failed = |error| io("be broken", error);
        store.read(move |connection| connection.execute_batch(sql).map_err(failed))
    };
    // Every statement succeeds, and their commit does not.
    let broken = "CREATE TABLE one (id INTEGER PRIMARY KEY);
        CREATE TABLE other (id INTEGER REFERENCES one (id) DEFERRABLE INITIALLY DEFERRED);
        CREATE TRIGGER breaks AFTER INSERT ON intents BEGIN INSERT INTO other VALUES (1); END;";
    run(broken).await.unwrap();
    let (hold, blocking) = occupy(&store).await;
    let mut begun = Box::pin(store.begin(vec![submit("a")]));
    assert!(begun.as_mut().now_or_never().is_none());
    let order = Order::pending(Arc::new(buy("b", 1, dec!(10))), start());
    store.record(vec![Entry::Order(Arc::new(order))]);
    hold.send(()).unwrap();
    assert_eq!(begun.await.unwrap_err().kind(), ErrorKind::Io);
    blocking.await.unwrap();
    assert!(matches!(
        store.health(),
        StoreHealth::Failing { waiting: 1, .. }
    ));
    let all = JournalFilter::default();
    assert_eq!(store.intents(&all).await.unwrap(), []);
    run("DROP TRIGGER breaks;").await.unwrap();
    store.begin(vec![submit("a")]).await.unwrap();
    assert_eq!(store.health(), StoreHealth::Good);
    assert_eq!(store.orders(&all).await.unwrap().len(), 1);
}

#[tokio::test]
async fn orders_and_fills_are_found_by_account_and_time() {
    let (_directory, path) = place();
    let store = SqliteStore::open(&path).unwrap();
    let at = |minute| start() + TimeDelta::minutes(minute);
    for minute in 0..4 {
        let name = format!("o{minute}");
        let mut terms = buy(&name, 100, dec!(10));
        if minute == 3 {
            terms.account = second_account();
            terms.side = Side::Sell;
        }
        let execution = ExecutionId::new(format!("e{minute}")).unwrap();
        let fill = Fill::new(execution, &terms, price(dec!(10)), units(1), at(minute));
        let mut order = Order::pending(Arc::new(terms), at(minute));
        if minute == 1 {
            order.status = OrderStatus::Canceled;
        }
        store.record(vec![
            Entry::Order(Arc::new(order.clone())),
            Entry::Order(Arc::new(order)),
            Entry::Fill(Arc::new(fill)),
        ]);
    }
    let names = |orders: Vec<Order>| -> Vec<String> {
        orders
            .iter()
            .map(|o| o.client_order_id().to_string())
            .collect()
    };
    let mine = JournalFilter::of(account());
    let found = store
        .orders(&mine.clone().from(at(1)).until(at(3)))
        .await
        .unwrap();
    assert_eq!(names(found), ["o1", "o2"]);
    let found = store.orders(&mine.clone().open()).await.unwrap();
    assert_eq!(names(found), ["o0", "o2"]);
    let fills = store.fills(&mine.clone().from(at(1))).await.unwrap();
    assert_eq!(fills.len(), 2);
    let fills = store
        .fills(&JournalFilter::of(second_account()))
        .await
        .unwrap();
    assert_eq!((fills.len(), fills[0].executed_at), (1, at(3)));
    let execution_id = ExecutionId::new("e3").unwrap();
    store.record(vec![Entry::Busted {
        account: second_account(),
        execution_id,
        at: at(9),
        why: "said the broker".into(),
    }]);
    let theirs = JournalFilter::of(second_account());
    assert_eq!(store.fills(&theirs).await.unwrap(), []);
    // It is not gone without a trace.
    let busted = store.busted_fills(&theirs).await.unwrap();
    assert_eq!(busted[0].fill, fills[0]);
    assert_eq!((busted[0].at, &*busted[0].why), (at(9), "said the broker"));
    assert_eq!(store.busted_fills(&mine).await.unwrap(), []);
    // A broker that counts it again has the last word.
    store.record(vec![Entry::Fill(Arc::new(fills[0].clone()))]);
    assert_eq!(store.fills(&theirs).await.unwrap(), fills);
    assert_eq!(store.busted_fills(&theirs).await.unwrap(), []);
}
