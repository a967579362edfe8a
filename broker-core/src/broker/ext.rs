use std::{sync::Arc, time::Duration};

use super::{
    Acknowledgement, Broker, OrderBuilder,
    calls::{look_up, market_data, quote_of, reference, resolve, trading, wait_for_end},
};
use crate::{
    Covered, Error, ErrorKind, Result,
    event::EventReader,
    feed::FeedStream,
    model::{
        AccountId, BrokerText, ClientOrderId, ContractDetails, ExerciseOption, Fill, FillFilter,
        Instrument, InstrumentQuery, NewOrder, Order, OrderFilter, OrderList, OrderPreview,
        OrderStatus, Quantity, Quote, ReplaceOrder, Side, Subscription,
    },
};

/// What a lookup says about an order, with the order folded.
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub enum OrderLookup {
    /// The broker has it; this is how it stands.
    Found(Arc<Order>),
    /// The broker does not have it and will not get it.
    Absent,
    /// Nobody knows yet. Ask again later.
    Inconclusive(BrokerText),
}

/// What a person calls: every command with its checks, every question with its conveniences.
///
/// Implemented for every [`Broker`], so `Arc<dyn Broker>` has it too.
///
/// A service that the broker does not have gives
/// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) with its name.
#[expect(
    async_fn_in_trait,
    reason = "implemented once, for every broker; futures are Send"
)]
pub trait BrokerExt: Broker {
    /// Checks an order and sends it, once.
    ///
    /// Dropping the future leaves the order [`Unconfirmed`](OrderStatus::Unconfirmed).
    ///
    /// # Errors
    /// Proof that the order does not exist at the broker: it did not pass the checks
    /// ([`Unsupported`](ErrorKind::Unsupported), [`InvalidRequest`](ErrorKind::InvalidRequest),
    /// [`Duplicate`](ErrorKind::Duplicate)), the broker refused it
    /// ([`Rejected`](ErrorKind::Rejected), [`InsufficientFunds`](ErrorKind::InsufficientFunds), …), or
    /// it was never sent ([`Disconnected`](ErrorKind::Disconnected), …).
    async fn submit(&self, order: &NewOrder) -> Result<Acknowledgement> {
        let operation = |error: Error| error.in_operation("submit");
        let trading = trading(self)?;
        let (admitted, mut reservation) =
            self.desk().admit(self, order).await.map_err(operation)?;
        let outcome = trading.submit(admitted).await.map_err(operation);
        reservation.settle(&outcome);
        outcome
    }

    /// Checks a list of orders and sends it, once.
    ///
    /// # Errors
    /// As [`submit`](Self::submit), for all orders of the list.
    async fn submit_list(&self, list: &OrderList) -> Result<Vec<Acknowledgement>> {
        let operation = |error: Error| error.in_operation("submit_list");
        let trading = trading(self)?;
        let (admitted, mut reservations) = self
            .desk()
            .admit_list(self, list)
            .await
            .map_err(operation)?;
        let outcome = trading.submit_list(admitted).await.map_err(operation);
        reservations.settle(&outcome);
        outcome
    }

    /// Checks a change of a working order and sends it.
    ///
    /// # Errors
    /// Proof that the order is as it was: [`TooLate`](ErrorKind::TooLate) when it has ended,
    /// [`NotFound`](ErrorKind::NotFound) when there is none, and as [`submit`](Self::submit).
    async fn replace(&self, change: &ReplaceOrder) -> Result<Acknowledgement> {
        let operation = |error: Error| error.in_operation("replace");
        let admitted = self
            .desk()
            .admit_replace(self, change)
            .await
            .map_err(operation)?;
        trading(self)?.replace(admitted).await.map_err(operation)
    }

    /// Asks the broker to cancel an order.
    ///
    /// # Errors
    /// Proof that nothing was canceled: [`TooLate`](ErrorKind::TooLate) when it has ended,
    /// [`NotFound`](ErrorKind::NotFound) when there is none, and connection errors.
    async fn cancel(&self, account: &AccountId, id: &ClientOrderId) -> Result<Acknowledgement> {
        let operation = |error: Error| error.in_operation("cancel");
        let admitted = self.desk().admit_cancel(account, id).map_err(operation)?;
        trading(self)?.cancel(admitted).await.map_err(operation)
    }

    /// Asks the broker to cancel every open order of the account.
    ///
    /// # Errors
    /// Proof that nothing was canceled.
    async fn cancel_all(&self, account: &AccountId) -> Result<Acknowledgement> {
        let operation = |error: Error| error.in_operation("cancel_all");
        self.desk().ledger(account).map_err(operation)?;
        trading(self)?.cancel_all(account).await.map_err(operation)
    }

    /// Checks a request to exercise an option and sends it, once.
    ///
    /// # Errors
    /// Proof that nothing was exercised.
    async fn exercise(&self, exercise: &ExerciseOption) -> Result<Acknowledgement> {
        let operation = |error: Error| error.in_operation("exercise");
        let trading = trading(self)?;
        let admitted = self
            .desk()
            .admit_exercise(self, exercise)
            .await
            .map_err(operation)?;
        let outcome = trading.exercise(admitted).await.map_err(operation);
        self.desk().settle_exercise(exercise, &outcome)?;
        outcome
    }

    /// Makes every check that [`submit`](Self::submit) makes, without sending anything.
    ///
    /// # Errors
    /// What `submit` would refuse before sending.
    async fn check(&self, order: &NewOrder) -> Result<()> {
        self.desk()
            .check(self, order)
            .await
            .map_err(|error| error.in_operation("check"))
    }

    /// Checks an order and asks the broker what it would cost.
    ///
    /// # Errors
    /// What `submit` would refuse before sending, and connection errors.
    async fn preview(&self, order: &NewOrder) -> Result<OrderPreview> {
        let operation = |error: Error| error.in_operation("preview");
        self.desk().check(self, order).await.map_err(operation)?;
        let capabilities = self.capabilities(&order.account).await.map_err(operation)?;
        if let Some(why) = capabilities.preview.why() {
            return Err(operation(Error::unsupported(format!(
                "previews are not given: {why}"
            ))));
        }
        trading(self)?.preview(order).await.map_err(operation)
    }

    /// Asks the broker whether it has an order, and folds the answer in.
    ///
    /// This is the only way out of [`Unconfirmed`](OrderStatus::Unconfirmed) besides the broker's
    /// own reports. A broker that says it has no such order is not believed when it has reported the
    /// order before: an open one is then inconclusive, and one that has ended is found as it ended.
    ///
    /// # Errors
    /// When the question could not be sent.
    async fn lookup(&self, account: &AccountId, id: &ClientOrderId) -> Result<OrderLookup> {
        look_up(self, account, id).await
    }

    /// Looks up every order of the account that is unconfirmed.
    ///
    /// # Errors
    /// The first lookup that could not be sent.
    async fn resolve_unconfirmed(
        &self,
        account: &AccountId,
    ) -> Result<Vec<(ClientOrderId, OrderLookup)>> {
        let mut answers = Vec::new();
        for id in self.desk().ledger(account)?.unconfirmed() {
            let lookup = look_up(self, account, &id).await?;
            answers.push((id, lookup));
        }
        Ok(answers)
    }

    /// The order as the reports so far make it, without asking the broker.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) when this process has not heard of it.
    fn order(&self, account: &AccountId, id: &ClientOrderId) -> Result<Arc<Order>> {
        self.desk().ledger(account)?.order(id).ok_or_else(|| {
            Error::new(
                ErrorKind::NotFound,
                format!("no order {id} in account {account}"),
            )
            .at_field("client_order_id")
        })
    }

    /// Asks the broker for orders and folds the answer in.
    ///
    /// # Errors
    /// When the account is not known.
    async fn orders(
        &self,
        account: &AccountId,
        filter: &OrderFilter,
    ) -> Result<Covered<Vec<Arc<Order>>>> {
        let operation = |error: Error| error.in_operation("orders");
        let ledger = self.desk().ledger(account).map_err(operation)?;
        let reports = trading(self)?
            .order_reports(account, filter)
            .await
            .map_err(operation)?;
        Ok(reports.map(|reports| {
            let ids: Vec<_> = reports
                .iter()
                .map(|report| report.client_order_id.clone())
                .collect();
            reports.into_iter().for_each(|report| ledger.report(report));
            let orders = ids.iter().filter_map(|id| ledger.order(id));
            orders.filter(|order| filter.accepts(order)).collect()
        }))
    }

    /// Asks the broker for executions.
    ///
    /// # Errors
    /// When the account is not known.
    async fn fills(&self, account: &AccountId, filter: &FillFilter) -> Result<Covered<Vec<Fill>>> {
        let operation = |error: Error| error.in_operation("fills");
        self.desk().ledger(account).map_err(operation)?;
        trading(self)?
            .fills(account, filter)
            .await
            .map_err(operation)
    }

    /// The events of an account from now on, beginning with a snapshot.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) when there is no such account.
    fn events(&self, account: &AccountId) -> Result<EventReader> {
        Ok(self.desk().ledger(account)?.subscribe())
    }

    /// Waits until an order has ended.
    ///
    /// # Errors
    /// [`Timeout`](ErrorKind::Timeout) when it has not ended in time; the order is as it is.
    /// [`NotFound`](ErrorKind::NotFound) when there is no such account.
    async fn wait_for_end(
        &self,
        account: &AccountId,
        id: &ClientOrderId,
        timeout: Duration,
    ) -> Result<Arc<Order>> {
        wait_for_end(self, account, id, timeout).await
    }

    /// Waits until an order is filled.
    ///
    /// # Errors
    /// [`Timeout`](ErrorKind::Timeout) as [`wait_for_end`](Self::wait_for_end);
    /// [`Rejected`](ErrorKind::Rejected) when it ended otherwise, with the broker's reason.
    async fn wait_for_fill(
        &self,
        account: &AccountId,
        id: &ClientOrderId,
        timeout: Duration,
    ) -> Result<Arc<Order>> {
        let order = wait_for_end(self, account, id, timeout).await?;
        if order.status == OrderStatus::Filled {
            return Ok(order);
        }
        let message = format!("order {id} ended as {}", order.status);
        let error = Error::new(ErrorKind::Rejected, message).in_operation("wait_for_fill");
        Err(match &order.reason {
            Some(reason) => error.with_broker(reason.clone()),
            None => error,
        })
    }

    /// The one instrument that the text or query means.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound), [`Ambiguous`](ErrorKind::Ambiguous) with the candidates,
    /// and connection errors.
    async fn resolve(&self, query: impl Into<InstrumentQuery>) -> Result<Instrument> {
        resolve(self, &query.into()).await
    }

    /// What is fixed about an instrument.
    ///
    /// # Errors
    /// As [`Reference::contract`](crate::Reference::contract).
    async fn contract(&self, instrument: &Instrument) -> Result<Arc<ContractDetails>> {
        self.desk()
            .resolver()
            .contract(reference(self)?, instrument)
            .await
            .map_err(|error| error.in_operation("contract"))
    }

    /// The best prices of the one instrument that the text or query means.
    ///
    /// # Errors
    /// As [`resolve`](Self::resolve) and [`MarketData::quotes`](crate::MarketData::quotes).
    async fn quote(&self, query: impl Into<InstrumentQuery>) -> Result<Quote> {
        let instrument = resolve(self, &query.into()).await?;
        quote_of(self, &instrument).await
    }

    /// The best prices of an instrument.
    ///
    /// # Errors
    /// As [`MarketData::quotes`](crate::MarketData::quotes).
    async fn quote_of(&self, instrument: &Instrument) -> Result<Quote> {
        quote_of(self, instrument).await
    }

    /// Market data from now on; one upstream line for all readers of the same subscription.
    ///
    /// # Errors
    /// As [`MarketData::open_line`](crate::MarketData::open_line).
    async fn subscribe(&self, subscription: &Subscription) -> Result<FeedStream> {
        self.desk()
            .feeds()
            .subscribe(market_data(self)?, subscription)
            .await
            .map_err(|error| error.in_operation("subscribe"))
    }

    /// Begins an order to buy. Nothing is sent before [`OrderBuilder::submit`].
    fn buy<Q>(&self, query: impl Into<InstrumentQuery>, quantity: Q) -> OrderBuilder<'_, Self>
    where
        Q: TryInto<Quantity>,
        Q::Error: Into<Error>,
    {
        OrderBuilder::new(
            self,
            Side::Buy,
            query.into(),
            quantity.try_into().map_err(Into::into),
        )
    }

    /// Begins an order to sell. Nothing is sent before [`OrderBuilder::submit`].
    fn sell<Q>(&self, query: impl Into<InstrumentQuery>, quantity: Q) -> OrderBuilder<'_, Self>
    where
        Q: TryInto<Quantity>,
        Q::Error: Into<Error>,
    {
        OrderBuilder::new(
            self,
            Side::Sell,
            query.into(),
            quantity.try_into().map_err(Into::into),
        )
    }
}

impl<B: Broker + ?Sized> BrokerExt for B {}
