use std::fs;

use chrono::{DateTime, Utc};

use super::{KillState, KillSwitch};

#[test]
fn what_a_crash_left_behind_is_not_in_the_way() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kill-switch.json");
    fs::write(folder.path().join("kill-switch.json.new"), "{").unwrap();
    let at = DateTime::<Utc>::UNIX_EPOCH;
    KillSwitch::at(&path).engage("a reason", at).unwrap();
    let engaged = KillState::Engaged {
        reason: "a reason".into(),
        at,
    };
    assert_eq!(KillSwitch::at(&path).state(), engaged);
    let names = fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(names, 1);
}

#[cfg(unix)]
#[test]
fn nobody_but_its_owner_reads_why_it_was_engaged() {
    let folder = tempfile::tempdir().unwrap();
    let switch = KillSwitch::at(folder.path().join("kill-switch.json"));
    let left = folder.path().join("kill-switch.json.new");
    for _ in 0..2 {
        switch.engage("a reason", DateTime::UNIX_EPOCH).unwrap();
        let modes = crate::test_support::modes::modes(folder.path());
        assert_eq!(
            modes.into_iter().collect::<Vec<_>>(),
            [("kill-switch.json".into(), 0o600)]
        );
        switch.release().unwrap();
        fs::write(&left, "").unwrap();
    }
}
