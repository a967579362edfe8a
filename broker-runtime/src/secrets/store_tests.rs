use std::{collections::BTreeSet, fs, path::Path, thread};

use broker_core::{ErrorKind, ExposeSecret as _, SecretString};
use tempfile::TempDir;

use super::{KeyDerivation, MasterKey, SecretError, SecretStore};

/// As little work as Argon2id takes: these tests are not about guessing.
pub(super) const CHEAP: KeyDerivation = KeyDerivation {
    memory_kib: 8,
    passes: 1,
    lanes: 1,
};

pub(super) fn secret(text: &str) -> SecretString {
    SecretString::from(text)
}

pub(super) fn given(text: &str) -> MasterKey {
    MasterKey::given(secret(text))
}

pub(super) const KEY: &str = "a key of enough characters";

/// A store whose key is given, with two secrets in it.
pub(super) fn filled() -> (TempDir, SecretStore) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("broker.secrets");
    let store = SecretStore::create_with(path, given(KEY), CHEAP).unwrap();
    store.put("ibkr.password", &secret("OPEN-SESAME")).unwrap();
    store.put("tiger.token", &secret("TIGER-TOKEN")).unwrap();
    (folder, store)
}

pub(super) fn text(store: &SecretStore, name: &str) -> String {
    store.get(name).unwrap().expose_secret().to_owned()
}

#[test]
fn what_is_put_is_there_for_another_handle() {
    let (_folder, store) = filled();
    let other = SecretStore::open(store.path(), given(KEY)).unwrap();
    assert_eq!(text(&other, "ibkr.password"), "OPEN-SESAME");
    store.put("ibkr.password", &secret("another")).unwrap();
    assert_eq!(text(&other, "ibkr.password"), "another");
    other.remove("ibkr.password").unwrap();
    let gone = store.get("ibkr.password").unwrap_err();
    assert!(matches!(gone, SecretError::NotFound { name } if name == "ibkr.password"));
    assert!(store.remove("ibkr.password").is_err());
    assert_eq!(text(&store, "tiger.token"), "TIGER-TOKEN");
}

#[test]
fn the_list_has_names_and_times_and_nothing_else() {
    let (_folder, store) = filled();
    let before = store.list().unwrap();
    let names: Vec<_> = before.iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(names, ["ibkr.password", "tiger.token"]);
    // Until the clock of the file, which counts milliseconds, has moved.
    let first = before[0].clone();
    let again = loop {
        store.put("ibkr.password", &secret("another")).unwrap();
        let again = store.list().unwrap().remove(0);
        if again.updated_at > first.updated_at {
            break again;
        }
    };
    assert_eq!(again.created_at, first.created_at);
    assert!(!format!("{again:?}").contains("another"));
}

#[test]
fn empty_large_and_foreign_texts_come_back_as_they_were() {
    let (_folder, store) = filled();
    let large = "x".repeat(1 << 20);
    for value in ["", "line\nline\r\n\0", "schlüssel 🔑", &large] {
        store.put("value", &secret(value)).unwrap();
        assert_eq!(text(&store, "value"), value);
    }
    let larger = secret(&"x".repeat((1 << 20) + 1));
    assert!(matches!(
        store.put("value", &larger),
        Err(SecretError::TooLarge)
    ));
    assert_eq!(
        text(&store, "value"),
        large,
        "the one before is still there"
    );
}

#[test]
fn a_name_that_is_none_is_refused_and_not_repeated() {
    let (_folder, store) = filled();
    let long = "x".repeat(65);
    for name in ["", "../x", ".x", "a b", "ä", "a/b", &long] {
        let refused = store.put(name, &secret("v")).unwrap_err();
        assert!(matches!(refused, SecretError::BadName), "{name}");
        assert!(matches!(store.get(name), Err(SecretError::BadName)));
    }
    assert_eq!(store.list().unwrap().len(), 2);
}

#[cfg(unix)]
#[test]
fn only_the_owner_reads_the_file_and_nothing_else_is_left_behind() {
    use std::os::unix::fs::PermissionsExt as _;
    let (folder, store) = filled();
    // As after a crash in the middle of a write, with other permissions.
    let left = folder.path().join("broker.secrets.new");
    fs::write(&left, "torn").unwrap();
    fs::set_permissions(&left, fs::Permissions::from_mode(0o666)).unwrap();
    store.put("more", &secret("v")).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(store.path()), 0o600);
    let names = fs::read_dir(folder.path()).unwrap();
    let names: BTreeSet<_> = names.map(|entry| entry.unwrap().file_name()).collect();
    let expected = ["broker.secrets", "broker.secrets.lock"];
    assert_eq!(names, expected.map(Into::into).into_iter().collect());
}

#[test]
fn neither_secrets_nor_names_can_be_read_in_the_file() {
    let (_folder, store) = filled();
    let bytes = fs::read(store.path()).unwrap();
    for word in ["OPEN-SESAME", "ibkr.password", "TIGER", KEY] {
        let found = bytes
            .windows(word.len())
            .any(|part| part == word.as_bytes());
        assert!(!found, "{word}");
    }
}

#[test]
fn no_nonce_is_used_twice() {
    let (_folder, store) = filled();
    let mut nonces = BTreeSet::new();
    for _ in 0..50 {
        store.put("tiger.token", &secret("the same")).unwrap();
        let bytes = fs::read(store.path()).unwrap();
        assert!(nonces.insert(bytes[103..115].to_vec()), "the same nonce");
    }
}

#[test]
fn a_store_is_not_created_over_another() {
    let (_folder, store) = filled();
    let error = SecretStore::create_with(store.path(), given(KEY), CHEAP).unwrap_err();
    assert!(matches!(error, SecretError::Exists { .. }), "{error}");
    assert_eq!(text(&store, "ibkr.password"), "OPEN-SESAME");
}

#[test]
fn each_reason_not_to_open_has_its_own_error() {
    let (folder, store) = filled();
    let open = |key: &str| SecretStore::open(store.path(), given(key)).map(|_| ());
    assert!(matches!(
        open("another key of enough characters"),
        Err(SecretError::WrongKey { .. })
    ));
    assert!(matches!(open("short"), Err(SecretError::WeakKey { .. })));
    let missing = SecretStore::open(folder.path().join("none"), given(KEY)).unwrap_err();
    assert!(matches!(missing, SecretError::Missing { .. }), "{missing}");
    let mut bytes = fs::read(store.path()).unwrap();
    bytes[9] = 2;
    fs::write(store.path(), &bytes).unwrap();
    assert!(matches!(
        open(KEY),
        Err(SecretError::Newer { version: 2, .. })
    ));
    fs::write(store.path(), "[secrets]\n").unwrap();
    assert!(matches!(open(KEY), Err(SecretError::Foreign { .. })));
}

#[test]
fn a_key_file_that_others_may_read_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("master.key");
    let path = folder.path().join("broker.secrets");
    MasterKey::generate_file(&key).unwrap();
    let again = MasterKey::generate_file(&key).unwrap_err();
    assert!(
        matches!(again, SecretError::Exists { .. }),
        "a key is never overwritten"
    );
    let written = fs::read_to_string(&key).unwrap();
    assert_eq!(written.trim_end().len(), 64);
    SecretStore::create_with(&path, MasterKey::file(&key), CHEAP).unwrap();
    // The line end is not a part of the key.
    SecretStore::open(&path, given(written.trim_end())).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        for (mode, refused) in [(0o640, true), (0o604, true), (0o602, true), (0o400, false)] {
            fs::set_permissions(&key, fs::Permissions::from_mode(mode)).unwrap();
            let opened = SecretStore::open(&path, MasterKey::file(&key));
            let is_open =
                matches!(opened, Err(SecretError::OpenKeyFile { mode: m, .. }) if m == mode);
            assert_eq!(is_open, refused, "{mode:o}");
        }
    }
    let none = SecretStore::open(&path, MasterKey::file(folder.path().join("none"))).unwrap_err();
    assert!(matches!(none, SecretError::NoKey { .. }), "{none}");
}

#[test]
fn a_variable_that_is_not_set_is_named() {
    let name = "BROKER_RUNTIME_TEST_THAT_IS_NOT_SET";
    let error = SecretStore::open("none", MasterKey::environment(name)).unwrap_err();
    assert!(matches!(error, SecretError::NoKey { .. }));
    assert!(error.to_string().contains(name), "{error}");
}

#[test]
fn writers_at_the_same_time_lose_nothing() {
    let (_folder, store) = filled();
    thread::scope(|scope| {
        for writer in 0..6 {
            let path = store.path();
            scope.spawn(move || {
                let store = SecretStore::open(path, given(KEY)).unwrap();
                for number in 0..5 {
                    store
                        .put(&format!("{writer}.{number}"), &secret("v"))
                        .unwrap();
                }
            });
        }
    });
    assert_eq!(store.list().unwrap().len(), 2 + 30);
}

#[test]
fn neither_debug_nor_an_error_tells_a_secret() {
    let (_folder, store) = filled();
    let wrong = SecretStore::open(store.path(), given("ANOTHER-MASTER-KEY")).unwrap_err();
    let short = SecretStore::open(store.path(), given("SHORT-KEY")).unwrap_err();
    let large = store
        .put("x", &secret(&"OPEN-SESAME".repeat(100_000)))
        .unwrap_err();
    fs::write(store.path(), "OPEN-SESAME").unwrap();
    let foreign = store.get("ibkr.password").unwrap_err();
    let mut said = format!(
        "{store:?} {:?} {:?}",
        store.list(),
        given("ANOTHER-MASTER-KEY")
    );
    for error in [wrong, short, large, foreign] {
        said += &format!("{error} {error:?} ");
        let error = broker_core::Error::from(error);
        assert_ne!(error.kind(), ErrorKind::Internal);
        said += &format!("{error} {error:?} ");
    }
    for word in [
        "SESAME",
        "ANOTHER-MASTER-KEY",
        "SHORT-KEY",
        KEY,
        "TIGER-TOKEN",
    ] {
        assert!(!said.contains(word), "{word} in {said}");
    }
}

#[test]
fn the_usual_costs_are_those_of_rfc_9106() {
    let cost = KeyDerivation::default();
    assert_eq!((cost.memory_kib, cost.passes, cost.lanes), (65_536, 3, 4));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    for cost in [
        KeyDerivation {
            memory_kib: 1,
            ..CHEAP
        },
        KeyDerivation {
            memory_kib: 2 << 20,
            ..CHEAP
        },
        KeyDerivation { passes: 0, ..CHEAP },
        KeyDerivation { lanes: 0, ..CHEAP },
    ] {
        assert!(
            SecretStore::create_with(&path, given(KEY), cost).is_err(),
            "{cost:?}"
        );
        assert!(!path.exists());
    }
}
