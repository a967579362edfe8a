//! One client's connection: bytes in, bytes out.

use std::{io, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
};

use super::{
    dialect::Dialect,
    gateway::{ConnectionId, Door, Gateway},
    outbox::{Closing, Outbox},
    wire::{Frames, Greeting, answer},
};

/// How long a client may take for its greeting, and then for its start of the API: it has one of the
/// few places meanwhile.
const GREETING_TIME: Duration = Duration::from_secs(30);

/// Serves one client until it leaves, is dropped, or says something that cannot be understood.
pub(super) async fn serve(
    mut stream: TcpStream,
    gateway: Arc<Gateway>,
    mut open: watch::Receiver<()>,
) {
    let peer = stream
        .peer_addr()
        .map_or_else(|_| "?".to_owned(), |peer| peer.to_string());
    // Small frames matter more than few packets.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(peer, %error, "no TCP_NODELAY");
    }
    match gateway.door() {
        Door::Closed => return hang_up(&mut stream).await,
        Door::Silent => {
            tokio::select! {
                () = stay_silent(&mut stream) => {}
                () = closed(&mut open) => {}
            }
            return;
        }
        Door::Open | Door::Mute => {}
    }
    let mut received = Vec::new();
    let greeting = tokio::time::timeout(GREETING_TIME, greet(&mut stream, &mut received));
    let greeting = tokio::select! {
        greeting = greeting => greeting,
        () = closed(&mut open) => return,
    };
    let greeting = match greeting {
        Ok(Ok(greeting)) => greeting,
        Ok(Err(why)) => return tracing::warn!(peer, why, "no greeting"),
        Err(_) => return tracing::warn!(peer, "no greeting in time"),
    };
    let Some(dialect) = Dialect::choose(greeting.least, greeting.most) else {
        let Greeting { least, most, .. } = greeting;
        return tracing::warn!(peer, least, most, "no version in common");
    };
    let outbox = Arc::new(Outbox::new(dialect));
    let connection = match gateway.welcome(&outbox) {
        Ok(connection) => connection,
        Err(why) => return tracing::warn!(peer, why, "not let in"),
    };
    outbox.send_raw(&answer(dialect, gateway.world().now()));
    let (mut read, write) = stream.into_split();
    let mut writer = tokio::spawn(write_all(write, Arc::clone(&outbox), peer.clone()));
    let mut frames = Frames::default();
    frames.push(&received);
    let ended = {
        let reader = read_all(&mut read, frames, dialect, connection, &gateway);
        tokio::pin!(reader);
        tokio::select! {
            why = &mut reader => {
                if let Err(why) = why {
                    tracing::warn!(peer, why, "connection dropped");
                }
                outbox.close(Closing::AfterFlush);
                let ended = tokio::time::timeout(FLUSHING_TIME, &mut writer).await;
                writer.abort();
                ended.ok()
            }
            ended = &mut writer => Some(ended),
            () = not_started(&gateway, connection) => {
                tracing::warn!(peer, "the API was not started in time");
                None
            }
        }
    };
    // A writer that failed has closed nothing, and whoever waits for room would wait for ever.
    outbox.close(Closing::Now);
    gateway.leave(connection);
    if let Some(Ok(Ended::InOrder)) = ended {
        tokio::select! {
            () = linger(&mut read) => {}
            () = closed(&mut open) => {}
        }
    }
}

/// How the writer of a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    /// Everything was written and the end told to the client.
    InOrder,
    /// The connection was cut, or the client is gone or does not read.
    Broken,
}

/// How long the last words for a client that has left may take.
const FLUSHING_TIME: Duration = Duration::from_secs(1);

/// Comes back when the server has ended.
async fn closed(open: &mut watch::Receiver<()>) {
    while open.changed().await.is_ok() {}
}

/// Comes back when a client has not started the API in time.
async fn not_started(gateway: &Gateway, connection: ConnectionId) {
    tokio::time::sleep(GREETING_TIME).await;
    if gateway.may_stay(connection) {
        core::future::pending::<()>().await;
    }
}

/// How long a client that was sent away may take to leave.
const LEAVING_TIME: Duration = Duration::from_secs(5);

/// Ends a connection without a word.
async fn hang_up(stream: &mut TcpStream) {
    if stream.shutdown().await.is_ok() {
        linger(stream).await;
    }
}

/// Lets a client leave that has been told the end: what it still sends is read, for a connection that
/// is dropped with unread bytes is reset, and takes the last words with it that the client has not read.
async fn linger(stream: &mut (impl AsyncRead + Unpin)) {
    // A client that stays longer has its connection dropped.
    let _ = tokio::time::timeout(LEAVING_TIME, stay_silent(stream)).await;
}

/// Keeps a connection open without a word until the client gives up.
async fn stay_silent(stream: &mut (impl AsyncRead + Unpin)) {
    let mut waste = [0; 1024];
    while stream.read(&mut waste).await.is_ok_and(|read| read > 0) {}
}

/// Reads the greeting; what follows it stays in `received`.
async fn greet(stream: &mut TcpStream, received: &mut Vec<u8>) -> Result<Greeting, String> {
    loop {
        match Greeting::read(received) {
            Ok(Some((greeting, used))) => {
                received.drain(..used);
                return Ok(greeting);
            }
            Ok(None) => {}
            Err(error) => return Err(error.to_string()),
        }
        match stream.read_buf(received).await {
            Ok(0) => return Err("the client hung up".into()),
            Ok(_) => {}
            Err(error) => return Err(error.to_string()),
        }
    }
}

/// Reads requests and has them done.
async fn read_all(
    read: &mut OwnedReadHalf,
    mut frames: Frames,
    dialect: Dialect,
    connection: ConnectionId,
    gateway: &Gateway,
) -> Result<(), String> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        while let Some(body) = frames.next().map_err(|error| error.to_string())? {
            match dialect.decode(body) {
                Ok(request) => gateway.handle(connection, request),
                Err(what) => gateway.handle_unreadable(connection, &what),
            }
        }
        let count = match read.read(&mut buffer).await {
            Ok(0) => return Ok(()),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return Ok(()),
            Err(error) => return Err(error.to_string()),
        };
        frames.push(buffer.get(..count).unwrap_or_default());
    }
}

/// Writes what the outbox holds until it is closed.
async fn write_all(mut write: OwnedWriteHalf, outbox: Arc<Outbox>, peer: String) -> Ended {
    let mut spare = Vec::new();
    loop {
        let bytes = match outbox.take(spare).await {
            Ok(bytes) => bytes,
            Err(Closing::Overflow) => {
                tracing::warn!(peer, "the client does not read: dropped");
                return Ended::Broken;
            }
            Err(closing @ (Closing::AfterFlush | Closing::Now)) => {
                // An error here means that the client is gone, which is what was wanted.
                let told = write.shutdown().await;
                return if closing == Closing::AfterFlush && told.is_ok() {
                    Ended::InOrder
                } else {
                    Ended::Broken
                };
            }
        };
        let written = tokio::select! {
            written = write.write_all(&bytes) => written,
            () = outbox.cut() => return Ended::Broken,
        };
        if let Err(error) = written {
            tracing::debug!(peer, %error, "the client is gone");
            return Ended::Broken;
        }
        spare = bytes;
        spare.clear();
        if spare.capacity() > 4 * 1024 * 1024 {
            spare = Vec::new();
        }
    }
}
