//! The smallest honest adapter, as a template: `cargo run --example your_own_adapter`.
//!
//! "Acme" is a made-up broker with one share, one account and two types of order. It lives in memory
//! where yours has a wire. Read from the top: the broker, the adapter, the rig. The run prints the
//! whole conformance suite as a table; what Acme does not offer is refused or skipped, and says so.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use broker_core::{
    Acknowledgement, Admitted, Broker, Capabilities, Clock, Covered, Desk, Error, ErrorKind,
    Lookup, ManualClock, MarketData, OrderForm, Portfolio, Reference, Research, Result,
    SessionState, Trading, async_trait, dec, event::Baseline, model::*,
};
use broker_sim::{
    conformance::{self, Harness, Injection, Market, Rig, TrueFill, TrueOrder, Truth, World},
    fault::Fault,
};
use chrono::{NaiveDate, TimeDelta, TimeZone as _, Utc};
use tokio::sync::watch;

// ---- the broker: what stands at the other end of your wire ----------------------------------------

/// Acme keeps its orders; a buy at or above 100.00 fills at 100.00, everything else rests.
#[derive(Debug, Default)]
struct Acme(Mutex<Vec<(TrueOrder, Option<Fill>)>>);

impl Acme {
    fn orders(&self) -> MutexGuard<'_, Vec<(TrueOrder, Option<Fill>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// ---- the adapter: mapping and session -------------------------------------------------------------

/// A connection to Acme.
#[derive(Debug)]
struct AcmeBroker {
    id: BrokerId,
    account: AccountId,
    share: Instrument,
    desk: Arc<Desk>,
    session: watch::Sender<SessionState>,
    acme: Arc<Acme>,
}

impl AcmeBroker {
    /// Connects: opens the account's ledger, begins an epoch, completes it with what Acme lists.
    fn connect(acme: Arc<Acme>, clock: Arc<dyn Clock>) -> Result<Self> {
        let broker = Self {
            id: BrokerId::new("acme")?,
            account: AccountId::new("ACME-1")?,
            share: Instrument::equity("ACME", Mic::XNAS, Currency::USD)?,
            desk: Desk::new(clock),
            session: watch::Sender::new(SessionState::Connecting),
            acme,
        };
        let ledger = broker.desk.open_account(&broker.account);
        let ticket = ledger.begin();
        let nothing = || "Acme does not say".into();
        let missing = ledger.complete(
            ticket,
            Baseline {
                orders: Covered::Complete(broker.list()),
                fills: Covered::Complete(broker.executions()),
                positions: Covered::Unavailable(nothing()),
                summary: Covered::Unavailable(nothing()),
            },
        );
        debug_assert!(missing.is_empty(), "a new ledger misses nothing");
        broker.session.send_replace(SessionState::Ready);
        Ok(broker)
    }

    fn known(&self, account: &AccountId) -> Result<()> {
        self.desk.ledger(account).map(|_| ())
    }

    fn open(&self) -> Result<()> {
        if *self.session.borrow() == SessionState::Closed {
            return Err(Error::new(ErrorKind::Disconnected, "the session is closed"));
        }
        Ok(())
    }

    /// Acme's orders as raw reports: never a status of one's own making.
    fn list(&self) -> Vec<ExecutionReport> {
        let orders = self.acme.orders();
        orders.iter().map(|(order, _)| stated(order)).collect()
    }

    fn executions(&self) -> Vec<Fill> {
        let orders = self.acme.orders();
        orders.iter().filter_map(|(_, fill)| fill.clone()).collect()
    }

    fn about_acme<T>(&self, answer: T) -> Covered<T> {
        match self.open() {
            Ok(()) => Covered::Complete(answer),
            Err(error) => Covered::Unavailable(error.message().into()),
        }
    }
}

fn stated(order: &TrueOrder) -> ExecutionReport {
    let filled = !order.filled.is_zero();
    let status = match (order.open, filled) {
        (true, _) => OrderStatus::New,
        (false, true) => OrderStatus::Filled,
        (false, false) => OrderStatus::Canceled,
    };
    let id = order.terms.client_order_id.clone();
    let mut report = ExecutionReport::new(id, ExecutionKind::Status { status })
        .with_terms(Arc::clone(&order.terms));
    report.cumulative_quantity = Some(order.filled);
    report
}

fn not_offered<T>(what: &str) -> Result<T> {
    Err(Error::unsupported(format!("Acme has no {what}")))
}

#[async_trait]
impl Broker for AcmeBroker {
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
        let (id, kind) = (self.account.clone(), AccountKind::Cash);
        Ok(vec![AccountInfo::new(
            id,
            kind,
            Currency::USD,
            Environment::Simulated,
        )])
    }
    /// Declare little and true. Everything else is refused before it reaches you.
    async fn capabilities(&self, account: &AccountId) -> Result<Arc<Capabilities>> {
        self.known(account)?;
        let mut can = Capabilities::none(Environment::Simulated);
        can.orders.push(OrderForm {
            asset_classes: vec![AssetClass::Equity],
            order_types: vec![OrderTypeKind::Market, OrderTypeKind::Limit],
            times_in_force: vec![TimeInForceKind::Gtc],
            sessions: vec![TradingSession::Regular],
        });
        Ok(Arc::new(can))
    }
    fn session(&self) -> watch::Receiver<SessionState> {
        self.session.subscribe()
    }
    fn trading(&self) -> Option<&dyn Trading> {
        Some(self)
    }
    fn portfolio(&self) -> Option<&dyn Portfolio> {
        None
    }
    fn market_data(&self) -> Option<&dyn MarketData> {
        None
    }
    fn reference(&self) -> Option<&dyn Reference> {
        Some(self)
    }
    fn research(&self) -> Option<&dyn Research> {
        None
    }
    async fn close(&self) -> Result<()> {
        self.session.send_replace(SessionState::Closed);
        let ledgers = self.desk.ledgers();
        ledgers
            .iter()
            .for_each(|ledger| ledger.session(SessionState::Closed));
        Ok(())
    }
}

#[async_trait]
impl Trading for AcmeBroker {
    /// `Err` only when nothing was sent; what the broker says goes into the ledger.
    async fn submit(&self, order: Admitted<NewOrder>) -> Result<Acknowledgement> {
        self.open()?;
        let ledger = self.desk.ledger(&order.account)?;
        let (id, limit) = (
            order.client_order_id.clone(),
            order.order_type.limit_price(),
        );
        let price = Price::new(dec!(100))?;
        let execution = ExecutionId::new(format!("X-{}", self.acme.orders().len()))?;
        let now = self.desk.clock().now();
        let crosses = !order.side.is_sell() && limit.is_none_or(|limit| limit >= price);
        let fill = order
            .quantity()
            .filter(|_| crosses)
            .map(|all| Fill::new(execution, &order, price, all, now));
        let terms = order.into_request();
        let filled = fill.as_ref().map_or(dec!(0), |fill| fill.quantity.get());
        let open = fill.is_none();
        self.acme.orders().push((
            TrueOrder {
                terms,
                open,
                filled,
            },
            fill.clone(),
        ));
        ledger.report(ExecutionReport::new(id, ExecutionKind::New).at(now));
        if let Some(fill) = fill {
            ledger.report(ExecutionReport::trade(fill));
        }
        Ok(Acknowledgement::Accepted {
            broker_order_id: None,
        })
    }
    async fn submit_list(&self, _: Admitted<OrderList>) -> Result<Vec<Acknowledgement>> {
        not_offered("lists")
    }
    async fn replace(&self, _: Admitted<ReplaceOrder>) -> Result<Acknowledgement> {
        not_offered("replace")
    }
    async fn cancel(&self, cancel: Admitted<CancelOrder>) -> Result<Acknowledgement> {
        self.open()?;
        let id = &cancel.client_order_id;
        {
            let mut orders = self.acme.orders();
            let mut named = orders.iter_mut().map(|(order, _)| order);
            match named.find(|order| order.terms.client_order_id == *id) {
                Some(order) if order.open => order.open = false,
                Some(_) => return Err(Error::new(ErrorKind::TooLate, "the order is over")),
                None => return Err(Error::new(ErrorKind::NotFound, "Acme has no such order")),
            }
        }
        let canceled = ExecutionReport::new(id.clone(), ExecutionKind::Canceled);
        self.desk.ledger(&cancel.account)?.report(canceled);
        Ok(Acknowledgement::Accepted {
            broker_order_id: None,
        })
    }
    async fn cancel_all(&self, _: &AccountId) -> Result<Acknowledgement> {
        not_offered("cancel-all")
    }
    async fn exercise(&self, _: Admitted<ExerciseOption>) -> Result<Acknowledgement> {
        not_offered("options")
    }
    async fn preview(&self, _: &NewOrder) -> Result<OrderPreview> {
        not_offered("previews")
    }
    async fn find(&self, account: &AccountId, id: &ClientOrderId) -> Result<Lookup> {
        self.known(account)?;
        self.open()?;
        let found = self
            .list()
            .into_iter()
            .find(|report| report.client_order_id == *id);
        Ok(found.map_or(Lookup::Absent, |report| Lookup::Found(vec![report])))
    }
    async fn order_reports(
        &self,
        account: &AccountId,
        _: &OrderFilter,
    ) -> Result<Covered<Vec<ExecutionReport>>> {
        self.known(account)?;
        Ok(self.about_acme(self.list()))
    }
    async fn fills(&self, account: &AccountId, wanted: &FillFilter) -> Result<Covered<Vec<Fill>>> {
        self.known(account)?;
        let mut fills = self.executions();
        fills.retain(|fill| wanted.accepts(fill));
        Ok(self.about_acme(fills))
    }
}

#[async_trait]
impl Reference for AcmeBroker {
    async fn search(&self, _: &str, _: u32) -> Result<Vec<InstrumentMatch>> {
        not_offered("search")
    }
    async fn resolve(&self, query: &InstrumentQuery) -> Result<Vec<Instrument>> {
        let known = query.text == "ACME";
        Ok(known.then(|| self.share.clone()).into_iter().collect())
    }
    async fn contract(&self, instrument: &Instrument) -> Result<ContractDetails> {
        if *instrument != self.share {
            return Err(Error::new(ErrorKind::NotFound, "Acme trades one share"));
        }
        let ticks = TickTable::uniform(dec!(0.01))?;
        let whole = QuantityRule::steps(Quantity::try_from(1)?, Quantity::try_from(100_000)?);
        let usd = Currency::USD;
        Ok(ContractDetails::new(
            instrument.clone(),
            "Acme Inc.",
            usd,
            ticks,
            whole,
        ))
    }
    async fn option_expirations(&self, _: &Instrument) -> Result<Vec<NaiveDate>> {
        not_offered("options")
    }
    async fn option_chain(&self, _: &ChainQuery) -> Result<OptionChain> {
        not_offered("options")
    }
    async fn compute_option(&self, _: &OptionQuery) -> Result<OptionComputation> {
        not_offered("options")
    }
    async fn schedule(
        &self,
        _: &Instrument,
        _: NaiveDate,
        _: NaiveDate,
    ) -> Result<TradingSchedule> {
        not_offered("calendar")
    }
}

// ---- the rig: how the suite looks behind the adapter ----------------------------------------------

/// Starts Acme for the checks.
struct AcmeHarness;

struct AcmeRig {
    acme: Arc<Acme>,
    clock: ManualClock,
    broker: Mutex<Arc<AcmeBroker>>,
}

#[async_trait]
impl Harness for AcmeHarness {
    async fn start(&self) -> Result<Box<dyn Rig>> {
        let acme = Arc::new(Acme::default());
        let clock = ManualClock::at(Utc.timestamp_nanos(1_770_000_000_000_000_000));
        let broker = AcmeBroker::connect(Arc::clone(&acme), Arc::new(clock.clone()))?;
        let broker = Mutex::new(Arc::new(broker));
        Ok(Box::new(AcmeRig {
            acme,
            clock,
            broker,
        }))
    }
}

impl AcmeRig {
    fn adapter(&self) -> Arc<AcmeBroker> {
        Arc::clone(&self.broker.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl Rig for AcmeRig {
    fn broker(&self) -> Arc<dyn Broker> {
        self.adapter()
    }
    fn world(&self) -> World {
        let adapter = self.adapter();
        World::new(adapter.account.clone(), adapter.share.clone())
    }
    async fn market(&self, instrument: &Instrument) -> Option<Market> {
        let known = *instrument == self.adapter().share;
        let (bid, ask) = (Price::new(dec!(99.98)).ok()?, Price::new(dec!(100)).ok()?);
        let (bid_size, ask_size) = (dec!(100_000), dec!(100_000));
        known.then_some(Market {
            bid,
            bid_size,
            ask,
            ask_size,
        })
    }
    async fn truth(&self, _: &AccountId) -> Truth {
        let mut truth = Truth::default();
        for (order, fill) in &*self.acme.orders() {
            truth.orders.push(order.clone());
            truth.fills.extend(fill.as_ref().map(|fill| TrueFill {
                client_order_id: fill.client_order_id.clone(),
                execution_id: fill.execution_id.clone(),
                price: fill.price,
                quantity: fill.quantity.get(),
            }));
        }
        let bought = truth.fills.iter().map(|fill| fill.quantity).sum();
        if let Ok(held) = SignedQuantity::new(bought)
            && !held.is_flat()
        {
            truth.positions.push((self.adapter().share.clone(), held));
        }
        truth
    }
    async fn inject(&self, fault: Fault) -> Injection {
        Injection::NotPossible(format!("memory has no {fault:?}"))
    }
    async fn advance(&self, span: TimeDelta) {
        self.clock.advance(span);
    }
    async fn settle(&self) {}
    async fn restart(&self) -> Result<Arc<dyn Broker>> {
        let clock = Arc::new(self.clock.clone());
        let fresh = Arc::new(AcmeBroker::connect(Arc::clone(&self.acme), clock)?);
        *self.broker.lock().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&fresh);
        Ok(fresh)
    }
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "the table is what the example shows")]
async fn main() {
    println!("{}", conformance::run_all(&AcmeHarness).await);
}

#[cfg(test)]
mod tests {
    broker_sim::conformance_tests!(super::AcmeHarness);
}
