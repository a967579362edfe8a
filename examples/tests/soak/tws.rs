//! Interactive Brokers: the adapter before the simulated TWS.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use broker_core::{Broker, ManualClock, Result};
use broker_ibkr::{Deadlines, IbkrBroker};

const HOUR: Duration = Duration::from_secs(3600);

pub(crate) struct Tws {
    address: SocketAddr,
    clock: ManualClock,
    latest: Arc<Mutex<Option<Arc<IbkrBroker>>>>,
}

impl Tws {
    pub(crate) fn at(address: SocketAddr, clock: ManualClock) -> Self {
        Self {
            address,
            clock,
            latest: Arc::default(),
        }
    }

    /// Messages that the session has sent so far.
    pub(crate) fn sent(&self) -> u64 {
        let latest = self.latest.lock().unwrap();
        latest.as_ref().map_or(0, |broker| broker.pacing().sent)
    }

    pub(crate) fn connect(&self) -> impl Future<Output = Result<Arc<dyn Broker>>> + Send + use<> {
        // Minutes pass in a moment: nothing is late because of that. What is cut is known at once.
        let mut deadlines = Deadlines::default();
        deadlines.connect = HOUR;
        deadlines.request = HOUR;
        deadlines.history = HOUR;
        deadlines.command = HOUR;
        deadlines.heartbeat = HOUR;
        deadlines.heartbeat_every = 5 * Duration::from_secs(60);
        deadlines.foreign_orders = 10 * Duration::from_secs(60);
        let builder = IbkrBroker::builder()
            .address(self.address.to_string())
            .client_id(7)
            .clock(Arc::new(self.clock.clone()))
            .deadlines(deadlines);
        let latest = Arc::clone(&self.latest);
        async move {
            let broker = builder.connect().await?;
            *latest.lock().unwrap() = Some(Arc::clone(&broker));
            Ok(broker as Arc<dyn Broker>)
        }
    }
}
