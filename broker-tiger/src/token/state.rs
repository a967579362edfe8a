use chrono::{DateTime, TimeDelta, Utc};

/// How the token is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenState {
    /// The licence needs none.
    NotNeeded,
    /// It is good, and renewed in time.
    Good {
        /// When it lapses, if it says so.
        expires_at: Option<DateTime<Utc>>,
    },
    /// It could not be renewed and is tried again.
    Failing {
        /// When it lapses, if it says so.
        expires_at: Option<DateTime<Utc>>,
        /// Renewals that failed in a row.
        failures: u32,
        /// When it is tried again.
        next_try_at: DateTime<Utc>,
        /// Why the last one failed.
        reason: String,
    },
    /// The broker does not take it any more, and only a person can make a new one.
    AuthRequired {
        /// What to do.
        instructions: String,
    },
}

impl TokenState {
    /// How long the token is still good at an instant, if it says so; zero when it has lapsed.
    #[must_use]
    pub fn time_left(&self, now: DateTime<Utc>) -> Option<TimeDelta> {
        match self {
            Self::Good { expires_at } | Self::Failing { expires_at, .. } => {
                expires_at.map(|at| (at - now).max(TimeDelta::zero()))
            }
            Self::NotNeeded | Self::AuthRequired { .. } => None,
        }
    }
}
