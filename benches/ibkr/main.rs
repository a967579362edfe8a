//! The Interactive Brokers adapter beside the client it is built on and beside `ib_async`, all of them
//! against the simulated Trader Workstation, and that server by itself.
//!
//! `world` is the server, `child` starts a client as a process of its own and reads what it used.
//! The clients: `adapter`, `raw` (the crate `ibapi`), `ib_async_client.py`, and `socket`, which only counts.
//! `ibapi-following` is `raw` with the streams of its account open, as the adapter has them.
//! `ticks`, `latency`, `memory` and `server` are the four tables. With names of tables as arguments,
//! only those.

mod adapter;
mod child;
mod latency;
mod memory;
mod raw;
mod server;
mod socket;
mod summary;
mod ticks;
mod world;

use std::error::Error;

/// What goes wrong ends the program.
type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // As a trading program has it, on both sides.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    if let [first, rest @ ..] = arguments.as_slice()
        && first == child::MARK
    {
        let rest = rest.to_vec();
        // On a worker, where a program's own tasks run.
        return runtime.block_on(async { tokio::spawn(child::work(rest)).await? });
    }
    let wanted = |table: &str| {
        let mut names = arguments.iter().filter(|name| !name.starts_with("--"));
        names.clone().next().is_none() || names.any(|name| name == table)
    };
    runtime.block_on(async {
        if wanted("ticks") {
            ticks::table().await?;
        }
        if wanted("latency") {
            latency::table().await?;
        }
        if wanted("memory") {
            memory::table().await?;
        }
        if wanted("server") {
            server::table().await?;
        }
        Ok(())
    })
}
