//! Options: expiries, a chain with sensitivities, implied volatility, buying a call, exercising it.
//!
//! ```text
//! cargo run --example option_chain
//! ```
//!
//! Prices come from a model over the recorded price of the share. Needs no network.

#![allow(clippy::print_stdout)]

use std::error::Error;

use broker_core::{Broker, BrokerExt, Portfolio, dec, model::*};
use broker_examples::{chain_table, dollars, position_table, text};
use broker_sim::paper::PaperBroker;
use chrono::TimeDelta;
use comfy_table::Table;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let broker = PaperBroker::builder()
        .account("DEMO", dec!(100_000))
        .build()?;
    let account = broker.account().clone();
    let reference = broker
        .reference()
        .ok_or("this broker has no reference data")?;
    let portfolio = broker
        .portfolio()
        .ok_or("this broker has no portfolio service")?;

    let share = broker.resolve("XOM").await?;
    let expiries = reference.option_expirations(&share).await?;
    let dates: Vec<String> = expiries.iter().map(ToString::to_string).collect();
    println!("options on {share} expire on {}", dates.join(", "));

    // The second expiry, five strikes on each side of the share's price.
    let expiry = expiries.get(1).ok_or("there is no second expiry")?;
    let mut query = ChainQuery::new(share.clone(), *expiry);
    query.strikes_each_side = Some(5);
    let chain = reference.option_chain(&query).await?;
    println!(
        "\nchain for {expiry}, the share at {}\n{}",
        text(chain.underlying_price),
        chain_table(&chain)
    );

    // What volatility does the ask of the first call out of the money imply?
    let spot = chain.underlying_price.ok_or("the share has no price")?;
    let call = chain
        .options
        .iter()
        .find(|option| option.right == Right::Call && option.strike > spot.get())
        .ok_or("no call is out of the money")?;
    let ask = call.ask.ok_or("nobody offers the call")?;
    let implied = OptionQuery {
        instrument: call.instrument.clone(),
        underlying_price: spot,
        given: OptionGiven::Price(ask),
    };
    let implied = reference.compute_option(&implied).await?.greeks;
    println!(
        "\nbuying {} at {ask} pays a volatility of {} and moves {} per dollar of the share",
        call.instrument, implied.implied_volatility, implied.delta
    );

    // Options are ordered like shares, by their OCC symbol.
    let Instrument::Option(option) = &call.instrument else {
        return Err("a chain lists options".into());
    };
    let (id, acknowledgement) = broker
        .buy(option.symbol.to_string(), 2)
        .limit(ask)
        .submit()
        .await?;
    assert!(acknowledgement.is_accepted());
    let order = broker.order(&account, &id)?;
    println!(
        "bought 2 contracts: {} at {}",
        order.status,
        text(order.average_price)
    );

    println!("\nthree weeks later");
    broker.world().advance(TimeDelta::weeks(3));
    let quote = broker.quote_of(&call.instrument).await?;
    let share_now = broker.quote_of(&share).await?;
    println!(
        "{share} {}, {} {} bid",
        text(share_now.last),
        call.instrument,
        text(quote.bid)
    );
    println!("{}", positions(portfolio, &account).await?);

    println!("\none contract is exercised: 100 shares at the strike; the other stays");
    let exercise = ExerciseOption {
        client_order_id: ClientOrderId::new("exercise-1")?,
        account: account.clone(),
        instrument: call.instrument.clone(),
        quantity: Quantity::try_from(1)?,
        action: ExerciseAction::Exercise,
    };
    let acknowledgement = broker.exercise(&exercise).await?;
    println!("accepted: {}", acknowledgement.is_accepted());
    println!("{}", positions(portfolio, &account).await?);

    println!("\nafter the expiry the other one is gone: in the money it became shares");
    broker.world().advance(TimeDelta::weeks(4));
    println!("{}", positions(portfolio, &account).await?);
    let summary = portfolio.summary(&account).await?;
    println!("the account is worth {}", dollars(summary.net_liquidation));
    Ok(())
}

async fn positions(
    portfolio: &dyn Portfolio,
    account: &AccountId,
) -> Result<Table, Box<dyn Error>> {
    Ok(position_table(
        &portfolio.positions(account).await?.complete()?,
    ))
}
