//! The connection dies while an order is on its way. What now?
//!
//! ```text
//! cargo run --example survive_disconnect
//! ```
//!
//! Two orders end the same way for the caller: no answer. One of them has reached the broker, the
//! other has not. Neither is sent again; a lookup finds out, and the simulated exchange, which knows
//! the truth, is asked whether that was right. Needs no network.

#![allow(clippy::print_stdout)]

use std::error::Error;

use broker_core::{Acknowledgement, BrokerExt, OrderLookup, event::EventReader, model::*};
use broker_examples::{sentence, table};
use broker_sim::{
    fault::{Fault, FaultScript, Trigger},
    paper::PaperBroker,
};
use chrono::TimeDelta;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let script = FaultScript::default()
        .with(Trigger::Command(1), Fault::DropBeforeReply)
        .with(Trigger::Command(2), Fault::SilenceBeforeAccept);
    let broker = PaperBroker::builder().faults(script).build()?;
    let account = broker.account().clone();
    let mut events = broker.events(&account)?;

    println!("1. the order arrives, the connection dies before the answer");
    let first = ClientOrderId::new("arrives")?;
    buy(&broker, &first).await?;
    println!(
        "   asked while there is no connection: {}",
        ask(&broker, &first).await
    );
    tell(&mut events);

    println!("\n   the connection comes back: a gap, then the account as it is now");
    broker.world().advance(TimeDelta::seconds(2));
    tell(&mut events);
    println!("   looked up: {}", ask(&broker, &first).await);

    println!("\n2. the order is swallowed on its way");
    let second = ClientOrderId::new("swallowed")?;
    buy(&broker, &second).await?;
    println!("   looked up: {}", ask(&broker, &second).await);
    tell(&mut events);

    println!("\n3. a program that loses its patience sends the first order once more");
    match broker
        .buy("KO", 100)
        .client_order_id(first.clone())
        .submit()
        .await
    {
        Err(error) => println!("   {error}"),
        Ok(_) => return Err("the same order was placed twice".into()),
    }

    println!("\n4. what the program believes, and what the exchange knows");
    let truth = broker.truth(&account);
    let mut rows = Vec::new();
    for id in [&first, &second] {
        let order = broker.order(&account, id)?;
        let (count, filled) = (truth.orders_of(id).len(), order.cumulative_quantity);
        let really: rust_decimal::Decimal = truth
            .fills
            .iter()
            .filter(|fill| fill.client_order_id == *id)
            .map(|fill| fill.quantity)
            .sum();
        if filled != really || count > 1 {
            return Err(
                format!("{id}: believed {filled}, really {really} in {count} orders").into(),
            );
        }
        rows.push([
            id.to_string(),
            order.status.to_string(),
            filled.to_string(),
            count.to_string(),
            really.to_string(),
        ]);
    }
    let header = [
        "order",
        "believed status",
        "believed filled",
        "orders there",
        "really filled",
    ];
    println!("{}", table(header, rows));
    println!("one intent, at most one order; no fill lost");
    Ok(())
}

/// Sends an order and says what came back. `Err` would be proof that it does not exist.
async fn buy(broker: &PaperBroker, id: &ClientOrderId) -> Result<(), broker_core::Error> {
    let order = broker.buy("KO", 100).client_order_id(id.clone());
    match order.submit().await?.1 {
        Acknowledgement::Unconfirmed { cause, .. } => println!("   sent; unconfirmed ({cause})"),
        other => println!("   sent; {other:?}"),
    }
    Ok(())
}

/// What a lookup says: found, proven absent, or not known.
async fn ask(broker: &PaperBroker, id: &ClientOrderId) -> String {
    match broker.lookup(broker.account(), id).await {
        Ok(OrderLookup::Found(order)) => {
            format!(
                "found, {}, {} filled",
                order.status, order.cumulative_quantity
            )
        }
        Ok(OrderLookup::Absent) => "proven absent; it may be placed anew under a new name".into(),
        Ok(OrderLookup::Inconclusive(why)) => format!("not known yet: {why}"),
        Err(error) => format!("{error}"),
    }
}

fn tell(events: &mut EventReader) {
    while let Some(event) = events.try_next() {
        println!("     {}", sentence(&event));
    }
}
