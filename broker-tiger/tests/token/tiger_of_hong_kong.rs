//! A simulated Tiger whose licence needs tokens, with a relay before it, and a session with it.

use core::time::Duration;
use std::{path::Path, sync::Arc};

use broker_core::{
    Broker as _, Clock, dec,
    model::{AccountKind, Currency, Money},
};
use broker_sim::{
    paper::PaperBroker,
    tiger::{License, ROOT_FILE, TigerServer},
};
use broker_tiger::{Deadlines, TigerBroker, TigerConfig, Trust};
use chrono::{DateTime, Utc};

use super::{
    calendar::{Calendar, WallClock, breathe},
    relay::Relay,
};

/// How long anything may take, in driven seconds.
const PATIENCE: u32 = 300;
pub(crate) const HOUR: Duration = Duration::from_secs(3600);
const ACCOUNT: &str = "21000000000000001";

/// A trading day; the exchange stands still there while the tokens grow old.
pub(crate) fn noon() -> DateTime<Utc> {
    "2022-01-05T17:00:00Z".parse().unwrap()
}

/// The broker's side.
pub(crate) struct Tiger {
    /// Serves for as long as it is kept.
    _server: TigerServer,
    pub(crate) relay: Relay,
    pub(crate) folder: tempfile::TempDir,
}

impl Tiger {
    pub(crate) async fn open(revokes: bool) -> Self {
        let cash = vec![Money::new(dec!(1_000_000), Currency::USD)];
        let world = PaperBroker::builder()
            .start_at(noon())
            .points_per_day(4)
            .account_of_kind(ACCOUNT, AccountKind::Margin, Currency::USD, cash);
        let server = TigerServer::builder()
            .world_of(world)
            .license(License::Tbhk)
            .clock(Arc::new(WallClock::showing(noon())))
            .bind("127.0.0.1:0", "127.0.0.1:0")
            .await
            .unwrap();
        server.set_habits(|habits| {
            habits.rate_factor = 1_000;
            habits.refresh_revokes = revokes;
        });
        let relay = Relay::to(server.http_address()).await;
        // In memory, where there is such a place: a renewal waits for the disk in real time, and a disk
        // may take longer than the driven seconds that others are patient for.
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() {
            tempfile::tempdir_in(memory).unwrap()
        } else {
            tempfile::tempdir().unwrap()
        };
        server.write_folder(folder.path()).unwrap();
        Self {
            _server: server,
            relay,
            folder,
        }
    }

    /// Waits until nothing is under way any more.
    pub(crate) async fn quiet(&self) {
        self.quiet_for(5).await;
    }

    /// What comes of something that may have to wait for a timer: seconds pass while nothing is under
    /// way, until it is there.
    pub(crate) async fn of<T>(&self, calendar: &Calendar, doing: impl Future<Output = T>) -> T {
        tokio::pin!(doing);
        for _ in 0..PATIENCE {
            tokio::select! {
                biased;
                done = &mut doing => return done,
                () = self.quiet_for(60) => calendar.pass(Duration::from_secs(1)).await,
            }
        }
        panic!("nothing came of it in {PATIENCE} s");
    }

    async fn quiet_for(&self, milliseconds: u32) {
        let (mut quiet, mut asked) = (0, 0);
        while quiet < milliseconds {
            breathe().await;
            let passed = self.relay.passed();
            let still = passed.under_way == 0 && passed.asked == asked;
            quiet = if still { quiet + 1 } else { 0 };
            asked = passed.asked;
        }
    }

    /// Lets a while pass, and everybody do what is due.
    pub(crate) async fn pass(&self, calendar: &Calendar, span: Duration) {
        calendar.pass(span).await;
        self.quiet().await;
    }
}

/// A session of a program on a machine with this clock.
pub(crate) async fn session(folder: &Path, url: &str, clock: Arc<dyn Clock>) -> Arc<TigerBroker> {
    // An hour passes in a moment: nothing is late because of that.
    let mut deadlines = Deadlines::default();
    deadlines.connect = 24 * HOUR;
    deadlines.request = 24 * HOUR;
    deadlines.command = 24 * HOUR;
    let root = std::fs::read_to_string(folder.join(ROOT_FILE)).unwrap();
    let config = TigerConfig::builder()
        .environment([])
        .file(folder)
        .server_url(url)
        .quote_server_url(url)
        .trust(Trust::Only(root.into()))
        .clock(clock)
        .deadlines(deadlines)
        .build()
        .unwrap();
    TigerBroker::builder(config)
        .without_push()
        .connect()
        .await
        .unwrap()
}

/// A question of a program.
pub(crate) async fn ask(broker: &TigerBroker) -> broker_core::Result<()> {
    let account = broker.account_ids().swap_remove(0);
    let portfolio = broker.portfolio().unwrap();
    portfolio.summary(&account).await.map(|_| ())
}
