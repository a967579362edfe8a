//! The lifetimes.

use broker_core::model::{
    NewOrder, OrderAmount, OrderStatus, OrderType, OrderTypeKind, Quantity, TimeInForceKind,
};
use chrono::TimeDelta;

use super::gate::{lasting, rests, wait_for_end};
use crate::conformance::{
    Harness, Market,
    outcome::{Verdict, ensure, fail, skip},
    scene::Scene,
};

const LIMIT: &[OrderTypeKind] = &[OrderTypeKind::Limit];

pub(in crate::conformance) async fn c_day(harness: &dyn Harness) -> Verdict {
    let Some((scene, order)) = lasting(harness, TimeInForceKind::Day, LIMIT).await? else {
        return Ok(());
    };
    rests(&scene, &order).await?;
    match wait_for_end(&scene, &order).await? {
        OrderStatus::Expired | OrderStatus::Canceled => Ok(()),
        other => fail!("a day order ended its day as {other}"),
    }
}

pub(in crate::conformance) async fn c_gtc(harness: &dyn Harness) -> Verdict {
    let Some((scene, order)) = lasting(harness, TimeInForceKind::Gtc, LIMIT).await? else {
        return Ok(());
    };
    rests(&scene, &order).await?;
    for _ in 0..52 {
        scene.advance(TimeDelta::minutes(30)).await;
    }
    let known = scene.agree(&order.client_order_id).await?;
    ensure!(
        known.status.is_open(),
        "the next day a good-till-canceled order is {}",
        known.status
    );
    Ok(())
}

pub(in crate::conformance) async fn c_gtd(harness: &dyn Harness) -> Verdict {
    let Some((scene, order)) = lasting(harness, TimeInForceKind::Gtd, LIMIT).await? else {
        return Ok(());
    };
    rests(&scene, &order).await?;
    scene.advance(TimeDelta::minutes(50)).await;
    let known = scene.agree(&order.client_order_id).await?;
    ensure!(
        known.status.is_open(),
        "ten minutes early it is {}",
        known.status
    );
    scene.advance(TimeDelta::minutes(20)).await;
    let known = scene.agree(&order.client_order_id).await?;
    ensure!(
        matches!(known.status, OrderStatus::Expired | OrderStatus::Canceled),
        "ten minutes late it is {}",
        known.status
    );
    Ok(())
}

/// The order as a limit at the ask for a little more than what is offered there.
async fn more_than_offered(scene: &Scene, order: &NewOrder) -> Verdict<(NewOrder, Market)> {
    let market = scene.market(&order.instrument).await?;
    let unit = scene.units(&order.instrument, 1).await?;
    let offered = (market.ask_size / unit.get()).trunc() * unit.get();
    let mut more = order.clone();
    more.client_order_id = scene.fresh_id().await?;
    more.amount = OrderAmount::Quantity(Quantity::new(offered + unit.get())?);
    more.order_type = OrderType::Limit { price: market.ask };
    Ok((more, market))
}

pub(in crate::conformance) async fn c_ioc(harness: &dyn Harness) -> Verdict {
    let Some((scene, far)) = lasting(harness, TimeInForceKind::Ioc, LIMIT).await? else {
        return Ok(());
    };
    let (most, _) = more_than_offered(&scene, &far).await?;
    for order in [far, most] {
        let wants = order.order_type.limit_price();
        scene.place(&order).await?;
        scene.advance(TimeDelta::seconds(2)).await;
        let known = scene.agree(&order.client_order_id).await?;
        ensure!(
            known.status.is_final(),
            "two seconds later an immediate-or-cancel order at {wants:?} is {}",
            known.status
        );
    }
    Ok(())
}

pub(in crate::conformance) async fn c_fok(harness: &dyn Harness) -> Verdict {
    let Some((scene, far)) = lasting(harness, TimeInForceKind::Fok, LIMIT).await? else {
        return Ok(());
    };
    let (most, market) = more_than_offered(&scene, &far).await?;
    let mut some = most.clone();
    some.client_order_id = scene.fresh_id().await?;
    some.amount = far.amount;
    for order in [far, most] {
        scene.place(&order).await?;
        scene.advance(TimeDelta::seconds(2)).await;
        let known = scene.agree(&order.client_order_id).await?;
        ensure!(
            known.status.is_final(),
            "two seconds later a fill-or-kill order is {}",
            known.status
        );
        let filled = known.cumulative_quantity;
        ensure!(
            filled.is_zero() || known.status == OrderStatus::Filled,
            "a fill-or-kill order was filled in part: {filled}"
        );
    }
    if scene.market(&some.instrument).await?.ask > market.ask {
        skip!("the market has moved away");
    }
    scene.place(&some).await?;
    scene
        .reaches(&some.client_order_id, &OrderStatus::Filled)
        .await
}
