//! Interactive Brokers: preview a bracket, place it, watch it, and see one exit cancel the other.
//!
//! ```text
//! cargo run --example ibkr_bracket                          # a simulated TWS
//! cargo run --example ibkr_bracket -- --addr 127.0.0.1:4002 # your IB Gateway, paper account
//! ```
//!
//! Against the simulator the market is pushed up until the profit is taken. Against a real gateway
//! the bracket is placed ten per cent below the market and canceled again.

#![allow(clippy::print_stdout)]

use std::{error::Error, time::Duration};

use broker_core::{
    Broker, BrokerExt, Decimal, dec,
    event::{EventBody, EventReader},
    model::*,
};
use broker_examples::{Gateway, order_table, preview_table, sentence};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let gateway = Gateway::from_arguments().await?;
    let broker = gateway.connection().client_id(2).connect().await?;
    let accounts = broker.accounts().await?;
    let account = accounts
        .first()
        .ok_or("the login has no account")?
        .id
        .clone();
    let share = broker.resolve("KO").await?;
    let quote = broker.quote_of(&share).await?;
    let ask = quote.ask.or(quote.last).ok_or("KO has no price now")?;
    println!("{share} is offered at {ask}");

    let mut events = broker.events(&account)?;
    let simulated = gateway.server().is_some();
    let near = if simulated { dec!(1) } else { dec!(0.90) };
    let limit = times(ask, near)?;
    let entry = broker
        .buy(share.to_string(), 100)
        .account(account.clone())
        .limit(limit)
        .build()
        .await?;
    let preview = broker.preview(&entry).await?;
    println!(
        "\npreview of the entry\n{}",
        preview_table(&entry, &preview)
    );

    let (profit, loss) = (times(limit, dec!(1.05))?, times(limit, dec!(0.95))?);
    let bracket = OrderList::bracket(entry, profit, loss)?;
    let ids: Vec<ClientOrderId> = bracket
        .orders()
        .map(|(order, _)| order.client_order_id.clone())
        .collect();
    let acknowledgements = broker.submit_list(&bracket).await?;
    println!(
        "\nbracket accepted: {}",
        acknowledgements
            .iter()
            .all(broker_core::Acknowledgement::is_accepted)
    );
    let entry = ids.first().ok_or("a bracket has an entry")?;

    if let Some(server) = gateway.server() {
        until(&mut events, |id, status| {
            id == entry && *status == OrderStatus::Filled
        })
        .await?;
        // A little higher than the profit is taken, so that somebody buys there.
        let higher = times(profit, dec!(1.001))?;
        println!("\nthe market goes to {higher}");
        server
            .world()
            .with_exchange(|exchange| exchange.pin_price(&share, higher))
            .map_err(|r| r.to_error())?;
        let stop = ids.get(2).ok_or("a bracket has a stop")?;
        until(&mut events, |id, status| id == stop && status.is_final()).await?;
    } else {
        println!(
            "\ncanceled again: {:?}",
            broker.cancel(&account, entry).await?
        );
        until(&mut events, |id, status| id == entry && status.is_final()).await?;
    }
    let mut orders = Vec::new();
    for id in &ids {
        orders.push(broker.order(&account, id)?);
    }
    println!("\n{}", order_table(&orders));
    broker.close().await?;
    Ok(())
}

/// Tells every event until an order has reached a status.
async fn until(
    events: &mut EventReader,
    done: impl Fn(&ClientOrderId, &OrderStatus) -> bool,
) -> Result<(), Box<dyn Error>> {
    let told = async {
        while let Some(event) = events.next().await {
            println!("  {}", sentence(&event));
            if let EventBody::Execution { order, .. } = &event.body
                && done(order.client_order_id(), &order.status)
            {
                break;
            }
        }
    };
    Ok(tokio::time::timeout(Duration::from_secs(20), told).await?)
}

/// A price times a factor, in cents.
fn times(price: Price, factor: Decimal) -> Result<Price, ValueError> {
    Price::new((price.get() * factor).round_dp(2))
}
