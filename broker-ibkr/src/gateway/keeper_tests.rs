use core::time::Duration;
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use async_trait::async_trait;
use broker_core::{Error, ErrorKind, Result};
use broker_sim::tws::TwsServer;
use tokio::{
    net::TcpListener,
    sync::{Mutex, Notify},
};

use super::{
    Fact,
    keeper::{Keeper, Machine},
    probe::Probe,
};

const LONG: Duration = Duration::from_secs(20);

/// A machine whose starts are counted and may be held up.
#[derive(Debug, Default)]
struct Scripted {
    /// Where a TWS is to listen once it is started; empty for nowhere.
    address: String,
    tws: Mutex<Option<TwsServer>>,
    running: AtomicBool,
    starts: AtomicUsize,
    restarts: AtomicUsize,
    /// It ends as soon as it is started.
    ends: bool,
    fails: AtomicBool,
    held: Option<Arc<Notify>>,
    reached: Arc<Notify>,
}

#[async_trait]
impl Machine for Scripted {
    async fn running(&self) -> Result<Fact> {
        Ok(Fact::now(self.running.load(Ordering::SeqCst), "scripted"))
    }

    async fn start(&self) -> Result<()> {
        self.starts.fetch_add(1, Ordering::SeqCst);
        self.reached.notify_one();
        if let Some(held) = &self.held {
            held.notified().await;
        }
        if self.fails.load(Ordering::SeqCst) {
            return Err(Error::new(ErrorKind::Io, "scripted to fail"));
        }
        if !self.address.is_empty() {
            *self.tws.lock().await = Some(TwsServer::bind(&self.address).await.unwrap());
        }
        self.running.store(!self.ends, Ordering::SeqCst);
        Ok(())
    }

    async fn stop(&self) -> Result<()> {
        self.running.store(false, Ordering::SeqCst);
        Ok(())
    }

    async fn restart(&self) -> Result<()> {
        self.restarts.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    fn last_words(&self) -> Option<String> {
        Some("last words".to_owned())
    }
}

/// An address where nobody listens.
async fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap().to_string()
}

async fn keeper(machine: Scripted) -> Keeper<Scripted> {
    let address = if machine.address.is_empty() {
        nobody().await
    } else {
        machine.address.clone()
    };
    let within = Duration::from_secs(2);
    Keeper::new(machine, Probe { address, within })
}

fn starts(keeper: &Keeper<Scripted>) -> usize {
    keeper.machine().starts.load(Ordering::SeqCst)
}

#[tokio::test]
async fn callers_share_one_attempt_and_each_hears_how_long_it_waited() {
    let held = Arc::new(Notify::new());
    let keeper = keeper(Scripted {
        address: nobody().await,
        held: Some(Arc::clone(&held)),
        ..Scripted::default()
    })
    .await;
    let reached = Arc::clone(&keeper.machine().reached);
    let late = async {
        reached.notified().await;
        // Both wait before the start is done.
        let ready = keeper.ensure_ready(LONG);
        held.notify_one();
        ready.await
    };
    let (first, second) = tokio::join!(keeper.ensure_ready(LONG), late);
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_eq!(starts(&keeper), 1);
    assert_eq!(first.status, second.status);
    assert!(first.waited > second.waited);
}

#[tokio::test]
async fn a_caller_that_gives_up_does_not_end_the_attempt_of_the_others() {
    let held = Arc::new(Notify::new());
    let keeper = keeper(Scripted {
        address: nobody().await,
        held: Some(Arc::clone(&held)),
        ..Scripted::default()
    })
    .await;
    let hasty = async {
        let error = keeper
            .ensure_ready(Duration::from_millis(50))
            .await
            .unwrap_err();
        held.notify_one();
        error
    };
    let (error, patient) = tokio::join!(hasty, keeper.ensure_ready(LONG));
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(error.message().contains("not ready after 50ms"), "{error}");
    assert!(error.message().contains("last words"), "{error}");
    assert!(patient.unwrap().status.answering.holds);
    assert_eq!(starts(&keeper), 1);
}

#[tokio::test]
async fn an_attempt_that_failed_is_not_what_the_next_caller_hears() {
    let keeper = keeper(Scripted {
        address: nobody().await,
        ..Scripted::default()
    })
    .await;
    keeper.machine().fails.store(true, Ordering::SeqCst);
    let error = keeper.ensure_ready(LONG).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    keeper.machine().fails.store(false, Ordering::SeqCst);
    assert!(keeper.ensure_ready(LONG).await.is_ok());
    assert_eq!(starts(&keeper), 2);
}

#[tokio::test]
async fn a_gateway_that_ends_by_itself_is_started_once_only() {
    let keeper = keeper(Scripted {
        ends: true,
        ..Scripted::default()
    })
    .await;
    let error = keeper.ensure_ready(LONG).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Disconnected);
    assert!(error.message().contains("last words"), "{error}");
    assert_eq!(starts(&keeper), 1);
}

#[tokio::test]
async fn a_logout_ends_an_attempt_under_way_and_has_the_last_word() {
    let held = Arc::new(Notify::new());
    let keeper = keeper(Scripted {
        held: Some(Arc::clone(&held)),
        ..Scripted::default()
    })
    .await;
    let reached = Arc::clone(&keeper.machine().reached);
    let logout = async {
        reached.notified().await;
        // The start is under way: the logout waits for it and then stops what it has started.
        held.notify_one();
        keeper.logout().await.unwrap();
    };
    let (waited, ()) = tokio::join!(keeper.ensure_ready(LONG), logout);
    assert_eq!(waited.unwrap_err().kind(), ErrorKind::Authentication);
    assert!(!keeper.status().await.unwrap().running.holds);
    assert_eq!(starts(&keeper), 1);
    let refused = keeper.reconnect().await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Authentication);
    assert_eq!(keeper.machine().restarts.load(Ordering::SeqCst), 0);
}

#[tokio::test(start_paused = true)]
async fn a_start_that_waits_for_another_one_gives_up_in_time() {
    let keeper = keeper(Scripted {
        held: Some(Arc::default()),
        ..Scripted::default()
    })
    .await;
    let (never, waiting) = (keeper.login(), keeper.reconnect());
    tokio::pin!(never);
    tokio::select! {
        biased;
        _ = &mut never => panic!("it is held"),
        waited = waiting => assert_eq!(waited.unwrap_err().kind(), ErrorKind::Timeout),
    }
}
