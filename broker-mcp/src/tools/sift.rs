//! Messages over a pair of streams, without those that say one thing twice.
//!
//! Readers differ in which of the two they believe, and the one behind this believes the last: what a person
//! was shown by another one would not be what is sent. Over HTTP bodies are looked at where they are taken in.

use std::io;

use rmcp::{
    ErrorData, RoleServer,
    model::RequestId,
    service::{RxJsonRpcMessage, TxJsonRpcMessage},
    transport::{
        Transport,
        async_rw::{AsyncRwTransport, DEFAULT_MAX_LINE_LENGTH},
    },
};
use serde_json::Value;
use tokio::{
    io::{
        AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader, DuplexStream,
    },
    sync::mpsc,
};

use crate::value::twice;

/// How much of what was read may wait to be taken.
const ROOM: usize = 64 << 10;
/// A mark at the beginning of a text that readers of JSON may pass over.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// A request that was kept back.
#[derive(Debug)]
struct KeptBack {
    /// Nothing when which one it is, is said twice.
    id: Option<RequestId>,
    name: String,
}

/// The messages of two streams; a request that was kept back is answered with an error.
pub(super) struct Sifted<W: AsyncWrite> {
    lines: AsyncRwTransport<RoleServer, DuplexStream, W>,
    kept_back: mpsc::UnboundedReceiver<KeptBack>,
}

impl<W: AsyncWrite + Send + Unpin + 'static> Sifted<W> {
    /// Reads in a task that ends with the input, or when nobody takes what it reads.
    pub(super) fn of(input: impl AsyncRead + Send + Unpin + 'static, output: W) -> Self {
        let (sieve, sifted) = tokio::io::duplex(ROOM);
        let (keep_back, kept_back) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            if let Err(error) = sift(input, sieve, &keep_back).await {
                tracing::debug!(%error, "reading has ended");
            }
        });
        Self {
            lines: AsyncRwTransport::new_server(sifted, output),
            kept_back,
        }
    }
}

impl<W: AsyncWrite + Send + Unpin + 'static> Transport<RoleServer> for Sifted<W> {
    type Error = io::Error;

    fn send(
        &mut self,
        item: TxJsonRpcMessage<RoleServer>,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send + 'static {
        self.lines.send(item)
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        loop {
            tokio::select! {
                biased;
                Some(KeptBack { id, name }) = self.kept_back.recv() => {
                    let error = ErrorData::invalid_params(twice::refusal(&name), None);
                    let answer = TxJsonRpcMessage::<RoleServer>::error(error, id);
                    // Whoever waits here may stop waiting; the answer is given all the same.
                    tokio::spawn(self.lines.send(answer));
                }
                message = self.lines.receive() => return message,
            }
        }
    }

    async fn close(&mut self) -> Result<(), Self::Error> {
        self.lines.close().await
    }
}

/// Hands lines on. One that is longer than the reader behind this takes is handed on as it comes, for it to
/// pass over.
async fn sift(
    input: impl AsyncRead + Unpin,
    mut sieve: DuplexStream,
    keep_back: &mpsc::UnboundedSender<KeptBack>,
) -> io::Result<()> {
    let mut input = BufReader::new(input);
    let mut line = Vec::new();
    let mut too_long = false;
    loop {
        let read = input.fill_buf().await?;
        if read.is_empty() {
            return Ok(());
        }
        let end = read.iter().position(|byte| *byte == b'\n');
        let length = end.map_or(read.len(), |end| end + 1);
        line.extend(read.iter().take(length));
        input.consume(length);
        too_long |= line.len() > DEFAULT_MAX_LINE_LENGTH;
        if end.is_none() && !too_long {
            continue;
        }
        let text = line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&line);
        match twice::said_twice(text).filter(|_| !too_long) {
            None => sieve.write_all(&line).await?,
            Some(name) => {
                // An answer or a notice of the client is not answered.
                if let Some(kept_back) = request(text, name)
                    && keep_back.send(kept_back).is_err()
                {
                    return Ok(());
                }
            }
        }
        line.clear();
        too_long &= end.is_none();
    }
}

/// The request that a line is.
fn request(line: &[u8], name: String) -> Option<KeptBack> {
    let message: Value = serde_json::from_slice(line).ok()?;
    let is_request = message.get("method").is_some() && message.get("id").is_some();
    if !is_request {
        tracing::warn!(%name, "a message that says one thing twice was passed over");
        return None;
    }
    let id = message.get("id").filter(|_| name != "id").cloned();
    let id = id.and_then(|id| serde_json::from_value(id).ok());
    Some(KeptBack { id, name })
}
