//! The program that lives through the week: a registry of two brokers with two accounts each, under a
//! supervisor.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use broker_core::{
    Broker, BrokerExt as _, ManualClock, Result, SessionState, dec,
    feed::{FeedItem, FeedStream},
    model::{BrokerId, Currency, Instrument, Mic, Subscription},
};
use broker_runtime::{
    journal::{JournalFilter, JournalStore as _, SqliteStore},
    layer::{Audit, BreakerState, Risk, Stack, Timeout},
    registry::{Permission, Registry},
    risk::{Limits, RiskLimits},
    supervisor::{Connection, SHUTDOWN_WITHIN, Session, Supervisor, Timing},
};
use chrono::{DateTime, Utc};
use futures_util::{FutureExt as _, future::BoxFuture};
use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::{
    clock::Calendar,
    meter::{AtTheDoor, Meter},
    tiger::Tiger,
    trader::{Said, Sum, Trader},
    tws::Tws,
    wire::{Exchanges, Side},
};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);

/// A Monday, two hours and a half before the exchanges open.
pub(crate) fn start_of_the_week() -> DateTime<Utc> {
    "2022-01-10T12:00:00Z".parse().unwrap()
}

pub(crate) fn share() -> Instrument {
    Instrument::equity("KO", Mic::XNYS, Currency::USD).unwrap()
}

pub(crate) struct Program {
    pub(crate) exchanges: Arc<Exchanges>,
    tws: Arc<Tws>,
    tiger: Arc<Tiger>,
    registry: Registry,
    supervisor: Supervisor,
    meter: Arc<Meter>,
    traders: Vec<Arc<Trader>>,
    stores: Vec<Arc<SqliteStore>>,
    lines: BTreeMap<BrokerId, FeedStream>,
    sum: Sum,
    tokens: BTreeSet<DateTime<Utc>>,
    folder: TempDir,
}

/// Limits that every rule has to be worked out for, and that nothing here comes near.
fn wide() -> RiskLimits {
    let mut limits = Limits::new();
    limits.max_order_notional = Some(dec!(100_000));
    limits.max_position_quantity = Some(dec!(10_000));
    limits.max_open_orders = Some(100);
    limits.max_orders_per_second = Some(100);
    let mut all = RiskLimits::each(limits.clone());
    all.total = limits;
    all
}

/// Times that a day in moments leaves room for.
fn timing() -> Timing {
    let mut timing = Timing::default();
    timing.check_every = 300 * SECOND;
    timing.answer_within = HOUR;
    timing.close_within = HOUR;
    timing.rebuild_within = HOUR;
    timing
}

/// What all sessions of a program share.
struct Shared {
    meter: Arc<Meter>,
    risk: Arc<Risk>,
    audit: Arc<Audit>,
}

impl Shared {
    async fn stand(&self, adapter: Arc<dyn Broker>, store: Arc<SqliteStore>) -> Result<Connection> {
        let door = Stack::over(adapter).layer(AtTheDoor(Arc::clone(&self.meter)))?;
        let standing = Stack::standard()
            .timeout(Timeout::after(HOUR).with_commands(HOUR))
            .risk(Arc::clone(&self.risk))
            .audit(Arc::clone(&self.audit))
            .journal(store)
            .over(door.build())
            .await?;
        Ok(standing.into())
    }
}

impl Program {
    pub(crate) async fn start(clock: &ManualClock) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = folder.path().join("tiger");
        std::fs::create_dir(&settings).unwrap();
        let exchanges = Arc::new(Exchanges::start(&settings));
        let tws = Arc::new(Tws::at(exchanges.address(), clock.clone()));
        let tiger = Arc::new(Tiger::of(settings, clock.clone()));
        let shared = Arc::new(Shared {
            meter: Arc::default(),
            risk: Risk::new(wide()),
            audit: Audit::in_folder(folder.path().join("audit"))
                .open()
                .unwrap(),
        });
        let registry = Registry::new();
        let mut program = Self {
            supervisor: Supervisor::over(registry.clone(), timing()),
            registry,
            meter: Arc::clone(&shared.meter),
            traders: Vec::new(),
            stores: Vec::new(),
            lines: BTreeMap::new(),
            sum: Sum::default(),
            tokens: BTreeSet::new(),
            exchanges,
            tws: Arc::clone(&tws),
            tiger: Arc::clone(&tiger),
            folder,
        };
        let first = Arc::clone(&tws);
        let connect = move || first.connect().boxed();
        program.add("ibkr", connect, Side::Tws, &shared).await;
        let second = Arc::clone(&tiger);
        let connect = move || second.connect().boxed();
        program.add("tiger", connect, Side::Tiger, &shared).await;
        program
    }

    async fn add(
        &mut self,
        name: &str,
        connect: impl Fn() -> BoxFuture<'static, Result<Arc<dyn Broker>>> + Send + Sync + 'static,
        side: Side,
        shared: &Arc<Shared>,
    ) {
        let file = self.folder.path().join(format!("{name}.sqlite"));
        let store = SqliteStore::open(file).unwrap();
        self.stores.push(Arc::clone(&store));
        let shared = Arc::clone(shared);
        let make = move || {
            let (shared, store, connecting) = (Arc::clone(&shared), Arc::clone(&store), connect());
            async move {
                let _call = shared.meter.begin();
                shared.stand(connecting.await?, store).await
            }
        };
        let connection = make().await.unwrap();
        let broker = Arc::clone(&connection.broker);
        assert_eq!(broker.id().as_str(), name);
        for ledger in broker.desk().ledgers() {
            let key = self
                .registry
                .add(Arc::clone(&broker), ledger.account(), Permission::Trade)
                .unwrap();
            let trader = Trader::new(
                self.registry.clone(),
                key,
                side,
                Arc::clone(&self.exchanges),
                share(),
            );
            self.traders.push(Arc::new(trader));
        }
        let session = Session::of(connection).rebuilt_by(make);
        self.supervisor.watch(session).unwrap();
    }

    /// Rises with whatever happens.
    pub(crate) fn progress(&self) -> u64 {
        let calls = self.meter.begun() + self.meter.ended();
        calls + self.tws.sent() + self.tiger.sent()
    }

    /// Whether nobody waits for an answer.
    pub(crate) fn is_idle(&self) -> bool {
        self.meter.begun() == self.meter.ended() && self.exchanges.is_quiet()
    }

    /// Every account has its turn, all at the same time; it is over when all of them have ended.
    pub(crate) async fn trade(&mut self, calendar: &Calendar, hour: u32) {
        let mut turns: JoinSet<Vec<Said>> = JoinSet::new();
        for trader in &self.traders {
            let trader = Arc::clone(trader);
            let breaker = self
                .supervisor
                .connection(&trader.key.broker)
                .unwrap()
                .breaker;
            turns.spawn(async move { trader.turn(hour, breaker.as_deref()).await });
        }
        for _ in 0..7200 {
            calendar.pass(SECOND, self).await;
            while let Some(said) = turns.try_join_next() {
                self.sum.take(said.unwrap());
            }
            if turns.is_empty() {
                self.read_lines();
                self.tokens.extend(self.tiger.token_good_until());
                return;
            }
        }
        panic!(
            "a turn did not end within two hours: {:?}",
            self.supervisor.health()
        );
    }

    /// Somebody ends a session, and nobody told the supervisor.
    pub(crate) fn end_session(&self, name: &str) {
        let seats = self.registry.seats();
        let seat = seats.iter().find(|seat| seat.key.broker.as_str() == name);
        let broker = Arc::clone(&seat.unwrap().broker);
        tokio::spawn(async move { broker.close().await });
    }

    fn read_lines(&mut self) {
        self.lines.retain(|_, line| {
            while let Some(item) = line.next().now_or_never() {
                if matches!(item, Some(FeedItem::Failed(_)) | None) {
                    return false;
                }
            }
            true
        });
    }

    fn sessions_are_ready(&self) -> bool {
        let seats = self.registry.seats();
        let mut states = seats.iter().map(|seat| seat.broker.session());
        states.all(|state| *state.borrow() == SessionState::Ready)
    }

    fn breakers_are_closed(&self) -> bool {
        let seats = self.registry.seats();
        let mut breakers = seats.iter().map(|seat| {
            let connection = self.supervisor.connection(&seat.key.broker);
            connection.unwrap().breaker.unwrap()
        });
        breakers.all(|breaker| breaker.status().state == BreakerState::Closed)
    }

    /// Lets everything come to an end that is under way: orders are canceled, sessions are there, each
    /// broker has one line.
    pub(crate) async fn rest(&mut self, calendar: &Calendar) {
        for _ in 0..180 {
            let ready = self.sessions_are_ready();
            if ready {
                self.each(calendar, |trader| async move { trader.end().await }.boxed())
                    .await;
            }
            calendar.pass(60 * SECOND, self).await;
            self.read_lines();
            let settled = self.traders.iter().all(|trader| trader.is_settled());
            let ready = ready && self.sessions_are_ready() && self.breakers_are_closed();
            if !(ready && settled) {
                continue;
            }
            for seat in self.registry.seats() {
                if !self.lines.contains_key(&seat.key.broker) {
                    let quotes = Subscription::Quotes {
                        instrument: share(),
                    };
                    let line = seat.broker.subscribe(&quotes).await.unwrap();
                    self.lines.insert(seat.key.broker.clone(), line);
                }
            }
            for _ in 0..5 {
                calendar.pass(60 * SECOND, self).await;
            }
            return;
        }
        panic!("it does not come to rest: {:?}", self.supervisor.health());
    }

    async fn each(
        &self,
        calendar: &Calendar,
        what: impl Fn(Arc<Trader>) -> BoxFuture<'static, ()>,
    ) {
        let mut all = JoinSet::new();
        for trader in &self.traders {
            all.spawn(what(Arc::clone(trader)));
        }
        for _ in 0..600 {
            calendar.pass(SECOND, self).await;
            while let Some(ended) = all.try_join_next() {
                ended.unwrap();
            }
            if all.is_empty() {
                return;
            }
        }
        panic!("{} have not ended", all.len());
    }

    /// Ledgers, positions and acknowledgements are held against what the exchanges know.
    pub(crate) fn holds_the_truth(&self) {
        for trader in &self.traders {
            trader.holds_the_truth();
        }
        self.sum.is_explained();
    }

    pub(crate) fn sum(&self) -> String {
        let health = self.supervisor.health();
        let restarts: u64 = health.sessions.iter().map(|one| one.restarts).sum();
        let reconnects: u64 = health.sessions.iter().map(|one| one.reconnects).sum();
        let renewals = self.tokens.len().saturating_sub(1);
        format!(
            "{}; {restarts} sessions made anew, {reconnects} that came back, {renewals} tokens renewed",
            self.sum
        )
    }

    /// Everything ends in good order, and no journal has an open end.
    pub(crate) async fn end(self) {
        for store in &self.stores {
            store.flush().await.unwrap();
            let open = store.intents(&JournalFilter::default().open()).await;
            assert_eq!(open.unwrap(), [], "intents of which nobody knows the end");
        }
        assert!(self.tokens.len() > 1, "no token was renewed");
        drop(self.lines);
        let ended = self.supervisor.shutdown(SHUTDOWN_WITHIN).await;
        assert!(ended.is_clean(), "{ended:?}");
    }
}
