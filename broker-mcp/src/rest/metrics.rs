use core::{fmt, time::Duration};
use std::sync::Arc;

use axum::{
    Extension,
    extract::State,
    http::{HeaderValue, header::CONTENT_TYPE},
    response::{IntoResponse as _, Response},
};
use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusHandle};

use super::{Shared, reply::failed};
use crate::{Fault, FaultCode, Principal, principal::Role};

/// The counters and histograms of the whole program, in the text form that Prometheus reads.
#[derive(Clone)]
pub struct Gauges(PrometheusHandle);

impl fmt::Debug for Gauges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gauges")
    }
}

/// Bounds of the histograms, seconds: from what a cache answers to what a broker needs.
const SECONDS: [f64; 12] = [
    0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0,
];

impl Gauges {
    /// Listens to what the whole program counts. Only the first in a program can.
    ///
    /// # Errors
    /// Somebody listens already.
    pub fn install() -> Result<Self, BuildError> {
        let builder = PrometheusBuilder::new().set_buckets(&SECONDS)?;
        builder.install_recorder().map(Self)
    }

    /// Of a recorder that was installed elsewhere.
    #[must_use]
    pub const fn of(handle: PrometheusHandle) -> Self {
        Self(handle)
    }

    /// Takes in what was measured; to be called now and then where nobody reads `/metrics`.
    pub fn settle(&self) {
        self.0.run_upkeep();
    }

    /// How often [`settle`](Self::settle) should be called.
    pub const UPKEEP: Duration = Duration::from_secs(5);
}

pub(super) async fn metrics(
    State(rest): State<Shared>,
    Extension(principal): Extension<Arc<Principal>>,
) -> Response {
    if !principal.may(Role::Read) {
        let message = "this needs a key with the role read";
        return failed(Fault::new(FaultCode::Forbidden, message));
    }
    let Some(gauges) = &rest.gauges else {
        return failed(Fault::new(FaultCode::NotFound, "nothing is measured here"));
    };
    let mut text = gauges.0.render();
    if let Some(ledger) = &rest.ledger {
        text.push_str(&ledger.text(&rest.service, &principal).await);
    }
    let mut response = text.into_response();
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}
