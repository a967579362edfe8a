//! Accounts: their figures, and that none shows in another.

use broker_core::{
    BrokerExt as _, dec,
    event::EventBody,
    model::{OrderFilter, OrderStatus},
};
use rust_decimal::Decimal;

use crate::conformance::{
    Harness,
    outcome::{Verdict, ensure, skip},
    p07_sequence::busy,
    scene::Scene,
    watch::Watch,
};

pub(in crate::conformance) async fn c_accounts(harness: &dyn Harness) -> Verdict {
    let scene = Scene::open(harness).await?;
    let accounts = scene.drive("accounts", scene.broker.accounts()).await??;
    for expected in &scene.world.accounts {
        let known = accounts.iter().find(|known| known.id == *expected);
        ensure!(known.is_some(), "accounts() lacks {expected}");
        ensure!(
            known.is_some_and(|known| known.environment == scene.broker.environment()),
            "{expected} is in another environment than its broker"
        );
        let call = scene.broker.capabilities(expected);
        let capabilities = scene.drive("capabilities", call).await??;
        ensure!(
            capabilities.environment == scene.broker.environment(),
            "capabilities are for another environment"
        );
    }
    ensure!(
        accounts.len() == scene.world.accounts.len(),
        "accounts() lists {} accounts, really there are {}",
        accounts.len(),
        scene.world.accounts.len()
    );
    Ok(())
}

pub(in crate::conformance) async fn c_account_isolation(harness: &dyn Harness) -> Verdict {
    let scene = Scene::trading(harness).await?;
    let Some(other) = scene.world.accounts.get(1).cloned() else {
        skip!("the login has one account");
    };
    let mut watch = Watch::new(scene.broker.events(&other)?);
    busy(&scene).await?;
    scene.settle().await;
    watch.read_whole()?;
    for event in &watch.events {
        let foreign = match &event.body {
            EventBody::Execution { order, .. } => *order.account() != other,
            EventBody::Position { holding } => holding.account != other,
            EventBody::Account { summary } => summary.account != other,
            _ => false,
        };
        ensure!(
            event.account == other && !foreign,
            "an event of {} shows in {other}",
            scene.account
        );
    }
    let filter = OrderFilter::default();
    let call = scene.broker.orders(&other, &filter);
    let orders = scene.drive("orders", call).await??;
    ensure!(
        orders.value().is_none_or(Vec::is_empty),
        "orders of {} show in {other}",
        scene.account
    );
    if let Some(portfolio) = scene.broker.portfolio() {
        let call = portfolio.positions(&other);
        let positions = scene.drive("positions", call).await??;
        ensure!(
            positions.value().is_none_or(Vec::is_empty),
            "positions of {} show in {other}",
            scene.account
        );
    }
    // The same identifier in two accounts is two intents.
    let mut order = scene.resting(1).await?;
    scene.place(&order).await?;
    order.account = other.clone();
    let _ = scene.submit(&order).await??;
    scene.settle().await;
    let there = scene.rig.truth(&other).await;
    ensure!(
        there.orders_of(&order.client_order_id).len() == 1,
        "an identifier used in one account cannot be used in another"
    );
    Ok(())
}

pub(in crate::conformance) async fn c_positions(harness: &dyn Harness) -> Verdict {
    let scene = Scene::trading(harness).await?;
    let Some(portfolio) = scene.broker.portfolio() else {
        skip!("the broker has no portfolio service");
    };
    let order = scene.marketable(5).await?;
    scene.place(&order).await?;
    scene
        .reaches(&order.client_order_id, &OrderStatus::Filled)
        .await?;
    let call = portfolio.positions(&scene.account);
    let positions = scene.drive("positions", call).await??;
    let held = positions
        .value()
        .and_then(|all| all.iter().find(|held| held.instrument == scene.equity));
    let real = scene.truth().await.held(&scene.equity);
    ensure!(
        held.is_some_and(|held| held.quantity.get() == real && held.account == scene.account),
        "really {real} are held, positions() says {held:?}"
    );
    Ok(())
}

pub(in crate::conformance) async fn c_summary(harness: &dyn Harness) -> Verdict {
    let scene = Scene::open(harness).await?;
    let Some(portfolio) = scene.broker.portfolio() else {
        skip!("the broker has no portfolio service");
    };
    let call = portfolio.summary(&scene.account);
    let summary = scene.drive("summary", call).await??;
    ensure!(
        summary.account == scene.account,
        "the summary of {} is of {}",
        scene.account,
        summary.account
    );
    let totals = [summary.net_liquidation, summary.cash, summary.buying_power];
    ensure!(
        totals
            .iter()
            .flatten()
            .all(|total| total.currency == summary.base_currency),
        "a total is not in the base currency: {summary:?}"
    );
    let call = portfolio.profit_and_loss(&scene.account);
    let figures = scene.drive("profit and loss", call).await??;
    ensure!(
        figures.account == scene.account,
        "profit and loss of another account"
    );
    if let (Some(all), Some(cash)) = (summary.net_liquidation, summary.cash)
        && scene.truth().await.positions.is_empty()
    {
        let apart: Decimal = (all.amount - cash.amount).abs();
        ensure!(
            apart <= dec!(0.01),
            "flat, yet worth {all} with {cash} in cash"
        );
    }
    Ok(())
}
