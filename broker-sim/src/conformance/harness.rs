use std::sync::Arc;

use async_trait::async_trait;
use broker_core::{
    Broker, Result,
    model::{AccountId, Instrument, Price},
};
use chrono::TimeDelta;

use super::{Market, Truth, World};
use crate::fault::Fault;

/// Starts brokers for the checks. One per adapter.
#[async_trait]
pub trait Harness: Send + Sync {
    /// A fresh broker in a fresh world: nothing that an earlier rig did is seen.
    ///
    /// The session is [`Ready`](broker_core::SessionState::Ready) and the world is as [`World`]
    /// says. Several rigs may live at the same time, so nothing has a fixed port or path.
    ///
    /// # Errors
    /// When the broker could not be started; the check fails with the error.
    async fn start(&self) -> Result<Box<dyn Rig>>;
}

/// Whether a rig could do what a check asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a check whose fault did not happen proves nothing"]
pub enum Injection {
    /// It has happened, or is armed and will.
    Done,
    /// This world cannot do it; the check is skipped with the reason.
    NotPossible(String),
}

/// One running broker and the world behind it.
///
/// The world runs on simulated time, which moves only with [`advance`](Self::advance); an adapter
/// that lives on the machine's clock may let both run, as long as every span that is asked for has
/// passed in the world when `advance` returns.
#[async_trait]
pub trait Rig: Send + Sync {
    /// The broker under test; after a [`restart`](Self::restart) the new one.
    fn broker(&self) -> Arc<dyn Broker>;

    /// What there is to trade.
    fn world(&self) -> World;

    /// The market of an instrument as it is now in the world; `None` when nobody quotes it.
    async fn market(&self, instrument: &Instrument) -> Option<Market>;

    /// What the broker really has, read behind the adapter's back.
    async fn truth(&self, account: &AccountId) -> Truth;

    /// Makes something go wrong.
    ///
    /// A fault that strikes a command ([`Fault::strikes_command`]) is armed for the next submit,
    /// replace or cancel and for nothing else. Faults of reports are armed for the next reports.
    /// Everything else happens before this returns. Each fault strikes once; durations are simulated
    /// time.
    async fn inject(&self, fault: Fault) -> Injection;

    /// Lets simulated time pass; returns when the world has done all that was due.
    async fn advance(&self, span: TimeDelta);

    /// Returns when everything that the broker has sent so far has reached the ledgers and lines,
    /// and everything that the adapter has sent so far has reached the broker. Returns at once while
    /// there is no connection.
    async fn settle(&self);

    /// A new process in the same world: the old broker object is dead, the new one remembers nothing
    /// and is `Ready`.
    ///
    /// # Errors
    /// When the broker could not be started again.
    async fn restart(&self) -> Result<Arc<dyn Broker>>;

    /// Moves the market of an instrument to a price: what rests between is executed as far as orders
    /// of the accounts are concerned, one trade prints at `to`, and the market stays there.
    async fn move_market(&self, instrument: &Instrument, to: Price) -> Injection {
        let _ = (instrument, to);
        Injection::NotPossible("the market of this rig cannot be moved".into())
    }

    /// Market data lines open now as the server counts them; `None` when it does not count.
    fn upstream_lines(&self) -> Option<usize> {
        None
    }

    /// Every secret that the broker was configured with. None of them may ever be printed.
    fn secrets(&self) -> Vec<String> {
        Vec::new()
    }
}
