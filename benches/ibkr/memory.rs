use super::{
    Outcome,
    child::{Client, Who},
    summary::{float, print},
    world::serve,
};

/// Orders that the server has.
const ORDERS: usize = 10_000;

/// The most memory with many orders known.
pub(super) async fn table() -> Outcome {
    let server = serve().await?;
    let mut rows = Vec::new();
    for orders in [0, ORDERS] {
        if orders > 0 {
            let arguments = [orders.to_string()];
            let mut seed = Client::counting("orders", server.address(), &arguments).await?;
            seed.expect("done").await?;
            seed.end().await?;
        }
        for who in Who::ALL {
            let title = format!("{}, {orders} orders", who.name());
            let Some(client) = Client::start(who, "known", server.address(), &[]).await? else {
                rows.push(vec![title, "not measured".to_owned(), String::new()]);
                continue;
            };
            let peak = format!("{:.1}", float(client.peak_memory()?) / 1e6);
            rows.push(vec![title, client.had().to_string(), peak]);
            client.end().await?;
        }
    }
    print(
        "Memory with orders that were open when the client came",
        &["", "known", "peak MB"],
        &rows,
    )
}
