//! The life of an order, told by its events: replace, partial fill, cancel, a late fill, a bust.
//!
//! ```text
//! cargo run --example order_lifecycle
//! ```
//!
//! No status here was written by the broker's adapter: each is computed, by one table, from what the
//! broker reported. So a fill that is heard of after the cancel is not lost but announced with a
//! warning, and a busted execution lowers the filled quantity. Needs no network.

#![allow(clippy::print_stdout)]

use std::error::Error;

use broker_core::{
    BrokerExt, Decimal, dec,
    event::{EventBody, EventReader},
    model::*,
};
use broker_examples::{order_table, sentence};
use broker_sim::{fault::Fault, paper::PaperBroker};
use chrono::TimeDelta;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let broker = PaperBroker::builder()
        .account("DEMO", dec!(500_000))
        .build()?;
    let account = broker.account().clone();
    let mut events = broker.events(&account)?;

    println!("a limit order below the market rests");
    let quote = broker.quote("KO").await?;
    let (bid, ask) = (quote.bid.ok_or("no bid")?, quote.ask.ok_or("no ask")?);
    let id = ClientOrderId::new("demo-1")?;
    let (_, acknowledgement) = broker
        .buy("KO", 1_000)
        .limit(away(bid, dec!(-0.50))?)
        .client_order_id(id.clone())
        .submit()
        .await?;
    assert!(acknowledgement.is_accepted());
    tell(&mut events);

    println!("\nreplaced at the ask, it takes what is offered there and rests with the remainder");
    let mut change = ReplaceOrder::new(account.clone(), id.clone());
    change.limit_price = Some(ask);
    let _accepted = broker.replace(&change).await?;
    tell(&mut events);

    println!("\ncanceled, what was filled stays filled");
    let _accepted = broker.cancel(&account, &id).await?;
    tell(&mut events);

    println!("\na second cancel is an error that says why:");
    if let Err(error) = broker.cancel(&account, &id).await {
        println!("  {error}");
    }

    println!("\nreports are late: the order is canceled before anyone hears that it was filled");
    let late = ClientOrderId::new("demo-2")?;
    let offer = broker.quote("PEP").await?.ask.ok_or("no ask")?;
    broker.inject(Fault::DelayReports {
        count: 2,
        delay_ms: 2_000,
    });
    let order = broker.buy("PEP", 1_000).limit(offer);
    let (_, acknowledgement) = order.client_order_id(late.clone()).submit().await?;
    assert!(acknowledgement.is_accepted());
    let _accepted = broker.cancel(&account, &late).await?;
    tell(&mut events);
    println!("  … two seconds later");
    broker.world().advance(TimeDelta::seconds(2));
    tell(&mut events);

    println!("\nthe exchange busts the newest execution");
    broker.inject(Fault::BustLastFill);
    tell(&mut events);

    println!("\nhow the two orders ended");
    let orders = [broker.order(&account, &id)?, broker.order(&account, &late)?];
    println!("{}", order_table(&orders));
    let truth = broker.truth(&account);
    println!("the exchange says the same:");
    for order in &truth.orders {
        let state = if order.open { "open" } else { "ended" };
        let id = &order.terms.client_order_id;
        println!("  {id}: {state}, {} filled", order.filled);
    }
    Ok(())
}

/// Prints what happened to the orders since the last time.
fn tell(events: &mut EventReader) {
    while let Some(event) = events.try_next() {
        if matches!(
            event.body,
            EventBody::Execution { .. } | EventBody::Notice { .. }
        ) {
            println!("  {}", sentence(&event));
        }
    }
}

/// A price so many dollars away.
fn away(price: Price, dollars: Decimal) -> Result<Price, ValueError> {
    Price::new(price.get() + dollars)
}
