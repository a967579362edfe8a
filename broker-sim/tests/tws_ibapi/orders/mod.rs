//! Orders as users of `ibapi` place, change and cancel them.
//!
//! `kinds` (every type and lifetime), `families` (brackets, alternatives, held orders), `streams`
//! (what is told to whom), `questions` (snapshots, executions, previews), `refusals` (every code),
//! `waiting` (conditions and what else an order may wait for).

mod families;
mod kinds;
mod questions;
mod refusals;
mod streams;
mod waiting;
