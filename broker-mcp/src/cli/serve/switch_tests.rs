use broker_runtime::risk::KillState;
use chrono::Utc;

use super::switch::{Order, order};

fn engaged() -> KillState {
    KillState::Engaged {
        reason: "a test".to_owned(),
        at: Utc::now(),
    }
}

#[test]
fn a_file_engages_whatever_it_said_before() {
    let (on, off) = (engaged(), KillState::Released);
    for before in [None, Some(&off), Some(&on)] {
        assert_eq!(order(&off, before, Some(&on)), Order::Engage);
    }
    assert_eq!(order(&on, Some(&off), Some(&on)), Order::Nothing);
}

#[test]
fn only_a_file_that_changes_to_released_releases() {
    let (on, off) = (engaged(), KillState::Released);
    assert_eq!(order(&on, Some(&on), Some(&off)), Order::Release);
    // The disk was full when it was engaged here, so the file still says what it said.
    assert_eq!(order(&on, Some(&off), Some(&off)), Order::Nothing);
    assert_eq!(order(&on, None, Some(&off)), Order::Nothing);
    // Somebody took the file away.
    assert_eq!(order(&on, Some(&on), None), Order::Nothing);
}
