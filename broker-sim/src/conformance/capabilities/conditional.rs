//! The order types that wait for a price: stops, trailing stops, touched orders.

use broker_core::model::{
    Instrument, NewOrder, OrderStatus, OrderType, OrderTypeKind, Side, TrailingOffset,
};

use super::{
    gate::{declared, rests},
    order_types::within_limit,
};
use crate::conformance::{
    Harness, Market,
    outcome::{Stop, Verdict},
    p06_forms::far_type,
    scene::Scene,
};

/// An order of a kind to buy that rests now, with the market as it was.
async fn waiting(
    harness: &dyn Harness,
    kind: OrderTypeKind,
) -> Verdict<Option<(Scene, NewOrder, Market)>> {
    let make = async |scene: &Scene, instrument: &Instrument| {
        let market = scene.market(instrument).await?;
        far_type(scene, instrument, market, kind).await
    };
    let Some((scene, mut order)) = declared(harness, Side::Buy, make).await? else {
        return Ok(None);
    };
    let market = scene.market(&order.instrument).await?;
    // Once set off, a trailing order must not run away from its limit.
    if let OrderType::TrailingStopLimit {
        offset: TrailingOffset::Amount(distance),
        limit_offset,
        ..
    } = &mut order.order_type
    {
        *limit_offset = *distance;
    }
    rests(&scene, &order).await?;
    Ok(Some((scene, order, market)))
}

/// Moves the market by percent of where it was; `false` when this rig's cannot be moved.
async fn moved(scene: &Scene, order: &NewOrder, market: Market, percent: i32) -> Verdict<bool> {
    let from = if percent < 0 { market.bid } else { market.ask };
    let to = scene.price(&order.instrument, from, percent).await?;
    match scene.move_market(&order.instrument, to).await {
        Ok(()) => Ok(true),
        Err(Stop::Skip(_)) => Ok(false),
        Err(stop) => Err(stop),
    }
}

async fn set_off(harness: &dyn Harness, kind: OrderTypeKind, path: &[i32]) -> Verdict {
    let Some((scene, order, market)) = waiting(harness, kind).await? else {
        return Ok(());
    };
    let id = &order.client_order_id;
    for (index, percent) in path.iter().enumerate() {
        if !moved(&scene, &order, market, *percent).await? {
            return Ok(());
        }
        if index + 1 < path.len() {
            let known = scene.agree(id).await?;
            if known.status.is_final() {
                crate::conformance::outcome::fail!(
                    "a {kind} order was set off at {percent} % from the market"
                );
            }
        }
    }
    scene.reaches(id, &OrderStatus::Filled).await?;
    within_limit(&scene, &order).await
}

pub(in crate::conformance) async fn c_stop(harness: &dyn Harness) -> Verdict {
    set_off(harness, OrderTypeKind::Stop, &[10, -10, 27]).await
}
pub(in crate::conformance) async fn c_stop_limit(harness: &dyn Harness) -> Verdict {
    // Beyond the limit it rests; back within it fills.
    set_off(harness, OrderTypeKind::StopLimit, &[10, 40, 20]).await
}
pub(in crate::conformance) async fn c_trailing_stop(harness: &dyn Harness) -> Verdict {
    // The distance is 20 %: down 10 % the trigger follows to about +10 %.
    set_off(harness, OrderTypeKind::TrailingStop, &[5, -10, 14]).await
}
pub(in crate::conformance) async fn c_trailing_stop_limit(harness: &dyn Harness) -> Verdict {
    set_off(harness, OrderTypeKind::TrailingStopLimit, &[5, -10, 14]).await
}
pub(in crate::conformance) async fn c_market_if_touched(harness: &dyn Harness) -> Verdict {
    set_off(harness, OrderTypeKind::MarketIfTouched, &[10, -10, -27]).await
}
pub(in crate::conformance) async fn c_limit_if_touched(harness: &dyn Harness) -> Verdict {
    set_off(harness, OrderTypeKind::LimitIfTouched, &[10, -10, -27]).await
}
