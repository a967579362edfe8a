//! Thousands of schedules of random trading under random faults, over the wire.
//!
//! Each seed has a simulated TWS and an adapter of its own. At the end of each, what the broker really
//! has is compared with what the ledger says: no order may be lost or doubled, no fill either, and no
//! call may hang.
//!
//! `cargo test -p broker-ibkr --test campaign` plays 2000 seeds; `-- --seeds N` as many as you like,
//! `--from S` from another one on, and `-- --seed S` a single one with everything the adapter and the
//! server say about it.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "it is a program that reports, and fails by panicking"
)]

mod support;

use core::time::Duration;
use std::{
    process::ExitCode,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Instant,
};

use broker_sim::conformance::{Outcome, Tally, drill_counted};
use futures_util::{StreamExt as _, stream};
use support::{Patience, TwsHarness};

/// Threads that play.
const THREADS: usize = 2;
/// Schedules under way at a time on each of them: most of a schedule is waiting.
const AT_A_TIME: usize = 8;
/// Lines that say how far it is.
const LINES: u64 = 4;

/// A TWS like any other and an adapter that does not wait long for it.
const HARNESS: TwsHarness = TwsHarness {
    patience: Patience::Little,
    ..TwsHarness::QUIET
};

/// What is asked for on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Plan {
    from: u64,
    seeds: u64,
    details: bool,
}

/// What the command line comes to.
enum Asked {
    Play(Plan),
    /// The names of the tests.
    List,
    /// Other tests, by name or by kind.
    Others,
}

/// Reads the command line: this program's options beside those of the usual test runner, which
/// `cargo test` hands to every test program.
fn read(mut words: impl Iterator<Item = String>) -> Result<Asked, String> {
    let mut plan = Plan {
        from: 0,
        seeds: 2_000,
        details: false,
    };
    let (mut filters, mut skipped) = (Vec::new(), Vec::new());
    let (mut exact, mut others) = (false, false);
    while let Some(word) = words.next() {
        let (option, own) = match word.split_once('=') {
            Some((option, value)) => (option.to_owned(), Some(value.to_owned())),
            None => (word, None),
        };
        let mut value = || {
            let value = own.clone().or_else(|| words.next());
            value.ok_or_else(|| format!("{option} needs a value"))
        };
        let number = |value: String| {
            let wrong = |_| format!("{value} is no number");
            value.parse::<u64>().map_err(wrong)
        };
        match option.as_str() {
            "--seeds" => plan.seeds = number(value()?)?,
            "--from" => plan.from = number(value()?)?,
            "--seed" => {
                plan.from = number(value()?)?;
                (plan.seeds, plan.details) = (1, true);
            }
            "--list" => return Ok(Asked::List),
            "--exact" => exact = true,
            "--ignored" => others = true,
            "--skip" => skipped.push(value()?),
            "--test-threads" | "--format" | "--color" | "--logfile" | "--shuffle-seed" | "-Z" => {
                value()?;
            }
            flag if flag.starts_with('-') => {}
            name => filters.push(name.to_owned()),
        }
    }
    let fits = |filter: &String| {
        if exact {
            filter == "campaign"
        } else {
            "campaign".contains(filter.as_str())
        }
    };
    if others || skipped.iter().any(fits) || !(filters.is_empty() || filters.iter().any(fits)) {
        return Ok(Asked::Others);
    }
    Ok(Asked::Play(plan))
}

/// What has been seen so far.
#[derive(Default)]
struct Seen {
    tally: Tally,
    failed: Vec<u64>,
    skipped: u64,
}

fn main() -> ExitCode {
    let plan = match read(std::env::args().skip(1)) {
        Ok(Asked::Play(plan)) => plan,
        Ok(Asked::List) => {
            println!("campaign: test");
            return ExitCode::SUCCESS;
        }
        Ok(Asked::Others) => return ExitCode::SUCCESS,
        Err(why) => {
            println!("{why}");
            return ExitCode::FAILURE;
        }
    };
    if plan.details {
        tracing_subscriber::fmt()
            .with_max_level(tracing::Level::DEBUG)
            .init();
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .worker_threads(THREADS)
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            println!("no runtime: {error}");
            return ExitCode::FAILURE;
        }
    };
    let start = Instant::now();
    let (next, seen) = (AtomicU64::new(0), Mutex::new(Seen::default()));
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| runtime.block_on(play(&plan, &next, &seen)));
        }
    });
    runtime.shutdown_timeout(Duration::from_secs(1));
    let seen = seen.into_inner().unwrap_or_else(PoisonError::into_inner);
    sum_up(&plan, &seen, start.elapsed())
}

/// Plays seeds until none is left.
async fn play(plan: &Plan, next: &AtomicU64, seen: &Mutex<Seen>) {
    let seeds = core::iter::from_fn(|| {
        let index = next.fetch_add(1, Ordering::Relaxed);
        (index < plan.seeds).then(|| plan.from.wrapping_add(index))
    });
    let drills = stream::iter(seeds).map(async |seed| {
        let mut tally = Tally::default();
        let outcome = drill_counted(&HARNESS, seed, &mut tally).await;
        (seed, outcome, tally)
    });
    let mut drills = core::pin::pin!(drills.buffer_unordered(AT_A_TIME));
    while let Some((seed, outcome, tally)) = drills.next().await {
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.tally.add(&tally);
        match &outcome {
            Outcome::Passed => {}
            Outcome::Skipped(why) => {
                seen.skipped += 1;
                println!("seed {seed} was not played: {why}");
            }
            Outcome::Failed(_) => {
                seen.failed.push(seed);
                println!(
                    "{outcome}\nreplay: cargo test -p broker-ibkr --test campaign -- --seed {seed}"
                );
            }
        }
        let done = seen.tally.schedules;
        if done < plan.seeds && done.is_multiple_of((plan.seeds / LINES).max(1)) {
            println!(
                "{done} of {} schedules, {} failed",
                plan.seeds,
                seen.failed.len()
            );
        }
    }
}

fn sum_up(plan: &Plan, seen: &Seen, took: Duration) -> ExitCode {
    println!("{}", seen.tally);
    // A campaign that injects nothing or compares nothing proves nothing.
    let idle = plan.seeds >= 100 && (seen.tally.faults.len() < 5 || seen.tally.fills == 0);
    let good = seen.failed.is_empty() && seen.skipped == 0 && seen.tally.is_clean() && !idle;
    let word = if good { "ok" } else { "FAILED" };
    println!(
        "campaign {word}: {} schedules, {} failed, {} not played, {:.1} s",
        seen.tally.schedules,
        seen.failed.len(),
        seen.skipped,
        took.as_secs_f64()
    );
    if good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
