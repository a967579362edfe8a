//! Limits that count too late or in the way of those who get out, and a trail without refusals.

use core::future::Future;
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicI64, Ordering},
};

use broker_core::{BrokerExt, Decimal, Error, ErrorKind, Result, dec};

use super::{Seen, around, ensure, settle};
use crate::{
    audit,
    layer::{Audit, Command, Layer, Next, Outgoing, Risk},
    risk::{Limits, RiskLimits},
    test_support::{Step, Stub, apple, buy, failure, sell},
};

fn hundred() -> Arc<Risk> {
    let mut limits = Limits::new();
    limits.max_position_quantity = Some(dec!(100));
    Risk::new(RiskLimits::each(limits))
}

fn units_of(command: Command<'_>) -> i64 {
    let quantity = match command {
        Command::Submit(order) => order.quantity().map(broker_core::model::Quantity::get),
        _ => None,
    };
    quantity
        .and_then(|quantity| quantity.to_string().parse().ok())
        .unwrap_or_default()
}

fn too_much() -> Error {
    Error::new(ErrorKind::RiskRefused, "more than a hundred")
}

// ---- counting ---------------------------------------------------------------------------------

/// Counts an order when it has been answered.
#[derive(Debug, Default)]
struct CountsAfterJudging(AtomicI64);

impl Layer for CountsAfterJudging {
    async fn command<O: Outgoing>(&self, request: O, next: Next<'_>) -> Result<O::Answer> {
        let units = units_of(request.command());
        if self.0.load(Ordering::SeqCst) + units > 100 {
            return Err(too_much());
        }
        let answer = next.send(request).await?;
        self.0.fetch_add(units, Ordering::SeqCst);
        Ok(answer)
    }
}

async fn what_passes_alone_does_not_all_pass_together(layer: impl Layer) -> Seen {
    let stub = Stub::new();
    stub.quote(&apple(), dec!(10));
    let broker = around(&stub, layer);
    let mut sends = Vec::new();
    for n in 0..6 {
        stub.then("submit", Step::Hold);
        let broker = Arc::clone(&broker);
        sends.push(tokio::spawn(async move {
            broker.submit(&buy(&format!("o{n}"), 30, dec!(10))).await
        }));
    }
    settle().await;
    stub.held.notify_waiters();
    for send in sends {
        drop(send.await.unwrap());
    }
    ensure(
        stub.count("submit") == 3,
        "orders passed together that may not",
    )
}

#[tokio::test]
async fn limits_that_count_after_judging_are_found_out() {
    what_passes_alone_does_not_all_pass_together(hundred())
        .await
        .unwrap();
    what_passes_alone_does_not_all_pass_together(CountsAfterJudging::default())
        .await
        .unwrap_err();
}

// ---- getting out ------------------------------------------------------------------------------

/// Looks at how much is traded and not in which direction.
#[derive(Debug, Default)]
struct HoldsTheDoor(AtomicI64);

impl Layer for HoldsTheDoor {
    async fn command<O: Outgoing>(&self, request: O, next: Next<'_>) -> Result<O::Answer> {
        let units = units_of(request.command());
        if self.0.fetch_add(units, Ordering::SeqCst) + units > 100 {
            return Err(too_much());
        }
        next.send(request).await
    }
}

async fn the_way_out_is_open(layer: impl Layer) -> Seen {
    let stub = Stub::new();
    stub.quote(&apple(), dec!(10));
    stub.holds(&apple(), Decimal::from(150), dec!(10));
    let broker = around(&stub, layer);
    let out = broker.submit(&sell("out", 150, dec!(10))).await;
    ensure(out.is_ok(), "an order that lessens a position was refused")
}

#[tokio::test]
async fn limits_that_bar_the_way_out_are_found_out() {
    the_way_out_is_open(hundred()).await.unwrap();
    the_way_out_is_open(HoldsTheDoor::default())
        .await
        .unwrap_err();
}

// ---- audit ------------------------------------------------------------------------------------

/// Writes down what went well.
#[derive(Debug, Default)]
struct DropsRefusals(Mutex<Vec<String>>);

impl Layer for DropsRefusals {
    async fn command<O: Outgoing>(&self, request: O, next: Next<'_>) -> Result<O::Answer> {
        let row = request.command().operation().to_owned();
        let answer = next.send(request).await?;
        self.0.lock().unwrap().push(row);
        Ok(answer)
    }
}

async fn refusals_are_written_down<F>(layer: impl Layer, rows: impl FnOnce() -> F) -> Seen
where
    F: Future<Output = u64>,
{
    let stub = Stub::new();
    let broker = around(&stub, layer);
    drop(broker.submit(&buy("a", 1, dec!(10))).await);
    stub.then("submit", Step::Fail(failure(ErrorKind::Rejected)));
    drop(broker.submit(&buy("b", 1, dec!(10))).await);
    ensure(rows().await == 2, "a refusal is not in the trail")
}

#[tokio::test]
async fn a_trail_without_refusals_is_found_out() {
    let folder = tempfile::tempdir().unwrap();
    let trail = Audit::in_folder(folder.path()).open().unwrap();
    let rows = async || {
        trail.flush().await.unwrap();
        audit::verify(folder.path(), None).unwrap().rows
    };
    refusals_are_written_down(Arc::clone(&trail), rows)
        .await
        .unwrap();
    let mutant = Arc::new(DropsRefusals::default());
    let rows = async || mutant.0.lock().unwrap().len() as u64;
    refusals_are_written_down(Arc::clone(&mutant), rows)
        .await
        .unwrap_err();
}
