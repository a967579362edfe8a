//! What is wrong from the start or comes wrong over the wire: typed errors, nothing lost, no secret shown.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod support;

use core::time::Duration;
use std::sync::Arc;

use broker_core::{
    Broker as _, BrokerExt as _, Clock, ErrorKind, Lookup, ManualClock, SecretString, SessionState,
    dec,
    model::{AccountId, FillFilter},
};
use broker_sim::fault::Fault;
use broker_tiger::{AccountFilter, PushAddress, TigerBroker};
use chrono::{DateTime, TimeDelta, Utc};
use support::{Stage, apple, settings};

/// A key that is somebody's, but not the developer's.
const STRANGERS_KEY: &str = include_str!("vectors/keys/test_server_rsa_1024_pkcs1.pem");

/// Some characters out of the middle of a key.
fn a_piece(key: &str) -> &str {
    &key.lines().nth(3).unwrap()[8..40]
}

#[tokio::test]
async fn a_wrong_key_is_an_authentication_error_that_shows_nothing() {
    let stage = Stage::open().await;
    let config = settings(stage.folder.path(), &stage.clock);
    let config = config.private_key(SecretString::from(STRANGERS_KEY));
    let config = config.build().unwrap();
    let shown = format!("{config:?}");
    assert!(!shown.contains(a_piece(STRANGERS_KEY)), "{shown}");
    let error = TigerBroker::builder(config).connect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication);
    assert_eq!(error.broker_code(), Some("1000"));
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains(a_piece(STRANGERS_KEY)), "{shown}");
}

#[tokio::test]
async fn somebody_elses_number_and_somebody_elses_account_are_refused() {
    let stage = Stage::open().await;
    let config = settings(stage.folder.path(), &stage.clock).tiger_id("99999999");
    let error = TigerBroker::builder(config.build().unwrap())
        .connect()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication);
    let stranger = AccountId::new("21000000000000099").unwrap();
    let builder = TigerBroker::builder(stage.config());
    let builder = builder.accounts(AccountFilter::only([stranger.clone()]));
    assert_eq!(
        builder.connect().await.unwrap_err().kind(),
        ErrorKind::NotFound
    );
    let order = stage.broker.buy("AAPL", 1).account(stranger).limit(dec!(1));
    assert_eq!(
        order.submit().await.unwrap_err().kind(),
        ErrorKind::NotFound
    );
    assert!(stage.server.truth(&stage.account).orders.is_empty());
}

/// A clock that is wrong by always the same.
#[derive(Debug)]
struct Wrong {
    right: Arc<dyn Clock>,
    by: TimeDelta,
}

impl Clock for Wrong {
    fn now(&self) -> DateTime<Utc> {
        self.right.now() + self.by
    }
}

#[tokio::test]
async fn a_wrong_clock_hides_no_order() {
    for by in [
        TimeDelta::days(200),
        TimeDelta::hours(-9),
        TimeDelta::minutes(45),
    ] {
        let theirs = ManualClock::at("2022-01-05T17:00:00Z".parse().unwrap());
        let stage = Stage::open_at(
            |server| server.clock(Arc::new(theirs)),
            |right| Arc::new(Wrong { right, by }),
        );
        let stage = stage.await;
        // At the market: it is in no list of orders that work.
        let order = stage.broker.buy("AAPL", 10).account(stage.account.clone());
        stage.server.inject(&Fault::DropBeforeReply).unwrap();
        let (id, sent) = order.submit().await.unwrap();
        assert!(!sent.is_accepted(), "{by}");
        tokio::time::sleep(stage.absence * 2).await;
        let trading = stage.broker.trading().unwrap();
        let lookup = trading.find(&stage.account, &id).await.unwrap();
        assert!(matches!(lookup, Lookup::Found(_)), "{by}: {lookup:?}");
        let fills = stage
            .broker
            .fills(&stage.account, &FillFilter::default())
            .await
            .unwrap();
        let bought = fills
            .value()
            .unwrap()
            .iter()
            .map(|fill| fill.quantity.get());
        assert_eq!(bought.sum::<broker_core::Decimal>(), dec!(10), "{by}");
    }
}

#[tokio::test]
async fn garbage_on_the_push_connection_is_a_gap_and_the_session_comes_back() {
    let stage = Stage::open().await;
    let order = stage.broker.buy("AAPL", 10).account(stage.account.clone());
    let (id, sent) = order.limit(dec!(1)).submit().await.unwrap();
    assert!(sent.is_accepted());
    let mut session = stage.broker.session();
    let left = async {
        session
            .wait_for(|state| *state != SessionState::Ready)
            .await
            .unwrap();
    };
    stage.server.inject(&Fault::Garbage).unwrap();
    tokio::time::timeout(Duration::from_secs(20), left)
        .await
        .unwrap();
    stage
        .broker
        .ensure_ready(Duration::from_secs(20))
        .await
        .unwrap();
    let ledger = stage.broker.desk().ledger(&stage.account).unwrap();
    assert!(ledger.order(&id).unwrap().status.is_open());
    assert_eq!(ledger.order(&id).unwrap().terms.instrument, apple());
}

/// A push service that says what a test says to whoever connects.
mod liar {
    use std::{
        net::SocketAddr,
        path::Path,
        sync::{
            Arc,
            atomic::{AtomicUsize, Ordering},
        },
    };

    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpListener,
    };
    use tokio_rustls::{
        TlsAcceptor,
        rustls::{
            ServerConfig,
            pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
        },
    };

    /// The certificate of the simulated service, and the last of the keys that are kept beside it.
    fn identity(folder: &Path) -> (CertificateDer<'static>, PrivateKeyDer<'static>) {
        let certificate = std::fs::read(folder.join(broker_sim::tiger::ROOT_FILE)).unwrap();
        let certificate = CertificateDer::from_pem_slice(&certificate).unwrap();
        let files = std::fs::read_dir(folder).unwrap();
        let key = files
            .filter_map(|file| std::fs::read_to_string(file.unwrap().path()).ok())
            .filter(|text| text.starts_with("-----BEGIN RSA PRIVATE KEY"))
            .find_map(|text| Some(text[text.rfind("-----BEGIN")?..].to_owned()));
        let key = PrivateKeyDer::from_pem_slice(key.unwrap().as_bytes()).unwrap();
        (certificate, key)
    }

    /// Says these bytes to every connection that has said something, and counts them.
    pub(crate) async fn serve(folder: &Path, bytes: Vec<u8>) -> (SocketAddr, Arc<AtomicUsize>) {
        serve_for(folder, bytes, None).await
    }

    /// Ends every connection so long after these bytes.
    pub(crate) async fn serve_for(
        folder: &Path,
        bytes: Vec<u8>,
        life: Option<core::time::Duration>,
    ) -> (SocketAddr, Arc<AtomicUsize>) {
        let (certificate, key) = identity(folder);
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let count = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&count);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, bytes) = (acceptor.clone(), bytes.clone());
                let counted = Arc::clone(&counted);
                tokio::spawn(async move {
                    let Ok(mut stream) = acceptor.accept(stream).await else {
                        return;
                    };
                    counted.fetch_add(1, Ordering::SeqCst);
                    let mut said = [0; 4096];
                    let _ = stream.read(&mut said).await;
                    let _ = stream.write_all(&bytes).await;
                    let _ = stream.flush().await;
                    if let Some(life) = life {
                        tokio::time::sleep(life).await;
                        return;
                    }
                    // Stays until the other side has had enough.
                    while stream.read(&mut said).await.is_ok_and(|count| count > 0) {}
                });
            }
        });
        (address, count)
    }
}

#[tokio::test]
async fn a_push_service_that_talks_nonsense_leaves_a_session_that_trades() {
    let connected = |more: &[u8]| {
        // CONNECTED, and what comes after it.
        let mut bytes = vec![2, 8, 2];
        bytes.extend_from_slice(more);
        bytes
    };
    let four_gigabytes = [0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 8, 7];
    for (what, bytes) in [
        ("four gigabytes at once", four_gigabytes.to_vec()),
        ("four gigabytes later", connected(&four_gigabytes)),
        ("a length without an end", vec![0xFF; 16]),
        ("a page", b"HTTP/1.1 400 Bad Request\r\nServer: a proxy\r\nContent-Type: text/html\r\n\r\n<html><body>no</body></html>".to_vec()),
        (
            "a frame that is no message",
            connected(&[3, 0xFF, 0xFF, 0xFF]),
        ),
        ("a farewell without a word", vec![2, 8, 9]),
    ] {
        let stage = Stage::open().await;
        stage.broker.close().await.unwrap();
        let (address, count) = liar::serve(stage.folder.path(), bytes).await;
        let config = settings(stage.folder.path(), &stage.clock)
            .push_address(
                &format!("ssl,{},{}", address.ip(), address.port())
                    .parse::<PushAddress>()
                    .unwrap(),
            )
            .build()
            .unwrap();
        let connecting = TigerBroker::builder(config).connect();
        let connecting = tokio::time::timeout(Duration::from_secs(20), connecting);
        let broker = connecting.await.expect(what).expect(what);
        // It is tried again and again, and not given up.
        let again = async {
            while count.load(std::sync::atomic::Ordering::SeqCst) < 3 {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), again)
            .await
            .expect(what);
        let order = broker
            .buy("AAPL", 10)
            .account(stage.account.clone())
            .limit(dec!(1));
        let mut session = broker.session();
        let usable = session.wait_for(SessionState::accepts_commands);
        drop(
            tokio::time::timeout(Duration::from_secs(20), usable)
                .await
                .expect(what)
                .unwrap(),
        );
        match order.submit().await {
            Ok((_, sent)) => assert!(sent.is_accepted(), "{what}"),
            // Between two connections it is not known whether Tiger can be reached.
            Err(error) => assert!(error.is_connection(), "{what}: {error}"),
        }
        broker.close().await.unwrap();
    }
}

#[tokio::test]
async fn a_push_service_that_says_nothing_is_no_hang() {
    let stage = Stage::open().await;
    stage.broker.close().await.unwrap();
    let (address, _) = liar::serve(stage.folder.path(), Vec::new()).await;
    let config = settings(stage.folder.path(), &stage.clock)
        .push_address(
            &format!("ssl,{},{}", address.ip(), address.port())
                .parse::<PushAddress>()
                .unwrap(),
        )
        .build()
        .unwrap();
    let connecting = TigerBroker::builder(config).connect();
    let broker = tokio::time::timeout(Duration::from_secs(60), connecting);
    let broker = broker.await.unwrap().unwrap();
    assert!(matches!(
        *broker.session().borrow(),
        SessionState::Degraded { .. }
    ));
    let order = broker
        .buy("AAPL", 10)
        .account(stage.account.clone())
        .limit(dec!(1));
    assert!(order.submit().await.unwrap().1.is_accepted());
}

#[tokio::test]
async fn a_push_connection_that_comes_and_goes_is_not_answered_by_reading_everything_all_the_time()
{
    let (mut stage, bender) = Stage::open_bent(|_| {}).await;
    stage.broker.close().await.unwrap();
    // CONNECTED, and soon the end.
    let life = Some(Duration::from_millis(20));
    let (address, count) = liar::serve_for(stage.folder.path(), vec![2, 8, 2], life).await;
    let mut deadlines = support::deadlines();
    deadlines.reconnect_at_most = Duration::from_secs(60);
    let config = settings(stage.folder.path(), &stage.clock)
        .push_address(
            &format!("ssl,{},{}", address.ip(), address.port())
                .parse::<PushAddress>()
                .unwrap(),
        )
        .server_url(bender.url())
        .deadlines(deadlines)
        .build()
        .unwrap();
    let connecting = TigerBroker::builder(config).connect();
    stage.broker = connecting.await.unwrap();
    tokio::time::sleep(Duration::from_secs(4)).await;
    let connections = count.load(std::sync::atomic::Ordering::SeqCst);
    // After 5, 10, 20 ... 2,560 ms.
    assert!((2..14).contains(&connections), "{connections}");
    // Once for each of two accounts, and when connecting.
    let read = bender.asked("prime_assets");
    assert!(read <= 2 * (connections + 3), "{read} after {connections}");
}
