//! A simulated Tiger as the conformance suite wants it.

use core::time::Duration;
use std::sync::{Arc, Mutex, PoisonError};

use broker_core::{
    Broker, Clock, Error, ErrorKind, Result, SessionState, async_trait, dec,
    model::{
        AccountId, AccountKind, ClientOrderId, Currency, Environment, Instrument, ListRole, Mic,
        Money, OccSymbol, Price, Quantity, Right,
    },
};
use broker_sim::{
    conformance::{Harness, Injection, Market, Rig, Truth, World},
    fault::Fault,
    paper::{PaperBroker, PaperWorld},
    tiger::TigerServer,
};
use broker_tiger::{MemoryOrderJournal, TigerBroker};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::support::config;

/// Standard accounts: the number of a paper account looks like a vendor's "no value".
const ACCOUNTS: [&str; 2] = ["12345678", "12345679"];

/// Starts an adapter against a fresh simulated Tiger.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TigerHarness {
    /// Whether the developer can be shut out for asking too often. Tiger forgives in the world's time
    /// and the adapter's budget in the machine's, so a hurried world would wait for a minute.
    pub(crate) bans: bool,
}

struct TigerRig {
    server: TigerServer,
    broker: Mutex<Arc<TigerBroker>>,
    clock: Arc<dyn Clock>,
    folder: tempfile::TempDir,
    /// What a file would be: it outlives the adapter.
    journal: MemoryOrderJournal,
    bans: bool,
    view: World,
}

async fn connect(
    folder: &std::path::Path,
    clock: &Arc<dyn Clock>,
    journal: &MemoryOrderJournal,
) -> Result<Arc<TigerBroker>> {
    let broker = TigerBroker::builder(config(folder, clock))
        .environment(Environment::Live)
        .journal(Arc::new(journal.clone()))
        .connect()
        .await?;
    broker.ensure_ready(Duration::from_secs(20)).await?;
    Ok(broker)
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
        listed(&|i| matches!(i, Instrument::Crypto(_))),
        listed(&|i| matches!(i, Instrument::FutureOption(_))),
        listed(&|i| matches!(i, Instrument::Fund(part) if part.currency == Currency::USD)),
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
impl Harness for TigerHarness {
    async fn start(&self) -> Result<Box<dyn Rig>> {
        let cash = || vec![Money::new(dec!(10_000_000), Currency::USD)];
        let mut builder = PaperBroker::builder()
            .start_at("2022-01-05T17:00:00Z".parse::<DateTime<Utc>>().unwrap())
            .points_per_day(4)
            .wide()
            .nights();
        for account in ACCOUNTS {
            let margin = AccountKind::Margin;
            builder = builder.account_of_kind(account, margin, Currency::USD, cash());
        }
        let world = builder.build_world()?;
        let accounts = world.account_ids();
        let held = option(NaiveDate::from_ymd_opt(2022, 3, 18).unwrap(), dec!(150));
        world
            .with_exchange(|exchange| {
                let two = Quantity::new(dec!(2)).unwrap();
                exchange.endow(&accounts[0], &held, two, Price::new(dec!(25)).unwrap())
            })
            .unwrap();
        let view = view(&world, &accounts, &held);
        let io = |error: std::io::Error| Error::new(ErrorKind::Io, error.to_string());
        let server = TigerServer::builder()
            .world(Arc::clone(&world))
            .bind("127.0.0.1:0", "127.0.0.1:0")
            .await
            .map_err(io)?;
        // The checks ask far more often than a trading program does.
        server.set_habits(|habits| {
            habits.rate_factor = 1_000;
            habits.patience = 1_000_000;
        });
        let folder = tempfile::tempdir().map_err(io)?;
        server.write_folder(folder.path()).map_err(io)?;
        // The adapter lives in the world's time.
        let clock: Arc<dyn Clock> = world.shared_clock();
        let journal = MemoryOrderJournal::default();
        let broker = Mutex::new(connect(folder.path(), &clock, &journal).await?);
        Ok(Box::new(TigerRig {
            server,
            broker,
            clock,
            folder,
            journal,
            bans: self.bans,
            view,
        }))
    }
}

impl TigerRig {
    fn tiger(&self) -> Arc<TigerBroker> {
        Arc::clone(&self.broker.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn state(&self) -> SessionState {
        self.tiger().session().borrow().clone()
    }

    /// Gives the adapter's own clock the time to do what is due.
    async fn until(&self, most: Duration, seen: impl Fn(&SessionState) -> bool) {
        let broker = self.tiger();
        let mut session = broker.session();
        let _late = tokio::time::timeout(most, session.wait_for(|state| seen(state))).await;
    }

    /// Tiger knows an attached order by its entry only; the ledger knows whose exit it is.
    fn exits(&self, account: &AccountId) -> Vec<(ClientOrderId, ClientOrderId)> {
        let broker = self.tiger();
        let Ok(ledger) = broker.desk().ledger(account) else {
            return Vec::new();
        };
        let orders = ledger.orders();
        let entry_of = |list: &broker_core::model::ListId| {
            let entry = orders.iter().find(|order| {
                let link = order.list.as_ref();
                link.is_some_and(|link| link.list == *list && link.role == ListRole::Entry)
            });
            entry.map(|order| order.client_order_id().clone())
        };
        let exits = orders.iter().filter_map(|order| {
            let link = order.list.as_ref()?;
            let part = match link.role {
                ListRole::TakeProfit => "profit",
                ListRole::StopLoss => "loss",
                _ => return None,
            };
            let derived = entry_of(&link.list)?.derive(part).ok()?;
            Some((derived, order.client_order_id().clone()))
        });
        exits.collect()
    }
}

#[async_trait]
impl Rig for TigerRig {
    fn broker(&self) -> Arc<dyn Broker> {
        self.tiger()
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
        let mut truth = self.server.truth(account);
        for (derived, own) in self.exits(account) {
            for order in &mut truth.orders {
                if order.terms.client_order_id == derived {
                    Arc::make_mut(&mut order.terms).client_order_id = own.clone();
                }
            }
            for fill in &mut truth.fills {
                if fill.client_order_id == derived {
                    fill.client_order_id = own.clone();
                }
            }
        }
        truth
    }

    async fn inject(&self, fault: Fault) -> Injection {
        if matches!(fault, Fault::Warn { .. }) {
            return Injection::NotPossible("Tiger's warnings are words without a code".into());
        }
        if matches!(fault, Fault::RateLimitBan { .. }) && !self.bans {
            return Injection::NotPossible(
                "the ban and the budget live on different clocks".into(),
            );
        }
        if let Err(why) = self.server.inject(&fault) {
            return Injection::NotPossible(why.into());
        }
        if matches!(
            fault,
            Fault::Disconnect { .. }
                | Fault::NightlyReset { .. }
                | Fault::Garbage
                | Fault::CompetingSession
        ) {
            self.until(Duration::from_secs(3), |state| {
                *state != SessionState::Ready
            })
            .await;
        }
        Injection::Done
    }

    async fn advance(&self, span: TimeDelta) {
        self.server.world().advance(span);
        match self.state() {
            SessionState::Ready => {}
            // A person decides which of two programs is to have the pushes.
            SessionState::Displaced { .. } => self.tiger().take_over(),
            _ => {
                self.until(Duration::from_millis(100), |state| {
                    *state == SessionState::Ready
                })
                .await;
            }
        }
    }

    async fn settle(&self) {
        for _ in 0..2 {
            if !self.state().accepts_commands() {
                return;
            }
            while !self.server.is_quiet() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            if self.tiger().reconcile().await.is_err() {
                // The adapter is about to notice.
                let gone = |state: &SessionState| !state.accepts_commands();
                return self.until(Duration::from_millis(50), gone).await;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    async fn restart(&self) -> Result<Arc<dyn Broker>> {
        self.tiger().close().await?;
        let mut tries = 0;
        let new = loop {
            match connect(self.folder.path(), &self.clock, &self.journal).await {
                // Tiger may be down at this moment; whoever starts a program then starts it again.
                Err(error) if error.is_connection() && tries < 18 => {
                    tries += 1;
                    self.server.world().advance(TimeDelta::seconds(10));
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
