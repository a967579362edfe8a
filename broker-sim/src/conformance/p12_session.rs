//! P12: pacing and session life are states with a way out.

use core::time::Duration;
use std::sync::Arc;

use broker_core::{BrokerExt as _, ErrorKind, SessionState};
use chrono::TimeDelta;
use tokio::time::Instant;

use super::{
    Harness,
    outcome::{Verdict, ensure, fail, skip},
    scene::Scene,
    watch::Watch,
};
use crate::fault::Fault;

pub(super) async fn p12_1_a_ban_for_pacing(harness: &dyn Harness) -> Verdict {
    let scene = Scene::trading(harness).await?;
    let order = scene.resting(1).await?;
    scene.inject(Fault::RateLimitBan { ban_ms: 10_000 }).await?;
    let answer = scene.submit(&order).await?;
    let exists = !scene
        .truth()
        .await
        .orders_of(&order.client_order_id)
        .is_empty();
    match answer {
        // The adapter may also have waited until the ban was over.
        Ok(_) => ensure!(exists, "an order refused for pacing was acknowledged"),
        Err(error) => {
            ensure!(
                !exists,
                "submit said `{error}`, and the order is at the broker"
            );
            ensure!(
                error.kind() == ErrorKind::RateLimited,
                "a ban for pacing came as {}: {error}",
                error.kind()
            );
            scene.advance(TimeDelta::seconds(11)).await;
            scene.place(&order).await?;
        }
    }
    Ok(())
}

/// Commands while the session is away: an error, and nothing sent.
async fn nothing_is_sent(scene: &Scene) -> Verdict {
    let before = scene.truth().await.commands;
    let order = scene.resting(1).await?;
    let session = scene.broker.session();
    if session.borrow().accepts_commands() {
        fail!("the session is {:?} although it is gone", *session.borrow());
    }
    let call = scene.broker.submit(&order);
    // Whether it fails or waits, nothing may leave before the session is back.
    let answer = tokio::time::timeout(Duration::from_millis(100), call).await;
    let truth = scene.truth().await;
    ensure!(
        truth.orders_of(&order.client_order_id).is_empty() && truth.commands == before,
        "an order was sent in a session that is gone"
    );
    if let Ok(Ok(answer)) = answer {
        ensure!(
            !answer.is_accepted(),
            "an order was accepted in a session that is gone"
        );
    }
    Ok(())
}

async fn leaves_ready(scene: &Scene) -> Verdict<SessionState> {
    let session = scene.broker.session();
    scene
        .until("the session notices", 30, async || {
            let state = session.borrow().clone();
            (!state.accepts_commands()).then_some(state)
        })
        .await
}

pub(super) async fn p12_2_a_nightly_reset(harness: &dyn Harness) -> Verdict {
    let scene = Scene::trading(harness).await?;
    let mut watch = Watch::new(scene.broker.events(&scene.account)?);
    let order = scene.resting(1).await?;
    scene.place(&order).await?;
    scene
        .inject(Fault::NightlyReset { down_ms: 120_000 })
        .await?;
    let state = leaves_ready(&scene).await?;
    ensure!(
        matches!(
            state,
            SessionState::Maintenance { .. } | SessionState::Connecting
        ),
        "a reset by plan is {state:?}"
    );
    nothing_is_sent(&scene).await?;
    scene.rig.advance(TimeDelta::seconds(121)).await;
    scene.ready().await?;
    scene.agree(&order.client_order_id).await?;
    watch.read_whole()
}

pub(super) async fn p12_3_a_competing_session(harness: &dyn Harness) -> Verdict {
    let scene = Scene::trading(harness).await?;
    scene.inject(Fault::CompetingSession).await?;
    let state = leaves_ready(&scene).await?;
    ensure!(
        matches!(state, SessionState::Displaced { .. }),
        "a session displaced by another is {state:?}"
    );
    nothing_is_sent(&scene).await?;
    scene.rig.advance(TimeDelta::minutes(30)).await;
    let state = scene.broker.session().borrow().clone();
    ensure!(
        matches!(state, SessionState::Displaced { .. }),
        "a displaced session fights for the login: {state:?}"
    );
    Ok(())
}

pub(super) async fn p12_4_a_lost_connection(harness: &dyn Harness) -> Verdict {
    let scene = Scene::trading(harness).await?;
    scene.inject(Fault::Disconnect { down_ms: 60_000 }).await?;
    leaves_ready(&scene).await?;
    nothing_is_sent(&scene).await?;
    scene.rig.advance(TimeDelta::seconds(61)).await;
    scene.ready().await?;
    let order = scene.resting(1).await?;
    scene.place(&order).await?;
    Ok(())
}

/// Most real time for which a budget is watched, and rested for before that.
const WATCHED: Duration = Duration::from_secs(2);

pub(super) async fn p12_5_declared_budgets(harness: &dyn Harness) -> Verdict {
    let scene = Scene::trading(harness).await?;
    let capabilities = scene.capabilities().await?;
    // An order is a message, too.
    let budget = capabilities.budgets.iter().find(|budget| {
        matches!(budget.scope.as_str(), "orders" | "messages")
            && budget.permits <= 500
            && budget.period_ms <= 60_000
    });
    let Some(budget) = budget else {
        skip!("no budget for orders that could be used up is declared");
    };
    let mut orders = Vec::new();
    for _ in 0..budget.permits.saturating_mul(2) {
        orders.push(scene.resting(1).await?);
    }
    // A whole period of quiet first, so that the budget is full and no more than full, by the clock
    // of the world and by that of the machine.
    let period = Duration::from_millis(budget.period_ms);
    let passes = TimeDelta::from_std(period).unwrap_or(TimeDelta::MAX);
    scene.advance(passes).await;
    tokio::time::sleep(period.min(WATCHED)).await;
    let Some(before) = scene.truth().await.commands else {
        skip!("the server of this rig does not count commands");
    };
    let began = Instant::now();
    let tasks = orders.into_iter().map(|order| {
        let broker = Arc::clone(&scene.broker);
        tokio::spawn(async move { broker.submit(&order).await })
    });
    let tasks: Vec<_> = tasks.collect();
    tokio::time::sleep((period / 2).min(WATCHED)).await;
    let after = scene.truth().await.commands.unwrap_or(before);
    let took = began.elapsed();
    tasks.iter().for_each(tokio::task::JoinHandle::abort);
    let sent = after.saturating_sub(before);
    if took >= period {
        skip!("this machine is too slow to look at one period");
    }
    ensure!(sent > 0, "none of {} orders was sent", tasks.len());
    ensure!(
        sent <= u64::from(budget.permits),
        "{sent} orders were sent in a period that allows {}",
        budget.permits
    );
    Ok(())
}
