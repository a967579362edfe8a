//! Every path of the servers before, in their own shapes, over every wire.
//!
//! `visit.rs` asks and notes what was wrong, `faults.rs` says what is not there at which broker and why;
//! `tiger.rs`, `tws.rs` and `ib_paper.rs` are the scripts of those servers' clients.

mod faults;
mod ib_paper;
mod tiger;
mod tws;
mod visit;

use crate::stage::Wire;

async fn told(wire: Wire) {
    let mut visit = visit::Visit::to(wire).await;
    tiger::told(&mut visit).await;
    tws::told(&mut visit).await;
    ib_paper::told(&mut visit).await;
    visit.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_path_tells_the_truth_about_the_paper_broker() {
    told(Wire::Paper).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_path_tells_the_truth_about_tiger() {
    told(Wire::Tiger).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_path_tells_the_truth_about_interactive_brokers() {
    told(Wire::Ibkr).await;
}
