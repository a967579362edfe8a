use std::{sync::Arc, time::Instant};

use futures_util::StreamExt as _;
use ibapi::{
    Client,
    accounts::types::AccountId,
    contracts::Contract,
    market_data::realtime::TickTypes,
    orders::{
        Action, Order, OrderStatusKind, Orders, PlaceOrder,
        order_builder::{limit_order, market_order},
    },
    subscriptions::{Subscription, SubscriptionItem},
};

use super::{
    Outcome,
    child::{nanoseconds, pause, say},
    world::{ACCOUNT, LAST, symbols},
};

/// As the adapter has it.
const CHANNEL: usize = 4_096;
/// Some items of a stream have been dropped.
const LAGGED: i32 = -6;

async fn connect(server: &str) -> Outcome<Arc<Client>> {
    let client = Client::builder()
        .address(server)
        .client_id(7)
        .channel_capacity(CHANNEL)
        .connect();
    Ok(Arc::new(client.await?))
}

/// Reads ticks up to the last one of the flood; gives back ticks and announced losses.
async fn read(mut stream: Subscription<TickTypes>) -> Outcome<(u64, u64)> {
    let (mut ticks, mut gaps) = (0, 0);
    while let Some(item) = stream.next().await {
        match item? {
            SubscriptionItem::Data(TickTypes::PriceSize(tick)) => {
                ticks += 1;
                if tick.size == f64::from(LAST) {
                    return Ok((ticks, gaps));
                }
            }
            SubscriptionItem::Data(_) => {}
            SubscriptionItem::Notice(notice) => gaps += u64::from(notice.code == LAGGED),
        }
    }
    Err("the line ended".into())
}

/// Subscribes to so many shares and reads to the end.
pub(super) async fn ticks(server: &str, more: &[String]) -> Outcome {
    let [lines] = more else {
        return Err("how many lines?".into());
    };
    let client = connect(server).await?;
    let mut streams = Vec::new();
    for symbol in symbols(lines.parse()?) {
        let contract = Contract::stock(symbol).build();
        let mut stream = client
            .market_data(&contract)
            .streaming()
            .subscribe()
            .await?;
        stream.next().await;
        streams.push(stream);
    }
    let readers: Vec<_> = streams
        .into_iter()
        .map(|stream| tokio::spawn(read(stream)))
        .collect();
    say("ready", &[])?;
    let mut total = [0, 0];
    for reader in readers {
        let (ticks, gaps) = reader.await??;
        total = [total[0] + ticks, total[1] + gaps];
    }
    say("done", &total)
}

/// Places an order and waits until a status passes.
async fn place(
    client: &Client,
    contract: &Contract,
    mut order: Order,
    enough: impl Fn(&OrderStatusKind) -> bool,
) -> Outcome<u64> {
    order.account = ACCOUNT.to_owned();
    pause().await;
    let began = Instant::now();
    let id = client.next_order_id();
    let mut stream = client.place_order(id, contract, &order).await?;
    while let Some(item) = stream.next().await {
        let passes = match item? {
            SubscriptionItem::Data(PlaceOrder::OrderStatus(told)) => enough(&told.status),
            SubscriptionItem::Data(PlaceOrder::OpenOrder(told)) => enough(&told.order_state.status),
            _ => false,
        };
        if passes {
            return Ok(nanoseconds(began));
        }
    }
    Err("the stream ended".into())
}

/// Sends so many orders that rest, each followed by two that fill, and times them.
///
/// `following` opens the streams that the adapter has for its account, and reads them.
pub(super) async fn orders(server: &str, more: &[String], following: bool) -> Outcome {
    let [count, limit] = more else {
        return Err("how many orders at which price?".into());
    };
    let (count, limit): (usize, f64) = (count.parse()?, limit.parse()?);
    let client = connect(server).await?;
    if following {
        let account = AccountId(ACCOUNT.to_owned());
        let mut positions = client.positions().await?;
        tokio::spawn(async move { while positions.next().await.is_some() {} });
        let mut figures = client.account_updates_multi(Some(&account), None).await?;
        tokio::spawn(async move { while figures.next().await.is_some() {} });
        let mut profit = client.pnl(&account, None).await?;
        tokio::spawn(async move { while profit.next().await.is_some() {} });
        // As the adapter, which comes back connected when it has read the account.
        pause().await;
    }
    let contract = Contract::stock("SAA").build();
    say("ready", &[])?;
    let (mut acknowledged, mut filled) = (Vec::new(), Vec::new());
    for _ in 0..count {
        let resting = limit_order(Action::Buy, 1.0, limit);
        let taken = |status: &OrderStatusKind| {
            matches!(
                status,
                OrderStatusKind::PreSubmitted | OrderStatusKind::Submitted
            )
        };
        acknowledged.push(place(&client, &contract, resting, taken).await?);
        for action in [Action::Buy, Action::Sell] {
            let market = market_order(action, 1.0);
            let done = |status: &OrderStatusKind| matches!(status, OrderStatusKind::Filled);
            filled.push(place(&client, &contract, market, done).await?);
        }
    }
    say("acknowledged", &acknowledged)?;
    say("filled", &filled)
}

/// Asks a server for the orders of this client and keeps them.
pub(super) async fn known(server: &str) -> Outcome {
    let client = connect(server).await?;
    let mut stream = client.open_orders().await?;
    let mut orders = Vec::new();
    while let Some(item) = stream.next().await {
        if let SubscriptionItem::Data(Orders::OrderData(order)) = item? {
            orders.push(order);
        }
    }
    say("ready", &[u64::try_from(orders.len())?])
}
