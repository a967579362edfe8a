//! P1: `Err` from a command is proof that it had no effect.

use core::time::Duration;

use broker_core::{
    Acknowledgement, BrokerExt as _, OrderLookup,
    model::{ClientOrderId, NewOrder, OrderStatus, Quantity, ReplaceField, ReplaceOrder},
};

use super::{
    Harness,
    outcome::{Stop, Verdict, ensure, fail, skip},
    scene::Scene,
};
use crate::fault::Fault;

/// Where a command can be struck.
pub(super) const POINTS: [Fault; 6] = [
    Fault::DropBeforeWrite,
    Fault::DropMidFrame,
    Fault::DropAfterWrite,
    Fault::DropBeforeReply,
    Fault::SilenceAfterAccept,
    Fault::SilenceBeforeAccept,
];

/// Submits an order while the fault strikes and compares what was said with the truth.
async fn submit_under(harness: &dyn Harness, fault: Fault) -> Verdict {
    let scene = Scene::trading(harness).await?;
    let order = scene.resting(1).await?;
    scene.inject(fault).await?;
    let answer = scene.submit(&order).await?;
    scene.ready().await?;
    judge(&scene, &order, answer).await
}

async fn judge(
    scene: &Scene,
    order: &NewOrder,
    answer: broker_core::Result<Acknowledgement>,
) -> Verdict {
    let id = &order.client_order_id;
    // What is still on its way gets the time to arrive.
    scene.advance(chrono::TimeDelta::seconds(5)).await;
    let count = scene.truth().await.orders_of(id).len();
    ensure!(count <= 1, "one submit made {count} orders");
    let exists = count == 1;
    match answer {
        Err(error) => ensure!(
            !exists,
            "submit said `{error}`, and the order is at the broker"
        ),
        Ok(Acknowledgement::Accepted { .. }) => ensure!(
            exists || refused(scene, id),
            "submit was accepted, and the order is not at the broker"
        ),
        Ok(_) => found_as(scene, id, exists).await?,
    }
    if exists {
        scene.agree(id).await?;
    }
    Ok(())
}

fn refused(scene: &Scene, id: &ClientOrderId) -> bool {
    scene
        .order(id)
        .is_some_and(|order| order.status == OrderStatus::Rejected)
}

/// Makes sure that a lookup finds exactly what exists.
pub(super) async fn found_as(scene: &Scene, id: &ClientOrderId, exists: bool) -> Verdict {
    match scene.lookup(id).await? {
        OrderLookup::Found(_) => ensure!(exists, "the lookup found an order that does not exist"),
        OrderLookup::Absent => {
            ensure!(
                !exists,
                "the lookup proved the absence of an order that exists"
            );
        }
        OrderLookup::Inconclusive(why) => fail!("the lookup stayed inconclusive: {why}"),
    }
    Ok(())
}

pub(super) async fn p1_1_dropped_before_write(harness: &dyn Harness) -> Verdict {
    submit_under(harness, Fault::DropBeforeWrite).await
}
pub(super) async fn p1_2_dropped_mid_frame(harness: &dyn Harness) -> Verdict {
    submit_under(harness, Fault::DropMidFrame).await
}
pub(super) async fn p1_3_dropped_after_write(harness: &dyn Harness) -> Verdict {
    submit_under(harness, Fault::DropAfterWrite).await
}
pub(super) async fn p1_4_dropped_before_reply(harness: &dyn Harness) -> Verdict {
    submit_under(harness, Fault::DropBeforeReply).await
}
pub(super) async fn p1_5_silence_after_accept(harness: &dyn Harness) -> Verdict {
    submit_under(harness, Fault::SilenceAfterAccept).await
}
pub(super) async fn p1_6_silence_before_accept(harness: &dyn Harness) -> Verdict {
    submit_under(harness, Fault::SilenceBeforeAccept).await
}
pub(super) async fn p1_7_gateway_error(harness: &dyn Harness) -> Verdict {
    submit_under(harness, Fault::HttpStatus { status: 502 }).await
}

/// A change of the working order that the broker can make.
pub(super) async fn some_change(scene: &Scene, order: &NewOrder) -> Verdict<ReplaceOrder> {
    let capabilities = scene.capabilities().await?;
    let Some(fields) = capabilities.replace.get() else {
        skip!("orders cannot be replaced");
    };
    let id = order.client_order_id.clone();
    let mut change = ReplaceOrder::new(scene.account.clone(), id);
    if fields.contains(&ReplaceField::LimitPrice) {
        let market = scene.market(&order.instrument).await?;
        change.limit_price = Some(scene.price(&order.instrument, market.bid, -30).await?);
    } else if fields.contains(&ReplaceField::Quantity) {
        let old = order
            .quantity()
            .map_or_else(Default::default, Quantity::get);
        let more = scene.units(&order.instrument, 1).await?;
        change.quantity = Some(Quantity::new(old + more.get())?);
    } else {
        skip!("neither price nor quantity can be replaced");
    }
    Ok(change)
}

pub(super) async fn p1_8_replace(harness: &dyn Harness) -> Verdict {
    each_point(async |fault| {
        let scene = Scene::trading(harness).await?;
        let order = scene.resting(2).await?;
        let change = some_change(&scene, &order).await?;
        scene.place(&order).await?;
        scene.inject(fault.clone()).await?;
        let call = scene.broker.replace(&change);
        let answer = scene.drive("replace", call).await?;
        scene.ready().await?;
        scene.advance(chrono::TimeDelta::seconds(5)).await;
        let truth = scene.truth().await;
        let id = &order.client_order_id;
        let [real] = truth.orders_of(id)[..] else {
            fail!(
                "{fault:?}: {} orders instead of one",
                truth.orders_of(id).len()
            );
        };
        let changed =
            real.terms.order_type != order.order_type || real.terms.amount != order.amount;
        match answer {
            Err(error) => ensure!(
                !changed,
                "{fault:?}: replace said `{error}`, and the order was changed"
            ),
            Ok(Acknowledgement::Accepted { .. }) => {
                ensure!(
                    changed,
                    "{fault:?}: replace was accepted and changed nothing"
                );
            }
            Ok(_) => {}
        }
        found_as(&scene, id, true).await?;
        let known = scene.agree(id).await?;
        ensure!(
            known.terms.order_type == real.terms.order_type
                && known.terms.amount == real.terms.amount,
            "{fault:?}: the ledger keeps other terms than the broker"
        );
        Ok(())
    })
    .await
}

pub(super) async fn p1_9_cancel(harness: &dyn Harness) -> Verdict {
    each_point(async |fault| {
        let scene = Scene::trading(harness).await?;
        let order = scene.resting(1).await?;
        scene.place(&order).await?;
        scene.inject(fault.clone()).await?;
        let id = &order.client_order_id;
        let answer = scene.cancel(id).await?;
        scene.ready().await?;
        scene.advance(chrono::TimeDelta::seconds(5)).await;
        let open = scene.truth().await.order(id).is_some_and(|real| real.open);
        match answer {
            Err(error) => ensure!(
                open,
                "{fault:?}: cancel said `{error}`, and the order was canceled"
            ),
            Ok(Acknowledgement::Accepted { .. }) => {
                ensure!(!open, "{fault:?}: cancel was accepted and canceled nothing");
            }
            Ok(_) => {}
        }
        found_as(&scene, id, true).await?;
        scene.agree(id).await?;
        Ok(())
    })
    .await
}

/// Makes a check at every point; skipped only when no point could be struck.
async fn each_point(mut check: impl AsyncFnMut(Fault) -> Verdict) -> Verdict {
    let mut made = 0;
    let mut why = String::new();
    for fault in POINTS {
        match check(fault).await {
            Ok(()) => made += 1,
            Err(Stop::Skip(reason)) => why = reason,
            Err(stop) => return Err(stop),
        }
    }
    if made == 0 {
        skip!("{why}");
    }
    Ok(())
}

pub(super) async fn p1_10_dropped_call(harness: &dyn Harness) -> Verdict {
    let scene = Scene::trading(harness).await?;
    let order = scene.resting(1).await?;
    scene.inject(Fault::SilenceAfterAccept).await?;
    let call = scene.broker.submit(&order);
    if tokio::time::timeout(Duration::from_millis(100), call)
        .await
        .is_ok()
    {
        skip!("the call ended although the broker was silent");
    }
    let id = &order.client_order_id;
    let Some(known) = scene.order(id) else {
        fail!("the order was forgotten when its call was dropped");
    };
    ensure!(
        known.status == OrderStatus::Unconfirmed || known.status.is_open(),
        "the order of a dropped call counts as {}",
        known.status
    );
    scene.advance(chrono::TimeDelta::seconds(60)).await;
    scene.ready().await?;
    let exists = !scene.truth().await.orders_of(id).is_empty();
    found_as(&scene, id, exists).await
}

pub(super) async fn p1_11_refused_by_the_broker(harness: &dyn Harness) -> Verdict {
    let reject = Fault::Reject {
        code: "201".into(),
        text: "Order rejected - reason: drill".into(),
    };
    submit_under(harness, reject).await
}
