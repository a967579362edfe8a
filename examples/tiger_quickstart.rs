//! Tiger Brokers: connect, look around, buy and sell, and learn what is wrong when it does not work.
//!
//! ```text
//! cargo run --example tiger_quickstart                      # a simulated Tiger
//! cargo run --example tiger_quickstart -- --config-dir DIR  # your login, paper account
//! ```
//!
//! DIR has the `tiger_openapi_config.properties` of the vendor's console. Against a real login the
//! order is placed ten per cent below the market and canceled again; only paper accounts are used.

#![allow(clippy::print_stdout)]

use std::{error::Error, sync::Arc, time::Duration};

use broker_core::{
    Broker, BrokerExt, Decimal, dec,
    event::{EventBody, EventReader},
    model::*,
};
use broker_examples::{
    TigerLogin, account_table, position_table, preview_table, quote_table, sentence,
};
use broker_sim::tiger::Keys;
use broker_tiger::{Deadlines, License, TigerBroker, TigerConfigBuilder};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let login = TigerLogin::from_arguments().await?;
    let broker = TigerBroker::builder(login.settings()?.build()?)
        .connect()
        .await?;
    broker.ensure_ready(Duration::from_secs(20)).await?;
    let session = broker.session().borrow().clone();
    println!(
        "connected to {}: {} account, {session:?}",
        login.name(),
        broker.environment()
    );
    let account = broker.account_ids().swap_remove(0);
    let portfolio = broker.portfolio().ok_or("no portfolio service")?;
    println!("{}", account_table([&portfolio.summary(&account).await?]));

    let mut quotes = Vec::new();
    for text in ["AAPL", "KO", "XOM", "NOSUCH"] {
        match broker.quote(text).await {
            Ok(quote) => quotes.push(quote),
            Err(error) => println!("\nno quote of {text}: {error}"),
        }
    }
    println!("\nquotes\n{}", quote_table(&quotes));

    trade(&broker, &account, login.server().is_some()).await?;

    let positions = portfolio.positions(&account).await?.complete()?;
    println!("\npositions\n{}", position_table(&positions));
    let requests = broker.budget();
    println!(
        "\n{} requests, {} of them waited for the vendor's limits, {} complaints",
        requests.sent, requests.waited, requests.complaints
    );

    if login.server().is_some() {
        println!("\nwhen it does not work");
        fail_in_every_way(&login, &account).await?;
    }
    broker.close().await?;
    Ok(())
}

/// Buys a hundred and sells half of them again; ten per cent away from a real market.
async fn trade(
    broker: &TigerBroker,
    account: &AccountId,
    simulated: bool,
) -> Result<(), Box<dyn Error>> {
    let share = broker.resolve("KO").await?;
    let quote = broker.quote_of(&share).await?;
    let ask = quote.ask.or(quote.last).ok_or("KO has no price now")?;
    let near = if simulated { dec!(1) } else { dec!(0.90) };
    let limit = times(ask, near)?;
    let order = broker
        .buy(share.to_string(), 100)
        .account(account.clone())
        .limit(limit)
        .build()
        .await?;
    let preview = broker.preview(&order).await?;
    println!("\npreview\n{}", preview_table(&order, &preview));

    println!("\nwhat happens to the orders");
    let mut events = broker.events(account)?;
    let acknowledgement = broker.submit(&order).await?;
    println!("  {acknowledgement:?}");
    if !simulated {
        let acknowledgement = broker.cancel(account, &order.client_order_id).await?;
        println!("  canceled again: {acknowledgement:?}");
        return until_it_ends(&mut events, &order.client_order_id).await;
    }
    until_it_ends(&mut events, &order.client_order_id).await?;
    let exit = broker
        .sell(share.to_string(), 50)
        .account(account.clone())
        .limit(times(ask, dec!(0.99))?);
    let (id, _) = exit.submit().await?;
    until_it_ends(&mut events, &id).await
}

/// Tells what happens until an order has ended.
async fn until_it_ends(events: &mut EventReader, id: &ClientOrderId) -> Result<(), Box<dyn Error>> {
    let told = async {
        while let Some(event) = events.next().await {
            if let EventBody::Execution { order, .. } = &event.body {
                println!("  {}", sentence(&event));
                if order.client_order_id() == id && order.status.is_final() {
                    break;
                }
            }
        }
    };
    Ok(tokio::time::timeout(Duration::from_secs(30), told).await?)
}

/// The usual mistakes, and what the library says about each.
async fn fail_in_every_way(login: &TigerLogin, account: &AccountId) -> Result<(), Box<dyn Error>> {
    let mut deadlines = Deadlines::default();
    deadlines.connect = Duration::from_millis(500);
    deadlines.request = Duration::from_secs(2);
    let usual = || Ok::<_, Box<dyn Error>>(login.settings()?.deadlines(deadlines));
    let others = Keys::generate()?.client_pem()?;
    let live = AccountId::new("12345678")?;
    let ways: [(&str, TigerConfigBuilder); 6] = [
        ("the key is not one", usual()?.private_key("MIIC".into())),
        (
            "the key is somebody else's",
            usual()?.private_key(others.into()),
        ),
        (
            "the developer's number is wrong",
            usual()?.tiger_id("20159999"),
        ),
        (
            "the licence of Hong Kong, and no token",
            usual()?.license(License::Tbhk),
        ),
        (
            "nothing listens",
            usual()?.server_url("http://127.0.0.1:1/gateway"),
        ),
        (
            "not https, and not this machine",
            usual()?.server_url("http://example.com/gateway"),
        ),
    ];
    for (what, settings) in ways {
        let said = match settings.build() {
            Err(error) => error.to_string(),
            Ok(config) => outcome(TigerBroker::builder(config).connect().await),
        };
        println!("  {what}\n    {said}");
    }
    let only = broker_tiger::AccountFilter::only([live, account.clone()]);
    let config = usual()?.build()?;
    let said = outcome(TigerBroker::builder(config).accounts(only).connect().await);
    println!("  an account that the login lacks\n    {said}");
    Ok(())
}

fn outcome(outcome: broker_core::Result<Arc<TigerBroker>>) -> String {
    outcome.map_or_else(|error| error.to_string(), |_| "connected".into())
}

/// A price times a factor, in cents.
fn times(price: Price, factor: Decimal) -> Result<Price, ValueError> {
    Price::new((price.get() * factor).round_dp(2))
}
