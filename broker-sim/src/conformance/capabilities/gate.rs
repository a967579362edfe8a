use broker_core::model::{
    Instrument, NewOrder, OrderStatus, OrderType, OrderTypeKind, Side, TimeInForceKind,
    TradingSession,
};
use chrono::TimeDelta;

use crate::conformance::{
    Harness,
    outcome::{Verdict, fail},
    p06_forms::lifetime,
    scene::Scene,
};

/// A started rig with an order of a type that is declared. `None` when the type is not declared
/// anywhere and was refused as it should be.
pub(super) async fn declared(
    harness: &dyn Harness,
    side: Side,
    make: impl AsyncFn(&Scene, &Instrument) -> Verdict<OrderType>,
) -> Verdict<Option<(Scene, NewOrder)>> {
    let scene = Scene::trading(harness).await?;
    let capabilities = scene.capabilities().await?;
    let mut refused = None;
    for instrument in core::iter::once(&scene.world.equity).chain(&scene.world.others) {
        if scene.rig.market(instrument).await.is_none() {
            continue;
        }
        let mut order = scene.order_in(instrument, side, 1).await?;
        order.order_type = make(&scene, instrument).await?;
        for time in TimeInForceKind::ALL {
            for session in TradingSession::ALL {
                let mut fits = order.clone();
                fits.time_in_force = lifetime(&scene, *time)?;
                fits.session = *session;
                if capabilities.check(&fits).is_ok() {
                    return Ok(Some((scene, fits)));
                }
            }
        }
        refused.get_or_insert(order);
    }
    match refused {
        Some(order) => scene.refuses(&order).await.map(|()| None),
        None => fail!("no instrument of the world has a market"),
    }
}

/// A started rig with an order to buy shares with a lifetime that is declared, with its type. `None`
/// when the lifetime is not declared and was refused.
pub(super) async fn lasting(
    harness: &dyn Harness,
    time: TimeInForceKind,
    kinds: &[OrderTypeKind],
) -> Verdict<Option<(Scene, NewOrder)>> {
    let scene = Scene::trading(harness).await?;
    let capabilities = scene.capabilities().await?;
    let equity = scene.equity.clone();
    let market = scene.market(&equity).await?;
    let mut order = scene.order_in(&equity, Side::Buy, 1).await?;
    order.time_in_force = lifetime(&scene, time)?;
    let taken = |order: &NewOrder| capabilities.check(order).is_ok();
    for kind in kinds {
        order.order_type =
            crate::conformance::p06_forms::far_type(&scene, &equity, market, *kind).await?;
        if taken(&order) {
            return Ok(Some((scene, order)));
        }
    }
    let declared = capabilities.orders.iter().any(|form| {
        form.times_in_force.contains(&time)
            && form
                .asset_classes
                .contains(&broker_core::model::AssetClass::Equity)
    });
    if declared {
        crate::conformance::outcome::skip!("{time} is declared for other types of order only");
    }
    scene.refuses(&order).await.map(|()| None)
}

/// Lets time pass until an order has ended, in half hours, over a long weekend if need be.
pub(super) async fn wait_for_end(scene: &Scene, order: &NewOrder) -> Verdict<OrderStatus> {
    let id = &order.client_order_id;
    for _ in 0..240 {
        scene.advance(TimeDelta::minutes(30)).await;
        if scene.truth().await.order(id).is_none_or(|real| !real.open) {
            return Ok(scene.agree(id).await?.status.clone());
        }
    }
    fail!("the order is still open after five days")
}

/// Makes sure that an order rests without a fill.
pub(super) async fn rests(scene: &Scene, order: &NewOrder) -> Verdict {
    let known = scene.place(order).await?;
    scene.advance(TimeDelta::seconds(5)).await;
    let known = if known.status.is_open() {
        scene.agree(&order.client_order_id).await?
    } else {
        known
    };
    if known.status.is_final() || !known.cumulative_quantity.is_zero() {
        fail!(
            "a {} order away from the market is {}",
            order.order_type.kind(),
            known.status
        );
    }
    Ok(())
}
