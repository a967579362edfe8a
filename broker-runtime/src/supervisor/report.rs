use core::time::Duration;
use std::sync::Arc;

use broker_core::{
    Clock as _, SessionState, SystemClock,
    model::{BrokerId, Environment},
};
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{Gateway, check::Verdict, slot::Slot, timing::Timing};
use crate::{
    journal::StoreHealth,
    layer::{BreakerState, BreakerStatus},
    measure::seconds,
};

/// How something is, as one word; the worse is the greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// Everything works.
    Healthy,
    /// It works, and something should be looked at.
    Degraded,
    /// It does not work.
    Unhealthy,
}

/// How everything is that a supervisor watches. Written as JSON, spans of time are seconds.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct HealthReport {
    /// Healthy when every session is, unhealthy when none works, degraded otherwise.
    pub health: Health,
    /// Each session.
    pub sessions: Vec<SessionHealth>,
    /// Each gateway.
    pub gateways: Vec<GatewayHealth>,
    /// When this was so, UTC.
    pub as_of: DateTime<Utc>,
}

/// How a session is.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct SessionHealth {
    /// Whose.
    pub broker: BrokerId,
    /// Whether its orders move real money.
    pub environment: Environment,
    /// As one word.
    pub health: Health,
    /// What keeps it from being healthy, in words for people, the worst first.
    pub reasons: Vec<String>,
    /// What the adapter says.
    pub session: SessionState,
    /// Failed checks since the broker last answered.
    pub failures: u32,
    /// How long ago the broker last answered a check.
    #[serde(serialize_with = "seconds")]
    pub answered_ago: Option<Duration>,
    /// How long it has been down.
    #[serde(serialize_with = "seconds")]
    pub down_for: Option<Duration>,
    /// Restarts since the beginning, those that failed included.
    pub restarts: u64,
    /// Times that the session became usable again, after whatever it was.
    pub reconnects: u64,
    /// How long no restart will be made, after one that did not help.
    #[serde(serialize_with = "seconds")]
    pub restart_in: Option<Duration>,
    /// The circuit breaker, if there is one.
    pub breaker: Option<BreakerStatus>,
    /// How long the token is still good, where that is known; zero when it has lapsed.
    #[serde(serialize_with = "seconds")]
    pub token_left: Option<Duration>,
    /// The longest that an event of an order took from the broker to a reader in the last minutes
    /// ([`Timing::lag_window`]), by both clocks.
    #[serde(serialize_with = "seconds")]
    pub event_lag: Option<Duration>,
}

/// How a gateway is, as its sessions and its restarts show it.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct GatewayHealth {
    /// Which one.
    pub gateway: String,
    /// Whether it is being restarted now.
    pub restarting: bool,
    /// Restarts since the beginning, those that failed included.
    pub restarts: u64,
    /// Why it was not restarted when none of its sessions worked.
    pub trouble: Option<String>,
}

/// What keeps a session from being healthy.
#[derive(Default)]
struct Reasons(Vec<(Health, String)>);

impl Reasons {
    fn degraded(&mut self, reason: impl Into<String>) {
        self.0.push((Health::Degraded, reason.into()));
    }
    fn unhealthy(&mut self, reason: impl Into<String>) {
        self.0.push((Health::Unhealthy, reason.into()));
    }

    fn state(&mut self, session: &SessionState, down_for: Option<Duration>) {
        let been = down_for.map_or(String::new(), |span| format!(" for {}", whole(span)));
        match session {
            SessionState::Ready => {}
            SessionState::Degraded { reason } => self.degraded(&**reason),
            SessionState::Connecting => self.unhealthy(format!("connecting{been}")),
            SessionState::Maintenance { until: Some(until) } => {
                self.unhealthy(format!("maintenance until {until}"));
            }
            SessionState::Maintenance { until: None } => self.unhealthy("maintenance"),
            SessionState::Displaced { by } => {
                self.unhealthy(format!("another session has taken the login: {by}"));
            }
            SessionState::AuthRequired { instructions } => self.unhealthy(&**instructions),
            SessionState::Closed => self.unhealthy(format!("closed{been}")),
            other => self.unhealthy(format!("in the state {other:?}")),
        }
    }

    fn checks(&mut self, failures: u32, limit: u32, last: Option<&Verdict>) {
        match last {
            None => self.degraded("has not been checked yet"),
            Some(Verdict::Dead(reason)) if failures >= limit => {
                self.unhealthy(format!("{failures} checks failed in a row: {reason}"));
            }
            Some(Verdict::Dead(reason)) => self.degraded(format!("a check failed: {reason}")),
            Some(Verdict::Person(_, reason)) => {
                self.unhealthy(format!("a person has to look: {reason}"));
            }
            Some(Verdict::Waits(reason)) if failures > 0 => {
                self.degraded(format!(
                    "not asked again after {failures} failures: {reason}"
                ));
            }
            Some(Verdict::Waits(reason)) => self.degraded(format!("not asked: {reason}")),
            Some(Verdict::Alive) => {}
        }
    }

    fn breaker(&mut self, status: Option<&BreakerStatus>) {
        match status.map(|status| status.state) {
            Some(BreakerState::Open) => self.unhealthy("the circuit breaker is open"),
            Some(BreakerState::HalfOpen) => self.degraded("the circuit breaker is half open"),
            Some(BreakerState::Closed) | None => {}
        }
    }

    fn token(&mut self, left: Option<Duration>, low: Duration) {
        match left {
            Some(Duration::ZERO) => self.unhealthy("the token has lapsed"),
            Some(left) if left < low => {
                self.degraded(format!("the token is good for another {}", whole(left)));
            }
            Some(_) | None => {}
        }
    }

    fn worst(&self) -> Health {
        let worst = self.0.iter().map(|(health, _)| *health).max();
        worst.unwrap_or(Health::Healthy)
    }

    fn words(mut self) -> Vec<String> {
        self.0
            .sort_by_key(|(health, _)| core::cmp::Reverse(*health));
        self.0.into_iter().map(|(_, reason)| reason).collect()
    }
}

fn whole(span: Duration) -> String {
    format!("{} s", span.as_secs())
}

fn session(slot: &Slot, timing: &Timing) -> SessionHealth {
    let record = slot.record();
    let connection = slot.connection();
    let down_for = record.down_since.map(|since| since.elapsed());
    let breaker = connection.breaker.as_ref().map(|breaker| breaker.status());
    let token_left = slot.token.as_ref().and_then(|token| (token.left)());
    let event_lag = slot.lag.worst(timing.lag_window);
    let mut reasons = Reasons::default();
    reasons.state(&record.session, down_for);
    reasons.checks(
        record.failures,
        timing.failures.max(1),
        record.last.as_ref(),
    );
    reasons.breaker(breaker.as_ref());
    if let Some(token) = &slot.token {
        reasons.token(token_left, token.low);
    }
    if let Some(lag) = event_lag.filter(|lag| *lag > timing.lag_limit) {
        reasons.degraded(format!(
            "an event took {lag:?} from the broker to its readers"
        ));
    }
    if let Some(StoreHealth::Failing { reason, .. }) = connection
        .journal
        .as_ref()
        .map(|journal| journal.store().health())
    {
        reasons.unhealthy(format!("the journal cannot be written: {reason}"));
    }
    if let Some(reason) = connection.intake.stopped() {
        reasons.unhealthy(format!("no commands are taken: {reason}"));
    }
    if record.restarting {
        reasons.unhealthy("it is being restarted");
    }
    if let Some(reason) = &record.restart_failed {
        reasons.unhealthy(format!("its last restart failed: {reason}"));
    }
    SessionHealth {
        broker: slot.name.clone(),
        environment: slot.environment,
        health: reasons.worst(),
        reasons: reasons.words(),
        session: record.session,
        failures: record.failures,
        answered_ago: record.answered_at.map(|at| at.elapsed()),
        down_for,
        restarts: record.restarts,
        reconnects: record.reconnects,
        restart_in: record
            .not_before
            .map(|then| then.saturating_duration_since(tokio::time::Instant::now()))
            .filter(|left| !left.is_zero()),
        breaker,
        token_left,
        event_lag,
    }
}

pub(super) fn report(slots: &[Arc<Slot>], gateways: &[Gateway], timing: &Timing) -> HealthReport {
    let sessions: Vec<_> = slots.iter().map(|slot| session(slot, timing)).collect();
    let all = |health: Health| sessions.iter().all(|session| session.health == health);
    // Nothing at all is what a configuration that lost its brokers looks like.
    let health = if all(Health::Unhealthy) {
        Health::Unhealthy
    } else if all(Health::Healthy) {
        Health::Healthy
    } else {
        Health::Degraded
    };
    let gateway = |gateway: &Gateway| GatewayHealth {
        gateway: gateway.name().to_owned(),
        restarting: gateway.is_restarting(),
        restarts: gateway.restarts(),
        trouble: gateway.trouble(),
    };
    HealthReport {
        health,
        gateways: gateways.iter().map(gateway).collect(),
        sessions,
        as_of: SystemClock.now(),
    }
}
