//! The promises as numbered checks that any adapter can run.
//!
//! An author writes two small things: a [`Harness`], which starts a broker in a fresh world, and a
//! [`Rig`], which is that broker with the world behind it. One line then makes a test of every
//! check:
//!
//! ```text
//! broker_sim::conformance_tests!(AcmeHarness::default());
//! ```
//!
//! [`run_all`] gives the same as a [`Report`], whose `Display` is a table.
//!
//! # Identifiers
//!
//! `P7.3` is the third check of promise 7 of `broker_core`; `C-LIMIT` is the check of a capability.
//! A capability that the adapter declares is exercised; one that it does not declare has to be
//! refused with `Unsupported` before anything reaches the broker.
//!
//! # Outcomes
//!
//! [`Outcome::Skipped`] says what was missing: a service that the broker does not have, a fault that
//! the rig cannot bring about. A hang, a panic and a wrong answer are all [`Outcome::Failed`].
//!
//! # How to read the checks
//!
//! One file per promise, one folder for the capabilities. Each check is one function over a scene, a
//! started rig with the few moves that checks are made of.

mod capabilities;
mod check;
mod compare;
mod drill;
mod harness;
mod list;
mod outcome;
mod p01_err_is_absence;
mod p02_one_intent;
mod p03_status;
mod p04_rejections;
mod p05_too_late;
mod p06_before_sending;
mod p06_forms;
mod p07_sequence;
mod p08_gaps;
mod p09_coverage;
mod p10_lines;
mod p11_bounded;
mod p12_session;
mod p13_tokens;
mod p14_numbers;
#[cfg(test)]
mod p14_numbers_tests;
mod p15_time;
mod p16_secrets;
mod progress;
#[cfg(test)]
mod progress_tests;
mod run;
mod scene;
mod watch;
mod world;

#[cfg(test)]
mod testbed;

pub use crate::truth::{TrueFill, TrueOrder, Truth};
use capabilities::{
    accounts, amounts, auctions, conditional, lists, market_data, order_types, reference, replace,
    research, streams, times_in_force,
};
pub use check::{CHECKS, Check, find};
pub use drill::{Tally, drill, drill_counted};
pub use harness::{Harness, Injection, Rig};
pub use outcome::Outcome;
pub use run::{Failure, Report, run, run_all, test_one};
pub use world::{Market, World};
