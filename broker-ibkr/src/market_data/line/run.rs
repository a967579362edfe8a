//! The one loop that keeps a line.

use core::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    task::{Context, Poll},
};
use std::{sync::Arc, time::Duration};

use broker_core::{
    Error, ErrorKind, Result, SessionState,
    feed::{FeedGap, FeedSink},
};
use futures_core::Stream;
use futures_util::StreamExt as _;
use ibapi::{Notice, subscriptions::SubscriptionItem};
use tokio::{sync::watch, task::JoinHandle, time::sleep};

use super::fate::{Fate, fate};
use crate::{error::from_ibapi, market_data::snapshot::LAGGED, session::link::Link};

/// The gateway's stream of one kind of message.
pub(super) trait Messages<T>:
    Stream<Item = Result<SubscriptionItem<T>, ibapi::Error>> + Send + Unpin + 'static
{
}

impl<T, S> Messages<T> for S where
    S: Stream<Item = Result<SubscriptionItem<T>, ibapi::Error>> + Send + Unpin + 'static
{
}

/// What a stream gives; `None` at its end.
type Item<T> = Option<Result<SubscriptionItem<T>, ibapi::Error>>;

/// What a line asks for and what its messages mean.
pub(super) trait Feed: Send + 'static {
    type Message: Send + 'static;
    type Messages: Messages<Self::Message>;

    /// Asks for the line.
    fn open(&self, link: &Link) -> impl Future<Output = Result<Self::Messages>> + Send;

    /// Takes a message in. An error means that something was lost: the line is opened again.
    fn take(&mut self, message: Self::Message, sink: &FeedSink) -> Result<()>;

    /// Takes in what the gateway says about the line.
    fn notice(&mut self, notice: &Notice);

    /// Delivers what the messages since the last time have changed.
    fn publish(&mut self, sink: &FeedSink);

    /// Forgets what came before the line was opened again.
    fn forget(&mut self);

    /// Whether a lost message makes what is known wrong, not just old.
    fn needs_every_message(&self) -> bool;
}

/// Messages taken in before the picture is delivered again. All that is there is taken in at once,
/// so a picture that nobody would see is not made.
const BATCH: usize = 512;
/// The longest pause before a line is opened again.
const LONGEST: Duration = Duration::from_secs(30);
const SHORTEST: Duration = Duration::from_secs(1);
/// TWS drops a message that comes too fast and does not say which one it was (error 100 with no request), and a
/// line that was never opened looks like one on which nothing happens.
const DROPPED: &str = "TWS may have dropped the request because of too many messages";
/// How often a line that has worked may be refused in a row; with the pauses between, three minutes.
const REFUSALS: u32 = 10;

/// How a reading of the stream ended.
pub(super) enum End {
    /// Opened again at once.
    Reopen(FeedGap),
    /// Opened again after a while.
    Later(FeedGap, Duration),
    /// Opened again with the next connection.
    AwaitConnection,
    /// There is no room for another line of this kind.
    NoRoom(Error),
    /// Over for good.
    Over(Error),
}

/// Opens a line and starts its task.
///
/// # Errors
/// What asking fails with.
pub(super) async fn start<F: Feed>(
    feed: F,
    link: Arc<Link>,
    sink: FeedSink,
) -> Result<JoinHandle<()>> {
    let line = Line::open(feed, link).await?;
    Ok(tokio::spawn(async move {
        let error = match line.keep(&sink).await {
            Outcome::NoRoom(error) | Outcome::Over(error) => error,
        };
        sink.fail(error);
    }))
}

/// How a line ended.
pub(super) enum Outcome {
    NoRoom(Error),
    Over(Error),
}

/// A line that is open.
pub(super) struct Line<F: Feed> {
    feed: F,
    link: Arc<Link>,
    messages: F::Messages,
    generations: watch::Receiver<u64>,
    /// What TWS has said about too many messages since the line was asked for.
    complaints: watch::Receiver<u64>,
    /// Whether TWS has said anything about the line since then.
    answered: bool,
    /// How often in a row it has been asked for again because of complaints.
    dropped: u32,
    /// Whether it has ever brought anything.
    worked: bool,
    /// How often it has been refused since.
    refusals: u32,
}

impl<F: Feed> Line<F> {
    pub(super) async fn open(feed: F, link: Arc<Link>) -> Result<Self> {
        let mut generations = link.generations();
        // Before asking: a connection that is renewed in between opens the line again.
        generations.mark_unchanged();
        let complaints = link.pacer().complaints();
        let messages = feed.open(&link).await?;
        Ok(Self {
            feed,
            link,
            messages,
            generations,
            complaints,
            answered: false,
            dropped: 0,
            worked: false,
            refusals: 0,
        })
    }

    /// Reads until the line ends for good.
    pub(super) async fn keep(mut self, sink: &FeedSink) -> Outcome {
        loop {
            let end = self.read(sink).await;
            let (gap, pause) = match end {
                End::Reopen(gap) => (gap, Duration::ZERO),
                End::Later(gap, pause) => (gap, pause),
                End::AwaitConnection => (FeedGap::Reopened, LONGEST),
                End::NoRoom(error) => return Outcome::NoRoom(error),
                End::Over(error) => return Outcome::Over(error),
            };
            self.feed.forget();
            if let Err(error) = self.reopen(pause).await {
                return Outcome::Over(error);
            }
            // Before anything new is read: what the line brings comes after the gap.
            sink.gap(gap);
        }
    }

    async fn read(&mut self, sink: &FeedSink) -> End {
        // One registration for the whole reading, not one per message.
        let mut watching = self.generations.clone();
        let mut changed = pin!(watching.changed());
        let mut doubt = pin!(doubted(self.complaints.clone(), pause_after(self.dropped)));
        poll_fn(|context| self.poll_read(context, changed.as_mut(), doubt.as_mut(), sink)).await
    }

    /// Takes in all that is there, then delivers the picture.
    fn poll_read(
        &mut self,
        context: &mut Context<'_>,
        changed: Pin<&mut impl Future>,
        doubt: Pin<&mut impl Future>,
        sink: &FeedSink,
    ) -> Poll<End> {
        let mut taken = 0;
        while let Poll::Ready(next) = self.messages.poll_next_unpin(context) {
            if let Some(end) = self.take(next, sink) {
                self.feed.publish(sink);
                return Poll::Ready(end);
            }
            taken += 1;
            if taken == BATCH {
                // Others have their turn; nothing else would wake this task.
                context.waker().wake_by_ref();
                break;
            }
        }
        self.feed.publish(sink);
        let _ = changed.poll(context);
        // Asked by itself: a task that has used up its turn is told `Pending` by everything, so a
        // busy stream would hide a new connection for ever.
        match self.generations.has_changed() {
            Ok(false) if !self.answered && doubt.poll(context).is_ready() => {
                self.dropped = self.dropped.saturating_add(1);
                Poll::Ready(End::Reopen(lost(DROPPED)))
            }
            Ok(false) => Poll::Pending,
            Ok(true) => {
                self.generations.mark_unchanged();
                Poll::Ready(End::Reopen(FeedGap::Reopened))
            }
            Err(_) => Poll::Ready(End::Over(closed())),
        }
    }

    fn take(&mut self, item: Item<F::Message>, sink: &FeedSink) -> Option<End> {
        if matches!(item, Some(Ok(_))) {
            self.answered = true;
            self.dropped = 0;
        }
        match item {
            Some(Ok(SubscriptionItem::Data(message))) => {
                self.worked = true;
                self.refusals = 0;
                let error = self.feed.take(message, sink).err()?;
                Some(End::Reopen(lost(error.message())))
            }
            Some(Ok(SubscriptionItem::Notice(notice))) => self.heed(&notice, sink),
            Some(Err(error)) => Some(self.ended(&error)),
            None => Some(End::Later(lost("the gateway ended the line"), SHORTEST)),
        }
    }

    fn heed(&mut self, notice: &Notice, sink: &FeedSink) -> Option<End> {
        if notice.code != LAGGED {
            self.feed.notice(notice);
            return None;
        }
        tracing::warn!(message = %notice.message, "a market data line was not read in time");
        if self.feed.needs_every_message() {
            return Some(End::Reopen(lost(&notice.message)));
        }
        self.feed.publish(sink);
        sink.gap(lost(&notice.message));
        None
    }

    fn ended(&mut self, error: &ibapi::Error) -> End {
        match fate(error) {
            Fate::AwaitConnection => End::AwaitConnection,
            Fate::Reopen(pause) => End::Later(lost(&error.to_string()), pause),
            Fate::NoRoom => End::NoRoom(from_ibapi("open_line", error)),
            Fate::Refused if self.worked && self.refusals < REFUSALS => {
                let pause = pause_after(self.refusals);
                self.refusals += 1;
                End::Later(lost(&error.to_string()), pause)
            }
            Fate::Refused | Fate::End => End::Over(from_ibapi("open_line", error)),
        }
    }

    /// Opens the line again after a pause, or as soon as there is a new connection.
    async fn reopen(&mut self, pause: Duration) -> Result<()> {
        let mut pause = pause;
        let mut next = SHORTEST;
        // The link outlives its session for as long as a line holds it.
        let mut session = self.link.session();
        loop {
            if self.link.state() == SessionState::Closed {
                return Err(closed());
            }
            if !pause.is_zero() {
                tokio::select! {
                    changed = self.generations.changed() => changed.map_err(|_| closed())?,
                    () = has_closed(&mut session) => return Err(closed()),
                    () = sleep(pause) => {}
                }
            }
            self.generations.mark_unchanged();
            self.complaints.mark_unchanged();
            match self.feed.open(&self.link).await {
                Ok(messages) => {
                    self.messages = messages;
                    self.answered = false;
                    return Ok(());
                }
                // Whatever it says while there is no connection is about the session, not the line.
                Err(error) if is_passing(&error) || self.link.client().is_err() => {
                    tracing::debug!(%error, "a market data line could not be opened again yet");
                    pause = next;
                    next = (next * 2).min(LONGEST);
                }
                Err(error) => return Err(error),
            }
        }
    }
}

/// The pause after so many failures in a row.
fn pause_after(failures: u32) -> Duration {
    (SHORTEST * 2_u32.pow(failures.min(5))).min(LONGEST)
}

/// Comes back when TWS has complained and then had the time to answer about the line all the same.
async fn doubted(mut complaints: watch::Receiver<u64>, time: Duration) {
    if complaints.changed().await.is_err() {
        core::future::pending::<()>().await;
    }
    sleep(time).await;
}

async fn has_closed(session: &mut watch::Receiver<SessionState>) {
    let is_closed = session.wait_for(|state| *state == SessionState::Closed);
    // Without the guard, which no task may take along.
    let _gone = is_closed.await.map(|_| ());
}

fn is_passing(error: &Error) -> bool {
    error.is_connection() || error.kind() == ErrorKind::RateLimited
}

fn lost(why: &str) -> FeedGap {
    FeedGap::BrokerLost(why.into())
}

fn closed() -> Error {
    Error::new(ErrorKind::Disconnected, "the connection has been closed").in_operation("open_line")
}
