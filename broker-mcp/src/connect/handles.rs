use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use broker_core::{Clock, SystemClock, gateway::GatewayControl, model::BrokerId};
use chrono::{DateTime, Utc};

/// An adapter as itself.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Handle {
    /// The paper broker.
    #[cfg(feature = "paper")]
    Paper(Arc<broker_sim::paper::PaperWorld>),
    /// Interactive Brokers.
    #[cfg(feature = "ibkr")]
    Ibkr(Arc<broker_ibkr::IbkrBroker>),
    /// Tiger Brokers.
    #[cfg(feature = "tiger")]
    Tiger(Arc<broker_tiger::TigerBroker>),
}

/// The adapters by connection, as they were made last, and the gateways that they go through.
#[derive(Debug, Clone)]
pub struct Handles {
    inner: Arc<Mutex<Inner>>,
    /// The time that adapters are made with.
    clock: Arc<dyn Clock>,
    /// The exchanges of the paper brokers.
    #[cfg(feature = "paper")]
    worlds: super::paper::Worlds,
}

#[derive(Debug, Default)]
struct Inner {
    adapters: BTreeMap<BrokerId, Handle>,
    gateways: BTreeMap<String, Arc<dyn GatewayControl>>,
}

impl Default for Handles {
    fn default() -> Self {
        Self::new()
    }
}

impl Handles {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::in_time_of(Arc::new(SystemClock))
    }

    /// None yet; adapters that are made with this take their time from `clock`, as those of a simulated
    /// gateway have to. The paper broker has a time of its own.
    #[must_use]
    pub fn in_time_of(clock: Arc<dyn Clock>) -> Self {
        Self {
            inner: Arc::default(),
            clock,
            #[cfg(feature = "paper")]
            worlds: super::paper::Worlds::default(),
        }
    }

    /// What time it is for the adapters.
    pub(super) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    #[allow(dead_code, reason = "without adapters that have a clock nobody asks")]
    pub(super) fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(feature = "paper")]
    pub(super) fn worlds(&self) -> super::paper::Worlds {
        self.worlds.clone()
    }

    /// The adapter of a connection.
    #[must_use]
    pub fn adapter(&self, broker: &BrokerId) -> Option<Handle> {
        self.lock().adapters.get(broker).cloned()
    }

    /// The gateway of a connection, if the configuration says how it is started and stopped.
    #[must_use]
    pub fn gateway(&self, broker: &BrokerId) -> Option<Arc<dyn GatewayControl>> {
        self.lock().gateways.get(broker.as_str()).cloned()
    }

    /// A gateway by the name of its connection. The supervisor and the adapter are given this value.
    pub fn put_gateway(&self, broker: impl Into<String>, control: Arc<dyn GatewayControl>) {
        self.lock().gateways.insert(broker.into(), control);
    }

    #[allow(dead_code, reason = "without adapters nothing is kept")]
    pub(super) fn keep(&self, broker: BrokerId, handle: Handle) {
        self.lock().adapters.insert(broker, handle);
    }
}
