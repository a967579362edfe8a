//! Times in the week in which the clocks of New York change.

use broker_sim::conformance::{Failure, test_one};

use super::support::TwsHarness;

const HARNESS: TwsHarness = TwsHarness {
    // The clocks go forward on the Sunday after, within the days whose hours TWS tells.
    start_at: "2022-03-09T17:00:00Z",
    ..TwsHarness::QUIET
};

#[test]
fn schedules_keep_their_local_time() -> Result<(), Failure> {
    test_one("P15.1", HARNESS)
}

#[test]
fn schedules_cover_the_range() -> Result<(), Failure> {
    test_one("P15.2", HARNESS)
}
