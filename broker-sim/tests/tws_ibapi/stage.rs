//! A server in a world that stands still, and clients of it.

use std::{future::Future, time::Duration};

use broker_core::model::{AccountId, Currency, Instrument, Mic, Price};
use broker_sim::{
    exchange::SimOrder,
    paper::{PaperBroker, PaperBuilder},
    tws::{Habits, TwsServer},
};
use chrono::TimeDelta;
use futures_util::FutureExt as _;
use ibapi::{Client, Error, orders::OrderStatus, prelude::*};
use rust_decimal::Decimal;

/// Longer than any answer takes; what takes longer never comes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A world that moves only when told, with two rich accounts.
pub(crate) fn world() -> PaperBuilder {
    PaperBroker::builder()
        .account("DU1", broker_core::dec!(1_000_000))
        .account("DU2", broker_core::dec!(1_000_000))
}

/// A server whose Apple shares cost a hundred dollars.
pub(crate) async fn server() -> TwsServer {
    server_with(Habits::unlimited()).await
}

pub(crate) async fn server_with(habits: Habits) -> TwsServer {
    let builder = TwsServer::builder().world_of(world()).habits(habits);
    let server = builder.bind("127.0.0.1:0").await.unwrap();
    pin(&server, &apple(), broker_core::dec!(100));
    server
}

/// A server whose login has one account, which need not be named.
pub(crate) async fn server_of_one() -> TwsServer {
    let world = PaperBroker::builder().account("DU1", broker_core::dec!(1_000_000));
    let builder = TwsServer::builder().world_of(world);
    let builder = builder.habits(Habits::unlimited());
    let server = builder.bind("127.0.0.1:0").await.unwrap();
    pin(&server, &apple(), broker_core::dec!(100));
    server
}

pub(crate) async fn client(server: &TwsServer, id: i32) -> Client {
    within(Client::connect(&server.address().to_string(), id))
        .await
        .unwrap()
}

/// What comes within reasonable time.
pub(crate) async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future)
        .await
        .expect("nothing came")
}

pub(crate) fn du1() -> AccountId {
    AccountId::new("DU1").unwrap()
}

pub(crate) fn apple() -> Instrument {
    Instrument::equity("AAPL", Mic::XNAS, Currency::USD).unwrap()
}

/// Apple as users of the client write it.
pub(crate) fn apple_contract() -> Contract {
    Contract::stock("AAPL").build()
}

/// Puts the market of an instrument at a price.
pub(crate) fn pin(server: &TwsServer, instrument: &Instrument, price: Decimal) {
    server.world().with_exchange(|exchange| {
        exchange
            .pin_price(instrument, Price::new(price).unwrap())
            .unwrap();
    });
}

pub(crate) fn advance(server: &TwsServer, seconds: i64) {
    server.world().advance(TimeDelta::seconds(seconds));
}

/// The newest order of the first account, as the exchange has it.
pub(crate) fn newest(server: &TwsServer) -> SimOrder {
    server.world().with_exchange(|exchange| {
        let orders = exchange.orders(&du1());
        (*orders.last().expect("no order")).clone()
    })
}

/// Orders of an account that may still trade.
pub(crate) fn open(server: &TwsServer) -> usize {
    let orders = server.truth(&du1()).orders;
    orders.iter().filter(|order| order.open).count()
}

/// Shares of Apple that the first account holds.
pub(crate) fn held(server: &TwsServer) -> Decimal {
    server.truth(&du1()).held(&apple())
}

/// Waits until everything that the client asked has been done and everything that was said has been
/// heard: the answer to a question comes after both.
pub(crate) async fn settled(client: &Client) {
    within(client.server_time()).await.unwrap();
}

/// Everything that a stream has to say now.
pub(crate) async fn drained<S: futures_util::Stream + Unpin>(
    client: &Client,
    stream: &mut S,
) -> Vec<S::Item> {
    settled(client).await;
    let mut heard = Vec::new();
    while let Some(Some(item)) = tokio::task::unconstrained(stream.next()).now_or_never() {
        heard.push(item);
    }
    heard
}

/// The words of what order updates say, in order.
pub(crate) fn words(updates: &[Result<SubscriptionItem<OrderUpdate>, Error>]) -> Vec<String> {
    updates.iter().map(word).collect()
}

fn word(update: &Result<SubscriptionItem<OrderUpdate>, Error>) -> String {
    match update {
        Ok(SubscriptionItem::Data(update)) => match update {
            OrderUpdate::OpenOrder(order) => {
                format!("open {} {}", order.order_id, order.order_state.status)
            }
            OrderUpdate::OrderStatus(status) => status_word(status),
            OrderUpdate::ExecutionData(data) => {
                let execution = &data.execution;
                format!(
                    "{} {} {}",
                    execution.side.as_str(),
                    execution.order_id,
                    execution.shares
                )
            }
            OrderUpdate::CommissionReport(_) => "commission".into(),
            OrderUpdate::OrderBound(bound) => format!("bound {}", bound.order_id),
        },
        Ok(SubscriptionItem::Notice(notice)) => {
            println!("{notice}");
            format!("{} {}", notice.code, notice.request_id.unwrap_or(-1))
        }
        Err(error) => format!("error {error}"),
    }
}

fn status_word(status: &OrderStatus) -> String {
    format!(
        "status {} {} {}/{}",
        status.order_id, status.status, status.filled, status.remaining
    )
}

/// The code of an error that TWS has sent.
pub(crate) fn code<T>(result: Result<T, Error>) -> Option<i32> {
    match result {
        Err(Error::Notice(notice)) => Some(notice.code),
        _ => None,
    }
}

/// Places an order to buy Apple without the API, as a person at TWS's window does.
pub(crate) fn by_hand(server: &TwsServer, quantity: i64, limit: Decimal) {
    use broker_core::model::{ClientOrderId, NewOrder, OrderAmount, OrderType, Quantity, Side};
    let order = NewOrder::new(
        ClientOrderId::generate(),
        du1(),
        apple(),
        Side::Buy,
        OrderAmount::Quantity(Quantity::new(Decimal::from(quantity)).unwrap()),
        OrderType::Limit {
            price: Price::new(limit).unwrap(),
        },
    );
    server
        .world()
        .with_exchange(|exchange| exchange.place(std::sync::Arc::new(order)).unwrap());
}

/// The next notice that is not about a data farm: those may still be on their way when a client has
/// come in.
pub(crate) async fn next_notice(notices: &mut NoticeStream) -> Notice {
    loop {
        let notice = within(notices.next()).await.unwrap();
        if !matches!(notice.code, 2104 | 2106 | 2158) {
            return notice;
        }
    }
}
