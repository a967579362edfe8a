//! Tiger Brokers: what is pushed, what is lost with the connection, and what a second login does.
//!
//! ```text
//! cargo run --example tiger_push                      # a simulated Tiger
//! cargo run --example tiger_push -- --config-dir DIR  # watch your paper account for an hour
//! ```
//!
//! In the simulator a phone trades in the same account, the service goes down while an order fills,
//! and a second program logs in. Against a real login nothing is traded.

#![allow(clippy::print_stdout)]

use std::{error::Error, sync::Arc, time::Duration};

use broker_core::{
    Broker, BrokerExt, SessionState, dec,
    event::{EventBody, EventReader},
    model::*,
};
use broker_examples::{TigerLogin, sentence, table};
use broker_sim::{fault::Fault, tiger::TigerServer};
use broker_tiger::{Deadlines, TigerBroker, TigerBuilder};

type Outcome = Result<(), Box<dyn Error>>;

#[tokio::main]
async fn main() -> Outcome {
    let login = TigerLogin::from_arguments().await?;
    let broker = builder(&login)?.connect().await?;
    broker.ensure_ready(Duration::from_secs(20)).await?;
    let account = broker.account_ids().swap_remove(0);
    let mut events = broker.events(&account)?;
    let Some(server) = login.server() else {
        println!("what {} pushes within an hour", login.name());
        let hour = Duration::from_secs(60 * 60);
        let _over = tokio::time::timeout(hour, watch(&mut events, |_| false)).await;
        return Ok(broker.close().await?);
    };
    hear_of_the_phone(&login, &account, &mut events).await?;
    sleep_through_a_fill(&broker, &account, &mut events, server).await?;
    give_way_and_come_back(&login, &broker, &account, &mut events).await?;
    broker.close().await?;
    Ok(())
}

/// A connection to the login, quick to come back.
fn builder(login: &TigerLogin) -> Result<TigerBuilder, Box<dyn Error>> {
    let mut deadlines = Deadlines::default();
    deadlines.reconnect_after = Duration::from_millis(200);
    let config = login.settings()?.deadlines(deadlines).build()?;
    Ok(TigerBroker::builder(config))
}

/// Another program of the same login buys; ours is told by the push service.
async fn hear_of_the_phone(
    login: &TigerLogin,
    account: &AccountId,
    events: &mut EventReader,
) -> Outcome {
    println!("a phone buys in the same account");
    let phone = builder(login)?.id("phone").without_push().connect().await?;
    let ask = phone.quote("KO").await?.ask.ok_or("KO is not offered")?;
    let order = phone.buy("KO", 100).account(account.clone()).limit(ask);
    let (_id, _acknowledgement) = order.submit().await?;
    let bought = |body: &EventBody| matches!(body, EventBody::Execution { order, .. } if order.status == OrderStatus::Filled);
    until(events, bought).await?;
    phone.close().await?;
    Ok(())
}

/// Both services of Tiger go down, and an order fills meanwhile.
async fn sleep_through_a_fill(
    broker: &TigerBroker,
    account: &AccountId,
    events: &mut EventReader,
    server: &TigerServer,
) -> Outcome {
    let share = broker.resolve("AAPL").await?;
    let bid = broker.quote_of(&share).await?.bid.ok_or("no bid")?;
    let limit = Price::new((bid.get() * dec!(0.99)).round_dp(2))?;
    let order = broker
        .buy(share.to_string(), 10)
        .account(account.clone())
        .limit(limit);
    let (id, acknowledgement) = order.submit().await?;
    println!("\nan order of ours rests at {limit}: {acknowledgement:?}");
    println!("Tiger goes down for two seconds; at the exchange the order fills");
    server.inject(&Fault::Disconnect { down_ms: 2_000 })?;
    let lower = Price::new(limit.get() - dec!(0.10))?;
    server
        .world()
        .with_exchange(|exchange| exchange.pin_price(&share, lower))
        .map_err(|refusal| refusal.to_error())?;
    let back = |body: &EventBody| {
        matches!(body, EventBody::Snapshot { snapshot } if snapshot
            .fills
            .value()
            .is_some_and(|fills| fills.iter().any(|fill| fill.client_order_id == id)))
    };
    until(events, back).await?;

    let truth = server.truth(account);
    let seen = broker.order(account, &id)?;
    let fills = broker
        .fills(account, &FillFilter::of(id.clone()))
        .await?
        .complete_since(seen.created_at)?;
    let really = truth.order(&id).ok_or("the order is gone")?;
    let rows = [
        ["orders", "1", &truth.orders_of(&id).len().to_string()],
        [
            "filled",
            &seen.cumulative_quantity.to_string(),
            &really.filled.to_string(),
        ],
        ["its fills", &fills.len().to_string(), "1"],
    ];
    let rows = rows.map(|row| row.map(str::to_owned));
    println!(
        "{}",
        table(["what", "the program says", "the exchange knows"], rows)
    );
    if seen.cumulative_quantity != really.filled {
        return Err("the program and the exchange disagree".into());
    }
    Ok(())
}

/// A developer has one push connection: a second program takes it, and ours does not fight for it.
async fn give_way_and_come_back(
    login: &TigerLogin,
    broker: &Arc<TigerBroker>,
    account: &AccountId,
    events: &mut EventReader,
) -> Outcome {
    println!("\na second program logs in");
    let other = builder(login)?.id("other").connect().await?;
    let displaced = |body: &EventBody| matches!(body, EventBody::Session { session } if matches!(session, SessionState::Displaced { .. }));
    until(events, displaced).await?;
    let order = broker.buy("KO", 1).account(account.clone()).limit(dec!(1));
    match order.submit().await {
        Ok((_, acknowledgement)) => println!("an order of ours: {acknowledgement:?}"),
        Err(error) => println!("an order of ours is not sent: {error}"),
    }
    other.close().await?;
    println!("\nthe other one leaves, and ours is told to take over");
    broker.take_over();
    let back = |body: &EventBody| matches!(body, EventBody::Snapshot { .. });
    until(events, back).await?;
    broker.ensure_ready(Duration::from_secs(10)).await?;
    println!("the session is {:?}", *broker.session().borrow());
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

async fn until(events: &mut EventReader, last: impl Fn(&EventBody) -> bool) -> Outcome {
    Ok(tokio::time::timeout(Duration::from_secs(30), watch(events, last)).await?)
}
