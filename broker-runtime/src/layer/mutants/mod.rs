//! Layers that are broken on purpose, and the checks that find them out.
//!
//! Each check passes for the real layer and fails for its mutant, so that it is known to look at what
//! it speaks of. `sending` breaks what is sent and told, `waiting` who waits, `keeping` what is
//! remembered, `judging` what is refused and written down.

mod judging;
mod keeping;
mod sending;
mod waiting;

use std::sync::Arc;

use broker_core::Broker;

use super::{Layer, Stack};
use crate::test_support::Stub;

/// What a check has seen that must not be.
type Seen = Result<(), &'static str>;

fn around(stub: &Arc<Stub>, layer: impl Layer) -> Arc<dyn Broker> {
    Stack::over(stub.dynamic()).layer(layer).unwrap().build()
}

/// What must be so, and what is to be said when it is not.
fn ensure(holds: bool, otherwise: &'static str) -> Seen {
    holds.then_some(()).ok_or(otherwise)
}

/// Lets tasks run until they wait.
async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}
