use std::{
    fs,
    sync::{Arc, Mutex},
};

use chrono::Utc;

use super::{Alarm, Alert, Cost, KeyError, KeyFile, KeyStore};
use crate::{Principal, principal::Role};

const COST: Cost = Cost::new(8, 1);

fn add(store: &dyn KeyStore, name: &str) {
    store
        .change(&mut |ring| {
            ring.issue(Principal::new(name, [Role::Read]), Utc::now(), COST)
                .map(drop)
        })
        .unwrap();
}

#[derive(Debug, Default)]
struct Heard(Mutex<Vec<Alert>>);

impl Alarm for Heard {
    fn raise(&self, alert: &Alert) {
        self.0.lock().unwrap().push(alert.clone());
    }
}

#[test]
fn keys_are_there_again_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.json");
    let file = KeyFile::open(&path).unwrap();
    add(&file, "a");
    add(&file, "b");
    let again = KeyFile::open(&path).unwrap();
    assert_eq!(again.ring(), file.ring());
    assert_eq!(again.ring().keys().len(), 2);
}

#[test]
fn what_another_program_changes_is_in_force_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.json");
    let server = KeyFile::open(&path).unwrap();
    let program = KeyFile::open(&path).unwrap();
    add(&program, "a");
    assert_eq!(server.ring().keys().len(), 1);
    let same = server.ring();
    assert!(Arc::ptr_eq(&same, &server.ring()), "nothing has changed");
    program
        .change(&mut |ring| ring.revoke("a", Utc::now()))
        .unwrap();
    assert!(server.ring().keys()[0].revoked_at.is_some());
    // And what both change is kept.
    add(&server, "b");
    add(&program, "c");
    assert_eq!(server.ring().keys().len(), 3);
}

#[test]
fn a_change_that_fails_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.json");
    let file = KeyFile::open(&path).unwrap();
    add(&file, "a");
    let before = fs::read(&path).unwrap();
    let failed = file.change(&mut |ring| {
        ring.revoke("a", Utc::now())?;
        Err(KeyError::Random)
    });
    assert!(failed.is_err());
    assert_eq!(fs::read(&path).unwrap(), before);
    assert!(file.ring().keys()[0].revoked_at.is_none());
}

#[cfg(unix)]
#[test]
fn a_file_that_others_may_read_is_not_taken() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.json");
    let file = KeyFile::open(&path).unwrap();
    add(&file, "a");
    let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let error = KeyFile::open(&path).unwrap_err();
    assert!(
        matches!(error, KeyError::Permissions { mode: 0o640, .. }),
        "{error}"
    );
}

#[test]
fn a_damaged_file_raises_an_alarm_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.json");
    let heard = Arc::new(Heard::default());
    let file = KeyFile::open(&path)
        .unwrap()
        .with_alarm(Arc::clone(&heard) as _);
    add(&file, "a");
    fs::write(&path, "{ \"version\": 1, \"keys\": [").unwrap();
    assert_eq!(file.ring().keys().len(), 1);
    assert_eq!(file.ring().keys().len(), 1);
    let alerts = heard.0.lock().unwrap().len();
    assert_eq!(alerts, 1, "it is said once");
    assert!(matches!(
        KeyFile::open(&path),
        Err(KeyError::Damaged { .. })
    ));
    assert!(file.change(&mut |_| Ok(())).is_err());
}

#[test]
fn without_the_file_there_are_no_keys() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.json");
    let file = KeyFile::open(&path).unwrap();
    add(&file, "a");
    fs::remove_file(&path).unwrap();
    assert!(file.ring().keys().is_empty());
}
