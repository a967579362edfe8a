use core::fmt;

use super::{Acknowledgement, Broker, BrokerExt};
use crate::{
    Error, ErrorKind, Result,
    model::{
        AccountId, ClientOrderId, InstrumentQuery, NewOrder, OrderAmount, OrderType, Price,
        Quantity, Side, TimeInForce, TradingSession,
    },
};

/// An order in the making, from [`BrokerExt::buy`] or [`BrokerExt::sell`]: a market order for the
/// day unless said otherwise.
///
/// Every mistake made on the way is kept and comes out of [`build`](Self::build).
#[must_use = "an order in the making does nothing until it is submitted"]
pub struct OrderBuilder<'a, B: ?Sized> {
    broker: &'a B,
    side: Side,
    query: InstrumentQuery,
    quantity: Result<Quantity>,
    order_type: Result<OrderType>,
    account: Option<AccountId>,
    client_order_id: Option<ClientOrderId>,
    time_in_force: TimeInForce,
    session: TradingSession,
}

impl<B: ?Sized> fmt::Debug for OrderBuilder<'_, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OrderBuilder")
            .field("side", &self.side)
            .field("query", &self.query)
            .field("quantity", &self.quantity)
            .field("order_type", &self.order_type)
            .finish_non_exhaustive()
    }
}

fn price<P>(price: P) -> Result<Price>
where
    P: TryInto<Price>,
    P::Error: Into<Error>,
{
    price.try_into().map_err(Into::into)
}

impl<'a, B: Broker + ?Sized> OrderBuilder<'a, B> {
    pub(super) fn new(
        broker: &'a B,
        side: Side,
        query: InstrumentQuery,
        quantity: Result<Quantity>,
    ) -> Self {
        Self {
            broker,
            side,
            query,
            quantity,
            order_type: Ok(OrderType::Market),
            account: None,
            client_order_id: None,
            time_in_force: TimeInForce::Day,
            session: TradingSession::Regular,
        }
    }

    /// At `limit` or better.
    pub fn limit<P>(mut self, limit: P) -> Self
    where
        P: TryInto<Price>,
        P::Error: Into<Error>,
    {
        self.set_type(price(limit).map(|price| OrderType::Limit { price }));
        self
    }

    /// At the market once `trigger` trades.
    pub fn stop<P>(mut self, trigger: P) -> Self
    where
        P: TryInto<Price>,
        P::Error: Into<Error>,
    {
        self.set_type(price(trigger).map(|trigger| OrderType::Stop { trigger }));
        self
    }

    /// A later type replaces an earlier one, but not an earlier mistake.
    fn set_type(&mut self, order_type: Result<OrderType>) {
        if self.order_type.is_ok() {
            self.order_type = order_type;
        }
    }

    /// Any other type of order.
    pub fn order_type(mut self, order_type: OrderType) -> Self {
        self.set_type(Ok(order_type));
        self
    }

    /// For this account; needed when the login has several.
    pub fn account(mut self, account: AccountId) -> Self {
        self.account = Some(account);
        self
    }

    /// Under this name, so that it can be found after a crash; a new name when not said.
    pub fn client_order_id(mut self, id: ClientOrderId) -> Self {
        self.client_order_id = Some(id);
        self
    }

    /// With this lifetime.
    pub fn time_in_force(mut self, time_in_force: TimeInForce) -> Self {
        self.time_in_force = time_in_force;
        self
    }

    /// In this part of the day.
    pub fn session(mut self, session: TradingSession) -> Self {
        self.session = session;
        self
    }

    /// The order, with instrument and account found.
    ///
    /// # Errors
    /// The first mistake made on the way; [`NotFound`](ErrorKind::NotFound) or
    /// [`Ambiguous`](ErrorKind::Ambiguous) for the instrument;
    /// [`InvalidRequest`](ErrorKind::InvalidRequest) when the login has several accounts and none was
    /// named.
    pub async fn build(self) -> Result<NewOrder> {
        let quantity = self.quantity?;
        let order_type = self.order_type?;
        let instrument = self.broker.resolve(self.query).await?;
        let account = match self.account {
            Some(account) => account,
            None => only_account(self.broker).await?,
        };
        let id = self.client_order_id.unwrap_or_else(ClientOrderId::generate);
        let amount = OrderAmount::Quantity(quantity);
        Ok(
            NewOrder::new(id, account, instrument, self.side, amount, order_type)
                .with_time_in_force(self.time_in_force)
                .with_session(self.session),
        )
    }

    /// Builds the order, checks it and sends it, once.
    ///
    /// # Errors
    /// As [`build`](Self::build) and [`BrokerExt::submit`]: the order does not exist at the broker.
    pub async fn submit(self) -> Result<(ClientOrderId, Acknowledgement)> {
        let broker = self.broker;
        let order = self.build().await?;
        let acknowledgement = broker.submit(&order).await?;
        Ok((order.client_order_id, acknowledgement))
    }
}

async fn only_account<B: Broker + ?Sized>(broker: &B) -> Result<AccountId> {
    let mut accounts = broker.accounts().await?;
    match accounts.len() {
        1 => Ok(accounts.swap_remove(0).id),
        0 => Err(Error::new(ErrorKind::NotFound, "the login has no account").at_field("account")),
        several => {
            let message = format!("the login has {several} accounts: name the one to trade");
            Err(Error::invalid("account", message))
        }
    }
}
