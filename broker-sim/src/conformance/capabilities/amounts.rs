//! Amounts and sides: money, fractions, icebergs, short sales. And previews, exercises, cancel-all.

use broker_core::{
    BrokerExt as _, ErrorKind, Support, dec,
    model::{
        ExerciseAction, ExerciseOption, Money, NewOrder, OrderAmount, OrderStatus, OrderType,
        Quantity, Side,
    },
};
use rust_decimal::Decimal;

use super::gate::rests;
use crate::conformance::{
    Harness, Truth,
    compare::expect_kind,
    outcome::{Verdict, ensure, fail, skip},
    scene::Scene,
};

fn is_declared(support: &Support<()>) -> bool {
    support.get().is_some()
}

pub(in crate::conformance) async fn c_cash_amount(harness: &dyn Harness) -> Verdict {
    let scene = Scene::trading(harness).await?;
    let mut order = scene.marketable(1).await?;
    let market = scene.market(&scene.equity).await?;
    let currency = scene.contract(&scene.equity).await?.currency;
    let amount = (market.ask.get() * dec!(2.5)).round_dp(2);
    order.amount = OrderAmount::Cash(Money { amount, currency });
    let capabilities = scene.capabilities().await?;
    if !is_declared(&capabilities.cash_amount) {
        return scene.refuses(&order).await;
    }
    scene.place(&order).await?;
    scene
        .reaches(&order.client_order_id, &OrderStatus::Filled)
        .await?;
    let truth = scene.truth().await;
    let spent = truth
        .fills
        .iter()
        .filter(|fill| fill.client_order_id == order.client_order_id)
        .map(|fill| fill.price.get() * fill.quantity)
        .sum::<Decimal>();
    ensure!(
        spent <= amount && spent > amount / Decimal::TWO,
        "an order for {amount} spent {spent}"
    );
    Ok(())
}

pub(in crate::conformance) async fn c_fractional(harness: &dyn Harness) -> Verdict {
    let scene = Scene::trading(harness).await?;
    let mut order = scene.marketable(1).await?;
    let capabilities = scene.capabilities().await?;
    let step = scene.contract(&scene.equity).await?.quantities.step;
    if is_declared(&capabilities.fractional) && step.get().fract().is_zero() {
        skip!("fractions are taken, but not of {}", scene.equity);
    }
    let part = if step.get().fract().is_zero() {
        dec!(0.5)
    } else {
        step.get()
    };
    let quantity = Quantity::new(Decimal::ONE + part)?;
    order.amount = OrderAmount::Quantity(quantity);
    if !is_declared(&capabilities.fractional) {
        return scene.refuses(&order).await;
    }
    scene.place(&order).await?;
    scene
        .reaches(&order.client_order_id, &OrderStatus::Filled)
        .await?;
    let held = scene.truth().await.held(&scene.equity);
    ensure!(held == quantity.get(), "bought {quantity}, holds {held}");
    Ok(())
}

pub(in crate::conformance) async fn c_display_quantity(harness: &dyn Harness) -> Verdict {
    let scene = Scene::trading(harness).await?;
    let shown = scene.units(&scene.equity, 100).await?;
    let order = scene.resting(300).await?.with_display_quantity(shown);
    if !is_declared(&scene.capabilities().await?.display_quantity) {
        return scene.refuses(&order).await;
    }
    rests(&scene, &order).await?;
    let truth = scene.truth().await;
    let real = truth.order(&order.client_order_id);
    let real = real.and_then(|real| real.terms.display_quantity);
    ensure!(
        real == Some(shown),
        "showing {shown} of an order arrived as {real:?}"
    );
    Ok(())
}

pub(in crate::conformance) async fn c_short_sale(harness: &dyn Harness) -> Verdict {
    let scene = Scene::trading(harness).await?;
    let mut order = scene.marketable(1).await?;
    order.side = Side::SellShort;
    if let OrderType::Limit { price } = &mut order.order_type {
        let market = scene.market(&scene.equity).await?;
        *price = scene.price(&scene.equity, market.bid, -5).await?;
    }
    if !is_declared(&scene.capabilities().await?.short_sale) {
        return scene.refuses(&order).await;
    }
    if !scene.contract(&scene.equity).await?.shortable {
        skip!("{} cannot be sold short", scene.equity);
    }
    scene.place(&order).await?;
    scene
        .reaches(&order.client_order_id, &OrderStatus::Filled)
        .await?;
    let held = scene.truth().await.held(&scene.equity);
    ensure!(
        Some(-held) == order.quantity().map(Quantity::get),
        "after a short sale the position is {held}"
    );
    Ok(())
}

fn unchanged(before: &Truth, after: &Truth) -> bool {
    before.orders.len() == after.orders.len()
        && before.fills == after.fills
        && before.commands == after.commands
}

pub(in crate::conformance) async fn c_preview(harness: &dyn Harness) -> Verdict {
    let scene = Scene::trading(harness).await?;
    let order: NewOrder = scene.marketable(10).await?;
    let before = scene.truth().await;
    let call = scene.broker.preview(&order);
    let answer = scene.drive("preview", call).await?;
    scene.settle().await;
    ensure!(
        unchanged(&before, &scene.truth().await),
        "a preview had an effect"
    );
    if !is_declared(&scene.capabilities().await?.preview) {
        return expect_kind("preview", answer, &[ErrorKind::Unsupported]);
    }
    let preview = answer?;
    ensure!(
        preview.accepted,
        "a good order would not be taken: {:?}",
        preview.messages
    );
    // A preview uses up no identifier.
    scene.place(&order).await?;
    Ok(())
}

pub(in crate::conformance) async fn c_exercise(harness: &dyn Harness) -> Verdict {
    let scene = Scene::trading(harness).await?;
    let declared = is_declared(&scene.capabilities().await?.exercise);
    let Some(option) = scene.world.held_option.clone() else {
        skip!("the world holds no option");
    };
    let exercise = ExerciseOption {
        client_order_id: scene.fresh_id().await?,
        account: scene.account.clone(),
        instrument: option.clone(),
        quantity: scene.units(&option, 1).await?,
        action: ExerciseAction::Exercise,
    };
    let before = scene.truth().await;
    let call = scene.broker.exercise(&exercise);
    let answer = scene.drive("exercise", call).await?;
    scene.settle().await;
    if !declared {
        ensure!(
            unchanged(&before, &scene.truth().await),
            "an exercise that is not declared was sent"
        );
        return expect_kind("exercise", answer, &[ErrorKind::Unsupported]);
    }
    let answer = answer?;
    ensure!(answer.is_accepted(), "exercise says {answer:?}");
    let had = before.held(&option);
    scene
        .until("the exercised contract is gone", 240, async || {
            scene.advance(chrono::TimeDelta::minutes(30)).await;
            (scene.truth().await.held(&option) == had - Decimal::ONE).then_some(())
        })
        .await
}

pub(in crate::conformance) async fn c_cancel_all(harness: &dyn Harness) -> Verdict {
    let scene = Scene::trading(harness).await?;
    let mut ids = Vec::new();
    for _ in 0..3 {
        let order = scene.resting(1).await?;
        scene.place(&order).await?;
        ids.push(order.client_order_id);
    }
    let call = scene.broker.cancel_all(&scene.account);
    match scene.drive("cancel_all", call).await? {
        Err(error) if error.kind() == ErrorKind::Unsupported => {
            let open = scene.truth().await.orders.iter().filter(|o| o.open).count();
            ensure!(
                open == 3,
                "cancel_all is not offered and canceled something"
            );
            return Ok(());
        }
        answer => {
            let answer = answer?;
            ensure!(answer.is_accepted(), "cancel_all says {answer:?}");
        }
    }
    for id in &ids {
        scene.reaches(id, &OrderStatus::Canceled).await?;
    }
    if scene.truth().await.orders.iter().any(|real| real.open) {
        fail!("cancel_all left orders open");
    }
    Ok(())
}
