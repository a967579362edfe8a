use std::sync::Arc;

use broker_core::{Error, ErrorKind, Result, Retry};
use tokio::sync::watch;

use super::{Layer, Next, Outgoing};

/// Lets commands in until it is told to stop, and knows how many are on their way.
///
/// A stopped intake refuses every command with [`Disconnected`](ErrorKind::Disconnected) before anything
/// is sent; cancels pass, because a program that goes down may still want its orders back. Questions are
/// not held up. It does not open again: a program that goes on makes a new stack.
#[derive(Debug)]
pub struct Intake(watch::Sender<Gate>);

#[derive(Debug, Default)]
struct Gate {
    stopped: Option<Arc<str>>,
    on_their_way: usize,
}

/// A command that was let in, until it ends or is given up.
struct Passing<'a>(&'a Intake);

impl Drop for Passing<'_> {
    fn drop(&mut self) {
        self.0.0.send_modify(|gate| gate.on_their_way -= 1);
    }
}

impl Intake {
    /// Lets everything in. One may stand in several stacks.
    #[must_use]
    pub fn open() -> Arc<Self> {
        Arc::new(Self(watch::Sender::default()))
    }

    /// Refuses commands from now on, saying why. The first reason stays.
    pub fn stop(&self, reason: &str) {
        self.0.send_modify(|gate| {
            gate.stopped.get_or_insert_with(|| reason.into());
        });
    }

    /// Why commands are refused, if they are.
    #[must_use]
    pub fn stopped(&self) -> Option<Arc<str>> {
        self.0.borrow().stopped.clone()
    }

    /// Commands that were let in and have not ended.
    #[must_use]
    pub fn on_their_way(&self) -> usize {
        self.0.borrow().on_their_way
    }

    /// Waits until no command is on its way.
    pub async fn idle(&self) {
        let mut gate = self.0.subscribe();
        // The sender is a field of this.
        let _gate = gate.wait_for(|gate| gate.on_their_way == 0).await;
    }

    /// Looks and counts in one step, so that nothing slips in behind a stop.
    fn admit(&self, is_cancel: bool) -> Result<Passing<'_>> {
        let mut refused = None;
        self.0.send_if_modified(|gate| {
            refused = gate.stopped.clone().filter(|_| !is_cancel);
            if refused.is_none() {
                gate.on_their_way += 1;
            }
            refused.is_none()
        });
        match refused {
            None => Ok(Passing(self)),
            Some(reason) => {
                let message = format!("nothing is sent any more: {reason}");
                Err(Error::new(ErrorKind::Disconnected, message).with_retry(Retry::Never))
            }
        }
    }
}

impl Layer for Intake {
    async fn command<O: Outgoing>(&self, request: O, next: Next<'_>) -> Result<O::Answer> {
        let _passing = self.admit(request.command().is_cancel())?;
        next.send(request).await
    }
}
