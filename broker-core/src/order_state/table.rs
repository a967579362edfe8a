//! The transition table.
//!
//! | report | from | to |
//! |---|---|---|
//! | `PendingNew` | `PendingNew`, `Unconfirmed` | `PendingNew` |
//! | `New`, `Triggered` | anything open, `Rejected` (with a warning) | working |
//! | `Trade`, `TradeCorrect`, `TradeCancel` | anything | by quantity, see below |
//! | `PendingCancel`, `PendingReplace` | anything open | the same |
//! | `Canceled`, `Expired` | anything open | the same, or `Filled` when all of it is filled |
//! | `CancelRejected`, `ReplaceRejected` | `PendingCancel`, `PendingReplace` | working |
//! | `Replaced` | anything open | working, or `Filled` when the new quantity is reached |
//! | `Rejected` | anything open | `Rejected`, or `Filled` when all of it is filled |
//! | `DoneForDay`, `Suspended` | anything open | the same |
//! | `Status` | see [`stated`] | |
//! | `Unconfirmed` | `PendingNew` | `Unconfirmed` |
//! | `Unlisted` | anything open | `Unconfirmed` (with a warning) |
//! | `ProvenAbsent` | `PendingNew`, `Unconfirmed` unless `Unlisted` | `Rejected` |
//!
//! *Working* is `New` without fills and `PartiallyFilled` with some; while a cancel or replace is
//! under way it stays `PendingCancel` or `PendingReplace`.
//!
//! Fills are the truth. When they reach the quantity the order is `Filled`, wherever it stood. A
//! fill that arrives after the end of an order reopens it, with a warning, unless it was executed
//! before the end: then only the quantity changes. A bust takes a `Filled` order back, to the end that the
//! broker has reported if it has reported one, and leaves other ends as they are. A trade never takes a
//! `Filled` order back: `Filled` may have been stated before its executions arrive.
//!
//! An order that has been `Unlisted` was at the broker, so that no lookup proves that it never was: it
//! leaves `Unconfirmed` only by a report of the broker.
//!
//! A report that contradicts an end ([`Next::Stale`]) changes nothing and is told to the reader.

use crate::model::{ExecutionKind, OrderStatus};

/// How much of an order is filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Nothing.
    None,
    /// Some, or an unknown part of an order by cash amount.
    Partial,
    /// All of it, or more.
    Full,
}

/// When a fill was executed, seen from an order that has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FillTime {
    /// Before the end, or within the quantity that the broker stated at the end.
    BeforeEnd,
    /// After the end, or nobody knows.
    AfterEnd,
}

/// What a report does to a status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// The status is now this one.
    To(OrderStatus),
    /// The status is now this one although the order had ended: a warning is due.
    Reopen(OrderStatus),
    /// The status stays.
    Keep,
    /// The report contradicts what is known; nothing changes and a warning is due.
    Stale,
}

/// The status of an order that works.
fn working(progress: Progress) -> OrderStatus {
    match progress {
        Progress::None => OrderStatus::New,
        Progress::Partial => OrderStatus::PartiallyFilled,
        Progress::Full => OrderStatus::Filled,
    }
}

/// The next status. `progress` already counts what the report brings.
#[must_use]
pub fn transition(
    from: &OrderStatus,
    report: &ExecutionKind,
    progress: Progress,
    fill_time: FillTime,
) -> Next {
    use ExecutionKind as K;
    use OrderStatus as S;
    match report {
        K::PendingNew => match from {
            S::PendingNew | S::Unconfirmed => Next::To(S::PendingNew),
            _ => Next::Keep,
        },
        K::New | K::Triggered => match from {
            S::Filled | S::Canceled | S::Expired => Next::Stale,
            S::Rejected => Next::Reopen(working(progress)),
            S::PendingCancel | S::PendingReplace => Next::Keep,
            _ => Next::To(working(progress)),
        },
        // The broker has said that all is filled; the executions that prove it come one by one.
        K::Trade { .. } if *from == S::Filled => Next::Keep,
        // A bust only lowers the quantity: it brings no ended order back.
        K::TradeCancel { .. } if matches!(from, S::Canceled | S::Expired | S::Rejected) => {
            Next::Keep
        }
        K::Trade { .. } | K::TradeCorrect { .. } | K::TradeCancel { .. } => {
            filled(from, progress, fill_time)
        }
        K::Commission { .. } => Next::Keep,
        K::PendingCancel => open_only(from, S::PendingCancel),
        K::PendingReplace => match from {
            // A cancel under way outranks a replace under way.
            S::PendingCancel => Next::Keep,
            _ => open_only(from, S::PendingReplace),
        },
        K::Canceled => ended(from, S::Canceled, progress),
        K::Expired => ended(from, S::Expired, progress),
        K::Rejected => ended(from, S::Rejected, progress),
        K::CancelRejected => match from {
            S::PendingCancel => Next::To(working(progress)),
            _ => Next::Keep,
        },
        K::ReplaceRejected => match from {
            S::PendingReplace => Next::To(working(progress)),
            _ => Next::Keep,
        },
        K::Replaced { .. } => match from {
            S::Filled if progress != Progress::Full => Next::Reopen(working(progress)),
            S::Filled => Next::Keep,
            S::Canceled | S::Expired | S::Rejected => Next::Stale,
            S::PendingCancel if progress != Progress::Full => Next::Keep,
            _ => Next::To(working(progress)),
        },
        K::Restated { .. } => match from {
            S::Canceled | S::Expired | S::Rejected => Next::Stale,
            _ if progress == Progress::Full => Next::To(S::Filled),
            S::Filled => Next::Reopen(working(progress)),
            S::New | S::PartiallyFilled => Next::To(working(progress)),
            _ => Next::Keep,
        },
        K::DoneForDay => open_only(from, S::DoneForDay),
        K::Suspended => open_only(from, S::Suspended),
        K::Status { status } => stated(from, status, progress),
        K::Unconfirmed => match from {
            S::PendingNew | S::Unconfirmed => Next::To(S::Unconfirmed),
            _ => Next::Keep,
        },
        K::Unlisted => {
            if from.is_final() {
                Next::Keep
            } else {
                Next::To(S::Unconfirmed)
            }
        }
        K::ProvenAbsent => match from {
            S::PendingNew | S::Unconfirmed if progress == Progress::None => Next::To(S::Rejected),
            S::Rejected => Next::Keep,
            _ => Next::Stale,
        },
    }
}

/// After fills changed.
fn filled(from: &OrderStatus, progress: Progress, fill_time: FillTime) -> Next {
    use OrderStatus as S;
    match (from, progress) {
        (S::Canceled | S::Expired | S::Rejected, Progress::Full) => Next::Reopen(S::Filled),
        (_, Progress::Full) => Next::To(S::Filled),
        (S::Canceled | S::Expired, _) if fill_time == FillTime::BeforeEnd => Next::Keep,
        (S::Canceled | S::Expired | S::Rejected, Progress::Partial) => {
            Next::Reopen(S::PartiallyFilled)
        }
        (S::Filled, _) => Next::Reopen(working(progress)),
        // A bust that leaves nothing filled confirms nothing.
        (S::PendingCancel | S::PendingReplace, _)
        | (
            S::Canceled | S::Expired | S::Rejected | S::Unconfirmed | S::PendingNew,
            Progress::None,
        ) => Next::Keep,
        _ => Next::To(working(progress)),
    }
}

fn open_only(from: &OrderStatus, to: OrderStatus) -> Next {
    if from.is_final() {
        Next::Stale
    } else {
        Next::To(to)
    }
}

fn ended(from: &OrderStatus, to: OrderStatus, progress: Progress) -> Next {
    if *from == to {
        Next::Keep
    } else if from.is_final() {
        Next::Stale
    } else if progress == Progress::Full {
        Next::To(OrderStatus::Filled)
    } else {
        Next::To(to)
    }
}

/// After the broker stated a status, which may be old news.
///
/// An end is believed. A statement that the order lives is believed unless an end is known; it may
/// undo `Rejected` and `Unconfirmed`, which can be mistakes, but not `Canceled`, `Expired` or
/// `Filled`.
#[must_use]
pub fn stated(from: &OrderStatus, status: &OrderStatus, progress: Progress) -> Next {
    use OrderStatus as S;
    match status {
        // Also from the same status: the report may count more than is known.
        S::New | S::PartiallyFilled => match from {
            S::Filled | S::Canceled | S::Expired => Next::Stale,
            S::Rejected => Next::Reopen(working(progress)),
            _ => Next::To(working(progress)),
        },
        _ if from == status => Next::Keep,
        S::Filled => match from {
            S::Canceled | S::Expired | S::Rejected => Next::Reopen(S::Filled),
            _ => Next::To(S::Filled),
        },
        S::Canceled | S::Expired | S::Rejected => ended(from, status.clone(), progress),
        S::Unconfirmed => Next::Keep,
        S::PendingNew => match from {
            S::Unconfirmed => Next::To(S::PendingNew),
            _ => Next::Keep,
        },
        S::PendingCancel | S::PendingReplace | S::Suspended | S::DoneForDay | S::Other(_) => {
            match from {
                S::Filled | S::Canceled | S::Expired => Next::Stale,
                S::Rejected => Next::Reopen(status.clone()),
                _ => Next::To(status.clone()),
            }
        }
    }
}
