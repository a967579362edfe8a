//! Which market data are wanted, and who gets them: one line upstream for any number of listeners.
//!
//! Listeners come and go at any time, also while there is no connection. The connection asks what it has
//! to say next ([`Lines::next_steps`]) and tells what it heard; every new connection begins with a clean
//! table, so that nothing that a former one left behind counts against the developer's limits.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use broker_core::{Error, ErrorKind, Result, feed::FeedGap, model::Quote};
use chrono::{DateTime, Utc};
use tokio::sync::{Notify, mpsc, watch};

use super::topic::{Feed, Listener, Market, Topic};

type Key = (Feed, String);

/// How a line stands.
#[derive(Debug, Clone)]
enum Standing {
    /// Not asked for yet, or not answered yet.
    Waiting,
    Open,
    Refused(Error),
}

/// Whether there is a connection.
#[derive(Debug, Clone)]
enum Reach {
    Up,
    Down(String),
    /// Another connection of the developer has the pushes.
    Displaced(String),
    Closed,
}

/// What the connection has to say.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) topic: Topic,
    /// Whether it is asked for, or let go.
    pub(super) wanted: bool,
    /// Which answer is meant.
    pub(super) ticket: Ticket,
}

/// A line as it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Ticket(Key, u64);

struct Entry {
    topic: Topic,
    /// Tells a line from an earlier one of the same topic.
    number: u64,
    listeners: Vec<(u64, Box<dyn Listener>)>,
    standing: watch::Sender<Standing>,
    /// Whether this connection has been asked for it.
    asked: bool,
    /// Whether it has been open on a former connection.
    lost: bool,
    /// Whether its listeners have taken in something that they may not have told yet.
    unsettled: bool,
}

/// The lines by what is pushed on them and under which name.
#[derive(Default)]
struct Table {
    quotes: HashMap<String, Entry>,
    depth: HashMap<String, Entry>,
    trades: HashMap<String, Entry>,
    bars: HashMap<String, Entry>,
}

impl Table {
    fn of(&mut self, feed: Feed) -> &mut HashMap<String, Entry> {
        match feed {
            Feed::Quotes => &mut self.quotes,
            Feed::Depth => &mut self.depth,
            Feed::Trades => &mut self.trades,
            Feed::Bars => &mut self.bars,
        }
    }

    fn feeds(&mut self) -> [&mut HashMap<String, Entry>; 4] {
        let Self {
            quotes,
            depth,
            trades,
            bars,
        } = self;
        [quotes, depth, trades, bars]
    }

    fn get(&mut self, (feed, name): &Key) -> Option<&mut Entry> {
        self.of(*feed).get_mut(name)
    }

    fn remove(&mut self, (feed, name): &Key) -> Option<Entry> {
        self.of(*feed).remove(name)
    }

    fn all(&mut self) -> impl Iterator<Item = &mut Entry> {
        self.feeds().into_iter().flat_map(HashMap::values_mut)
    }
}

struct Inner {
    reach: Reach,
    last: u64,
    entries: Table,
    unsettled: Vec<Key>,
    leaving: Vec<(Topic, Ticket)>,
}

/// The lines of one connection to the push service.
pub(crate) struct Lines {
    inner: Mutex<Inner>,
    changed: Notify,
    opened: mpsc::UnboundedSender<Topic>,
}

impl core::fmt::Debug for Lines {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Lines").finish_non_exhaustive()
    }
}

/// The right to a line; dropping it takes the listener away, and the line with the last one.
pub(crate) struct LineGuard {
    lines: Weak<Lines>,
    key: Key,
    listener: u64,
}

impl Drop for LineGuard {
    fn drop(&mut self) {
        if let Some(lines) = self.lines.upgrade() {
            lines.leave(&self.key, self.listener);
        }
    }
}

impl Lines {
    /// No lines, and where the topics of lines are told that have been opened.
    pub(crate) fn new() -> (Arc<Self>, mpsc::UnboundedReceiver<Topic>) {
        let (opened, heard) = mpsc::unbounded_channel();
        let lines = Arc::new(Self {
            inner: Mutex::new(Inner {
                reach: Reach::Down("there has been no connection yet".to_owned()),
                last: 0,
                entries: Table::default(),
                unsettled: Vec::new(),
                leaving: Vec::new(),
            }),
            changed: Notify::new(),
            opened,
        });
        (lines, heard)
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    // ---- listeners -------------------------------------------------------------------------------

    /// Lets somebody listen to a topic; comes back when the line is open.
    ///
    /// # Errors
    /// What the service refused it with; [`SessionConflict`](ErrorKind::SessionConflict) while another
    /// connection of the developer has the pushes; [`Disconnected`](ErrorKind::Disconnected) and
    /// [`Timeout`](ErrorKind::Timeout) when there is no connection or no answer `within` the time.
    /// Nothing is left open then.
    pub(crate) async fn open(
        self: &Arc<Self>,
        topic: Topic,
        listener: Box<dyn Listener>,
        within: core::time::Duration,
    ) -> Result<LineGuard> {
        let (guard, mut standing) = self.join(topic, listener)?;
        let settled = standing.wait_for(|standing| !matches!(standing, Standing::Waiting));
        match tokio::time::timeout(within, settled).await {
            Ok(Ok(standing)) => match &*standing {
                Standing::Refused(error) => Err(error.clone()),
                Standing::Open | Standing::Waiting => Ok(guard),
            },
            Ok(Err(_)) => Err(closed()),
            Err(_) => Err(match &self.inner().reach {
                Reach::Down(why) => Error::new(
                    ErrorKind::Disconnected,
                    format!("nothing is pushed at the moment: {why}"),
                ),
                Reach::Displaced(by) => displaced(by),
                Reach::Closed => closed(),
                Reach::Up => Error::new(
                    ErrorKind::Timeout,
                    "the push service did not answer the subscription",
                ),
            }),
        }
    }

    fn join(
        self: &Arc<Self>,
        topic: Topic,
        listener: Box<dyn Listener>,
    ) -> Result<(LineGuard, watch::Receiver<Standing>)> {
        let key = topic.key();
        let mut inner = self.inner();
        match &inner.reach {
            Reach::Up | Reach::Down(_) => {}
            Reach::Displaced(by) => return Err(displaced(by)),
            Reach::Closed => return Err(closed()),
        }
        inner.last += 2;
        let (number, id) = (inner.last, inner.last + 1);
        let named = inner.entries.of(key.0).entry(key.1.clone());
        let entry = named.or_insert_with(|| Entry {
            topic,
            number,
            listeners: Vec::new(),
            standing: watch::Sender::new(Standing::Waiting),
            asked: false,
            lost: false,
            unsettled: false,
        });
        entry.listeners.push((id, listener));
        let standing = entry.standing.subscribe();
        if matches!(*standing.borrow(), Standing::Open) {
            // The line is there already; the newcomer is filled in like the first one was.
            let _nobody = self.opened.send(entry.topic.clone());
        }
        drop(inner);
        self.changed.notify_one();
        let guard = LineGuard {
            lines: Arc::downgrade(self),
            key,
            listener: id,
        };
        Ok((guard, standing))
    }

    fn leave(&self, key: &Key, listener: u64) {
        let mut inner = self.inner();
        let Some(entry) = inner.entries.get(key) else {
            return;
        };
        entry.listeners.retain(|(id, _)| *id != listener);
        if !entry.listeners.is_empty() {
            return;
        }
        if let Some(entry) = inner.entries.remove(key)
            && entry.asked
        {
            let ticket = Ticket(key.clone(), entry.number);
            inner.leaving.push((entry.topic, ticket));
        }
        drop(inner);
        self.changed.notify_one();
    }

    /// Delivers figures that were asked for once the line was open.
    pub(crate) fn fill_in(&self, topic: &Topic, quote: &Quote) {
        if let Some(entry) = self.inner().entries.get(&topic.key()) {
            for (_, listener) in &mut entry.listeners {
                listener.fill_in(quote);
            }
        }
    }

    /// Ends every line.
    pub(crate) fn close(&self) {
        let mut inner = self.inner();
        inner.reach = Reach::Closed;
        inner.leaving.clear();
        for mut entry in inner
            .entries
            .feeds()
            .into_iter()
            .flat_map(HashMap::drain)
            .map(|(_, entry)| entry)
        {
            for (_, listener) in &mut entry.listeners {
                listener.fail(closed());
            }
            entry.standing.send_replace(Standing::Refused(closed()));
        }
    }

    // ---- the connection --------------------------------------------------------------------------

    /// There is a connection, and nothing is subscribed to on it.
    pub(super) fn connected(&self) {
        let mut inner = self.inner();
        if matches!(inner.reach, Reach::Closed) {
            return;
        }
        inner.reach = Reach::Up;
        inner.leaving.clear();
        for entry in inner.entries.all() {
            entry.asked = false;
        }
    }

    /// There is no connection any more.
    pub(super) fn disconnected(&self, why: &str) {
        let mut inner = self.inner();
        if matches!(inner.reach, Reach::Closed) {
            return;
        }
        inner.reach = Reach::Down(why.to_owned());
        inner.lose_all();
    }

    /// Another connection of the developer gets the pushes: listeners are told at once, because nobody
    /// knows when the line will be open again.
    pub(super) fn displaced(&self, by: &str) {
        let mut inner = self.inner();
        if matches!(inner.reach, Reach::Closed) {
            return;
        }
        inner.reach = Reach::Displaced(by.to_owned());
        inner.lose_all();
        for named in inner.entries.feeds() {
            named.retain(|_, entry| {
                if entry.lost {
                    for (_, listener) in &mut entry.listeners {
                        listener.lose(FeedGap::BrokerLost(by.into()));
                    }
                } else {
                    let refusal = Standing::Refused(displaced(by));
                    entry.standing.send_replace(refusal);
                }
                entry.lost
            });
        }
    }

    /// What has to be said now: what is let go first, because it makes room.
    pub(super) fn next_steps(&self) -> Vec<Step> {
        let mut inner = self.inner();
        let leaving = core::mem::take(&mut inner.leaving);
        let mut steps: Vec<Step> = leaving
            .into_iter()
            .map(|(topic, ticket)| Step {
                topic,
                wanted: false,
                ticket,
            })
            .collect();
        for entry in inner.entries.all().filter(|entry| !entry.asked) {
            entry.asked = true;
            if entry.lost {
                // Before anything of the new line is there: what it brings comes after the gap.
                for (_, listener) in &mut entry.listeners {
                    listener.lose(FeedGap::Reopened);
                }
            }
            steps.push(Step {
                topic: entry.topic.clone(),
                wanted: true,
                ticket: Ticket(entry.topic.key(), entry.number),
            });
        }
        steps
    }

    /// Comes back when there may be something to say.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// A line was opened, or refused.
    pub(super) fn answered(&self, ticket: &Ticket, answer: Result<()>) {
        let mut inner = self.inner();
        let current = inner.entries.get(&ticket.0);
        let Some(entry) = current.filter(|entry| entry.number == ticket.1) else {
            return;
        };
        match answer {
            Ok(()) => {
                entry.lost = false;
                entry.standing.send_replace(Standing::Open);
                // Without a reader nobody wants to be filled in.
                let _nobody = self.opened.send(entry.topic.clone());
            }
            Err(error) => {
                tracing::warn!(topic = %ticket.0.1, %error, "a market data line was refused");
                for (_, listener) in &mut entry.listeners {
                    listener.fail(error.clone());
                }
                entry.standing.send_replace(Standing::Refused(error));
                inner.entries.remove(&ticket.0);
            }
        }
    }

    /// Hands a push to those who listen. [`Self::settle`] is to be called when no more are at hand.
    pub(super) fn deliver(&self, feed: Feed, name: &str, data: Market<'_>) {
        let mut inner = self.inner();
        let Inner {
            entries, unsettled, ..
        } = &mut *inner;
        // What a former connection's subscription still brings comes before the gap and is nobody's.
        let entry = entries.of(feed).get_mut(name);
        if let Some(entry) = entry.filter(|entry| entry.asked) {
            for (_, listener) in &mut entry.listeners {
                listener.take(data);
            }
            if !entry.unsettled {
                entry.unsettled = true;
                unsettled.push((feed, name.to_owned()));
            }
        }
        // Most programs have no bars, and this is done for every push.
        if !inner.entries.bars.is_empty()
            && let Some(now) = data.sent_at()
        {
            inner.pass(now);
        }
    }

    /// Lets those who took pushes in tell what they made of them: the readers of a line are woken once for
    /// all that came together.
    pub(super) fn settle(&self) {
        let mut inner = self.inner();
        let Inner {
            entries, unsettled, ..
        } = &mut *inner;
        for key in unsettled.drain(..) {
            let Some(entry) = entries.get(&key) else {
                continue;
            };
            entry.unsettled = false;
            for (_, listener) in &mut entry.listeners {
                listener.settle();
            }
        }
    }

    /// So late is it now, at least.
    pub(super) fn pass(&self, now: DateTime<Utc>) {
        self.inner().pass(now);
    }
}

impl Inner {
    fn lose_all(&mut self) {
        for entry in self.entries.all() {
            entry.asked = false;
            let was = entry.standing.send_replace(Standing::Waiting);
            entry.lost |= matches!(was, Standing::Open);
        }
        self.leaving.clear();
    }

    fn pass(&mut self, now: DateTime<Utc>) {
        for entry in self.entries.bars.values_mut() {
            for (_, listener) in &mut entry.listeners {
                listener.pass(now);
            }
        }
    }
}

fn displaced(by: &str) -> Error {
    let message = format!(
        "another connection of the developer has the pushes ({by}); `take_over` takes them back"
    );
    Error::new(ErrorKind::SessionConflict, message)
}

fn closed() -> Error {
    Error::new(ErrorKind::Disconnected, "the session is closed")
        .with_retry(broker_core::Retry::Never)
}
