use std::sync::Arc;

use broker_core::{
    Broker, BrokerExt, OrderLookup,
    event::Ledger,
    model::{AccountId, ClientOrderId, Order, OrderFilter},
};

use crate::{Fault, FaultCode};

/// The order that has one of these names in a ledger: the client's, or one of the broker's.
fn in_ledger(ledger: &Ledger, name: &str) -> Option<Arc<Order>> {
    let id = ClientOrderId::new(name).ok();
    id.and_then(|id| ledger.order(&id)).or_else(|| {
        let mut orders = ledger.orders().into_iter();
        orders.find(|order| order.broker_order_ids.iter().any(|id| id.as_str() == name))
    })
}

/// The order that a caller means, asked of the broker where this process has not heard of it.
pub(super) async fn order(
    broker: &dyn Broker,
    account: &AccountId,
    name: &str,
) -> Result<Arc<Order>, Fault> {
    let name = name.trim();
    let ledger = broker.desk().ledger(account)?;
    if let Some(order) = in_ledger(&ledger, name) {
        return Ok(order);
    }
    // Both fold what they hear into the ledger.
    let orders = BrokerExt::orders(broker, account, &OrderFilter::default()).await;
    if let Some(order) = in_ledger(&ledger, name) {
        return Ok(order);
    }
    if let Ok(id) = ClientOrderId::new(name)
        && let Ok(OrderLookup::Found(order)) = BrokerExt::lookup(broker, account, &id).await
    {
        return Ok(order);
    }
    let covered = orders?.complete();
    let message = format!(
        "order_id: there is no order `{}` in this account",
        shown(name)
    );
    covered?;
    Err(Fault::new(FaultCode::NotFound, message))
}

fn shown(name: &str) -> String {
    name.chars()
        .filter(|letter| !letter.is_control())
        .take(64)
        .collect()
}
