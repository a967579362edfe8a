//! Connections of the push service: frames in, frames out.

use std::{io, sync::Arc, time::Duration};

use prost::{Message as _, bytes::BytesMut};
use tokio::{
    io::{AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadHalf, WriteHalf, split},
    net::{TcpListener, TcpStream},
    time::{Instant, sleep_until, timeout},
};
use tokio_rustls::server::TlsStream;

use super::{
    frame,
    message::{Command, Request, Response},
    tls::Tls,
};
use crate::{
    outbox::{Closing, Outbox},
    tiger::gateway::{ClientId, Gateway, Heartbeat},
};

/// How long a client may take for the handshakes of TLS and of the service.
const HANDSHAKE_TIME: Duration = Duration::from_secs(30);

/// How long what has been said may take to be sent when a client leaves.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Far enough away to be never.
const NEVER: Duration = Duration::from_secs(10 * 365 * 24 * 3600);

/// Serves everyone who connects.
pub(in crate::tiger) async fn accept(listener: TcpListener, tls: Tls, gateway: Arc<Gateway>) {
    loop {
        match listener.accept().await {
            // Nobody is at home.
            Ok((stream, _)) if gateway.is_down() => drop(stream),
            Ok((stream, _)) => {
                tokio::spawn(serve(stream, tls.clone(), Arc::clone(&gateway)));
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

async fn serve(stream: TcpStream, tls: Tls, gateway: Arc<Gateway>) {
    if let Err(error) = talk(stream, tls, &gateway).await {
        tracing::debug!(%error, "a push connection ended");
    }
}

async fn talk(stream: TcpStream, tls: Tls, gateway: &Gateway) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let handshake = timeout(HANDSHAKE_TIME, tls.acceptor().accept(stream));
    let stream = handshake.await.map_err(|_| slow())??;
    let outbox = Arc::new(Outbox::new());
    let Some(client) = gateway.push_open(&outbox) else {
        return Ok(());
    };
    let (read, write) = split(stream);
    let mut writer = tokio::spawn(write_all(write, Arc::clone(&outbox)));
    let read = tokio::select! {
        read = read_all(read, client, &outbox, gateway) => {
            outbox.close(Closing::AfterFlush);
            let _ = timeout(LAST_WORDS, &mut writer).await;
            writer.abort();
            read
        }
        _ = &mut writer => Ok(()),
    };
    outbox.close(Closing::Now);
    gateway.push_leave(client);
    read
}

fn slow() -> io::Error {
    io::ErrorKind::TimedOut.into()
}

/// Reads requests, has them done and lets the heart beat; ends with the client.
async fn read_all(
    mut read: ReadHalf<TlsStream<TcpStream>>,
    client: ClientId,
    outbox: &Outbox,
    gateway: &Gateway,
) -> io::Result<()> {
    let mut buffer = BytesMut::new();
    let mut heartbeat = Heartbeat::default();
    let (mut heard, mut beat) = (Instant::now(), Instant::now());
    let mut greeted = false;
    loop {
        let patience = if greeted {
            heartbeat.patience.unwrap_or(NEVER)
        } else {
            HANDSHAKE_TIME
        };
        tokio::select! {
            count = read.read_buf(&mut buffer) => {
                if count? == 0 {
                    return Ok(());
                }
                heard = Instant::now();
            }
            () = sleep_until(heard + patience) => return Err(slow()),
            () = sleep_until(beat + heartbeat.beat.unwrap_or(NEVER)) => {
                beat = Instant::now();
                outbox.write(|bytes| append(bytes, &pulse()));
            }
        }
        while let Some(request) = next(&mut buffer, client, gateway)? {
            if let Some(agreed) = gateway.push_hear(client, &request) {
                (heartbeat, greeted, beat) = (agreed, true, Instant::now());
            }
        }
    }
}

/// The next whole request; the client is told when what he sends is none.
fn next(buffer: &mut BytesMut, client: ClientId, gateway: &Gateway) -> io::Result<Option<Request>> {
    let taken = frame::take(buffer).map_err(|why| format!("{why:?}"));
    let request = match taken {
        Ok(None) => return Ok(None),
        Ok(Some(bytes)) => Request::decode(bytes).map_err(|why| why.to_string()),
        Err(why) => Err(why),
    };
    request.map(Some).map_err(|why| {
        gateway.push_unreadable(client, "common param error(not a frame)");
        io::Error::new(io::ErrorKind::InvalidData, why)
    })
}

/// What says only that someone is there.
fn pulse() -> Response {
    Response {
        command: Command::Heartbeat.into(),
        ..Response::default()
    }
}

/// Writes a frame behind what is there already.
pub(in crate::tiger) fn append(bytes: &mut Vec<u8>, response: &Response) {
    // A vector grows as needed, so nothing can be too long for it.
    if let Err(error) = response.encode_length_delimited(bytes) {
        tracing::error!(%error, "a frame could not be written");
    }
}

/// Writes what the outbox holds until it is closed.
async fn write_all(mut write: WriteHalf<TlsStream<TcpStream>>, outbox: Arc<Outbox>) {
    let mut spare = Vec::new();
    loop {
        let bytes = match outbox.take(spare).await {
            Ok(bytes) => bytes,
            Err(Closing::Overflow) => return tracing::warn!("the client does not read: dropped"),
            Err(Closing::AfterFlush | Closing::Now) => {
                // An error here means that the client is gone, which is what was wanted.
                let _ = write.shutdown().await;
                return;
            }
        };
        let written = tokio::select! {
            written = write_out(&mut write, &bytes) => written,
            () = outbox.cut() => return,
        };
        if let Err(error) = written {
            return tracing::debug!(%error, "the client is gone");
        }
        spare = bytes;
        spare.clear();
    }
}

async fn write_out(write: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) -> io::Result<()> {
    write.write_all(bytes).await?;
    write.flush().await
}
