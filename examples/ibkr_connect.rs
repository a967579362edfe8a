//! Interactive Brokers: connect, look around, and learn what is wrong when it does not work.
//!
//! ```text
//! cargo run --example ibkr_connect                          # a simulated TWS
//! cargo run --example ibkr_connect -- --addr 127.0.0.1:4002 # your IB Gateway, paper account
//! ```
//!
//! Nothing is traded. Against the simulator the second half breaks the connection in the usual ways.

#![allow(clippy::print_stdout)]

use std::{error::Error, time::Duration};

use broker_core::{Broker, BrokerExt};
use broker_examples::{Gateway, account_table, position_table, quote_table, table};
use broker_ibkr::{Deadlines, IbkrBroker};
use broker_sim::tws::Door;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let gateway = Gateway::from_arguments().await?;
    let broker = gateway.connection().client_id(1).connect().await?;
    let session = broker.session().borrow().clone();
    println!(
        "connected to {}: {} account, {session:?}",
        gateway.name(),
        broker.environment()
    );

    let portfolio = broker.portfolio().ok_or("no portfolio service")?;
    let accounts = broker.accounts().await?;
    let mut summaries = Vec::new();
    for account in &accounts {
        summaries.push(portfolio.summary(&account.id).await?);
    }
    println!("{}", account_table(&summaries));
    let first = accounts.first().ok_or("the login has no account")?;
    let positions = portfolio.positions(&first.id).await?.complete()?;
    if !positions.is_empty() {
        println!("\npositions\n{}", position_table(&positions));
    }

    let reference = broker.reference().ok_or("no reference service")?;
    let found = reference.search("apple", 5).await?;
    let rows = found
        .iter()
        .map(|row| [row.instrument.to_string(), row.name.clone()]);
    println!("\n`apple` may be\n{}", table(["instrument", "name"], rows));

    let mut quotes = Vec::new();
    for text in ["AAPL", "KO", "EUR.USD"] {
        match broker.quote(text).await {
            Ok(quote) => quotes.push(quote),
            Err(error) => println!("no quote of {text}: {error}"),
        }
    }
    println!("\nquotes\n{}", quote_table(&quotes));

    let contract = broker.contract(&broker.resolve("AAPL").await?).await?;
    let today = broker.desk().clock().now().date_naive();
    println!(
        "\n{} is {}, traded in steps of {}, known to TWS as {}",
        contract.instrument,
        contract.name,
        quotes
            .first()
            .and_then(|quote| quote.last)
            .map_or_else(String::new, |last| contract
                .ticks
                .increment(last)
                .to_string()),
        contract.aliases.get("con_id").map_or("?", String::as_str),
    );
    let schedule = reference
        .schedule(&contract.instrument, today, today)
        .await?;
    println!("its exchange's zone is {}", schedule.time_zone);
    let pacing = broker.pacing();
    println!(
        "{} messages so far, {} had to wait",
        pacing.sent, pacing.waited
    );

    if let Some(server) = gateway.server() {
        println!("\nwhen it does not work");
        let mut deadlines = Deadlines::default();
        deadlines.connect = Duration::from_millis(300);
        deadlines.client_id_in_use = Duration::ZERO;
        let again = |client_id: i32, address: String| {
            IbkrBroker::builder()
                .address(address)
                .client_id(client_id)
                .deadlines(deadlines)
                .connect()
        };
        let tell = |what: &str, outcome: broker_core::Result<std::sync::Arc<IbkrBroker>>| {
            let said = outcome.map_or_else(|error| error.to_string(), |_| "connected".into());
            println!("  {what}\n    {said}");
        };
        tell("the client id is in use", again(1, gateway.address()).await);
        tell("nothing listens", again(2, "127.0.0.1:1".into()).await);
        for (what, door) in [
            ("TWS asks a person whether to let us in", Door::Silent),
            ("TWS is going down", Door::Closed),
            ("a login dialog is open", Door::Mute),
        ] {
            server.set_habits(|habits| habits.door = door);
            tell(what, again(3, gateway.address()).await);
        }
    }
    broker.close().await?;
    Ok(())
}
