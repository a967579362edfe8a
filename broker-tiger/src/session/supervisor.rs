//! Keeps the ledgers current: reads what was pushed about, looks in between, starts anew after a gap.

use std::sync::Arc;

use broker_core::{Error, ErrorKind, SessionState, event::GapCause, model::BrokerText};
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, sleep_until},
};

use super::{Link, Permissions, QuoteAccess, Signal, condition::Condition, resync::resync};
use crate::{
    TokenState,
    orders::Blotter,
    portfolio::Money,
    push::{Inbox, PushEvent, Pushed},
    transport::{Call, Method, Parameters},
};

/// The shortest time between two readings of the lists: 120 in a minute are allowed.
const SPACING: core::time::Duration = core::time::Duration::from_millis(500);
/// The shortest time between two readings of the figures, of which 60 in a minute are allowed.
const FIGURES: core::time::Duration = core::time::Duration::from_secs(2);

/// The keeper of one session.
pub(crate) struct Supervisor {
    pub(crate) link: Arc<Link>,
    pub(crate) blotter: Arc<Blotter>,
    pub(crate) money: Arc<Money>,
    pub(crate) token: watch::Receiver<TokenState>,
    pub(crate) permissions: Arc<Permissions>,
    pub(crate) access: watch::Receiver<QuoteAccess>,
    pub(crate) signals: mpsc::UnboundedReceiver<Signal>,
    /// What the push service says; `None` when it is not used.
    pub(crate) pushed: Option<Inbox>,
    pub(crate) closing: watch::Receiver<bool>,
}

/// When what is due.
struct Due {
    /// When everything is read anew. Nothing else is read before it after a gap; where only a part was not
    /// answered, the others are followed meanwhile.
    resync: Option<Instant>,
    orders: Instant,
    figures: Option<Instant>,
    holdings: Instant,
    last_orders: Option<Instant>,
    patience: core::time::Duration,
}

impl Due {
    /// The next instant at which something is due; `read` is whether the accounts have been read since
    /// the last gap.
    fn next(&self, read: bool) -> Instant {
        if let Some(resync) = self.resync.filter(|_| !read) {
            return resync;
        }
        let next = self.orders.min(self.holdings);
        let others = [self.figures, self.resync];
        others.into_iter().flatten().fold(next, Instant::min)
    }
}

impl Supervisor {
    /// Serves the session until it is closed.
    pub(crate) async fn run(mut self) {
        let mut closing = self.closing.clone();
        tokio::select! {
            biased;
            // A session that nobody holds any more is closed, too.
            _gone = closing.wait_for(|closing| *closing) => {}
            () = self.serve() => {}
        }
        self.link.announce(&SessionState::Closed);
    }

    async fn serve(&mut self) {
        let deadlines = *self.link.deadlines();
        let mut condition = Condition {
            // Connecting has asked already.
            reachable: true,
            push: self
                .pushed
                .as_ref()
                .map(|_| "nothing is pushed yet".to_owned()),
            ..Condition::default()
        };
        let now = Instant::now();
        let mut due = Due {
            resync: Some(now),
            orders: now,
            figures: None,
            holdings: now + deadlines.holdings,
            last_orders: None,
            patience: deadlines.reconnect_after,
        };
        let state = self.token.borrow_and_update().clone();
        condition.take_token(&state);
        let mut heard = false;
        loop {
            let next = due.next(condition.read);
            // However much is pushed, what is due has its turn after every push.
            let overdue = heard && next <= Instant::now();
            heard = false;
            tokio::select! {
                biased;
                changed = self.token.changed() => {
                    if changed.is_err() {
                        // The client is gone, and the broker with it.
                        return;
                    }
                    let state = self.token.borrow_and_update().clone();
                    if condition.take_token(&state) {
                        due.resync = Some(Instant::now());
                    }
                    self.publish(&condition);
                }
                () = core::future::ready(()), if overdue => {
                    self.work(&mut condition, &mut due).await;
                }
                event = next_event(&mut self.pushed) => {
                    heard = true;
                    self.heed(event, &mut condition, &mut due).await;
                }
                Some(signal) = self.signals.recv() => match signal {
                    Signal::Orders => self.orders_soon(&mut due),
                    // The question must not hold the orders up.
                    Signal::NoQuotePermission => {
                        let permissions = Arc::clone(&self.permissions);
                        tokio::spawn(async move { permissions.look().await });
                    }
                },
                Ok(()) = self.access.changed() => {
                    let access = self.access.borrow_and_update().clone();
                    condition.take_access(&access);
                    self.publish(&condition);
                }
                () = sleep_until(next) => self.work(&mut condition, &mut due).await,
            }
        }
    }

    fn publish(&self, condition: &Condition) {
        self.link.announce(&condition.state());
    }

    fn orders_soon(&self, due: &mut Due) {
        let now = Instant::now();
        let earliest = due.last_orders.map_or(now, |last| last + SPACING);
        due.orders = due.orders.min(earliest.max(now));
    }

    /// Something may have been lost. Told before the state of the session is: whoever sees the state must
    /// not find a ledger that claims to know everything.
    fn lose(&self, cause: &GapCause, due: &mut Due) {
        for ledger in self.link.desk().ledgers() {
            ledger.gap(cause.clone());
        }
        due.resync = Some(Instant::now());
    }

    /// Does what is due.
    async fn work(&mut self, condition: &mut Condition, due: &mut Due) {
        let now = Instant::now();
        if due.resync.is_some_and(|at| at <= now) {
            return self.read_anew(condition, due).await;
        }
        if due.resync.is_some() && !condition.read {
            return;
        }
        if due.orders <= now {
            due.last_orders = Some(now);
            due.orders = now + self.pause(condition);
            for account in self.blotter.accounts().to_vec() {
                match self.blotter.refresh(&account).await {
                    Ok(read) if read.again => {
                        let soon = Instant::now() + SPACING * 2;
                        due.orders = due.orders.min(soon);
                    }
                    Ok(_) => {}
                    Err(error) => return self.failed(&error, condition, due),
                }
            }
        }
        if due.figures.is_some_and(|at| at <= now) {
            due.figures = None;
            for account in self.blotter.accounts() {
                self.money.refresh_figures(account).await;
            }
        }
        if due.holdings <= now {
            due.holdings = now + self.link.deadlines().holdings;
            due.figures = None;
            for account in self.blotter.accounts() {
                self.money.refresh(account).await;
            }
        }
    }

    /// How long after a reading the next one is due if nothing is heard.
    fn pause(&self, condition: &Condition) -> core::time::Duration {
        let deadlines = self.link.deadlines();
        let pushed = self.pushed.is_some() && condition.push.is_none();
        if !pushed && self.blotter.has_open_orders() {
            deadlines.poll
        } else {
            deadlines.look
        }
    }

    /// A reading failed: whether Tiger can be reached at all decides what it means.
    fn failed(&self, error: &Error, condition: &mut Condition, due: &mut Due) {
        match error.kind() {
            // Others use up the budget; nothing is known to be lost.
            ErrorKind::RateLimited => {
                due.orders = Instant::now() + self.link.deadlines().reconnect_after * 2;
            }
            ErrorKind::Authentication | ErrorKind::TokenExpired | ErrorKind::PermissionDenied => {
                condition.auth = Some(error.to_string());
                condition.read = false;
                self.lose(&GapCause::Disconnected, due);
                self.publish(condition);
                due.resync = Some(Instant::now() + self.link.deadlines().reconnect_at_most);
            }
            _ => {
                tracing::warn!(%error, "Tiger's lists cannot be read");
                condition.reachable = false;
                condition.read = false;
                self.lose(&GapCause::Disconnected, due);
                self.publish(condition);
                self.back_off(due);
            }
        }
    }

    fn back_off(&self, due: &mut Due) {
        due.resync = Some(Instant::now() + due.patience);
        due.patience = (due.patience * 2).min(self.link.deadlines().reconnect_at_most);
    }

    /// Reads everything anew, if Tiger can be reached.
    async fn read_anew(&mut self, condition: &mut Condition, due: &mut Due) {
        if let Err(error) = self.probe().await {
            tracing::debug!(%error, "Tiger cannot be asked");
            condition.reachable = !error.is_connection() && error.kind() != ErrorKind::Protocol;
            let refused = matches!(
                error.kind(),
                ErrorKind::Authentication | ErrorKind::TokenExpired | ErrorKind::PermissionDenied
            );
            condition.auth = refused.then(|| error.to_string());
            condition.read = false;
            self.publish(condition);
            return self.back_off(due);
        }
        condition.reachable = true;
        condition.auth = None;
        let state = self.token.borrow().clone();
        condition.take_token(&state);
        due.resync = None;
        let unread = resync(&self.link, &self.blotter, &self.money).await;
        condition.read = true;
        if unread.is_some() {
            self.back_off(due);
        } else {
            due.patience = self.link.deadlines().reconnect_after;
        }
        condition.unread = unread;
        let now = Instant::now();
        due.last_orders = Some(now);
        due.orders = now + self.pause(condition);
        due.holdings = now + self.link.deadlines().holdings;
        self.publish(condition);
    }

    /// The cheapest question there is, asked once.
    async fn probe(&self) -> broker_core::Result<()> {
        let call = Call::new(Method::ACCOUNTS, Parameters::default());
        let gateway = self.link.gateway()?;
        gateway.ask_once_now(&call).await
    }

    /// Takes what the push service says.
    async fn heed(&mut self, event: PushEvent, condition: &mut Condition, due: &mut Due) {
        match event {
            PushEvent::Connected => {
                condition.push = None;
                condition.displaced = None;
                // What happened before the subscriptions is in the lists.
                self.orders_soon(due);
                figures_soon(due);
                self.publish(condition);
            }
            PushEvent::Trouble(why) => {
                condition.push = Some(why);
                self.publish(condition);
            }
            PushEvent::Lost(why) => {
                condition.push = Some(format!("nothing is pushed: {why}"));
                if self.probe().await.is_err() {
                    condition.reachable = false;
                    condition.read = false;
                }
                self.lose(&GapCause::Disconnected, due);
                self.publish(condition);
            }
            PushEvent::Displaced(by) => {
                condition.push = Some("another connection of the developer gets the pushes".into());
                condition.displaced = Some(by.clone());
                let notice = BrokerText::text(by);
                self.lose(&GapCause::BrokerLost { notice }, due);
                self.publish(condition);
            }
            PushEvent::Data(Pushed::Orders) => self.orders_soon(due),
            PushEvent::Data(Pushed::Figures) => figures_soon(due),
            PushEvent::Data(Pushed::Position(account, told, row)) => {
                if !self.blotter.accounts().contains(&account) {
                    return;
                }
                let taken = self.money.take_pushed(&account, &told, &row).await;
                if let Err(error) = &taken {
                    tracing::debug!(%error, "a pushed position cannot be read");
                }
                if taken.unwrap_or(true) {
                    due.holdings = due.holdings.min(Instant::now() + FIGURES * 5);
                }
            }
        }
    }
}

fn figures_soon(due: &mut Due) {
    due.figures.get_or_insert(Instant::now() + FIGURES);
}

async fn next_event(pushed: &mut Option<Inbox>) -> PushEvent {
    if let Some(events) = pushed
        && let Some(event) = events.recv().await
    {
        return event;
    }
    core::future::pending().await
}
