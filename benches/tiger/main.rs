//! The Tiger adapter beside the vendor's own clients, all of them against the simulated Tiger.
//!
//! `child` starts a client as a process of its own and reads what it used. The clients: `adapter` (this
//! program again), the same signed by OpenSSL (this program built with `--features openssl`, named by
//! `BROKER_TIGER_OPENSSL`), the vendor's Rust crate (`vendor`, a workspace of its own) and the vendor's
//! Python SDK (`tigeropen_client.py`). Whoever is missing is "not measured". `requests` and `pushes` are the
//! tables; with names of tables as arguments, only those. What is pushed: `flood` is the server, `mix` what
//! it says, `message` in which words, `listener` the adapter's side.

mod adapter;
mod child;
mod flood;
mod listener;
mod message;
mod mix;
mod pushes;
mod requests;
#[path = "../ibkr/summary.rs"]
mod summary;

use std::error::Error;

use child::Table;

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
        return runtime.block_on(async { tokio::spawn(adapter::work(rest)).await? });
    }
    let wanted = |table: Table| {
        let mut names = arguments.iter().filter(|name| Table::named(name).is_some());
        names.clone().next().is_none() || names.any(|name| name == table.name())
    };
    runtime.block_on(async {
        if wanted(Table::Requests) {
            requests::table().await?;
        }
        if wanted(Table::Pushes) {
            pushes::table().await?;
        }
        Ok(())
    })
}
