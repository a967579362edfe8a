//! A week in the life of a program, in minutes: two brokers with two accounts each over their wires, the
//! standard layers, a supervisor, and everything that happens in a week: nightly resets, lost links,
//! connections that are cut, sessions that end, tokens that are renewed, and orders all the while.
//!
//! Afterwards nothing may be left behind: memory has grown by little, tasks and subscriptions are as many
//! as after the warm-up, no order is unknown, the ledgers say what the exchanges know, and each error is
//! explained by the state that its session was in. `clock` drives the time, `tws` and `tiger` are the two
//! sides of each wire, `program` is what is tried, `trader` sends its orders, `meter` counts at the doors,
//! `measure` is what is compared.
//!
//! ```text
//! cargo test -p broker-examples --test soak                  # a day
//! SOAK_DAYS=7 cargo test -p broker-examples --test soak      # the week
//! ```
//!
//! Memory grows by 170 to 200 KiB an hour, and may by 320. The simulated exchanges live in this process and
//! keep all that was ever traded; how much of it is theirs is not known, so this says only that nothing large
//! is left behind.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "tests fail by panicking"
)]

mod clock;
mod measure;
mod meter;
mod program;
mod tiger;
mod trader;
mod tws;

use std::{
    env,
    time::{Duration, Instant},
};

use broker_sim::{fault::Fault, tws::Relink};
use chrono::TimeDelta;
use clock::Calendar;
use measure::Measured;
use program::Program;

const MINUTE: Duration = Duration::from_secs(60);
/// Hours after which everything that a week has has happened once; the last of them is like the last one
/// of every day.
const WARM: u32 = 8;

fn days() -> u32 {
    let days = env::var("SOAK_DAYS").map(|days| days.parse().expect("a number of days"));
    days.unwrap_or(1)
}

#[test]
fn a_week_leaves_nothing_behind() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(live(days()));
}

async fn live(days: u32) {
    let began = Instant::now();
    let mut program = Program::start().await;
    let calendar = Calendar::stopped(program.worlds());
    // A week forgets what its first day has filled for good: caches, schedules, pages of the allocator.
    let warm = if days > 1 { 24 } else { WARM };
    let mut baseline = None;
    for hour in 0..days * 24 {
        for minute in 0..60 {
            match minute {
                5 => program.trade(&calendar, hour).await,
                20 => {
                    happen(&program, hour);
                    // Some of what is under way meets it.
                    program.trade(&calendar, hour).await;
                }
                _ => {}
            }
            calendar.pass(MINUTE, &program).await;
        }
        if hour + 1 == warm {
            baseline = Some(settled(&mut program, &calendar).await);
        }
    }
    let end = settled(&mut program, &calendar).await;
    let baseline = baseline.expect("a day is longer than the warm-up");
    println!("{}", program.sum());
    println!("after {warm} h: {baseline}\nafter {days} d: {end}");
    program.holds_the_truth();
    drop(calendar);
    tokio::time::resume();
    program.end().await;
    println!("{:.0} s", began.elapsed().as_secs_f64());
    end.has_not_grown_since(&baseline, days * 24 - warm);
}

/// Everybody is there and nothing is under way.
async fn settled(program: &mut Program, calendar: &Calendar) -> Measured {
    program.rest(calendar).await;
    Measured::of(program)
}

/// What goes wrong in an hour; in every eight hours all of it once, and in the night the reset.
fn happen(program: &Program, hour: u32) {
    let minutes = |minutes: u32| minutes * 60_000;
    let (tws, tiger) = (&program.tws.server, &program.tiger.server);
    match hour % 8 {
        0 => tws.drop_clients(),
        1 => tiger.drop_clients(),
        2 => tws.lose_link(TimeDelta::minutes(5), Relink::DataMaintained),
        3 => {
            let down_ms = minutes(10);
            tiger.inject(&Fault::Disconnect { down_ms }).unwrap();
        }
        4 => {
            let down_ms = minutes(10);
            tws.inject(&Fault::NightlyReset { down_ms }).unwrap();
        }
        5 => program.end_session("ibkr"),
        6 => tws.lose_link(TimeDelta::minutes(5), Relink::DataLost),
        _ => program.end_session("tiger"),
    }
}
