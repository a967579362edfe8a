//! Whether a check goes on.
//!
//! A machine that is busy with something else makes a check slow and not wrong. So nothing here fails by the
//! clock: a check has come to a standstill when it was looked at many times and nothing had moved.

use core::{future::Future, pin::pin, time::Duration};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use tokio::task::futures::TaskLocalFuture;

/// Between two looks. One of a process that does not run is one, however long it took.
pub(super) const LOOK: Duration = Duration::from_millis(100);
/// Looks in a row without a move, after which nothing is believed to come: a minute and a half of a machine
/// with nothing else to do.
const MOST_LOOKS: u32 = 900;
/// Moves of a check that never ends; none makes a hundredth of them.
const MOST_MOVES: u64 = 200_000;

tokio::task_local! {
    static MOVED: Arc<AtomicU64>;
}

/// Notes that a check has done something and goes on.
pub(super) fn moved() {
    // Outside a check nobody counts.
    let _outside = MOVED.try_with(|moved| moved.fetch_add(1, Ordering::Relaxed));
}

/// Looks at a check from time to time.
#[derive(Debug, Default)]
pub(super) struct Lookout {
    moved: Arc<AtomicU64>,
    seen: u64,
    idle: u32,
}

impl Lookout {
    /// Another one that looks at the same thing.
    pub(super) fn twin(&self) -> Self {
        Self {
            moved: Arc::clone(&self.moved),
            ..Self::default()
        }
    }

    /// Runs something whose moves are seen by this.
    pub(super) fn over<F: Future>(&self, body: F) -> TaskLocalFuture<Arc<AtomicU64>, F> {
        MOVED.scope(Arc::clone(&self.moved), body)
    }

    /// Looks once more; why nothing more is to be expected, if so.
    pub(super) fn look(&mut self) -> Result<(), String> {
        let moved = self.moved.load(Ordering::Relaxed);
        self.idle = if moved == self.seen { self.idle + 1 } else { 0 };
        self.seen = moved;
        if moved > MOST_MOVES {
            return Err(format!("did not end within {MOST_MOVES} moves"));
        }
        if self.idle > MOST_LOOKS {
            return Err(format!("stands still after {moved} moves"));
        }
        Ok(())
    }
}

/// Waits for the end of something, as long as it moves.
///
/// # Errors
/// When it stands still, or moves for ever.
pub(super) async fn watched<T>(body: impl Future<Output = T>) -> Result<T, String> {
    let mut lookout = Lookout::default();
    // Somebody may be looking already.
    if let Ok(moved) = MOVED.try_with(Arc::clone) {
        lookout.moved = moved;
    }
    let mut body = pin!(lookout.over(body));
    loop {
        if let Ok(done) = tokio::time::timeout(LOOK, &mut body).await {
            return Ok(done);
        }
        lookout.look()?;
    }
}

/// Waits for something until it has been looked at so many times.
pub(super) async fn patiently<T>(
    looks: u32,
    pause: Duration,
    body: impl Future<Output = T>,
) -> Option<T> {
    let mut body = pin!(body);
    for _ in 0..looks {
        if let Ok(done) = tokio::time::timeout(pause, &mut body).await {
            return Some(done);
        }
    }
    None
}
