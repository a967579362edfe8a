//! Tiger Brokers of Hong Kong, whose tokens are renewed twice a day, and the adapter before it.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use broker_core::{
    Broker, Result, dec,
    model::{AccountKind, Currency, Money},
};
use broker_sim::{
    paper::PaperBroker,
    tiger::{License, ROOT_FILE, TigerServer},
};
use broker_tiger::{Deadlines, TigerBroker, TigerConfig, TokenState, Trust};
use chrono::{DateTime, Utc};
use tempfile::TempDir;

use crate::program::start_of_the_week;

const HOUR: Duration = Duration::from_secs(3600);
const MINUTE: Duration = Duration::from_secs(60);

pub(crate) struct Tiger {
    pub(crate) server: TigerServer,
    folder: TempDir,
    latest: Arc<Mutex<Option<Arc<TigerBroker>>>>,
}

impl Tiger {
    pub(crate) async fn open() -> Self {
        let cash = || vec![Money::new(dec!(1_000_000), Currency::USD)];
        let margin = AccountKind::Margin;
        let world = PaperBroker::builder()
            .start_at(start_of_the_week())
            .points_per_day(4)
            .account_of_kind("21000000000000001", margin.clone(), Currency::USD, cash())
            .account_of_kind("21000000000000002", margin, Currency::USD, cash())
            .build_world()
            .unwrap();
        let server = TigerServer::builder()
            .clock(world.shared_clock())
            .world(world)
            .license(License::Tbhk);
        let server = server.bind("127.0.0.1:0", "127.0.0.1:0").await.unwrap();
        server.set_habits(|habits| {
            habits.rate_factor = 1_000;
            // Time comes in minutes here.
            habits.heartbeat_send_ms = 600_000;
            habits.heartbeat_receive_ms = 600_000;
        });
        let folder = tempfile::tempdir().unwrap();
        server.write_folder(folder.path()).unwrap();
        Self {
            server,
            folder,
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
        let root = std::fs::read_to_string(self.folder.path().join(ROOT_FILE)).unwrap();
        let settings = TigerConfig::builder()
            .environment([])
            .file(self.folder.path())
            .trust(Trust::Only(root.into()))
            .clock(self.server.world().shared_clock())
            .deadlines(deadlines);
        let latest = Arc::clone(&self.latest);
        async move {
            let broker = TigerBroker::builder(settings.build()?).connect().await?;
            *latest.lock().unwrap() = Some(Arc::clone(&broker));
            Ok(broker as Arc<dyn Broker>)
        }
    }
}
