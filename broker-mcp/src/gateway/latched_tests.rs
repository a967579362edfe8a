use core::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};
use std::sync::Arc;

use broker_core::{
    ErrorKind, Result, SystemClock, async_trait,
    gateway::{Fact, GatewayControl, GatewayStatus, Readiness},
};
use tokio::{sync::Semaphore, time::Instant};

use super::Gateway;
use crate::store::Store;

/// A gateway that becomes ready when it is told to.
#[derive(Debug)]
pub(crate) struct Fake {
    pub(crate) attempts: AtomicU32,
    pub(crate) restarts: AtomicU32,
    pub(crate) stopped: AtomicU32,
    ready: Semaphore,
}

impl Fake {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            attempts: AtomicU32::new(0),
            restarts: AtomicU32::new(0),
            stopped: AtomicU32::new(0),
            ready: Semaphore::new(0),
        })
    }

    fn facts(ready: bool) -> GatewayStatus {
        GatewayStatus {
            running: Fact::now(true, "runs"),
            port_open: Fact::now(ready, "port"),
            answering: Fact::now(ready, "greeting"),
        }
    }
}

#[async_trait]
impl GatewayControl for Fake {
    async fn status(&self) -> Result<GatewayStatus> {
        Ok(Self::facts(self.ready.available_permits() > 0))
    }
    async fn login(&self) -> Result<()> {
        Ok(())
    }
    async fn logout(&self) -> Result<()> {
        self.stopped.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
    async fn reconnect(&self) -> Result<()> {
        self.restarts.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
    async fn ensure_ready(&self, _: Duration) -> Result<Readiness> {
        self.attempts.fetch_add(1, Ordering::SeqCst);
        let _ready = self.ready.acquire().await;
        Ok(Readiness {
            status: Self::facts(true),
            waited: Duration::ZERO,
        })
    }
}

fn over(fake: &Arc<Fake>, store: &Store) -> Arc<Gateway> {
    let control: Arc<dyn GatewayControl> = Arc::clone(fake) as _;
    Gateway::new("ib", control, store.clone(), Arc::new(SystemClock))
}

#[tokio::test(start_paused = true)]
async fn callers_share_one_attempt_and_each_waits_as_long_as_it_wants() {
    let (fake, store) = (Fake::new(), Store::in_memory().unwrap());
    let gateway = over(&fake, &store);
    let began = Instant::now();
    let (patient, hasty) = tokio::join!(
        async {
            let waiting = gateway.ensure_ready(Duration::from_secs(90));
            tokio::pin!(waiting);
            tokio::select! {
                answer = &mut waiting => answer,
                () = tokio::time::sleep(Duration::from_secs(30)) => {
                    fake.ready.add_permits(1);
                    waiting.await
                }
            }
        },
        gateway.ensure_ready(Duration::from_secs(10)),
    );
    assert_eq!(hasty.unwrap_err().kind(), ErrorKind::Timeout);
    let ready = patient.unwrap();
    assert_eq!(ready.waited.as_secs(), 30);
    assert_eq!(began.elapsed().as_secs(), 30);
    assert_eq!(fake.attempts.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_longer_than_two_minutes() {
    let (fake, store) = (Fake::new(), Store::in_memory().unwrap());
    let began = Instant::now();
    let late = over(&fake, &store)
        .ensure_ready(Duration::from_secs(9_999))
        .await;
    assert_eq!(late.unwrap_err().kind(), ErrorKind::Timeout);
    assert_eq!(began.elapsed().as_secs(), 120);
}

#[tokio::test]
async fn what_a_person_logged_out_is_not_started_by_a_later_process_either() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("server.sqlite");
    let fake = Fake::new();
    let gateway = over(&fake, &Store::open(&path).unwrap());
    gateway.logout_by("anna").await.unwrap();
    assert_eq!(fake.stopped.load(Ordering::SeqCst), 1);
    drop(gateway);
    let gateway = over(&fake, &Store::open(&path).unwrap());
    let refused = gateway
        .ensure_ready(Duration::from_secs(1))
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Authentication);
    assert!(refused.message().contains("anna"), "{refused}");
    assert!(gateway.reconnect().await.is_err());
    assert_eq!(fake.attempts.load(Ordering::SeqCst), 0);
    assert_eq!(fake.restarts.load(Ordering::SeqCst), 0);
    gateway.login().await.unwrap();
    gateway.reconnect().await.unwrap();
    assert_eq!(fake.restarts.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_gateway_that_answers_is_ready_at_once() {
    let (fake, store) = (Fake::new(), Store::in_memory().unwrap());
    fake.ready.add_permits(1);
    let gateway = over(&fake, &store);
    let ready = gateway.ensure_ready(Duration::from_secs(90)).await.unwrap();
    assert!(ready.status.answering.holds);
    assert_eq!(fake.attempts.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn it_is_stopped_even_if_that_cannot_be_written_down() {
    let (fake, store) = (Fake::new(), Store::in_memory().unwrap());
    let gateway = over(&fake, &store);
    store.fill_disk(true).await;
    assert_eq!(
        gateway.logout_by("anna").await.unwrap_err().kind(),
        ErrorKind::Io
    );
    assert_eq!(fake.stopped.load(Ordering::SeqCst), 1);
}
