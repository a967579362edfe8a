//! Orders that depend on each other.

use broker_core::{
    Acknowledgement, BrokerExt as _, Decimal, ErrorKind,
    model::{
        Contingency, ContingencyKind, ListId, NewOrder, OrderAmount, OrderList, OrderStatus,
        OrderType, Quantity, Side,
    },
};
use chrono::TimeDelta;

use crate::conformance::{
    Harness,
    compare::expect_kind,
    outcome::{Verdict, ensure, fail, skip},
    scene::Scene,
};

/// A limit order for shares at percent from the market.
async fn limit(scene: &Scene, side: Side, percent: i32) -> Verdict<NewOrder> {
    let market = scene.market(&scene.equity).await?;
    let mut order = scene.order_in(&scene.equity, side, 2).await?;
    let from = if percent < 0 { market.bid } else { market.ask };
    let price = scene.price(&scene.equity, from, percent).await?;
    order.order_type = OrderType::Limit { price };
    scene.fitted(order).await
}

/// Sends a list of a declared kind; `false` when it is not declared and was refused.
async fn send(scene: &Scene, contingency: Contingency) -> Verdict<bool> {
    let kind: ContingencyKind = contingency.kind();
    let list = OrderList::new(ListId::generate(), contingency)?;
    let capabilities = scene.capabilities().await?;
    let before = scene.truth().await.commands;
    let call = scene.broker.submit_list(&list);
    let answer = scene.drive("submit_list", call).await?;
    scene.settle().await;
    let declared = capabilities.lists.get();
    if !declared.is_some_and(|kinds| kinds.contains(&kind)) {
        let truth = scene.truth().await;
        for (order, _) in list.orders() {
            ensure!(
                truth.orders_of(&order.client_order_id).is_empty(),
                "a list that is not declared is at the broker"
            );
        }
        ensure!(
            truth.commands == before,
            "a list that is not declared was sent"
        );
        expect_kind("submit_list", answer, &[ErrorKind::Unsupported])?;
        return Ok(false);
    }
    if let Err(refusal) = capabilities.check_list(&list) {
        skip!("{kind} lists of these orders are not taken: {refusal}");
    }
    let answers = answer?;
    ensure!(
        answers.len() == list.orders().count() && answers.iter().all(Acknowledgement::is_accepted),
        "a list of {} was answered with {answers:?}",
        list.orders().count()
    );
    for (order, role) in list.orders() {
        let known = scene.agree(&order.client_order_id).await?;
        let link = known.list.as_ref();
        ensure!(
            link.is_some_and(|link| link.list == *list.id() && link.role == role),
            "the {role} of a list is linked as {link:?}"
        );
    }
    Ok(true)
}

async fn to(scene: &Scene, order: &NewOrder, percent: i32) -> Verdict {
    let Some(price) = order.order_type.limit_price() else {
        fail!("a limit order without a price");
    };
    let to = scene.price(&scene.equity, price, percent).await?;
    scene.move_market(&scene.equity, to).await
}

async fn untouched(scene: &Scene, order: &NewOrder) -> Verdict {
    scene.advance(TimeDelta::seconds(2)).await;
    let known = scene.agree(&order.client_order_id).await?;
    ensure!(
        known.status.is_open() && known.cumulative_quantity.is_zero(),
        "an order that has to wait for another is {}",
        known.status
    );
    Ok(())
}

pub(in crate::conformance) async fn c_bracket(harness: &dyn Harness) -> Verdict {
    let scene = Scene::trading(harness).await?;
    let entry = limit(&scene, Side::Buy, -10).await?;
    let take_profit = limit(&scene, Side::Sell, 10).await?;
    let mut stop_loss = limit(&scene, Side::Sell, -30).await?;
    let Some(trigger) = stop_loss.order_type.limit_price() else {
        fail!("a limit order without a price");
    };
    stop_loss.order_type = OrderType::Stop { trigger };
    let bracket = Contingency::Bracket {
        entry: Box::new(entry.clone()),
        take_profit: Box::new(take_profit.clone()),
        stop_loss: Box::new(stop_loss.clone()),
    };
    if !send(&scene, bracket).await? {
        return Ok(());
    }
    // The exits wait although the market is where the profit would be taken.
    to(&scene, &take_profit, 2).await?;
    untouched(&scene, &take_profit).await?;
    untouched(&scene, &entry).await?;
    to(&scene, &entry, -2).await?;
    scene
        .reaches(&entry.client_order_id, &OrderStatus::Filled)
        .await?;
    untouched(&scene, &take_profit).await?;
    untouched(&scene, &stop_loss).await?;
    to(&scene, &take_profit, 2).await?;
    let id = &take_profit.client_order_id;
    scene.reaches(id, &OrderStatus::Filled).await?;
    let id = &stop_loss.client_order_id;
    scene.reaches(id, &OrderStatus::Canceled).await?;
    let held = scene.truth().await.held(&scene.equity);
    ensure!(held.is_zero(), "after its bracket the position is {held}");
    Ok(())
}

pub(in crate::conformance) async fn c_one_cancels_other(harness: &dyn Harness) -> Verdict {
    let scene = Scene::trading(harness).await?;
    let near = limit(&scene, Side::Buy, -10).await?;
    let far = limit(&scene, Side::Buy, -20).await?;
    let orders = vec![near.clone(), far.clone()];
    if !send(&scene, Contingency::OneCancelsOther { orders }).await? {
        return Ok(());
    }
    untouched(&scene, &near).await?;
    untouched(&scene, &far).await?;
    to(&scene, &near, -2).await?;
    scene
        .reaches(&near.client_order_id, &OrderStatus::Filled)
        .await?;
    scene
        .reaches(&far.client_order_id, &OrderStatus::Canceled)
        .await
}

pub(in crate::conformance) async fn c_one_cancels_other_in_part(harness: &dyn Harness) -> Verdict {
    let scene = Scene::trading(harness).await?;
    let market = scene.market(&scene.equity).await?;
    let unit = scene.units(&scene.equity, 1).await?;
    let offered = (market.ask_size / unit.get()).trunc() * unit.get();
    // More than a market that offers again while the orders are sent and looked at fills.
    let all = OrderAmount::Quantity(Quantity::new(offered * Decimal::from(8) + unit.get())?);
    let mut near = limit(&scene, Side::Buy, -10).await?;
    near.order_type = OrderType::Limit { price: market.ask };
    near.amount = all;
    let mut far = limit(&scene, Side::Buy, -20).await?;
    far.amount = all;
    // The one that trades at once comes last: a broker that gets alternatives one by one must not
    // be sent another behind one that has traded.
    let orders = vec![far.clone(), near.clone()];
    if !send(&scene, Contingency::OneCancelsOther { orders }).await? {
        return Ok(());
    }
    let truth = scene.truth().await;
    let Some(real) = truth.order(&near.client_order_id) else {
        fail!("the last order of the list is not at the broker");
    };
    if !real.open || real.filled.is_zero() {
        skip!("the market did not fill the order in part");
    }
    let Some(other) = truth.order(&far.client_order_id) else {
        fail!("the first order of the list is not at the broker");
    };
    let left = near.quantity().map(|all| all.get() - real.filled);
    let working = other.terms.quantity().map(Quantity::get);
    ensure!(
        !other.open || working <= left,
        "{left:?} are left of one order and {working:?} of the other"
    );
    scene.agree(&far.client_order_id).await?;
    Ok(())
}

pub(in crate::conformance) async fn c_one_triggers_other(harness: &dyn Harness) -> Verdict {
    let scene = Scene::trading(harness).await?;
    let first = limit(&scene, Side::Buy, -10).await?;
    let next = limit(&scene, Side::Sell, -5).await?;
    let list = Contingency::OneTriggersOther {
        first: Box::new(first.clone()),
        then: vec![next.clone()],
    };
    if !send(&scene, list).await? {
        return Ok(());
    }
    // The market is above the sale's limit, but the sale has to wait.
    untouched(&scene, &next).await?;
    to(&scene, &first, -2).await?;
    scene
        .reaches(&first.client_order_id, &OrderStatus::Filled)
        .await?;
    untouched(&scene, &next).await?;
    to(&scene, &next, 2).await?;
    scene
        .reaches(&next.client_order_id, &OrderStatus::Filled)
        .await
}
