//! Plays seeds, each on a runtime of its own, so that a task that is left behind is seen.

use std::{
    env,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use broker_sim::conformance::{Harness, Outcome, Tally, drill_counted};
use tokio::runtime::{Builder, Runtime};

use crate::{
    books::{self, Left, Resolved},
    mutants::Bug,
    stand::Stand,
};

/// Seeds of all brokers together when nobody says how many.
const SEEDS: u64 = 1_000;
/// Shares that they are divided into.
const SHARES: u64 = 10;
/// Seeds under way at a time: most of one is waiting.
const AT_A_TIME: usize = 16;
/// Looks at the tasks that have to end when what they work for is gone, and the pause between two: ten
/// seconds of a machine with nothing else to do, and more of a busy one.
const LOOKS: u32 = 5_000;
const PAUSE: Duration = Duration::from_millis(2);

#[derive(Default)]
struct Seen {
    tally: Tally,
    resolved: Resolved,
    failed: Vec<u64>,
}

fn number(variable: &str) -> Option<u64> {
    let text = env::var(variable).ok()?;
    Some(text.parse().expect("the variable is a number"))
}

/// Plays a share of the seeds over a harness.
pub(crate) fn campaign<H: Harness>(name: &str, share: u64, harness: fn() -> H) {
    let (from, seeds) = match number("CAMPAIGN_SEED") {
        Some(one) => (one, 1),
        None => {
            let all = number("CAMPAIGN_SEEDS").unwrap_or(SEEDS);
            (
                number("CAMPAIGN_FROM").unwrap_or(0),
                (all * share).div_ceil(SHARES),
            )
        }
    };
    let began = Instant::now();
    let (next, seen) = (AtomicU64::new(0), Mutex::new(Seen::default()));
    thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= seeds {
                        break;
                    }
                    play(name, from.wrapping_add(index), harness(), &seen);
                }
            });
        }
    });
    sum_up(name, seeds, &seen.into_inner().unwrap(), began.elapsed());
}

/// Plays a seed, and waits for all that it has begun.
pub(crate) fn attempt<H: Harness>(
    harness: H,
    bug: Option<Bug>,
    seed: u64,
    tally: &mut Tally,
) -> Result<Resolved, String> {
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let ended = runtime.block_on(one(Stand::over(harness, bug), seed, tally));
    let ended = ended.and_then(|left| nothing_runs_on(&runtime).map(|()| left));
    let ended = ended.and_then(|left| runtime.block_on(left.survives()));
    runtime.shutdown_background();
    ended
}

fn play<H: Harness>(name: &str, seed: u64, harness: H, seen: &Mutex<Seen>) {
    let mut tally = Tally::default();
    let ended = attempt(harness, None, seed, &mut tally);
    let mut seen = seen.lock().unwrap();
    seen.tally.add(&tally);
    match ended {
        Ok(resolved) => seen.resolved.add(resolved),
        Err(why) => {
            println!(
                "{name}, seed {seed}: {why}\nreplay: CAMPAIGN_SEED={seed} \
                 cargo test -p broker-examples --test campaign -- {name}"
            );
            seen.failed.push(seed);
        }
    }
}

async fn one<H: Harness>(stand: Stand<H>, seed: u64, tally: &mut Tally) -> Result<Left, String> {
    match drill_counted(&stand, seed, tally).await {
        Outcome::Passed => {}
        Outcome::Skipped(why) => return Err(format!("was not played: {why}")),
        Outcome::Failed(why) => {
            let inside = stand.take();
            let state = inside.map(|inside| inside.broker().session().borrow().clone());
            return Err(format!("{why}\nsession: {state:?}"));
        }
    }
    let inside = stand.take().ok_or("nothing was started")?;
    books::hold_against_the_truth(inside).await
}

/// Everything is dropped: no task may be left.
fn nothing_runs_on(runtime: &Runtime) -> Result<(), String> {
    let alive = || runtime.metrics().num_alive_tasks();
    for _ in 0..LOOKS {
        if alive() == 0 {
            return Ok(());
        }
        thread::sleep(PAUSE);
    }
    Err(format!("{} tasks are left behind", alive()))
}

fn sum_up(name: &str, seeds: u64, seen: &Seen, took: Duration) {
    let Resolved {
        sent_once,
        absent,
        unconfirmed,
        busted,
        calls,
        rows,
    } = seen.resolved;
    println!("{name}: {}", seen.tally);
    println!(
        "{name}: intents sent once: {sent_once}, proven absent: {absent}, unconfirmed and named: \
         {unconfirmed}; {busted} fills taken back; {calls} calls at the door, {rows} rows in trails; {:.1} s",
        took.as_secs_f64()
    );
    assert!(
        seen.failed.is_empty(),
        "{} of {seeds} failed: {:?}",
        seen.failed.len(),
        seen.failed
    );
    assert!(seen.tally.is_clean(), "{}", seen.tally);
    // A campaign in which nothing goes wrong proves nothing.
    let idle = seen.tally.faults.len() < 5 || seen.tally.fills == 0 || absent == 0;
    assert!(seeds < 20 || !idle, "nothing has happened");
}
