//! The service as a REST API.
//!
//! `native.rs` is `/v1/<operation>`, made from the table; `compat/` the paths of programs that came
//! before; `arguments.rs` what callers write, `reply.rs` what they are answered, `invoke.rs` the way from
//! one to the other, `stream.rs` answers that go on; `approvals.rs`, `halt.rs` and `audit.rs` are for people who decide;
//! `health.rs`, `metrics.rs`, `business.rs`, `openapi.rs`, `page.rs`, `endpoints.rs` are about the server itself.

mod approvals;
mod arguments;
mod audit;
mod business;
mod compat;
mod endpoints;
mod halt;
mod health;
mod invoke;
mod metrics;
mod native;
mod openapi;
mod page;
mod reply;
mod stream;

#[cfg(test)]
mod compat_tests;
#[cfg(test)]
mod health_tests;
#[cfg(test)]
mod invoke_tests;
#[cfg(test)]
mod mapping_tests;
#[cfg(test)]
mod metrics_tests;
#[cfg(test)]
mod openapi_tests;
#[cfg(test)]
mod rest_tests;
#[cfg(test)]
mod samples_tests;

use core::time::Duration;
use std::sync::Arc;

use axum::{Router, middleware::map_response, routing::get};

pub use approvals::{Approval, Approvals, Verdict};
pub use compat::Compat;
pub use halt::{Halt, Halted};
pub use metrics::Gauges;
pub(crate) use reply::{Failure, failed, no_such_path, unauthenticated};

use crate::{BrokerService, machine::Machine};

/// The REST API over a service. Whoever serves the [router](Self::router) puts an `Arc<Principal>` into
/// the extensions of every request; [`http::App`](crate::http::App) does.
#[derive(Debug, Clone)]
pub struct Rest {
    pub(crate) service: Arc<BrokerService>,
    pub(crate) compat: Compat,
    pub(crate) approvals: Option<Arc<dyn Approvals>>,
    pub(crate) halt: Option<Arc<dyn Halt>>,
    pub(crate) gauges: Option<Gauges>,
    pub(crate) ledger: Option<Arc<business::Ledger>>,
    pub(crate) machine: Option<Machine>,
    pub(crate) patience: Duration,
    pub(crate) last: Arc<health::Last>,
}

/// What the handlers of a router share.
pub(crate) type Shared = Arc<Rest>;

impl Rest {
    /// The native paths over a service; a request may take 30 s.
    #[must_use]
    pub fn new(service: Arc<BrokerService>) -> Self {
        Self {
            service,
            compat: Compat::default(),
            approvals: None,
            halt: None,
            gauges: None,
            ledger: None,
            machine: None,
            patience: Duration::from_secs(30),
            last: Arc::default(),
        }
    }

    /// The same API with the paths of programs that came before.
    #[must_use]
    pub const fn with_compat(mut self, compat: Compat) -> Self {
        self.compat = compat;
        self
    }

    /// The same API; what waits for a person is listed and decided here.
    #[must_use]
    pub fn with_approvals(mut self, approvals: Arc<dyn Approvals>) -> Self {
        self.approvals = Some(approvals);
        self
    }

    /// The same API; this stops all orders.
    #[must_use]
    pub fn with_halt(mut self, halt: Arc<dyn Halt>) -> Self {
        self.halt = Some(halt);
        self
    }

    /// The same API with `/metrics`.
    #[must_use]
    pub fn with_gauges(mut self, gauges: Gauges) -> Self {
        self.gauges = Some(gauges);
        self
    }

    /// The same API; `/metrics` tells what accounts hold, have made and have traded, too, each reader of the
    /// accounts that it may use. The brokers are asked at most once in `every`.
    #[must_use]
    pub fn with_business(mut self, every: Duration) -> Self {
        self.ledger = Some(Arc::new(business::Ledger::every(every)));
        self
    }

    /// The same API; `/health` says how this machine is.
    #[must_use]
    pub fn with_machine(mut self, machine: Machine) -> Self {
        self.machine = Some(machine);
        self
    }

    /// The same API; a request may take so long. What ran into this has perhaps been done, and the answer
    /// says so.
    #[must_use]
    pub const fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// The paths that anybody may read, for [`http::App`](crate::http::App).
    pub(crate) const OPEN: [&'static str; 4] =
        ["/health", "/api/v1/health", "/api/openapi.json", "/docs"];

    /// All paths.
    pub fn router(self) -> Router {
        let compat = self.compat;
        let shared: Shared = Arc::new(self);
        let mut router = Router::new()
            .route("/health", get(health::health))
            .route("/metrics", get(metrics::metrics))
            .route("/docs", get(page::page))
            .route("/api/openapi.json", get(openapi::document))
            .route("/api/endpoints", get(endpoints::endpoints))
            .route("/v1/approvals", get(approvals::list))
            .route("/v1/audit", get(audit::search))
            .route("/v1/approvals/{id}", axum::routing::post(approvals::decide))
            .route("/v1/kill-switch", get(halt::state).post(halt::engage))
            .route("/v1/{operation}", get(native::read).post(native::act));
        router = compat::routes(router, compat);
        router
            .fallback(no_such_path)
            .method_not_allowed_fallback(reply::wrong_method)
            .layer(map_response(reply::enveloped))
            .with_state(shared)
    }
}
