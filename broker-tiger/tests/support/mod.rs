//! A simulated Tiger with an adapter connected to it.

#![allow(dead_code, reason = "each test uses a part of it")]

pub(crate) mod bender;

use core::time::Duration;
use std::sync::Arc;

use broker_core::{
    Broker as _, Clock, dec,
    model::{AccountId, AccountKind, Currency, Instrument, Mic, Money, Quantity},
};
use broker_sim::{
    paper::{PaperBroker, PaperBuilder},
    tiger::{ROOT_FILE, TigerBuilder, TigerServer},
};
use broker_tiger::{Deadlines, TigerBroker, TigerConfig, TigerConfigBuilder, Trust};
use chrono::{DateTime, Utc};

pub(crate) const ACCOUNTS: [&str; 2] = ["21000000000000001", "21000000000000002"];

/// A simulated Tiger at noon in New York on a trading day, and a connection to it.
pub(crate) struct Stage {
    pub(crate) server: TigerServer,
    pub(crate) broker: Arc<TigerBroker>,
    pub(crate) account: AccountId,
    pub(crate) absence: Duration,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) folder: tempfile::TempDir,
}

pub(crate) fn apple() -> Instrument {
    Instrument::equity("AAPL", Mic::XNAS, Currency::USD).unwrap()
}

pub(crate) fn quantity(text: &str) -> Quantity {
    text.parse().unwrap()
}

/// Quick, because the simulator is next door; long enough for a busy machine.
pub(crate) fn deadlines() -> Deadlines {
    let mut deadlines = Deadlines::default();
    deadlines.connect = Duration::from_secs(15);
    deadlines.request = Duration::from_secs(10);
    deadlines.command = Duration::from_millis(1_500);
    deadlines.absence = Duration::from_millis(100);
    deadlines.reconnect_after = Duration::from_millis(5);
    deadlines.reconnect_at_most = Duration::from_millis(20);
    deadlines.close = Duration::from_secs(1);
    deadlines
}

pub(crate) async fn serve(change: impl FnOnce(TigerBuilder) -> TigerBuilder) -> TigerServer {
    serve_in(|world| world, &[Currency::USD], change).await
}

/// The same in a world of the test's own, with a million of each of these currencies.
pub(crate) async fn serve_in(
    of: impl FnOnce(PaperBuilder) -> PaperBuilder,
    currencies: &[Currency],
    change: impl FnOnce(TigerBuilder) -> TigerBuilder,
) -> TigerServer {
    let cash = || {
        let each = currencies.iter();
        each.map(|one| Money::new(dec!(1_000_000), *one)).collect()
    };
    let mut world = of(PaperBroker::builder()
        .start_at("2022-01-05T17:00:00Z".parse::<DateTime<Utc>>().unwrap())
        .points_per_day(4));
    for account in ACCOUNTS {
        world = world.account_of_kind(account, AccountKind::Margin, Currency::USD, cash());
    }
    let server = change(TigerServer::builder().world_of(world))
        .bind("127.0.0.1:0", "127.0.0.1:0")
        .await
        .unwrap();
    // The checks ask far more often than a trading program does.
    server.set_habits(|habits| habits.rate_factor = 1_000);
    server
}

pub(crate) fn config(folder: &std::path::Path, clock: &Arc<dyn Clock>) -> TigerConfig {
    settings(folder, clock).build().unwrap()
}

pub(crate) fn settings(folder: &std::path::Path, clock: &Arc<dyn Clock>) -> TigerConfigBuilder {
    let root = std::fs::read_to_string(folder.join(ROOT_FILE)).unwrap();
    TigerConfig::builder()
        .environment([])
        .file(folder)
        .trust(Trust::Only(root.into()))
        .clock(Arc::clone(clock))
        .deadlines(deadlines())
}

impl Stage {
    /// With a server in between that may answer some questions itself.
    pub(crate) async fn open_bent(change: impl FnOnce(&mut Deadlines)) -> (Self, bender::Bender) {
        let mut stage = Self::open().await;
        stage.broker.close().await.unwrap();
        let bender = bender::Bender::before(&stage.server.url()).await;
        let settings = settings(stage.folder.path(), &stage.clock);
        let mut deadlines = deadlines();
        change(&mut deadlines);
        let settings = settings
            .server_url(bender.url())
            .quote_server_url(bender.url())
            .deadlines(deadlines);
        let config = settings.build().unwrap();
        stage.broker = TigerBroker::builder(config).connect().await.unwrap();
        let ready = stage.broker.ensure_ready(Duration::from_secs(20));
        ready.await.unwrap();
        (stage, bender)
    }

    pub(crate) async fn open() -> Self {
        Self::open_with(|server| server).await
    }

    pub(crate) async fn open_with(change: impl FnOnce(TigerBuilder) -> TigerBuilder) -> Self {
        Self::open_at(change, |clock| clock).await
    }

    /// At an instant of a world that lists what few brokers trade and has nights, with dollars of the
    /// United States and of Hong Kong.
    pub(crate) async fn open_wide(start: &str) -> Self {
        let start: DateTime<Utc> = start.parse().unwrap();
        let of = |world: PaperBuilder| world.start_at(start).wide().nights();
        let currencies = [Currency::USD, Currency::HKD];
        let server = serve_in(of, &currencies, |server| server).await;
        Self::before(server, |clock| clock).await
    }

    /// With a clock of the adapter's own, which may go wrong.
    pub(crate) async fn open_at(
        change: impl FnOnce(TigerBuilder) -> TigerBuilder,
        clock: impl FnOnce(Arc<dyn Clock>) -> Arc<dyn Clock>,
    ) -> Self {
        Self::before(serve(change).await, clock).await
    }

    async fn before(
        server: TigerServer,
        clock: impl FnOnce(Arc<dyn Clock>) -> Arc<dyn Clock>,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        server.write_folder(folder.path()).unwrap();
        let clock: Arc<dyn Clock> = clock(server.world().shared_clock());
        let broker = TigerBroker::builder(config(folder.path(), &clock))
            .connect()
            .await
            .unwrap();
        broker.ensure_ready(Duration::from_secs(20)).await.unwrap();
        Self {
            account: AccountId::new(ACCOUNTS[0]).unwrap(),
            absence: deadlines().absence,
            server,
            broker,
            clock,
            folder,
        }
    }

    /// The settings of another program of the same developer.
    pub(crate) fn config(&self) -> TigerConfig {
        config(self.folder.path(), &self.clock)
    }

    /// The same on another device.
    pub(crate) fn config_of_device(&self, device: &str) -> TigerConfig {
        let settings = settings(self.folder.path(), &self.clock);
        settings.device_id(Some(device.to_owned())).build().unwrap()
    }

    /// A new process in the same world.
    pub(crate) async fn restart(&mut self) {
        self.broker.close().await.unwrap();
        self.broker = TigerBroker::builder(config(self.folder.path(), &self.clock))
            .connect()
            .await
            .unwrap();
        self.broker
            .ensure_ready(Duration::from_secs(20))
            .await
            .unwrap();
    }

    /// Lets the world do what is due and the adapter read it.
    pub(crate) async fn caught_up(&self) {
        while !self.server.is_quiet() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        self.broker.reconcile().await.unwrap();
    }
}
