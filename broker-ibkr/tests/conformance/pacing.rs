//! The budget of messages, with one that a check can use up.

use broker_ibkr::Pacing;
use broker_sim::conformance::{Failure, test_one};

use super::support::TwsHarness;

#[test]
fn the_budget_is_kept() -> Result<(), Failure> {
    test_one(
        "P12.5",
        TwsHarness {
            pacing: Pacing {
                budget: 20,
                limit: 25,
            },
            ..TwsHarness::QUIET
        },
    )
}
