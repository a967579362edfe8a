//! P7: events are numbered densely, and each epoch begins with a snapshot.

use broker_core::{
    BrokerExt as _, SessionState,
    event::{EventBody, Snapshot},
    model::OrderStatus,
};
use chrono::TimeDelta;

use super::{
    Harness,
    compare::difference,
    outcome::{Verdict, ensure, fail},
    p03_status::same_fills,
    scene::Scene,
    watch::Watch,
};
use crate::fault::Fault;

/// A little of everything: a fill, a rest, a cancel.
pub(super) async fn busy(scene: &Scene) -> Verdict {
    let filled = scene.marketable(2).await?;
    scene.place(&filled).await?;
    let rests = scene.resting(1).await?;
    scene.place(&rests).await?;
    let canceled = scene.resting(1).await?;
    scene.place(&canceled).await?;
    let _ = scene.cancel(&canceled.client_order_id).await??;
    scene.agree(&canceled.client_order_id).await?;
    Ok(())
}

/// Loses the connection for ten seconds and has it back.
pub(super) async fn reconnect(scene: &Scene) -> Verdict {
    scene.inject(Fault::Disconnect { down_ms: 10_000 }).await?;
    scene.rig.advance(TimeDelta::seconds(11)).await;
    scene.ready().await
}

pub(super) async fn p7_1_dense_in_normal_life(harness: &dyn Harness) -> Verdict {
    let scene = Scene::trading(harness).await?;
    let ledger = scene.broker.desk().ledger(&scene.account)?;
    let mut early = Watch::new(ledger.subscribe());
    busy(&scene).await?;
    let mut late = Watch::new(ledger.subscribe());
    busy(&scene).await?;
    early.read_whole()?;
    late.read_whole()?;
    let positions = |watch: &Watch| watch.events.last().map(|event| event.position);
    ensure!(
        positions(&early) == positions(&late),
        "two readers of one account end at different positions"
    );
    Ok(())
}

pub(super) async fn p7_2_dense_over_a_reconnect(harness: &dyn Harness) -> Verdict {
    let scene = Scene::trading(harness).await?;
    let mut watch = Watch::new(scene.broker.events(&scene.account)?);
    busy(&scene).await?;
    watch.read()?;
    let before = watch.events.last().map_or(0, |event| event.position.epoch);
    reconnect(&scene).await?;
    busy(&scene).await?;
    watch.read_whole()?;
    let after = watch.events.last().map_or(0, |event| event.position.epoch);
    ensure!(after > before, "a reconnect began no new epoch");
    Ok(())
}

pub(super) async fn p7_3_an_epoch_begins_with_a_snapshot(harness: &dyn Harness) -> Verdict {
    let scene = Scene::open(harness).await?;
    let mut watch = Watch::new(scene.broker.events(&scene.account)?);
    reconnect(&scene).await?;
    watch.read_whole()?;
    let Some(last) = watch.events.last().map(|event| event.position.epoch) else {
        fail!("a reader got no event at all");
    };
    let bodies: Vec<_> = watch
        .events
        .iter()
        .filter(|event| event.position.epoch == last)
        .map(|event| &event.body)
        .filter(|body| !matches!(body, EventBody::Notice { .. }))
        .collect();
    let ready = EventBody::Session {
        session: SessionState::Ready,
    };
    ensure!(
        bodies.first().is_some_and(|body| **body == ready),
        "the epoch begins with {:?}",
        bodies.first()
    );
    ensure!(
        matches!(bodies.get(1), Some(EventBody::Snapshot { .. })),
        "after Session(Ready) came {:?}",
        bodies.get(1)
    );
    Ok(())
}

/// Makes sure that a snapshot is the truth.
pub(super) async fn is_true(scene: &Scene, snapshot: &Snapshot) -> Verdict {
    let truth = scene.truth().await;
    let Some(orders) = snapshot.orders.value() else {
        fail!("the snapshot has no orders: {:?}", snapshot.orders);
    };
    for real in truth.orders.iter().filter(|real| real.open) {
        let id = &real.terms.client_order_id;
        ensure!(
            orders.iter().any(|order| order.client_order_id() == id),
            "the snapshot lacks the open order {id}"
        );
    }
    for order in orders {
        if let Some(seen) = difference(&truth, Some(order)) {
            fail!("snapshot, order {}: {seen}", order.client_order_id());
        }
    }
    if scene.broker.portfolio().is_none() {
        return Ok(());
    }
    let Some(positions) = snapshot.positions.value() else {
        fail!("the snapshot has no positions: {:?}", snapshot.positions);
    };
    for (instrument, quantity) in &truth.positions {
        let known = positions.iter().find(|held| held.instrument == *instrument);
        let known = known.map(|held| held.quantity);
        ensure!(
            known == Some(*quantity),
            "the snapshot says {known:?} of {instrument}, really {quantity}"
        );
    }
    ensure!(
        positions.len() == truth.positions.len(),
        "the snapshot has {} positions, really there are {}",
        positions.len(),
        truth.positions.len()
    );
    Ok(())
}

/// The newest snapshot that a new reader gets.
pub(super) fn fresh(scene: &Scene) -> Verdict<std::sync::Arc<Snapshot>> {
    let mut watch = Watch::new(scene.broker.events(&scene.account)?);
    watch.read_whole()?;
    let found = watch.events.iter().find_map(|event| match &event.body {
        EventBody::Snapshot { snapshot } => Some(snapshot.clone()),
        _ => None,
    });
    match found {
        Some(snapshot) => Ok(snapshot),
        None => fail!("a new reader got no snapshot"),
    }
}

pub(super) async fn p7_4_a_snapshot_equals_the_truth(harness: &dyn Harness) -> Verdict {
    let scene = Scene::trading(harness).await?;
    busy(&scene).await?;
    is_true(&scene, &*fresh(&scene)?).await?;
    reconnect(&scene).await?;
    is_true(&scene, &*fresh(&scene)?).await?;
    same_fills(&scene).await
}

pub(super) async fn p7_5_a_restart_finds_everything(harness: &dyn Harness) -> Verdict {
    let mut scene = Scene::trading(harness).await?;
    busy(&scene).await?;
    scene.restart().await?;
    is_true(&scene, &*fresh(&scene)?).await?;
    for real in scene.truth().await.orders.iter().filter(|real| real.open) {
        let id = &real.terms.client_order_id;
        let known = scene.agree(id).await?;
        ensure!(
            known.terms.order_type == real.terms.order_type
                && known.terms.amount == real.terms.amount
                && known.terms.instrument == real.terms.instrument
                && known.terms.side == real.terms.side,
            "after a restart order {id} has other terms"
        );
    }
    Ok(())
}

pub(super) async fn p7_6_what_happens_meanwhile_is_found(harness: &dyn Harness) -> Verdict {
    let scene = Scene::trading(harness).await?;
    let order = scene.resting(2).await?;
    scene.place(&order).await?;
    let Some(limit) = order.order_type.limit_price() else {
        fail!("a limit order without a price");
    };
    scene.inject(Fault::Disconnect { down_ms: 10_000 }).await?;
    let through = scene.price(&scene.equity, limit, -5).await?;
    scene.move_market(&scene.equity, through).await?;
    let id = &order.client_order_id;
    ensure!(
        scene.truth().await.order(id).is_some_and(|real| !real.open),
        "the rig did not fill the order"
    );
    scene.rig.advance(TimeDelta::seconds(11)).await;
    scene.ready().await?;
    scene.reaches(id, &OrderStatus::Filled).await?;
    same_fills(&scene).await
}

pub(super) async fn p7_7_the_stream_ends_when_closed(harness: &dyn Harness) -> Verdict {
    let scene = Scene::open(harness).await?;
    let mut reader = scene.broker.events(&scene.account)?;
    scene.drive("close", scene.broker.close()).await??;
    let mut last = None;
    let read = async {
        while let Some(event) = reader.next().await {
            last = Some(event.body.clone());
        }
    };
    scene
        .drive("reading to the end of a closed session", read)
        .await?;
    let closed = EventBody::Session {
        session: SessionState::Closed,
    };
    ensure!(last == Some(closed), "the stream ended after {last:?}");
    ensure!(
        *scene.broker.session().borrow() == SessionState::Closed,
        "a closed session is {:?}",
        *scene.broker.session().borrow()
    );
    Ok(())
}
