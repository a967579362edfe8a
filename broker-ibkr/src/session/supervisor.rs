//! Keeps one connection open: watches it, drops it when it is dead, opens a new one.
//!
//! A client of the wire library is never trusted to reconnect; it is thrown away whole and a new one
//! is made, with a pause that doubles from failure to failure.

use core::{
    future::Future,
    pin::{Pin, pin},
    time::Duration,
};
use std::sync::Arc;

use broker_core::{
    SessionState,
    event::GapCause,
    model::{BrokerText, Environment},
};
use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
    time::Instant,
};

use super::{
    Link, accounts,
    condition::{Condition, Demand},
    connect::{Connected, Dial, needs_a_person},
    resync::{refresh, resync},
};
use crate::{
    AccountFilter,
    error::{Meaning, meaning},
    orders::Blotter,
    portfolio::Money,
};

/// What the parts of a session tell their supervisor.
#[derive(Debug)]
pub(crate) enum Signal {
    /// Something unknown was told: the lists have to be read.
    Strange(&'static str),
    /// Order messages were lost because they were not read fast enough.
    Lagged(String),
    /// The stream of orders ended.
    StreamEnded,
}

/// Why a connection is no longer served.
enum End {
    /// It was lost.
    Lost(GapCause),
    /// It was closed by the caller.
    Closed,
}

/// What stands on a connection for orders.
#[derive(Clone)]
pub(crate) struct Floor {
    pub(crate) blotter: Arc<Blotter>,
    pub(crate) money: Arc<Money>,
}

/// The keeper of one connection.
pub(crate) struct Supervisor {
    pub(crate) link: Arc<Link>,
    pub(crate) dial: Dial,
    pub(crate) accounts: AccountFilter,
    pub(crate) environment: Environment,
    /// `None` for a connection for market data only.
    pub(crate) floor: Option<Floor>,
    pub(crate) signals: mpsc::UnboundedReceiver<Signal>,
    pub(crate) closing: watch::Receiver<bool>,
}

impl Supervisor {
    /// Serves the first connection, and every later one, until the session is closed.
    pub(crate) async fn run(mut self, first: Connected) {
        let mut connected = Some(first);
        loop {
            let connection = match connected.take() {
                Some(connection) => connection,
                None => match self.open_again().await {
                    Some(connection) => connection,
                    None => break,
                },
            };
            let mut condition = Condition::default();
            let end = self.serve(connection, &mut condition).await;
            let closed = matches!(end, End::Closed);
            match end {
                End::Closed => {}
                End::Lost(cause) => {
                    if self.floor.is_some() {
                        self.link
                            .desk()
                            .ledgers()
                            .iter()
                            .for_each(|ledger| ledger.gap(cause.clone()));
                    }
                    // Within a reset by plan, or after TWS has said that its link is gone, this is
                    // the end of a known story.
                    let state = if condition.is_link_lost() {
                        condition.state(self.link.now())
                    } else {
                        SessionState::Connecting
                    };
                    self.link.announce(&state);
                }
            }
            // Whoever finds no client has to find the state that says why.
            let client = self.link.remove();
            if let Some(floor) = &self.floor {
                floor.blotter.lose();
            }
            if let Some(client) = client {
                // Its own deadline: a client that does not let go is left behind.
                let _late =
                    tokio::time::timeout(self.dial.deadlines.close, client.disconnect()).await;
            }
            if closed {
                break;
            }
        }
        self.link.announce(&SessionState::Closed);
    }

    /// Tries until a connection is there; `None` when the session is closed meanwhile.
    async fn open_again(&mut self) -> Option<Connected> {
        let mut pause = self.dial.deadlines.reconnect_after;
        loop {
            tokio::select! {
                biased;
                () = closed(&mut self.closing) => return None,
                () = tokio::time::sleep(pause) => {}
            }
            let attempt = tokio::select! {
                biased;
                () = closed(&mut self.closing) => return None,
                attempt = self.dial.connect() => attempt,
            };
            let attempt = attempt.and_then(|connected| {
                let names = connected.client.handshake_managed_accounts();
                accounts::admit(names, &self.accounts, self.environment)?;
                Ok(connected)
            });
            match attempt {
                Ok(connected) => return Some(connected),
                Err(error) => {
                    tracing::warn!(%error, ?pause, "the connection to TWS could not be opened again");
                    if needs_a_person(&error) {
                        let instructions = error.message().into();
                        self.link
                            .announce(&SessionState::AuthRequired { instructions });
                    }
                }
            }
            pause = (pause * 2).min(self.dial.deadlines.reconnect_at_most);
        }
    }

    async fn serve(&mut self, connected: Connected, condition: &mut Condition) -> End {
        let Connected {
            client,
            mut notices,
        } = connected;
        // What is left over is about the connection before this one.
        while self.signals.try_recv().is_ok() {}
        let mut shift = Shift {
            link: Arc::clone(&self.link),
            floor: self.floor.clone(),
            client: Arc::clone(&client),
            tasks: JoinSet::new(),
            work: None,
            resync_at: Some(Instant::now()),
            refresh_at: Instant::now() + self.dial.deadlines.foreign_orders,
            strange: STRANGE,
            patience: self.dial.deadlines.reconnect_after,
            at_most: self.dial.deadlines.reconnect_at_most,
            foreign: self.dial.deadlines.foreign_orders,
            ready: false,
            busted: false,
        };
        if !shift.begin().await {
            return End::Lost(GapCause::Disconnected);
        }
        let (every, within) = (
            self.dial.deadlines.heartbeat_every,
            self.dial.deadlines.heartbeat,
        );
        let mut heart = pin!(beat(Arc::clone(&self.link), every, within));
        loop {
            shift.start_work();
            let due = shift.next_due();
            tokio::select! {
                biased;
                () = closed(&mut self.closing) => return End::Closed,
                notice = notices.next() => {
                    let Some(notice) = notice else { return End::Lost(GapCause::Disconnected) };
                    self.link.note_sign();
                    if meaning(notice.code, &notice.message) == Meaning::Pacing {
                        self.link.pacer().complain();
                    }
                    let demand = condition.take(notice.code, &notice.message);
                    if let Some(end) = shift.meet(demand, condition, &notice.message) {
                        return end;
                    }
                }
                Some(signal) = self.signals.recv() => {
                    if let Some(end) = shift.heed(signal, condition).await {
                        return end;
                    }
                }
                done = working(&mut shift.work) => shift.finish(done, condition),
                () = &mut heart => {
                    tracing::warn!("TWS gives no sign of life");
                    return End::Lost(GapCause::Disconnected);
                }
                () = tokio::time::sleep_until(due) => {}
            }
        }
    }
}

/// Comes back when the session is to be closed. A session that nobody holds any more is closed, too.
async fn closed(closing: &mut watch::Receiver<bool>) {
    let _gone = closing.wait_for(|closing| *closing).await.map(|_| ());
}

/// The shortest pause before the lists are read because of something strange.
const STRANGE: Duration = Duration::from_millis(100);

type Work = Pin<Box<dyn Future<Output = Done> + Send>>;

/// What has been read.
enum Done {
    /// Everything, with what could not be read.
    Accounts(Option<String>),
    /// The lists of orders and executions.
    Lists,
}

/// Waits for the work under way; for ever when there is none.
async fn working(work: &mut Option<Work>) -> Done {
    match work {
        Some(work) => work.await,
        None => core::future::pending().await,
    }
}

/// One connection while it is served.
struct Shift {
    link: Arc<Link>,
    floor: Option<Floor>,
    client: Arc<ibapi::Client>,
    /// Ended with the shift.
    tasks: JoinSet<()>,
    /// What is being read; one thing at a time.
    work: Option<Work>,
    resync_at: Option<Instant>,
    refresh_at: Instant,
    strange: Duration,
    patience: Duration,
    at_most: Duration,
    foreign: Duration,
    /// Whether the accounts have been read once.
    ready: bool,
    /// Whether TWS has said that a trade was busted.
    busted: bool,
}

impl Shift {
    /// Opens the stream of orders before anything can be sent; whether that worked.
    async fn begin(&mut self) -> bool {
        if !self.open_stream().await {
            return false;
        }
        if let Some(floor) = &self.floor {
            floor.blotter.set_read_only(false);
        }
        self.link.install(Arc::clone(&self.client));
        if self.floor.is_none() {
            self.resync_at = None;
            self.ready = true;
            self.link.announce(&SessionState::Ready);
        }
        true
    }

    async fn open_stream(&mut self) -> bool {
        let Some(floor) = &self.floor else {
            return true;
        };
        match self.client.order_update_stream().await {
            Ok(stream) => {
                let blotter = Arc::clone(&floor.blotter);
                self.tasks
                    .spawn(async move { blotter.listen(stream).await });
                true
            }
            Err(error) => {
                tracing::warn!(%error, "the stream of orders could not be opened");
                false
            }
        }
    }

    fn next_due(&self) -> Instant {
        if self.work.is_some() {
            // Whatever is due waits for it.
            return Instant::now() + self.foreign;
        }
        self.resync_at
            .map_or(self.refresh_at, |at| at.min(self.refresh_at))
    }

    fn start_work(&mut self) {
        let Some(floor) = self.floor.clone() else {
            self.refresh_at = Instant::now() + self.foreign;
            return;
        };
        if self.work.is_some() {
            return;
        }
        let now = Instant::now();
        let link = Arc::clone(&self.link);
        if self.resync_at.is_some_and(|at| at <= now) {
            self.resync_at = None;
            self.work = Some(Box::pin(async move {
                Done::Accounts(resync(&link, &floor.blotter, &floor.money).await)
            }));
        } else if self.refresh_at <= now {
            self.refresh_at = now + self.foreign;
            let busted = std::mem::take(&mut self.busted);
            self.work = Some(Box::pin(async move {
                refresh(&link, &floor.blotter, busted).await;
                Done::Lists
            }));
        }
    }

    /// Everything has to be read anew.
    fn lose(&mut self, cause: &GapCause) {
        if self.floor.is_some() {
            self.link
                .desk()
                .ledgers()
                .iter()
                .for_each(|ledger| ledger.gap(cause.clone()));
            // What is being read now may be from before the gap.
            self.work = None;
            self.resync_at = Some(Instant::now());
        }
    }

    fn publish(&self, condition: &Condition) {
        if self.ready {
            self.link.announce(&condition.state(self.link.now()));
        }
    }

    /// Does what a notice asks for.
    fn meet(&mut self, demand: Demand, condition: &Condition, text: &str) -> Option<End> {
        let lost = || GapCause::BrokerLost {
            notice: BrokerText::text(text),
        };
        match demand {
            Demand::Nothing => {}
            Demand::Announce => {
                if let Some(floor) = &self.floor {
                    floor.blotter.set_read_only(condition.is_read_only());
                }
                self.publish(condition);
            }
            Demand::Resync => {
                self.lose(&lost());
                self.publish(condition);
            }
            Demand::ResyncAndReopen => {
                self.lose(&lost());
                self.link.lines_lost();
                self.publish(condition);
            }
            Demand::Executions => {
                self.busted = true;
                self.refresh_at = Instant::now();
            }
            Demand::Reconnect => return Some(End::Lost(GapCause::BrokerReset)),
        }
        None
    }

    /// Does what a part of the session asks for.
    async fn heed(&mut self, signal: Signal, condition: &Condition) -> Option<End> {
        match signal {
            Signal::Strange(why) => {
                // Reading everything finds it, too.
                let reading = self.resync_at.is_some() || (self.work.is_some() && !self.ready);
                if !reading {
                    tracing::debug!(why, "the lists of TWS are read");
                    self.refresh_at = self.refresh_at.min(Instant::now() + self.strange);
                    // Something that stays strange must not be asked about without end.
                    self.strange = (self.strange * 2).min(self.foreign);
                }
            }
            Signal::Lagged(text) => {
                self.lose(&GapCause::BrokerLost {
                    notice: BrokerText::text(text),
                });
                self.publish(condition);
            }
            Signal::StreamEnded => {
                if !self.client.is_connected() || !self.open_stream().await {
                    return Some(End::Lost(GapCause::Disconnected));
                }
                let notice = BrokerText::text("a message about an order could not be read");
                self.lose(&GapCause::BrokerLost { notice });
            }
        }
        None
    }

    fn finish(&mut self, done: Done, condition: &mut Condition) {
        self.work = None;
        match done {
            Done::Accounts(unread) => {
                if unread.is_some() {
                    self.resync_at = Some(Instant::now() + self.patience);
                    self.patience = (self.patience * 2).min(self.at_most);
                }
                condition.set_unread(unread);
                if !std::mem::replace(&mut self.ready, true)
                    && let Some(floor) = &self.floor
                {
                    self.tasks.spawn(Arc::clone(&floor.money).watch());
                }
                self.refresh_at = Instant::now() + self.foreign;
                self.publish(condition);
            }
            Done::Lists => {
                if self.refresh_at > Instant::now() + self.strange {
                    self.strange = STRANGE;
                }
            }
        }
    }
}

/// Asks for a sign of life again and again; comes back when there is none.
async fn beat(link: Arc<Link>, every: Duration, within: Duration) {
    loop {
        tokio::time::sleep(every).await;
        let signs = link.signs();
        let asked = link.ask(
            "heartbeat",
            |client| async move { client.server_time().await },
        );
        match tokio::time::timeout(within, asked).await {
            Ok(Ok(_)) => {}
            // The budget is used up by others, so the connection is alive.
            Ok(Err(error)) if error.kind() == broker_core::ErrorKind::RateLimited => {}
            // It may refuse to answer because it was asked too often; that is an answer, too.
            Ok(Err(_)) | Err(_) if link.signs() != signs => {}
            Ok(Err(error)) => {
                tracing::warn!(%error, "a heartbeat failed");
                return;
            }
            Err(_) => return,
        }
    }
}
