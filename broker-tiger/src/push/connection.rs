//! One connection to the push service.

use core::time::Duration;
use std::sync::Arc;

use broker_core::{Decimal, Error, ErrorKind, Result, model::AccountId};
use prost::{Message as _, bytes::BytesMut};
use serde::Deserialize;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::mpsc,
    time::{Instant, sleep_until, timeout_at},
};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{ClientConfig, pki_types::ServerName},
};

use super::{
    client::PushEvent,
    frame,
    message::{
        Command, Connect, DataType, Payload, PositionData, PushData, Request, Response, Subscribe,
    },
};
use crate::{
    config::PushAddress,
    convert::{Figure, Text, Whole},
    instrument::Told,
    portfolio::PositionRow,
};

/// Where and as whom to connect.
#[derive(Clone)]
pub(crate) struct Dial {
    pub(crate) address: PushAddress,
    pub(crate) tls: Arc<ClientConfig>,
    pub(crate) tiger_id: String,
    /// The signature of the developer's number, which never changes.
    pub(crate) sign: String,
    pub(crate) full_ticks: bool,
    pub(crate) accounts: Vec<AccountId>,
    /// How long connecting may take, the greeting included.
    pub(crate) within: Duration,
}

impl core::fmt::Debug for Dial {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Dial")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

/// What was pushed.
#[derive(Debug, Clone)]
pub(crate) enum Pushed {
    /// An order, or an execution of one.
    Orders,
    /// A position as it is now.
    Position(AccountId, Box<Told>, Box<PositionRow>),
    /// An account's figures.
    Figures,
}

/// How a connection ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    /// It was lost, or never came about.
    Lost(String),
    /// A newer connection of the developer took its place.
    Displaced(String),
    /// Nobody listens any more.
    Deserted,
}

/// The code of an answer to a subscription that was refused.
const REFUSED: i32 = 200;
/// The code of the farewell to a connection that a newer one displaces.
const KICKED_OUT: i32 = 4001;
/// What the vendor's SDK proposes for both directions, in milliseconds.
const INTERVAL: u32 = 10_000;
/// Far enough away to be never.
const NEVER: Duration = Duration::from_secs(10 * 365 * 24 * 3_600);

/// How often something is to be sent, and how soon something is to be heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Heartbeat {
    pub(super) send: Option<Duration>,
    pub(super) hear: Option<Duration>,
}

#[derive(Deserialize)]
struct Greeting {
    #[serde(rename = "heart-beat")]
    pair: String,
}

impl Heartbeat {
    /// Out of the text of the greeting; the proposed one when it says nothing that can be read.
    pub(super) fn agreed(greeting: &str) -> Self {
        let pair = serde_json::from_str::<Greeting>(greeting).ok();
        let pair = pair.and_then(|greeting| {
            let (send, hear) = greeting.pair.split_once(',')?;
            Some((send.trim().parse().ok()?, hear.trim().parse().ok()?))
        });
        let (send, hear): (u64, u64) = pair.unwrap_or((INTERVAL.into(), INTERVAL.into()));
        let span = |ms: u64| (ms > 0).then(|| Duration::from_millis(ms));
        Self {
            send: span(send),
            // As patient as the vendor's SDK.
            hear: span(hear.saturating_mul(3) / 2),
        }
    }
}

/// A connection with what has been read and not been understood yet.
struct Wire {
    stream: TlsStream<TcpStream>,
    buffer: BytesMut,
    last_id: u32,
}

fn lost(error: &std::io::Error) -> Error {
    let message = format!("the connection to the push service was lost: {error}");
    Error::new(ErrorKind::Disconnected, message)
}

impl Wire {
    async fn send(&mut self, command: Command, request: Request) -> Result<()> {
        self.last_id = self.last_id.wrapping_add(1).max(1);
        let request = Request {
            command: command.into(),
            id: self.last_id,
            ..request
        };
        let bytes = frame::frame(&request);
        let written = async {
            self.stream.write_all(&bytes).await?;
            self.stream.flush().await
        };
        written.await.map_err(|error| lost(&error))
    }

    /// The next message. Dropping the future loses nothing.
    async fn next(&mut self) -> Result<Response> {
        loop {
            if let Some(bytes) = frame::take(&mut self.buffer)? {
                return Response::decode(bytes).map_err(|error| {
                    let message = format!("the push service sent something unreadable: {error}");
                    Error::new(ErrorKind::Protocol, message)
                });
            }
            let read = self.stream.read_buf(&mut self.buffer).await;
            if read.map_err(|error| lost(&error))? == 0 {
                let message = "the push service closed the connection";
                return Err(Error::new(ErrorKind::Disconnected, message));
            }
        }
    }
}

impl Dial {
    /// Connects, subscribes and listens until the connection ends. `greeted` is set once it is there.
    pub(super) async fn serve(
        &self,
        events: &mpsc::UnboundedSender<PushEvent>,
        greeted: &mut bool,
    ) -> End {
        match self.listen(events, greeted).await {
            Ok(end) => end,
            Err(error) => End::Lost(error.message().to_owned()),
        }
    }

    async fn open(&self, until: Instant) -> Result<Wire> {
        let PushAddress { host, port } = &self.address;
        let name = ServerName::try_from(host.clone())
            .map_err(|_| Error::invalid("socket_host_port", "has a host that is no name"))?;
        let opening = async {
            let stream = TcpStream::connect((host.as_str(), *port)).await?;
            stream.set_nodelay(true)?;
            let connector = TlsConnector::from(Arc::clone(&self.tls));
            connector.connect(name, stream).await
        };
        let opened = timeout_at(until, opening).await.map_err(|_| silent())?;
        let stream = opened.map_err(|error| {
            let message = format!("the push service cannot be reached: {error}");
            Error::new(ErrorKind::Disconnected, message)
        })?;
        Ok(Wire {
            stream,
            buffer: BytesMut::with_capacity(8 * 1024),
            last_id: 0,
        })
    }

    async fn listen(
        &self,
        events: &mpsc::UnboundedSender<PushEvent>,
        greeted: &mut bool,
    ) -> Result<End> {
        let until = Instant::now() + self.within;
        let mut wire = self.open(until).await?;
        let greeting = timeout_at(until, self.greet(&mut wire)).await;
        let heartbeat = match greeting.map_err(|_| silent())?? {
            Ok(heartbeat) => heartbeat,
            Err(end) => return Ok(end),
        };
        let subscribing = timeout_at(until, self.subscribe(&mut wire)).await;
        subscribing.map_err(|_| silent())??;
        *greeted = true;
        if events.send(PushEvent::Connected).is_err() {
            return Ok(End::Deserted);
        }
        self.hear(&mut wire, heartbeat, events).await
    }

    /// Says who connects, and waits to be let in.
    async fn greet(&self, wire: &mut Wire) -> Result<core::result::Result<Heartbeat, End>> {
        let connect = Connect {
            tiger_id: self.tiger_id.clone(),
            sign: self.sign.clone(),
            sdk_version: concat!("rust-broker-", env!("CARGO_PKG_VERSION")).to_owned(),
            accept_version: Some("3".to_owned()),
            send_interval: Some(INTERVAL),
            receive_interval: Some(INTERVAL),
            use_full_tick: Some(self.full_ticks),
        };
        let request = Request {
            connect: Some(connect),
            ..Request::default()
        };
        wire.send(Command::Connect, request).await?;
        loop {
            let said = wire.next().await?;
            match Command::try_from(said.command) {
                Ok(Command::Connected) => {
                    let greeting = said.msg.as_deref().unwrap_or_default();
                    return Ok(Ok(Heartbeat::agreed(greeting)));
                }
                Ok(Command::Error) => return Ok(Err(farewell(&said))),
                // Whatever else is said before is for nobody.
                Ok(_) | Err(_) => {}
            }
        }
    }

    /// Asks for everything about the accounts. Asking for what is being pushed already changes
    /// nothing, and whether the service remembers is nowhere said.
    async fn subscribe(&self, wire: &mut Wire) -> Result<()> {
        for account in &self.accounts {
            for kind in [
                DataType::OrderStatus,
                DataType::OrderTransaction,
                DataType::Position,
                DataType::Asset,
            ] {
                let subscribe = Subscribe {
                    data_type: kind.into(),
                    account: Some(account.to_string()),
                    ..Subscribe::default()
                };
                let request = Request {
                    subscribe: Some(subscribe),
                    ..Request::default()
                };
                wire.send(Command::Subscribe, request).await?;
            }
        }
        Ok(())
    }

    async fn hear(
        &self,
        wire: &mut Wire,
        heartbeat: Heartbeat,
        events: &mpsc::UnboundedSender<PushEvent>,
    ) -> Result<End> {
        let after = |span: Option<Duration>| Instant::now() + span.unwrap_or(NEVER);
        let mut beat_at = after(heartbeat.send);
        let mut silent_at = after(heartbeat.hear);
        loop {
            tokio::select! {
                said = wire.next() => {
                    silent_at = after(heartbeat.hear);
                    if let Some(end) = take(&said?, events) {
                        return Ok(end);
                    }
                }
                () = sleep_until(beat_at) => {
                    // A peer that reads nothing must not hold the reading up for ever.
                    let beating = wire.send(Command::Heartbeat, Request::default());
                    timeout_at(silent_at, beating).await.map_err(|_| silent())??;
                    beat_at = after(heartbeat.send);
                }
                () = sleep_until(silent_at) => return Err(silent()),
                () = events.closed() => {
                    // The farewell makes the service forget the subscriptions; nobody waits for it.
                    let _said = wire.send(Command::Disconnect, Request::default()).await;
                    return Ok(End::Deserted);
                }
            }
        }
    }
}

fn silent() -> Error {
    Error::new(
        ErrorKind::Timeout,
        "the push service says nothing; the connection counts as lost",
    )
}

fn farewell(said: &Response) -> End {
    let code = said.code.unwrap_or_default();
    let words = said.msg.as_deref().unwrap_or("no reason given");
    if code == KICKED_OUT {
        End::Displaced(format!("[{code}] {words}"))
    } else {
        End::Lost(format!("the push service ended it: [{code}] {words}"))
    }
}

/// Takes one message; the end of the connection if it is that.
fn take(said: &Response, events: &mpsc::UnboundedSender<PushEvent>) -> Option<End> {
    match Command::try_from(said.command) {
        Ok(Command::Error) => return Some(farewell(said)),
        Ok(Command::Message) => {}
        Ok(_) => return None,
        Err(_) => {
            tracing::debug!(
                command = said.command,
                "the push service sent a new command"
            );
            return None;
        }
    }
    if said.code == Some(REFUSED) {
        let words = said.msg.as_deref().unwrap_or_default();
        let why = format!("a subscription was refused: {words}");
        return events
            .send(PushEvent::Trouble(why))
            .is_err()
            .then_some(End::Deserted);
    }
    let pushed = said.body.as_ref().and_then(pushed)?;
    let told = events.send(PushEvent::Data(pushed));
    told.is_err().then_some(End::Deserted)
}

fn pushed(data: &PushData) -> Option<Pushed> {
    match data.payload.as_ref()? {
        Payload::OrderStatus(order) => {
            tracing::trace!(number = order.id, status = %order.status, "an order was pushed");
            Some(Pushed::Orders)
        }
        Payload::OrderTransaction(execution) => {
            tracing::trace!(
                number = execution.id,
                of = execution.order_id,
                "an execution was pushed"
            );
            Some(Pushed::Orders)
        }
        Payload::Asset(_) => Some(Pushed::Figures),
        Payload::Position(position) => position_of(position),
    }
}

fn position_of(data: &PositionData) -> Option<Pushed> {
    let account = AccountId::new(&data.account).ok()?;
    let text = |text: &str| Text(Some(text.to_owned()).filter(|text| !text.is_empty()));
    let told = Told {
        symbol: text(&data.symbol),
        sec_type: text(&data.sec_type),
        currency: text(&data.currency),
        market: text(&data.market),
        identifier: text(&data.identifier),
        expiry: text(&data.expiry),
        strike: Figure(data.strike.parse().ok()),
        right: text(&data.right),
        legs: None,
    };
    let row = PositionRow {
        position: Figure(Some(data.position.into())),
        position_scale: Whole(Some(data.position_scale.into())),
        average_cost: double(data.average_cost),
        latest_price: double(data.latest_price),
        market_value: double(data.market_value),
        unrealized_pnl: double(data.unrealized_pnl),
        realized_pnl: Figure(None),
    };
    Some(Pushed::Position(account, Box::new(told), Box::new(row)))
}

/// A double by the shortest text that means it.
pub(super) fn double(value: f64) -> Figure {
    let text = value.to_string();
    let exact: Option<Decimal> = text.parse().ok();
    Figure(exact.filter(|_| value.is_finite()))
}
