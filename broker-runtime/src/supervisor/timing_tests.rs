use core::time::Duration;
use std::collections::BTreeSet;

use super::timing::{Timing, draw, jittered};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn pauses_double_from_five_seconds_and_stay_at_sixty() {
    let timing = Timing::default();
    let pauses: Vec<u64> = (1..=8).map(|n| timing.pause_after(n).as_secs()).collect();
    assert_eq!(pauses, [5, 10, 20, 40, 60, 60, 60, 60]);
    for restarts in [32, 33, u32::MAX] {
        assert_eq!(timing.pause_after(restarts).as_secs(), 60);
    }
}

#[test]
fn pauses_are_those_that_are_set_and_never_longer_than_the_longest() {
    let timing = Timing {
        first_pause: SECOND,
        longest_pause: 3 * SECOND,
        ..Timing::default()
    };
    let pauses: Vec<u64> = (0..=4).map(|n| timing.pause_after(n).as_secs()).collect();
    assert_eq!(pauses, [1, 1, 2, 3, 3]);
}

#[test]
fn jitter_takes_off_up_to_a_fifth_and_never_adds() {
    let pause = 60 * SECOND;
    assert_eq!(jittered(pause, 0), pause);
    assert_eq!(jittered(pause, u32::MAX), 48 * SECOND);
    let drawn: BTreeSet<Duration> = (0..200).map(|_| jittered(pause, draw())).collect();
    assert!(drawn.iter().all(|one| (48 * SECOND..=pause).contains(one)));
    assert!(drawn.len() > 100, "those who fell together come back apart");
    let (first, last) = (drawn.first().unwrap(), drawn.last().unwrap());
    assert!(
        *first < 50 * SECOND && *last > 58 * SECOND,
        "the whole fifth is used"
    );
}
