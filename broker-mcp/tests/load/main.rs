//! Many clients at the same time, over MCP and over REST, with listeners that do not listen. What they were
//! told of their orders is held against the books of the exchanges, one order at a time.
//!
//! `LOAD_CLIENTS` and `LOAD_SECONDS` say how many and for how long; with `--nocapture` it says what it did:
//!
//! ```text
//! LOAD_CLIENTS=200 LOAD_SECONDS=60 cargo test --release -p broker-mcp --test load -- --nocapture
//! ```

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "tests fail by panicking, and this one reports"
)]

mod books;
mod client;
mod listeners;
mod server;
mod wire;

use core::time::Duration;
use std::{
    collections::BTreeMap,
    sync::{Arc, atomic::AtomicUsize},
    time::Instant,
};

use client::{Client, Tally};
use serde_json::json;
use server::{CONNECTIONS, Running};
use tokio::{sync::oneshot, task::JoinSet};
use tokio_util::sync::CancellationToken;

/// An exchange forgets finished orders beyond 10,000, and then nobody could look them up.
const ROOM: usize = 9_000;
/// How the orders are called that are placed when all others have been.
const LAST: &str = "the-last-";
/// Listeners of each kind.
const LISTENERS: usize = 8;
/// How long all of it may stand still before it is a failure and not a slow machine.
const STUCK: Duration = Duration::from_secs(900);
/// How much more memory, MiB, the second half of a run may take: what it writes down of its orders, and
/// what the allocator keeps.
const GROWTH: u64 = 64;

fn said(name: &str, usual: u64) -> u64 {
    let said = std::env::var(name).ok();
    said.map_or(usual, |said| said.parse().unwrap())
}

/// Memory of this process, MiB; nothing where the system does not say.
fn memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kibibytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kibibytes / 1024)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_order_is_lost_or_doubled_while_many_clients_trade_and_some_do_not_listen() {
    let clients = usize::try_from(said("LOAD_CLIENTS", 40)).unwrap();
    let span = Duration::from_secs(said("LOAD_SECONDS", 5));
    let run = run(clients.max(CONNECTIONS), span);
    let within = tokio::time::timeout(span + STUCK, run);
    assert!(within.await.is_ok(), "nothing goes on any more");
}

async fn run(clients: usize, span: Duration) {
    let running = Running::start(clients + LISTENERS).await;
    let rooms: Vec<_> = (0..CONNECTIONS)
        .map(|_| Arc::new(AtomicUsize::new(ROOM)))
        .collect();
    let mut ready = Vec::new();
    for number in 0..clients {
        let room = Arc::clone(&rooms[number % CONNECTIONS]);
        ready.push(Client::begin(number, &running.way(number), room).await);
    }
    let stop = CancellationToken::new();
    let (listens, listening) = oneshot::channel();
    let hearing = tokio::spawn({
        let way = running.way(0);
        async move { listeners::hear(&way, LAST, listens).await }
    });
    listening.await.unwrap();
    let until = Instant::now() + span;
    let (mut deaf, mut vanishing) = (JoinSet::new(), JoinSet::new());
    for number in clients..clients + LISTENERS {
        let (way, stop) = (running.way(number), stop.clone());
        let account = server::account(number);
        deaf.spawn(async move { listeners::never_read(&way, &account, &stop).await });
        let way = running.way(number);
        vanishing.spawn(async move { listeners::vanish(&way, until).await });
    }
    let mut working = JoinSet::new();
    for (number, client) in ready.into_iter().enumerate() {
        working.spawn(async move { (number, client.run(until).await) });
    }
    let began = Instant::now();
    let first = memory();
    tokio::time::sleep(span / 2).await;
    let half = memory();
    let tallies: BTreeMap<usize, Tally> = working.join_all().await.into_iter().collect();
    let (took, last) = (began.elapsed(), memory());
    let vanished: u64 = vanishing.join_all().await.into_iter().sum();

    let errors: Vec<&String> = tallies.values().flat_map(|tally| &tally.errors).collect();
    assert!(
        errors.is_empty(),
        "{} errors: {:#?}",
        errors.len(),
        &errors[..errors.len().min(5)]
    );
    // Whoever listened all the time hears of what comes last, behind all that others have not read.
    let mut extra = Vec::new();
    while !hearing.is_finished() {
        let name = format!("{LAST}{}", extra.len());
        place(&running, &name).await;
        extra.push(name);
    }
    hearing.await.unwrap();
    report(&tallies, took, vanished, [first, half, last]);
    for connection in 0..CONNECTIONS {
        let mine = tallies
            .iter()
            .filter(|(number, _)| *number % CONNECTIONS == connection);
        let mine: Vec<&Tally> = mine.map(|(_, tally)| tally).collect();
        let extra = if connection == 0 { &*extra } else { &[] };
        books::compare(&running, connection, &mine, extra);
        books::told(&running, connection, connection).await;
    }
    if let (Some(half), Some(last)) = (half, last) {
        assert!(
            last.saturating_sub(half) <= GROWTH,
            "{half} MiB, then {last} MiB"
        );
    }
    stop.cancel();
    deaf.join_all().await;
    running.end().await;
}

async fn place(running: &Running, name: &str) {
    let order = json!({
        "client_order_id": name,
        "order": {
            "instrument": "AAPL", "side": "buy", "quantity": "1", "type": "limit", "limit_price": "150",
        },
    });
    let mut line = wire::Line::to(&running.way(0)).await;
    line.call("place_order", &order).await.unwrap();
}

fn report(
    tallies: &BTreeMap<usize, Tally>,
    took: Duration,
    vanished: u64,
    memory: [Option<u64>; 3],
) {
    let mut times: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    for (what, took) in tallies.values().flat_map(|tally| &tally.times) {
        times.entry(what).or_default().extend(took);
    }
    let calls: usize = times.values().map(Vec::len).sum();
    let accepted: usize = tallies.values().map(|tally| tally.accepted.len()).sum();
    let refused: usize = tallies.values().map(|tally| tally.refused.len()).sum();
    println!(
        "{} clients, {took:.1?}: {calls} calls, {accepted} orders accepted, {refused} refused as they should \
         be, {vanished} listeners vanished, memory {memory:?} MiB at the beginning, half way, at the end",
        tallies.len()
    );
    for (what, mut times) in times {
        times.sort_unstable();
        let at = |percent: usize| {
            let place = (times.len() * percent / 100).min(times.len() - 1);
            f64::from(times[place]) / 1e3
        };
        let count = times.len();
        println!(
            "  {what:<22}{count:>8}   p50 {:>8.2} ms   p99 {:>8.2} ms",
            at(50),
            at(99)
        );
    }
}
