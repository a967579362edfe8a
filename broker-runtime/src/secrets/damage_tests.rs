use std::fs;

use broker_core::ExposeSecret as _;
use proptest::prelude::*;
use sha2::{Digest as _, Sha256};

use super::{
    SecretError, SecretStore,
    entries::Entries,
    sealed::Sealed,
    store_tests::{CHEAP, KEY, filled, given, secret, text},
};

/// The header of a store with one slot, up to its hash.
const SUMMED: usize = 8 + 2 + 1 + 92 + 12 + 4;

/// Makes the hash right again, as somebody would who knows the form.
fn sum_again(bytes: &mut [u8]) {
    let sum = Sha256::digest(&bytes[..SUMMED]);
    bytes[SUMMED..SUMMED + 32].copy_from_slice(&sum);
}

#[test]
fn a_store_that_is_cut_off_anywhere_is_called_truncated() {
    let (_folder, store) = filled();
    let whole = fs::read(store.path()).unwrap();
    for length in 0..whole.len() {
        fs::write(store.path(), &whole[..length]).unwrap();
        let error = store.get("ibkr.password").unwrap_err();
        assert!(
            matches!(error, SecretError::Truncated { .. }),
            "{length}: {error}"
        );
    }
    fs::write(store.path(), &whole).unwrap();
    assert_eq!(text(&store, "ibkr.password"), "OPEN-SESAME");
}

#[test]
fn no_byte_can_be_changed_unseen() {
    let (_folder, store) = filled();
    let whole = fs::read(store.path()).unwrap();
    for at in 0..whole.len() {
        for flip in [0x01, 0x80] {
            let mut bytes = whole.clone();
            bytes[at] ^= flip;
            fs::write(store.path(), &bytes).unwrap();
            let error = store.get("ibkr.password").unwrap_err();
            let expected = match at {
                0..8 => matches!(error, SecretError::Foreign { .. }),
                8..10 => matches!(
                    error,
                    SecretError::Newer { .. } | SecretError::Tampered { .. }
                ),
                10 => matches!(
                    error,
                    SecretError::Tampered { .. } | SecretError::Truncated { .. }
                ),
                _ => matches!(error, SecretError::Tampered { .. }),
            };
            assert!(expected, "{at}: {error:?}");
        }
    }
    let longer = [whole.as_slice(), b"x"].concat();
    fs::write(store.path(), longer).unwrap();
    assert!(matches!(store.list(), Err(SecretError::Tampered { .. })));
}

#[test]
fn a_header_that_somebody_rewrote_opens_nothing() {
    let (_folder, store) = filled();
    let whole = fs::read(store.path()).unwrap();
    for at in 11..SUMMED {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        sum_again(&mut bytes);
        fs::write(store.path(), &bytes).unwrap();
        let error = store.get("ibkr.password").unwrap_err();
        let expected = match at {
            // Salt, nonce and data key: the key does not fit any more.
            11..27 | 39..99 => matches!(error, SecretError::WrongKey { .. }),
            // The costs, some of which no store may ask for, and then what is always zero.
            27..39 => matches!(
                error,
                SecretError::WrongKey { .. } | SecretError::Tampered { .. }
            ),
            // The length is larger or smaller than the body.
            115.. => matches!(
                error,
                SecretError::Tampered { .. } | SecretError::Truncated { .. }
            ),
            _ => matches!(error, SecretError::Tampered { .. }),
        };
        assert!(expected, "{at}: {error:?}");
    }
}

#[test]
fn what_is_sealed_belongs_to_its_header() {
    let (_folder, store) = filled();
    let before = fs::read(store.path()).unwrap();
    store.put("tiger.token", &secret("newer token")).unwrap();
    let after = fs::read(store.path()).unwrap();
    assert_eq!(before.len(), after.len());
    // The same key and slot, the old body under the new header.
    let spliced = [&after[..SUMMED + 32], &before[SUMMED + 32..]].concat();
    fs::write(store.path(), spliced).unwrap();
    assert!(matches!(store.list(), Err(SecretError::Tampered { .. })));
    // And the old body with its nonce.
    let mut spliced = after.clone();
    spliced[103..115].copy_from_slice(&before[103..115]);
    sum_again(&mut spliced);
    spliced.truncate(SUMMED + 32);
    spliced.extend_from_slice(&before[SUMMED + 32..]);
    fs::write(store.path(), &spliced).unwrap();
    let read = SecretStore::open(store.path(), given(KEY));
    assert!(
        read.is_ok(),
        "with its own nonce it is the whole older file again"
    );
    assert_eq!(spliced, before);
}

#[test]
fn entries_cannot_be_swapped_between_stores_of_one_key() {
    let (_folder, store) = filled();
    let other = store.path().with_file_name("other");
    let other = SecretStore::create_with(other, given(KEY), CHEAP).unwrap();
    other.put("ibkr.password", &secret("evil-secret")).unwrap();
    other.put("tiger.token", &secret("evil-secret")).unwrap();
    let (mine, theirs) = (
        fs::read(store.path()).unwrap(),
        fs::read(other.path()).unwrap(),
    );
    assert_eq!(mine.len(), theirs.len());
    let spliced = [&mine[..SUMMED + 32], &theirs[SUMMED + 32..]].concat();
    fs::write(store.path(), spliced).unwrap();
    assert!(matches!(store.list(), Err(SecretError::Tampered { .. })));
}

proptest! {
    #[test]
    fn garbage_is_an_error_and_never_a_panic(
        mut bytes in proptest::collection::vec(any::<u8>(), 0..400),
        begins in any::<bool>(),
    ) {
        if begins {
            bytes.splice(0..bytes.len().min(10), *b"brksecr\n\0\x01");
            if bytes.len() > 10 {
                bytes[10] = 1 + bytes[10] % 2;
            }
            if bytes.len() > SUMMED + 32 {
                sum_again(&mut bytes);
            }
        }
        if let Ok(sealed) = Sealed::read(&bytes) {
            prop_assert!(sealed.open(&Default::default()).is_none());
        }
    }

    #[test]
    fn entries_are_read_as_they_were_written_and_garbage_is_not(
        texts in proptest::collection::btree_map("[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}", ".{0,40}", 0..6),
        garbage in proptest::collection::vec(any::<u8>(), 0..100),
    ) {
        let mut entries = Entries::default();
        for (name, value) in &texts {
            entries.put(name, &secret(value), chrono::DateTime::UNIX_EPOCH);
        }
        let bytes = entries.write().unwrap();
        let read = Entries::read(&bytes).unwrap();
        let read = read.0.iter().map(|(name, kept)| (name.clone(), kept.secret.expose_secret().to_owned()));
        prop_assert_eq!(read.collect::<std::collections::BTreeMap<_, _>>(), texts);
        let _ = Entries::read(&garbage);
        let _ = Entries::read(&[bytes.as_slice(), &garbage].concat());
    }
}
