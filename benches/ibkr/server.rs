use std::time::Instant;

use super::{
    Outcome,
    child::Client,
    summary::{median, per_second, print},
    world::serve,
};

const ROUNDS: usize = 5;
const TICKS: u64 = 2_000_000;
const ORDERS: u64 = 20_000;

/// Ticks per second to so many clients with one line each.
async fn ticks(clients: u64) -> Outcome<f64> {
    let server = serve().await?;
    let arguments = [clients.to_string()];
    let mut client = Client::counting("ticks", server.address(), &arguments).await?;
    if u64::try_from(server.clients())? != clients {
        return Err(format!("{} clients instead of {clients}", server.clients()).into());
    }
    let began = Instant::now();
    let (sent, done) = tokio::join!(server.flood(TICKS / clients, None), client.expect("done"));
    let took = began.elapsed();
    if done?.first() != Some(&sent) {
        return Err("ticks were lost".into());
    }
    client.end().await?;
    Ok(per_second(sent, took))
}

/// Limit orders per second over one connection, from the first to the last status.
async fn orders() -> Outcome<f64> {
    let server = serve().await?;
    let arguments = [ORDERS.to_string()];
    let mut client = Client::counting("orders", server.address(), &arguments).await?;
    let began = Instant::now();
    let done = client.expect("done").await?;
    let took = began.elapsed();
    if done.first() < Some(&ORDERS) {
        return Err("orders were not answered".into());
    }
    client.end().await?;
    Ok(per_second(ORDERS, took))
}

/// What the simulated server can do, read by connections that only count.
pub(super) async fn table() -> Outcome {
    let (mut one, mut hundred, mut placed) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        one.push(ticks(1).await?);
        hundred.push(ticks(100).await?);
        placed.push(orders().await?);
    }
    let row = |title: &str, values: &[f64]| {
        let shown = median(values).map(|value| format!("{value:.0}"));
        vec![title.to_owned(), shown.unwrap_or_default()]
    };
    print(
        &format!("The simulated server, median of {ROUNDS}"),
        &["", "per second"],
        &[
            row("ticks, 1 client", &one),
            row("ticks, 100 clients", &hundred),
            row("limit orders, 1 client", &placed),
        ],
    )
}
