//! P11: every call ends in bounded time.

use broker_core::{
    BrokerExt as _,
    model::{FillFilter, OrderFilter},
};

use super::{
    Harness,
    outcome::{Stop, Verdict, skip},
    p01_err_is_absence::some_change,
    scene::Scene,
};
use crate::fault::Fault;

/// The two ways in which a broker says nothing to a command.
const SILENCE: [Fault; 2] = [Fault::SilenceBeforeAccept, Fault::SilenceAfterAccept];

/// Makes a check under each silence; skipped only when the rig cannot be silent.
async fn silent(mut check: impl AsyncFnMut(Fault) -> Verdict) -> Verdict {
    let mut last = None;
    for fault in SILENCE {
        match check(fault).await {
            Err(Stop::Skip(reason)) => last = Some(reason),
            other => other?,
        }
    }
    match last {
        Some(reason) => skip!("{reason}"),
        None => Ok(()),
    }
}

pub(super) async fn p11_1_submit(harness: &dyn Harness) -> Verdict {
    silent(async |fault| {
        let scene = Scene::trading(harness).await?;
        let order = scene.resting(1).await?;
        scene.inject(fault).await?;
        let _ = scene.submit(&order).await?;
        scene.ready().await
    })
    .await
}

pub(super) async fn p11_2_replace(harness: &dyn Harness) -> Verdict {
    silent(async |fault| {
        let scene = Scene::trading(harness).await?;
        let order = scene.resting(2).await?;
        let change = some_change(&scene, &order).await?;
        scene.place(&order).await?;
        scene.inject(fault).await?;
        let call = scene.broker.replace(&change);
        let _ = scene.drive("replace", call).await?;
        scene.ready().await
    })
    .await
}

pub(super) async fn p11_3_cancel(harness: &dyn Harness) -> Verdict {
    silent(async |fault| {
        let scene = Scene::trading(harness).await?;
        let order = scene.resting(1).await?;
        scene.place(&order).await?;
        scene.inject(fault).await?;
        let _ = scene.cancel(&order.client_order_id).await?;
        scene.ready().await
    })
    .await
}

/// Makes every call once; each has to end, no matter how.
async fn every_call(scene: &Scene) -> Verdict {
    let (broker, account) = (&scene.broker, &scene.account);
    let order = scene.resting(1).await;
    let _ = scene.drive("accounts", broker.accounts()).await?;
    let _ = scene
        .drive("capabilities", broker.capabilities(account))
        .await?;
    if broker.trading().is_some() {
        let (orders, fills) = (OrderFilter::default(), FillFilter::default());
        let _ = scene
            .drive("orders", broker.orders(account, &orders))
            .await?;
        let _ = scene.drive("fills", broker.fills(account, &fills)).await?;
        let _ = scene
            .drive("cancel_all", broker.cancel_all(account))
            .await?;
        if let Ok(order) = order {
            let _ = scene.submit(&order).await?;
            let _ = scene.drive("preview", broker.preview(&order)).await?;
            let id = &order.client_order_id;
            let _ = scene.drive("lookup", broker.lookup(account, id)).await?;
            let _ = scene.cancel(id).await?;
        }
    }
    if let Some(portfolio) = broker.portfolio() {
        let _ = scene.drive("summary", portfolio.summary(account)).await?;
        let _ = scene
            .drive("positions", portfolio.positions(account))
            .await?;
        let _ = scene
            .drive("profit and loss", portfolio.profit_and_loss(account))
            .await?;
    }
    if broker.market_data().is_some() {
        let call = broker.quote_of(&scene.equity);
        let _ = scene.drive("quote", call).await?;
    }
    if let Some(reference) = broker.reference() {
        let _ = scene.drive("search", reference.search("A", 5)).await?;
        let _ = scene
            .drive("contract", reference.contract(&scene.equity))
            .await?;
    }
    Ok(())
}

pub(super) async fn p11_4_calls_without_a_connection(harness: &dyn Harness) -> Verdict {
    let scene = Scene::open(harness).await?;
    scene.contract(&scene.equity).await?;
    scene
        .inject(Fault::Disconnect { down_ms: 3_600_000 })
        .await?;
    every_call(&scene).await
}

pub(super) async fn p11_5_calls_after_close(harness: &dyn Harness) -> Verdict {
    let scene = Scene::open(harness).await?;
    scene.drive("close", scene.broker.close()).await??;
    let _ = scene.drive("close again", scene.broker.close()).await?;
    every_call(&scene).await
}

pub(super) async fn p11_6_garbage(harness: &dyn Harness) -> Verdict {
    let scene = Scene::open(harness).await?;
    scene.inject(Fault::Garbage).await?;
    every_call(&scene).await?;
    scene.ready().await
}
