use core::time::Duration;
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use async_trait::async_trait;
use broker_core::{Broker as _, Error, ErrorKind, Result, SessionState};
use broker_sim::tws::TwsServer;
use tokio::sync::Notify;

use super::Revival;
use crate::{
    Deadlines, IbkrBroker,
    gateway::{Fact, GatewayControl, GatewayStatus, Readiness},
};

#[derive(Debug, Default)]
struct Scripted {
    answers: AtomicBool,
    logged_out: AtomicBool,
    restarts: AtomicUsize,
    restarted: Notify,
}

impl Scripted {
    fn restarts(&self) -> usize {
        self.restarts.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl GatewayControl for Scripted {
    async fn status(&self) -> Result<GatewayStatus> {
        let answers = self.answers.load(Ordering::SeqCst);
        Ok(GatewayStatus {
            running: Fact::now(true, "scripted"),
            port_open: Fact::now(answers, "scripted"),
            answering: Fact::now(answers, "scripted"),
        })
    }

    async fn login(&self) -> Result<()> {
        Ok(())
    }

    async fn logout(&self) -> Result<()> {
        self.logged_out.store(true, Ordering::SeqCst);
        Ok(())
    }

    async fn reconnect(&self) -> Result<()> {
        if self.logged_out.load(Ordering::SeqCst) {
            return Err(Error::new(ErrorKind::Authentication, "logged out"));
        }
        self.restarts.fetch_add(1, Ordering::SeqCst);
        self.restarted.notify_one();
        Ok(())
    }

    async fn ensure_ready(&self, _: Duration) -> Result<Readiness> {
        Err(Error::unsupported("scripted"))
    }
}

fn deadlines() -> Deadlines {
    Deadlines {
        gateway_after: Duration::from_secs(100),
        gateway_every: Duration::from_secs(1_000),
        ..Deadlines::default()
    }
}

fn silence() -> Error {
    Error::new(ErrorKind::Disconnected, "nothing listens")
}

const LONG: Duration = Duration::from_secs(100);

#[tokio::test(start_paused = true)]
async fn a_gateway_is_restarted_after_its_time_and_once_per_period() {
    let control = Arc::new(Scripted::default());
    let revival = Revival::new(control.clone());
    let limits = deadlines();
    let early = Duration::from_secs(99);
    assert!(!revival.consider(&silence(), early, &limits).await);
    assert!(revival.consider(&silence(), LONG, &limits).await);
    tokio::time::advance(Duration::from_secs(999)).await;
    assert!(!revival.consider(&silence(), LONG, &limits).await);
    tokio::time::advance(Duration::from_secs(1)).await;
    assert!(revival.consider(&silence(), LONG, &limits).await);
    assert_eq!(control.restarts(), 2);
}

#[tokio::test(start_paused = true)]
async fn two_connections_that_fail_at_once_restart_it_once() {
    let control = Arc::new(Scripted::default());
    let revival = Revival::new(control.clone());
    let (limits, error) = (deadlines(), silence());
    let one = revival.consider(&error, LONG, &limits);
    let other = revival.consider(&error, LONG, &limits);
    let (one, other) = tokio::join!(one, other);
    assert!(one != other);
    assert_eq!(control.restarts(), 1);
}

#[tokio::test(start_paused = true)]
async fn only_silence_is_a_reason() {
    let control = Arc::new(Scripted::default());
    let revival = Revival::new(control.clone());
    for kind in [
        ErrorKind::SessionConflict,
        ErrorKind::PermissionDenied,
        ErrorKind::Unsupported,
        ErrorKind::InvalidRequest,
        ErrorKind::Protocol,
    ] {
        let error = Error::new(kind, "not silence");
        assert!(
            !revival.consider(&error, LONG, &deadlines()).await,
            "{kind}"
        );
    }
    // Somebody greets the probe: what is wrong is not that it is gone.
    control.answers.store(true, Ordering::SeqCst);
    assert!(!revival.consider(&silence(), LONG, &deadlines()).await);
    assert_eq!(control.restarts(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_gateway_that_serves_another_connection_is_left_alone() {
    let control = Arc::new(Scripted::default());
    let revival = Revival::new(control.clone());
    let serving = revival.serving();
    assert!(!revival.consider(&silence(), LONG, &deadlines()).await);
    drop(serving);
    assert!(revival.consider(&silence(), LONG, &deadlines()).await);
}

#[tokio::test(start_paused = true)]
async fn a_logout_is_not_undone() {
    let control = Arc::new(Scripted::default());
    control.logout().await.unwrap();
    let revival = Revival::new(control.clone());
    assert!(!revival.consider(&silence(), LONG, &deadlines()).await);
    assert_eq!(control.restarts(), 0);
}

#[tokio::test]
async fn a_session_that_cannot_connect_again_has_its_gateway_restarted_and_comes_back() {
    let tws = TwsServer::bind("127.0.0.1:0").await.unwrap();
    let address = tws.address().to_string();
    let control = Arc::new(Scripted::default());
    let deadlines = Deadlines {
        connect: Duration::from_secs(2),
        reconnect_after: Duration::from_millis(5),
        reconnect_at_most: Duration::from_millis(20),
        gateway_after: Duration::from_millis(50),
        ..Deadlines::default()
    };
    let broker = IbkrBroker::builder()
        .address(address.clone())
        .client_id(1)
        .options_client_id(2)
        .deadlines(deadlines)
        .gateway(control.clone())
        .connect()
        .await
        .unwrap();
    assert_eq!(control.restarts(), 0);
    drop(tws);
    control.restarted.notified().await;
    let _again = TwsServer::bind(&address).await.unwrap();
    let mut session = broker.session();
    let back = session.wait_for(|state| *state == SessionState::Ready);
    tokio::time::timeout(Duration::from_secs(20), back)
        .await
        .unwrap()
        .unwrap();
    // Both connections have failed all the while.
    assert_eq!(control.restarts(), 1);
    broker.close().await.unwrap();
}
