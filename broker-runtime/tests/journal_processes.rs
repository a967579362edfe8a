//! Two processes after each other on one journal, and one that is killed.
//!
//! The other process is this test program again, playing [`a_program`].

#![expect(clippy::unwrap_used, reason = "the functions of a test fail it")]

use core::time::Duration;
use std::{
    io::{BufRead as _, BufReader, Read as _},
    path::Path,
    process::{Child, Command, Stdio},
};

use broker_core::{
    dec,
    model::{
        AccountId, ClientOrderId, Currency, Instrument, Mic, NewOrder, OrderAmount, OrderType,
        Price, Quantity, Side,
    },
};
use broker_runtime::journal::{
    Action, JournalFilter, JournalHeld, JournalStore as _, NewIntent, SqliteStore,
};
use chrono::DateTime;

const JOURNAL: &str = "JOURNAL_TEST_PATH";
const MARK: &str = "program: begun";

fn intent(number: u32) -> NewIntent {
    let account = AccountId::new("DU1").unwrap();
    let id = ClientOrderId::new(format!("o{number}")).unwrap();
    let order = NewOrder::new(
        id.clone(),
        account.clone(),
        Instrument::equity("AAPL", Mic::XNAS, Currency::USD).unwrap(),
        Side::Buy,
        OrderAmount::Quantity(Quantity::try_from(1_i64).unwrap()),
        OrderType::Limit {
            price: Price::new(dec!(10)).unwrap(),
        },
    );
    NewIntent {
        account,
        client_order_id: Some(id),
        action: Action::Submit {
            order: order.into(),
            list: None,
        },
        at: DateTime::UNIX_EPOCH,
    }
}

fn wait<T>(doing: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.unwrap().block_on(doing)
}

#[test]
#[ignore = "a program of the other tests"]
fn a_program() {
    let Ok(path) = std::env::var(JOURNAL) else {
        return;
    };
    let store = SqliteStore::open(path).unwrap();
    wait(store.begin(vec![intent(0)])).unwrap();
    println!("{MARK}");
    let asked_to_end = std::thread::spawn(|| std::io::stdin().read_to_end(&mut Vec::new()));
    let mut number = 0;
    while !asked_to_end.is_finished() {
        number += 1;
        wait(store.begin(vec![intent(number)])).unwrap();
    }
    // Some more, while the next program waits already.
    for _ in 0..200 {
        number += 1;
        wait(store.begin(vec![intent(number)])).unwrap();
    }
    println!("wrote {number}");
}

fn start(journal: &Path) -> (Child, BufReader<std::process::ChildStdout>) {
    let mut program = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_program", "--ignored", "--nocapture"])
        .env(JOURNAL, journal)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(program.stdout.take().unwrap());
    let mut line = String::new();
    while !line.contains(MARK) {
        line.clear();
        assert!(output.read_line(&mut line).unwrap() > 0, "it ended");
    }
    (program, output)
}

fn written(store: &SqliteStore) -> usize {
    wait(store.intents(&JournalFilter::default()))
        .unwrap()
        .len()
}

#[test]
fn a_program_that_is_still_ending_is_waited_for_and_leaves_no_torn_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.sqlite");
    let (mut program, mut output) = start(&path);
    let held = SqliteStore::open_within(&path, Duration::from_millis(50)).unwrap_err();
    let behind = JournalHeld::of(&held).unwrap();
    assert!(behind.waited >= Duration::from_millis(50), "{held}");
    drop(program.stdin.take());
    let store = SqliteStore::open_within(&path, Duration::from_secs(60)).unwrap();
    assert_eq!(store.damage(), []);
    assert!(program.wait().unwrap().success());
    let mut said = String::new();
    output.read_to_string(&mut said).unwrap();
    assert!(
        said.contains(&format!("wrote {}", written(&store) - 1)),
        "{said}"
    );
}

#[test]
fn a_program_that_is_killed_holds_nothing_any_more() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.sqlite");
    let (mut program, _output) = start(&path);
    program.kill().unwrap();
    program.wait().unwrap();
    let store = SqliteStore::open_within(&path, Duration::ZERO).unwrap();
    assert!(written(&store) > 0);
}
