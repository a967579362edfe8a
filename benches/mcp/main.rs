//! The server beside the Python stacks that answer the same call, one after another in every round.
//!
//! `who` says how each is started, `child` is one that runs, `stdio` and `http` are the clients, which do as
//! little as one can and look at every answer. `echo` answers at once with an answer of the same size: what
//! it takes is the client's own share. `starts` and `calls` are the tables; with names of tables as
//! arguments, only those. Servers have one core and the client another, where `taskset` can say so.

mod calls;
mod child;
mod echo;
mod http;
mod said;
mod starts;
mod stdio;
#[path = "../ibkr/summary.rs"]
mod summary;
mod who;

use std::error::Error;

/// What goes wrong ends the program.
type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [first, rest @ ..] = arguments.as_slice()
        && first == echo::MARK
    {
        return echo::serve(rest);
    }
    let wanted = |table: &str| {
        let mut names = arguments
            .iter()
            .filter(|name| ["starts", "calls"].contains(&name.as_str()));
        names.clone().next().is_none() || names.any(|name| name == table)
    };
    if wanted("starts") {
        starts::table()?;
    }
    if wanted("calls") {
        child::move_to_first_core();
        calls::table()?;
    }
    Ok(())
}
