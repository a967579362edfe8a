//! Over real sockets.

use core::time::Duration;
use std::{net::SocketAddr, sync::Arc};

use axum::{
    Router,
    body::{Body, Bytes},
    http::header::CONTENT_TYPE,
    response::Response,
    routing::get,
};
use broker_core::ExposeSecret as _;
use chrono::Utc;
use futures_util::stream;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::Notify,
    task::JoinHandle,
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use super::{
    App, HttpSettings, ServeError, Server, SettingsError, TlsFiles,
    test_support::{COST, principal, service},
};
use crate::{
    auth::{Gate, KeyStore as _, MemoryKeys},
    principal::Role,
    rest::Rest,
};

const SOON: Duration = Duration::from_secs(10);

struct Running {
    address: SocketAddr,
    stop: CancellationToken,
    task: JoinHandle<()>,
    store: Arc<MemoryKeys>,
    key: String,
    entered: Arc<Notify>,
    release: Arc<Notify>,
}

/// Events without an end, and a question that lasts until it is let go.
fn doors(entered: &Arc<Notify>, release: &Arc<Notify>) -> Router {
    let (entered, release) = (Arc::clone(entered), Arc::clone(release));
    let forever = || async {
        let beats = stream::unfold((), async |()| {
            tokio::time::sleep(Duration::from_millis(20)).await;
            Some((
                Ok::<_, core::convert::Infallible>(Bytes::from(": beat\n\n")),
                (),
            ))
        });
        let mut response = Response::new(Body::from_stream(beats));
        let kind = "text/event-stream".parse().unwrap();
        response.headers_mut().insert(CONTENT_TYPE, kind);
        response
    };
    let slow = move || async move {
        entered.notify_one();
        release.notified().await;
        "done"
    };
    Router::new()
        .route("/forever", get(forever))
        .route("/slow", get(slow))
}

async fn running(settings: HttpSettings) -> Running {
    let store = Arc::new(MemoryKeys::new());
    let mut key = String::new();
    store
        .change(&mut |ring| {
            let owner = principal("read", &[Role::Read], "PAPER-1");
            let issued = ring.issue(owner, Utc::now(), COST)?;
            issued.key.expose_secret().clone_into(&mut key);
            Ok(())
        })
        .unwrap();
    let (entered, release) = (Arc::default(), Arc::default());
    let gate = Gate::new(Arc::clone(&store) as _).unwrap().with_cost(COST);
    let app = App::new(settings)
        .with_keys(Arc::new(gate))
        .with_rest(Rest::new(service()))
        .with_door(doors(&entered, &release));
    let server = Server::bind(app).await.unwrap();
    let address = server.address();
    let stop = CancellationToken::new();
    let task = tokio::spawn(server.run(stop.clone()));
    Running {
        address,
        stop,
        task,
        store,
        key,
        entered,
        release,
    }
}

impl Running {
    fn head(&self, path: &str, more: &str) -> String {
        let (address, key) = (self.address, &self.key);
        format!(
            "GET {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {key}\r\n{more}\r\n"
        )
    }

    async fn ask(&self, path: &str, more: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let head = self.head(path, more);
        stream.write_all(head.as_bytes()).await.unwrap();
        stream
    }
}

/// Everything until the other side closes.
async fn rest_of(mut stream: TcpStream) -> String {
    let mut bytes = Vec::new();
    let read = timeout(SOON, stream.read_to_end(&mut bytes)).await;
    read.expect("the connection stays open").unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

async fn first_of(stream: &mut TcpStream) -> String {
    let mut bytes = vec![0; 4_096];
    let read = timeout(SOON, stream.read(&mut bytes)).await;
    let read = read.expect("nothing comes").unwrap();
    String::from_utf8_lossy(&bytes[..read]).into_owned()
}

#[tokio::test]
async fn a_request_over_a_socket_is_answered() {
    let server = running(HttpSettings::local(0)).await;
    let stream = server
        .ask("/v1/get_quotes?symbols=AAPL", "connection: close\r\n")
        .await;
    let answer = rest_of(stream).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("\"AAPL\""), "{answer}");
    assert!(answer.contains("x-content-type-options: nosniff"));
}

#[tokio::test]
async fn a_stream_ends_when_its_key_is_taken_away() {
    let server = running(HttpSettings::local(0)).await;
    let mut stream = server.ask("/forever", "connection: close\r\n").await;
    assert!(first_of(&mut stream).await.starts_with("HTTP/1.1 200"));
    server
        .store
        .change(&mut |ring| ring.revoke("read", Utc::now()))
        .unwrap();
    rest_of(stream).await;
}

#[tokio::test]
async fn a_stream_ends_when_the_secret_that_opened_it_is_replaced() {
    let server = running(HttpSettings::local(0)).await;
    let mut stream = server.ask("/forever", "connection: close\r\n").await;
    assert!(first_of(&mut stream).await.starts_with("HTTP/1.1 200"));
    server
        .store
        .change(&mut |ring| {
            ring.rotate("read", Duration::ZERO, Utc::now(), COST)
                .map(drop)
        })
        .unwrap();
    rest_of(stream).await;
}

#[tokio::test]
async fn a_stop_lets_requests_end_and_ends_streams() {
    let server = running(HttpSettings::local(0)).await;
    let mut stream = server.ask("/forever", "").await;
    first_of(&mut stream).await;
    let slow = server.ask("/slow", "").await;
    server.entered.notified().await;
    server.stop.cancel();
    rest_of(stream).await;
    server.release.notify_one();
    let answer = rest_of(slow).await;
    assert!(answer.ends_with("done"), "{answer}");
    timeout(SOON, server.task).await.unwrap().unwrap();
    assert!(TcpStream::connect(server.address).await.is_err());
}

#[tokio::test]
async fn whoever_does_not_end_is_cut_off() {
    let mut settings = HttpSettings::local(0);
    settings.drain = 0;
    let server = running(settings).await;
    let _slow = server.ask("/slow", "").await;
    server.entered.notified().await;
    server.stop.cancel();
    let ended = timeout(SOON, server.task).await;
    ended.expect("it waits").unwrap();
}

#[tokio::test]
async fn readers_that_do_not_read_cost_others_nothing() {
    let server = running(HttpSettings::local(0)).await;
    let mut idle = Vec::new();
    for _ in 0..50 {
        idle.push(server.ask("/forever", "").await);
    }
    let began = std::time::Instant::now();
    for _ in 0..20 {
        let stream = server.ask("/health", "connection: close\r\n").await;
        assert!(rest_of(stream).await.starts_with("HTTP/1.1"));
    }
    assert!(began.elapsed() < SOON);
    drop(idle);
}

#[tokio::test]
async fn a_head_that_is_too_long_is_not_read() {
    let server = running(HttpSettings::local(0)).await;
    let long = format!("x-long: {}\r\n", "a".repeat(300_000));
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let head = server.head("/health", &long);
    let _written = stream.write_all(head.as_bytes()).await;
    let answer = first_of(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
}

#[tokio::test]
async fn a_port_for_others_is_not_taken_without_keys_and_tls() {
    let settings = HttpSettings {
        listen: "0.0.0.0:0".parse().unwrap(),
        ..HttpSettings::default()
    };
    let error = Server::bind(App::new(settings)).await.unwrap_err();
    let open = matches!(
        &error,
        ServeError::Settings(SettingsError::OpenWithoutKeys(_))
    );
    assert!(open, "{error}");
}

#[tokio::test]
async fn connections_are_encrypted_with_the_certificates_of_the_settings() {
    use tokio_rustls::{
        TlsConnector,
        rustls::{
            ClientConfig, RootCertStore,
            crypto::ring::default_provider,
            pki_types::{CertificateDer, ServerName},
        },
    };
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let files = TlsFiles {
        certificate: folder.path().join("certificate.pem"),
        private_key: folder.path().join("key.pem"),
        only_1_3: true,
    };
    std::fs::write(&files.certificate, made.cert.pem()).unwrap();
    std::fs::write(&files.private_key, made.signing_key.serialize_pem()).unwrap();
    let mut settings = HttpSettings::local(0);
    settings.tls = Some(files.clone());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let others = std::fs::Permissions::from_mode(0o644);
        std::fs::set_permissions(&files.private_key, others).unwrap();
        let error = Server::bind(App::new(settings.clone())).await.unwrap_err();
        assert!(error.to_string().contains("only its owner"), "{error}");
        let owner = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(&files.private_key, owner).unwrap();
    }
    let server = running(settings).await;
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from(made.cert.der().to_vec()))
        .unwrap();
    let client = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(server.address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let connector = TlsConnector::from(Arc::new(client));
    let mut stream = connector.connect(name, stream).await.unwrap();
    let head = server.head("/v1/get_quotes?symbols=AAPL", "connection: close\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    // The other side may close without a word of it.
    let _end = stream.read_to_string(&mut answer).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}
