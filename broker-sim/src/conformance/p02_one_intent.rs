//! P2: one intent, at most one order.

use std::sync::Arc;

use broker_core::{Acknowledgement, BrokerExt as _, ErrorKind, OrderLookup, model::NewOrder};

use super::{
    Harness,
    compare::expect_kind,
    outcome::{Stop, Verdict, ensure, fail, skip},
    scene::Scene,
};
use crate::fault::Fault;

/// Makes sure that there is exactly one order, and that sending it again changes nothing.
async fn stays_one(scene: &Scene, order: &NewOrder) -> Verdict {
    let id = &order.client_order_id;
    let before = scene.truth().await;
    ensure!(
        before.orders_of(id).len() == 1,
        "there are {} orders under one identifier",
        before.orders_of(id).len()
    );
    let again = scene.submit(order).await?;
    scene.advance(chrono::TimeDelta::seconds(5)).await;
    let after = scene.truth().await;
    let count = after.orders_of(id).len();
    ensure!(count == 1, "sending it again made {count} orders of one");
    expect_kind(
        "submit with a used identifier",
        again,
        &[ErrorKind::Duplicate],
    )
}

pub(super) async fn p2_1_twice(harness: &dyn Harness) -> Verdict {
    let scene = Scene::trading(harness).await?;
    let order = scene.resting(1).await?;
    scene.place(&order).await?;
    let commands = scene.truth().await.commands;
    stays_one(&scene, &order).await?;
    ensure!(
        scene.truth().await.commands == commands,
        "the second order was sent"
    );
    Ok(())
}

pub(super) async fn p2_2_in_parallel(harness: &dyn Harness) -> Verdict {
    let scene = Scene::trading(harness).await?;
    let order = Arc::new(scene.resting(1).await?);
    let mut tasks = Vec::new();
    for _ in 0..64 {
        let (broker, order) = (Arc::clone(&scene.broker), Arc::clone(&order));
        tasks.push(tokio::spawn(async move { broker.submit(&order).await }));
    }
    let mut sent = 0;
    for task in tasks {
        match scene.drive("submit in parallel", task).await? {
            Ok(Ok(_)) => sent += 1,
            Ok(Err(error)) if error.kind() == ErrorKind::Duplicate => {}
            Ok(Err(error)) => fail!("one of 64 equal submits failed otherwise: {error}"),
            Err(error) => fail!("a submit panicked: {error}"),
        }
    }
    ensure!(sent == 1, "{sent} of 64 equal submits were sent");
    scene.settle().await;
    stays_one(&scene, &order).await
}

/// Leaves an order at the broker whose submit was not confirmed.
async fn unconfirmed(scene: &Scene) -> Verdict<NewOrder> {
    let order = scene.resting(1).await?;
    let mut last = String::new();
    for fault in [Fault::SilenceAfterAccept, Fault::DropBeforeReply] {
        match scene.inject(fault).await {
            Ok(()) => {
                let answer = scene.submit(&order).await?;
                return match answer {
                    Ok(Acknowledgement::Unconfirmed { .. }) => Ok(order),
                    Ok(_) => skip!("the broker's reports confirmed it all the same"),
                    Err(error) => fail!("submit said `{error}`, and the order is at the broker"),
                };
            }
            Err(Stop::Skip(reason)) => last = reason,
            Err(stop) => return Err(stop),
        }
    }
    skip!("{last}")
}

pub(super) async fn p2_3_after_unconfirmed(harness: &dyn Harness) -> Verdict {
    let scene = Scene::trading(harness).await?;
    let order = unconfirmed(&scene).await?;
    stays_one(&scene, &order).await?;
    scene.ready().await?;
    scene.advance(chrono::TimeDelta::seconds(60)).await;
    stays_one(&scene, &order).await
}

pub(super) async fn p2_4_after_a_lookup(harness: &dyn Harness) -> Verdict {
    let scene = Scene::trading(harness).await?;
    let order = unconfirmed(&scene).await?;
    scene.ready().await?;
    match scene.lookup(&order.client_order_id).await? {
        OrderLookup::Found(_) => {}
        other => fail!("the order is at the broker, and the lookup says {other:?}"),
    }
    scene.agree(&order.client_order_id).await?;
    stays_one(&scene, &order).await
}

pub(super) async fn p2_5_after_a_restart(harness: &dyn Harness) -> Verdict {
    let mut scene = Scene::trading(harness).await?;
    let order = scene.resting(1).await?;
    scene.place(&order).await?;
    scene.restart().await?;
    let id = &order.client_order_id;
    let answer = scene.submit(&order).await?;
    scene.advance(chrono::TimeDelta::seconds(5)).await;
    let count = scene.truth().await.orders_of(id).len();
    ensure!(count == 1, "after a restart one intent has {count} orders");
    ensure!(
        answer.is_err(),
        "a used identifier was accepted after a restart"
    );
    scene.agree(id).await?;
    Ok(())
}

pub(super) async fn p2_6_unconfirmed_over_a_restart(harness: &dyn Harness) -> Verdict {
    let mut scene = Scene::trading(harness).await?;
    let order = unconfirmed(&scene).await?;
    scene.restart().await?;
    // A new process knows of the intent only what it wrote down: the identifier.
    match scene.lookup(&order.client_order_id).await? {
        OrderLookup::Found(_) => {}
        other => fail!("the order is at the broker, and the lookup says {other:?}"),
    }
    stays_one(&scene, &order).await
}

pub(super) async fn p2_7_retry_after_proof(harness: &dyn Harness) -> Verdict {
    let mut scene = Scene::trading(harness).await?;
    let order = scene.resting(1).await?;
    scene.inject(Fault::DropBeforeWrite).await?;
    let answer = scene.submit(&order).await?;
    scene.ready().await?;
    match answer {
        Err(_) => {}
        Ok(Acknowledgement::Accepted { .. }) => fail!("a submit that never arrived was accepted"),
        Ok(_) => {
            // The adapter could not know that nothing was written, and the identifier stays used for
            // as long as it lives. The proof is that of a new process.
            scene.restart().await?;
            match scene.lookup(&order.client_order_id).await? {
                OrderLookup::Absent => {}
                OrderLookup::Found(found) => fail!("an order that never arrived is {found:?}"),
                OrderLookup::Inconclusive(why) => skip!("the broker proves no absence: {why:?}"),
            }
        }
    }
    scene.place(&order).await?;
    stays_one(&scene, &order).await
}

pub(super) async fn p2_8_finished_identifiers_stay_used(harness: &dyn Harness) -> Verdict {
    let scene = Scene::trading(harness).await?;
    let order = scene.resting(1).await?;
    scene.place(&order).await?;
    let _ = scene.cancel(&order.client_order_id).await??;
    scene.agree(&order.client_order_id).await?;
    stays_one(&scene, &order).await
}
