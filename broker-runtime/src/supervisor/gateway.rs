use core::fmt::{self, Debug, Formatter};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use broker_core::gateway::GatewayControl;
use tokio::{
    sync::Notify,
    time::{Instant, sleep_until, timeout},
};

use super::{slot::Slot, timing::Timing};
use crate::measure;

/// A gateway through which sessions go, and which may be restarted when none of them works.
///
/// Clones are the same gateway. Give one control either to a supervisor or to the adapter: with both,
/// each would restart the gateway by its own clock.
#[derive(Clone)]
pub struct Gateway(Arc<Inner>);

struct Inner {
    name: String,
    control: Arc<dyn GatewayControl>,
    /// A gateway that answers is restarted, too.
    even_if_it_answers: bool,
    state: Mutex<State>,
    looks: Notify,
}

#[derive(Default)]
struct State {
    watched: bool,
    slots: Vec<Weak<Slot>>,
    restarting: bool,
    restarts: u64,
    /// Not looked at before this.
    not_before: Option<Instant>,
    /// Why it was not restarted when it was due, or why that failed.
    trouble: Option<String>,
}

/// The right to watch over a gateway; dropped, somebody else may.
pub(super) struct Watch(Gateway);

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.lock().watched = false;
    }
}

impl Watch {
    /// Watches over it until dropped.
    pub(super) async fn keep(self, timing: Timing) {
        let gateway = &self.0;
        loop {
            match gateway.due(&timing) {
                Some(due) if due <= Instant::now() => gateway.restart(&timing).await,
                Some(due) => tokio::select! {
                    () = sleep_until(due) => {}
                    () = gateway.0.looks.notified() => {}
                },
                None => {
                    if gateway.down_since().is_none() {
                        gateway.lock().trouble = None;
                    }
                    gateway.0.looks.notified().await;
                }
            }
        }
    }
}

impl Debug for Gateway {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Gateway").field(&self.0.name).finish()
    }
}

impl Gateway {
    /// A gateway that is left alone as long as it greets a probe: what is wrong then is between it and
    /// a person, such as a dialog, and a restart would throw the log-in away.
    #[must_use]
    pub fn new(name: impl Into<String>, control: Arc<dyn GatewayControl>) -> Self {
        Self::make(name.into(), control, false)
    }

    /// A gateway that is restarted when none of its sessions works, even if it greets a probe.
    #[must_use]
    pub fn restarted_even_if_it_answers(
        name: impl Into<String>,
        control: Arc<dyn GatewayControl>,
    ) -> Self {
        Self::make(name.into(), control, true)
    }

    fn make(name: String, control: Arc<dyn GatewayControl>, even_if_it_answers: bool) -> Self {
        Self(Arc::new(Inner {
            name,
            control,
            even_if_it_answers,
            state: Mutex::default(),
            looks: Notify::new(),
        }))
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    pub(super) fn control(&self) -> &Arc<dyn GatewayControl> {
        &self.0.control
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_restarting(&self) -> bool {
        self.lock().restarting
    }

    pub(super) fn restarts(&self) -> u64 {
        self.lock().restarts
    }

    pub(super) fn trouble(&self) -> Option<String> {
        self.lock().trouble.clone()
    }

    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Takes a session in; the right to watch over the gateway, if nobody does yet.
    pub(super) fn join(&self, slot: &Arc<Slot>) -> Option<Watch> {
        let mut state = self.lock();
        state.slots.push(Arc::downgrade(slot));
        let watched = core::mem::replace(&mut state.watched, true);
        (!watched).then(|| Watch(self.clone()))
    }

    /// Something about a session has changed.
    pub(super) fn look(&self) {
        self.0.looks.notify_one();
    }

    /// Since when every session has been down; `None` while one works or there is none.
    fn down_since(&self) -> Option<Instant> {
        let mut state = self.lock();
        state.slots.retain(|slot| slot.strong_count() > 0);
        let slots: Vec<Arc<Slot>> = state.slots.iter().filter_map(Weak::upgrade).collect();
        drop(state);
        let mut latest = None;
        for slot in slots {
            latest = latest.max(Some(slot.record().down_since?));
        }
        latest
    }

    /// When it is to be restarted, as things are.
    fn due(&self, timing: &Timing) -> Option<Instant> {
        let due = self.down_since()? + timing.gateway_down_for;
        let state = self.lock();
        if state.restarting {
            return None;
        }
        Some(state.not_before.map_or(due, |then| due.max(then)))
    }

    async fn restart(&self, timing: &Timing) {
        let (trouble, rest) = match self.reason_to_leave_it(timing).await {
            Some(reason) => (Some(reason), timing.gateway_down_for),
            None => (self.reconnect(timing).await, timing.gateway_every),
        };
        if let Some(reason) = &trouble {
            tracing::warn!(
                gateway = self.name(),
                reason,
                "the gateway was not restarted"
            );
        }
        let mut state = self.lock();
        state.not_before = Some(Instant::now() + rest);
        state.trouble = trouble;
    }

    async fn reason_to_leave_it(&self, timing: &Timing) -> Option<String> {
        match timeout(timing.answer_within, self.0.control.status()).await {
            Ok(Ok(status)) if status.answering.holds && !self.0.even_if_it_answers => {
                Some("it answers, so a person has to look at it".to_owned())
            }
            Ok(Ok(_)) => None,
            Ok(Err(error)) => Some(format!("its state is not known: {error}")),
            Err(_) => Some("its state is not known in time".to_owned()),
        }
    }

    async fn reconnect(&self, timing: &Timing) -> Option<String> {
        tracing::warn!(
            gateway = self.name(),
            "no session works; the gateway is being restarted"
        );
        self.lock().restarting = true;
        let (gateway, within) = (self.clone(), timing.gateway_within);
        // By itself, so that a supervisor that ends meanwhile does not leave it stopped halfway.
        let restart = tokio::spawn(async move {
            let done = timeout(within, gateway.0.control.reconnect()).await;
            let trouble = match done {
                Ok(Ok(())) => None,
                Ok(Err(error)) => Some(error.to_string()),
                Err(_) => Some(format!("the restart has not ended within {within:?}")),
            };
            measure::gateway_restarted(gateway.name(), trouble.is_none());
            let mut state = gateway.lock();
            state.restarting = false;
            state.restarts += 1;
            trouble
        });
        restart
            .await
            .unwrap_or_else(|error| Some(format!("the restart did not end: {error}")))
    }
}
