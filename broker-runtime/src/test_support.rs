//! What the tests of this crate share: short makers of values and one scripted broker.

mod able;
#[cfg(unix)]
pub(crate) mod modes;

use core::time::Duration;
use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard},
};

use broker_core::{
    Acknowledgement, Admitted, Broker, Capabilities, Covered, Decimal, Desk, Error, ErrorKind,
    Lookup, ManualClock, MarketData, Portfolio, RateBudget, Reference, Research, Result,
    SessionState, Trading, UnconfirmedCause, async_trait, dec,
    event::{Baseline, Ledger},
    feed::{FeedLine, FeedSink},
    model::*,
};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use tokio::sync::{Notify, watch};

use able::able;

pub(crate) fn start() -> DateTime<Utc> {
    // A Thursday, half past eleven in New York.
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::minutes(16 * 60 + 30)
}
pub(crate) fn id(text: &str) -> ClientOrderId {
    ClientOrderId::new(text).unwrap()
}
pub(crate) fn account() -> AccountId {
    AccountId::new("DU1").unwrap()
}
pub(crate) fn second_account() -> AccountId {
    AccountId::new("DU2").unwrap()
}
pub(crate) fn price(value: Decimal) -> Price {
    Price::new(value).unwrap()
}
pub(crate) fn units(value: i64) -> Quantity {
    Quantity::try_from(value).unwrap()
}
pub(crate) fn equity(symbol: &str) -> Instrument {
    Instrument::equity(symbol, Mic::XNAS, Currency::USD).unwrap()
}
pub(crate) fn apple() -> Instrument {
    equity("AAPL")
}

pub(crate) fn order(name: &str, side: Side, quantity: i64, order_type: OrderType) -> NewOrder {
    let amount = OrderAmount::Quantity(units(quantity));
    NewOrder::new(id(name), account(), apple(), side, amount, order_type)
}
/// Buys Apple at a limit.
pub(crate) fn buy(name: &str, quantity: i64, limit: Decimal) -> NewOrder {
    let price = price(limit);
    order(name, Side::Buy, quantity, OrderType::Limit { price })
}
/// Sells Apple at a limit.
pub(crate) fn sell(name: &str, quantity: i64, limit: Decimal) -> NewOrder {
    let price = price(limit);
    order(name, Side::Sell, quantity, OrderType::Limit { price })
}

pub(crate) fn failure(kind: ErrorKind) -> Error {
    Error::new(kind, "scripted")
}

/// What the broker does with a call.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// Answers as it should.
    Answer,
    Fail(Error),
    /// Never answers.
    Hang,
    /// Answers after a while.
    Slow(Duration),
    /// Waits for [`Stub::release`].
    Hold,
    Unconfirmed(UnconfirmedCause),
}

/// A broker that does what it is told and remembers what it was asked.
#[derive(Debug)]
pub(crate) struct Stub {
    id: BrokerId,
    desk: Arc<Desk>,
    pub(crate) clock: ManualClock,
    pub(crate) session: watch::Sender<SessionState>,
    script: Mutex<HashMap<&'static str, VecDeque<Step>>>,
    asked: Mutex<Vec<&'static str>>,
    pub(crate) lookups: Mutex<HashMap<ClientOrderId, Lookup>>,
    pub(crate) quotes: Mutex<BTreeMap<Instrument, Quote>>,
    pub(crate) quote_failures: Mutex<BTreeMap<Instrument, Error>>,
    pub(crate) figures: Mutex<Option<ProfitAndLoss>>,
    pub(crate) held: Notify,
    pub(crate) environment: Mutex<Environment>,
    /// A session that another sender tells, and that may be gone.
    pub(crate) other_session: Mutex<Option<watch::Receiver<SessionState>>>,
    pub(crate) positions: Mutex<HashMap<AccountId, Covered<Vec<Position>>>>,
    pub(crate) budgets: Mutex<Vec<RateBudget>>,
}

impl Stub {
    /// A broker with two accounts, no positions and no orders, whose session is ready.
    pub(crate) fn new() -> Arc<Self> {
        Self::at(start())
    }

    pub(crate) fn at(start: DateTime<Utc>) -> Arc<Self> {
        let stub = Self::unready(start);
        for ledger in stub.desk.ledgers() {
            live(&ledger, Vec::new(), start);
        }
        stub
    }

    /// The same under another name.
    pub(crate) fn named(name: &str) -> Arc<Self> {
        let stub = Self::make(name, start());
        for ledger in stub.desk.ledgers() {
            live(&ledger, Vec::new(), start());
        }
        stub
    }

    /// The same with its first account only.
    pub(crate) fn without_second_account(name: &str) -> Arc<Self> {
        let desk = |desk: &Desk| drop(desk.open_account(&account()));
        Self::with(name, start(), desk)
    }

    /// The same before its first snapshot.
    pub(crate) fn unready(start: DateTime<Utc>) -> Arc<Self> {
        Self::make("stub", start)
    }

    fn make(name: &str, start: DateTime<Utc>) -> Arc<Self> {
        Self::with(name, start, |desk| {
            desk.open_account(&account());
            desk.open_account(&second_account());
        })
    }

    fn with(name: &str, start: DateTime<Utc>, open: impl FnOnce(&Desk)) -> Arc<Self> {
        let clock = ManualClock::at(start);
        let desk = Desk::new(Arc::new(clock.clone()));
        open(&desk);
        Arc::new(Self {
            id: BrokerId::new(name).unwrap(),
            desk,
            clock,
            session: watch::Sender::new(SessionState::Ready),
            script: Mutex::default(),
            asked: Mutex::default(),
            lookups: Mutex::default(),
            quotes: Mutex::default(),
            quote_failures: Mutex::default(),
            figures: Mutex::default(),
            held: Notify::new(),
            environment: Mutex::new(Environment::Simulated),
            other_session: Mutex::default(),
            budgets: Mutex::default(),
            positions: Mutex::default(),
        })
    }

    pub(crate) fn dynamic(self: &Arc<Self>) -> Arc<dyn Broker> {
        Arc::clone(self) as Arc<dyn Broker>
    }

    /// Does this with the next call of the operation.
    pub(crate) fn then(&self, operation: &'static str, step: Step) {
        lock(&self.script)
            .entry(operation)
            .or_default()
            .push_back(step);
    }

    /// Every call so far.
    pub(crate) fn asked(&self) -> Vec<&'static str> {
        lock(&self.asked).clone()
    }

    pub(crate) fn count(&self, operation: &str) -> usize {
        lock(&self.asked)
            .iter()
            .filter(|asked| **asked == operation)
            .count()
    }

    pub(crate) fn ledger(&self) -> Arc<Ledger> {
        self.desk.ledger(&account()).unwrap()
    }

    pub(crate) fn quote(&self, instrument: &Instrument, at: Decimal) {
        let mut quote = Quote::new(instrument.clone(), self.now());
        quote.bid = Some(price(at));
        quote.ask = Some(price(at));
        quote.last = Some(price(at));
        lock(&self.quotes).insert(instrument.clone(), quote);
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        use broker_core::Clock as _;
        self.clock.now()
    }

    /// The account holds so much, as the broker reports it.
    pub(crate) fn holds(&self, instrument: &Instrument, quantity: Decimal, at: Decimal) {
        let quantity = SignedQuantity::new(quantity).unwrap();
        let mut position = Position::new(account(), instrument.clone(), quantity, self.now());
        position.market_price = Some(price(at));
        position.average_price = Some(price(at));
        self.ledger().holding(position);
    }

    /// The broker reports an order as working.
    pub(crate) fn works(&self, terms: &NewOrder) {
        let report = ExecutionReport::new(terms.client_order_id.clone(), ExecutionKind::New)
            .with_terms(Arc::new(terms.clone()));
        self.ledger().report(report);
    }

    /// The broker reports a fill.
    pub(crate) fn fills(&self, terms: &NewOrder, name: &str, quantity: i64, at: Decimal) {
        let name = ExecutionId::new(name).unwrap();
        let fill = Fill::new(name, terms, price(at), units(quantity), self.now());
        let report = ExecutionReport::trade(fill).with_terms(Arc::new(terms.clone()));
        self.ledger().report(report);
    }

    async fn step(&self, operation: &'static str) -> Result<Option<Acknowledgement>> {
        lock(&self.asked).push(operation);
        let step = lock(&self.script)
            .get_mut(operation)
            .and_then(VecDeque::pop_front)
            .unwrap_or(Step::Answer);
        match step {
            Step::Answer => Ok(None),
            Step::Fail(error) => Err(error),
            Step::Hang => core::future::pending().await,
            Step::Slow(span) => {
                tokio::time::sleep(span).await;
                Ok(None)
            }
            Step::Hold => {
                self.held.notified().await;
                Ok(None)
            }
            Step::Unconfirmed(cause) => Ok(Some(Acknowledgement::unconfirmed(cause))),
        }
    }

    async fn command(&self, operation: &'static str) -> Result<Acknowledgement> {
        let accepted = Acknowledgement::Accepted {
            broker_order_id: None,
        };
        Ok(self.step(operation).await?.unwrap_or(accepted))
    }
}

/// Begins an epoch in which the account holds these positions and has no orders.
pub(crate) fn live(ledger: &Ledger, positions: Vec<Position>, as_of: DateTime<Utc>) {
    let ticket = ledger.begin();
    let _none = ledger.complete(
        ticket,
        Baseline {
            orders: Covered::Complete(Vec::new()),
            fills: Covered::Complete(Vec::new()),
            positions: Covered::Complete(positions),
            summary: Covered::Complete(AccountSummary::new(
                ledger.account().clone(),
                Currency::USD,
                as_of,
            )),
        },
    );
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap()
}

#[async_trait]
impl Broker for Stub {
    fn id(&self) -> &BrokerId {
        &self.id
    }
    fn environment(&self) -> Environment {
        *lock(&self.environment)
    }
    fn desk(&self) -> &Arc<Desk> {
        &self.desk
    }
    async fn accounts(&self) -> Result<Vec<AccountInfo>> {
        self.step("accounts").await?;
        let kind = AccountKind::Margin;
        let info = |id| AccountInfo::new(id, kind.clone(), Currency::USD, Environment::Simulated);
        Ok(vec![info(account()), info(second_account())])
    }
    async fn capabilities(&self, _: &AccountId) -> Result<Arc<Capabilities>> {
        let mut able = able();
        able.budgets.clone_from(&lock(&self.budgets));
        Ok(Arc::new(able))
    }
    fn session(&self) -> watch::Receiver<SessionState> {
        let other = lock(&self.other_session).clone();
        other.unwrap_or_else(|| self.session.subscribe())
    }
    fn trading(&self) -> Option<&dyn Trading> {
        Some(self)
    }
    fn portfolio(&self) -> Option<&dyn Portfolio> {
        Some(self)
    }
    fn market_data(&self) -> Option<&dyn MarketData> {
        Some(self)
    }
    fn reference(&self) -> Option<&dyn Reference> {
        Some(self)
    }
    fn research(&self) -> Option<&dyn Research> {
        None
    }
    async fn close(&self) -> Result<()> {
        self.step("close").await?;
        self.session.send_replace(SessionState::Closed);
        for ledger in self.desk.ledgers() {
            ledger.session(SessionState::Closed);
        }
        Ok(())
    }
}

#[async_trait]
impl Trading for Stub {
    async fn submit(&self, _: Admitted<NewOrder>) -> Result<Acknowledgement> {
        self.command("submit").await
    }
    async fn submit_list(&self, list: Admitted<OrderList>) -> Result<Vec<Acknowledgement>> {
        let one = self.command("submit_list").await?;
        Ok(vec![one; list.orders().count()])
    }
    async fn replace(&self, _: Admitted<ReplaceOrder>) -> Result<Acknowledgement> {
        self.command("replace").await
    }
    async fn cancel(&self, _: Admitted<CancelOrder>) -> Result<Acknowledgement> {
        self.command("cancel").await
    }
    async fn cancel_all(&self, _: &AccountId) -> Result<Acknowledgement> {
        self.command("cancel_all").await
    }
    async fn exercise(&self, _: Admitted<ExerciseOption>) -> Result<Acknowledgement> {
        self.command("exercise").await
    }
    async fn preview(&self, _: &NewOrder) -> Result<OrderPreview> {
        self.step("preview").await?;
        Ok(OrderPreview::new(true))
    }
    async fn find(&self, _: &AccountId, id: &ClientOrderId) -> Result<Lookup> {
        self.step("find").await?;
        Ok(lock(&self.lookups)
            .get(id)
            .cloned()
            .unwrap_or(Lookup::Absent))
    }
    async fn order_reports(
        &self,
        _: &AccountId,
        _: &OrderFilter,
    ) -> Result<Covered<Vec<ExecutionReport>>> {
        self.step("order_reports").await?;
        Ok(Covered::Complete(Vec::new()))
    }
    async fn fills(&self, _: &AccountId, _: &FillFilter) -> Result<Covered<Vec<Fill>>> {
        self.step("fills").await?;
        Ok(Covered::Complete(Vec::new()))
    }
}

#[async_trait]
impl Portfolio for Stub {
    async fn summary(&self, account: &AccountId) -> Result<AccountSummary> {
        self.step("summary").await?;
        Ok(AccountSummary::new(
            account.clone(),
            Currency::USD,
            self.now(),
        ))
    }
    async fn positions(&self, account: &AccountId) -> Result<Covered<Vec<Position>>> {
        self.step("positions").await?;
        let known = lock(&self.positions).get(account).cloned();
        Ok(known.unwrap_or(Covered::Complete(Vec::new())))
    }
    async fn profit_and_loss(&self, account: &AccountId) -> Result<ProfitAndLoss> {
        self.step("profit_and_loss").await?;
        let known = lock(&self.figures).clone();
        Ok(known.unwrap_or_else(|| ProfitAndLoss::new(account.clone(), self.now())))
    }
}

#[async_trait]
impl MarketData for Stub {
    async fn quotes(&self, instruments: &[Instrument]) -> Result<Vec<Result<Quote>>> {
        self.step("quotes").await?;
        let (known, failures) = (lock(&self.quotes), lock(&self.quote_failures));
        let quote = |instrument: &Instrument| {
            if let Some(failure) = failures.get(instrument) {
                return Err(failure.clone());
            }
            let quote = known.get(instrument).cloned();
            quote.ok_or_else(|| Error::new(ErrorKind::NotFound, "no quote"))
        };
        Ok(instruments.iter().map(quote).collect())
    }
    async fn depth(&self, instrument: &Instrument, _: u16) -> Result<Depth> {
        self.step("depth").await?;
        Ok(Depth::new(instrument.clone(), self.now()))
    }
    async fn trades(&self, _: &Instrument, _: u32) -> Result<Vec<Trade>> {
        self.step("trades").await?;
        Ok(Vec::new())
    }
    async fn bars(&self, _: &BarQuery) -> Result<Vec<Bar>> {
        self.step("bars").await?;
        Ok(Vec::new())
    }
    async fn open_line(&self, _: &Subscription, sink: FeedSink) -> Result<FeedLine> {
        self.step("open_line").await?;
        Ok(FeedLine::new(sink))
    }
}

#[async_trait]
impl Reference for Stub {
    async fn search(&self, _: &str, _: u32) -> Result<Vec<InstrumentMatch>> {
        self.step("search").await?;
        Ok(Vec::new())
    }
    async fn resolve(&self, _: &InstrumentQuery) -> Result<Vec<Instrument>> {
        self.step("resolve").await?;
        Ok(vec![apple()])
    }
    async fn contract(&self, instrument: &Instrument) -> Result<ContractDetails> {
        self.step("contract").await?;
        let ticks = TickTable::banded([("0", "0.01")]).unwrap();
        let rule = QuantityRule::steps(units(1), units(10_000_000));
        let currency = instrument.currency().unwrap_or(Currency::USD);
        let mut details = ContractDetails::new(instrument.clone(), "Test", currency, ticks, rule);
        if instrument.asset_class() == AssetClass::Option {
            details.multiplier = dec!(100);
        }
        Ok(details)
    }
    async fn option_expirations(&self, _: &Instrument) -> Result<Vec<NaiveDate>> {
        self.step("option_expirations").await?;
        Ok(Vec::new())
    }
    async fn option_chain(&self, query: &ChainQuery) -> Result<OptionChain> {
        self.step("option_chain").await?;
        Ok(OptionChain::new(
            query.underlying.clone(),
            query.expiry,
            self.now(),
        ))
    }
    async fn compute_option(&self, _: &OptionQuery) -> Result<OptionComputation> {
        self.step("compute_option").await?;
        Err(failure(ErrorKind::InvalidRequest))
    }
    async fn schedule(
        &self,
        _: &Instrument,
        from: NaiveDate,
        _: NaiveDate,
    ) -> Result<TradingSchedule> {
        self.step("schedule").await?;
        let at = |hour: u32| from.and_hms_opt(hour, 30, 0).unwrap().and_utc();
        let day = TradingDay {
            date: from,
            windows: vec![SessionWindow {
                kind: SessionKind::Regular,
                open: at(14),
                close: at(21),
            }],
            early_close: false,
            holiday: None,
        };
        Ok(TradingSchedule {
            time_zone: "America/New_York".into(),
            days: vec![day],
        })
    }
}
