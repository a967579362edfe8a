//! What the tests of commands share: a service over a paper broker, callers, and people who answer.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use broker_core::{
    Broker, Capabilities, Desk, ManualClock, MarketData, Portfolio, Reference, Research, Result,
    SessionState, Trading, async_trait,
    model::{AccountId, AccountInfo, BrokerId, Environment},
};
use broker_runtime::{
    layer::{Risk, Stack},
    registry::{Permission, Registry},
    risk::RiskLimits,
};
use broker_sim::paper::PaperBroker;
use chrono::DateTime;
use serde_json::{Map, Value, json};
use tokio::sync::{Notify, watch};

use crate::{
    BrokerService, Call, Fault, Principal,
    consent::{Asked, Consent, Question},
    principal::{Confirm, Proof, Role},
    store::Store,
};

/// A broker that says of itself what it is told to.
#[derive(Debug)]
pub(crate) struct Disguised {
    inner: Arc<dyn Broker>,
    pub(crate) environment: Mutex<Environment>,
}

#[async_trait]
impl Broker for Disguised {
    fn id(&self) -> &BrokerId {
        self.inner.id()
    }
    fn environment(&self) -> Environment {
        *self.environment.lock().unwrap()
    }
    fn desk(&self) -> &Arc<Desk> {
        self.inner.desk()
    }
    async fn accounts(&self) -> Result<Vec<AccountInfo>> {
        self.inner.accounts().await
    }
    async fn capabilities(&self, account: &AccountId) -> Result<Arc<Capabilities>> {
        self.inner.capabilities(account).await
    }
    fn session(&self) -> watch::Receiver<SessionState> {
        self.inner.session()
    }
    fn trading(&self) -> Option<&dyn Trading> {
        self.inner.trading()
    }
    fn portfolio(&self) -> Option<&dyn Portfolio> {
        self.inner.portfolio()
    }
    fn market_data(&self) -> Option<&dyn MarketData> {
        self.inner.market_data()
    }
    fn reference(&self) -> Option<&dyn Reference> {
        self.inner.reference()
    }
    fn research(&self) -> Option<&dyn Research> {
        self.inner.research()
    }
    async fn close(&self) -> Result<()> {
        self.inner.close().await
    }
}

/// A service over a paper broker with the accounts `A` and `B`.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) paper: Arc<PaperBroker>,
    pub(crate) disguised: Arc<Disguised>,
    pub(crate) service: BrokerService,
    pub(crate) store: Store,
    pub(crate) clock: Arc<ManualClock>,
}

pub(crate) async fn stage() -> Stage {
    staged(|service| service).await
}

pub(crate) async fn staged(change: impl FnOnce(BrokerService) -> BrokerService) -> Stage {
    let paper = PaperBroker::builder()
        .account("A", broker_core::dec!(1_000_000))
        .account("B", broker_core::dec!(1_000_000));
    let paper = Arc::new(paper.build().unwrap());
    let disguised = Arc::new(Disguised {
        inner: Arc::clone(&paper) as _,
        environment: Mutex::new(paper.environment()),
    });
    let risk = Risk::new(RiskLimits::default());
    let stack = Stack::over(Arc::clone(&disguised) as Arc<dyn Broker>)
        .layer(Arc::clone(&risk))
        .unwrap();
    let broker = stack.build();
    let registry = Registry::new();
    for account in ["A", "B"] {
        let account = AccountId::new(account).unwrap();
        registry
            .add(Arc::clone(&broker), &account, Permission::Trade)
            .unwrap();
    }
    let store = Store::in_memory().unwrap();
    let clock = Arc::new(ManualClock::at(
        DateTime::from_timestamp(1_800_000_000, 0).unwrap(),
    ));
    let service = BrokerService::over(registry)
        .with_store(store.clone())
        .with_risk(risk)
        .with_clock(Arc::clone(&clock) as _);
    Stage {
        paper,
        disguised,
        service: change(service),
        store,
        clock,
    }
}

/// Somebody behind a client, with answers at hand.
#[derive(Debug, Default)]
pub(crate) struct Person {
    answers: Mutex<VecDeque<Asked>>,
    pub(crate) seen: Mutex<Vec<Question>>,
}

impl Person {
    pub(crate) fn saying(answers: impl IntoIterator<Item = Asked>) -> Arc<Self> {
        Arc::new(Self {
            answers: Mutex::new(answers.into_iter().collect()),
            seen: Mutex::default(),
        })
    }

    pub(crate) fn questions(&self) -> usize {
        self.seen.lock().unwrap().len()
    }
}

#[async_trait]
impl Consent for Person {
    async fn ask(&self, question: &Question) -> Asked {
        self.seen.lock().unwrap().push(question.clone());
        let next = self.answers.lock().unwrap().pop_front();
        next.unwrap_or(Asked::Unable)
    }
}

/// Somebody who thinks until told to agree.
#[derive(Debug, Default)]
pub(crate) struct Thinker {
    asked: Notify,
    agrees: Notify,
}

#[async_trait]
impl Consent for Thinker {
    async fn ask(&self, _: &Question) -> Asked {
        self.asked.notify_one();
        self.agrees.notified().await;
        Asked::Agreed
    }
}

/// What somebody was let in by, as it is said to be now.
#[derive(Debug)]
pub(crate) struct Said(pub(crate) Mutex<Option<Arc<Principal>>>);

impl Proof for Said {
    fn now(&self, _: &Arc<Principal>) -> Option<Arc<Principal>> {
        self.0.lock().unwrap().clone()
    }
}

/// A key for one account, with every role that a model may have.
pub(crate) fn key(confirm: Confirm) -> Principal {
    let mut key = Principal::new("bot", [Role::Read, Role::Trade, Role::Admin]);
    key.accounts = crate::principal::Access::Only(["A".to_owned()].into());
    key.confirm = confirm;
    key
}

pub(crate) fn call(key: Principal) -> Call {
    Call::by(Arc::new(key), "test")
}

/// A caller that is not asked.
pub(crate) fn trusted() -> Call {
    call(key(Confirm::Never))
}

pub(crate) fn asking(person: &Arc<Person>) -> Call {
    let mut call = call(key(Confirm::Ask));
    call.consent = Arc::clone(person) as _;
    call
}

pub(crate) fn arguments(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        other => panic!("not an object: {other}"),
    }
}

impl Stage {
    pub(crate) async fn run(
        &self,
        call: &Call,
        operation: &str,
        value: Value,
    ) -> core::result::Result<Value, Fault> {
        self.service.call(call, operation, arguments(value)).await
    }

    pub(crate) async fn place(
        &self,
        call: &Call,
        value: Value,
    ) -> core::result::Result<Value, Fault> {
        self.run(call, "place_order", value).await
    }

    /// A call in the middle of which a person is asked, who agrees after something has happened.
    pub(crate) async fn while_asked(
        &self,
        mut call: Call,
        (operation, arguments): (&str, Value),
        meanwhile: impl Future<Output = ()>,
    ) -> core::result::Result<Value, Fault> {
        let person = Arc::new(Thinker::default());
        call.consent = Arc::clone(&person) as _;
        let run = self.run(&call, operation, arguments);
        let (done, ()) = tokio::join!(run, async {
            person.asked.notified().await;
            meanwhile.await;
            person.agrees.notify_one();
        });
        done
    }

    /// Orders that the exchange really has of an account.
    pub(crate) fn orders(&self, account: &str) -> usize {
        self.paper
            .truth(&AccountId::new(account).unwrap())
            .orders
            .len()
    }

    pub(crate) fn say(&self, environment: Environment) {
        *self.disguised.environment.lock().unwrap() = environment;
    }
}

/// Ten shares far below the market: it works and is not filled.
pub(crate) fn resting() -> Value {
    json!({ "order": {
        "instrument": "AAPL", "side": "BUY", "quantity": 10, "type": "LIMIT", "limit_price": "1.00"
    } })
}

/// The same with more arguments.
pub(crate) fn with(mut value: Value, more: Value) -> Value {
    let fields = value.as_object_mut().unwrap();
    fields.append(&mut arguments(more));
    value
}

/// The same order with other fields.
pub(crate) fn ordering(mut value: Value, more: Value) -> Value {
    let fields = value["order"].as_object_mut().unwrap();
    fields.append(&mut arguments(more));
    value
}
