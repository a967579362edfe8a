//! Changing a working order, field by field.

use broker_core::{
    BrokerExt as _, ErrorKind,
    model::{
        NewOrder, OrderTypeKind, Price, Quantity, ReplaceField, ReplaceOrder, Side, TimeInForce,
        TrailingOffset,
    },
};
use chrono::TimeDelta;

use super::gate::rests;
use crate::conformance::{
    Harness,
    compare::expect_kind,
    outcome::{Stop, Verdict, ensure, fail, skip},
    p06_forms::far_type,
    scene::Scene,
};

/// An order that rests, of the first kind that is taken.
async fn resting(scene: &Scene, kinds: &[OrderTypeKind]) -> Verdict<NewOrder> {
    let market = scene.market(&scene.equity).await?;
    let mut order = scene.order_in(&scene.equity, Side::Buy, 3).await?;
    for kind in kinds {
        order.order_type = far_type(scene, &scene.equity, market, *kind).await?;
        match scene.fitted(order.clone()).await {
            Err(Stop::Skip(_)) => {}
            fitted => return fitted,
        }
    }
    skip!("no order with this field is taken")
}

async fn replaced(
    harness: &dyn Harness,
    field: ReplaceField,
    kinds: &[OrderTypeKind],
    make: impl AsyncFn(&Scene, &NewOrder, &mut ReplaceOrder) -> Verdict,
) -> Verdict {
    let scene = Scene::trading(harness).await?;
    let order = resting(&scene, kinds).await?;
    rests(&scene, &order).await?;
    let id = &order.client_order_id;
    let mut change = ReplaceOrder::new(scene.account.clone(), id.clone());
    make(&scene, &order, &mut change).await?;
    let Ok(expected) = change.apply_to(&order) else {
        fail!("a {} order has no {field}", order.order_type.kind());
    };
    let capabilities = scene.capabilities().await?;
    let before = scene.truth().await.commands;
    let call = scene.broker.replace(&change);
    let answer = scene.drive("replace", call).await?;
    if capabilities.check_replace(&change).is_err() {
        let truth = scene.truth().await;
        ensure!(
            truth.commands == before,
            "a change that is not declared was sent"
        );
        return expect_kind("replace", answer, &[ErrorKind::Unsupported]);
    }
    if let Err(refusal) = capabilities.check(&expected) {
        skip!("the changed order is not taken: {refusal}");
    }
    let answer = answer?;
    ensure!(answer.is_accepted(), "replace says {answer:?}");
    let known = scene
        .until("the change arrives", 30, async || {
            let known = scene.order(id)?;
            (*known.terms == expected).then_some(known)
        })
        .await?;
    ensure!(
        known.status.is_open(),
        "a replaced order is {}",
        known.status
    );
    let truth = scene.truth().await;
    let [real] = truth.orders_of(id)[..] else {
        fail!("a replace left {} orders of one", truth.orders_of(id).len());
    };
    ensure!(
        real.terms.order_type == expected.order_type
            && real.terms.amount == expected.amount
            && real.terms.time_in_force == expected.time_in_force,
        "the broker has {:?}, expected {expected:?}",
        real.terms
    );
    Ok(())
}

pub(in crate::conformance) async fn c_replace_quantity(harness: &dyn Harness) -> Verdict {
    let kinds = [OrderTypeKind::Limit, OrderTypeKind::Stop];
    let make = async |scene: &Scene, order: &NewOrder, change: &mut ReplaceOrder| {
        let unit = scene.units(&order.instrument, 1).await?.get();
        let old = order.quantity().map_or(unit, Quantity::get);
        change.quantity = Some(Quantity::new(old + unit)?);
        Ok(())
    };
    replaced(harness, ReplaceField::Quantity, &kinds, make).await
}

pub(in crate::conformance) async fn c_replace_limit_price(harness: &dyn Harness) -> Verdict {
    let kinds = [OrderTypeKind::Limit];
    let make = async |scene: &Scene, order: &NewOrder, change: &mut ReplaceOrder| {
        let old = order.order_type.limit_price().unwrap_or(Price::ZERO);
        change.limit_price = Some(scene.price(&order.instrument, old, -3).await?);
        Ok(())
    };
    replaced(harness, ReplaceField::LimitPrice, &kinds, make).await
}

pub(in crate::conformance) async fn c_replace_trigger_price(harness: &dyn Harness) -> Verdict {
    let kinds = [OrderTypeKind::Stop, OrderTypeKind::MarketIfTouched];
    let make = async |scene: &Scene, order: &NewOrder, change: &mut ReplaceOrder| {
        let old = order.order_type.trigger_price().unwrap_or(Price::ZERO);
        let percent = if order.order_type.kind() == OrderTypeKind::Stop {
            3
        } else {
            -3
        };
        change.trigger_price = Some(scene.price(&order.instrument, old, percent).await?);
        Ok(())
    };
    replaced(harness, ReplaceField::TriggerPrice, &kinds, make).await
}

pub(in crate::conformance) async fn c_replace_trailing_offset(harness: &dyn Harness) -> Verdict {
    let kinds = [
        OrderTypeKind::TrailingStop,
        OrderTypeKind::TrailingStopLimit,
    ];
    let make = async |scene: &Scene, order: &NewOrder, change: &mut ReplaceOrder| {
        let contract = scene.contract(&order.instrument).await?;
        change.trailing_offset = order.order_type.trailing_offset().map(|old| match old {
            TrailingOffset::Amount(old) => {
                let tick = Price::new(old).map_or(old, |price| contract.ticks.increment(price));
                TrailingOffset::Amount(old + tick)
            }
            other => other,
        });
        Ok(())
    };
    replaced(harness, ReplaceField::TrailingOffset, &kinds, make).await
}

pub(in crate::conformance) async fn c_replace_time_in_force(harness: &dyn Harness) -> Verdict {
    let kinds = [OrderTypeKind::Limit];
    let make = async |scene: &Scene, _: &NewOrder, change: &mut ReplaceOrder| {
        let later = scene.broker.desk().clock().now() + TimeDelta::hours(1);
        let capabilities = scene.capabilities().await?;
        let gtc = capabilities
            .orders
            .iter()
            .any(|form| form.times_in_force.contains(&TimeInForce::Gtc.kind()));
        change.time_in_force = Some(if gtc {
            TimeInForce::Gtc
        } else {
            TimeInForce::Gtd(later)
        });
        Ok(())
    };
    replaced(harness, ReplaceField::TimeInForce, &kinds, make).await
}
