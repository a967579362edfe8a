//! `kill -9` while an order is on its way, at every point of the way and at any moment.
//!
//! A real child process with a real SQLite file sends orders over a real socket to an exchange in this
//! process, and is killed. A second child opens the journal, reconciles and tells what it found, which
//! has to be what the exchange has.
//!
//! ```text
//! cargo test -p broker-runtime --features sqlite --test kill_nine                    # 70 kills
//! cargo test -p broker-runtime --features sqlite --test kill_nine -- --kills 1000    # more
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a test may panic, and its child speaks through its output"
)]

mod exchange;
mod wire;

use std::{
    collections::BTreeMap,
    env,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use broker_core::{Broker, BrokerExt, Result, model::*};
use broker_runtime::{
    journal::{JournalFilter, JournalStore, SqliteStore},
    layer::{Journal, Layer, Next, Outgoing, Stack},
};
use exchange::Exchange;
use wire::{Wire, account, here};

/// Where the process is when it is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Point {
    BeforeIntent,
    AfterIntent,
    MidWrite,
    AfterWrite,
    BeforeOutcome,
    AfterOutcome,
    /// Anywhere, with many orders on their way.
    AnyMoment,
    /// Nowhere: it reconciles and ends.
    Recovery,
}

const POINTS: [Point; 7] = [
    Point::BeforeIntent,
    Point::AfterIntent,
    Point::MidWrite,
    Point::AfterWrite,
    Point::BeforeOutcome,
    Point::AfterOutcome,
    Point::AnyMoment,
];

/// Stands still at a point, above or below the journal.
#[derive(Debug)]
struct Pause(bool);

impl Layer for Pause {
    async fn command<O: Outgoing>(&self, request: O, next: Next<'_>) -> Result<O::Answer> {
        if self.0 {
            here().await;
        }
        next.send(request).await
    }
}

fn order(name: &str) -> NewOrder {
    NewOrder::new(
        ClientOrderId::new(name).unwrap(),
        account(),
        Instrument::equity("AAPL", Mic::XNAS, Currency::USD).unwrap(),
        Side::Buy,
        OrderAmount::Quantity(Quantity::try_from(1).unwrap()),
        OrderType::Market,
    )
}

// ---- the child --------------------------------------------------------------------------------

async fn child(point: Point, port: u16, journal: &Path) {
    let wire = Wire::connect(port, point).await;
    let store = SqliteStore::open(journal).unwrap();
    let journal = Journal::open(Arc::clone(&store) as Arc<dyn JournalStore>)
        .await
        .unwrap();
    let broker = Stack::over(wire as Arc<dyn Broker>)
        .layer(Pause(point == Point::AfterIntent))
        .unwrap()
        .layer(Arc::clone(&journal))
        .unwrap()
        .layer(Pause(point == Point::BeforeIntent))
        .unwrap()
        .build();
    match point {
        Point::Recovery => {
            journal.recovered().await;
            store.flush().await.unwrap();
            for intent in store.intents(&JournalFilter::default()).await.unwrap() {
                let id = intent.client_order_id.unwrap();
                println!("INTENT {id} {}", intent.outcome.as_str());
                let again = broker.submit(&order(id.as_str())).await;
                println!(
                    "AGAIN {id} {}",
                    again.map_or_else(|e| e.kind().as_str(), |_| "sent")
                );
            }
            for damage in store.damage() {
                println!("DAMAGE {damage:?}");
            }
            println!("DONE");
        }
        Point::AnyMoment => {
            println!("AT");
            let mut tasks = tokio::task::JoinSet::new();
            for task in 0..8 {
                let broker = Arc::clone(&broker);
                tasks.spawn(async move {
                    for n in 0..1_000_000 {
                        let _ = broker
                            .submit(&order(&format!("t{task}-{n}")))
                            .await
                            .unwrap();
                    }
                });
            }
            tasks.join_all().await;
        }
        _ => {
            let _ = broker.submit(&order("one")).await.unwrap();
            here().await;
        }
    }
}

// ---- the parent -------------------------------------------------------------------------------

fn spawn(point: Point, exchange: &Exchange, journal: &Path) -> Child {
    Command::new(env::current_exe().unwrap())
        .env("KILL_NINE", format!("{point:?}"))
        .env("KILL_NINE_PORT", exchange.port.to_string())
        .env("KILL_NINE_JOURNAL", journal)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

fn lines(child: &mut Child) -> impl Iterator<Item = String> + use<> {
    BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map_while(std::io::Result::ok)
}

/// What a recovery said of each order: what was found, and what sending it again gave.
fn recover(exchange: &Exchange, journal: &Path) -> BTreeMap<String, (String, String)> {
    let mut child = spawn(Point::Recovery, exchange, journal);
    let mut said: BTreeMap<String, (String, String)> = BTreeMap::new();
    let mut done = false;
    for line in lines(&mut child) {
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            ["INTENT", id, outcome] => {
                drop(said.insert(id.into(), (outcome.into(), String::new())));
            }
            ["AGAIN", id, answer] => said.get_mut(id).unwrap().1 = answer.into(),
            ["DONE"] => done = true,
            // What was being written when the process died is no news.
            ["DAMAGE", "TornTail", ..] => {}
            _ => panic!("the recovery said {line}"),
        }
    }
    assert!(
        child.wait().unwrap().success() && done,
        "the recovery ended without a word"
    );
    said
}

fn kill_once(point: Point, round: u64) -> usize {
    let directory = tempfile::TempDir::new().unwrap();
    let journal = directory.path().join("journal.sqlite");
    let exchange = Exchange::open();
    let mut child = spawn(point, &exchange, &journal);
    let at = lines(&mut child).next();
    assert_eq!(
        at.as_deref(),
        Some("AT"),
        "{point:?}: the child ended by itself"
    );
    if point == Point::AnyMoment {
        thread::sleep(Duration::from_micros(round.wrapping_mul(7_919) % 40_000));
    }
    // SIGKILL: the process gets no word in.
    child.kill().unwrap();
    child.wait().unwrap();
    exchange.quiet();
    let arrived = exchange.orders();
    let said = recover(&exchange, &journal);
    for id in &arrived {
        assert_eq!(exchange.count(id), 1, "{point:?}: {id} was sent twice");
        assert!(
            said.contains_key(id),
            "{point:?}: {id} is at the exchange and was never intended"
        );
    }
    for (id, (outcome, again)) in &said {
        let there = arrived.contains(id);
        let fits: &[&str] = if there {
            &["accepted", "found"]
        } else {
            &["absent"]
        };
        assert!(
            fits.contains(&outcome.as_str()),
            "{point:?}: {id} is {outcome}, there: {there}"
        );
        assert_eq!(again, "duplicate", "{point:?}: {id} could be sent again");
    }
    let expected = match point {
        Point::BeforeIntent => Some((0, 0)),
        Point::AfterIntent | Point::MidWrite => Some((1, 0)),
        Point::AfterWrite | Point::BeforeOutcome | Point::AfterOutcome => Some((1, 1)),
        Point::AnyMoment | Point::Recovery => None,
    };
    if let Some(expected) = expected {
        assert_eq!((said.len(), arrived.len()), expected, "{point:?}");
    }
    said.len()
}

fn main() {
    if let Ok(name) = env::var("KILL_NINE") {
        let point = POINTS
            .into_iter()
            .chain([Point::Recovery])
            .find(|p| format!("{p:?}") == name);
        let port = env::var("KILL_NINE_PORT").unwrap().parse().unwrap();
        let journal = env::var("KILL_NINE_JOURNAL").unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(child(point.unwrap(), port, journal.as_ref()));
        return;
    }
    let mut arguments = env::args()
        .skip_while(|argument| argument != "--kills")
        .skip(1);
    let kills: u64 = arguments
        .next()
        .map_or(70, |number| number.parse().unwrap());
    let began = Instant::now();
    let mut intents = BTreeMap::<String, (u64, usize)>::new();
    for (round, point) in (0..kills).zip(POINTS.into_iter().cycle()) {
        let entry = intents.entry(format!("{point:?}")).or_default();
        entry.0 += 1;
        entry.1 += kill_once(point, round);
    }
    for (point, (kills, intents)) in &intents {
        println!("{point:<14} {kills:>5} kills, {intents:>7} intents reconciled or known");
    }
    println!(
        "{kills} kills in {:?}: nothing sent twice, nothing lost",
        began.elapsed()
    );
}
