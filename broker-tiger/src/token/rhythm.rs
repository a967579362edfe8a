use core::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::Token;

/// How often the token is renewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenRhythm {
    /// A token that is older is renewed; `None` renews only ahead of the end of its life. 12 h.
    pub every: Option<Duration>,
    /// How often the token is looked at, the file's included, which another program may have renewed;
    /// 5 min.
    pub look: Duration,
}

impl Default for TokenRhythm {
    fn default() -> Self {
        Self {
            every: Some(Duration::from_secs(12 * 3600)),
            look: Duration::from_secs(300),
        }
    }
}

/// The shortest age at which a token is renewed, as in the vendor's Python SDK.
const SHORTEST: Duration = Duration::from_secs(30);
/// The first pause after a failure; doubled with every further one.
const FIRST_PAUSE: Duration = Duration::from_secs(60);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);

impl TokenRhythm {
    /// As the setting `token_refresh_duration` has it: 0 renews only ahead of the end.
    #[must_use]
    pub fn every(age: Duration) -> Self {
        Self {
            every: (!age.is_zero()).then(|| age.max(SHORTEST)),
            ..Self::default()
        }
    }

    /// Whether a token is to be renewed. `since` is when it began to count here, which is all that is
    /// known about a token that says nothing of itself, and `counted` for how long it has by a clock that
    /// nobody sets: it is due when either clock says so.
    pub(super) fn is_due(
        &self,
        token: &Token,
        since: DateTime<Utc>,
        counted: Duration,
        now: DateTime<Utc>,
    ) -> bool {
        let age = now - token.life().map_or(since, |life| life.generated_at);
        let age = age.max(delta(counted));
        if self.every.is_some_and(|every| age > delta(every)) {
            return true;
        }
        let Some(life) = token.life() else {
            return false;
        };
        // A token that lives for a few days only is not renewed all the time because of that.
        let ahead = TimeDelta::days(3)
            .max(life.span() / 10)
            .min(life.span() / 2);
        life.expires_at - now < ahead || life.span() - delta(counted) < ahead
    }

    /// The pause after so many failures in a row, `jitter` between 0 and 1000; shorter when the token
    /// is about to lapse.
    pub(super) fn pause(failures: u32, jitter: u32, left: Option<TimeDelta>) -> Duration {
        let doubled = FIRST_PAUSE.saturating_mul(1 << failures.saturating_sub(1).min(6));
        // Several programs on one token should not come back at the same moment.
        let spread = doubled
            .min(LONGEST_PAUSE)
            .mul_f64(0.8 + 0.4 * f64::from(jitter.min(1000)) / 1000.0);
        let pause = spread.min(LONGEST_PAUSE);
        let left = left.and_then(|left| left.to_std().ok());
        match left.filter(|left| !left.is_zero()) {
            Some(left) => pause.min((left / 4).max(FIRST_PAUSE)),
            None => pause,
        }
    }
}

fn delta(duration: Duration) -> TimeDelta {
    TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX)
}
