use std::sync::Arc;

use broker_core::{
    Broker, BrokerExt, OrderLookup,
    event::Ledger,
    model::{AccountId, ClientOrderId, Order, OrderFilter},
};
use serde_json::json;

use crate::{Fault, FaultCode, service::portfolio::is_called};

/// The order that has one of these names in a ledger: the client's, or one of the broker's.
///
/// A broker counts its orders, and so do callers: `17` may be the name of one and the number of another.
/// Which of the two is meant is not guessed.
fn in_ledger(ledger: &Ledger, name: &str) -> Result<Option<Arc<Order>>, Fault> {
    let mut called = ledger.orders_where(|order| is_called(order, name));
    if called.len() < 2 {
        return Ok(called.pop());
    }
    let names = called.iter().map(|order| {
        json!({ "client_order_id": order.client_order_id(), "broker_ids": order.broker_order_ids })
    });
    let names: Vec<_> = names.collect();
    let message = format!(
        "order_id: `{}` is the name of one order and the broker's number of another; nothing was sent. \
         Name the one that is meant by its other name, in details.candidates",
        shown(name)
    );
    let details = json!({ "candidates": names });
    Err(Fault::new(FaultCode::Ambiguous, message).with_details(details))
}

/// The order that a caller means, asked of the broker where this process has not heard of it.
pub(super) async fn order(
    broker: &dyn Broker,
    account: &AccountId,
    name: &str,
) -> Result<Arc<Order>, Fault> {
    let name = name.trim();
    let ledger = broker.desk().ledger(account)?;
    if let Some(order) = in_ledger(&ledger, name)? {
        return Ok(order);
    }
    // Both fold what they hear into the ledger.
    let orders = BrokerExt::orders(broker, account, &OrderFilter::default()).await;
    if let Some(order) = in_ledger(&ledger, name)? {
        return Ok(order);
    }
    if let Some(order) = looked_up(broker, account, name).await {
        return Ok(order);
    }
    let covered = orders?.complete();
    covered?;
    Err(none(name))
}

/// The order that was sent under a name, whatever else is called so.
pub(super) async fn own(
    broker: &dyn Broker,
    account: &AccountId,
    id: &ClientOrderId,
) -> Result<Arc<Order>, Fault> {
    let ledger = broker.desk().ledger(account)?;
    if let Some(order) = ledger.order(id) {
        return Ok(order);
    }
    let orders = BrokerExt::orders(broker, account, &OrderFilter::default()).await;
    if let Some(order) = ledger.order(id) {
        return Ok(order);
    }
    if let Some(order) = looked_up(broker, account, id.as_str()).await {
        return Ok(order);
    }
    orders?.complete()?;
    Err(none(id.as_str()))
}

async fn looked_up(broker: &dyn Broker, account: &AccountId, name: &str) -> Option<Arc<Order>> {
    let id = ClientOrderId::new(name).ok()?;
    match BrokerExt::lookup(broker, account, &id).await {
        Ok(OrderLookup::Found(order)) => Some(order),
        _ => None,
    }
}

fn none(name: &str) -> Fault {
    let message = format!(
        "order_id: there is no order `{}` in this account",
        shown(name)
    );
    Fault::new(FaultCode::NotFound, message)
}

fn shown(name: &str) -> String {
    name.chars()
        .filter(|letter| !letter.is_control())
        .take(64)
        .collect()
}
