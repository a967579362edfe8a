//! One connection to the push service.

use core::{
    future::{Future as _, poll_fn},
    pin::pin,
    task::Poll,
    time::Duration,
};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use broker_core::{Clock, Error, ErrorKind, Result, model::AccountId};
use chrono::TimeDelta;
use prost::{
    Message as _,
    bytes::{Buf as _, BytesMut},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
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
    heartbeat::{Heartbeat, INTERVAL, NEVER},
    inbox::Outlet,
    lines::Lines,
    message::{Command, Connect, DataType, Request, Response, Subscribe},
    talk::{Talk, farewell},
};
use crate::config::PushAddress;

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
    pub(crate) lines: Arc<Lines>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl core::fmt::Debug for Dial {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Dial")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
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

/// What a former connection, or a former process, may have left behind.
const LEFT_BEHIND: [DataType; 7] = [
    DataType::Quote,
    DataType::Option,
    DataType::Future,
    DataType::Cc,
    DataType::QuoteDepth,
    DataType::TradeTick,
    DataType::Kline,
];
/// By how much the service's clock may be behind ours, in seconds.
const BEHIND: i64 = 8;
/// Bytes that a TLS record holds at most.
const RECORD: usize = 16 * 1024;
/// So many bytes are read at once at most, and told about together.
const AT_ONCE: usize = 64 * 1024;

/// A connection with what has been read and not been understood yet.
pub(super) struct Wire {
    stream: TlsStream<TcpStream>,
    buffer: BytesMut,
    last_id: u32,
}

fn lost(error: &std::io::Error) -> Error {
    let message = format!("the connection to the push service was lost: {error}");
    Error::new(ErrorKind::Disconnected, message)
}

impl Wire {
    /// Says something; the number under which it is answered.
    async fn send(&mut self, command: Command, request: Request) -> Result<u32> {
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
        written.await.map_err(|error| lost(&error))?;
        Ok(self.last_id)
    }

    /// Asks for something, or lets it go.
    pub(super) async fn change(&mut self, wanted: bool, subscribe: Subscribe) -> Result<u32> {
        let command = if wanted {
            Command::Subscribe
        } else {
            Command::Unsubscribe
        };
        let request = Request {
            subscribe: Some(subscribe),
            ..Request::default()
        };
        self.send(command, request).await
    }

    /// Reads what there is, at least a byte. Dropping the future loses nothing.
    async fn read(&mut self) -> Result<()> {
        self.buffer.reserve(RECORD);
        let read = self.stream.read_buf(&mut self.buffer).await;
        if read.map_err(|error| lost(&error))? == 0 {
            let message = "the push service closed the connection";
            return Err(Error::new(ErrorKind::Disconnected, message));
        }
        // What else is there already. That it may be the end is told again by the next to read.
        let Self { stream, buffer, .. } = self;
        poll_fn(|context| {
            while buffer.len() < AT_ONCE {
                buffer.reserve(RECORD);
                let more = pin!(stream.read_buf(buffer)).poll(context);
                if !matches!(more, Poll::Ready(Ok(1..))) {
                    break;
                }
            }
            Poll::Ready(())
        })
        .await;
        Ok(())
    }

    /// The next message of what has been read; `None` when more has to be read.
    pub(super) fn heard(&mut self) -> Result<Option<Response>> {
        let Some((frame, taken)) = frame::first(&self.buffer)? else {
            return Ok(None);
        };
        let said = Response::decode(frame).map_err(|error| {
            let message = format!("the push service sent something unreadable: {error}");
            Error::new(ErrorKind::Protocol, message)
        })?;
        self.buffer.advance(taken);
        Ok(Some(said))
    }

    /// The next message. Dropping the future loses nothing.
    async fn next(&mut self) -> Result<Response> {
        loop {
            match self.heard()? {
                Some(said) => return Ok(said),
                None => self.read().await?,
            }
        }
    }
}

impl Dial {
    /// Connects, subscribes and listens until the connection ends. `greeted` is set once it is there.
    pub(super) async fn serve(&self, events: &Outlet, greeted: &mut bool) -> End {
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
            buffer: BytesMut::with_capacity(RECORD),
            last_id: 0,
        })
    }

    async fn listen(&self, events: &Outlet, greeted: &mut bool) -> Result<End> {
        let until = Instant::now() + self.within;
        let mut wire = self.open(until).await?;
        let greeting = timeout_at(until, self.greet(&mut wire)).await;
        let heartbeat = match greeting.map_err(|_| silent())?? {
            Ok(heartbeat) => heartbeat,
            Err(end) => return Ok(end),
        };
        let subscribing = timeout_at(until, self.subscribe(&mut wire)).await;
        let own = subscribing.map_err(|_| silent())??;
        *greeted = true;
        if events.send(PushEvent::Connected).is_err() {
            return Ok(End::Deserted);
        }
        let mut talk = Talk {
            wire,
            events,
            lines: &self.lines,
            own,
            tickets: HashMap::new(),
        };
        self.hear(&mut talk, heartbeat).await
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

    /// Asks for everything about the accounts, and lets go what was asked for about the market before.
    /// Asking for what is being pushed already changes nothing, and whether the service remembers is
    /// nowhere said. The numbers under which the account's affairs were asked for.
    async fn subscribe(&self, wire: &mut Wire) -> Result<HashSet<u32>> {
        let mut own = HashSet::new();
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
                own.insert(wire.change(true, subscribe).await?);
            }
        }
        for kind in LEFT_BEHIND {
            let all = Subscribe {
                data_type: kind.into(),
                ..Subscribe::default()
            };
            wire.change(false, all).await?;
        }
        self.lines.connected();
        Ok(own)
    }

    async fn hear(&self, talk: &mut Talk<'_>, heartbeat: Heartbeat) -> Result<End> {
        let after = |span: Option<Duration>| Instant::now() + span.unwrap_or(NEVER);
        let mut beat_at = after(heartbeat.send);
        let mut silent_at = after(heartbeat.hear);
        // What came with the greeting is heard before anything is waited for.
        if let Some(end) = talk.hear()? {
            return Ok(end);
        }
        talk.say(silent_at).await?;
        loop {
            tokio::select! {
                read = talk.wire.read() => {
                    read?;
                    silent_at = after(heartbeat.hear);
                    if let Some(end) = talk.hear()? {
                        return Ok(end);
                    }
                }
                () = self.lines.changed() => {
                    talk.say(silent_at).await?;
                    beat_at = after(heartbeat.send);
                }
                () = sleep_until(beat_at) => {
                    // A peer that reads nothing must not hold the reading up for ever.
                    let beating = talk.wire.send(Command::Heartbeat, Request::default());
                    timeout_at(silent_at, beating).await.map_err(|_| silent())??;
                    beat_at = after(heartbeat.send);
                    self.lines.pass(self.clock.now() - TimeDelta::seconds(BEHIND));
                }
                () = sleep_until(silent_at) => return Err(silent()),
                () = talk.events.closed() => {
                    // The farewell makes the service forget the subscriptions; nobody waits for it.
                    let _said = talk.wire.send(Command::Disconnect, Request::default()).await;
                    return Ok(End::Deserted);
                }
            }
        }
    }
}

pub(super) fn silent() -> Error {
    Error::new(
        ErrorKind::Timeout,
        "the push service says nothing; the connection counts as lost",
    )
}
