use core::fmt::Debug;

use async_trait::async_trait;
use broker_core::{
    Result,
    model::{Fill, Order},
};

use super::{BustedFill, Damage, Entry, Intent, IntentId, JournalFilter, NewIntent, StoreHealth};

/// Where a journal is kept. Whoever reads it finds everything that was recorded before, durable or not.
#[async_trait]
pub trait JournalStore: Send + Sync + Debug + 'static {
    /// Writes intents down, all or none. `Ok` means that they survive a crash of the machine.
    ///
    /// # Errors
    /// [`Duplicate`](broker_core::ErrorKind::Duplicate) when one of them takes an identifier that an
    /// earlier intent of the account has taken and that was not refused;
    /// [`Io`](broker_core::ErrorKind::Io) when it could not be made durable.
    async fn begin(&self, intents: Vec<NewIntent>) -> Result<Vec<IntentId>>;

    /// Writes down what became known, in the order given, without anybody waiting for it. What cannot
    /// be written now is kept and tried again; [`health`](Self::health) says so.
    fn record(&self, entries: Vec<Entry>);

    /// Waits until everything that was recorded is durable.
    ///
    /// # Errors
    /// [`Io`](broker_core::ErrorKind::Io) when it could not be made durable.
    async fn flush(&self) -> Result<()>;

    /// How it is doing.
    fn health(&self) -> StoreHealth;

    /// Damage that was found so far.
    fn damage(&self) -> Vec<Damage>;

    /// Intents, oldest first.
    ///
    /// # Errors
    /// [`Io`](broker_core::ErrorKind::Io) when it cannot be read.
    async fn intents(&self, filter: &JournalFilter) -> Result<Vec<Intent>>;

    /// Orders as they were last seen, by the time of their last change.
    ///
    /// # Errors
    /// [`Io`](broker_core::ErrorKind::Io) when it cannot be read.
    async fn orders(&self, filter: &JournalFilter) -> Result<Vec<Order>>;

    /// Fills that count, by the time of their execution.
    ///
    /// # Errors
    /// [`Io`](broker_core::ErrorKind::Io) when it cannot be read.
    async fn fills(&self, filter: &JournalFilter) -> Result<Vec<Fill>>;

    /// Fills that counted once and were taken back, by the time of their execution.
    ///
    /// # Errors
    /// [`Io`](broker_core::ErrorKind::Io) when it cannot be read.
    async fn busted_fills(&self, filter: &JournalFilter) -> Result<Vec<BustedFill>>;
}
