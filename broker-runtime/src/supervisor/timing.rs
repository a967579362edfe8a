use core::time::Duration;

/// How long callers usually wait for a session.
pub const READY_WITHIN: Duration = Duration::from_secs(90);
/// How long a program usually takes to end.
pub const SHUTDOWN_WITHIN: Duration = Duration::from_secs(30);

/// How often a supervisor looks, how long it waits and when it acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Timing {
    /// Between two checks of a session; 30 s.
    pub check_every: Duration,
    /// Between the checks of two sessions; 2 s.
    pub apart: Duration,
    /// The answer to a check; 10 s.
    pub answer_within: Duration,
    /// Failed checks in a row before a session is restarted; 2, never less than 1.
    pub failures: u32,
    /// How long an adapter may connect again by itself before that counts as a failure; 5 min.
    pub patience: Duration,
    /// Ending a session; 10 s.
    pub close_within: Duration,
    /// Making a new one; 90 s.
    pub rebuild_within: Duration,
    /// The pause after a restart that did not help; 5 s. Each one after it is twice as long, and all are
    /// shortened by up to a fifth at random.
    pub first_pause: Duration,
    /// The longest of these pauses; 60 s.
    pub longest_pause: Duration,
    /// How long every session of a gateway has to be down before the gateway is restarted; 60 s.
    pub gateway_down_for: Duration,
    /// The shortest time between the end of such a restart and the next one; 5 min, because a gateway
    /// that was started needs a while, and each log-in may ask a person.
    pub gateway_every: Duration,
    /// How long the restart of a gateway is waited for before it counts as failed; 5 min.
    pub gateway_within: Duration,
    /// Between two checks while somebody waits for the session; 2 s.
    pub recheck_every: Duration,
    /// How long an event of an order may take from the broker to a reader before that is trouble; 5 s.
    pub lag_limit: Duration,
    /// How long a slow event is remembered; 5 min.
    pub lag_window: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            check_every: seconds(30),
            apart: seconds(2),
            answer_within: seconds(10),
            failures: 2,
            patience: seconds(300),
            close_within: seconds(10),
            rebuild_within: READY_WITHIN,
            first_pause: seconds(5),
            longest_pause: seconds(60),
            gateway_down_for: seconds(60),
            gateway_every: seconds(300),
            gateway_within: seconds(300),
            recheck_every: seconds(2),
            lag_limit: seconds(5),
            lag_window: seconds(300),
        }
    }
}

impl Timing {
    /// The pause after so many restarts that did not help, without its jitter.
    pub(super) fn pause_after(&self, restarts: u32) -> Duration {
        let doublings = restarts.saturating_sub(1);
        let factor = 1_u32.checked_shl(doublings).unwrap_or(u32::MAX);
        self.first_pause
            .saturating_mul(factor)
            .min(self.longest_pause)
    }
}

/// Shortens a pause by up to a fifth, so that sessions that fell together do not come back together.
/// It is never made longer: the longest pause is a promise.
pub(super) fn jittered(pause: Duration, draw: u32) -> Duration {
    let fifth = pause / 5;
    let off = fifth.as_nanos() * u128::from(draw) / u128::from(u32::MAX);
    pause.saturating_sub(Duration::from_nanos(u64::try_from(off).unwrap_or(u64::MAX)))
}

/// Not for secrets: the standard library seeds every hasher of this kind anew.
pub(super) fn draw() -> u32 {
    use std::hash::{BuildHasher as _, RandomState};
    #[expect(clippy::cast_possible_truncation, reason = "any bits will do")]
    let bits = RandomState::new().hash_one(()) as u32;
    bits
}
