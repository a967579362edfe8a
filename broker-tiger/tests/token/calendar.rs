//! Time that the tests drive: every timer of the runtime, and the clocks that go with them.

use core::time::Duration;
use std::sync::{Arc, Mutex, mpsc};

use broker_core::Clock;
use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::{self, Instant};

/// How long anything may take, in driven seconds.
const PATIENCE: u32 = 200;

/// Stops tokio's timers until they are driven; sockets stay real.
///
/// The runtime must have one thread. A stopped timer of tokio's jumps ahead when nothing is left to do,
/// and waiting for a socket looks like that to it; it does not while a blocking task is under way.
#[derive(Debug)]
pub(crate) struct Calendar {
    _brake: mpsc::Sender<()>,
}

impl Calendar {
    pub(crate) fn stopped() -> Self {
        time::pause();
        let (brake, released) = mpsc::channel();
        tokio::task::spawn_blocking(move || {
            let _over = released.recv();
        });
        Self { _brake: brake }
    }

    pub(crate) async fn pass(&self, span: Duration) {
        time::advance(span).await;
    }

    /// What comes of something that may have to wait for a timer: seconds pass until it is there.
    pub(crate) async fn of<T>(&self, doing: impl Future<Output = T>) -> T {
        tokio::pin!(doing);
        for _ in 0..PATIENCE {
            for _ in 0..300 {
                tokio::select! {
                    biased;
                    done = &mut doing => return done,
                    () = breathe() => {}
                }
            }
            self.pass(Duration::from_secs(1)).await;
        }
        panic!("nothing came of it in {PATIENCE} s");
    }
}

/// Lets bytes that are on their way arrive, in real time.
pub(crate) async fn breathe() {
    tokio::task::spawn_blocking(|| std::thread::sleep(Duration::from_millis(1)))
        .await
        .unwrap();
}

/// A clock beside tokio's; the machine that it belongs to may have it wrong.
#[derive(Debug, Clone)]
pub(crate) struct WallClock {
    from: DateTime<Utc>,
    began: Instant,
    wrong: Arc<Mutex<TimeDelta>>,
}

impl WallClock {
    /// Shows this instant now.
    pub(crate) fn showing(from: DateTime<Utc>) -> Self {
        Self {
            from,
            began: Instant::now(),
            wrong: Arc::default(),
        }
    }

    /// Is wrong by this much from now on.
    pub(crate) fn be_wrong(&self, by: TimeDelta) {
        *self.wrong.lock().unwrap() = by;
    }
}

impl Clock for WallClock {
    fn now(&self) -> DateTime<Utc> {
        let passed = TimeDelta::from_std(self.began.elapsed()).unwrap();
        self.from + passed + *self.wrong.lock().unwrap()
    }
}
