//! A week in the life of a program, in minutes: two brokers with two accounts each over their wires, the
//! standard layers, a supervisor, and everything that happens in a week: nightly resets, lost links,
//! connections that are cut, sessions that end, tokens that are renewed, and orders all the while.
//!
//! Afterwards nothing may be left behind: memory has grown by little, tasks and subscriptions are as many
//! as after the warm-up, no order is unknown, the ledgers say what the exchanges know, and each error is
//! explained by the state that its session was in. `clock` drives the time, `tws` and `tiger` are the
//! adapters, `program` is what is tried, `trader` sends its orders, `meter` counts at the doors,
//! `measure` is what is compared.
//!
//! ```text
//! cargo test -p broker-examples --test soak                  # a day
//! SOAK_DAYS=7 cargo test -p broker-examples --test soak      # the week
//! ```
//!
//! The exchanges keep all that was ever traded, so they live in a process of their own (`exchanges`, spoken
//! to through `wire`): the memory is the program's alone, and may grow by 5 % after the warm-up. What grows
//! is known in part: 220 KiB a day are the orders of the last 90 days, which Tiger lists and the ledger has.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "tests fail by panicking"
)]

mod clock;
mod exchanges;
mod measure;
mod meter;
mod program;
mod tiger;
mod trader;
mod tws;
mod wire;

use std::{
    env,
    sync::Arc,
    time::{Duration, Instant},
};

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

fn main() {
    let arguments: Vec<_> = env::args_os().skip(1).collect();
    if let [first, folder] = arguments.as_slice()
        && first == wire::EXCHANGES
    {
        exchanges::serve(folder.as_ref());
        return;
    }
    if arguments.iter().any(|argument| argument == "--list") {
        return;
    }
    println!("a week leaves nothing behind, or a day");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(live(days()));
}

async fn live(days: u32) {
    let began = Instant::now();
    let clock = clock::clock();
    let mut program = Program::start(&clock).await;
    let calendar = Calendar::stopped(Arc::clone(&program.exchanges), clock);
    // In a week the databases' caches fill, and the lists of past orders that a broker gives grow longer.
    let warm = if days > 3 { 72 } else { WARM };
    let mut measured = Vec::new();
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
        if hour + 1 >= warm && ((hour + 1) % 24 == 0 || hour + 1 == warm) {
            program.rest(&calendar).await;
            let now = Measured::of(&program);
            println!("after {} h: {now}", hour + 1);
            measured.push(now);
        }
    }
    println!("{}", program.sum());
    program.holds_the_truth();
    drop(calendar);
    tokio::time::resume();
    program.end().await;
    println!("{:.0} s", began.elapsed().as_secs_f64());
    let (Some(baseline), Some(end)) = (measured.first(), measured.last()) else {
        panic!("nothing was measured");
    };
    end.has_not_grown_since(baseline);
}

/// What goes wrong in an hour.
fn happen(program: &Program, hour: u32) {
    match hour % 8 {
        5 => program.end_session("ibkr"),
        7 => program.end_session("tiger"),
        _ => program.exchanges.happen(hour),
    }
}
