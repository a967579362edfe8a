//! A client for tests: speaks protobuf frames over a real connection.

use std::{io, sync::Arc, time::Duration};

use broker_core::dec;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use super::{
    TwsServer,
    gateway::Habits,
    message::{
        AllOpenOrdersRequest, CompletedOrdersRequest, Contract, ErrorMessage, ExecutionRequest,
        OpenOrdersRequest, Order, OrderStatus, PlaceOrderRequest, Reply, Request, StartApiRequest,
    },
};
use crate::paper::{PaperBroker, PaperWorld};

/// How long a test waits, in real time, for a reply that should be there.
const PATIENCE: Duration = Duration::from_secs(10);

/// A connected client that has started the API.
#[derive(Debug)]
pub(in crate::tws) struct TestClient {
    stream: TcpStream,
    received: Vec<u8>,
    request: i32,
    /// The next order id that the server named at the start.
    pub(in crate::tws) next_order_id: i32,
}

/// A world that stands still, with two accounts.
pub(in crate::tws) fn world() -> Arc<PaperWorld> {
    PaperBroker::builder()
        .account("DU1", dec!(1_000_000))
        .account("DU2", dec!(1_000_000))
        .build_world()
        .unwrap()
}

/// A server over such a world, without limits on the pace of tests.
pub(in crate::tws) async fn server(change: impl FnOnce(&mut Habits)) -> TwsServer {
    let mut habits = Habits {
        messages_per_second: None,
        ..Habits::default()
    };
    change(&mut habits);
    TwsServer::builder()
        .world(world())
        .habits(habits)
        .bind("127.0.0.1:0")
        .await
        .unwrap()
}

/// An Apple share.
pub(in crate::tws) fn apple() -> Contract {
    Contract {
        symbol: Some("AAPL".into()),
        sec_type: Some("STK".into()),
        exchange: Some("SMART".into()),
        currency: Some("USD".into()),
        ..Contract::default()
    }
}

/// An order of DU1 that is transmitted.
pub(in crate::tws) fn order(action: &str, quantity: &str, order_type: &str) -> Order {
    Order {
        action: Some(action.into()),
        total_quantity: Some(quantity.into()),
        order_type: Some(order_type.into()),
        tif: Some("DAY".into()),
        account: Some("DU1".into()),
        transmit: Some(true),
        ..Order::default()
    }
}

/// A limit order of DU1 that is transmitted.
pub(in crate::tws) fn limit(action: &str, quantity: &str, price: f64) -> Order {
    Order {
        lmt_price: Some(price),
        ..order(action, quantity, "LMT")
    }
}

/// The best offer for an Apple share, and how many are offered at it.
pub(in crate::tws) fn best_offer(server: &TwsServer) -> (f64, i64) {
    let quote = server.world().with_exchange(|exchange| {
        let instrument = exchange.search("AAPL", 1)[0].instrument.clone();
        exchange.quote(&instrument).unwrap()
    });
    let size = quote.ask_size.unwrap().to_string();
    let price = quote.ask.unwrap().to_string();
    (price.parse().unwrap(), size.parse().unwrap())
}

impl TestClient {
    /// Connects and starts the API; the start burst has been read.
    pub(in crate::tws) async fn connect(server: &TwsServer, client_id: i32) -> Self {
        let mut client = Self::knock(server).await;
        client
            .send(&Request::StartApi(StartApiRequest {
                client_id: Some(client_id),
                optional_capabilities: None,
            }))
            .await;
        loop {
            match client.next().await {
                Some(Reply::NextValidId(id)) => {
                    client.next_order_id = id.order_id.unwrap();
                }
                Some(Reply::Error(error)) if error.error_code == Some(2158) => return client,
                Some(_) => {}
                None => panic!("the server hung up"),
            }
        }
    }

    /// Greets the server.
    async fn knock(server: &TwsServer) -> Self {
        let mut stream = TcpStream::connect(server.address()).await.unwrap();
        stream.write_all(b"API\0\0\0\0\x09v213..226").await.unwrap();
        let mut client = Self {
            stream,
            received: Vec::new(),
            request: 9000,
            next_order_id: 0,
        };
        let greeting = client.frame().await.unwrap().unwrap();
        assert!(greeting.starts_with(b"226\0"), "{greeting:?}");
        client
    }

    pub(in crate::tws) async fn send(&mut self, request: &Request) {
        // A server that has hung up is seen when the next reply is read.
        let _ = self.try_send(request).await;
    }

    /// Sends unless the connection is broken.
    pub(in crate::tws) async fn try_send(&mut self, request: &Request) -> io::Result<()> {
        let payload = request.to_proto().unwrap();
        let mut bytes = Vec::new();
        bytes.extend_from_slice(&u32::try_from(payload.len() + 4).unwrap().to_be_bytes());
        bytes.extend_from_slice(&(request.id() + 200).to_be_bytes());
        bytes.extend_from_slice(&payload);
        self.stream.write_all(&bytes).await
    }

    async fn frame(&mut self) -> io::Result<Option<Vec<u8>>> {
        loop {
            if let Some(length) = self.received.first_chunk::<4>() {
                let length = u32::from_be_bytes(*length) as usize;
                if self.received.len() >= length + 4 {
                    let rest = self.received.split_off(length + 4);
                    let frame = std::mem::replace(&mut self.received, rest);
                    return Ok(Some(frame[4..].to_vec()));
                }
            }
            let read = tokio::time::timeout(PATIENCE, self.stream.read_buf(&mut self.received));
            if read.await.expect("a reply in time")? == 0 {
                return Ok(None);
            }
        }
    }

    /// The next reply; `None` when the server has hung up.
    pub(in crate::tws) async fn next(&mut self) -> Option<Reply> {
        self.try_next().await.ok().flatten()
    }

    /// The next reply; `None` when the server has hung up in good order.
    pub(in crate::tws) async fn try_next(&mut self) -> io::Result<Option<Reply>> {
        let Some(frame) = self.frame().await? else {
            return Ok(None);
        };
        let (number, payload) = frame.split_first_chunk::<4>().unwrap();
        let id = u32::from_be_bytes(*number) - 200;
        Ok(Some(Reply::from_proto(id, payload).unwrap().unwrap()))
    }

    /// Everything that was sent before the answer to a question that is asked now.
    pub(in crate::tws) async fn heard(&mut self) -> Vec<Reply> {
        self.send(&Request::CurrentTimeInMillis(Default::default()))
            .await;
        let mut heard = Vec::new();
        loop {
            match self.next().await {
                Some(Reply::CurrentTimeInMillis(_)) | None => return heard,
                Some(reply) => heard.push(reply),
            }
        }
    }

    /// Asks and gives back everything up to and including the reply that ends the answer.
    pub(in crate::tws) async fn ask(
        &mut self,
        request: &Request,
        ends: impl Fn(&Reply) -> bool,
    ) -> Vec<Reply> {
        self.send(request).await;
        let mut heard = Vec::new();
        while let Some(reply) = self.next().await {
            let last = ends(&reply);
            heard.push(reply);
            if last {
                break;
            }
        }
        heard
    }

    pub(in crate::tws) async fn open_orders(&mut self) -> Vec<Reply> {
        let request = Request::OpenOrders(OpenOrdersRequest {});
        self.ask(&request, |r| matches!(r, Reply::OpenOrdersEnd(_)))
            .await
    }

    pub(in crate::tws) async fn all_open_orders(&mut self) -> Vec<Reply> {
        let request = Request::AllOpenOrders(AllOpenOrdersRequest {});
        self.ask(&request, |r| matches!(r, Reply::OpenOrdersEnd(_)))
            .await
    }

    pub(in crate::tws) async fn completed_orders(&mut self, api_only: bool) -> Vec<Reply> {
        let request = Request::CompletedOrders(CompletedOrdersRequest {
            api_only: Some(api_only),
        });
        self.ask(&request, |r| matches!(r, Reply::CompletedOrdersEnd(_)))
            .await
    }

    pub(in crate::tws) async fn executions(&mut self) -> Vec<Reply> {
        self.request += 1;
        let request = Request::Executions(ExecutionRequest {
            req_id: Some(self.request),
            execution_filter: None,
        });
        self.ask(&request, |r| matches!(r, Reply::ExecutionDetailsEnd(_)))
            .await
    }

    /// Places an order and gives back what was said about it.
    pub(in crate::tws) async fn place(
        &mut self,
        id: i32,
        contract: Contract,
        order: Order,
    ) -> Vec<Reply> {
        self.send(&place(id, contract, order)).await;
        self.heard().await
    }

    pub(in crate::tws) async fn cancel(&mut self, id: i32) -> Vec<Reply> {
        self.send(&Request::CancelOrder(super::message::CancelOrderRequest {
            order_id: Some(id),
            order_cancel: None,
        }))
        .await;
        self.heard().await
    }
}

pub(in crate::tws) fn place(id: i32, contract: Contract, order: Order) -> Request {
    Request::PlaceOrder(PlaceOrderRequest {
        order_id: Some(id),
        contract: Some(contract),
        order: Some(order),
        attached_orders: None,
    })
}

/// The replies by short names, for comparing order: `openOrder 1 Submitted`, `error 1 202`.
pub(in crate::tws) fn summary(replies: &[Reply]) -> Vec<String> {
    replies.iter().map(short).collect()
}

fn short(reply: &Reply) -> String {
    match reply {
        Reply::OpenOrder(open) => format!(
            "openOrder {} {}",
            open.order_id.unwrap_or_default(),
            open.order_state
                .as_ref()
                .and_then(|state| state.status.clone())
                .unwrap_or_default()
        ),
        Reply::OrderStatus(status) => format!(
            "orderStatus {} {} {}/{}",
            status.order_id.unwrap_or_default(),
            status.status.as_deref().unwrap_or_default(),
            status.filled.as_deref().unwrap_or_default(),
            status.remaining.as_deref().unwrap_or_default(),
        ),
        Reply::ExecutionDetails(details) => {
            let execution = details.execution.clone().unwrap_or_default();
            format!(
                "execDetails {} {} {}",
                execution.order_id.unwrap_or_default(),
                execution.side.unwrap_or_default(),
                execution.shares.unwrap_or_default(),
            )
        }
        Reply::CommissionReport(_) => "commission".into(),
        Reply::CompletedOrder(_) => "completedOrder".into(),
        Reply::OrderBound(bound) => format!("orderBound {}", bound.order_id.unwrap_or_default()),
        Reply::Error(ErrorMessage { id, error_code, .. }) => format!(
            "error {} {}",
            id.unwrap_or_default(),
            error_code.unwrap_or_default()
        ),
        other => format!("{other:?}")
            .split('(')
            .next()
            .unwrap_or_default()
            .to_owned(),
    }
}

/// The statuses among replies.
pub(in crate::tws) fn statuses(replies: &[Reply]) -> Vec<OrderStatus> {
    let statuses = replies.iter().filter_map(|reply| match reply {
        Reply::OrderStatus(status) => Some(status.clone()),
        _ => None,
    });
    statuses.collect()
}
