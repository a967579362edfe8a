//! What the tests of this crate share: short makers of values and one small broker.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use tokio::sync::watch;

use crate::{
    Acknowledgement, Admitted, Broker, Capabilities, Covered, Decimal, Desk, Error, ErrorKind,
    Lookup, ManualClock, MarketData, OrderForm, Portfolio, Reference, Research, Result,
    SessionState, Support, Trading, UnconfirmedCause, dec,
    event::{Baseline, Ledger},
    feed::{FeedLine, FeedSink},
    model::*,
};

pub(crate) fn time(second: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::seconds(second)
}

pub(crate) fn id(text: &str) -> ClientOrderId {
    ClientOrderId::new(text).unwrap()
}

pub(crate) fn account() -> AccountId {
    AccountId::new("DU1").unwrap()
}

pub(crate) fn price(text: &str) -> Price {
    text.parse().unwrap()
}

pub(crate) fn quantity(text: &str) -> Quantity {
    text.parse().unwrap()
}

pub(crate) fn apple() -> Instrument {
    Instrument::equity("AAPL", Mic::XNAS, Currency::USD).unwrap()
}

pub(crate) fn of_type(name: &str, order_type: OrderType) -> NewOrder {
    let amount = OrderAmount::Quantity(quantity("100"));
    NewOrder::new(id(name), account(), apple(), Side::Buy, amount, order_type)
}

/// Buys 100 shares of Apple at the market.
pub(crate) fn order(name: &str) -> NewOrder {
    of_type(name, OrderType::Market)
}

pub(crate) fn limit(name: &str, limit: &str) -> NewOrder {
    let price = price(limit);
    of_type(name, OrderType::Limit { price })
}

pub(crate) fn fill_of(terms: &NewOrder, name: &str, units: &str, at: &str, second: i64) -> Fill {
    let name = ExecutionId::new(name).unwrap();
    Fill::new(name, terms, price(at), quantity(units), time(second))
}

pub(crate) fn report(name: &str, kind: ExecutionKind) -> ExecutionReport {
    ExecutionReport::new(id(name), kind)
}

/// The broker lists the order as it stands.
pub(crate) fn listed(
    terms: &NewOrder,
    status: OrderStatus,
    cumulative: Decimal,
) -> ExecutionReport {
    let kind = ExecutionKind::Status { status };
    let mut report = ExecutionReport::new(terms.client_order_id.clone(), kind)
        .with_terms(Arc::new(terms.clone()));
    report.cumulative_quantity = Some(cumulative);
    report
}

pub(crate) fn baseline(orders: Vec<ExecutionReport>, fills: Vec<Fill>) -> Baseline {
    Baseline {
        orders: Covered::Complete(orders),
        fills: Covered::Complete(fills),
        positions: Covered::Complete(Vec::new()),
        summary: Covered::Unavailable("not asked".into()),
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What an account can do that can do nearly everything.
pub(crate) fn able() -> Capabilities {
    let mut able = Capabilities::none(Environment::Simulated);
    able.orders = vec![OrderForm {
        asset_classes: AssetClass::ALL.to_vec(),
        order_types: OrderTypeKind::ALL.to_vec(),
        times_in_force: TimeInForceKind::ALL.to_vec(),
        sessions: TradingSession::ALL.to_vec(),
    }];
    able.cash_amount = Support::Native(());
    able.fractional = Support::Native(());
    able.display_quantity = Support::Native(());
    able.short_sale = Support::Native(());
    able.replace = Support::Native(ReplaceField::ALL.iter().copied().collect());
    able.lists = Support::Native(ContingencyKind::ALL.iter().copied().collect());
    able.preview = Support::Native(());
    able.exercise = Support::Native(());
    able
}

/// Cents above a dollar, hundredths of a cent below; lots of one share, at most 100,000.
pub(crate) fn contract(instrument: &Instrument) -> ContractDetails {
    let ticks = TickTable::banded([("0", "0.0001"), ("1", "0.01")]).unwrap();
    let rule = QuantityRule::steps(quantity("1"), quantity("100000"));
    ContractDetails::new(instrument.clone(), "Test", Currency::USD, ticks, rule)
}

/// What the adapter does with the next command.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    Accept,
    Refuse(ErrorKind),
    Unconfirmed,
    Hang,
}

/// Everything about the broker that a test may change or look at.
#[derive(Debug)]
pub(crate) struct Desktop {
    pub(crate) capabilities: Capabilities,
    pub(crate) contract: ContractDetails,
    pub(crate) found: Vec<Instrument>,
    pub(crate) accounts: usize,
    pub(crate) answer: Answer,
    pub(crate) lookup: Lookup,
    pub(crate) listed: Covered<Vec<ExecutionReport>>,
    pub(crate) sent: Vec<String>,
}

/// A broker with one account whose services are scripted.
#[derive(Debug)]
pub(crate) struct TestBroker {
    id: BrokerId,
    desk: Arc<Desk>,
    session: watch::Sender<SessionState>,
    bare: bool,
    pub(crate) clock: ManualClock,
    pub(crate) desktop: Mutex<Desktop>,
}

impl TestBroker {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self::with(false))
    }

    /// Without any service.
    pub(crate) fn bare() -> Arc<Self> {
        Arc::new(Self::with(true))
    }

    fn with(bare: bool) -> Self {
        let clock = ManualClock::at(time(0));
        let desk = Desk::new(Arc::new(clock.clone()));
        desk.open_account(&account());
        Self {
            id: BrokerId::new("test").unwrap(),
            desk,
            session: watch::Sender::new(SessionState::Ready),
            bare,
            clock,
            desktop: Mutex::new(Desktop {
                capabilities: able(),
                contract: contract(&apple()),
                found: vec![apple()],
                accounts: 1,
                answer: Answer::Accept,
                lookup: Lookup::Inconclusive(BrokerText::text("not asked")),
                listed: Covered::Complete(Vec::new()),
                sent: Vec::new(),
            }),
        }
    }

    pub(crate) fn ledger(&self) -> Arc<Ledger> {
        self.desk.ledger(&account()).unwrap()
    }

    /// A session with nothing in the account.
    pub(crate) fn start(&self) {
        let ticket = self.ledger().begin();
        let _ = self.ledger().complete(ticket, baseline(vec![], vec![]));
    }

    pub(crate) fn answers(&self, answer: Answer) {
        lock(&self.desktop).answer = answer;
    }

    pub(crate) fn sent(&self) -> Vec<String> {
        lock(&self.desktop).sent.clone()
    }

    pub(crate) fn status(&self, name: &str) -> Option<OrderStatus> {
        self.ledger()
            .order(&id(name))
            .map(|order| order.status.clone())
    }

    async fn take(&self, command: String) -> Result<Acknowledgement> {
        let answer = {
            let mut desktop = lock(&self.desktop);
            desktop.sent.push(command);
            desktop.answer.clone()
        };
        match answer {
            Answer::Accept => Ok(Acknowledgement::Accepted {
                broker_order_id: Some(BrokerOrderId::new("b-1").unwrap()),
            }),
            Answer::Refuse(kind) => Err(Error::new(kind, "refused by the test")),
            Answer::Unconfirmed => Ok(Acknowledgement::unconfirmed(UnconfirmedCause::Timeout)),
            Answer::Hang => std::future::pending().await,
        }
    }
}

#[async_trait]
impl Broker for TestBroker {
    fn id(&self) -> &BrokerId {
        &self.id
    }
    fn environment(&self) -> Environment {
        Environment::Simulated
    }
    fn desk(&self) -> &Arc<Desk> {
        &self.desk
    }
    async fn accounts(&self) -> Result<Vec<AccountInfo>> {
        let info = |number: usize| {
            let id = AccountId::new(format!("DU{}", number + 1)).unwrap();
            AccountInfo::new(
                id,
                AccountKind::Margin,
                Currency::USD,
                Environment::Simulated,
            )
        };
        Ok((0..lock(&self.desktop).accounts).map(info).collect())
    }
    async fn capabilities(&self, wanted: &AccountId) -> Result<Arc<Capabilities>> {
        if *wanted != account() {
            return Err(Error::new(ErrorKind::NotFound, "no such account"));
        }
        Ok(Arc::new(lock(&self.desktop).capabilities.clone()))
    }
    fn session(&self) -> watch::Receiver<SessionState> {
        self.session.subscribe()
    }
    fn trading(&self) -> Option<&dyn Trading> {
        (!self.bare).then_some(self)
    }
    fn portfolio(&self) -> Option<&dyn Portfolio> {
        None
    }
    fn market_data(&self) -> Option<&dyn MarketData> {
        (!self.bare).then_some(self)
    }
    fn reference(&self) -> Option<&dyn Reference> {
        (!self.bare).then_some(self)
    }
    fn research(&self) -> Option<&dyn Research> {
        None
    }
    async fn close(&self) -> Result<()> {
        self.ledger().session(SessionState::Closed);
        Ok(())
    }
}

#[async_trait]
impl Trading for TestBroker {
    async fn submit(&self, order: Admitted<NewOrder>) -> Result<Acknowledgement> {
        self.take(format!("submit {}", order.client_order_id)).await
    }
    async fn submit_list(&self, list: Admitted<OrderList>) -> Result<Vec<Acknowledgement>> {
        // Answers for the first order only, as a careless adapter might.
        self.take(format!("list {}", list.id()))
            .await
            .map(|first| vec![first])
    }
    async fn replace(&self, change: Admitted<ReplaceOrder>) -> Result<Acknowledgement> {
        self.take(format!("replace {}", change.client_order_id))
            .await
    }
    async fn cancel(&self, cancel: Admitted<CancelOrder>) -> Result<Acknowledgement> {
        self.take(format!("cancel {}", cancel.client_order_id))
            .await
    }
    async fn cancel_all(&self, account: &AccountId) -> Result<Acknowledgement> {
        self.take(format!("cancel all of {account}")).await
    }
    async fn exercise(&self, exercise: Admitted<ExerciseOption>) -> Result<Acknowledgement> {
        self.take(format!("exercise {}", exercise.client_order_id))
            .await
    }
    async fn preview(&self, _: &NewOrder) -> Result<OrderPreview> {
        Ok(OrderPreview::new(true))
    }
    async fn find(&self, _: &AccountId, _: &ClientOrderId) -> Result<Lookup> {
        Ok(lock(&self.desktop).lookup.clone())
    }
    async fn order_reports(
        &self,
        _: &AccountId,
        _: &OrderFilter,
    ) -> Result<Covered<Vec<ExecutionReport>>> {
        Ok(lock(&self.desktop).listed.clone())
    }
    async fn fills(&self, _: &AccountId, _: &FillFilter) -> Result<Covered<Vec<Fill>>> {
        Ok(Covered::Unavailable("not kept".into()))
    }
}

fn not_here<T>() -> Result<T> {
    Err(Error::unsupported("not in this test"))
}

#[async_trait]
impl Reference for TestBroker {
    async fn search(&self, _: &str, _: u32) -> Result<Vec<InstrumentMatch>> {
        not_here()
    }
    async fn resolve(&self, _: &InstrumentQuery) -> Result<Vec<Instrument>> {
        Ok(lock(&self.desktop).found.clone())
    }
    async fn contract(&self, instrument: &Instrument) -> Result<ContractDetails> {
        let mut contract = lock(&self.desktop).contract.clone();
        contract.instrument = instrument.clone();
        Ok(contract)
    }
    async fn option_expirations(&self, _: &Instrument) -> Result<Vec<NaiveDate>> {
        not_here()
    }
    async fn option_chain(&self, _: &ChainQuery) -> Result<OptionChain> {
        not_here()
    }
    async fn compute_option(&self, _: &OptionQuery) -> Result<OptionComputation> {
        not_here()
    }
    async fn schedule(
        &self,
        _: &Instrument,
        _: NaiveDate,
        _: NaiveDate,
    ) -> Result<TradingSchedule> {
        not_here()
    }
}

#[async_trait]
impl MarketData for TestBroker {
    async fn quotes(&self, instruments: &[Instrument]) -> Result<Vec<Result<Quote>>> {
        let quote = |instrument: &Instrument| {
            let mut quote = Quote::new(instrument.clone(), time(0));
            quote.last = Price::new(dec!(187.5)).ok();
            Ok(quote)
        };
        Ok(instruments.iter().map(quote).collect())
    }
    async fn depth(&self, _: &Instrument, _: u16) -> Result<Depth> {
        not_here()
    }
    async fn trades(&self, _: &Instrument, _: u32) -> Result<Vec<Trade>> {
        not_here()
    }
    async fn bars(&self, _: &BarQuery) -> Result<Vec<Bar>> {
        not_here()
    }
    async fn open_line(&self, _: &Subscription, _: FeedSink) -> Result<FeedLine> {
        Ok(FeedLine::new(()))
    }
}
