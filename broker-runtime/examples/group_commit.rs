//! Orders per second into a journal on this disk: one after the other, each with an `fsync` of its own,
//! and 64 at a time, which share them.
//!
//! ```text
//! cargo run --release -p broker-runtime --features sqlite --example group_commit
//! ```

#![allow(clippy::print_stdout, reason = "an example speaks to a person")]

use std::{sync::Arc, time::Instant};

use broker_core::{Result, dec, model::*};
use broker_runtime::journal::{Action, JournalStore, NewIntent, SqliteStore};
use chrono::Utc;

fn intent(name: String) -> Result<NewIntent> {
    let (account, id) = (AccountId::new("DU1")?, ClientOrderId::new(name)?);
    let order = NewOrder::new(
        id.clone(),
        account.clone(),
        Instrument::equity("AAPL", Mic::XNAS, Currency::USD)?,
        Side::Buy,
        OrderAmount::Quantity(Quantity::try_from(100)?),
        OrderType::Limit {
            price: Price::new(dec!(187.50))?,
        },
    );
    Ok(NewIntent {
        account,
        client_order_id: Some(id),
        action: Action::Submit {
            order: Arc::new(order),
            list: None,
        },
        at: Utc::now(),
    })
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    // Not in a folder that lives in memory, where nothing has to be written.
    let directory = tempfile::TempDir::new_in(".")?;
    let store = SqliteStore::open(directory.path().join("journal.sqlite"))?;

    let began = Instant::now();
    let alone = 300;
    for n in 0..alone {
        store.begin(vec![intent(format!("alone-{n}"))?]).await?;
    }
    let one_by_one = f64::from(alone) / began.elapsed().as_secs_f64();

    let (before, began) = (store.commits(), Instant::now());
    let (tasks, each) = (64, 100);
    let mut running = tokio::task::JoinSet::new();
    for task in 0..tasks {
        let store = Arc::clone(&store);
        running.spawn(async move {
            for n in 0..each {
                store.begin(vec![intent(format!("{task}-{n}"))?]).await?;
            }
            Ok::<_, broker_core::Error>(())
        });
    }
    while let Some(task) = running.join_next().await {
        task??;
    }
    let together = f64::from(tasks * each) / began.elapsed().as_secs_f64();
    let commits = store.commits() - before;

    println!("one at a time   {one_by_one:>9.0} orders/s, one commit each");
    println!(
        "64 at a time    {together:>9.0} orders/s, {commits} commits for {}",
        tasks * each
    );
    println!("ratio           {:>9.1}", together / one_by_one);
    Ok(())
}
