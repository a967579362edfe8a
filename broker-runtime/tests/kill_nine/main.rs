//! `kill -9` while a command is on its way, at every point of the way and at any moment.
//!
//! A real child process with a real SQLite file sends an order, a change, a cancel or a bracket over a
//! real socket to an exchange in this process, and is killed. A second child opens the journal,
//! reconciles and tells what it found, which has to be what the exchange has.
//!
//! ```text
//! cargo test -p broker-runtime --features sqlite --test kill_nine                    # 200 kills
//! cargo test -p broker-runtime --features sqlite --test kill_nine -- --kills 1000    # more
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a test may panic, and its child speaks through its output"
)]

mod child;
mod exchange;
mod parent;
mod wire;

use std::{collections::BTreeMap, env, time::Instant};

/// Where the process is when it is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Point {
    BeforeIntent,
    AfterIntent,
    MidWrite,
    AfterWrite,
    BeforeOutcome,
    AfterOutcome,
    /// Anywhere, with many commands on their way.
    AnyMoment,
    /// Nowhere: it reconciles and ends.
    Recovery,
}

const POINTS: [Point; 6] = [
    Point::BeforeIntent,
    Point::AfterIntent,
    Point::MidWrite,
    Point::AfterWrite,
    Point::BeforeOutcome,
    Point::AfterOutcome,
];

/// What is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed {
    Submit,
    Replace,
    Cancel,
    Bracket,
}

const DEEDS: [Deed; 4] = [Deed::Submit, Deed::Replace, Deed::Cancel, Deed::Bracket];

/// Each deed at each point, and once any moment.
fn round() -> Vec<(Point, Deed)> {
    let struck = DEEDS
        .into_iter()
        .flat_map(|deed| POINTS.map(|point| (point, deed)));
    struck.chain([(Point::AnyMoment, Deed::Submit)]).collect()
}

/// What was killed and asked to be a child of this program.
fn be_a_child(name: &str) {
    let known = round()
        .into_iter()
        .chain([(Point::Recovery, Deed::Submit)])
        .find(|known| format!("{known:?}") == name);
    let (point, deed) = known.unwrap();
    let port = env::var("KILL_NINE_PORT").unwrap().parse().unwrap();
    let journal = env::var("KILL_NINE_JOURNAL").unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(child::run(point, deed, port, journal.as_ref()));
}

fn main() {
    if let Ok(name) = env::var("KILL_NINE") {
        return be_a_child(&name);
    }
    let mut arguments = env::args()
        .skip_while(|argument| argument != "--kills")
        .skip(1);
    let kills: u64 = arguments
        .next()
        .map_or(200, |number| number.parse().unwrap());
    let began = Instant::now();
    let mut intents = BTreeMap::<String, (u64, usize)>::new();
    for (number, (point, deed)) in (0..kills).zip(round().into_iter().cycle()) {
        let name = match point {
            Point::AnyMoment => format!("{point:?}"),
            _ => format!("{deed:?} {point:?}"),
        };
        let entry = intents.entry(name).or_default();
        entry.0 += 1;
        entry.1 += parent::kill_once(point, deed, number);
    }
    for (name, (kills, intents)) in &intents {
        println!("{name:<22} {kills:>5} kills, {intents:>7} intents reconciled or known");
    }
    println!(
        "{kills} kills in {:?}: nothing sent twice, nothing lost",
        began.elapsed()
    );
}
