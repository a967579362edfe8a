//! The orders of one connection: what is known about them, and the one way to send.

use core::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use broker_core::{
    Error, ErrorKind, Result,
    model::{AccountId, Environment},
};
use futures_util::StreamExt as _;
use ibapi::{
    orders::OrderUpdate,
    subscriptions::{Subscription, SubscriptionItem},
};
use tokio::{
    sync::{mpsc, watch},
    time::Instant,
};

use super::{
    question::Inquiry,
    register::{Register, Said},
};
use crate::{
    instrument::Book,
    session::{Link, Signal},
};

/// The orders of one connection.
pub(crate) struct Blotter {
    pub(super) link: Arc<Link>,
    pub(super) book: Arc<Book>,
    pub(super) client_id: i32,
    pub(super) environment: Environment,
    register: Mutex<Register>,
    /// Held from taking an order id until the order is written: ids must reach the socket in rising
    /// order (protocol notes, section 1.5).
    pub(super) sending: tokio::sync::Mutex<()>,
    pub(super) inquiry: Inquiry,
    pub(super) read_only: watch::Sender<bool>,
    hearing: Hearing,
    accounts: RwLock<Accounts>,
    signals: mpsc::UnboundedSender<Signal>,
}

/// How far what TWS says has been taken in.
#[derive(Debug, Default)]
struct Hearing {
    /// The last time that somebody asked.
    asked: watch::Sender<u64>,
    /// The last question before which everything had been taken in.
    caught_up: watch::Sender<u64>,
}

#[derive(Debug, Default, Clone)]
struct Accounts {
    used: Vec<AccountId>,
    /// Whether the login has no account but these.
    whole: bool,
}

impl fmt::Debug for Blotter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Blotter")
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

impl Blotter {
    pub(crate) fn new(
        link: Arc<Link>,
        book: Arc<Book>,
        client_id: i32,
        environment: Environment,
        signals: mpsc::UnboundedSender<Signal>,
    ) -> Arc<Self> {
        let read_only = watch::Sender::new(false);
        let inquiry = Inquiry::new(Arc::clone(&link), read_only.clone(), signals.clone());
        Arc::new(Self {
            link,
            book,
            client_id,
            environment,
            register: Mutex::default(),
            sending: tokio::sync::Mutex::default(),
            inquiry,
            read_only,
            hearing: Hearing::default(),
            accounts: RwLock::default(),
            signals,
        })
    }

    pub(crate) fn set_accounts(&self, used: Vec<AccountId>, whole: bool) {
        *self
            .accounts
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Accounts { used, whole };
    }

    pub(crate) fn accounts(&self) -> Vec<AccountId> {
        self.accounts
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .used
            .clone()
    }

    /// Whether the account is the only one of the login.
    pub(super) fn is_only(&self, account: &AccountId) -> bool {
        let accounts = self.accounts.read().unwrap_or_else(PoisonError::into_inner);
        accounts.whole && accounts.used == [account.clone()]
    }

    pub(crate) fn check_account(&self, account: &AccountId) -> Result<()> {
        let accounts = self.accounts.read().unwrap_or_else(PoisonError::into_inner);
        if accounts.used.contains(account) {
            return Ok(());
        }
        let message = format!("there is no account {account} at this broker");
        Err(Error::new(ErrorKind::NotFound, message).at_field("account"))
    }

    pub(crate) fn is_read_only(&self) -> bool {
        *self.read_only.borrow()
    }

    pub(crate) fn set_read_only(&self, read_only: bool) {
        self.read_only.send_replace(read_only);
    }

    pub(super) fn register(&self) -> MutexGuard<'_, Register> {
        self.register.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes something in and passes on what it comes to, in the order in which it was said.
    pub(super) fn hear(&self, take: impl FnOnce(&mut Register) -> Vec<Said>) {
        let mut register = self.register();
        for said in take(&mut register) {
            match said {
                Said::Report(account, report) => {
                    if let Ok(ledger) = self.link.desk().ledger(&account) {
                        ledger.report(*report);
                    }
                }
                Said::Notice(account, notice) => {
                    if let Ok(ledger) = self.link.desk().ledger(&account) {
                        ledger.notice(notice);
                    }
                }
                Said::Strange(why) => self.signal(Signal::Strange(why)),
            }
        }
    }

    pub(crate) fn signal(&self, signal: Signal) {
        // Without a supervisor there is no connection to read anew.
        let _closed = self.signals.send(signal);
    }

    /// Waits for the right to write orders, which holds as long as its guard.
    ///
    /// # Errors
    /// [`ErrorKind::Timeout`] when others have it for too long.
    pub(super) async fn in_order(&self, until: Instant) -> Result<tokio::sync::MutexGuard<'_, ()>> {
        let waiting = tokio::time::timeout_at(until, self.sending.lock());
        waiting.await.map_err(|_| {
            let message = "other orders took all the time to be written; this one was not sent";
            Error::new(ErrorKind::Timeout, message)
        })
    }

    /// The connection is gone.
    pub(crate) fn lose(&self) {
        self.register().lose();
    }

    /// Waits until everything has been taken in that TWS has said about orders before this call. An
    /// answer of TWS may wake up who asked before what it said earlier about an order is read.
    ///
    /// # Errors
    /// [`ErrorKind::Timeout`] when that takes too long, and without a connection.
    pub(super) async fn catch_up(&self, until: Instant) -> Result<()> {
        let mut question = 0;
        self.hearing.asked.send_modify(|asked| {
            *asked += 1;
            question = *asked;
        });
        let mut caught_up = self.hearing.caught_up.subscribe();
        let waiting = caught_up.wait_for(|caught_up| *caught_up >= question);
        match tokio::time::timeout_at(until, waiting).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) | Err(_) => {
                let message = "what TWS said about orders could not be read in time";
                Err(Error::new(ErrorKind::Timeout, message))
            }
        }
    }

    /// Rises whenever somebody waits for what TWS has said.
    #[cfg(test)]
    pub(super) fn questions(&self) -> watch::Receiver<u64> {
        self.hearing.asked.subscribe()
    }

    /// Reads what TWS says about orders until the stream ends.
    pub(crate) async fn listen(&self, mut stream: Subscription<OrderUpdate>) {
        let mut asked = self.hearing.asked.subscribe();
        // Who asked before there was a stream waits, too.
        asked.mark_changed();
        loop {
            let item = tokio::select! {
                // What has been said comes first.
                biased;
                item = stream.next() => item,
                Ok(()) = asked.changed() => {
                    let question = *asked.borrow_and_update();
                    self.hearing.caught_up.send_replace(question);
                    continue;
                }
            };
            let Some(item) = item else { break };
            match item {
                Ok(SubscriptionItem::Data(update)) => self.hear(|register| match &update {
                    OrderUpdate::OpenOrder(data) => register.hear_open_order(data),
                    OrderUpdate::OrderStatus(status) => register.hear_status(status),
                    OrderUpdate::ExecutionData(data) => {
                        register.hear_execution(data, self.link.now())
                    }
                    OrderUpdate::CommissionReport(report) => register.hear_commission(report),
                    // Only the ids of an order that a person placed; the lists tell the rest.
                    OrderUpdate::OrderBound(_) => vec![Said::Strange("an order was bound")],
                }),
                Ok(SubscriptionItem::Notice(notice))
                    if notice.code == ibapi::SUBSCRIPTION_LAG_CODE =>
                {
                    self.signal(Signal::Lagged(notice.message));
                }
                Ok(SubscriptionItem::Notice(notice)) => {
                    self.hear(|register| register.hear_notice(self.client_id, &notice));
                }
                // A message that cannot be read ends the stream; it is opened anew.
                Err(error) => {
                    tracing::warn!(%error, "the stream of orders ended");
                    break;
                }
            }
        }
        // Before anybody opens it again: there can be only one.
        drop(stream);
        self.signal(Signal::StreamEnded);
    }
}
