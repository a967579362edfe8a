//! A simulated TWS with an adapter connected to it.

use core::time::Duration;
use std::sync::{Arc, Mutex, PoisonError};

use broker_core::{
    Broker, Clock, Error, ErrorKind, Result, SessionState, async_trait, dec,
    model::{
        AccountId, AccountKind, Currency, Environment, Instrument, Mic, Money, OccSymbol, Price,
        Quantity, Right,
    },
};
use broker_ibkr::{Deadlines, IbkrBroker, Pacing};
use broker_sim::{
    conformance::{Harness, Injection, Market, Rig, Truth, World},
    fault::Fault,
    paper::{PaperBroker, PaperWorld},
    tws::{Habits, TwsServer},
};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

/// Starts an adapter against a fresh simulated TWS.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TwsHarness {
    /// What this TWS does beside the plain protocol.
    pub(crate) habits: fn(&mut Habits),
    /// What goes wrong with reports from the start.
    pub(crate) faults: &'static [Fault],
    /// When the world begins.
    pub(crate) start_at: &'static str,
    /// How long the adapter waits for a word.
    pub(crate) patience: Patience,
    /// How many messages a second the adapter sends at most.
    pub(crate) pacing: Pacing,
}

/// How long the adapter waits for a word of TWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Patience {
    /// Long enough for a busy machine: silence is silence.
    Usual,
    /// Short for commands, of which faults swallow many, and long for everything else, which many
    /// worlds at a time make slow.
    Little,
}

impl TwsHarness {
    /// A quiet TWS.
    pub(crate) const QUIET: Self = Self {
        habits: |_| {},
        faults: &[],
        // Noon in New York on a trading day.
        start_at: "2022-01-05T17:00:00Z",
        patience: Patience::Usual,
        // The checks ask far more often than a trading program does.
        pacing: Pacing {
            budget: 100_000,
            limit: 100_000,
        },
    };
}

struct TwsRig {
    server: TwsServer,
    broker: Mutex<Arc<IbkrBroker>>,
    clock: Arc<dyn Clock>,
    harness: TwsHarness,
    view: World,
}

/// Quick, because the simulator is next door; long enough for a busy machine.
fn deadlines(patience: Patience) -> Deadlines {
    let mut deadlines = Deadlines::default();
    // No check is about it, and many worlds begin at a time.
    deadlines.connect = Duration::from_secs(15);
    deadlines.request = Duration::from_secs(2);
    deadlines.command = Duration::from_millis(1_500);
    deadlines.heartbeat_every = Duration::from_millis(500);
    deadlines.heartbeat = Duration::from_secs(2);
    deadlines.reconnect_after = Duration::from_millis(5);
    deadlines.reconnect_at_most = Duration::from_millis(20);
    deadlines.client_id_in_use = Duration::from_secs(2);
    deadlines.close = Duration::from_secs(1);
    if patience == Patience::Little {
        deadlines.command = Duration::from_millis(400);
        // Only a ban keeps silent about questions; otherwise a busy machine makes them late.
        deadlines.request = Duration::from_secs(4);
        deadlines.heartbeat = Duration::from_secs(15);
    }
    deadlines
}

async fn connect(
    server: &TwsServer,
    clock: Arc<dyn Clock>,
    harness: &TwsHarness,
) -> Result<Arc<IbkrBroker>> {
    IbkrBroker::builder()
        .address(server.address().to_string())
        .client_id(7)
        .environment(Environment::Paper)
        .clock(clock)
        .deadlines(deadlines(harness.patience))
        .pacing(harness.pacing)
        .connect()
        .await
}

fn option(expiry: NaiveDate, strike: broker_core::Decimal) -> Instrument {
    Instrument::option(OccSymbol::new("AAPL", expiry, Right::Call, strike).unwrap())
}

fn view(world: &PaperWorld, accounts: &[AccountId], held: &Instrument) -> World {
    let listed = |wanted: &dyn Fn(&Instrument) -> bool| {
        world.with_exchange(|exchange| exchange.instruments().find(|i| wanted(i)).cloned())
    };
    let equity = |symbol, mic, currency| Instrument::equity(symbol, mic, currency).unwrap();
    let apple = equity("AAPL", Mic::XNAS, Currency::USD);
    let mut view = World::new(accounts[0].clone(), equity("KO", Mic::XNYS, Currency::USD));
    view.accounts = accounts.to_vec();
    view.others = [
        listed(&|i| matches!(i, Instrument::Future(_))),
        listed(&|i| matches!(i, Instrument::Forex(_))),
        listed(&|i| matches!(i, Instrument::Crypto(_))),
        Some(held.clone()),
    ]
    .into_iter()
    .flatten()
    .collect();
    view.unknown_symbol = "NOSUCH".into();
    view.ambiguous_symbol = Some("ES".into());
    let expired = NaiveDate::from_ymd_opt(2021, 12, 17).unwrap();
    view.expired = Some(option(expired, dec!(150)));
    view.closed_market = Some(equity("00700", Mic::XHKG, Currency::HKD));
    view.underlying = Some(apple.clone());
    view.held_option = Some(held.clone());
    view.researched = Some(apple);
    view
}

#[async_trait]
impl Harness for TwsHarness {
    async fn start(&self) -> Result<Box<dyn Rig>> {
        let cash = || vec![Money::new(dec!(10_000_000), Currency::USD)];
        let margin = AccountKind::Margin;
        let world = PaperBroker::builder()
            .start_at(self.start_at.parse::<DateTime<Utc>>().unwrap())
            .points_per_day(4)
            .account_of_kind("DU1", margin.clone(), Currency::USD, cash())
            .account_of_kind("DU2", margin, Currency::USD, cash())
            .build_world()?;
        let accounts = world.account_ids();
        let held = option(NaiveDate::from_ymd_opt(2022, 3, 18).unwrap(), dec!(150));
        world
            .with_exchange(|exchange| {
                let two = Quantity::new(dec!(2)).unwrap();
                exchange.endow(&accounts[0], &held, two, Price::new(dec!(25)).unwrap())
            })
            .unwrap();
        let view = view(&world, &accounts, &held);
        let server = TwsServer::builder()
            .world(Arc::clone(&world))
            .bind("127.0.0.1:0")
            .await;
        let server = server.map_err(|error| Error::new(ErrorKind::Io, error.to_string()))?;
        server.set_habits(|habits| {
            habits.messages_per_second = None;
            habits.history_limits = false;
            habits.orders_per_contract = 1_000;
            habits.conflate_market_data = false;
            (self.habits)(habits);
        });
        // The adapter lives in the world's time.
        let clock = world.shared_clock();
        for fault in self.faults {
            server.inject(fault).unwrap();
        }
        let broker = Mutex::new(connect(&server, Arc::clone(&clock), self).await?);
        Ok(Box::new(TwsRig {
            server,
            broker,
            clock,
            harness: *self,
            view,
        }))
    }
}

impl TwsRig {
    fn ibkr(&self) -> Arc<IbkrBroker> {
        Arc::clone(&self.broker.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn state(&self) -> SessionState {
        self.ibkr().session().borrow().clone()
    }

    /// Gives the adapter's own clock the time to do what is due.
    async fn until(&self, most: Duration, seen: impl Fn(&SessionState) -> bool) {
        let broker = self.ibkr();
        let mut session = broker.session();
        let _late = tokio::time::timeout(most, session.wait_for(|state| seen(state))).await;
    }
}

#[async_trait]
impl Rig for TwsRig {
    fn broker(&self) -> Arc<dyn Broker> {
        self.ibkr()
    }

    fn world(&self) -> World {
        self.view.clone()
    }

    async fn market(&self, instrument: &Instrument) -> Option<Market> {
        let quote = self
            .server
            .world()
            .with_exchange(|exchange| exchange.quote(instrument))
            .ok()?;
        Some(Market {
            bid: quote.bid?,
            bid_size: quote.bid_size?,
            ask: quote.ask?,
            ask_size: quote.ask_size?,
        })
    }

    async fn truth(&self, account: &AccountId) -> Truth {
        self.server.truth(account)
    }

    async fn inject(&self, fault: Fault) -> Injection {
        if let Err(why) = self.server.inject(&fault) {
            return Injection::NotPossible(why.into());
        }
        if matches!(
            fault,
            Fault::Disconnect { .. } | Fault::NightlyReset { .. } | Fault::Garbage
        ) {
            self.until(Duration::from_secs(3), |state| !state.accepts_commands())
                .await;
        }
        Injection::Done
    }

    async fn advance(&self, span: TimeDelta) {
        self.server.world().advance(span);
        if self.state() != SessionState::Ready {
            self.until(Duration::from_millis(50), |state| {
                *state == SessionState::Ready
            })
            .await;
        }
    }

    async fn settle(&self) {
        for _ in 0..3 {
            if !self.state().accepts_commands() {
                return;
            }
            let quiet = async {
                while !self.server.is_quiet() {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            };
            let in_time = tokio::time::timeout(Duration::from_secs(20), quiet).await;
            assert!(in_time.is_ok(), "TWS cannot get rid of its words");
            // What was said before the answer has reached the adapter's streams with it.
            if self.ibkr().server_time().await.is_err() {
                // The adapter is about to notice.
                let gone = |state: &SessionState| !state.accepts_commands();
                return self.until(Duration::from_millis(50), gone).await;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    async fn restart(&self) -> Result<Arc<dyn Broker>> {
        self.ibkr().close().await?;
        let mut tries = 0;
        let new = loop {
            match connect(&self.server, Arc::clone(&self.clock), &self.harness).await {
                // TWS may be down at this moment; whoever starts a program then starts it again.
                Err(error) if error.kind() == ErrorKind::Disconnected && tries < 180 => {
                    tries += 1;
                    self.server.world().advance(TimeDelta::seconds(1));
                }
                answer => break answer?,
            }
        };
        *self.broker.lock().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&new);
        Ok(new)
    }

    async fn move_market(&self, instrument: &Instrument, to: Price) -> Injection {
        let moved = self
            .server
            .world()
            .with_exchange(|exchange| exchange.pin_price(instrument, to));
        match moved {
            Ok(()) => Injection::Done,
            Err(refusal) => Injection::NotPossible(refusal.text),
        }
    }

    fn upstream_lines(&self) -> Option<usize> {
        Some(self.server.open_lines())
    }
}
