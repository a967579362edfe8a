use broker_runtime::registry::Seat;

use crate::{
    BrokerService, Call, Fault,
    policy::{Check, Working},
    store::OpenOrders,
};

impl BrokerService {
    /// What the store has to know to hold one order more against the caller's limit; nothing where there
    /// is none.
    ///
    /// # Errors
    /// The limit, when nobody can say which orders work.
    pub(super) async fn open_orders(
        &self,
        call: &Call,
        seat: &Seat,
    ) -> Result<Option<OpenOrders>, Check> {
        let Some(most) = call.principal.limits.max_open_orders else {
            return Ok(None);
        };
        let now = self.clock.now();
        let working = Working::ask(&*seat.broker, &seat.key.account, most, now).await;
        working.map(Some).map_err(|why| Working::unknown(&why))
    }

    /// The same limit as one of the checks, before a person is asked.
    pub(super) async fn open_orders_check(
        &self,
        call: &Call,
        seat: &Seat,
    ) -> Result<Option<Check>, Fault> {
        let orders = match self.open_orders(call, seat).await {
            Ok(Some(orders)) => orders,
            Ok(None) => return Ok(None),
            Err(unknown) => return Ok(Some(unknown)),
        };
        let (most, account) = (orders.most, seat.key.to_string());
        let open = self
            .store()?
            .open_orders(&call.principal.id, &account, orders);
        Ok(Some(Working::check(most, open.await?)))
    }
}
