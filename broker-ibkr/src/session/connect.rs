//! Opening one connection, with a deadline and a diagnosis.
//!
//! The wire library waits for ever for a TWS that accepts and then shows a dialog, so the deadline
//! is ours; it also tries again by itself, which is switched off, because such an attempt can hang
//! for ever, too (protocol notes, sections 1.2 to 1.4).

use core::time::Duration;
use std::sync::Arc;

use broker_core::{Error, ErrorKind, Result, Retry};
use ibapi::subscriptions::NoticeStream;
use tokio::{net::TcpStream, time::timeout};

use crate::{config::Deadlines, error::from_ibapi};

/// An open connection.
pub(crate) struct Connected {
    pub(crate) client: Arc<ibapi::Client>,
    /// What TWS says to nobody in particular, from the handshake on.
    pub(crate) notices: NoticeStream,
}

/// Where and as whom to connect.
#[derive(Debug, Clone)]
pub(crate) struct Dial {
    pub(crate) address: String,
    pub(crate) client_id: i32,
    pub(crate) deadlines: Deadlines,
}

/// Unread items that a stream may hold.
const CHANNEL: usize = 4_096;
/// How long the second look may take that tells an unreachable host from a silent TWS.
const PROBE: Duration = Duration::from_secs(1);

impl Dial {
    /// Opens a connection.
    ///
    /// # Errors
    /// One kind and one sentence per way in which it goes wrong.
    pub(crate) async fn connect(&self) -> Result<Connected> {
        let attempt = ibapi::Client::builder()
            .address(self.address.as_str())
            .client_id(self.client_id)
            .max_reconnect_attempts(0)
            .channel_capacity(CHANNEL)
            // Questions have deadlines of their own; this is for the slowest of them.
            .one_shot_timeout(self.deadlines.history.max(self.deadlines.request))
            .connect_with_notice_stream();
        match timeout(self.deadlines.connect, attempt).await {
            Ok(Ok((client, notices))) => Ok(Connected {
                client: Arc::new(client),
                notices,
            }),
            Ok(Err(error)) => Err(self.diagnose(&error)),
            Err(_) => Err(self.silence().await),
        }
    }

    /// The same, again and again while the client id is in use: TWS may hold the session of a
    /// process that has crashed.
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    pub(crate) async fn connect_patiently(&self) -> Result<Connected> {
        let until = tokio::time::Instant::now() + self.deadlines.client_id_in_use;
        loop {
            match self.connect().await {
                Err(error)
                    if error.kind() == ErrorKind::SessionConflict
                        && tokio::time::Instant::now() < until =>
                {
                    tracing::info!(
                        client_id = self.client_id,
                        "the client id is in use; trying again"
                    );
                    tokio::time::sleep(self.deadlines.reconnect_after).await;
                }
                outcome => return outcome,
            }
        }
    }

    /// What a connection that could not be opened means, and what to do about it.
    fn diagnose(&self, error: &ibapi::Error) -> Error {
        use ibapi::Error as E;
        let address = &self.address;
        let made = match error {
            E::Io(io) if io.kind() == std::io::ErrorKind::ConnectionRefused => Error::new(
                ErrorKind::Disconnected,
                format!(
                    "nothing listens at {address}: start TWS or IB Gateway, check `Enable ActiveX and Socket \
                     Clients` in its API settings, and the port (TWS 7496 live, 7497 paper; IB Gateway 4001 \
                     live, 4002 paper)"
                ),
            ),
            // In the handshake the library says it in words only.
            E::ConnectionRejected(why) if why.contains("next valid order id") => {
                let mut words = why.split_whitespace();
                let number = words.find(|word| word.parse::<i64>().is_ok());
                self.id_out_of_range(number.unwrap_or("too high"))
            }
            E::ConnectionRejected(_) | E::ConnectionReset | E::UnexpectedEndOfStream => closed(address),
            E::Io(io)
                if matches!(
                    io.kind(),
                    std::io::ErrorKind::UnexpectedEof
                        | std::io::ErrorKind::ConnectionReset
                        | std::io::ErrorKind::ConnectionAborted
                        | std::io::ErrorKind::BrokenPipe
                ) =>
            {
                closed(address)
            }
            E::ClientIdInUse { client_id } => Error::new(
                ErrorKind::SessionConflict,
                format!(
                    "client id {client_id} is in use by another program; choose another, or wait until TWS \
                     has noticed that the old connection is gone"
                ),
            )
            .with_retry(Retry::Safe { after: self.deadlines.reconnect_after }),
            E::ServerVersion(required, actual, _) => Error::unsupported(format!(
                "this TWS speaks protocol level {actual} and at least {required} is needed: install TWS or \
                 IB Gateway 10.40 or later"
            )),
            E::OrderIdInRequestRange { order_id } => self.id_out_of_range(&order_id.to_string()),
            E::UnsupportedTimeZone(zone) => Error::new(
                ErrorKind::Protocol,
                format!("TWS runs in the time zone {zone:?}, which has no known meaning: set another one in TWS"),
            ),
            E::Parse(..) | E::ParseInt(_) | E::InvalidFrame(_) | E::UnexpectedWireFormat(_) | E::UnexpectedResponse(_) => {
                Error::new(
                    ErrorKind::Protocol,
                    format!("what answers at {address} does not speak the protocol of TWS"),
                )
            }
            _ => return from_ibapi("connect", error),
        };
        made.in_operation("connect").with_source(error.clone())
    }

    fn id_out_of_range(&self, order_id: &str) -> Error {
        let client_id = self.client_id;
        let message = format!(
            "the next order id of client id {client_id} is {order_id}, which is in the range of request \
             ids: use `Reset API order ID sequence` in the API settings of TWS while no order is open, or \
             another client id"
        );
        Error::new(ErrorKind::InvalidRequest, message).at_field("client_id")
    }

    /// What it means that nothing came in time.
    async fn silence(&self) -> Error {
        let address = &self.address;
        let within = self.deadlines.connect;
        let reachable = matches!(timeout(PROBE, TcpStream::connect(address)).await, Ok(Ok(_)));
        let message = if reachable {
            format!(
                "{address} accepted the connection and said nothing for {within:?}: TWS may be waiting at its \
                 log-in or at a dialog that asks whether to accept the connection; check `Allow connections \
                 from localhost only` and `Trusted IPs` in its API settings"
            )
        } else {
            format!(
                "{address} could not be reached within {within:?}: check the host, the network and the firewall"
            )
        };
        Error::new(ErrorKind::Timeout, message).in_operation("connect")
    }
}

fn closed(address: &str) -> Error {
    let message = format!(
        "{address} closed the connection in the handshake: TWS may not be logged in, may not trust this host \
         (`Trusted IPs`, `Allow connections from localhost only` in its API settings), or may have its 32 \
         API clients already"
    );
    Error::new(ErrorKind::Disconnected, message)
}

/// Whether trying again is of no use before a person has changed something.
pub(crate) fn needs_a_person(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::InvalidRequest
            | ErrorKind::Unsupported
            | ErrorKind::PermissionDenied
            | ErrorKind::NotFound
    )
}
