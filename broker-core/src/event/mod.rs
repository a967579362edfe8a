//! What happens to an account, in order and without silent holes (promises P7 to P9).
//!
//! An adapter feeds a [`Ledger`] with raw reports; the ledger folds them, numbers them, holds back
//! what arrives while a snapshot is being taken, and hands every reader the same sequence. No
//! adapter writes any of this itself.
//!
//! # The order of events
//!
//! 1. Every event has a [`Position`]: an epoch, which rises with each new broker session, and a
//!    sequence number, which rises by one within it.
//! 2. An epoch begins with `Session(Ready)` and a `Snapshot`; changes follow. What arrives while the
//!    snapshot is being taken comes after it, without repetitions.
//! 3. A reader that joins late or cannot keep up is *placed*: it gets a `Gap` (only if it missed
//!    something), the session state and a `Snapshot`, all at the position that the snapshot
//!    describes; the next change has the next number. `Closed` comes after the snapshot.
//! 4. After a `Gap` nothing derived from earlier events is to be trusted before the next `Snapshot`.
//!    Changes may come in between; each carries the whole order, position or figures.
//! 5. A fill that counted and was busted while nobody was told is missing from the snapshot, and told
//!    right after it: an execution of the kind `TradeCancel` with
//!    [`UnreportedBust`](crate::order_state::OrderWarning::UnreportedBust).
//! 6. The stream ends after `Session(Closed)` and never because the reader was slow.
//!
//! [`SequenceCheck`] checks these rules for any reader.

mod body;
mod identifiers;
mod ledger;
mod order_watch;
mod reader;
mod sequence_check;
mod snapshot;
mod state;
mod unlisted;

#[cfg(test)]
mod any_history_tests;
#[cfg(test)]
mod ledger_tests;
#[cfg(test)]
mod one_ledger;
#[cfg(test)]
mod order_watch_tests;
#[cfg(test)]
mod reader_tests;
#[cfg(test)]
mod sequence_check_tests;
#[cfg(test)]
mod unlisted_tests;

pub use body::{Event, EventBody, GapCause, Notice, Position, Severity};
pub use ledger::{Baseline, Ledger, SnapshotTicket};
pub use reader::EventReader;
pub use sequence_check::{SequenceCheck, SequenceFault};
pub use snapshot::Snapshot;
