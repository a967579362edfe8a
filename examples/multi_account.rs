//! Three accounts in three currencies behind one login.
//!
//! ```text
//! cargo run --example multi_account
//! ```
//!
//! The same order goes to each account, every account has its own events, and the one in euros
//! changes money before it buys. Needs no network.

#![allow(clippy::print_stdout)]

use std::error::Error;

use broker_core::{Broker, BrokerExt, dec, event::EventBody, model::*};
use broker_examples::{account_table, position_table, sentence, table, text};
use broker_sim::paper::PaperBroker;
use chrono::TimeDelta;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let cash = |amount, currency| vec![Money::new(amount, currency)];
    let (eur, hkd) = (Currency::EUR, Currency::HKD);
    let broker = PaperBroker::builder()
        .account("US-1", dec!(100_000))
        .account_of_kind("EU-1", AccountKind::Margin, eur, cash(dec!(90_000), eur))
        .account_of_kind("HK-1", AccountKind::Margin, hkd, cash(dec!(800_000), hkd))
        .build()?;
    let portfolio = broker
        .portfolio()
        .ok_or("this broker has no portfolio service")?;
    let accounts: Vec<AccountId> = broker
        .accounts()
        .await?
        .into_iter()
        .map(|info| info.id)
        .collect();

    println!("with several accounts an order has to name one:");
    if let Err(error) = broker.buy("AAPL", 50).submit().await {
        println!("  {error}\n");
    }

    // One reader per account; none hears of another's orders.
    let mut readers = Vec::new();
    for account in &accounts {
        readers.push((account, broker.events(account)?));
    }

    println!("the account in euros buys dollars first: it sells EUR.USD");
    let euro = accounts.get(1).ok_or("three accounts were opened")?;
    let (id, acknowledgement) = broker
        .sell("EUR.USD", 10_000)
        .account(euro.clone())
        .submit()
        .await?;
    assert!(acknowledgement.is_accepted());
    let exchanged = broker.order(euro, &id)?;
    println!(
        "  10000 EUR at {}: {}\n",
        text(exchanged.average_price),
        exchanged.status
    );

    println!("the same order in each account");
    for account in &accounts {
        let order = broker
            .buy("AAPL", 50)
            .account(account.clone())
            .build()
            .await?;
        let preview = broker.preview(&order).await?;
        let acknowledgement = broker.submit(&order).await?;
        let (accepted, cost) = (acknowledgement.is_accepted(), text(preview.notional));
        println!("  {account}: accepted {accepted}, about {cost}");
    }
    broker.world().advance(TimeDelta::hours(3));

    for (account, reader) in &mut readers {
        println!("\nwhat {account} heard of its orders");
        while let Some(event) = reader.try_next() {
            if event.account != **account {
                return Err(format!("{account} heard of {}", event.account).into());
            }
            if matches!(event.body, EventBody::Execution { .. }) {
                println!("  {}", sentence(&event));
            }
        }
    }

    let (mut summaries, mut positions) = (Vec::new(), Vec::new());
    for account in &accounts {
        summaries.push(portfolio.summary(account).await?);
        positions.extend(portfolio.positions(account).await?.complete()?);
    }
    println!(
        "\naccounts, each in its own currency\n{}",
        account_table(&summaries)
    );
    println!("\npositions side by side\n{}", position_table(&positions));
    let balances = summaries.iter().flat_map(|summary| {
        summary.balances.iter().map(|balance| {
            [
                summary.account.to_string(),
                balance.currency.to_string(),
                balance.cash.round_dp(2).to_string(),
                text(balance.exchange_rate.map(|rate| rate.round_dp(5))),
                summary.base_currency.to_string(),
            ]
        })
    });
    println!(
        "\ncash by currency, with the rate into the account's own\n{}",
        table(["account", "currency", "cash", "rate", "in"], balances)
    );
    Ok(())
}
