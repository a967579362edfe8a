//! A started rig with the moves that checks are made of.

use core::{future::Future, pin::pin, time::Duration};
use std::sync::Arc;

use broker_core::{
    Acknowledgement, Broker, BrokerExt as _, Capabilities, ErrorKind, OrderLookup, Result,
    SessionState,
    model::{
        AccountId, ClientOrderId, ContractDetails, Instrument, NewOrder, Order, OrderAmount,
        OrderStatus, OrderType, Price, Quantity, Side, TimeInForce, TradingSession,
    },
};
use chrono::TimeDelta;
use rust_decimal::Decimal;

use super::{
    Harness, Injection, Market, Rig, Truth, World,
    compare::{difference, expect_kind},
    outcome::{Stop, Verdict, ensure, fail, skip},
    progress::{moved, patiently},
};
use crate::fault::Fault;

/// Simulated time per step while something is waited for.
const STEP: TimeDelta = TimeDelta::seconds(1);
/// Most steps: every call has to end within so many simulated seconds.
const STEPS: u32 = 180;
/// Real time that a call gets before simulated time begins to move.
const GRACE: Duration = Duration::from_millis(200);
/// Real time that a call gets per step.
const PAUSE: Duration = Duration::from_millis(5);
/// Pauses that a call gets when all simulated time has passed: ten seconds of a machine with nothing else to
/// do.
const PATIENCE: u32 = 2_000;
/// Rounds in which a lookup may stay inconclusive when all simulated time has passed, and the real time of
/// each, for an adapter that lives on the machine's clock.
const LOOKUPS: u32 = 60;
const LOOKUP: Duration = Duration::from_millis(200);

/// A started rig.
pub(super) struct Scene {
    pub(super) rig: Box<dyn Rig>,
    pub(super) world: World,
    pub(super) broker: Arc<dyn Broker>,
    pub(super) account: AccountId,
    pub(super) equity: Instrument,
}

impl Scene {
    /// Starts a rig.
    pub(super) async fn open(harness: &dyn Harness) -> Verdict<Self> {
        let rig = harness
            .start()
            .await
            .map_err(|error| Stop::Fail(format!("the rig did not start: {error}")))?;
        let world = rig.world();
        let Some(account) = world.accounts.first().cloned() else {
            fail!("the world has no account");
        };
        let scene = Self {
            broker: rig.broker(),
            equity: world.equity.clone(),
            account,
            world,
            rig,
        };
        scene.ready().await?;
        // Known before anything goes wrong, so that orders can be put together without a session.
        let contract = scene.broker.contract(&scene.equity);
        let _known = scene.drive("contract", contract).await?;
        Ok(scene)
    }

    /// Starts a rig whose broker trades.
    pub(super) async fn trading(harness: &dyn Harness) -> Verdict<Self> {
        let scene = Self::open(harness).await?;
        if scene.broker.trading().is_none() {
            skip!("the broker has no trading service");
        }
        Ok(scene)
    }

    // ---- time ---------------------------------------------------------------------------------

    /// Waits for a call while simulated time passes; a call that never ends is a failure.
    pub(super) async fn drive<T>(
        &self,
        what: &str,
        call: impl Future<Output = T> + Send,
    ) -> Verdict<T> {
        let mut call = pin!(call);
        let mut wait = GRACE;
        for _ in 0..STEPS {
            if let Ok(value) = tokio::time::timeout(wait, &mut call).await {
                moved();
                return Ok(value);
            }
            wait = PAUSE;
            self.rig.advance(STEP).await;
            moved();
        }
        patiently(PATIENCE, PAUSE, call).await.ok_or_else(|| {
            Stop::Fail(format!(
                "{what} did not end within {STEPS} simulated seconds"
            ))
        })
    }

    pub(super) async fn settle(&self) {
        self.rig.settle().await;
        moved();
    }

    pub(super) async fn advance(&self, span: TimeDelta) {
        self.rig.advance(span).await;
        moved();
        self.settle().await;
    }

    /// Waits until `seen` gives something, while simulated time passes.
    pub(super) async fn until<T>(
        &self,
        what: &str,
        steps: u32,
        mut seen: impl AsyncFnMut() -> Option<T>,
    ) -> Verdict<T> {
        for _ in 0..steps {
            self.settle().await;
            if let Some(value) = seen().await {
                return Ok(value);
            }
            self.rig.advance(STEP).await;
            tokio::time::sleep(PAUSE.min(Duration::from_millis(1))).await;
        }
        fail!("{what}: not within {steps} simulated seconds")
    }

    /// Waits until the session is ready.
    pub(super) async fn ready(&self) -> Verdict {
        let session = self.broker.session();
        self.until("the session becomes ready", STEPS, async || {
            (*session.borrow() == SessionState::Ready).then_some(())
        })
        .await?;
        self.settle().await;
        Ok(())
    }

    /// A new process in the same world.
    pub(super) async fn restart(&mut self) -> Verdict {
        self.broker = self.rig.restart().await?;
        self.ready().await
    }

    // ---- the world ----------------------------------------------------------------------------

    pub(super) async fn inject(&self, fault: Fault) -> Verdict {
        match self.rig.inject(fault.clone()).await {
            Injection::Done => Ok(()),
            Injection::NotPossible(reason) => skip!("no {fault:?}: {reason}"),
        }
    }

    pub(super) async fn move_market(&self, instrument: &Instrument, to: Price) -> Verdict {
        match self.rig.move_market(instrument, to).await {
            Injection::Done => {
                self.settle().await;
                Ok(())
            }
            Injection::NotPossible(reason) => skip!("{reason}"),
        }
    }

    pub(super) async fn truth(&self) -> Truth {
        self.rig.truth(&self.account).await
    }

    pub(super) async fn market(&self, instrument: &Instrument) -> Verdict<Market> {
        match self.rig.market(instrument).await {
            Some(market) => Ok(market),
            None => skip!("{instrument} has no market"),
        }
    }

    pub(super) async fn capabilities(&self) -> Verdict<Arc<Capabilities>> {
        let call = self.broker.capabilities(&self.account);
        Ok(self.drive("capabilities", call).await??)
    }

    pub(super) async fn contract(&self, instrument: &Instrument) -> Verdict<Arc<ContractDetails>> {
        let call = self.broker.contract(instrument);
        Ok(self.drive("contract", call).await??)
    }

    // ---- orders -------------------------------------------------------------------------------

    /// `count` whole units of an instrument, or of its smallest order when that is more.
    pub(super) async fn units(&self, instrument: &Instrument, count: u32) -> Verdict<Quantity> {
        let contract = self.contract(instrument).await?;
        let rule = contract.quantities;
        let one = Quantity::new(Decimal::ONE)?;
        let unit = if rule.check(one).is_ok() {
            one
        } else {
            rule.minimum
        };
        Ok(Quantity::new(unit.get() * Decimal::from(count))?)
    }

    /// A price on the increment, `percent` above the market's `from` (below when negative).
    pub(super) async fn price(
        &self,
        instrument: &Instrument,
        from: Price,
        percent: i32,
    ) -> Verdict<Price> {
        let share = Decimal::from(percent) / Decimal::ONE_HUNDRED;
        let raw = from.get() + from.get().abs() * share;
        let side = if percent < 0 { Side::Buy } else { Side::Sell };
        let contract = self.contract(instrument).await?;
        Ok(contract.ticks.snap(Price::new(raw.round_dp(8))?, side))
    }

    /// An order in the instrument, market type, for the day.
    pub(super) async fn order_in(
        &self,
        instrument: &Instrument,
        side: Side,
        count: u32,
    ) -> Verdict<NewOrder> {
        let quantity = self.units(instrument, count).await?;
        Ok(NewOrder::new(
            self.fresh_id().await?,
            self.account.clone(),
            instrument.clone(),
            side,
            OrderAmount::Quantity(quantity),
            OrderType::Market,
        ))
    }

    /// A new identifier that is not too long for the broker.
    pub(super) async fn fresh_id(&self) -> Verdict<ClientOrderId> {
        let most = usize::from(self.capabilities().await?.max_client_order_id);
        let id = ClientOrderId::generate();
        let text = id.as_str();
        // The end of a ULID is its random part.
        let from = text.len().saturating_sub(most);
        Ok(ClientOrderId::new(text.get(from..).unwrap_or(text))?)
    }

    /// A limit order to buy shares, far below the market: it rests.
    pub(super) async fn resting(&self, count: u32) -> Verdict<NewOrder> {
        let market = self.market(&self.equity).await?;
        let mut order = self.order_in(&self.equity, Side::Buy, count).await?;
        let price = self.price(&self.equity, market.bid, -25).await?;
        order.order_type = OrderType::Limit { price };
        self.fitted(order).await
    }

    /// An order to buy shares that fills at once.
    pub(super) async fn marketable(&self, count: u32) -> Verdict<NewOrder> {
        let market = self.market(&self.equity).await?;
        let mut order = self.order_in(&self.equity, Side::Buy, count).await?;
        match self.fitted(order.clone()).await {
            Err(Stop::Skip(_)) => {}
            fitted => return fitted,
        }
        let price = self.price(&self.equity, market.ask, 5).await?;
        order.order_type = OrderType::Limit { price };
        self.fitted(order).await
    }

    /// The order with the first lasting lifetime and the first session with which it is taken.
    pub(super) async fn fitted(&self, mut order: NewOrder) -> Verdict<NewOrder> {
        let capabilities = self.capabilities().await?;
        let Err(refusal) = capabilities.check(&order) else {
            return Ok(order);
        };
        let later = self.broker.desk().clock().now() + TimeDelta::hours(4);
        for time in [TimeInForce::Day, TimeInForce::Gtc, TimeInForce::Gtd(later)] {
            for session in TradingSession::ALL {
                order.time_in_force = time;
                order.session = *session;
                if capabilities.check(&order).is_ok() {
                    return Ok(order);
                }
            }
        }
        skip!("needs an order that is not taken: {refusal}")
    }

    pub(super) async fn submit(&self, order: &NewOrder) -> Verdict<Result<Acknowledgement>> {
        self.drive("submit", self.broker.submit(order)).await
    }

    /// Submits, and waits until the ledger says what the truth says.
    pub(super) async fn place(&self, order: &NewOrder) -> Verdict<Arc<Order>> {
        let mut answer = self.submit(order).await?;
        for _ in 0..30 {
            match &answer {
                // Over a declared budget: nothing was sent, so it may be sent later.
                Err(error) if error.kind() == ErrorKind::RateLimited => {
                    self.advance(STEP).await;
                    answer = self.submit(order).await?;
                }
                _ => break,
            }
        }
        match answer? {
            Acknowledgement::Accepted { .. } => {}
            other => fail!("submit was not accepted in quiet times: {other:?}"),
        }
        self.agree(&order.client_order_id).await
    }

    pub(super) async fn cancel(&self, id: &ClientOrderId) -> Verdict<Result<Acknowledgement>> {
        self.drive("cancel", self.broker.cancel(&self.account, id))
            .await
    }

    /// The order in the ledger.
    pub(super) fn order(&self, id: &ClientOrderId) -> Option<Arc<Order>> {
        self.broker.order(&self.account, id).ok()
    }

    /// Waits until the ledger says of an order what the truth says; the order as it is then.
    pub(super) async fn agree(&self, id: &ClientOrderId) -> Verdict<Arc<Order>> {
        let mut last = String::new();
        for _ in 0..60 {
            self.settle().await;
            let truth = self.truth().await;
            match (
                difference(&truth, self.order(id).as_deref()),
                self.order(id),
            ) {
                (None, Some(order)) => return Ok(order),
                (None, None) => fail!("order {id} is neither at the broker nor in the ledger"),
                (Some(seen), _) => last = seen,
            }
            self.rig.advance(STEP).await;
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        fail!("order {id}: {last}")
    }

    /// Waits until an order has the status.
    pub(super) async fn reaches(&self, id: &ClientOrderId, status: &OrderStatus) -> Verdict {
        let what = format!("order {id} becomes {status}");
        let seen = async || self.order(id).filter(|order| order.status == *status);
        self.until(&what, 60, seen).await.map_err(|_| {
            let is = self.order(id).map(|order| order.status.to_string());
            Stop::Fail(format!(
                "{what}: it is {}",
                is.as_deref().unwrap_or("not known")
            ))
        })?;
        self.agree(id).await?;
        Ok(())
    }

    /// Asks for an order until the broker knows.
    pub(super) async fn lookup(&self, id: &ClientOrderId) -> Verdict<OrderLookup> {
        for round in 0..60 + LOOKUPS {
            let call = self.broker.lookup(&self.account, id);
            match self.drive("lookup", call).await? {
                Ok(OrderLookup::Inconclusive(_)) | Err(_) => self.advance(STEP).await,
                Ok(answer) => return Ok(answer),
            }
            if round >= 60 {
                tokio::time::sleep(LOOKUP).await;
            }
        }
        fail!("the lookup of {id} stayed inconclusive for a minute of quiet")
    }

    /// Makes sure that an order is refused as unsupported and that nothing reaches the broker.
    pub(super) async fn refuses(&self, order: &NewOrder) -> Verdict {
        let before = self.truth().await.commands;
        let answer = self.submit(order).await?;
        self.settle().await;
        let truth = self.truth().await;
        ensure!(
            truth.orders_of(&order.client_order_id).is_empty(),
            "an order that was not to be sent is at the broker"
        );
        ensure!(
            before == truth.commands,
            "a refused order reached the broker"
        );
        expect_kind("submit", answer, &[ErrorKind::Unsupported])
    }
}
