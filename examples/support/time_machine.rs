use std::{sync::Arc, sync::mpsc, time::Duration};

use broker_sim::paper::PaperWorld;
use chrono::TimeDelta;
use tokio::{task::JoinHandle, time};

/// Drives a simulated world and every timer of this program through time together, as fast as it goes.
///
/// Sockets stay real: while bytes are on their way, the driven time stands still.
#[derive(Debug)]
pub struct TimeMachine {
    world: Arc<PaperWorld>,
    _brake: mpsc::Sender<()>,
    _held: JoinHandle<()>,
}

impl TimeMachine {
    /// Stops the timers of this runtime, which must have one thread, until [`advance`](Self::advance).
    #[must_use]
    pub fn new(world: Arc<PaperWorld>) -> Self {
        time::pause();
        // A stopped timer of tokio's jumps ahead when nothing is left to do, and waiting for a socket
        // looks like that to it. It does not while a blocking task is under way.
        let (brake, released) = mpsc::channel();
        let held = tokio::task::spawn_blocking(move || {
            let _over = released.recv();
        });
        Self {
            world,
            _brake: brake,
            _held: held,
        }
    }

    /// Lets a while pass, and then waits until `progress` stands still: whoever woke up has had answers.
    pub async fn advance(&self, span: Duration, progress: impl Fn() -> u64) {
        self.world
            .advance(TimeDelta::from_std(span).unwrap_or_default());
        time::advance(span).await;
        let (mut seen, mut quiet) = (progress(), 0);
        while quiet < 3 {
            let _paused =
                tokio::task::spawn_blocking(|| std::thread::sleep(Duration::from_millis(1))).await;
            let now = progress();
            quiet = if now == seen { quiet + 1 } else { 0 };
            seen = now;
        }
    }
}
