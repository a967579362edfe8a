//! What is counted, under the names that dashboards know; nothing without the feature `metrics`.

use core::time::Duration;

use broker_core::SessionState;
use serde::{Serialize as _, Serializer};

macro_rules! measured {
    ($( $(#[$meta:meta])* fn $name:ident($($arg:ident: $type:ty),*) $body:block )+) => { $(
        $(#[$meta])*
        #[cfg_attr(not(feature = "sqlite"), allow(dead_code))]
        pub(crate) fn $name($($arg: $type),*) {
            #[cfg(feature = "metrics")]
            $body
            #[cfg(not(feature = "metrics"))]
            { $( let _ = $arg; )* }
        }
    )+ };
}

measured! {
    /// A call has ended; `outcome` is `ok`, `unconfirmed` or the kind of the error.
    fn call_ended(broker: &str, operation: &'static str, outcome: &'static str, took: Duration) {
        let broker = broker.to_owned();
        metrics::counter!("broker_requests_total", "broker" => broker.clone(),
            "operation" => operation, "outcome" => outcome).increment(1);
        metrics::histogram!("broker_request_seconds", "broker" => broker,
            "operation" => operation).record(took.as_secs_f64());
    }
    /// A question is asked again.
    fn retried(operation: &'static str) {
        metrics::counter!("broker_retries_total", "operation" => operation).increment(1);
    }
    /// A permit was waited for.
    fn permit_waited(operation: &'static str, waited: Duration) {
        metrics::histogram!("broker_permit_wait_seconds", "operation" => operation)
            .record(waited.as_secs_f64());
    }
    /// A group of journal entries is durable.
    fn journal_commit(took: Duration) {
        metrics::histogram!("broker_journal_commit_seconds").record(took.as_secs_f64());
    }
    /// A session has another state: ready (0), degraded (1), connecting (2), maintenance (3), displaced
    /// (4), waiting for a log-in (5), closed (6), or one that this version does not know (7).
    fn session_state(broker: &str, state: &SessionState) {
        let state = match state {
            SessionState::Ready => 0,
            SessionState::Degraded { .. } => 1,
            SessionState::Connecting => 2,
            SessionState::Maintenance { .. } => 3,
            SessionState::Displaced { .. } => 4,
            SessionState::AuthRequired { .. } => 5,
            SessionState::Closed => 6,
            _ => 7,
        };
        metrics::gauge!("broker_session_state", "broker" => broker.to_owned())
            .set(f64::from(state));
    }
    /// A session has become usable again.
    fn reconnected(broker: &str) {
        metrics::counter!("broker_reconnects_total", "broker" => broker.to_owned()).increment(1);
    }
    /// A session was made anew, or not.
    fn restarted(broker: &str, done: bool) {
        metrics::counter!("broker_restarts_total", "broker" => broker.to_owned(),
            "outcome" => if done { "ok" } else { "failed" }).increment(1);
    }
    /// A gateway was restarted, or not.
    fn gateway_restarted(gateway: &str, done: bool) {
        metrics::counter!("broker_gateway_restarts_total", "gateway" => gateway.to_owned(),
            "outcome" => if done { "ok" } else { "failed" }).increment(1);
    }
    /// An event of an order took so long from the broker to a reader.
    fn event_lag(broker: &str, took: Duration) {
        metrics::histogram!("broker_event_lag_seconds", "broker" => broker.to_owned())
            .record(took.as_secs_f64());
    }
    /// An account has announced a gap in its events.
    fn gap(broker: &str) {
        metrics::counter!("broker_gaps_total", "broker" => broker.to_owned()).increment(1);
    }
    /// A token is good for so long.
    fn token_seconds_left(broker: &str, left: Duration) {
        metrics::gauge!("broker_token_seconds_left", "broker" => broker.to_owned())
            .set(left.as_secs_f64());
    }
    /// A breaker is closed (0), half open (1) or open (2).
    fn breaker_state(broker: &str, state: u8) {
        metrics::gauge!("broker_breaker_state", "broker" => broker.to_owned())
            .set(f64::from(state));
    }
}

/// Writes a span of time as seconds.
#[expect(clippy::ref_option, reason = "serde calls it like this")]
pub(crate) fn seconds<S: Serializer>(
    span: &Option<Duration>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    span.map(|span| span.as_secs_f64()).serialize(serializer)
}
