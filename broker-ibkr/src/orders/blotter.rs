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
use tokio::sync::{mpsc, watch};

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
    accounts: RwLock<Accounts>,
    signals: mpsc::UnboundedSender<Signal>,
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

    pub(super) fn signal(&self, signal: Signal) {
        // Without a supervisor there is no connection to read anew.
        let _closed = self.signals.send(signal);
    }

    /// The connection is gone.
    pub(crate) fn lose(&self) {
        self.register().lose();
    }

    /// Reads what TWS says about orders until the stream ends.
    pub(crate) async fn listen(&self, mut stream: Subscription<OrderUpdate>) {
        while let Some(item) = stream.next().await {
            match item {
                Ok(SubscriptionItem::Data(update)) => self.hear(|register| match &update {
                    OrderUpdate::OpenOrder(data) => register.hear_open_order(data),
                    OrderUpdate::OrderStatus(status) => register.hear_status(status),
                    OrderUpdate::ExecutionData(data) => register.hear_execution(data),
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
        self.signal(Signal::StreamEnded);
    }
}
