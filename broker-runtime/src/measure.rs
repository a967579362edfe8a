//! What is counted, under the names that dashboards know; nothing without the feature `metrics`.

use core::time::Duration;

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
    /// A breaker is closed (0), half open (1) or open (2).
    fn breaker_state(broker: &str, state: u8) {
        metrics::gauge!("broker_breaker_state", "broker" => broker.to_owned())
            .set(f64::from(state));
    }
}
