//! The standard layers around a broker: limits, a journal, an audit trail, a breaker, a kill switch.
//!
//! ```text
//! cargo run --example standard_stack
//! ```
//!
//! The program stays the same; what it calls is a broker with layers around it. Needs no network.

#![allow(clippy::print_stdout)]

use std::{error::Error, fs, sync::Arc};

use broker_core::{Acknowledgement, BrokerExt, dec, model::*};
use broker_examples::{table, text};
use broker_runtime::{
    audit,
    journal::{JournalFilter, SqliteStore},
    layer::{Audit, Stack},
    risk::{Limits, PriceCollar, RiskLimits},
};
use broker_sim::{
    fault::{Fault, FaultScript, Trigger},
    paper::PaperBroker,
};
use chrono::TimeDelta;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::temp_dir().join(format!("standard-stack-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    // The third command is swallowed on its way, so that there is something to be unsure about.
    let script = FaultScript::default().with(Trigger::Command(3), Fault::SilenceBeforeAccept);
    let paper = Arc::new(PaperBroker::builder().faults(script).build()?);

    let mut limits = Limits::new();
    limits.max_order_notional = Some(dec!(25_000));
    limits.max_open_orders = Some(2);
    limits.price_collar = Some(PriceCollar {
        percent: dec!(5),
        both_sides: false,
    });
    limits.symbols.deny.insert("XOM".to_owned());
    let standing = Stack::standard()
        .journal(SqliteStore::open(folder.join("journal.sqlite"))?)
        .limits(RiskLimits::each(limits))
        .audit(Audit::in_folder(folder.join("audit")).open()?)
        .over(paper.clone())
        .await?;
    let broker = &standing.broker;

    println!("orders, as a program sends them");
    let orders = [
        ("within every limit", "KO", 100, dec!(55)),
        ("too much money", "KO", 5_000, dec!(55)),
        ("a price from last year", "AAPL", 10, dec!(999)),
        ("a share that is not wanted", "XOM", 10, dec!(58)),
        ("the second one that works", "AAPL", 10, dec!(170)),
        ("a third one would be too many", "KO", 10, dec!(55)),
    ];
    for (what, symbol, quantity, limit) in orders {
        let order = broker.buy(symbol, quantity).limit(limit);
        let sent = audit::acting_as("the example", order.submit()).await;
        let said = match sent {
            Ok((_, Acknowledgement::Unconfirmed { cause, .. })) => format!("unconfirmed: {cause}"),
            Ok((_, answer)) => format!("accepted: {}", answer.is_accepted()),
            Err(error) => error.message().to_owned(),
        };
        println!("  {what}\n    {said}");
    }

    println!("\na change whose answer never comes, and what became of it");
    let account = paper.account().clone();
    let open = broker.orders(&account, &OrderFilter::default()).await?;
    let first = open.value().and_then(|orders| orders.first().cloned());
    let first = first.ok_or("one order works")?;
    let mut change = ReplaceOrder::new(account.clone(), first.client_order_id().clone());
    change.limit_price = Some(Price::new(dec!(54))?);
    println!("  {:?}", broker.replace(&change).await?);
    paper.world().advance(TimeDelta::seconds(5));

    let filter = JournalFilter::of(account.clone());
    let journal = standing.journal.as_ref().ok_or("a store was given")?;
    let rows = journal.store().intents(&filter).await?;
    let rows = rows.iter().map(|intent| {
        [
            intent.at.format("%H:%M:%S").to_string(),
            intent.action.as_str().to_owned(),
            text(intent.client_order_id.as_ref().map(|id| short(id.as_str()))),
            intent.outcome.as_str().to_owned(),
        ]
    });
    let header = ["at", "what", "order", "what became of it"];
    println!(
        "\nthe journal: what a limit refuses is no intent\n{}",
        table(header, rows)
    );

    println!("\nthe kill switch");
    for (broker, account, answer) in standing.risk.kill("a look at the brakes").await? {
        println!(
            "  {broker}/{account}: everything canceled: {}",
            answer?.is_accepted()
        );
    }
    let refused = broker.buy("KO", 1).limit(dec!(55)).submit().await;
    println!(
        "  {}",
        refused.err().ok_or("the switch lets orders through")?
    );

    let breaker = standing.breaker.status();
    println!(
        "\nthe breaker is {:?} after {} failures",
        breaker.state, breaker.failures
    );
    let audit = standing.audit.as_ref().ok_or("a trail was asked for")?;
    audit.flush().await?;
    let verified = audit::verify(folder.join("audit"), Some(&audit.head()))?;
    println!(
        "the trail has {} rows, refusals included, and is whole: {}",
        verified.rows,
        verified.is_whole()
    );
    broker.close().await?;
    fs::remove_dir_all(&folder)?;
    Ok(())
}

/// Generated names are long; their end tells them apart.
fn short(id: &str) -> String {
    let start = id.len().saturating_sub(6);
    format!("…{}", id.get(start..).unwrap_or(id))
}
