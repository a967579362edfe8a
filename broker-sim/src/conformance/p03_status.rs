//! P3: status is computed from reports, and fills are the truth.

use broker_core::{
    BrokerExt as _, Decimal,
    event::EventBody,
    model::{ExecutionKind, OrderStatus, OrderType, Price, Side},
};
use chrono::TimeDelta;

use super::{
    Harness,
    outcome::{Verdict, ensure, fail, skip},
    scene::Scene,
    watch::Watch,
};
use crate::fault::Fault;

/// Fills an order while a fault strikes its reports; the ledger has to end up with the truth.
async fn fill_under(harness: &dyn Harness, fault: Option<Fault>) -> Verdict {
    let scene = Scene::trading(harness).await?;
    let mut watch = Watch::new(scene.broker.events(&scene.account)?);
    let order = scene.marketable(3).await?;
    if let Some(fault) = fault {
        scene.inject(fault).await?;
    }
    scene.place(&order).await?;
    let id = &order.client_order_id;
    scene.reaches(id, &OrderStatus::Filled).await?;
    same_fills(&scene).await?;
    watch.read_whole()?;
    let mut ended = false;
    for (order, _) in watch.of_order(id) {
        ensure!(
            !ended || order.status == OrderStatus::Filled,
            "a filled order went back to {}",
            order.status
        );
        ended = order.status == OrderStatus::Filled;
    }
    ensure!(ended, "no event told that the order was filled");
    Ok(())
}

/// Makes sure that the ledger's fills are exactly the broker's.
pub(super) async fn same_fills(scene: &Scene) -> Verdict {
    let truth = scene.truth().await;
    let ledger = scene.broker.desk().ledger(&scene.account)?;
    let snapshot = ledger.snapshot();
    let Some(known) = snapshot.fills.value() else {
        fail!("the snapshot does not say which fills there are");
    };
    for real in &truth.fills {
        let mut same = known.iter().filter(|fill| {
            fill.execution_id == real.execution_id
                && fill.price == real.price
                && fill.quantity.get() == real.quantity
                && fill.client_order_id == real.client_order_id
        });
        ensure!(
            same.next().is_some(),
            "the ledger lacks {real:?} or has it otherwise"
        );
        ensure!(same.next().is_none(), "the ledger counts {real:?} twice");
    }
    ensure!(
        known.len() == truth.fills.len(),
        "the ledger counts {} fills, really there are {}",
        known.len(),
        truth.fills.len()
    );
    Ok(())
}

pub(super) async fn p3_1_a_fill(harness: &dyn Harness) -> Verdict {
    fill_under(harness, None).await
}
pub(super) async fn p3_2_fill_before_acknowledgement(harness: &dyn Harness) -> Verdict {
    fill_under(harness, Some(Fault::FillBeforeAcknowledgement)).await
}
pub(super) async fn p3_3_duplicated_reports(harness: &dyn Harness) -> Verdict {
    fill_under(harness, Some(Fault::DuplicateReports { count: 4 })).await
}
pub(super) async fn p3_4_reordered_reports(harness: &dyn Harness) -> Verdict {
    fill_under(harness, Some(Fault::ReorderReports { count: 2 })).await
}
pub(super) async fn p3_5_delayed_reports(harness: &dyn Harness) -> Verdict {
    let delay = Fault::DelayReports {
        count: 4,
        delay_ms: 3_000,
    };
    fill_under(harness, Some(delay)).await
}

pub(super) async fn p3_6_a_bust(harness: &dyn Harness) -> Verdict {
    let scene = Scene::trading(harness).await?;
    let order = scene.marketable(3).await?;
    let id = &order.client_order_id;
    let before = scene.place(&order).await?;
    ensure!(
        before.status == OrderStatus::Filled,
        "not filled: {}",
        before.status
    );
    scene.inject(Fault::BustLastFill).await?;
    let after = scene.agree(id).await?;
    ensure!(
        after.cumulative_quantity < before.cumulative_quantity,
        "a bust left the filled quantity at {}",
        after.cumulative_quantity
    );
    same_fills(&scene).await
}

/// Also the bust of a moment at which nobody could be told.
pub(super) async fn p3_10_a_bust_that_nobody_heard(harness: &dyn Harness) -> Verdict {
    let scene = Scene::trading(harness).await?;
    let mut watch = Watch::new(scene.broker.events(&scene.account)?);
    let order = scene.marketable(3).await?;
    let id = &order.client_order_id;
    let before = scene.place(&order).await?;
    scene.inject(Fault::Disconnect { down_ms: 5_000 }).await?;
    scene.inject(Fault::BustLastFill).await?;
    scene.advance(TimeDelta::seconds(6)).await;
    scene.ready().await?;
    let after = scene.agree(id).await?;
    ensure!(
        after.cumulative_quantity < before.cumulative_quantity,
        "a bust without a connection left the filled quantity at {}",
        after.cumulative_quantity
    );
    same_fills(&scene).await?;
    watch.read_whole()?;
    let told = watch.events.iter().any(|event| match &event.body {
        EventBody::Execution { report, order, .. } => {
            matches!(report.kind, ExecutionKind::TradeCancel { .. })
                && order.client_order_id() == id
        }
        _ => false,
    });
    ensure!(told, "no event told of the bust");
    Ok(())
}

pub(super) async fn p3_7_a_correction(harness: &dyn Harness) -> Verdict {
    let scene = Scene::trading(harness).await?;
    let order = scene.marketable(3).await?;
    scene.place(&order).await?;
    let before = scene.truth().await.fills;
    scene.inject(Fault::CorrectLastFill).await?;
    scene.agree(&order.client_order_id).await?;
    ensure!(
        scene.truth().await.fills != before,
        "the rig corrected no fill"
    );
    same_fills(&scene).await
}

pub(super) async fn p3_8_a_late_fill(harness: &dyn Harness) -> Verdict {
    let scene = Scene::trading(harness).await?;
    let market = scene.market(&scene.equity).await?;
    // More than is offered at one price, and far enough away to be acknowledged before it trades.
    let Ok(many) = u32::try_from(market.ask_size.trunc() * Decimal::from(8)) else {
        skip!("the market is too deep for a partial fill");
    };
    let mut order = scene.order_in(&scene.equity, Side::Buy, many).await?;
    let rules = scene.contract(&scene.equity).await?;
    if order
        .quantity()
        .is_some_and(|quantity| quantity > rules.quantities.maximum)
    {
        skip!("the market is too deep for a partial fill");
    }
    let price = scene.price(&scene.equity, market.bid, -10).await?;
    order.order_type = OrderType::Limit { price };
    let order = scene.fitted(order).await?;
    let id = &order.client_order_id;
    scene.place(&order).await?;
    let delay = Fault::DelayReports {
        count: 1,
        delay_ms: 10_000,
    };
    scene.inject(delay).await?;
    // The market comes down until the best offer meets the order, and no other one does.
    let half_spread = (market.ask.get() - market.bid.get()) / Decimal::TWO;
    let to = Price::new(price.get() - half_spread)?;
    let to = scene.price(&scene.equity, to, 0).await?;
    scene.move_market(&scene.equity, to).await?;
    let real = scene.truth().await.order(id).cloned();
    if !real.is_some_and(|real| real.open && !real.filled.is_zero()) {
        skip!("the market did not fill the order in part");
    }
    if let Err(error) = scene.cancel(id).await? {
        fail!("a working order could not be canceled: {error}");
    }
    scene.advance(TimeDelta::seconds(20)).await;
    scene.agree(id).await?;
    same_fills(&scene).await
}

pub(super) async fn p3_9_open_orders_stay_open(harness: &dyn Harness) -> Verdict {
    let scene = Scene::trading(harness).await?;
    let order = scene.resting(1).await?;
    let id = &order.client_order_id;
    let mut watch = Watch::new(scene.broker.events(&scene.account)?);
    scene.place(&order).await?;
    scene.advance(TimeDelta::seconds(30)).await;
    scene.agree(id).await?;
    let _ = scene.cancel(id).await??;
    scene.reaches(id, &OrderStatus::Canceled).await?;
    watch.read_whole()?;
    let seen: Vec<_> = watch.of_order(id).collect();
    ensure!(
        seen.iter()
            .any(|(order, _)| order.status == OrderStatus::New),
        "no event told that the order works"
    );
    let ends = seen.iter().filter(|(order, _)| order.status.is_final());
    ensure!(
        ends.clone()
            .all(|(order, _)| order.status == OrderStatus::Canceled),
        "a canceled order was told to have ended otherwise"
    );
    ensure!(
        ends.count() > 0,
        "no event told that the order was canceled"
    );
    ensure!(
        seen.iter().all(|(_, warning)| warning.is_none()),
        "an ordinary life of an order came with a warning: {:?}",
        seen.iter().find_map(|(_, warning)| *warning)
    );
    Ok(())
}
