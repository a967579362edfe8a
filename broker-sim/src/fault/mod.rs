//! What goes wrong, and when: scripts that every simulated broker plays.
//!
//! A [`FaultScript`] is a list of [`Scheduled`] faults. Written by hand it makes one scenario; made
//! from a seed it is one of thousands, and the seed replays it.

#[cfg(any(feature = "tws", feature = "tiger"))]
mod schedule;
mod script;

#[cfg(test)]
mod script_tests;

#[cfg(any(feature = "tws", feature = "tiger"))]
pub(crate) use schedule::Schedule;
pub use script::{FaultScript, Scheduled, Trigger};

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

/// One thing that goes wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Fault {
    /// The connection is lost before the command is written: it never arrives.
    DropBeforeWrite,
    /// The connection is lost in the middle of the command: it never arrives whole.
    DropMidFrame,
    /// The connection is lost after the command was written: it arrives, the answer does not.
    DropAfterWrite,
    /// The command takes effect and the connection is lost before the answer.
    DropBeforeReply,
    /// The command takes effect and no answer ever comes; the connection stays open.
    SilenceAfterAccept,
    /// The command is swallowed and no answer ever comes; the connection stays open.
    SilenceBeforeAccept,
    /// The fills of the command's order are reported before its acknowledgement.
    FillBeforeAcknowledgement,
    /// The broker refuses the command with this code and text.
    Reject {
        /// The broker's code.
        code: String,
        /// The broker's words.
        text: String,
    },
    /// The broker warns about the command's order, which stays alive.
    Warn {
        /// The broker's code.
        code: String,
        /// The broker's words.
        text: String,
    },
    /// The next reports arrive twice.
    DuplicateReports {
        /// How many.
        count: u32,
    },
    /// The next reports arrive in reverse order.
    ReorderReports {
        /// How many.
        count: u32,
    },
    /// The next reports are held back for a while.
    DelayReports {
        /// How many.
        count: u32,
        /// For how long, in milliseconds of the simulated clock.
        delay_ms: u32,
    },
    /// The connection is lost now; what is reported meanwhile is lost with it.
    Disconnect {
        /// When it can be had again, in milliseconds of the simulated clock.
        down_ms: u32,
    },
    /// The broker restarts by plan, as it does every night.
    NightlyReset {
        /// How long it takes, in milliseconds of the simulated clock.
        down_ms: u32,
    },
    /// Another session takes the login.
    CompetingSession,
    /// Every request is refused as too fast for a while.
    RateLimitBan {
        /// How long, in milliseconds of the simulated clock.
        ban_ms: u32,
    },
    /// The credentials lapse.
    TokenExpired,
    /// The broker sends bytes that make no sense.
    Garbage,
    /// The broker's gateway answers the command with an HTTP error.
    HttpStatus {
        /// The status, 400 to 599.
        status: u16,
    },
    /// The newest execution is busted.
    BustLastFill,
    /// The newest execution is corrected to another price.
    CorrectLastFill,
    /// Trading in the instrument of the newest order is halted for a while.
    Halt {
        /// How long, in milliseconds of the simulated clock.
        halt_ms: u32,
    },
}

impl Fault {
    /// Whether the fault strikes a command, rather than the connection or the reports.
    #[must_use]
    pub const fn strikes_command(&self) -> bool {
        matches!(
            self,
            Self::DropBeforeWrite
                | Self::DropMidFrame
                | Self::DropAfterWrite
                | Self::DropBeforeReply
                | Self::SilenceAfterAccept
                | Self::SilenceBeforeAccept
                | Self::FillBeforeAcknowledgement
                | Self::Reject { .. }
                | Self::Warn { .. }
                | Self::HttpStatus { .. }
        )
    }

    /// How long the fault lasts, on the simulated clock; zero for a moment.
    #[must_use]
    pub fn lasts(&self) -> TimeDelta {
        match self {
            Self::DelayReports { delay_ms: ms, .. }
            | Self::Disconnect { down_ms: ms }
            | Self::NightlyReset { down_ms: ms }
            | Self::RateLimitBan { ban_ms: ms }
            | Self::Halt { halt_ms: ms } => TimeDelta::milliseconds(i64::from(*ms)),
            _ => TimeDelta::zero(),
        }
    }
}
