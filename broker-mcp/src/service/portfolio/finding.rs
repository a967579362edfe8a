//! Orders by any of their names.

use std::sync::Arc;

use broker_core::{
    Broker, BrokerExt as _, OrderLookup,
    model::{AccountId, ClientOrderId, Order, OrderFilter},
};

use crate::{Fault, FaultCode, service::reading::covered, value::OrderView};

/// Whether this is one of the names of an order.
pub(crate) fn is_called(order: &Order, name: &str) -> bool {
    let ids = &order.broker_order_ids;
    order.client_order_id().as_str() == name || ids.iter().any(|id| id.as_str() == name)
}

/// The answers for orders, with what their fills cost as far as this process has heard of them.
pub(crate) fn views(
    broker: &dyn Broker,
    account: &AccountId,
    orders: &[Arc<Order>],
) -> Vec<OrderView> {
    let ledger = broker.desk().ledger(account).ok();
    let view = |order: &Arc<Order>| {
        let ledger = ledger.as_ref();
        let own = ledger.map(|ledger| ledger.fills_of(order.client_order_id()));
        OrderView::of(order).with_fills(own.iter().flatten().map(|fill| &**fill))
    };
    orders.iter().map(view).collect()
}

/// The answer for one order.
pub(crate) fn view(broker: &dyn Broker, account: &AccountId, order: &Arc<Order>) -> OrderView {
    let mut views = views(broker, account, core::slice::from_ref(order));
    views.pop().unwrap_or_else(|| OrderView::of(order))
}

/// The order that has a name, the broker's or the caller's, as far as this process or its broker knows.
///
/// # Errors
/// [`NotFound`](FaultCode::NotFound) when the broker has told everything and it is not among it;
/// [`BrokerError`](FaultCode::BrokerError) when that is not known.
pub(crate) async fn known(
    broker: &dyn Broker,
    account: &AccountId,
    name: &str,
) -> Result<Arc<Order>, Fault> {
    let ledger = broker.desk().ledger(account)?;
    let here = || {
        let id = ClientOrderId::new(name).ok();
        // Most are asked for by the caller's own name, which needs no search.
        id.and_then(|id| ledger.order(&id)).or_else(|| {
            let called = ledger.orders_where(|order| is_called(order, name));
            called.into_iter().next()
        })
    };
    if let Some(order) = here() {
        return Ok(order);
    }
    let mut warnings = Vec::new();
    let told = broker.orders(account, &OrderFilter::default()).await?;
    let all = covered(told, &mut warnings)?;
    let told = all.into_iter().find(|order| is_called(order, name));
    if let Some(order) = told.or_else(here) {
        return Ok(order);
    }
    Err(match warnings.pop() {
        Some(warning) => {
            let message = format!("nobody knows whether there is an order `{name}`: {warning}");
            Fault::new(FaultCode::BrokerError, message).retry_safe(None)
        }
        None => Fault::new(
            FaultCode::NotFound,
            format!("there is no order `{name}` in this account"),
        ),
    })
}

/// How an order stands now, asked of the broker, with what is not certain about it.
///
/// # Errors
/// As [`known`].
pub(crate) async fn now(
    broker: &dyn Broker,
    account: &AccountId,
    name: &str,
) -> Result<(Arc<Order>, Option<String>), Fault> {
    let ledger = broker.desk().ledger(account)?;
    let found = known(broker, account, name).await;
    let id = match &found {
        Ok(order) => Some(order.client_order_id().clone()),
        // It may be one that was sent by a former process and that the list no longer has.
        Err(fault) if fault.code == FaultCode::NotFound => ClientOrderId::new(name).ok(),
        Err(_) => None,
    };
    let Some(id) = id else {
        return found.map(|order| (order, None));
    };
    match broker.lookup(account, &id).await? {
        OrderLookup::Found(order) => Ok((order, None)),
        OrderLookup::Absent => match ledger.order(&id) {
            Some(order) => Ok((order, None)),
            None => found.map(|order| (order, None)),
        },
        OrderLookup::Inconclusive(why) => {
            let why = crate::value::Untrusted::line(&why.to_string(), 200);
            let warning = format!("the broker could not say how it stands now: {why}");
            found.map(|order| (ledger.order(&id).unwrap_or(order), Some(warning)))
        }
    }
}
