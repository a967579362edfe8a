use std::{fs, path::PathBuf};

use broker_core::ExposeSecret as _;
use tempfile::TempDir;

use super::{
    MasterKey, SecretError, SecretStore,
    rotation::Step,
    store_tests::{CHEAP, KEY, filled, given, secret, text},
};

const NEXT: &str = "the next key, long enough, too";

/// A store whose key is in a file.
fn with_key_file() -> (TempDir, PathBuf, SecretStore) {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("master.key");
    MasterKey::generate_file(&key).unwrap();
    let path = folder.path().join("broker.secrets");
    let store = SecretStore::create_with(path, MasterKey::file(&key), CHEAP).unwrap();
    store.put("ibkr.password", &secret("OPEN-SESAME")).unwrap();
    (folder, key, store)
}

fn crash(store: &SecretStore, at: Step) {
    let crashed = store.rotate_step_by_step(|step| match step == at {
        true => Err(SecretError::Random),
        false => Ok(()),
    });
    assert!(crashed.is_err());
}

fn reopened(store: &SecretStore, key: &PathBuf) -> SecretStore {
    SecretStore::open(store.path(), MasterKey::file(key)).unwrap()
}

#[test]
fn after_a_rotation_only_the_new_key_opens_and_nothing_is_lost() {
    let (_folder, key, store) = with_key_file();
    let before = store.list().unwrap();
    let old = fs::read_to_string(&key).unwrap();
    store.rotate().unwrap();
    let new = fs::read_to_string(&key).unwrap();
    assert_ne!(old, new);
    assert_eq!(text(&store, "ibkr.password"), "OPEN-SESAME");
    let again = reopened(&store, &key);
    assert_eq!(text(&again, "ibkr.password"), "OPEN-SESAME");
    assert_eq!(again.list().unwrap(), before, "names and times stay");
    assert!(!again.is_rotating().unwrap());
    let refused = SecretStore::open(store.path(), given(old.trim_end()));
    assert!(matches!(refused, Err(SecretError::WrongKey { .. })));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(&key).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn a_crash_after_any_step_leaves_a_store_that_the_key_in_place_opens() {
    for at in [Step::BothOpen, Step::InPlace, Step::OldIsGone] {
        let (_folder, key, store) = with_key_file();
        crash(&store, at);
        let next = reopened(&store, &key);
        assert_eq!(text(&next, "ibkr.password"), "OPEN-SESAME", "{at:?}");
        assert_eq!(next.is_rotating().unwrap(), at != Step::OldIsGone, "{at:?}");
        next.put("more", &secret("written meanwhile")).unwrap();
        assert_eq!(text(&store, "more"), "written meanwhile", "{at:?}");
        next.rotate().unwrap();
        assert!(!next.is_rotating().unwrap());
        assert_eq!(text(&reopened(&store, &key), "more"), "written meanwhile");
    }
}

#[test]
fn crashes_one_after_another_lock_nobody_out_not_even_over_an_old_handle() {
    let steps = [Step::BothOpen, Step::InPlace, Step::OldIsGone];
    for first in steps {
        for second in steps {
            let (_folder, key, store) = with_key_file();
            let stale = reopened(&store, &key);
            crash(&store, first);
            crash(&stale, second);
            let next = reopened(&store, &key);
            assert_eq!(
                text(&next, "ibkr.password"),
                "OPEN-SESAME",
                "{first:?} {second:?}"
            );
        }
    }
}

#[test]
fn a_handle_that_holds_the_old_key_goes_on_after_a_rotation() {
    let (_folder, key, store) = with_key_file();
    let stale = reopened(&store, &key);
    let before = stale.key_in_use();
    for _ in 0..2 {
        store.rotate().unwrap();
        assert_eq!(text(&stale, "ibkr.password"), "OPEN-SESAME");
        stale.put("more", &secret("v")).unwrap();
    }
    assert_ne!(stale.key_in_use().expose_secret(), before.expose_secret());
}

#[test]
fn a_rotation_encrypts_under_another_data_key() {
    let (_folder, key, store) = with_key_file();
    let old = store.opened().unwrap().data;
    store.rotate().unwrap();
    let opened = reopened(&store, &key).opened().unwrap();
    assert_ne!(opened.data.as_slice(), old.as_slice());
}

#[test]
fn a_key_that_a_person_replaces_is_rotated_in_two_steps() {
    let (_folder, old) = filled();
    let refused = old.rotate().unwrap_err();
    assert!(matches!(refused, SecretError::Rotation { .. }), "{refused}");
    assert!(matches!(
        old.finish_rotation(),
        Err(SecretError::Rotation { .. })
    ));
    assert!(matches!(
        old.abandon_rotation(),
        Err(SecretError::Rotation { .. })
    ));
    assert!(matches!(
        old.begin_rotation(&given("short")),
        Err(SecretError::WeakKey { .. })
    ));
    old.begin_rotation(&given(NEXT)).unwrap();
    let next = SecretStore::open(old.path(), given(NEXT)).unwrap();
    assert!(next.is_rotating().unwrap());
    for store in [&old, &next] {
        assert_eq!(text(store, "ibkr.password"), "OPEN-SESAME");
        let twice = store.begin_rotation(&given("yet another key, long enough"));
        assert!(matches!(twice, Err(SecretError::Rotation { .. })));
    }
    assert!(matches!(
        old.finish_rotation(),
        Err(SecretError::Rotation { .. })
    ));
    assert!(matches!(
        next.abandon_rotation(),
        Err(SecretError::Rotation { .. })
    ));
    old.put("from.the.old", &secret("v")).unwrap();
    next.finish_rotation().unwrap();
    assert_eq!(text(&next, "from.the.old"), "v");
    assert!(matches!(
        old.get("ibkr.password"),
        Err(SecretError::WrongKey { .. })
    ));
    assert!(SecretStore::open(old.path(), given(KEY)).is_err());
}

#[test]
fn a_rotation_that_is_abandoned_leaves_the_old_key_alone() {
    let (_folder, old) = filled();
    old.begin_rotation(&given(NEXT)).unwrap();
    old.abandon_rotation().unwrap();
    assert_eq!(text(&old, "ibkr.password"), "OPEN-SESAME");
    assert!(SecretStore::open(old.path(), given(NEXT)).is_err());
    assert!(!old.is_rotating().unwrap());
}

#[test]
fn the_two_slots_are_sealed_with_the_body() {
    let (_folder, store) = filled();
    store.begin_rotation(&given(NEXT)).unwrap();
    let mut bytes = fs::read(store.path()).unwrap();
    // The second slot, which this key does not open: nobody can put another one there.
    bytes[11 + 92] ^= 1;
    let summed = 11 + 2 * 92 + 16;
    let sum = <sha2::Sha256 as sha2::Digest>::digest(&bytes[..summed]);
    bytes[summed..summed + 32].copy_from_slice(&sum);
    fs::write(store.path(), bytes).unwrap();
    assert!(matches!(store.list(), Err(SecretError::Tampered { .. })));
}
