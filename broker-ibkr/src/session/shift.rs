//! One connection while it is served: what is read when, and what a word of TWS leads to.

use core::{future::Future, pin::Pin, time::Duration};
use std::sync::Arc;

use broker_core::{SessionState, event::GapCause, model::BrokerText};
use tokio::{task::JoinSet, time::Instant};

use super::{
    Link,
    condition::{Condition, Demand},
    resync::{refresh, resync},
    supervisor::{End, Floor, Signal},
};

/// The shortest pause before the lists are read because of something strange.
pub(super) const STRANGE: Duration = Duration::from_millis(100);

pub(super) type Work = Pin<Box<dyn Future<Output = Done> + Send>>;

/// Readings of the executions after a bust. The first one may be quicker than the stream of orders,
/// which can still have the execution in it that was busted.
const AFTER_BUST: u8 = 2;

/// What has been read.
pub(super) enum Done {
    /// Everything, with what could not be read.
    Accounts(Option<String>),
    /// The lists of orders and executions.
    Lists {
        /// Whether TWS answered about all of them.
        answered: bool,
        /// Whether they were read because a trade was busted.
        busted: bool,
    },
}

/// Waits for the work under way; for ever when there is none.
pub(super) async fn working(work: &mut Option<Work>) -> Done {
    match work {
        Some(work) => work.await,
        None => core::future::pending().await,
    }
}

/// One connection while it is served.
pub(super) struct Shift {
    pub(super) link: Arc<Link>,
    pub(super) floor: Option<Floor>,
    pub(super) client: Arc<ibapi::Client>,
    /// Ended with the shift.
    pub(super) tasks: JoinSet<()>,
    /// What is being read; one thing at a time.
    pub(super) work: Option<Work>,
    pub(super) resync_at: Option<Instant>,
    pub(super) refresh_at: Instant,
    pub(super) strange: Duration,
    pub(super) patience: Duration,
    pub(super) at_most: Duration,
    pub(super) foreign: Duration,
    /// Whether the accounts have been read once.
    pub(super) ready: bool,
    /// When the stream of orders last ended by itself, and how long everything then waited to be read.
    pub(super) stream_ended: Option<(Instant, Duration)>,
    /// How often the executions are still read because TWS has said that a trade was busted.
    pub(super) busts: u8,
}

impl Shift {
    /// Opens the stream of orders before anything can be sent; whether that worked.
    pub(super) async fn begin(&mut self) -> bool {
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

    pub(super) fn next_due(&self) -> Instant {
        if self.work.is_some() {
            // Whatever is due waits for it.
            return Instant::now() + self.foreign;
        }
        self.resync_at
            .map_or(self.refresh_at, |at| at.min(self.refresh_at))
    }

    pub(super) fn start_work(&mut self) {
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
            // What is asked for meanwhile comes after it.
            self.refresh_at = now + self.foreign;
            self.work = Some(Box::pin(async move {
                Done::Accounts(resync(&link, &floor.blotter, &floor.money).await)
            }));
        } else if self.refresh_at <= now {
            self.refresh_at = now + self.foreign;
            let busted = self.busts > 0;
            self.busts = self.busts.saturating_sub(1);
            self.work = Some(Box::pin(async move {
                let answered = refresh(&link, &floor.blotter, busted).await;
                Done::Lists { answered, busted }
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
    pub(super) fn meet(
        &mut self,
        demand: Demand,
        condition: &Condition,
        text: &str,
    ) -> Option<End> {
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
                self.busts = AFTER_BUST;
                self.refresh_at = Instant::now();
            }
            Demand::Reconnect => return Some(End::Lost(GapCause::BrokerReset)),
        }
        None
    }

    /// Does what a part of the session asks for.
    pub(super) async fn heed(&mut self, signal: Signal, condition: &Condition) -> Option<End> {
        match signal {
            Signal::Strange(why) => {
                // Reading everything finds it, too.
                let reading = self.resync_at.is_some() || (self.work.is_some() && !self.ready);
                if !reading {
                    tracing::debug!(why, "the lists of TWS are read");
                    self.refresh_soon();
                }
            }
            // What TWS has done about it may never be told: no answer to a cancel is no answer to
            // whether the order still works.
            Signal::Unanswered => self.refresh_at = Instant::now(),
            // Without its link it may answer when that is back.
            Signal::Mute if condition.is_link_lost() => {}
            Signal::Mute => {
                tracing::warn!("TWS does not answer what it is asked about orders");
                return Some(End::Lost(GapCause::Disconnected));
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
                self.resync_at = Some(Instant::now() + self.pause_after_stream());
            }
        }
        None
    }

    /// How long everything waits to be read after the stream of orders has ended.
    ///
    /// Reading the lists makes TWS repeat each own order. If that is what cannot be read, the stream
    /// ends again, so the pause gets longer as long as it does.
    fn pause_after_stream(&mut self) -> Duration {
        let now = Instant::now();
        let pause = match self.stream_ended {
            Some((at, pause)) if now - at <= pause + self.at_most => {
                (pause * 2).clamp(self.link.deadlines().reconnect_after, self.at_most)
            }
            _ => Duration::ZERO,
        };
        self.stream_ended = Some((now, pause));
        pause
    }

    /// Reads the lists in a while, which gets longer each time: something that stays strange must
    /// not be asked about without end.
    fn refresh_soon(&mut self) {
        self.refresh_at = self.refresh_at.min(Instant::now() + self.strange);
        self.strange = (self.strange * 2).min(self.foreign);
    }

    pub(super) fn finish(&mut self, done: Done, condition: &mut Condition) {
        self.work = None;
        let doubts = self
            .floor
            .as_ref()
            .is_some_and(|floor| floor.blotter.has_doubts());
        if doubts {
            self.refresh_soon();
        }
        match done {
            Done::Accounts(unread) => {
                if unread.is_some() {
                    self.resync_at = Some(Instant::now() + self.patience);
                    self.patience = (self.patience * 2).min(self.at_most);
                } else {
                    self.patience = self.link.deadlines().reconnect_after;
                }
                condition.set_unread(unread);
                if !std::mem::replace(&mut self.ready, true)
                    && let Some(floor) = &self.floor
                {
                    self.tasks.spawn(Arc::clone(&floor.money).watch());
                }
                self.publish(condition);
            }
            Done::Lists {
                answered: false,
                busted,
            } => {
                if busted {
                    self.busts = AFTER_BUST;
                }
                self.refresh_soon();
            }
            Done::Lists { .. } => {
                if self.busts > 0 {
                    self.refresh_at = self.refresh_at.min(Instant::now() + STRANGE);
                }
                if self.refresh_at > Instant::now() + self.strange {
                    self.strange = STRANGE;
                }
            }
        }
    }
}

/// Asks for a sign of life again and again; comes back when there is none.
pub(super) async fn beat(link: Arc<Link>, every: Duration, within: Duration) {
    loop {
        tokio::time::sleep(every).await;
        let signs = link.signs();
        match link.sign_of_life(within).await {
            Ok(()) => {}
            // The budget is used up by others, so the connection is alive.
            Err(error) if error.kind() == broker_core::ErrorKind::RateLimited => {}
            // It may refuse to answer because it was asked too often; that is an answer, too.
            Err(_) if link.signs() != signs => {}
            Err(error) => {
                tracing::warn!(%error, "a heartbeat failed");
                return;
            }
        }
    }
}
