use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
};

use broker_core::{
    Broker, Clock as _, Desk, ManualClock, Result, SessionState, async_trait, dec,
    model::{AccountId, BrokerId, Currency, Instrument, Mic, Price},
};
use chrono::{TimeDelta, TimeZone as _, Utc};
use tokio::sync::{Notify, watch};

use super::{
    Bug,
    broker::{SECRET, Toy},
    server::{DEPTH, Server},
};
use crate::{
    conformance::{Harness, Injection, Market, Rig, Truth, World},
    fault::Fault,
};

/// Starts the testbed's broker with one promise broken, or none.
pub(in crate::conformance) struct Testbed(pub(in crate::conformance) Bug);

struct Bench {
    toy: Mutex<Arc<Toy>>,
    server: Arc<Mutex<Server>>,
    clock: ManualClock,
    time_passed: Arc<Notify>,
    equity: Instrument,
}

const ACCOUNTS: [&str; 2] = ["A1", "A2"];

impl Bench {
    fn toy(&self) -> Arc<Toy> {
        Arc::clone(&self.toy.lock().unwrap())
    }
    fn server(&self) -> MutexGuard<'_, Server> {
        self.server.lock().unwrap()
    }
}

/// A new process over a server.
async fn process(
    server: &Arc<Mutex<Server>>,
    passed: &Arc<Notify>,
    equity: &Instrument,
) -> Arc<Toy> {
    let clock = server.lock().unwrap().clock.clone();
    let desk = Desk::new(Arc::new(clock));
    let mut ledgers = BTreeMap::new();
    for name in ACCOUNTS {
        let account = AccountId::new(name).unwrap();
        ledgers.insert(account.clone(), desk.open_account(&account));
    }
    server.lock().unwrap().ledgers = ledgers;
    let toy = Arc::new(Toy {
        id: BrokerId::new("toy").unwrap(),
        desk,
        session: watch::Sender::new(SessionState::Connecting),
        server: Arc::clone(server),
        time_passed: Arc::clone(passed),
        equity: equity.clone(),
        sinks: Mutex::default(),
        secret: SECRET,
    });
    toy.connect().await;
    toy
}

#[async_trait]
impl Harness for Testbed {
    async fn start(&self) -> Result<Box<dyn Rig>> {
        let now = Utc.with_ymd_and_hms(2026, 2, 3, 16, 0, 0).unwrap();
        let clock = ManualClock::at(now);
        let server = Arc::new(Mutex::new(Server {
            bug: self.0,
            clock: clock.clone(),
            orders: Vec::new(),
            fills: Vec::new(),
            ask: dec!(100),
            commands: 0,
            lines: 0,
            armed: Vec::new(),
            held: Vec::new(),
            down_until: None,
            banned_until: None,
            displaced: false,
            ledgers: BTreeMap::new(),
            day_ends: now + TimeDelta::hours(5),
        }));
        let equity = Instrument::equity("ACME", Mic::XNAS, Currency::USD)?;
        let time_passed = Arc::new(Notify::new());
        let toy = process(&server, &time_passed, &equity).await;
        Ok(Box::new(Bench {
            toy: Mutex::new(toy),
            server,
            clock,
            time_passed,
            equity,
        }))
    }
}

#[async_trait]
impl Rig for Bench {
    fn broker(&self) -> Arc<dyn Broker> {
        self.toy()
    }
    fn world(&self) -> World {
        let mut world = World::new(AccountId::new("A1").unwrap(), self.equity.clone());
        world.accounts.push(AccountId::new("A2").unwrap());
        world
    }
    async fn market(&self, instrument: &Instrument) -> Option<Market> {
        let ask = self.server().ask;
        (*instrument == self.equity).then(|| Market {
            bid: Price::new(ask - dec!(0.02)).unwrap(),
            bid_size: DEPTH,
            ask: Price::new(ask).unwrap(),
            ask_size: DEPTH,
        })
    }
    async fn truth(&self, account: &AccountId) -> Truth {
        self.server().truth(account)
    }
    async fn inject(&self, fault: Fault) -> Injection {
        let now = self.clock.now();
        let end = now + fault.lasts();
        match fault {
            Fault::HttpStatus { .. }
            | Fault::TokenExpired
            | Fault::Garbage
            | Fault::Halt { .. } => {
                return Injection::NotPossible("the testbed has nothing of the kind".into());
            }
            Fault::Disconnect { .. } => {
                self.server().down_until = Some(end);
                self.toy().lose(&SessionState::Connecting);
            }
            Fault::NightlyReset { .. } => {
                self.server().down_until = Some(end);
                self.toy()
                    .lose(&SessionState::Maintenance { until: Some(end) });
            }
            Fault::CompetingSession => {
                self.server().displaced = true;
                self.toy().lose(&SessionState::Displaced {
                    by: "another".into(),
                });
            }
            Fault::RateLimitBan { .. } => self.server().banned_until = Some(end),
            Fault::BustLastFill => self.server().bust(),
            Fault::CorrectLastFill => self.server().correct(),
            fault => self.server().armed.push(fault),
        }
        Injection::Done
    }
    async fn advance(&self, span: TimeDelta) {
        self.clock.advance(span);
        let now = self.clock.now();
        let back = {
            let mut server = self.server();
            server.tick();
            server.banned_until = server.banned_until.filter(|until| *until > now);
            if server.displaced && server.bug == Bug::Fights {
                server.displaced = false;
                server.down_until = Some(now);
            }
            let due = server.down_until.is_some_and(|until| until <= now);
            let back = due && !server.displaced && server.bug != Bug::StaysAway;
            if back {
                server.down_until = None;
            }
            back
        };
        let toy = self.toy();
        if back && *toy.session.borrow() != SessionState::Closed {
            toy.connect().await;
        }
        self.time_passed.notify_waiters();
        if !self.server().is_down() {
            let quote = toy.quote();
            let sinks = toy.sinks.lock().unwrap();
            sinks.iter().for_each(|sink| sink.quote(quote.clone()));
        }
        tokio::task::yield_now().await;
    }
    async fn settle(&self) {
        self.server().deliver();
    }
    async fn restart(&self) -> Result<Arc<dyn Broker>> {
        let toy = process(&self.server, &self.time_passed, &self.equity).await;
        *self.toy.lock().unwrap() = Arc::clone(&toy);
        Ok(toy)
    }
    async fn move_market(&self, _: &Instrument, to: Price) -> Injection {
        self.server().move_to(to.get());
        Injection::Done
    }
    fn upstream_lines(&self) -> Option<usize> {
        Some(self.server().lines)
    }
    fn secrets(&self) -> Vec<String> {
        vec![SECRET.into()]
    }
}
