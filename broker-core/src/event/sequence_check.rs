use core::fmt;

use super::{Event, EventBody, GapCause, Position};
use crate::SessionState;

/// Watches a stream of events for holes, repetitions and a wrong order (promises P7 and P8).
///
/// A reader that wants certainty runs every event through it; the conformance suite does.
///
/// ```
/// use broker_core::event::SequenceCheck;
/// let mut check = SequenceCheck::default();
/// // for each event: check.observe(&event)?;
/// assert!(check.position().is_none());
/// ```
#[derive(Debug, Clone, Default)]
pub struct SequenceCheck {
    position: Option<Position>,
    expects: Expects,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Expects {
    /// The first event: anything that places the reader.
    #[default]
    Placing,
    /// A new epoch: no change, until a snapshot.
    Snapshot,
    /// After a gap: a snapshot will come, and changes may come before it.
    Replacement,
    /// Changes.
    Changes,
    /// Nothing more.
    End,
}

/// A broken rule of the order of events.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SequenceFault {
    /// A number is missing and no gap was announced.
    Hole {
        /// The last event before.
        after: Position,
        /// The event that came.
        got: Position,
    },
    /// A number came twice or went back.
    Repeated {
        /// The last event before.
        after: Position,
        /// The event that came.
        got: Position,
    },
    /// A change came before the snapshot that it changes.
    BeforeSnapshot {
        /// The event that came.
        got: Position,
    },
    /// An epoch did not begin with `Session(Ready)`.
    NotReady {
        /// The event that came.
        got: Position,
    },
    /// Something came after `Session(Closed)`.
    AfterEnd {
        /// The event that came.
        got: Position,
    },
}

impl fmt::Display for SequenceFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hole { after, got } => write!(f, "unannounced hole between {after} and {got}"),
            Self::Repeated { after, got } => write!(f, "{got} came after {after}"),
            Self::BeforeSnapshot { got } => write!(f, "change {got} came before a snapshot"),
            Self::NotReady { got } => write!(f, "epoch of {got} did not begin with Session(Ready)"),
            Self::AfterEnd { got } => write!(f, "{got} came after Session(Closed)"),
        }
    }
}

impl std::error::Error for SequenceFault {}

impl SequenceCheck {
    /// The position of the last event.
    #[must_use]
    pub fn position(&self) -> Option<Position> {
        self.position
    }

    /// Whether a snapshot has been seen since the last gap, so that derived state can be trusted.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.expects == Expects::Changes
    }

    /// Checks the next event.
    ///
    /// # Errors
    /// The rule that the event breaks. The check goes on from the event all the same.
    pub fn observe(&mut self, event: &Event) -> Result<(), SequenceFault> {
        let got = event.position;
        let fault = self.fault(event);
        self.expects = match (&event.body, self.expects) {
            (
                EventBody::Session {
                    session: SessionState::Closed,
                },
                _,
            ) => Expects::End,
            // A gap for all readers while an epoch's snapshot is due makes it no less due.
            (EventBody::Gap { cause, .. }, Expects::Snapshot)
                if !matches!(cause, GapCause::ReaderLagged { .. })
                    && self.position.is_some_and(|last| last.epoch == got.epoch) =>
            {
                Expects::Snapshot
            }
            (EventBody::Gap { .. }, _) => Expects::Replacement,
            (EventBody::Snapshot { .. }, _) => Expects::Changes,
            // A new epoch: its snapshot is due.
            (EventBody::Session { .. }, _)
                if self.position.is_some_and(|last| last.epoch < got.epoch) =>
            {
                Expects::Snapshot
            }
            (_, expects) => expects,
        };
        self.position = Some(got);
        fault.map_or(Ok(()), Err)
    }

    fn fault(&self, event: &Event) -> Option<SequenceFault> {
        let got = event.position;
        if self.expects == Expects::End {
            return Some(SequenceFault::AfterEnd { got });
        }
        let is_change = !matches!(
            event.body,
            EventBody::Session { .. } | EventBody::Snapshot { .. } | EventBody::Gap { .. }
        );
        let placing = matches!(event.body, EventBody::Gap { .. })
            || (self.expects != Expects::Changes
                && matches!(
                    event.body,
                    EventBody::Session { .. } | EventBody::Snapshot { .. }
                ));
        let Some(after) = self.position else {
            return is_change.then_some(SequenceFault::BeforeSnapshot { got });
        };
        if got.epoch > after.epoch {
            let ready = matches!(
                event.body,
                EventBody::Session {
                    session: SessionState::Ready
                }
            );
            if !ready && !placing {
                return Some(SequenceFault::NotReady { got });
            }
            if got.seq != 1 && !placing {
                return Some(SequenceFault::Hole { after, got });
            }
            return None;
        }
        let closes = matches!(
            event.body,
            EventBody::Session {
                session: SessionState::Closed
            }
        );
        if got == after && (placing || closes) {
            return None;
        }
        if got <= after {
            return Some(SequenceFault::Repeated { after, got });
        }
        if got.seq != after.seq + 1 && !matches!(event.body, EventBody::Gap { .. }) {
            return Some(SequenceFault::Hole { after, got });
        }
        if is_change && self.expects == Expects::Snapshot && got.epoch > 0 {
            // Notices of a session that is still coming up are harmless and may be wanted.
            let notice = matches!(event.body, EventBody::Notice { .. });
            return (!notice).then_some(SequenceFault::BeforeSnapshot { got });
        }
        None
    }
}
