//! P8: a hole is announced, and a slow reader is placed anew.

use broker_core::{
    BrokerExt as _,
    event::{EventBody, GapCause, Ledger, Notice, Severity},
    model::BrokerText,
};

use super::{
    Harness,
    outcome::{Verdict, ensure},
    p07_sequence::{busy, fresh, is_true, reconnect},
    scene::Scene,
    watch::Watch,
};

pub(super) async fn p8_1_a_lost_connection_is_a_gap(harness: &dyn Harness) -> Verdict {
    let scene = Scene::open(harness).await?;
    let mut watch = Watch::new(scene.broker.events(&scene.account)?);
    watch.read()?;
    let seen = watch.events.len();
    reconnect(&scene).await?;
    watch.read_whole()?;
    watch.events.drain(..seen);
    let gap = watch.index(|body| matches!(body, EventBody::Gap { .. }));
    let snapshot = watch.index(|body| matches!(body, EventBody::Snapshot { .. }));
    ensure!(
        gap.is_some(),
        "the connection was lost and no gap was announced"
    );
    ensure!(
        snapshot.is_some() && gap < snapshot,
        "no snapshot follows the gap"
    );
    Ok(())
}

/// Tells the account's readers more than the ledger keeps for them.
fn flood(ledger: &Ledger) {
    for _ in 0..3 * Ledger::DEFAULT_CAPACITY {
        ledger.notice(Notice {
            severity: Severity::Info,
            message: BrokerText::text("drill"),
            client_order_id: None,
        });
    }
}

pub(super) async fn p8_2_a_slow_reader_is_placed_anew(harness: &dyn Harness) -> Verdict {
    let scene = Scene::trading(harness).await?;
    let mut slow = Watch::new(scene.broker.events(&scene.account)?);
    slow.read()?;
    slow.events.clear();
    flood(&*scene.broker.desk().ledger(&scene.account)?);
    busy(&scene).await?;
    slow.read_whole()?;
    let lagged = slow.index(|body| {
        matches!(
            body,
            EventBody::Gap {
                cause: GapCause::ReaderLagged { .. },
                ..
            }
        )
    });
    ensure!(
        lagged == Some(0),
        "a reader that fell behind was not told at once"
    );
    is_true(&scene, &*fresh(&scene)?).await
}

pub(super) async fn p8_3_a_sleeping_reader_stops_nobody(harness: &dyn Harness) -> Verdict {
    let scene = Scene::trading(harness).await?;
    let sleeper = scene.broker.events(&scene.account)?;
    let mut awake = Watch::new(scene.broker.events(&scene.account)?);
    flood(&*scene.broker.desk().ledger(&scene.account)?);
    awake.read()?;
    busy(&scene).await?;
    reconnect(&scene).await?;
    awake.read_whole()?;
    drop(sleeper);
    is_true(&scene, &*fresh(&scene)?).await
}
