//! A program under supervision: one broker with the standard layers, a journal and one risk layer.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use broker_core::{
    Broker, BrokerExt as _, ErrorKind, Result, SessionState, dec,
    event::{EventBody, EventReader},
    model::{AccountId, BrokerId, ClientOrderId, Instrument, Price, TimeInForce},
};
use broker_runtime::{
    journal::SqliteStore,
    layer::{Risk, Stack},
    registry::{Permission, Registry},
    risk::RiskLimits,
    supervisor::{Connection, Session, SessionHealth, Supervisor, Timing},
};
use broker_sim::{Truth, paper::PaperWorld};

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Everything that takes minutes in a program takes a moment here.
fn timing() -> Timing {
    let seconds = Duration::from_secs;
    let mut timing = Timing::default();
    timing.check_every = seconds(1);
    timing.apart = Duration::ZERO;
    timing.answer_within = seconds(30);
    timing.close_within = seconds(5);
    timing.rebuild_within = seconds(30);
    timing.first_pause = Duration::from_millis(200);
    timing.longest_pause = seconds(1);
    timing.recheck_every = Duration::from_millis(200);
    timing.gateway_down_for = seconds(1);
    timing.gateway_every = seconds(5);
    timing.gateway_within = seconds(30);
    timing
}

pub(crate) struct Stage {
    pub(crate) supervisor: Supervisor,
    pub(crate) name: BrokerId,
    pub(crate) account: AccountId,
    registry: Registry,
    risk: Arc<Risk>,
    made: Arc<AtomicU32>,
    _folder: tempfile::TempDir,
}

impl Stage {
    /// Connects, and lets a supervisor watch. `with` says what else there is to the session.
    pub(crate) async fn open<F>(
        connect: impl Fn() -> F + Send + Sync + 'static,
        with: impl FnOnce(Session) -> Session,
    ) -> Self
    where
        F: Future<Output = Result<Arc<dyn Broker>>> + Send + 'static,
    {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path().join("journal.sqlite")).unwrap();
        let risk = Risk::new(RiskLimits::default());
        let made = Arc::new(AtomicU32::new(0));
        let make = {
            let (risk, made) = (Arc::clone(&risk), Arc::clone(&made));
            move || {
                let (risk, store, adapter) = (Arc::clone(&risk), Arc::clone(&store), connect());
                made.fetch_add(1, Ordering::SeqCst);
                async move {
                    let stack = Stack::standard().risk(risk).journal(store);
                    let standing = stack.over(adapter.await?).await?;
                    Ok::<_, broker_core::Error>(Connection::from(standing))
                }
            }
        };
        let connection = make().await.unwrap();
        let broker = Arc::clone(&connection.broker);
        let account = broker.desk().ledgers()[0].account().clone();
        let registry = Registry::new();
        registry
            .add(Arc::clone(&broker), &account, Permission::Trade)
            .unwrap();
        let supervisor = Supervisor::over(registry.clone(), timing());
        let session = with(Session::of(connection).rebuilt_by(make));
        supervisor.watch(session).unwrap();
        let stage = Self {
            name: broker.id().clone(),
            account,
            supervisor,
            registry,
            risk,
            made,
            _folder: folder,
        };
        stage.ready().await;
        stage
    }

    /// The broker as the registry has it now.
    pub(crate) fn broker(&self) -> Arc<dyn Broker> {
        Arc::clone(&self.registry.seats()[0].broker)
    }

    pub(crate) fn events(&self) -> EventReader {
        self.broker().events(&self.account).unwrap()
    }

    pub(crate) fn sessions_made(&self) -> u32 {
        self.made.load(Ordering::SeqCst)
    }

    pub(crate) fn health(&self) -> SessionHealth {
        self.supervisor.health().sessions[0].clone()
    }

    /// The session answers, and is the one that the registry has.
    pub(crate) async fn ready(&self) {
        let ready = self.supervisor.ensure_ready(&self.name, PATIENCE).await;
        let ready = ready.unwrap_or_else(|error| panic!("{error}: {:?}", self.health()));
        assert!(Arc::ptr_eq(&ready.broker, &self.broker()));
    }

    pub(crate) async fn until(&self, what: &str, mut holds: impl FnMut(&Self) -> bool) {
        let wait = async {
            while !holds(self) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let waited = tokio::time::timeout(PATIENCE, wait).await;
        assert!(waited.is_ok(), "{what}: {:?}", self.supervisor.health());
    }

    /// An order that rests below the market until it is canceled, and its limit.
    pub(crate) async fn rest(&self) -> (ClientOrderId, Instrument, Price) {
        let broker = self.broker();
        let share = broker.resolve("KO").await.unwrap();
        let bid = broker.quote_of(&share).await.unwrap().bid.unwrap();
        let limit = Price::new((bid.get() * dec!(0.95)).round_dp(2)).unwrap();
        let order = broker
            .buy(share.to_string(), 100)
            .account(self.account.clone())
            .limit(limit)
            .time_in_force(TimeInForce::Gtc);
        let (id, accepted) = order.submit().await.unwrap();
        assert!(accepted.is_accepted(), "{accepted:?}");
        (id, share, limit)
    }

    /// Somebody ends the session; a new one takes its place, and trades on where the old one was.
    pub(crate) async fn lives_on_in_a_new_session(&self, truth: impl Fn() -> Truth) {
        let (id, ..) = self.rest().await;
        let (old, mut events) = (self.broker(), self.events());
        old.close().await.unwrap();
        self.until("a new session", |stage| stage.sessions_made() == 2)
            .await;
        self.ready().await;
        let new = self.broker();
        assert!(!Arc::ptr_eq(&old, &new));
        assert_eq!(self.health().restarts, 1);
        assert!(ends_with_closed(&mut events).await, "streams say so");
        // One order, known, and to be canceled by the new session.
        let known = new.order(&self.account, &id).unwrap();
        assert!(known.status.is_open(), "{known:?}");
        let again = broker_core::model::NewOrder::clone(&known.terms);
        let refused = new.submit(&again).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Duplicate);
        assert_eq!(truth().orders_of(&id).len(), 1);
        // The old session is still held here, and no failure of the kill switch.
        let canceled = self.risk.kill("a test").await.unwrap();
        assert!(!canceled.is_empty());
        for (_, account, answer) in &canceled {
            assert!(answer.is_ok(), "{account}: {answer:?}");
        }
        self.until("it is canceled", |_| !truth().order(&id).unwrap().open)
            .await;
        self.until("it is known", |stage| {
            let order = stage.broker().order(&stage.account, &id).unwrap();
            order.status.is_final()
        })
        .await;
    }

    pub(crate) async fn end(self) {
        let ended = self.supervisor.shutdown(Duration::from_secs(30)).await;
        assert!(ended.is_clean(), "{ended:?}");
    }
}

/// Whether a stream tells the end of its session.
async fn ends_with_closed(events: &mut EventReader) -> bool {
    let read = async {
        let mut last = None;
        while let Some(event) = events.next().await {
            last = Some(event);
        }
        last
    };
    let last = tokio::time::timeout(PATIENCE, read).await.unwrap();
    last.is_some_and(|event| {
        matches!(&event.body, EventBody::Session { session } if *session == SessionState::Closed)
    })
}

/// The order trades at the exchange, while nobody may be told.
pub(crate) fn fill(world: &PaperWorld, share: &Instrument, limit: Price) {
    let below = Price::new(limit.get() - dec!(0.10)).unwrap();
    let pinned = world.with_exchange(|exchange| exchange.pin_price(share, below));
    pinned.unwrap();
}
