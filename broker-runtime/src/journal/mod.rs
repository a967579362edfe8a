//! What was to be sent, written down before it is, and what became of it.
//!
//! [`JournalStore`] is where it is kept ([`MemoryStore`], and `SqliteStore` with the feature `sqlite`);
//! the layer [`Journal`](crate::layer::Journal) writes, follows the ledgers, strikes out what
//! was busted while no process ran, and reconciles on start.

mod entry;
mod follow;
mod memory;
mod recovery;
#[cfg(feature = "sqlite")]
mod sqlite;
mod store;
mod strike;

pub(crate) use entry::outcomes;
pub use entry::{
    Action, BustedFill, Damage, Entry, Intent, IntentId, IntentOutcome, JournalFilter, NewIntent,
    StoreHealth,
};
pub(crate) use follow::follow;
pub use memory::MemoryStore;
pub use recovery::Recovery;
pub(crate) use recovery::recover;
#[cfg(feature = "sqlite")]
pub use sqlite::{JournalHeld, SqliteStore};
pub use store::JournalStore;

use broker_core::{Error, ErrorKind, model::ClientOrderId};

/// The error for an identifier that an earlier intent has taken.
fn duplicate(id: Option<&ClientOrderId>) -> Error {
    let id = id.map_or("", ClientOrderId::as_str);
    let message = format!("the journal has an intent {id} already; nothing was sent again");
    Error::new(ErrorKind::Duplicate, message).at_field("client_order_id")
}
