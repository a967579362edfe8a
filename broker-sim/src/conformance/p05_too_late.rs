//! P5: too late or unknown: an error that says which.

use broker_core::{
    BrokerExt as _, ErrorKind,
    model::{
        AccountId, ClientOrderId, FillFilter, OrderAmount, OrderFilter, OrderStatus, OrderType,
        Quantity, ReplaceField, ReplaceOrder, Side,
    },
};

use super::{
    Harness,
    compare::expect_kind,
    outcome::{Verdict, ensure, skip},
    p01_err_is_absence::some_change,
    scene::Scene,
};

pub(super) async fn p5_1_cancel_of_a_filled_order(harness: &dyn Harness) -> Verdict {
    let scene = Scene::trading(harness).await?;
    let order = scene.marketable(1).await?;
    scene.place(&order).await?;
    scene
        .reaches(&order.client_order_id, &OrderStatus::Filled)
        .await?;
    let answer = scene.cancel(&order.client_order_id).await?;
    expect_kind("cancel of a filled order", answer, &[ErrorKind::TooLate])
}

pub(super) async fn p5_2_cancel_of_a_canceled_order(harness: &dyn Harness) -> Verdict {
    let scene = Scene::trading(harness).await?;
    let order = scene.resting(1).await?;
    scene.place(&order).await?;
    let _ = scene.cancel(&order.client_order_id).await??;
    scene
        .reaches(&order.client_order_id, &OrderStatus::Canceled)
        .await?;
    let answer = scene.cancel(&order.client_order_id).await?;
    expect_kind("cancel of a canceled order", answer, &[ErrorKind::TooLate])
}

pub(super) async fn p5_3_cancel_of_an_unknown_order(harness: &dyn Harness) -> Verdict {
    let scene = Scene::trading(harness).await?;
    let id = ClientOrderId::new("nobody-1")?;
    let answer = scene.cancel(&id).await?;
    expect_kind("cancel of an unknown order", answer, &[ErrorKind::NotFound])
}

pub(super) async fn p5_4_replace_of_a_filled_order(harness: &dyn Harness) -> Verdict {
    let scene = Scene::trading(harness).await?;
    let order = scene.marketable(1).await?;
    let change = some_change(&scene, &order).await?;
    scene.place(&order).await?;
    scene
        .reaches(&order.client_order_id, &OrderStatus::Filled)
        .await?;
    let call = scene.broker.replace(&change);
    let answer = scene.drive("replace", call).await?;
    expect_kind("replace of a filled order", answer, &[ErrorKind::TooLate])
}

pub(super) async fn p5_5_replace_of_an_unknown_order(harness: &dyn Harness) -> Verdict {
    let scene = Scene::trading(harness).await?;
    let mut change = some_change(&scene, &scene.resting(1).await?).await?;
    change.client_order_id = ClientOrderId::new("nobody-2")?;
    let call = scene.broker.replace(&change);
    let answer = scene.drive("replace", call).await?;
    expect_kind(
        "replace of an unknown order",
        answer,
        &[ErrorKind::NotFound],
    )
}

pub(super) async fn p5_6_replace_below_the_filled_quantity(harness: &dyn Harness) -> Verdict {
    let scene = Scene::trading(harness).await?;
    let capabilities = scene.capabilities().await?;
    let fields = capabilities.replace.get();
    if !fields.is_some_and(|fields| fields.contains(&ReplaceField::Quantity)) {
        skip!("the quantity of an order cannot be replaced");
    }
    let market = scene.market(&scene.equity).await?;
    let mut order = scene.order_in(&scene.equity, Side::Buy, 2).await?;
    let step = scene.units(&scene.equity, 1).await?;
    let depth = (market.ask_size / step.get()).trunc() * step.get();
    let all = Quantity::new(depth + step.get() + step.get())?;
    order.amount = OrderAmount::Quantity(all);
    order.order_type = OrderType::Limit { price: market.ask };
    let order = scene.fitted(order).await?;
    let known = scene.place(&order).await?;
    if known.status != OrderStatus::PartiallyFilled || known.cumulative_quantity <= step.get() {
        skip!("the market did not fill the order in part");
    }
    let before = scene.truth().await;
    let id = order.client_order_id.clone();
    let mut change = ReplaceOrder::new(scene.account.clone(), id);
    change.quantity = Some(step);
    let call = scene.broker.replace(&change);
    let answer = scene.drive("replace", call).await?;
    ensure!(
        scene.truth().await.commands == before.commands,
        "an impossible replace was sent"
    );
    expect_kind(
        "replace below the filled quantity",
        answer,
        &[ErrorKind::InvalidRequest],
    )
}

pub(super) async fn p5_7_cancel_after_a_restart(harness: &dyn Harness) -> Verdict {
    let mut scene = Scene::trading(harness).await?;
    let order = scene.marketable(1).await?;
    scene.place(&order).await?;
    scene
        .reaches(&order.client_order_id, &OrderStatus::Filled)
        .await?;
    scene.restart().await?;
    let answer = scene.cancel(&order.client_order_id).await?;
    let kinds = [ErrorKind::TooLate, ErrorKind::NotFound];
    expect_kind(
        "cancel of an order that was filled in another life",
        answer,
        &kinds,
    )
}

pub(super) async fn p5_8_an_unknown_account(harness: &dyn Harness) -> Verdict {
    let scene = Scene::trading(harness).await?;
    let nobody = AccountId::new("NOBODY-0")?;
    let kinds = [ErrorKind::NotFound];
    let broker = &scene.broker;
    let mut order = scene.resting(1).await?;
    order.account = nobody.clone();
    expect_kind("submit", scene.submit(&order).await?, &kinds)?;
    let call = broker.cancel(&nobody, &order.client_order_id);
    expect_kind("cancel", scene.drive("cancel", call).await?, &kinds)?;
    let call = broker.capabilities(&nobody);
    expect_kind(
        "capabilities",
        scene.drive("capabilities", call).await?,
        &kinds,
    )?;
    let filter = OrderFilter::default();
    let call = broker.orders(&nobody, &filter);
    expect_kind("orders", scene.drive("orders", call).await?, &kinds)?;
    let filter = FillFilter::default();
    let call = broker.fills(&nobody, &filter);
    expect_kind("fills", scene.drive("fills", call).await?, &kinds)?;
    if let Some(portfolio) = broker.portfolio() {
        let call = portfolio.positions(&nobody);
        expect_kind("positions", scene.drive("positions", call).await?, &kinds)?;
        let call = portfolio.summary(&nobody);
        expect_kind("summary", scene.drive("summary", call).await?, &kinds)?;
    }
    Ok(())
}
