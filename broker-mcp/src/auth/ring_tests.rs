use core::time::Duration;

use broker_core::ExposeSecret as _;
use chrono::{TimeDelta, Utc};

use super::{Cost, KeyError, Ring, text};
use crate::{Principal, principal::Role};

const COST: Cost = Cost::new(8, 1);

fn somebody(name: &str) -> Principal {
    Principal::new(name, [Role::Read])
}

#[test]
fn a_key_has_256_random_bits_and_a_prefix_that_can_be_shown() {
    let mut ring = Ring::default();
    let issued = ring.issue(somebody("a"), Utc::now(), COST).unwrap();
    let key = issued.key.expose_secret();
    let (prefix, secret) = text::read(key).unwrap();
    assert_eq!(prefix, issued.prefix);
    assert_eq!(secret.len() * 8, 256);
    let again = ring.issue(somebody("b"), Utc::now(), COST).unwrap();
    assert_ne!(again.key.expose_secret(), key);
    assert!(key.starts_with(&format!("bk_{prefix}_")));
}

#[test]
fn only_the_hash_of_a_key_is_kept() {
    let mut ring = Ring::default();
    let issued = ring.issue(somebody("a"), Utc::now(), COST).unwrap();
    let stored = serde_json::to_string(&ring).unwrap();
    // The secret itself may have underscores.
    let secret = issued.key.expose_secret().splitn(3, '_').nth(2).unwrap();
    assert!(!stored.contains(secret));
    assert!(stored.contains("argon2id"));
    let (_, record) = ring.by_prefix(&issued.prefix).unwrap();
    let (_, right) = text::read(issued.key.expose_secret()).unwrap();
    let mut wrong = right.clone();
    wrong[31] ^= 1;
    assert!(record.hash.is_of(&right));
    assert!(!record.hash.is_of(&wrong));
}

#[test]
fn a_name_is_one_keys_until_it_is_revoked() {
    let mut ring = Ring::default();
    let now = Utc::now();
    ring.issue(somebody("a"), now, COST).unwrap();
    let taken = ring.issue(somebody("a"), now, COST).unwrap_err();
    assert!(matches!(taken, KeyError::Taken(_)));
    ring.revoke("a", now).unwrap();
    assert!(matches!(ring.revoke("a", now), Err(KeyError::Revoked(_))));
    ring.issue(somebody("a"), now, COST).unwrap();
    ring.revoke("a", now).unwrap();
    assert!(matches!(ring.revoke("b", now), Err(KeyError::Unknown(_))));
}

#[test]
fn a_rotated_key_has_the_same_owner_and_two_secrets_for_a_while() {
    let mut ring = Ring::default();
    let now = Utc::now();
    let first = ring.issue(somebody("a"), now, COST).unwrap();
    let hour = Duration::from_secs(3_600);
    let second = ring.rotate("a", hour, now, COST).unwrap();
    assert_eq!(first.id, second.id);
    let ends = |ring: &Ring, prefix: &str| ring.by_prefix(prefix).map(|(_, one)| one.expires_at);
    assert_eq!(
        ends(&ring, &first.prefix),
        Some(Some(now + TimeDelta::hours(1)))
    );
    assert_eq!(ends(&ring, &second.prefix), Some(None));
    // A second rotation ends what the first one let live on.
    let third = ring.rotate("a", hour, now, COST).unwrap();
    assert_eq!(ends(&ring, &first.prefix), None);
    assert!(ends(&ring, &second.prefix).unwrap().is_some());
    assert_eq!(ends(&ring, &third.prefix), Some(None));
}

#[test]
fn what_is_no_key_is_not_read() {
    let long = "A".repeat(43);
    for text in [
        "",
        "bk_",
        "bk_0123456789abcdef",
        "bk_0123456789abcdef_",
        &format!("bk_0123456789ABCDEF_{long}"),
        &format!("bk_0123456789abcdef-{long}"),
        &format!("bk_0123456789abcdef_{long}A"),
        &format!("bk_0123456789abcdeé_{long}"),
        &format!("xx_0123456789abcdef_{long}"),
    ] {
        assert!(text::read(text).is_none(), "{text}");
    }
    assert!(text::read(&format!("bk_0123456789abcdef_{long}")).is_some());
}
