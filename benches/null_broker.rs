use std::sync::Arc;

use async_trait::async_trait;
use broker_core::{
    Acknowledgement, Admitted, Broker, Capabilities, Clock, Covered, Desk, Error, Lookup,
    MarketData, OrderForm, Portfolio, Reference, Research, Result, SessionState, Trading, dec,
    event::{Baseline, Ledger},
    model::{
        AccountId, AccountInfo, AccountSummary, AssetClass, BrokerId, CancelOrder, ChainQuery,
        ClientOrderId, ContractDetails, Currency, Environment, ExecutionKind, ExecutionReport,
        ExerciseOption, Fill, FillFilter, Instrument, InstrumentMatch, InstrumentQuery, NewOrder,
        OptionChain, OptionComputation, OptionQuery, OrderFilter, OrderList, OrderPreview,
        OrderTypeKind, Quantity, QuantityRule, ReplaceOrder, TickTable, TimeInForceKind,
        TradingSchedule, TradingSession,
    },
};
use chrono::NaiveDate;
use tokio::sync::watch;

use crate::{account, share};

/// A broker in memory that accepts every order, reports it as working and does nothing else.
#[derive(Debug)]
pub struct NullBroker {
    id: BrokerId,
    account: AccountId,
    desk: Arc<Desk>,
    ledger: Arc<Ledger>,
    capabilities: Arc<Capabilities>,
    contract: ContractDetails,
    session: watch::Sender<SessionState>,
}

impl NullBroker {
    /// A broker whose session is ready.
    ///
    /// # Errors
    /// Never: everything it is made of is well formed.
    pub fn new(clock: Arc<dyn Clock>) -> Result<Arc<Self>> {
        let account = account()?;
        let now = clock.now();
        let desk = Desk::new(clock);
        let ledger = desk.open_account(&account);
        let ticket = ledger.begin();
        let summary = AccountSummary::new(account.clone(), Currency::USD, now);
        let nothing = Baseline {
            orders: Covered::Complete(Vec::new()),
            fills: Covered::Complete(Vec::new()),
            positions: Covered::Complete(Vec::new()),
            summary: Covered::Complete(summary),
        };
        let _missing = ledger.complete(ticket, nothing);
        let mut capabilities = Capabilities::none(Environment::Simulated);
        capabilities.orders.push(OrderForm {
            asset_classes: vec![AssetClass::Equity],
            order_types: vec![OrderTypeKind::Market, OrderTypeKind::Limit],
            times_in_force: vec![TimeInForceKind::Day, TimeInForceKind::Gtc],
            sessions: vec![TradingSession::Regular],
        });
        let units = QuantityRule::steps(Quantity::try_from(1)?, Quantity::try_from(1_000_000)?);
        let ticks = TickTable::uniform(dec!(0.01))?;
        let contract = ContractDetails::new(share()?, "Test share", Currency::USD, ticks, units);
        Ok(Arc::new(Self {
            id: BrokerId::new("null")?,
            account,
            desk,
            ledger,
            capabilities: Arc::new(capabilities),
            contract,
            session: watch::Sender::new(SessionState::Ready),
        }))
    }

    /// What the adapter does with an order, without the checks and without dynamic dispatch.
    ///
    /// # Errors
    /// Never.
    pub async fn accept(&self, order: Arc<NewOrder>) -> Result<Acknowledgement> {
        let id = order.client_order_id.clone();
        let report = ExecutionReport::new(id, ExecutionKind::New).with_terms(order);
        self.ledger.report(report);
        Ok(Acknowledgement::Accepted {
            broker_order_id: None,
        })
    }
}

fn nothing<T>() -> Result<T> {
    Err(Error::unsupported("this broker does nothing"))
}

#[async_trait]
impl Broker for NullBroker {
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
        nothing()
    }
    async fn capabilities(&self, account: &AccountId) -> Result<Arc<Capabilities>> {
        if *account != self.account {
            return nothing();
        }
        Ok(Arc::clone(&self.capabilities))
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
        Ok(())
    }
}

#[async_trait]
impl Trading for NullBroker {
    async fn submit(&self, order: Admitted<NewOrder>) -> Result<Acknowledgement> {
        self.accept(order.into_request()).await
    }
    async fn submit_list(&self, _: Admitted<OrderList>) -> Result<Vec<Acknowledgement>> {
        nothing()
    }
    async fn replace(&self, _: Admitted<ReplaceOrder>) -> Result<Acknowledgement> {
        nothing()
    }
    async fn cancel(&self, _: Admitted<CancelOrder>) -> Result<Acknowledgement> {
        nothing()
    }
    async fn cancel_all(&self, _: &AccountId) -> Result<Acknowledgement> {
        nothing()
    }
    async fn exercise(&self, _: Admitted<ExerciseOption>) -> Result<Acknowledgement> {
        nothing()
    }
    async fn preview(&self, _: &NewOrder) -> Result<OrderPreview> {
        nothing()
    }
    async fn find(&self, _: &AccountId, _: &ClientOrderId) -> Result<Lookup> {
        nothing()
    }
    async fn order_reports(
        &self,
        _: &AccountId,
        _: &OrderFilter,
    ) -> Result<Covered<Vec<ExecutionReport>>> {
        nothing()
    }
    async fn fills(&self, _: &AccountId, _: &FillFilter) -> Result<Covered<Vec<Fill>>> {
        nothing()
    }
}

#[async_trait]
impl Reference for NullBroker {
    async fn search(&self, _: &str, _: u32) -> Result<Vec<InstrumentMatch>> {
        nothing()
    }
    async fn resolve(&self, _: &InstrumentQuery) -> Result<Vec<Instrument>> {
        nothing()
    }
    async fn contract(&self, _: &Instrument) -> Result<ContractDetails> {
        Ok(self.contract.clone())
    }
    async fn option_expirations(&self, _: &Instrument) -> Result<Vec<NaiveDate>> {
        nothing()
    }
    async fn option_chain(&self, _: &ChainQuery) -> Result<OptionChain> {
        nothing()
    }
    async fn compute_option(&self, _: &OptionQuery) -> Result<OptionComputation> {
        nothing()
    }
    async fn schedule(
        &self,
        _: &Instrument,
        _: NaiveDate,
        _: NaiveDate,
    ) -> Result<TradingSchedule> {
        nothing()
    }
}
