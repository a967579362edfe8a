use broker_core::SessionState;
use chrono::{DateTime, Utc};

use super::condition::{Condition, Demand, reset_ends};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn noon() -> DateTime<Utc> {
    at("2026-01-15T17:00:00Z")
}

#[test]
fn a_lost_link_stops_commands_and_its_return_reads_the_account_anew() {
    let mut condition = Condition::default();
    assert_eq!(
        condition.take(1100, "Connectivity has been lost"),
        Demand::Announce
    );
    assert_eq!(
        condition.state(noon()),
        SessionState::Maintenance { until: None }
    );
    assert!(!condition.state(noon()).accepts_commands());
    assert_eq!(
        condition.take(1102, "restored, data maintained"),
        Demand::Resync
    );
    assert_eq!(condition.state(noon()), SessionState::Ready);
}

#[test]
fn a_return_without_data_also_opens_the_lines_again() {
    let mut condition = Condition::default();
    let _ = condition.take(1100, "");
    assert_eq!(
        condition.take(1101, "restored, data lost"),
        Demand::ResyncAndReopen
    );
    assert_eq!(condition.state(noon()), SessionState::Ready);
}

#[test]
fn a_broken_farm_degrades_and_never_asks_for_a_new_connection() {
    let mut condition = Condition::default();
    let broken = "Market data farm connection is broken:usfarm";
    assert_eq!(condition.take(2103, broken), Demand::Announce);
    assert_eq!(
        condition.state(noon()),
        SessionState::Degraded {
            reason: broken.into()
        }
    );
    assert_eq!(
        condition.take(2104, "Market data farm connection is OK:eufarm"),
        Demand::Nothing
    );
    assert_eq!(
        condition.take(2104, "Market data farm connection is OK:usfarm"),
        Demand::Announce
    );
    assert_eq!(condition.state(noon()), SessionState::Ready);
}

#[test]
fn a_farm_that_rests_or_came_back_with_the_link_is_not_broken() {
    let broken = "Market data farm connection is broken:usfarm.nj";
    let idle =
        "Market data farm connection is inactive but should be available upon demand.usfarm.nj";
    let mut condition = Condition::default();
    let _ = condition.take(2103, broken);
    assert_eq!(condition.take(2108, idle), Demand::Announce);
    assert_eq!(condition.state(noon()), SessionState::Ready);
    for back in [1101, 1102] {
        let _ = condition.take(2103, broken);
        let _ = condition.take(1100, "");
        let _ = condition.take(back, "restored");
        assert_eq!(condition.state(noon()), SessionState::Ready, "{back}");
    }
}

#[test]
fn a_return_of_the_link_that_nobody_heard_of_does_not_stop_commands_for_ever() {
    let mut condition = Condition::default();
    let _ = condition.take(1100, "");
    assert_eq!(
        condition.take(2104, "Market data farm connection is OK:usfarm"),
        Demand::Resync
    );
    assert!(!condition.is_link_lost());
    let _ = condition.take(1100, "");
    assert_eq!(condition.take(-7, "fell behind"), Demand::ResyncAndReopen);
    assert!(!condition.is_link_lost());
    assert_eq!(condition.state(noon()), SessionState::Ready);
}

#[test]
fn read_only_mode_degrades() {
    let mut condition = Condition::default();
    let text = "Error validating request.-'bO' : cause - The API interface is currently in Read-Only mode.";
    assert_eq!(condition.take(321, text), Demand::Announce);
    assert!(condition.is_read_only());
    assert!(matches!(
        condition.state(noon()),
        SessionState::Degraded { .. }
    ));
    assert_eq!(
        Condition::default().take(321, "Invalid account code"),
        Demand::Nothing
    );
}

#[test]
fn a_lagging_reader_asks_for_everything_anew() {
    let mut condition = Condition::default();
    assert_eq!(condition.take(-6, "fell behind"), Demand::Resync);
    assert_eq!(condition.take(-7, "fell behind"), Demand::ResyncAndReopen);
    assert_eq!(condition.take(-8, "reconnected"), Demand::ResyncAndReopen);
}

#[test]
fn the_end_of_the_nightly_reset_is_known_in_summer_and_in_winter() {
    // 00:30 in New York is 05:30 UTC in winter and 04:30 in summer.
    assert_eq!(
        reset_ends(at("2026-01-15T05:30:00Z")),
        Some(at("2026-01-15T06:45:00Z"))
    );
    assert_eq!(
        reset_ends(at("2026-07-15T04:30:00Z")),
        Some(at("2026-07-15T05:45:00Z"))
    );
    assert_eq!(reset_ends(at("2026-07-15T05:50:00Z")), None);
    assert_eq!(reset_ends(noon()), None);
}
