use core::{future::Future, time::Duration};

use broker_core::{Error, ErrorKind, Result, model::BrokerId};
use futures_util::future::join_all;
use tokio::time::{Instant, timeout_at};

use super::{Connection, Supervisor};

/// What a shutdown came to.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Shutdown {
    /// Commands that had not ended when their session was closed. With a journal the next process looks
    /// them up.
    pub on_their_way: Vec<(BrokerId, usize)>,
    /// Journals that are not known to be durable, and why.
    pub not_flushed: Vec<(BrokerId, Error)>,
    /// Sessions that did not end cleanly or in time, and why.
    pub not_closed: Vec<(BrokerId, Error)>,
    /// How long it took.
    pub took: Duration,
}

impl Shutdown {
    /// Whether everything ended as it should.
    #[must_use]
    pub const fn is_clean(&self) -> bool {
        self.on_their_way.is_empty() && self.not_flushed.is_empty() && self.not_closed.is_empty()
    }
}

/// When each step has to be over.
struct Deadlines {
    commands: Instant,
    flush: Instant,
    close: Instant,
    end: Instant,
}

impl Deadlines {
    /// Half of the time for commands, most of the rest for closing; what a step leaves over goes to
    /// the ones after it.
    fn from_now(within: Duration) -> Self {
        let now = Instant::now();
        let tenth = within / 10;
        Self {
            commands: now + tenth * 5,
            flush: now + tenth * 6,
            close: now + tenth * 9,
            end: now + within,
        }
    }
}

impl Supervisor {
    /// Ends everything in good order, in no more than the time given
    /// ([`SHUTDOWN_WITHIN`](super::SHUTDOWN_WITHIN) is usual):
    ///
    /// 1. Nothing is watched or restarted any more, and new commands are refused; cancels still pass.
    /// 2. Commands on their way are waited for, for at most half of the time.
    /// 3. Journals are flushed, so that what is known is durable whatever the sessions do then.
    /// 4. Sessions are closed, all at the same time.
    /// 5. Journals are flushed again, with what the ends of the sessions told.
    ///
    /// Orders stay as they are at the brokers. It happens once: a second caller waits and gets the same
    /// answer, and when a caller gives up, the next one goes on.
    pub async fn shutdown(&self, within: Duration) -> Shutdown {
        let once = self.ended().get_or_init(|| self.end(within));
        once.await.clone()
    }

    fn stop_intakes(&self) -> Vec<Connection> {
        let connections = self.connections();
        for connection in &connections {
            connection.intake.stop("the program is shutting down");
        }
        connections
    }

    async fn end(&self, within: Duration) -> Shutdown {
        let began = Instant::now();
        let deadlines = Deadlines::from_now(within);
        self.stop_intakes();
        let _late = timeout_at(deadlines.commands, self.stop_watching()).await;
        // A restart may have put a new session there in the last moment.
        let connections = self.stop_intakes();
        let idle = connections
            .iter()
            .map(|connection| connection.intake.idle());
        let _late = timeout_at(deadlines.commands, join_all(idle)).await;
        let mut shutdown = Shutdown::default();
        for connection in &connections {
            let left = connection.intake.on_their_way();
            if left > 0 {
                let name = connection.broker.id();
                tracing::warn!(broker = %name, left, "commands had not ended");
                shutdown.on_their_way.push((name.clone(), left));
            }
        }
        // The second flush says what is missing in the end.
        let _first = flush(&connections, deadlines.flush).await;
        let closing = connections
            .iter()
            .map(|one| bounded(one, deadlines.close, "close", one.broker.close()));
        shutdown.not_closed = failures(join_all(closing).await);
        shutdown.not_flushed = flush(&connections, deadlines.end).await;
        shutdown.took = began.elapsed();
        shutdown
    }
}

async fn flush(connections: &[Connection], deadline: Instant) -> Vec<(BrokerId, Error)> {
    let flushes = connections.iter().filter_map(|connection| {
        let store = connection.journal.as_ref()?.store();
        Some(bounded(connection, deadline, "flush", store.flush()))
    });
    failures(join_all(flushes).await)
}

async fn bounded(
    connection: &Connection,
    deadline: Instant,
    step: &'static str,
    future: impl Future<Output = Result<()>>,
) -> (BrokerId, Result<()>) {
    let ended = timeout_at(deadline, future).await.unwrap_or_else(|_| {
        let message = "has not ended in time";
        Err(Error::new(ErrorKind::Timeout, message).in_operation(step))
    });
    if let Err(error) = &ended {
        tracing::warn!(broker = %connection.broker.id(), %error, "shutdown");
    }
    (connection.broker.id().clone(), ended)
}

fn failures(ended: Vec<(BrokerId, Result<()>)>) -> Vec<(BrokerId, Error)> {
    let failed = |(name, ended): (BrokerId, Result<()>)| Some((name, ended.err()?));
    ended.into_iter().filter_map(failed).collect()
}
