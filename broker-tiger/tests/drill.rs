//! Random trading under random faults, over the wire.
//!
//! Each seed has a simulated Tiger and an adapter of its own. At the end of each, what the broker really
//! has is compared with what the ledger says: no order may be lost or doubled, no fill either, and no
//! call may hang. `DRILL_SEEDS=2000 cargo test -p broker-tiger --test drill` plays as many seeds as you
//! like, `DRILL_FROM` begins with another one.

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

use broker_sim::conformance::{Outcome, drill};
use tokio::task::{JoinSet, LocalSet};

/// Seeds that are played when nobody says how many.
const SEEDS: u64 = 48;
const HARNESS: rig::TigerHarness = rig::TigerHarness { bans: false };

/// Schedules under way at a time: most of a schedule is waiting.
const AT_A_TIME: usize = 12;

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
    let (mut failed, mut played) = (Vec::new(), 0_u64);
    loop {
        while drills.len() < AT_A_TIME
            && let Some(seed) = waiting.next()
        {
            drills.spawn_local(async move { (seed, drill(&HARNESS, seed).await) });
        }
        let Some(done) = drills.join_next().await else {
            break;
        };
        let (seed, outcome) = done.unwrap();
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
    assert!(played > 0, "nothing was played");
}
