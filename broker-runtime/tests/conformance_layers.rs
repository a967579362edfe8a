//! The whole conformance suite over the paper broker behind the layers that keep nothing on disk.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::{sync::Arc, time::Duration};

use broker_runtime::layer::{
    Budget, Cache, CircuitBreaker, RateLimit, RetryReads, Stack, Telemetry, Timeout,
};
use broker_sim::paper::PaperHarness;
use support::{Stacked, Wrap};

fn layers() -> Wrap {
    Arc::new(|broker| {
        Box::pin(async move {
            // A minute of the paper broker is a moment of the machine.
            let moment = Duration::from_millis(5);
            let budget = Budget::new(5_000, Duration::from_secs(1))?;
            Ok(Stack::over(broker)
                .layer(Timeout::default())?
                .layer(RateLimit::shared(budget))?
                .layer(CircuitBreaker::default())?
                .layer(RetryReads::default().delays(moment, moment))?
                .layer(Cache::default())?
                .layer(Telemetry::global())?
                .build())
        })
    })
}

broker_sim::conformance_tests!(Stacked {
    below: PaperHarness::default(),
    wrap: layers
});
