//! A push service that only pushes: TLS, the greeting, answers to subscriptions, and as many pushes as it
//! is told to make, as fast as the client takes them.

use std::{net::SocketAddr, path::Path, sync::Arc, time::Duration};

use prost::{
    Message as _,
    bytes::{Buf as _, BytesMut},
    encoding::decode_varint,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::{mpsc, oneshot},
    task::JoinHandle,
    time::interval,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    },
    server::TlsStream,
};

use super::{
    Outcome,
    message::{Body, Request, Response, command},
    mix::{LAST, Mix},
};

/// Bytes that are written at once.
const PORTION: usize = 64 * 1024;
const BEAT: Duration = Duration::from_secs(5);
const GREETING: &str = r#"{"version":"3","heart-beat":"10000,10000"}"#;

/// The private keys of a simulated login, the push service's the last of them.
const KEYS_FILE: &str = "simulator_keys.pem";

/// So many pushes are to be made; who waits is told how many of all were quotes with both halves.
struct Wanted {
    count: u64,
    made: oneshot::Sender<u64>,
}

/// A push service for one client.
pub(super) struct Flood {
    address: SocketAddr,
    wanted: mpsc::Sender<Wanted>,
    task: JoinHandle<Outcome>,
}

impl Flood {
    /// Listens, with the certificate of the simulated Tiger that has written a folder.
    pub(super) async fn listen(folder: &Path, certificate: &str, account: &str) -> Outcome<Self> {
        let keys = std::fs::read(folder.join(KEYS_FILE))?;
        let key = PrivateKeyDer::pem_slice_iter(&keys).last();
        let certificate = CertificateDer::from_pem_slice(certificate.as_bytes())?;
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key.ok_or("no key")??)?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (wanted, asked) = mpsc::channel(1);
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let mix = Mix::new(account);
        let task = tokio::spawn(serve(listener, acceptor, asked, mix));
        Ok(Self {
            address,
            wanted,
            task,
        })
    }

    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Pushes so many, the last of every share included; how many of all pushes so far were quotes with
    /// both halves.
    pub(super) async fn push(&self, count: u64) -> Outcome<u64> {
        let (made, done) = oneshot::channel();
        self.wanted.send(Wanted { count, made }).await?;
        Ok(done.await?)
    }

    /// Ends with the client.
    pub(super) async fn end(self) -> Outcome {
        drop(self.wanted);
        self.task.await?
    }
}

async fn serve(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    mut wanted: mpsc::Receiver<Wanted>,
    mut mix: Mix,
) -> Outcome {
    let (stream, _) = listener.accept().await?;
    stream.set_nodelay(true)?;
    let mut stream = acceptor.accept(stream).await?;
    let mut received = BytesMut::new();
    let mut beat = interval(BEAT);
    loop {
        tokio::select! {
            count = stream.read_buf(&mut received) => {
                // A client that leaves may do so without a farewell.
                if !matches!(count, Ok(1..)) {
                    return Ok(());
                }
                while let Some(request) = take(&mut received)? {
                    answer(&mut stream, &request).await?;
                }
            }
            Some(Wanted { count, made }) = wanted.recv() => {
                flood(&mut stream, &mut mix, count).await?;
                // Who does not wait any more has an error of his own.
                let _told = made.send(mix.whole());
            }
            _ = beat.tick() => {
                let pulse = Response { command: command::HEARTBEAT, ..Response::default() };
                say(&mut stream, &pulse).await?;
            }
        }
    }
}

async fn flood(stream: &mut TlsStream<TcpStream>, mix: &mut Mix, count: u64) -> Outcome {
    let total = mix.count() + count;
    let mut bytes = Vec::with_capacity(2 * PORTION);
    while mix.count() + LAST < total {
        mix.tick()?;
        while bytes.len() < PORTION && mix.count() + LAST < total {
            mix.next(&mut bytes)?;
        }
        stream.write_all(&bytes).await?;
        bytes.clear();
    }
    mix.tick()?;
    mix.end(total, &mut bytes)?;
    stream.write_all(&bytes).await?;
    Ok(stream.flush().await?)
}

/// The next whole request, if there is one.
fn take(received: &mut BytesMut) -> Outcome<Option<Request>> {
    let mut rest: &[u8] = received;
    let Ok(length) = decode_varint(&mut rest) else {
        return Ok(None);
    };
    let (head, length) = (received.len() - rest.len(), usize::try_from(length)?);
    if rest.len() < length {
        return Ok(None);
    }
    received.advance(head);
    Ok(Some(Request::decode(received.split_to(length))?))
}

async fn answer(stream: &mut TlsStream<TcpStream>, request: &Request) -> Outcome {
    let told = |command, code: i32, msg: &str| Response {
        command,
        id: Some(request.id),
        code: Some(code),
        msg: Some(msg.to_owned()),
        body: request.subscribe.as_ref().map(|wanted| Body {
            data_type: wanted.data_type,
            payload: None,
        }),
    };
    match request.command {
        command::CONNECT => say(stream, &told(command::CONNECTED, 0, GREETING)).await,
        command::SUBSCRIBE => say(stream, &told(command::MESSAGE, 112, "{}")).await,
        command::UNSUBSCRIBE => say(stream, &told(command::MESSAGE, 113, "{}")).await,
        _ => Ok(()),
    }
}

async fn say(stream: &mut TlsStream<TcpStream>, response: &Response) -> Outcome {
    let bytes = response.encode_length_delimited_to_vec();
    stream.write_all(&bytes).await?;
    Ok(stream.flush().await?)
}
