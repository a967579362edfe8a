//! What is counted here, beside what the layers count; nothing without the feature `http`.

#[cfg(feature = "http")]
use core::time::Duration;

#[cfg(feature = "http")]
use crate::machine::Sample;

/// A request has been answered.
#[cfg(feature = "http")]
pub(crate) fn answered(method: &'static str, status: u16, took: Duration) {
    let status = status.to_string();
    metrics::counter!("broker_http_requests_total", "method" => method, "status" => status)
        .increment(1);
    metrics::histogram!("broker_http_request_seconds", "method" => method)
        .record(took.as_secs_f64());
}

/// Somebody was not let in; `reason` is `none`, `malformed`, `unknown`, `expired`, `wait` or `broken`.
#[cfg(feature = "http")]
pub(crate) fn not_let_in(reason: &'static str) {
    metrics::counter!("broker_authentication_failures_total", "reason" => reason).increment(1);
}

/// Somebody is held back; `reason` is `requests` (more than a key's bound in a minute) or `wrong_keys`.
pub(crate) fn held_back(reason: &'static str) {
    #[cfg(feature = "http")]
    metrics::counter!("broker_rate_limited_total", "reason" => reason).increment(1);
    #[cfg(not(feature = "http"))]
    let _ = reason;
}

/// The machine and this process were looked at. What is not known is not told: no zero is made up.
#[cfg(feature = "http")]
pub(crate) fn machine(sample: &Sample) {
    let bytes = |name: &'static str, value: Option<u64>| {
        if let Some(value) = value {
            metrics::gauge!(name).set(rounded(value));
        }
    };
    bytes(
        "broker_machine_memory_bytes",
        sample.memory.map(|it| it.total),
    );
    bytes(
        "broker_machine_memory_available_bytes",
        sample.memory.map(|it| it.available),
    );
    bytes("broker_machine_disk_bytes", sample.disk.map(|it| it.total));
    bytes(
        "broker_machine_disk_available_bytes",
        sample.disk.map(|it| it.available),
    );
    bytes("process_resident_memory_bytes", sample.resident);
    bytes("process_start_time_seconds", sample.started);
    if let Some(percent) = sample.cpu_percent {
        metrics::gauge!("broker_machine_cpu_used_ratio").set(f64::from(percent) / 100.0);
    }
    if let Some(cpus) = sample.cpus {
        metrics::gauge!("broker_machine_cpus").set(f64::from(cpus));
    }
    if let Some(used) = sample.cpu_time {
        // A counter of the facade has whole numbers only.
        metrics::gauge!("process_cpu_seconds_total").set(used.as_secs_f64());
    }
    if let Some(network) = sample.network {
        metrics::counter!("broker_machine_network_received_bytes_total").absolute(network.received);
        metrics::counter!("broker_machine_network_sent_bytes_total").absolute(network.sent);
    }
}

/// The form in which numbers are told, exact to nine petabytes.
#[cfg(feature = "http")]
#[expect(
    clippy::cast_precision_loss,
    reason = "Prometheus has no other numbers"
)]
fn rounded(value: u64) -> f64 {
    value as f64
}
