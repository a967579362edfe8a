//! Random trading under random faults, over the wire.
//!
//! Each seed has a simulated Tiger and an adapter of its own. At the end of each, what the broker really
//! has is compared with what the ledger says: no order may be lost or doubled, no fill either, and no
//! call may hang. `cargo test -p broker-tiger --test drill` plays 2,000 seeds, `DRILL_SEEDS` as many as you
//! like, and `DRILL_FROM` begins with another one.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "tests fail by panicking"
)]

mod support;

#[path = "conformance/rig.rs"]
mod rig;

use std::time::Instant;

use broker_sim::conformance::{Outcome, Tally, drill_counted};
use tokio::task::{JoinSet, LocalSet};

/// Seeds that are played when nobody says how many.
const SEEDS: u64 = 2_000;
const HARNESS: rig::TigerHarness = rig::TigerHarness { bans: false };

/// Schedules under way at a time. Nine tenths of a schedule is waiting for a broker that was told to be
/// silent, in the machine's time; with so many of them two cores are busy.
const AT_A_TIME: usize = 40;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_or_doubled_whatever_goes_wrong() {
    LocalSet::new().run_until(play()).await;
}

async fn play() {
    let from = number("DRILL_FROM").unwrap_or(0);
    let seeds = number("DRILL_SEEDS").unwrap_or(SEEDS);
    let mut waiting = (from..).take(usize::try_from(seeds).unwrap());
    let mut drills = JoinSet::new();
    let began = Instant::now();
    let (mut failed, mut played, mut tally) = (Vec::new(), 0_u64, Tally::default());
    loop {
        while drills.len() < AT_A_TIME
            && let Some(seed) = waiting.next()
        {
            drills.spawn_local(async move {
                let mut tally = Tally::default();
                let outcome = drill_counted(&HARNESS, seed, &mut tally).await;
                (seed, outcome, tally)
            });
        }
        let Some(done) = drills.join_next().await else {
            break;
        };
        let (seed, outcome, own) = done.unwrap();
        tally.add(&own);
        match outcome {
            Outcome::Passed => played += 1,
            Outcome::Skipped(why) => println!("seed {seed} was not played: {why}"),
            Outcome::Failed(why) => {
                println!("seed {seed}: {why}\nreplay: DRILL_FROM={seed} DRILL_SEEDS=1");
                failed.push(seed);
            }
        }
    }
    assert!(
        failed.is_empty(),
        "{} of {seeds} failed: {failed:?}",
        failed.len()
    );
    assert_eq!(played, seeds, "some were not played");
    assert!(tally.is_clean(), "{tally}");
    // Seeds that strike nothing or fill nothing prove nothing.
    let idle = seeds >= 100 && (tally.faults.len() < 5 || tally.fills == 0);
    assert!(!idle, "{tally}");
    println!("{tally}\n{:.1} s", began.elapsed().as_secs_f64());
}
