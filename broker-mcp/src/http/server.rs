use core::{fmt, net::SocketAddr, time::Duration};
use std::{io, sync::Arc};

use axum::{Router, body::Body};
use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use super::{App, HttpSettings, SettingsError, identity::Peer, lasting, stalled::Stalled, tls};

/// How long a client has to send what comes before a body, or to begin its next request.
const HEADERS: Duration = Duration::from_secs(30);
/// How long it has to agree on how to encrypt.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Head of a request, bytes, beyond which no more is read; what came with the last read is taken.
const HEAD: usize = 64 << 10;
/// Rest after the system could not give a connection, of which it has none left perhaps.
const PAUSE: Duration = Duration::from_millis(100);

/// Why the server does not start.
#[derive(Debug)]
#[non_exhaustive]
pub enum ServeError {
    /// The settings are not safe.
    Settings(SettingsError),
    /// The certificates cannot be used.
    Tls(String),
    /// The port cannot be had.
    Listen(SocketAddr, io::Error),
}

impl fmt::Display for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Settings(error) => error.fmt(f),
            Self::Tls(what) => write!(f, "TLS: {what}"),
            Self::Listen(address, error) => write!(f, "cannot listen on {address}: {error}"),
        }
    }
}

impl std::error::Error for ServeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Settings(error) => Some(error),
            Self::Listen(_, error) => Some(error),
            Self::Tls(_) => None,
        }
    }
}

/// An [`App`] on a port.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    tls: Option<TlsAcceptor>,
    app: Router,
    settings: Arc<HttpSettings>,
    lasting: lasting::Watch,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl Server {
    /// Takes the port.
    ///
    /// # Errors
    /// The settings are not safe, the certificates cannot be used, or the port cannot be had.
    pub async fn bind(app: App) -> Result<Self, ServeError> {
        let settings = Arc::clone(&app.settings);
        let lasting = app.lasting.clone();
        let app = app.router().map_err(ServeError::Settings)?;
        let tls = settings.tls.as_ref().map(tls::acceptor).transpose()?;
        let taken = |error| ServeError::Listen(settings.listen, error);
        let listener = TcpListener::bind(settings.listen).await.map_err(taken)?;
        let address = listener.local_addr().map_err(taken)?;
        Ok(Self {
            listener,
            address,
            tls,
            app,
            settings,
            lasting,
        })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop`: then nobody is let in any more, streams end, and requests have as long as the
    /// settings say.
    pub async fn run(self, stop: CancellationToken) {
        let mut tasks = JoinSet::new();
        let end = CancellationToken::new();
        let room = Arc::new(Semaphore::new(self.settings.connections.max(1)));
        loop {
            let accepted = async {
                // The semaphore is never closed.
                let place = Arc::clone(&room).acquire_owned().await.ok();
                (self.listener.accept().await, place)
            };
            let (accepted, place) = tokio::select! {
                () = stop.cancelled() => break,
                accepted = accepted => accepted,
            };
            let (stream, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "a connection was not accepted");
                    sleep(PAUSE).await;
                    continue;
                }
            };
            // Small answers would wait for the acknowledgement of the one before.
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "a connection keeps its delay");
            }
            let connection = Connection {
                peer: Peer(peer.ip().to_canonical()),
                app: self.app.clone(),
                stop: stop.clone(),
            };
            let (tls, end) = (self.tls.clone(), end.clone());
            // Those that are over are forgotten.
            while tasks.try_join_next().is_some() {}
            tasks.spawn(async move {
                tokio::select! {
                    () = connection.begin(stream, tls) => {}
                    () = end.cancelled() => {}
                }
                drop(place);
            });
        }
        drop(self.listener);
        self.lasting.0.cancel();
        let patience = Duration::from_secs(self.settings.drain.into());
        if timeout(patience, over(&mut tasks)).await.is_err() {
            tracing::warn!(open = tasks.len(), "requests were cut off");
            end.cancel();
            over(&mut tasks).await;
        }
    }
}

async fn over(tasks: &mut JoinSet<()>) {
    while tasks.join_next().await.is_some() {}
}

struct Connection {
    peer: Peer,
    app: Router,
    stop: CancellationToken,
}

impl Connection {
    async fn begin(self, stream: TcpStream, tls: Option<TlsAcceptor>) {
        let Some(tls) = tls else {
            return self.serve(stream).await;
        };
        match timeout(HANDSHAKE, tls.accept(stream)).await {
            Ok(Ok(stream)) => self.serve(stream).await,
            Ok(Err(error)) => tracing::debug!(%error, "no TLS was agreed on"),
            Err(_) => tracing::debug!("no TLS was agreed on in time"),
        }
    }

    async fn serve<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(self, stream: S) {
        let Self { peer, app, stop } = self;
        let service = service_fn(move |request: Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(peer);
            app.clone().oneshot(request)
        });
        let mut builder = http1::Builder::new();
        builder
            .timer(TokioTimer::new())
            .header_read_timeout(HEADERS)
            .max_buf_size(HEAD);
        let connection = builder.serve_connection(TokioIo::new(Stalled::over(stream)), service);
        tokio::pin!(connection);
        let served = tokio::select! {
            served = connection.as_mut() => served,
            () = stop.cancelled() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = served {
            tracing::debug!(%error, "a connection ended");
        }
    }
}
