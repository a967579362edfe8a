//! Tiger Brokers: expiries, a chain with sensitivities, and a vertical spread as one order.
//!
//! ```text
//! cargo run --example tiger_option_chain                      # a simulated Tiger
//! cargo run --example tiger_option_chain -- --config-dir DIR  # your login, paper account
//! ```
//!
//! Against a real login the spread is looked at and not bought.

#![allow(clippy::print_stdout)]

use std::{
    error::Error,
    time::{Duration, Instant},
};

use broker_core::{Broker, BrokerExt, Decimal, dec, model::*};
use broker_examples::{TigerLogin, chain_table, dollars, position_table, table, text};
use broker_tiger::TigerBroker;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let login = TigerLogin::from_arguments().await?;
    let broker = TigerBroker::builder(login.settings()?.build()?)
        .connect()
        .await?;
    broker.ensure_ready(Duration::from_secs(20)).await?;
    let account = broker.account_ids().swap_remove(0);
    let reference = broker.reference().ok_or("no reference service")?;
    let share = broker.resolve("AAPL").await?;
    let expiries = reference.option_expirations(&share).await?;
    let dates: Vec<String> = expiries.iter().map(ToString::to_string).collect();
    println!("options on {share} expire on {}", dates.join(", "));

    let expiry = expiries.get(1).ok_or("there is no second expiry")?;
    let mut query = ChainQuery::new(share.clone(), *expiry);
    query.strikes_each_side = Some(4);
    let (began, before) = (Instant::now(), broker.budget().sent);
    let chain = reference.option_chain(&query).await?;
    println!(
        "\n{} options for {expiry} in {} ms and {} requests, the share at {}\n{}",
        chain.options.len(),
        began.elapsed().as_millis(),
        broker.budget().sent - before,
        text(chain.underlying_price),
        chain_table(&chain)
    );

    let (near, far) = spread(&chain)?;
    let (pays, gets) = (
        near.ask.ok_or("nobody offers the nearer call")?,
        far.bid.ok_or("nobody bids for the farther call")?,
    );
    let cost = pays.get() - gets.get();
    let width = far.strike - near.strike;
    let hundred = |amount: Decimal| dollars(Some(Money::new(amount * dec!(100), Currency::USD)));
    let rows = [[
        format!("{} / {}", near.strike, far.strike),
        hundred(cost),
        hundred(width - cost),
        (near.strike + cost).to_string(),
    ]];
    println!(
        "\na call spread, per contract\n{}",
        table(["strikes", "most lost", "most won", "even at"], rows)
    );
    if login.server().is_some() {
        buy(&broker, &account, near, far, cost).await?;
    }
    broker.close().await?;
    Ok(())
}

/// The first two calls out of the money.
fn spread(chain: &OptionChain) -> Result<(&OptionQuote, &OptionQuote), Box<dyn Error>> {
    let spot = chain.underlying_price.ok_or("the share has no price")?;
    let mut calls = chain
        .options
        .iter()
        .filter(|option| option.right == Right::Call && option.strike > spot.get());
    let pair = calls.next().zip(calls.next());
    Ok(pair.ok_or("fewer than two calls are out of the money")?)
}

/// Buys the nearer call and sells the farther one: one order, both or none.
async fn buy(
    broker: &TigerBroker,
    account: &AccountId,
    near: &OptionQuote,
    far: &OptionQuote,
    cost: Decimal,
) -> Result<(), Box<dyn Error>> {
    let leg = |option: &OptionQuote, side| ComboLeg {
        instrument: option.instrument.clone(),
        side,
        ratio: 1,
    };
    let spread = Combo::new(vec![leg(near, Side::Buy), leg(far, Side::Sell)])?;
    let id = ClientOrderId::new("spread-1")?;
    let order = NewOrder::new(
        id.clone(),
        account.clone(),
        Instrument::Combo(spread),
        Side::Buy,
        OrderAmount::Quantity(Quantity::try_from(2)?),
        OrderType::Limit {
            price: Price::new(cost)?,
        },
    );
    let acknowledgement = broker.submit(&order).await?;
    println!("\ntwo of them at {cost}: {acknowledgement:?}");
    let order = broker
        .wait_for_end(account, &id, Duration::from_secs(10))
        .await?;
    println!("{} at {}", order.status, text(order.average_price));
    let portfolio = broker.portfolio().ok_or("no portfolio service")?;
    let positions = portfolio.positions(account).await?.complete()?;
    println!("\n{}", position_table(&positions));
    Ok(())
}
