//! P9: "could not ask" never reads as "nothing there".

use broker_core::{
    BrokerExt as _, Covered, Lookup,
    model::{FillFilter, OrderFilter},
};
use chrono::TimeDelta;

use super::{
    Harness,
    outcome::{Verdict, ensure, skip},
    p07_sequence::busy,
    scene::Scene,
};
use crate::fault::Fault;

/// A minute without a connection.
async fn cut_off(scene: &Scene) -> Verdict {
    scene.inject(Fault::Disconnect { down_ms: 60_000 }).await
}

fn proves_nothing<T>(what: &str, answer: broker_core::Result<Covered<Vec<T>>>) -> Verdict {
    if let Ok(answer) = answer {
        ensure!(
            !answer.proves_empty(),
            "without a connection {what} claims that there is nothing"
        );
    }
    Ok(())
}

/// Makes a question while the connection is down, without letting it come back.
async fn ask<T>(
    scene: &Scene,
    what: &str,
    call: impl Future<Output = broker_core::Result<Covered<Vec<T>>>> + Send,
) -> Verdict {
    // The answer may also wait until the connection is back; then it may be complete.
    let down = scene.broker.session();
    let answer = scene.drive(what, call).await?;
    if down.borrow().accepts_commands() {
        return Ok(());
    }
    proves_nothing(what, answer)
}

pub(super) async fn p9_1_lists_without_a_connection(harness: &dyn Harness) -> Verdict {
    let scene = Scene::trading(harness).await?;
    busy(&scene).await?;
    cut_off(&scene).await?;
    let (broker, account) = (&scene.broker, &scene.account);
    let (orders, fills) = (OrderFilter::default(), FillFilter::default());
    ask(&scene, "orders", broker.orders(account, &orders)).await?;
    ask(&scene, "fills", broker.fills(account, &fills)).await?;
    if let Some(portfolio) = broker.portfolio() {
        ask(&scene, "positions", portfolio.positions(account)).await?;
    }
    Ok(())
}

pub(super) async fn p9_2_an_empty_account_without_a_connection(harness: &dyn Harness) -> Verdict {
    let scene = Scene::trading(harness).await?;
    cut_off(&scene).await?;
    let (broker, account) = (&scene.broker, &scene.account);
    let (orders, fills) = (OrderFilter::open(), FillFilter::default());
    ask(&scene, "orders", broker.orders(account, &orders)).await?;
    ask(&scene, "fills", broker.fills(account, &fills)).await?;
    if let Some(portfolio) = broker.portfolio() {
        ask(&scene, "positions", portfolio.positions(account)).await?;
    }
    Ok(())
}

pub(super) async fn p9_3_a_lookup_without_a_connection(harness: &dyn Harness) -> Verdict {
    let scene = Scene::trading(harness).await?;
    let order = scene.resting(1).await?;
    scene.place(&order).await?;
    cut_off(&scene).await?;
    let Some(trading) = scene.broker.trading() else {
        skip!("the broker has no trading service");
    };
    // Asked of the adapter itself: core would not believe it of an order that it has heard of.
    let call = trading.find(&scene.account, &order.client_order_id);
    if let Ok(answer) = scene.drive("find", call).await? {
        ensure!(
            answer != Lookup::Absent,
            "without a connection a lookup proved the absence of a working order"
        );
    }
    Ok(())
}

pub(super) async fn p9_4_a_snapshot_without_a_connection(harness: &dyn Harness) -> Verdict {
    let scene = Scene::open(harness).await?;
    cut_off(&scene).await?;
    scene.settle().await;
    let session = scene.broker.session();
    let ledger = scene.broker.desk().ledger(&scene.account)?;
    let snapshot = scene
        .until("the loss of the connection is noticed", 30, async || {
            (!session.borrow().accepts_commands()).then(|| ledger.snapshot())
        })
        .await?;
    ensure!(
        !snapshot.orders.is_complete() && !snapshot.positions.is_complete(),
        "without a connection the ledger claims to know everything"
    );
    Ok(())
}

/// A broker may forget old executions; then it must not say that it lists them all.
pub(super) async fn p9_6_a_list_claims_what_it_lists(harness: &dyn Harness) -> Verdict {
    let mut scene = Scene::trading(harness).await?;
    let order = scene.marketable(2).await?;
    scene.place(&order).await?;
    let known = scene.broker.desk().ledger(&scene.account)?.snapshot().fills;
    scene.rig.advance(TimeDelta::hours(30)).await;
    scene.restart().await?;
    let filter = FillFilter::default();
    let call = scene.broker.fills(&scene.account, &filter);
    let answer = scene.drive("fills", call).await??;
    let snapshot = scene.broker.desk().ledger(&scene.account)?.snapshot();
    let whole = snapshot
        .fills
        .map(|fills| fills.iter().map(|fill| (**fill).clone()).collect());
    for (whose, list) in [("the list", &answer), ("the snapshot", &whole)] {
        for fill in known.value().into_iter().flatten() {
            let listed: Vec<_> = list.value().into_iter().flatten().collect();
            let lacks = listed
                .iter()
                .all(|other| other.execution_id != fill.execution_id);
            ensure!(
                !lacks || !list.covers(fill.executed_at),
                "{whose} of fills lacks one of {} and claims to have it: {list:?}",
                fill.executed_at
            );
        }
    }
    Ok(())
}

pub(super) async fn p9_5_whole_again_afterwards(harness: &dyn Harness) -> Verdict {
    let scene = Scene::trading(harness).await?;
    busy(&scene).await?;
    cut_off(&scene).await?;
    scene.rig.advance(TimeDelta::seconds(61)).await;
    scene.ready().await?;
    let filter = OrderFilter::open();
    let call = scene.broker.orders(&scene.account, &filter);
    let orders = scene.drive("orders", call).await??;
    ensure!(
        orders.is_complete(),
        "with a connection orders are {orders:?}"
    );
    let known = orders.value().map_or(0, Vec::len);
    let truth = scene.truth().await;
    let open = truth.orders.iter().filter(|real| real.open).count();
    ensure!(
        known == open,
        "{known} open orders are listed, really {open}"
    );
    if let Some(portfolio) = scene.broker.portfolio() {
        let call = portfolio.positions(&scene.account);
        let positions = scene.drive("positions", call).await??;
        let Some(held) = positions.value().filter(|_| positions.is_complete()) else {
            super::outcome::fail!("with a connection positions are {positions:?}");
        };
        for (instrument, quantity) in &truth.positions {
            ensure!(
                held.iter()
                    .any(|held| held.instrument == *instrument && held.quantity == *quantity),
                "positions lack {quantity} of {instrument}"
            );
        }
        ensure!(
            held.len() == truth.positions.len(),
            "positions list more than there is"
        );
    }
    Ok(())
}
