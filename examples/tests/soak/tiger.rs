//! Tiger Brokers of Hong Kong, whose tokens are renewed twice a day: the adapter before the simulated one.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use broker_core::{Broker, ManualClock, Result};
use broker_sim::tiger::ROOT_FILE;
use broker_tiger::{Deadlines, TigerBroker, TigerConfig, TokenState, Trust};
use chrono::{DateTime, Utc};

const HOUR: Duration = Duration::from_secs(3600);
const MINUTE: Duration = Duration::from_secs(60);

pub(crate) struct Tiger {
    folder: PathBuf,
    clock: ManualClock,
    latest: Arc<Mutex<Option<Arc<TigerBroker>>>>,
}

impl Tiger {
    /// With the settings in a folder.
    pub(crate) fn of(folder: PathBuf, clock: ManualClock) -> Self {
        Self {
            folder,
            clock,
            latest: Arc::default(),
        }
    }

    /// Requests that the session has sent so far.
    pub(crate) fn sent(&self) -> u64 {
        let latest = self.latest.lock().unwrap();
        latest.as_ref().map_or(0, |broker| broker.budget().sent)
    }

    /// When the token lapses, unless its renewal is failing; another time after each renewal.
    pub(crate) fn token_good_until(&self) -> Option<DateTime<Utc>> {
        let latest = self.latest.lock().unwrap();
        let state = latest.as_ref()?.token_state().borrow().clone();
        match state {
            TokenState::Good { expires_at } => expires_at,
            _ => None,
        }
    }

    pub(crate) fn connect(&self) -> impl Future<Output = Result<Arc<dyn Broker>>> + Send + use<> {
        // Minutes pass in a moment: nothing is late because of that. What is cut is known at once.
        let mut deadlines = Deadlines::default();
        deadlines.connect = HOUR;
        deadlines.request = HOUR;
        deadlines.command = HOUR;
        deadlines.poll = MINUTE;
        deadlines.look = 5 * MINUTE;
        deadlines.holdings = 10 * MINUTE;
        let root = std::fs::read_to_string(self.folder.join(ROOT_FILE)).unwrap();
        let settings = TigerConfig::builder()
            .environment([])
            .file(&self.folder)
            .trust(Trust::Only(root.into()))
            .clock(Arc::new(self.clock.clone()))
            .deadlines(deadlines);
        let latest = Arc::clone(&self.latest);
        async move {
            let broker = TigerBroker::builder(settings.build()?).connect().await?;
            *latest.lock().unwrap() = Some(Arc::clone(&broker));
            Ok(broker as Arc<dyn Broker>)
        }
    }
}
