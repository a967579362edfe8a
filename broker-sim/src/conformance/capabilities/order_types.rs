//! The order types that need no trigger and no auction.

use broker_core::model::{
    Algo, AlgoStrategy, NewOrder, OrderAmount, OrderStatus, OrderType, Quantity, Side,
};
use chrono::TimeDelta;
use rust_decimal::Decimal;

use super::gate::{declared, rests};
use crate::conformance::{
    Harness,
    outcome::{Stop, Verdict, ensure},
    scene::Scene,
};

/// The prices at which an order was really filled.
pub(super) async fn fill_prices(scene: &Scene, order: &NewOrder) -> Vec<Decimal> {
    let fills = scene.truth().await.fills;
    let own = fills
        .iter()
        .filter(|fill| fill.client_order_id == order.client_order_id);
    own.map(|fill| fill.price.get()).collect()
}

/// Makes sure that no fill is worse than the limit.
pub(super) async fn within_limit(scene: &Scene, order: &NewOrder) -> Verdict {
    let Some(limit) = order.order_type.limit_price() else {
        return Ok(());
    };
    for price in fill_prices(scene, order).await {
        let worse = if order.side.is_sell() {
            price < limit.get()
        } else {
            price > limit.get()
        };
        ensure!(!worse, "an order limited to {limit} was filled at {price}");
    }
    Ok(())
}

pub(in crate::conformance) async fn c_market(harness: &dyn Harness) -> Verdict {
    let make = async |_: &Scene, _: &_| Ok(OrderType::Market);
    let Some((scene, order)) = declared(harness, Side::Buy, make).await? else {
        return Ok(());
    };
    let before = scene.truth().await.held(&order.instrument);
    scene.place(&order).await?;
    scene
        .reaches(&order.client_order_id, &OrderStatus::Filled)
        .await?;
    let bought = scene.truth().await.held(&order.instrument) - before;
    ensure!(
        Some(bought) == order.quantity().map(Quantity::get),
        "an order for {:?} changed the position by {bought}",
        order.quantity()
    );
    Ok(())
}

pub(in crate::conformance) async fn c_limit(harness: &dyn Harness) -> Verdict {
    let make = async |scene: &Scene, instrument: &_| {
        let market = scene.market(instrument).await?;
        let price = scene.price(instrument, market.ask, 2).await?;
        Ok(OrderType::Limit { price })
    };
    let Some((scene, order)) = declared(harness, Side::Buy, make).await? else {
        return Ok(());
    };
    scene.place(&order).await?;
    scene
        .reaches(&order.client_order_id, &OrderStatus::Filled)
        .await?;
    within_limit(&scene, &order).await?;

    let far = scene.resting(1).await?;
    rests(&scene, &far).await?;
    let Some(limit) = far.order_type.limit_price() else {
        return Ok(());
    };
    let through = scene.price(&far.instrument, limit, -1).await?;
    match scene.move_market(&far.instrument, through).await {
        // Without a market to move, resting is all that can be seen.
        Err(Stop::Skip(_)) => return Ok(()),
        moved => moved?,
    }
    scene
        .reaches(&far.client_order_id, &OrderStatus::Filled)
        .await?;
    within_limit(&scene, &far).await
}

pub(in crate::conformance) async fn c_market_to_limit(harness: &dyn Harness) -> Verdict {
    let make = async |_: &Scene, _: &_| Ok(OrderType::MarketToLimit);
    let Some((scene, mut order)) = declared(harness, Side::Buy, make).await? else {
        return Ok(());
    };
    let market = scene.market(&order.instrument).await?;
    let unit = scene.units(&order.instrument, 1).await?;
    let depth = (market.ask_size / unit.get()).trunc() * unit.get();
    order.amount = OrderAmount::Quantity(Quantity::new(depth + unit.get())?);
    scene.place(&order).await?;
    scene.advance(TimeDelta::seconds(1)).await;
    let prices = fill_prices(&scene, &order).await;
    ensure!(
        prices
            .first()
            .is_some_and(|first| *first <= market.ask.get()),
        "the first fill came at {prices:?}, the ask was {}",
        market.ask
    );
    ensure!(
        prices.iter().all(|price| Some(price) <= prices.first()),
        "the rest was filled worse than the first fill: {prices:?}"
    );
    Ok(())
}

async fn algo(harness: &dyn Harness, strategy: AlgoStrategy) -> Verdict {
    let make = async |scene: &Scene, _: &_| {
        let mut algo = Algo::new(strategy);
        let now = scene.broker.desk().clock().now();
        algo.end = Some(now + TimeDelta::minutes(20));
        Ok(OrderType::Algo(algo))
    };
    let Some((scene, mut order)) = declared(harness, Side::Buy, make).await? else {
        return Ok(());
    };
    order.amount = OrderAmount::Quantity(scene.units(&order.instrument, 100).await?);
    scene.place(&order).await?;
    let id = &order.client_order_id;
    scene.advance(TimeDelta::seconds(10)).await;
    let early = scene.truth().await.order(id).map(|real| real.filled);
    ensure!(
        early < order.quantity().map(Quantity::get),
        "an algorithm over 20 minutes was done in 10 seconds"
    );
    for _ in 0..25 {
        scene.advance(TimeDelta::minutes(1)).await;
    }
    scene.agree(id).await?;
    let count = fill_prices(&scene, &order).await.len();
    ensure!(
        count >= 2,
        "an algorithm over 20 minutes made {count} fills"
    );
    ensure!(
        scene.truth().await.order(id).is_some_and(|real| !real.open),
        "an algorithm works on after its end"
    );
    Ok(())
}

pub(in crate::conformance) async fn c_twap(harness: &dyn Harness) -> Verdict {
    algo(harness, AlgoStrategy::Twap).await
}
pub(in crate::conformance) async fn c_vwap(harness: &dyn Harness) -> Verdict {
    algo(harness, AlgoStrategy::Vwap).await
}
