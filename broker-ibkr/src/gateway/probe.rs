use std::time::Duration;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use super::Fact;

/// The greeting of a client that speaks any version; whoever answers it with a version is a gateway.
const GREETING: &[u8] = b"API\0\0\0\0\x09v100..226";
/// A longer answer is not a version and a time.
const LONGEST: usize = 1_024;

/// Looks at the port of a gateway from outside, without becoming one of its clients: it hangs up
/// before the API is started, so no client id is used.
#[derive(Debug, Clone)]
pub(super) struct Probe {
    /// Host and port.
    pub(super) address: String,
    /// How long the connection may take, and then the answer.
    pub(super) within: Duration,
}

impl Probe {
    /// Whether something listens, and whether it answers like a gateway.
    pub(super) async fn look(&self) -> (Fact, Fact) {
        let Self { address, within } = self;
        let unasked = || Fact::now(false, "not asked, because its port is not open");
        let mut socket = match timeout(*within, TcpStream::connect(address)).await {
            Ok(Ok(socket)) => socket,
            Ok(Err(error)) => {
                let closed = Fact::now(false, format!("{address} is not open: {error}"));
                return (closed, unasked());
            }
            Err(_) => {
                let reason = format!("{address} did not take a connection within {within:?}");
                return (Fact::now(false, reason), unasked());
            }
        };
        let open = Fact::now(true, format!("{address} takes connections"));
        let answer = match timeout(*within, greet(&mut socket)).await {
            Ok(Ok(Some(version))) => {
                let reason = format!("it answered the greeting with protocol level {version}");
                Fact::now(true, reason)
            }
            Ok(Ok(None)) => Fact::now(false, "what answers does not speak the protocol of TWS"),
            Ok(Err(error)) => Fact::now(
                false,
                format!("it ended the connection at the greeting: {error}"),
            ),
            Err(_) => Fact::now(
                false,
                format!("it did not answer the greeting within {within:?}"),
            ),
        };
        (open, answer)
    }
}

/// The protocol level in the answer; `None` when it is not the answer of a TWS.
async fn greet(socket: &mut TcpStream) -> std::io::Result<Option<u32>> {
    socket.write_all(GREETING).await?;
    let length = usize::try_from(socket.read_u32().await?).unwrap_or(usize::MAX);
    if length > LONGEST {
        return Ok(None);
    }
    let mut frame = vec![0; length];
    socket.read_exact(&mut frame).await?;
    // Level, NUL, time, NUL.
    let mut fields = frame.split(|byte| *byte == 0);
    let level = fields.next().unwrap_or_default();
    let level = str::from_utf8(level)
        .ok()
        .and_then(|text| text.parse().ok());
    Ok(level.filter(|_| fields.next().is_some()))
}
