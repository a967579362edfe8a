//! Interactive Brokers: the simulated TWS and the adapter before it.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use broker_core::{Broker, Result, dec};
use broker_ibkr::{Deadlines, IbkrBroker};
use broker_sim::{paper::PaperBroker, tws::TwsServer};

use crate::program::start_of_the_week;

const HOUR: Duration = Duration::from_secs(3600);

pub(crate) struct Tws {
    pub(crate) server: TwsServer,
    latest: Arc<Mutex<Option<Arc<IbkrBroker>>>>,
}

impl Tws {
    pub(crate) async fn open() -> Self {
        let world = PaperBroker::builder()
            .start_at(start_of_the_week())
            .points_per_day(4)
            .account("DU1", dec!(1_000_000))
            .account("DU2", dec!(1_000_000));
        let server = TwsServer::builder().world_of(world);
        let server = server.bind("127.0.0.1:0").await.unwrap();
        // It counts by this machine's clock, in which a week is minutes.
        server.set_habits(|habits| habits.messages_per_second = None);
        Self {
            server,
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
            .address(self.server.address().to_string())
            .client_id(7)
            .clock(self.server.world().shared_clock())
            .deadlines(deadlines);
        let latest = Arc::clone(&self.latest);
        async move {
            let broker = builder.connect().await?;
            *latest.lock().unwrap() = Some(Arc::clone(&broker));
            Ok(broker as Arc<dyn Broker>)
        }
    }
}
