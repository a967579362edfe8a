//! What is done with one account, hour by hour, and what came of it.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex},
};

use broker_core::{
    Acknowledgement, Broker, BrokerExt as _, Decimal, ErrorKind, Result, SessionState, dec,
    model::{ClientOrderId, Instrument, OrderFilter, Price, TimeInForce},
};
use broker_runtime::{
    layer::{BreakerState, CircuitBreaker},
    registry::{Registry, SeatKey},
};

use crate::wire::{Books, Exchanges, Side};

/// The hour of Monday, UTC, at which the week begins.
const FIRST_HOUR: u32 = 12;

/// What came of a call.
#[derive(Debug)]
pub(crate) struct Said {
    what: &'static str,
    outcome: Outcome,
    /// States of the session, or the breaker, that explain a failure.
    why: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    Good,
    Unconfirmed,
    Failed(ErrorKind),
}

/// What became of an order when it was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sent {
    Accepted,
    Unconfirmed,
    Refused,
}

#[derive(Debug, Default)]
struct Desk {
    sent: BTreeMap<ClientOrderId, Sent>,
    resting: Option<ClientOrderId>,
    /// Whether the last trade was to buy.
    long: bool,
    price: Option<Decimal>,
}

pub(crate) struct Trader {
    pub(crate) key: SeatKey,
    registry: Registry,
    side: Side,
    exchanges: Arc<Exchanges>,
    share: Instrument,
    desk: Mutex<Desk>,
}

/// The calls of a turn, with what explains their failures.
struct Notes<'a> {
    broker: Arc<dyn Broker>,
    registry: &'a Registry,
    breaker: Option<&'a CircuitBreaker>,
    said: Vec<Said>,
}

impl Notes<'_> {
    fn is_open(&self) -> Option<String> {
        let state = self.breaker?.status().state;
        (state != BreakerState::Closed).then(|| format!("the breaker is {state:?}"))
    }

    /// What is not known of one account holds up the orders of all: the total is over all of them.
    fn others(&self) -> Vec<String> {
        let seats = self.registry.seats();
        let states = seats.iter().map(|seat| {
            let state = seat.broker.session().borrow().clone();
            (state != SessionState::Ready).then(|| format!("{} is {state:?}", seat.key))
        });
        states.flatten().collect()
    }

    async fn ask<T>(
        &mut self,
        what: &'static str,
        call: impl Future<Output = Result<T>>,
        unconfirmed: impl Fn(&T) -> bool,
    ) -> Result<T> {
        let mut session = self.broker.session();
        let mut why: Vec<String> = self.is_open().into_iter().collect();
        let others = self.others();
        let before = session.borrow_and_update().clone();
        let answer = call.await;
        let changed = session.has_changed().unwrap_or(true);
        let after = session.borrow().clone();
        for state in [&before, &after] {
            if *state != SessionState::Ready {
                why.push(format!("{state:?}"));
            }
        }
        if changed {
            why.push("it changed meanwhile".to_owned());
        }
        why.extend(self.is_open());
        if matches!(&answer, Err(error) if error.kind() == ErrorKind::RiskRefused) {
            why.extend(others);
            why.extend(self.others());
        }
        let outcome = match &answer {
            Ok(answer) if unconfirmed(answer) => Outcome::Unconfirmed,
            Ok(_) => Outcome::Good,
            Err(error) => Outcome::Failed(error.kind()),
        };
        if let (Err(error), true) = (&answer, why.is_empty()) {
            println!("{what} at {}: {error}", self.broker.id());
        }
        self.said.push(Said { what, outcome, why });
        answer
    }
}

/// Whether New York trades in an hour of the week, the first and the last half hour left out.
fn is_open(hour: u32) -> bool {
    let hour = hour + FIRST_HOUR;
    (15..20).contains(&(hour % 24)) && hour / 24 % 7 < 5
}

fn unconfirmed(acknowledgement: &Acknowledgement) -> bool {
    !acknowledgement.is_accepted()
}

impl Trader {
    pub(crate) fn new(
        registry: Registry,
        key: SeatKey,
        side: Side,
        exchanges: Arc<Exchanges>,
        share: Instrument,
    ) -> Self {
        Self {
            key,
            registry,
            side,
            exchanges,
            share,
            desk: Mutex::default(),
        }
    }

    fn broker(&self) -> Arc<dyn Broker> {
        self.registry.get(&self.key).unwrap().broker.clone()
    }

    /// The market's middle while it is open.
    fn market(&self) -> Option<Decimal> {
        self.exchanges.price(self.side).map(Price::get)
    }

    pub(crate) fn books(&self) -> Books {
        self.exchanges.books(self.side, self.key.account.as_str())
    }

    /// An account's turn: questions, an order that rests or its cancel, and a trade while the market is
    /// open.
    pub(crate) async fn turn(&self, hour: u32, breaker: Option<&CircuitBreaker>) -> Vec<Said> {
        let (broker, account) = (self.broker(), &self.key.account);
        let mut notes = Notes {
            broker: Arc::clone(&broker),
            registry: &self.registry,
            breaker,
            said: Vec::new(),
        };
        let trading = broker.trading().unwrap();
        let portfolio = broker.portfolio().unwrap();
        let open = OrderFilter::open();
        let _ = notes
            .ask("summary", portfolio.summary(account), |_| false)
            .await;
        let _ = notes
            .ask("positions", portfolio.positions(account), |_| false)
            .await;
        let reports = trading.order_reports(account, &open);
        let _ = notes.ask("order_reports", reports, |_| false).await;
        if let Some(price) = self.market() {
            self.desk.lock().unwrap().price = Some(price);
        }
        // A cancel that was lost is sent again.
        let resting = self.desk.lock().unwrap().resting.take();
        match resting.filter(|id| self.may_work(id)) {
            Some(id) => {
                let cancel = broker.cancel(account, &id);
                let _ = notes.ask("cancel", cancel, unconfirmed).await;
                self.desk.lock().unwrap().resting = Some(id);
            }
            None => {
                let below = self.limit(dec!(0.9));
                let id = self.send(&mut notes, true, below, TimeInForce::Gtc).await;
                self.desk.lock().unwrap().resting = id;
            }
        }
        if is_open(hour) {
            let buys = !self.desk.lock().unwrap().long;
            let limit = self.limit(if buys { dec!(1.02) } else { dec!(0.98) });
            let sent = self.send(&mut notes, buys, limit, TimeInForce::Day).await;
            if sent.is_some() {
                self.desk.lock().unwrap().long = buys;
            }
        }
        notes.said
    }

    fn limit(&self, factor: Decimal) -> Price {
        let price = self.desk.lock().unwrap().price.unwrap_or(dec!(60));
        Price::new((price * factor).round_dp(2)).unwrap()
    }

    /// The identifier, unless it is proven that nothing was sent.
    async fn send(
        &self,
        notes: &mut Notes<'_>,
        buys: bool,
        limit: Price,
        time_in_force: TimeInForce,
    ) -> Option<ClientOrderId> {
        let broker = Arc::clone(&notes.broker);
        let share = self.share.to_string();
        let order = if buys {
            broker.buy(share, 1)
        } else {
            broker.sell(share, 1)
        };
        let id = ClientOrderId::generate();
        let sent = order
            .account(self.key.account.clone())
            .limit(limit)
            .time_in_force(time_in_force)
            .client_order_id(id.clone())
            .submit();
        let sent = notes
            .ask("submit", sent, |(_, answer)| unconfirmed(answer))
            .await;
        let became = match &sent {
            Ok((_, answer)) if answer.is_accepted() => Sent::Accepted,
            Ok(_) => Sent::Unconfirmed,
            Err(_) => Sent::Refused,
        };
        self.desk.lock().unwrap().sent.insert(id.clone(), became);
        (became != Sent::Refused).then_some(id)
    }

    /// Takes back what works, and asks something, so that an open breaker has its probe.
    pub(crate) async fn end(&self) {
        self.desk.lock().unwrap().resting = None;
        let broker = self.broker();
        let portfolio = broker.portfolio().unwrap();
        let _ = portfolio.summary(&self.key.account).await;
        if !self.is_settled() {
            let _ = broker.cancel_all(&self.key.account).await;
        }
    }

    fn may_work(&self, id: &ClientOrderId) -> bool {
        let ledger = self.broker().desk().ledger(&self.key.account).unwrap();
        let order = ledger.order(id);
        order.is_some_and(|order| order.status.is_open()) || ledger.unconfirmed().contains(id)
    }

    /// Whether nothing works and nothing is unknown.
    pub(crate) fn is_settled(&self) -> bool {
        let ledger = self.broker().desk().ledger(&self.key.account).unwrap();
        let works = ledger.orders().iter().any(|order| order.status.is_open());
        !works && ledger.unconfirmed().is_empty()
    }

    /// What the program knows is what the exchange knows.
    pub(crate) fn holds_the_truth(&self) {
        let (key, desk, books) = (&self.key, self.desk.lock().unwrap(), self.books());
        for (id, became) in &desk.sent {
            let there = books.orders_of(id).count();
            let fits = match became {
                Sent::Accepted => there == 1,
                Sent::Unconfirmed => there <= 1,
                Sent::Refused => there == 0,
            };
            assert!(
                fits,
                "{key}: {id} was {became:?} and is there {there} times"
            );
        }
        assert!(books.orders.iter().all(|order| !order.open), "{key}");
        let ledger = self.broker().desk().ledger(&key.account).unwrap();
        for order in ledger.orders() {
            let id = order.client_order_id();
            let really = books.orders_of(id).next();
            let really = really.unwrap_or_else(|| panic!("{key}: {id}"));
            assert_eq!(
                order.cumulative_quantity,
                really.filled.get(),
                "{key}: {id}"
            );
        }
        let snapshot = ledger.snapshot();
        let held = snapshot.positions.value().into_iter().flatten();
        let held: Vec<_> = held
            .filter(|position| !position.quantity.is_flat())
            .map(|position| position.quantity)
            .collect();
        assert_eq!(held, books.positions, "{key}");
        assert!(
            books.fills > 0,
            "{key}: a week without a trade proves nothing"
        );
    }
}

/// All that was said.
#[derive(Debug, Default)]
pub(crate) struct Sum {
    counts: BTreeMap<(&'static str, Outcome), u32>,
    unexplained: Vec<Said>,
}

impl Sum {
    pub(crate) fn take(&mut self, said: Vec<Said>) {
        for one in said {
            *self.counts.entry((one.what, one.outcome)).or_default() += 1;
            if one.outcome != Outcome::Good && one.why.is_empty() {
                self.unexplained.push(one);
            }
        }
    }

    pub(crate) fn is_explained(&self) {
        assert!(self.unexplained.is_empty(), "{:#?}", self.unexplained);
        let failed = self.counts.keys().any(|(_, how)| *how != Outcome::Good);
        assert!(failed, "a week in which nothing goes wrong proves nothing");
    }
}

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = self.counts.iter().map(|((what, how), count)| match how {
            Outcome::Good => format!("{count} {what}"),
            Outcome::Unconfirmed => format!("{count} {what} unconfirmed"),
            Outcome::Failed(kind) => format!("{count} {what} {}", kind.as_str()),
        });
        f.write_str(&all.collect::<Vec<_>>().join(", "))
    }
}
