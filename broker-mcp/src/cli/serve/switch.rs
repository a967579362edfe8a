//! Keeps the kill switch of this process and its file the same, so that the operator's command reaches a
//! server that runs; and engages it when the system says so.

use core::time::Duration;
use std::{path::PathBuf, sync::Arc};

use broker_runtime::{
    layer::Risk,
    risk::{KillState, KillSwitch},
};
use chrono::{DateTime, Utc};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{alarm::Told, house::House, signals};
use crate::{
    auth::{Alarm as _, Alert},
    settings::Whole,
};

/// How often the file is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// Looks after the switch until it is aborted.
pub(super) fn watch(whole: &Whole, house: &House, stop: CancellationToken) -> JoinHandle<()> {
    let path = whole.brokers.layers.risk.kill_switch.as_ref();
    let path = path.map(|path| whole.at(path));
    let risk = Arc::clone(&house.sessions.connected().risk);
    let alarm = Told::new(&whole.server.alerts.command);
    // Listened to without a break, and before anybody is told that the server is there: a signal that
    // comes while nobody listens is lost, or worse.
    let mut signal = Box::pin(signals::kill());
    tokio::spawn(async move {
        // Whoever engages it, and by which way: one place tells of it.
        let mut told = reason(&risk);
        let mut looks = tokio::time::interval(LOOK);
        // What the file said last.
        let mut seen = None;
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = signal.as_mut() => {
                    signal = Box::pin(signals::kill());
                    engage(&risk, "SIGUSR1", Utc::now()).await;
                }
                _ = looks.tick() => {
                    if let Some(path) = &path {
                        let now = said(path.clone()).await;
                        follow(&risk, seen.as_ref(), now.as_ref()).await;
                        seen = now;
                    }
                }
            }
            let now = reason(&risk);
            if let (None, Some(reason)) = (&told, &now) {
                alarm.raise(&Alert::Stopped {
                    reason: reason.clone(),
                });
            }
            told = now;
        }
    })
}

/// Why nothing is sent; `None` while things are sent.
fn reason(risk: &Risk) -> Option<String> {
    match risk.kill_switch().state() {
        KillState::Released => None,
        KillState::Engaged { reason, .. } => Some(reason),
        _ => Some("a state that is not known here".to_owned()),
    }
}

/// What a file says: nothing, while there is none.
async fn said(path: PathBuf) -> Option<KillState> {
    let read = tokio::task::spawn_blocking(move || {
        // A file that was taken away releases nothing.
        path.exists().then(|| KillSwitch::at(path).state())
    });
    read.await.ok().flatten()
}

/// What is to be done when the file said `before` and says `now`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Engage,
    Release,
    Nothing,
}

/// A file that could not be written when this process engaged its switch still says that it is released:
/// only one that has changed from engaged to released is the operator's word.
pub(super) fn order(
    here: &KillState,
    before: Option<&KillState>,
    now: Option<&KillState>,
) -> Order {
    let engaged = |state: &KillState| !matches!(state, KillState::Released);
    match (engaged(here), before.map(engaged), now.map(engaged)) {
        (false, _, Some(true)) => Order::Engage,
        (true, Some(true), Some(false)) => Order::Release,
        _ => Order::Nothing,
    }
}

/// Does what the file says.
async fn follow(risk: &Arc<Risk>, before: Option<&KillState>, now: Option<&KillState>) {
    match order(&risk.kill_switch().state(), before, now) {
        Order::Engage => {
            let (reason, at) = match now {
                Some(KillState::Engaged { reason, at }) => (reason.as_str(), *at),
                _ => ("the file of the kill switch", Utc::now()),
            };
            engage(risk, reason, at).await;
        }
        Order::Release => match risk.kill_switch().release() {
            Ok(()) => tracing::warn!("the kill switch was released by the operator"),
            Err(error) => tracing::error!(%error, "the kill switch could not be released"),
        },
        Order::Nothing => {}
    }
}

/// Engages the switch at a time of this machine's clock: a simulated broker lives in another one.
async fn engage(risk: &Arc<Risk>, reason: &str, at: DateTime<Utc>) {
    tracing::error!(
        reason,
        "the kill switch is engaged; all orders are being canceled"
    );
    if let Err(error) = risk.kill_switch().engage(reason, at) {
        tracing::error!(%error, "the kill switch is not known to later processes");
    }
    for (broker, account, outcome) in risk.cancel_everything().await {
        if let Err(error) = outcome {
            tracing::error!(%error, %broker, %account, "the orders could not be canceled");
        }
    }
}
