use std::{sync::Arc, time::Instant};

use broker_core::{
    Acknowledgement, BrokerExt as _, Decimal,
    event::{EventBody, EventReader},
    feed::{FeedItem, FeedStream},
    model::{
        AccountId, ClientOrderId, NewOrder, OrderAmount, OrderFilter, OrderStatus, OrderType,
        Price, Quantity, Side, Subscription,
    },
};
use broker_ibkr::{IbkrBroker, Pacing};

use super::{
    Outcome,
    child::{nanoseconds, pause, say},
    world::{ACCOUNT, LAST, share, symbols},
};

async fn connect(server: &str) -> Outcome<Arc<IbkrBroker>> {
    let broker = IbkrBroker::builder()
        .address(server)
        .client_id(7)
        // The server has no limit either.
        .pacing(Pacing {
            budget: 1_000_000,
            limit: 1_000_000,
        })
        .connect();
    Ok(broker.await?)
}

/// Reads quotes up to the last one of the flood; gives back updates and gaps.
async fn read(mut stream: FeedStream) -> Outcome<(u64, u64)> {
    let last = Some(Decimal::from(LAST));
    let (mut updates, mut gaps) = (0, 0);
    while let Some(item) = stream.next().await {
        match item {
            FeedItem::Quote(quote) => {
                updates += 1;
                if quote.ask_size == last || quote.bid_size == last {
                    return Ok((updates, gaps));
                }
            }
            FeedItem::Gap(_) => gaps += 1,
            FeedItem::Failed(error) => return Err(error.into()),
            other => return Err(format!("{other:?} among quotes").into()),
        }
    }
    Err("the line ended".into())
}

/// Subscribes to so many shares and reads to the end.
pub(super) async fn ticks(server: &str, more: &[String]) -> Outcome {
    let [lines] = more else {
        return Err("how many lines?".into());
    };
    let broker = connect(server).await?;
    let mut streams = Vec::new();
    for symbol in symbols(lines.parse()?) {
        let instrument = share(&symbol)?;
        let mut stream = broker
            .subscribe(&Subscription::Quotes { instrument })
            .await?;
        // The line is known to be open when it has brought something.
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
        let (updates, gaps) = reader.await??;
        total = [total[0] + updates, total[1] + gaps];
    }
    say("done", &total)
}

fn order(side: Side, order_type: OrderType) -> Outcome<NewOrder> {
    let amount = OrderAmount::Quantity(Quantity::try_from(1)?);
    Ok(NewOrder::new(
        ClientOrderId::generate(),
        AccountId::new(ACCOUNT)?,
        share("SAA")?,
        side,
        amount,
        order_type,
    ))
}

/// Reads events until an order has been filled.
async fn until_filled(events: &mut EventReader, id: &ClientOrderId) -> Outcome {
    while let Some(event) = events.next().await {
        if let EventBody::Execution { order, .. } = &event.body
            && order.terms.client_order_id == *id
            && order.status == OrderStatus::Filled
        {
            return Ok(());
        }
    }
    Err("the events ended".into())
}

/// Sends so many orders that rest, each followed by two that fill, and times them.
pub(super) async fn orders(server: &str, more: &[String]) -> Outcome {
    let [count, limit] = more else {
        return Err("how many orders at which price?".into());
    };
    let count: usize = count.parse()?;
    let price = Price::new(limit.parse()?)?;
    let account = AccountId::new(ACCOUNT)?;
    let broker = connect(server).await?;
    // What a program that follows its orders has: one reader for all of them.
    let mut events = broker.events(&account)?;
    say("ready", &[])?;
    let (mut acknowledged, mut filled) = (Vec::new(), Vec::new());
    for _ in 0..count {
        let resting = order(Side::Buy, OrderType::Limit { price })?;
        pause().await;
        let began = Instant::now();
        let Acknowledgement::Accepted { .. } = broker.submit(&resting).await? else {
            return Err("not acknowledged".into());
        };
        acknowledged.push(nanoseconds(began));
        for side in [Side::Buy, Side::Sell] {
            let market = order(side, OrderType::Market)?;
            pause().await;
            let began = Instant::now();
            let _ = broker.submit(&market).await?;
            until_filled(&mut events, &market.client_order_id).await?;
            filled.push(nanoseconds(began));
        }
    }
    say("acknowledged", &acknowledged)?;
    say("filled", &filled)
}

/// Connects to a server that has orders of this client, and asks for them.
pub(super) async fn known(server: &str) -> Outcome {
    let account = AccountId::new(ACCOUNT)?;
    let broker = connect(server).await?;
    let orders = broker.orders(&account, &OrderFilter::open()).await?;
    let count = orders.value().map_or(0, Vec::len);
    drop(orders);
    say("ready", &[u64::try_from(count)?])
}
