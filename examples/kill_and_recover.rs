//! A program that dies in the middle of an order, and the next one that finds out what became of it.
//!
//! ```text
//! cargo run --example kill_and_recover
//! ```
//!
//! This process plays the broker, a simulated TWS, and the power. It starts itself again as a trading program,
//! which it kills when the order has arrived and no answer has gone back; and once more, on the same journal.
//! No order is lost and none is sent twice. Needs no network.

#![allow(clippy::print_stdout)]

use std::{
    env,
    error::Error,
    fs,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use broker_core::{BrokerExt, Clock, dec, model::*};
use broker_examples::table;
use broker_ibkr::IbkrBroker;
use broker_runtime::{
    journal::{IntentOutcome, SqliteStore},
    layer::Stack,
};
use broker_sim::{
    fault::Fault,
    paper::{PaperBroker, TimeMode},
    tws::TwsServer,
};
use chrono::{DateTime, TimeDelta, Utc};
use tokio::task::JoinHandle;

/// What the trading program is told: where TWS is, what time it is there, and the journal.
const ROLE: &str = "KILL_AND_RECOVER";

fn main() -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Runtime::new()?;
    match env::var(ROLE) {
        Err(_) => runtime.block_on(broker()),
        Ok(role) => runtime.block_on(program(&role)),
    }
}

/// The broker's side, which outlives every program.
async fn broker() -> Result<(), Box<dyn Error>> {
    let world = PaperBroker::builder()
        .account("DU1", dec!(1_000_000))
        .time(TimeMode::Running { factor: 1 });
    let server = TwsServer::builder()
        .world_of(world)
        .bind("127.0.0.1:0")
        .await?;
    let folder = env::temp_dir().join(format!("kill-and-recover-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let journal = folder.join("journal.sqlite");

    let account = AccountId::new("DU1")?;

    println!("a program starts, buys, and dies");
    server.inject(&Fault::SilenceAfterAccept)?;
    let (mut first, told) = start(&server, &journal)?;
    while server.truth(&account).orders.is_empty() {
        if let Some(ended) = first.try_wait()? {
            return Err(format!("the first program has ended by itself: {ended}").into());
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // Nothing is cleaned up, nothing is flushed.
    first.kill()?;
    told.await?;
    println!("  TWS has taken the order; now the power fails");
    println!("  it is dead: {}\n", first.wait()?);

    println!("the next one starts on the same journal");
    let (mut second, told) = start(&server, &journal)?;
    told.await?;
    let ended = second.wait()?;
    if !ended.success() {
        return Err(format!("the second program failed: {ended}").into());
    }

    let truth = server.truth(&account);
    let rows = truth.orders.iter().map(|order| {
        [
            order.terms.client_order_id.to_string(),
            order.terms.instrument.to_string(),
            if order.open {
                "works".into()
            } else {
                "ended".into()
            },
        ]
    });
    println!(
        "\nwhat the broker has\n{}",
        table(["order", "of", "it"], rows)
    );
    if truth.orders.len() != 1 {
        return Err(format!("{} orders are there", truth.orders.len()).into());
    }
    println!("one intent, one order");
    fs::remove_dir_all(&folder)?;
    Ok(())
}

/// Starts the trading program, and repeats what it says until it ends.
fn start(server: &TwsServer, journal: &Path) -> Result<(Child, JoinHandle<()>), Box<dyn Error>> {
    let now = server.world().shared_clock().now();
    let role = format!(
        "{}|{}|{}",
        server.address(),
        now.to_rfc3339(),
        journal.display()
    );
    let mut child = Command::new(env::current_exe()?)
        .env(ROLE, role)
        .stdout(Stdio::piped())
        .spawn()?;
    let output = child.stdout.take().ok_or("the program has no output")?;
    let told = tokio::task::spawn_blocking(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            println!("  {line}");
        }
    });
    Ok((child, told))
}

/// The time at the broker, which is not this machine's: the simulator plays recorded prices.
#[derive(Debug)]
struct Shifted(TimeDelta);

impl Clock for Shifted {
    fn now(&self) -> DateTime<Utc> {
        Utc::now() + self.0
    }
}

/// The trading program.
async fn program(role: &str) -> Result<(), Box<dyn Error>> {
    let [address, now, journal] = role.split('|').collect::<Vec<_>>()[..] else {
        return Err("the role is incomplete".into());
    };
    let ahead = now.parse::<DateTime<Utc>>()? - Utc::now();
    let ibkr = IbkrBroker::builder()
        .address(address)
        .client_id(1)
        .clock(Arc::new(Shifted(ahead)))
        .connect()
        .await?;
    let standing = Stack::standard()
        .journal(SqliteStore::open(journal)?)
        .over(ibkr)
        .await?;
    let broker = &standing.broker;
    let name = ClientOrderId::new("buy-ko-today")?;

    let journal = standing.journal.as_ref().ok_or("a store was given")?;
    let recovered = tokio::time::timeout(Duration::from_secs(30), journal.recovered()).await?;
    for intent in &recovered.reconciled {
        let found = match &intent.outcome {
            IntentOutcome::Found { status } => format!("the broker has it, {status}"),
            other => format!("{other:?}"),
        };
        println!(
            "an intent was open: {} {name}: {found}",
            intent.action.as_str()
        );
    }

    println!("buys 100 KO under the name {name}");
    let order = broker
        .buy("KO", 100)
        .limit(dec!(30))
        .client_order_id(name.clone());
    match order.submit().await {
        Ok((_, answer)) => println!("accepted: {}", answer.is_accepted()),
        Err(error) => println!("not sent: {error}"),
    }
    broker.close().await?;
    Ok(())
}
