//! Random trading under random faults through the standard stack, over the paper broker, the wire to
//! TWS and the wire to Tiger.
//!
//! Each seed has a world, an adapter and a whole [`Stack::standard`](broker_runtime::layer::Stack) of
//! its own: a journal in a SQLite file, limits, an audit trail, a budget. At its end the drill of the
//! conformance suite compares ledger and truth, and `books` holds the journal against the truth: every
//! intent was sent once, is proven absent, or is still named as unconfirmed. `stand` is the stack,
//! `meter` counts at the adapter's door, `play` plays seeds and looks for what is left behind,
//! `mutants` are broken on purpose.
//!
//! ```text
//! cargo test -p broker-examples --test campaign                                # 1,000 seeds
//! CAMPAIGN_SEEDS=10000 cargo test -p broker-examples --test campaign           # as many as you like
//! CAMPAIGN_FROM=5000 cargo test -p broker-examples --test campaign             # from a seed on
//! CAMPAIGN_SEED=17 cargo test -p broker-examples --test campaign -- tiger      # one of them again
//! ```

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "tests fail by panicking"
)]

mod books;
mod meter;
mod mutants;
mod play;
mod stand;
mod tiger;
mod tws;

use broker_sim::paper::PaperHarness;

/// Of ten seeds, how many each of the three gets.
const PAPER: u64 = 6;
const WIRE: u64 = 2;

#[test]
fn nothing_is_lost_or_doubled_with_the_paper_broker() {
    play::campaign("paper", PAPER, PaperHarness::default);
}

#[test]
fn nothing_is_lost_or_doubled_over_the_wire_to_tws() {
    play::campaign("tws", WIRE, || tws::HARNESS);
}

#[test]
fn nothing_is_lost_or_doubled_over_the_wire_to_tiger() {
    play::campaign("tiger", WIRE, || tiger::HARNESS);
}
