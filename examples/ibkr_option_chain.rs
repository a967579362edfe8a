//! Interactive Brokers: expiries, a chain with sensitivities, and what volatility a price implies.
//!
//! ```text
//! cargo run --example ibkr_option_chain                          # a simulated TWS
//! cargo run --example ibkr_option_chain -- --addr 127.0.0.1:4002 # your IB Gateway, paper account
//! ```
//!
//! Options come over a connection of their own, so that a wide chain does not hold up orders.
//! Nothing is traded.

#![allow(clippy::print_stdout)]

use std::{error::Error, time::Instant};

use broker_core::{Broker, BrokerExt, model::*};
use broker_examples::{Gateway, chain_table, text};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let gateway = Gateway::from_arguments().await?;
    let broker = gateway
        .connection()
        .client_id(3)
        .options_client_id(4)
        .connect()
        .await?;
    let reference = broker.reference().ok_or("no reference service")?;
    let share = broker.resolve("AAPL").await?;
    let expiries = reference.option_expirations(&share).await?;
    let dates: Vec<String> = expiries.iter().map(ToString::to_string).collect();
    println!("options on {share} expire on {}", dates.join(", "));

    let expiry = expiries.get(1).ok_or("there is no second expiry")?;
    let mut query = ChainQuery::new(share.clone(), *expiry);
    query.strikes_each_side = Some(4);
    let began = Instant::now();
    let chain = reference.option_chain(&query).await?;
    println!(
        "\n{} options for {expiry} in {} ms, the share at {}\n{}",
        chain.options.len(),
        began.elapsed().as_millis(),
        text(chain.underlying_price),
        chain_table(&chain)
    );

    let spot = chain.underlying_price.ok_or("the share has no price")?;
    let call = chain
        .options
        .iter()
        .find(|option| option.right == Right::Call && option.strike > spot.get())
        .ok_or("no call is out of the money")?;
    let price = call.ask.or(call.last).ok_or("the call has no price")?;
    let implied = OptionQuery {
        instrument: call.instrument.clone(),
        underlying_price: spot,
        given: OptionGiven::Price(price),
    };
    let greeks = reference.compute_option(&implied).await?.greeks;
    println!(
        "\nbuying {} at {price} pays a volatility of {} and moves {} per dollar of the share",
        call.instrument,
        greeks.implied_volatility.round_dp(4),
        greeks.delta.round_dp(4)
    );
    broker.close().await?;
    Ok(())
}
