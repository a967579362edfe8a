//! Interactive Brokers: the gateway restarts at night while an order rests. What does the program see?
//!
//! ```text
//! cargo run --example ibkr_survive_nightly_reset                          # a simulated TWS
//! cargo run --example ibkr_survive_nightly_reset -- --addr 127.0.0.1:4002 # watch a real one
//! ```
//!
//! The simulated gateway goes down for a few seconds, and the order fills at the exchange meanwhile.
//! The session becomes a state, the gap is announced, and the fill arrives once, by the snapshot that
//! follows. Against a real gateway the program watches the session for a day.

#![allow(clippy::print_stdout)]

use std::{error::Error, time::Duration};

use broker_core::{
    Broker, BrokerExt, SessionState,
    event::{EventBody, EventReader},
    model::*,
};
use broker_examples::{Gateway, sentence, table};
use broker_ibkr::{Deadlines, IbkrBroker};
use broker_sim::{fault::Fault, tws::TwsServer};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let gateway = Gateway::from_arguments().await?;
    let mut deadlines = Deadlines::default();
    deadlines.reconnect_after = Duration::from_millis(500);
    let broker = gateway
        .connection()
        .client_id(5)
        .deadlines(deadlines)
        .connect()
        .await?;
    let accounts = broker.accounts().await?;
    let account = accounts
        .first()
        .ok_or("the login has no account")?
        .id
        .clone();
    let mut events = broker.events(&account)?;
    let Some(server) = gateway.server() else {
        println!("watching {} for a day", gateway.name());
        let day = Duration::from_secs(24 * 60 * 60);
        let _over = tokio::time::timeout(day, watch(&mut events, |_| false)).await;
        return Ok(());
    };
    sleep_through_a_reset(&broker, &account, &mut events, server).await?;
    broker.close().await?;
    Ok(())
}

async fn sleep_through_a_reset(
    broker: &IbkrBroker,
    account: &AccountId,
    events: &mut EventReader,
    server: &TwsServer,
) -> Result<(), Box<dyn Error>> {
    let share = broker.resolve("KO").await?;
    let bid = broker.quote_of(&share).await?.bid.ok_or("KO has no bid")?;
    let limit = Price::new((bid.get() * broker_core::dec!(0.99)).round_dp(2))?;
    let order = broker
        .buy(share.to_string(), 100)
        .account(account.clone())
        .limit(limit)
        .time_in_force(TimeInForce::Gtc);
    let (id, acknowledgement) = order.submit().await?;
    println!("an order rests at {limit}: {acknowledgement:?}");

    let lower = Price::new(limit.get() - broker_core::dec!(0.10))?;
    println!("\nthe gateway restarts, as it does every night");
    server.inject(&Fault::NightlyReset { down_ms: 2_000 })?;
    server
        .world()
        .with_exchange(|exchange| exchange.pin_price(&share, lower))
        .map_err(|refusal| refusal.to_error())?;
    println!("meanwhile the order fills at the exchange\n");
    let back = |body: &EventBody| {
        matches!(body, EventBody::Snapshot { snapshot }
            if snapshot.fills.value().is_some_and(|fills| !fills.is_empty()))
    };
    tokio::time::timeout(Duration::from_secs(30), watch(events, back)).await?;
    broker.ensure_ready(Duration::from_secs(10)).await?;
    let session: SessionState = broker.session().borrow().clone();
    println!("\nthe session is {session:?}");

    let truth = server.truth(account);
    let seen = broker.order(account, &id)?;
    let really = truth.order(&id).ok_or("the order is gone")?;
    let fills = broker
        .fills(account, &FillFilter::of(id.clone()))
        .await?
        .value()
        .cloned()
        .unwrap_or_default();
    let rows = [
        [
            "orders".to_owned(),
            "1".to_owned(),
            truth.orders_of(&id).len().to_string(),
        ],
        [
            "filled".to_owned(),
            seen.cumulative_quantity.to_string(),
            really.filled.to_string(),
        ],
        [
            "fills".to_owned(),
            fills.len().to_string(),
            truth.fills.len().to_string(),
        ],
    ];
    println!(
        "{}",
        table(["what", "the program says", "the exchange knows"], rows)
    );
    if seen.cumulative_quantity != really.filled || truth.orders_of(&id).len() != 1 {
        return Err("the program and the exchange disagree".into());
    }
    Ok(())
}

/// Tells every event until one is the last.
async fn watch(events: &mut EventReader, last: impl Fn(&EventBody) -> bool) {
    while let Some(event) = events.next().await {
        println!("  {}", sentence(&event));
        if last(&event.body) {
            return;
        }
    }
}
