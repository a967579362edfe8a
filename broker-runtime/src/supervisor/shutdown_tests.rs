use std::sync::{Arc, Mutex};

use broker_core::{
    BrokerExt as _, ErrorKind, Result, Retry, async_trait, dec,
    model::{Fill, Order},
};
use tokio::time::Instant;

use super::{
    Connection, SHUTDOWN_WITHIN, Session, Supervisor,
    stage::{Act, SECOND, pass, settle, supervisor},
};
use crate::{
    journal::{
        BustedFill, Damage, Entry, Intent, IntentId, JournalFilter, JournalStore, MemoryStore,
        NewIntent, StoreHealth,
    },
    layer::{Layer, Next, Outgoing, Stack},
    test_support::{Step, Stub, account, buy, failure, id, lock},
};

type Log = Arc<Mutex<Vec<&'static str>>>;

/// Writes down what reaches the broker.
#[derive(Debug)]
struct Noting(Log);

impl Layer for Noting {
    async fn command<O: Outgoing>(&self, request: O, next: Next<'_>) -> Result<O::Answer> {
        let answer = next.send(request).await;
        lock(&self.0).push("the order ended");
        answer
    }
    async fn close(&self, next: Next<'_>) -> Result<()> {
        lock(&self.0).push("close");
        next.broker().close().await
    }
}

/// A store that writes down when it was flushed, and may fail to.
#[derive(Debug)]
struct Store {
    inner: Arc<MemoryStore>,
    log: Log,
    fails: bool,
}

#[async_trait]
impl JournalStore for Store {
    async fn begin(&self, intents: Vec<NewIntent>) -> Result<Vec<IntentId>> {
        self.inner.begin(intents).await
    }
    fn record(&self, entries: Vec<Entry>) {
        self.inner.record(entries);
    }
    async fn flush(&self) -> Result<()> {
        lock(&self.log).push("flush");
        if self.fails {
            return Err(failure(ErrorKind::Io));
        }
        self.inner.flush().await
    }
    fn health(&self) -> StoreHealth {
        self.inner.health()
    }
    fn damage(&self) -> Vec<Damage> {
        self.inner.damage()
    }
    async fn intents(&self, filter: &JournalFilter) -> Result<Vec<Intent>> {
        self.inner.intents(filter).await
    }
    async fn orders(&self, filter: &JournalFilter) -> Result<Vec<Order>> {
        self.inner.orders(filter).await
    }
    async fn fills(&self, filter: &JournalFilter) -> Result<Vec<Fill>> {
        self.inner.fills(filter).await
    }
    async fn busted_fills(&self, filter: &JournalFilter) -> Result<Vec<BustedFill>> {
        self.inner.busted_fills(filter).await
    }
}

struct Desk {
    stub: Arc<Stub>,
    connection: Connection,
    log: Log,
    store: Arc<MemoryStore>,
}

impl Desk {
    async fn new(name: &str, fails: bool) -> Self {
        let (stub, log, inner) = (Stub::named(name), Log::default(), MemoryStore::new());
        let noted = Stack::over(stub.dynamic())
            .layer(Noting(Arc::clone(&log)))
            .unwrap()
            .build();
        let store = Arc::new(Store {
            inner: Arc::clone(&inner),
            log: Arc::clone(&log),
            fails,
        });
        let standing = Stack::standard().journal(store).over(noted).await.unwrap();
        Self {
            stub,
            connection: standing.into(),
            log,
            store: inner,
        }
    }

    fn submit(&self, name: &str) -> tokio::task::JoinHandle<Result<broker_core::Acknowledgement>> {
        let broker = Arc::clone(&self.connection.broker);
        let order = buy(name, 1, dec!(10));
        tokio::spawn(async move { broker.submit(&order).await })
    }
}

fn ends(supervisor: &Supervisor) -> tokio::task::JoinHandle<super::Shutdown> {
    let supervisor = supervisor.clone();
    tokio::spawn(async move { supervisor.shutdown(SHUTDOWN_WITHIN).await })
}

#[tokio::test(start_paused = true)]
async fn orders_on_their_way_end_then_the_journal_is_flushed_then_sessions_are_closed() {
    let supervisor = supervisor();
    let desk = Desk::new("alpha", false).await;
    supervisor
        .watch(Session::of(desk.connection.clone()))
        .unwrap();
    pass(1).await;
    desk.stub.then("submit", Step::Slow(4 * SECOND));
    let order = desk.submit("a");
    settle().await;
    let shutdown = ends(&supervisor);
    settle().await;
    // Nothing comes in behind it, and what is there can still be taken back.
    let broker = &desk.connection.broker;
    let error = broker.submit(&buy("b", 1, dec!(10))).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.retry()),
        (ErrorKind::Disconnected, Retry::Never)
    );
    assert!(error.message().contains("shutting down"), "{error}");
    assert!(broker.cancel_all(&account()).await.unwrap().is_accepted());
    broker.accounts().await.unwrap();
    lock(&desk.log).clear();
    let shutdown = shutdown.await.unwrap();
    assert!(shutdown.is_clean(), "{shutdown:?}");
    assert!(order.await.unwrap().unwrap().is_accepted());
    assert_eq!(shutdown.took.as_secs(), 4);
    let log = lock(&desk.log).clone();
    let first: Vec<_> = log.iter().take(3).copied().collect();
    assert_eq!(first, ["the order ended", "flush", "close"], "{log:?}");
    assert_eq!(log.last(), Some(&"flush"), "{log:?}");
    assert_eq!(desk.stub.count("submit"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_session_that_never_closes_and_an_order_that_never_ends_are_left_behind_in_time() {
    let supervisor = supervisor();
    let (desk, other) = (
        Desk::new("alpha", false).await,
        Desk::new("beta", false).await,
    );
    for desk in [&desk, &other] {
        supervisor
            .watch(Session::of(desk.connection.clone()))
            .unwrap();
    }
    pass(3).await;
    // Longer than the layers would wait for either.
    desk.stub.then("submit", Step::Hang);
    desk.stub.then("close", Step::Hang);
    let order = desk.submit("a");
    settle().await;
    let began = Instant::now();
    let shutdown = supervisor.shutdown(10 * SECOND).await;
    assert!(began.elapsed() <= 10 * SECOND);
    assert!(began.elapsed() >= 8 * SECOND, "both were given their time");
    assert_eq!(shutdown.on_their_way, [(desk.stub_name(), 1)]);
    assert_eq!(shutdown.not_closed.len(), 1);
    assert_eq!(shutdown.not_closed[0].0, desk.stub_name());
    assert_eq!(shutdown.not_closed[0].1.kind(), ErrorKind::Timeout);
    assert!(shutdown.not_flushed.is_empty());
    assert_eq!(lock(&desk.log).last(), Some(&"flush"));
    assert_eq!(other.stub.count("close"), 1);
    // The next process finds the intent and looks it up.
    let open = desk
        .store
        .intents(&JournalFilter::default().open())
        .await
        .unwrap();
    let names: Vec<_> = open
        .iter()
        .filter_map(|one| one.client_order_id.clone())
        .collect();
    assert_eq!(names, [id("a")]);
    order.abort();
}

impl Desk {
    fn stub_name(&self) -> broker_core::model::BrokerId {
        self.connection.broker.id().clone()
    }
}

#[tokio::test(start_paused = true)]
async fn a_journal_that_cannot_be_flushed_is_named_and_the_session_closed_all_the_same() {
    let supervisor = supervisor();
    let desk = Desk::new("alpha", true).await;
    supervisor
        .watch(Session::of(desk.connection.clone()))
        .unwrap();
    let shutdown = supervisor.shutdown(SHUTDOWN_WITHIN).await;
    assert_eq!(shutdown.not_flushed.len(), 1);
    assert_eq!(shutdown.not_flushed[0].1.kind(), ErrorKind::Io);
    assert_eq!(desk.stub.count("close"), 1);
    assert!(!shutdown.is_clean());
}

#[tokio::test(start_paused = true)]
async fn nothing_is_restarted_after_a_shutdown_and_a_second_one_says_the_same() {
    let (supervisor, act) = (supervisor(), Act::new("alpha"));
    let made = Arc::new(Mutex::new(0));
    let count = Arc::clone(&made);
    act.lives(false);
    act.stub.then("close", Step::Fail(failure(ErrorKind::Io)));
    supervisor
        .watch(act.session().rebuilt_by(move || {
            *lock(&count) += 1;
            async { Err(failure(ErrorKind::Disconnected)) }
        }))
        .unwrap();
    pass(1).await;
    let first = ends(&supervisor);
    let second = supervisor.shutdown(SECOND).await;
    let first = first.await.unwrap();
    assert_eq!(first.not_closed.len(), 1);
    assert_eq!(first.not_closed[0].1.kind(), second.not_closed[0].1.kind());
    assert_eq!(act.stub.count("close"), 1);
    pass(600).await;
    assert_eq!(*lock(&made), 0);
    assert_eq!(act.asked(), [0]);
}
