//! What the methods of [`BrokerExt`](super::BrokerExt) share.
//!
//! A method that awaits another method of `self` makes a future that is not `Send` for every lifetime
//! of `dyn Broker`, which `tokio::spawn` asks for. What methods share is therefore a function.

use std::{sync::Arc, time::Duration};

use super::{Broker, Lookup, MarketData, OrderLookup, Reference, Trading};
use crate::{
    Error, ErrorKind, Result,
    desk::no_service,
    model::{
        AccountId, BrokerText, ClientOrderId, ExecutionKind, ExecutionReport, Instrument,
        InstrumentQuery, Order, OrderStatus, Quote,
    },
};

pub(super) async fn look_up<B: Broker + ?Sized>(
    broker: &B,
    account: &AccountId,
    id: &ClientOrderId,
) -> Result<OrderLookup> {
    let operation = |error: Error| error.in_operation("lookup");
    let ledger = broker.desk().ledger(account).map_err(operation)?;
    let lookup = trading(broker)?
        .find(account, id)
        .await
        .map_err(operation)?;
    Ok(match lookup {
        Lookup::Found(reports) => {
            reports.into_iter().for_each(|report| ledger.report(report));
            match ledger.order(id) {
                Some(order) => OrderLookup::Found(order),
                None => OrderLookup::Inconclusive(BrokerText::text(
                    "the broker has the order but did not say what it is",
                )),
            }
        }
        Lookup::Absent => {
            if ledger.order(id).is_some() {
                let absent = ExecutionReport::new(id.clone(), ExecutionKind::ProvenAbsent)
                    .with_reason(BrokerText::text("a lookup proved that it never arrived"));
                ledger.report(absent);
            }
            match ledger.order(id) {
                // It has been at the broker, so what the broker says now proves nothing.
                Some(order) if order.status != OrderStatus::Rejected => {
                    if order.status.is_final() {
                        OrderLookup::Found(order)
                    } else {
                        OrderLookup::Inconclusive(BrokerText::text(
                            "the broker has reported the order and now does not have it",
                        ))
                    }
                }
                _ => OrderLookup::Absent,
            }
        }
        Lookup::Inconclusive(why) => OrderLookup::Inconclusive(why),
    })
}

pub(super) async fn wait_for_end<B: Broker + ?Sized>(
    broker: &B,
    account: &AccountId,
    id: &ClientOrderId,
    timeout: Duration,
) -> Result<Arc<Order>> {
    let ledger = broker.desk().ledger(account)?;
    // Before the first look, so that nothing happens unseen between the two.
    let mut watch = ledger.watch_order(id);
    let wait = async {
        loop {
            // In this order: what the order came to is told before the session is closed.
            let closed = ledger.is_closed();
            let order = ledger.order(id);
            if let Some(order) = order.filter(|order| order.status.is_final()) {
                return Some(order);
            }
            if closed {
                return None;
            }
            watch.changed().await;
        }
    };
    match tokio::time::timeout(timeout, wait).await {
        Ok(Some(order)) => Ok(order),
        Ok(None) => Err(Error::new(
            ErrorKind::Disconnected,
            "the session was closed",
        )),
        Err(_) => {
            let message = format!("order {id} has not ended within {timeout:?}");
            Err(Error::new(ErrorKind::Timeout, message))
        }
    }
    .map_err(|error| error.in_operation("wait_for_end"))
}

pub(super) async fn resolve<B: Broker + ?Sized>(
    broker: &B,
    query: &InstrumentQuery,
) -> Result<Instrument> {
    broker
        .desk()
        .resolver()
        .resolve(reference(broker)?, query)
        .await
        .map_err(|error| error.in_operation("resolve"))
}

pub(super) async fn quote_of<B: Broker + ?Sized>(
    broker: &B,
    instrument: &Instrument,
) -> Result<Quote> {
    let operation = |error: Error| error.in_operation("quote");
    let asked = std::slice::from_ref(instrument);
    let answers = market_data(broker)?
        .quotes(asked)
        .await
        .map_err(operation)?;
    let answer = answers.into_iter().next().unwrap_or_else(|| {
        Err(Error::new(
            ErrorKind::Protocol,
            "one quote was asked for and none was answered",
        ))
    });
    answer.map_err(operation)
}

pub(super) fn trading<B: Broker + ?Sized>(broker: &B) -> Result<&dyn Trading> {
    broker.trading().ok_or_else(|| no_service("trading"))
}

pub(super) fn market_data<B: Broker + ?Sized>(broker: &B) -> Result<&dyn MarketData> {
    broker
        .market_data()
        .ok_or_else(|| no_service("market data"))
}

pub(super) fn reference<B: Broker + ?Sized>(broker: &B) -> Result<&dyn Reference> {
    broker.reference().ok_or_else(|| no_service("reference"))
}
