//! A harness that puts the standard stack around every broker of another one, and what is kept of a
//! world over the processes in it.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use broker_core::{
    Broker, BrokerExt as _, Result, async_trait, dec,
    event::{EventReader, SequenceCheck},
    feed::{FeedItem, FeedStream},
    model::{AccountId, Instrument, Price, Subscription},
};
use broker_runtime::{
    journal::SqliteStore,
    layer::{Audit, Budget, CircuitBreaker, RateLimit, RetryReads, Stack, Standing, Timeout},
    risk::{Limits, PriceCollar, RiskLimits, WhenUnknown},
};
use broker_sim::{
    conformance::{Harness, Injection, Market, Rig, Truth, World},
    fault::Fault,
};
use chrono::TimeDelta;
use futures_util::FutureExt as _;
use tempfile::TempDir;

use crate::{
    meter::{AtTheDoor, Meter},
    mutants::{Broken, Bug},
};

/// Calls in a [`PERIOD`]: few enough that a seed has to wait for permits.
const PERMITS: u32 = 24;
const PERIOD: Duration = Duration::from_millis(600);

/// One world with everything that outlives a process in it.
pub(crate) struct Inside {
    pub(crate) below: Box<dyn Rig>,
    pub(crate) folder: TempDir,
    pub(crate) kept: Kept,
    pub(crate) life: Mutex<Life>,
    /// Rules of the order of events that were broken.
    pub(crate) out_of_order: Mutex<Vec<String>>,
}

/// What all processes of a world share.
pub(crate) struct Kept {
    pub(crate) store: Arc<SqliteStore>,
    pub(crate) audit: Arc<Audit>,
    pub(crate) budget: Arc<Budget>,
    pub(crate) meter: Arc<Meter>,
    /// What is broken on purpose.
    pub(crate) bug: Option<Bug>,
}

/// One process.
pub(crate) struct Life {
    pub(crate) standing: Standing,
    pub(crate) reader: EventReader,
    pub(crate) check: SequenceCheck,
    pub(crate) line: Option<FeedStream>,
}

/// Limits that every rule has to be worked out for, and that nothing in a drill comes near.
fn wide() -> RiskLimits {
    let mut limits = Limits::new();
    let most = Some(dec!(900_000_000_000));
    limits.max_order_quantity = most;
    limits.max_order_notional = most;
    limits.max_position_quantity = most;
    limits.max_position_notional = most;
    limits.max_gross_exposure = most;
    limits.max_net_exposure = most;
    limits.max_daily_loss = most;
    limits.max_open_orders = Some(100_000);
    limits.max_orders_per_second = Some(100_000);
    limits.price_collar = Some(PriceCollar {
        percent: dec!(1_000_000),
        both_sides: true,
    });
    // A drill trades while events are missing.
    limits.when_unknown = WhenUnknown::Allow;
    let mut all = RiskLimits::each(limits.clone());
    all.total = limits;
    all
}

impl Inside {
    async fn open(below: Box<dyn Rig>, bug: Option<Bug>) -> Result<Arc<Self>> {
        let folder = TempDir::new().unwrap();
        let kept = Kept {
            store: SqliteStore::open(folder.path().join("journal.sqlite"))?,
            audit: Audit::in_folder(folder.path().join("audit")).open()?,
            budget: Budget::new(PERMITS, PERIOD)?,
            meter: Arc::default(),
            bug,
        };
        let life = Life::begin(below.broker(), &below.world(), &kept).await?;
        Ok(Arc::new(Self {
            below,
            folder,
            kept,
            life: Mutex::new(life),
            out_of_order: Mutex::default(),
        }))
    }

    pub(crate) fn broker(&self) -> Arc<dyn Broker> {
        Arc::clone(&self.life.lock().unwrap().standing.broker)
    }

    pub(crate) fn account(&self) -> AccountId {
        self.below.world().accounts[0].clone()
    }

    /// Reads the events and quotes that there are.
    pub(crate) fn read(&self) {
        let mut life = self.life.lock().unwrap();
        while let Some(event) = life.reader.try_next() {
            if let Err(fault) = life.check.observe(&event) {
                self.out_of_order.lock().unwrap().push(fault.to_string());
            }
        }
        let mut ended = false;
        if let Some(line) = &mut life.line {
            while let Some(item) = line.next().now_or_never() {
                ended = matches!(item, Some(FeedItem::Failed(_)) | None);
                if ended {
                    break;
                }
            }
        }
        if ended {
            life.line = None;
        }
    }
}

impl Life {
    async fn begin(adapter: Arc<dyn Broker>, world: &World, kept: &Kept) -> Result<Self> {
        let metered = Stack::over(adapter)
            .layer(Broken(kept.bug))?
            .layer(AtTheDoor(Arc::clone(&kept.meter)))?;
        let budget = match kept.bug {
            Some(Bug::NoBudget) => Budget::new(1_000_000, PERIOD)?,
            _ => Arc::clone(&kept.budget),
        };
        // A minute of the simulated world is a moment of the machine.
        let moment = Duration::from_millis(5);
        let mut stack = Stack::standard()
            // A drill has the patience of a few seconds, and an order asks several questions.
            .timeout(Timeout::default().with_reads(200 * moment))
            .rate_limit(RateLimit::shared(budget))
            .breaker(CircuitBreaker::new(3, 40 * moment))
            .retry(RetryReads::default().attempts(2).delays(moment, moment))
            .limits(wide())
            .audit(Arc::clone(&kept.audit));
        if kept.bug != Some(Bug::NoJournal) {
            stack = stack.journal(Arc::clone(&kept.store) as _);
        }
        if kept.bug == Some(Bug::LeaksTask) {
            tokio::spawn(core::future::pending::<()>());
        }
        let standing = stack.over(metered.build()).await?;
        let ledger = standing.broker.desk().ledger(&world.accounts[0])?;
        let quotes = Subscription::Quotes {
            instrument: world.equity.clone(),
        };
        // A session that has just begun may be struck again.
        let line = standing.broker.subscribe(&quotes).await.ok();
        if kept.bug == Some(Bug::LeaksLine) {
            core::mem::forget(standing.broker.subscribe(&quotes).await);
        }
        Ok(Self {
            reader: ledger.subscribe(),
            check: SequenceCheck::default(),
            line,
            standing,
        })
    }
}

/// Starts the broker of another harness and puts the stack around it.
pub(crate) struct Stand<H> {
    below: H,
    bug: Option<Bug>,
    inside: Mutex<Option<Arc<Inside>>>,
}

impl<H> Stand<H> {
    pub(crate) fn over(below: H, bug: Option<Bug>) -> Self {
        Self {
            below,
            bug,
            inside: Mutex::default(),
        }
    }

    /// What the last start left behind.
    pub(crate) fn take(&self) -> Option<Arc<Inside>> {
        self.inside.lock().unwrap().take()
    }
}

#[async_trait]
impl<H: Harness> Harness for Stand<H> {
    async fn start(&self) -> Result<Box<dyn Rig>> {
        let inside = Inside::open(self.below.start().await?, self.bug).await?;
        *self.inside.lock().unwrap() = Some(Arc::clone(&inside));
        Ok(Box::new(StandRig(inside)))
    }
}

struct StandRig(Arc<Inside>);

#[async_trait]
impl Rig for StandRig {
    fn broker(&self) -> Arc<dyn Broker> {
        self.0.broker()
    }
    fn world(&self) -> World {
        self.0.below.world()
    }
    async fn market(&self, instrument: &Instrument) -> Option<Market> {
        self.0.below.market(instrument).await
    }
    async fn truth(&self, account: &AccountId) -> Truth {
        self.0.below.truth(account).await
    }
    async fn inject(&self, fault: Fault) -> Injection {
        self.0.below.inject(fault).await
    }
    async fn advance(&self, span: TimeDelta) {
        self.0.below.advance(span).await;
        self.0.read();
        // The layers live on the machine's clock: a moment for what they wait for.
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    async fn settle(&self) {
        self.0.below.settle().await;
        self.0.read();
    }
    async fn restart(&self) -> Result<Arc<dyn Broker>> {
        let inside = &self.0;
        inside.read();
        let adapter = inside.below.restart().await?;
        let life = Life::begin(adapter, &inside.below.world(), &inside.kept).await?;
        // The old process is gone with all it held.
        let _old = core::mem::replace(&mut *inside.life.lock().unwrap(), life);
        Ok(inside.broker())
    }
    async fn move_market(&self, instrument: &Instrument, to: Price) -> Injection {
        self.0.below.move_market(instrument, to).await
    }
    fn upstream_lines(&self) -> Option<usize> {
        self.0.below.upstream_lines()
    }
}
