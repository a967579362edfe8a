use core::fmt::{self, Debug, Formatter};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use broker_core::{Error, ErrorKind, Result, model::BrokerId};
use tokio::{
    runtime::Handle,
    sync::{OnceCell, watch},
    task::{AbortHandle, JoinSet},
    time::Instant,
};

use super::{
    Connection, Gateway, HealthReport, Session, Shutdown, report::report, slot::Slot,
    timing::Timing, vigil::Vigil,
};
use crate::registry::Registry;

/// Watches over sessions. Cheap to clone; all clones are the same, and with the last one it stops
/// watching.
#[derive(Clone)]
pub struct Supervisor(Arc<Inner>);

struct Inner {
    timing: Timing,
    registry: Option<Registry>,
    watched: Mutex<BTreeMap<BrokerId, Watched>>,
    /// None of them holds a handle, so they end with the last one.
    tasks: Mutex<JoinSet<()>>,
    stopping: watch::Sender<bool>,
    ended: OnceCell<Shutdown>,
}

struct Watched {
    slot: Arc<Slot>,
    task: AbortHandle,
}

impl Debug for Supervisor {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let names: Vec<BrokerId> = self.watched().keys().cloned().collect();
        f.debug_struct("Supervisor")
            .field("sessions", &names)
            .finish_non_exhaustive()
    }
}

impl Supervisor {
    /// Watches nothing yet. Sessions that it restarts are the callers' to find again, with
    /// [`connection`](Self::connection).
    #[must_use]
    pub fn new(timing: Timing) -> Self {
        Self::make(timing, None)
    }

    /// Watches nothing yet. A session that it restarts is put into the place of the old one in a
    /// registry, for every account that it has there.
    #[must_use]
    pub fn over(registry: Registry, timing: Timing) -> Self {
        Self::make(timing, Some(registry))
    }

    fn make(timing: Timing, registry: Option<Registry>) -> Self {
        Self(Arc::new(Inner {
            timing,
            registry,
            watched: Mutex::default(),
            tasks: Mutex::default(),
            stopping: watch::Sender::new(false),
            ended: OnceCell::new(),
        }))
    }

    fn watched(&self) -> MutexGuard<'_, BTreeMap<BrokerId, Watched>> {
        self.0
            .watched
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn tasks(&self) -> MutexGuard<'_, JoinSet<()>> {
        self.0.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Watches a session from now on. Its checks have a turn of their own among those of the others.
    ///
    /// # Errors
    /// [`Duplicate`](ErrorKind::Duplicate) when a session of that name is watched already;
    /// [`Disconnected`](ErrorKind::Disconnected) after a shutdown;
    /// [`Internal`](ErrorKind::Internal) outside a tokio runtime.
    pub fn watch(&self, session: Session) -> Result<()> {
        let runtime = Handle::try_current().map_err(|error| {
            let message = "a supervisor needs a tokio runtime to watch a session";
            Error::new(ErrorKind::Internal, message).with_source(error)
        })?;
        let mut watched = self.watched();
        if *self.0.stopping.borrow() {
            return Err(Error::new(
                ErrorKind::Disconnected,
                "the supervisor is shut down",
            ));
        }
        let name = session.connection.broker.id().clone();
        if watched.contains_key(&name) {
            let message = format!("the session {name} is watched already");
            return Err(Error::new(ErrorKind::Duplicate, message));
        }
        let taken = |turn: &u32| watched.values().any(|one| one.slot.turn == *turn);
        let turn = (0..).find(|turn| !taken(turn)).unwrap_or_default();
        let slot = Arc::new(Slot::new(session, turn));
        let vigil = Vigil {
            slot: Arc::clone(&slot),
            timing: self.0.timing,
            registry: self.0.registry.clone(),
        };
        let first = Instant::now() + self.0.timing.apart * turn;
        let mut tasks = self.tasks();
        if let Some(gateway) = &slot.gateway
            && let Some(watch) = gateway.join(&slot)
        {
            tasks.spawn_on(watch.keep(self.0.timing), &runtime);
        }
        let task = tasks.spawn_on(vigil.run(first), &runtime);
        watched.insert(name, Watched { slot, task });
        Ok(())
    }

    /// Watches a session no longer, and gives it back as it is. It is not closed.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) when it is not watched.
    pub fn release(&self, broker: &BrokerId) -> Result<Connection> {
        let gone = self
            .watched()
            .remove(broker)
            .ok_or_else(|| unknown(broker))?;
        gone.task.abort();
        if let Some(gateway) = &gone.slot.gateway {
            gateway.look();
        }
        Ok(gone.slot.connection())
    }

    /// A session as it is now; a restart may have made a new one.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) when it is not watched.
    pub fn connection(&self, broker: &BrokerId) -> Result<Connection> {
        self.slot(broker).map(|slot| slot.connection())
    }

    /// How everything is.
    #[must_use]
    pub fn health(&self) -> HealthReport {
        let slots: Vec<Arc<Slot>> = self.slots();
        let mut gateways: Vec<Gateway> = Vec::new();
        for gateway in slots.iter().filter_map(|slot| slot.gateway.as_ref()) {
            if !gateways.iter().any(|known| known.is(gateway)) {
                gateways.push(gateway.clone());
            }
        }
        report(&slots, &gateways, &self.0.timing)
    }

    fn slots(&self) -> Vec<Arc<Slot>> {
        let watched = self.watched();
        watched.values().map(|one| Arc::clone(&one.slot)).collect()
    }

    pub(super) fn slot(&self, broker: &BrokerId) -> Result<Arc<Slot>> {
        let watched = self.watched();
        let one = watched.get(broker).ok_or_else(|| unknown(broker))?;
        Ok(Arc::clone(&one.slot))
    }

    pub(super) fn connections(&self) -> Vec<Connection> {
        self.slots().iter().map(|slot| slot.connection()).collect()
    }

    pub(super) fn stopping(&self) -> watch::Receiver<bool> {
        self.0.stopping.subscribe()
    }

    pub(super) fn ended(&self) -> &OnceCell<Shutdown> {
        &self.0.ended
    }

    /// Ends the watching; when this is over, no session is changed any more.
    pub(super) async fn stop_watching(&self) {
        let mut tasks = {
            // Under the lock under which sessions come, so that none comes behind it.
            let _watched = self.watched();
            self.0.stopping.send_replace(true);
            core::mem::take(&mut *self.tasks())
        };
        tasks.shutdown().await;
    }
}

fn unknown(broker: &BrokerId) -> Error {
    let message = format!("no session {broker} is watched");
    Error::new(ErrorKind::NotFound, message)
}
