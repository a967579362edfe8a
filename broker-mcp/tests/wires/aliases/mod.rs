//! Every name of another server, called in its own spelling over every wire.
//!
//! `story.rs` calls and notes what was wrong, `faults.rs` says what is not there at which broker and why;
//! `tiger.rs`, `tws.rs` and `ib_paper.rs` are a day in the life of a client of each server.

mod faults;
mod ib_paper;
mod rare;
mod story;
mod tiger;
mod tws;
mod tws_orders;

use crate::stage::Wire;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_of_tiger_mcp_are_told_the_truth_by_the_paper_broker() {
    tiger::told(Wire::Paper).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_of_tiger_mcp_are_told_the_truth_by_tiger() {
    tiger::told(Wire::Tiger).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_of_tiger_mcp_are_told_the_truth_by_interactive_brokers() {
    tiger::told(Wire::Ibkr).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_of_tws_mcp_are_told_the_truth_by_the_paper_broker() {
    tws::told(Wire::Paper).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_of_tws_mcp_are_told_the_truth_by_tiger() {
    tws::told(Wire::Tiger).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_of_tws_mcp_are_told_the_truth_by_interactive_brokers() {
    tws::told(Wire::Ibkr).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_of_ib_paper_are_told_the_truth_by_the_paper_broker() {
    ib_paper::told(Wire::Paper).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_of_ib_paper_are_told_the_truth_by_tiger() {
    ib_paper::told(Wire::Tiger).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_of_ib_paper_are_told_the_truth_by_interactive_brokers() {
    ib_paper::told(Wire::Ibkr).await;
}
