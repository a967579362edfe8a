use core::time::Duration;
use std::{
    collections::BTreeSet,
    net::IpAddr,
    sync::{Arc, Mutex},
};

use broker_core::ExposeSecret as _;
use chrono::Utc;

use super::{Alarm, Alert, Cost, Gate, KeyStore as _, MemoryKeys, Refusal, text};
use crate::{Principal, principal::Role};

const COST: Cost = Cost::new(8, 1);
const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

#[derive(Debug, Default)]
struct Heard(Mutex<Vec<Alert>>);

impl Alarm for Heard {
    fn raise(&self, alert: &Alert) {
        self.0.lock().unwrap().push(alert.clone());
    }
}

struct Bench {
    gate: Gate,
    store: Arc<MemoryKeys>,
    heard: Arc<Heard>,
    key: String,
}

fn bench() -> Bench {
    let store = Arc::new(MemoryKeys::new());
    let heard = Arc::new(Heard::default());
    let gate = Gate::new(Arc::clone(&store) as _).unwrap();
    let gate = gate.with_cost(COST).with_alarm(Arc::clone(&heard) as _);
    let mut key = String::new();
    store
        .change(&mut |ring| {
            let owner = Principal::new("a", [Role::Read]);
            let issued = ring.issue(owner, Utc::now(), COST)?;
            issued.key.expose_secret().clone_into(&mut key);
            Ok(())
        })
        .unwrap();
    Bench {
        gate,
        store,
        heard,
        key,
    }
}

/// The same key with another secret.
fn wrong(key: &str) -> String {
    format!("{}{}", &key[..20], "A".repeat(43))
}

#[tokio::test]
async fn the_right_key_is_let_in_and_found_again_without_hashing() {
    let bench = bench();
    let first = bench.gate.admit(&bench.key, HERE).await.unwrap();
    assert_eq!(first.name, "a");
    let second = bench.gate.admit(&bench.key, HERE).await.unwrap();
    assert!(Arc::ptr_eq(&first, &second), "it was hashed again");
    // Any change of the keys ends that.
    bench
        .store
        .change(&mut |ring| {
            ring.issue(Principal::new("b", []), Utc::now(), COST)
                .map(drop)
        })
        .unwrap();
    let third = bench.gate.admit(&bench.key, HERE).await.unwrap();
    assert!(!Arc::ptr_eq(&first, &third), "it was not hashed again");
}

#[tokio::test]
async fn a_key_that_many_bring_at_once_is_not_hashed_for_each() {
    let bench = bench();
    let admitted = (0..16).map(|_| bench.gate.admit(&bench.key, HERE));
    let admitted = futures_util::future::join_all(admitted).await;
    // Each time that it is hashed makes a principal of its own.
    let hashed: BTreeSet<_> = admitted
        .into_iter()
        .map(|principal| Arc::as_ptr(&principal.unwrap()).addr())
        .collect();
    assert!(hashed.len() <= 2, "{} times", hashed.len());
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_in_use_is_not_hashed_every_minute() {
    let bench = bench();
    let first = bench.gate.admit(&bench.key, HERE).await.unwrap();
    for _ in 0..3 {
        tokio::time::advance(Duration::from_secs(40)).await;
        let again = bench.gate.admit(&bench.key, HERE).await.unwrap();
        assert!(Arc::ptr_eq(&first, &again), "it was hashed again");
    }
    tokio::time::advance(Duration::from_secs(61)).await;
    let later = bench.gate.admit(&bench.key, HERE).await.unwrap();
    assert!(!Arc::ptr_eq(&first, &later), "it was not hashed again");
}

#[tokio::test]
async fn a_revoked_key_is_over_at_once() {
    let bench = bench();
    let owner = bench.gate.admit(&bench.key, HERE).await.unwrap();
    let prefix = text::prefix(&bench.key).unwrap();
    assert!(bench.gate.still_admits(&owner, prefix).is_some());
    assert_eq!(bench.gate.still_admits(&owner, "0123456789abcdef"), None);
    bench
        .store
        .change(&mut |ring| ring.revoke("a", Utc::now()))
        .unwrap();
    assert_eq!(bench.gate.still_admits(&owner, prefix), None);
    let refusal = bench.gate.admit(&bench.key, HERE).await;
    assert_eq!(refusal.unwrap_err(), Refusal::Unknown);
    assert!(!bench.gate.has_keys());
}

#[tokio::test]
async fn a_rotated_key_works_for_as_long_as_was_said() {
    let bench = bench();
    let mut fresh = String::new();
    let mut rotate = |overlap| {
        bench
            .store
            .change(&mut |ring| {
                let issued = ring.rotate("a", overlap, Utc::now(), COST)?;
                issued.key.expose_secret().clone_into(&mut fresh);
                Ok(())
            })
            .unwrap();
    };
    rotate(Duration::from_secs(3_600));
    let before = bench.gate.admit(&bench.key, HERE).await.unwrap();
    assert!(before.expires_at.is_some());
    let second = fresh.clone();
    rotate_now(&bench).await;
    let refusal = bench.gate.admit(&bench.key, HERE).await;
    assert_eq!(
        refusal.unwrap_err(),
        Refusal::Unknown,
        "the one before the last"
    );
    let refusal = bench.gate.admit(&second, HERE).await;
    assert_eq!(refusal.unwrap_err(), Refusal::Expired, "no overlap");
}

#[tokio::test]
async fn whoever_listens_with_a_replaced_secret_is_over_with_it() {
    let bench = bench();
    let owner = bench.gate.admit(&bench.key, HERE).await.unwrap();
    assert_eq!(owner.expires_at, None, "it did not end when it was let in");
    let prefix = text::prefix(&bench.key).unwrap();
    bench
        .store
        .change(&mut |ring| {
            ring.rotate("a", Duration::from_secs(3_600), Utc::now(), COST)
                .map(drop)
        })
        .unwrap();
    assert!(
        bench.gate.still_admits(&owner, prefix).is_some(),
        "for an hour"
    );
    rotate_now(&bench).await;
    assert_eq!(bench.gate.still_admits(&owner, prefix), None, "it is gone");
}

#[tokio::test]
async fn a_secret_that_is_there_still_and_over_ends_who_listens_with_it() {
    let bench = bench();
    let owner = bench.gate.admit(&bench.key, HERE).await.unwrap();
    rotate_now(&bench).await;
    let prefix = text::prefix(&bench.key).unwrap();
    assert_eq!(bench.gate.still_admits(&owner, prefix), None);
}

async fn rotate_now(bench: &Bench) {
    bench
        .store
        .change(&mut |ring| ring.rotate("a", Duration::ZERO, Utc::now(), COST).map(drop))
        .unwrap();
}

#[tokio::test(start_paused = true)]
async fn wrong_keys_cost_more_and_more_time_and_a_person_is_told() {
    let bench = bench();
    let wrong = wrong(&bench.key);
    for _ in 0..5 {
        let refusal = bench.gate.admit(&wrong, HERE).await;
        assert_eq!(refusal.unwrap_err(), Refusal::Unknown);
    }
    assert!(bench.heard.0.lock().unwrap().is_empty());
    for seconds in [1, 2, 4, 8] {
        let refusal = bench.gate.admit(&wrong, HERE).await;
        assert_eq!(refusal.unwrap_err(), Refusal::Unknown);
        let wait = Duration::from_secs(seconds);
        let refusal = bench.gate.admit(&wrong, HERE).await.unwrap_err();
        assert!(matches!(refusal, Refusal::Wait(left) if left <= wait && left > wait / 2));
        tokio::time::advance(wait).await;
    }
    let alerts = bench.heard.0.lock().unwrap().len();
    assert_eq!(alerts, 4);
}

#[tokio::test(start_paused = true)]
async fn a_stranger_cannot_lock_out_the_owner() {
    let bench = bench();
    for _ in 0..10 {
        let stranger = "bk_0123456789abcdef_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        let _refused = bench.gate.admit(stranger, HERE).await;
    }
    let refused = bench.gate.admit("nonsense", HERE).await.unwrap_err();
    assert!(matches!(refused, Refusal::Wait(_)));
    assert!(bench.gate.admit(&bench.key, HERE).await.is_ok());
    // Not even one who knows the prefix, from elsewhere.
    let elsewhere = IpAddr::from([198, 51, 100, 1]);
    for _ in 0..10 {
        let _refused = bench.gate.admit(&wrong(&bench.key), elsewhere).await;
    }
    rotate_nothing(&bench);
    assert!(bench.gate.admit(&bench.key, HERE).await.is_ok());
}

/// Ends what is believed.
fn rotate_nothing(bench: &Bench) {
    bench.store.change(&mut |_| Ok(())).unwrap();
}

#[test]
fn a_network_of_version_6_is_one_peer() {
    use super::failures::network;
    let one: IpAddr = "2001:db8::1".parse().unwrap();
    let other: IpAddr = "2001:db8::ffff:1".parse().unwrap();
    let elsewhere: IpAddr = "2001:db8:0:1::1".parse().unwrap();
    assert_eq!(network(one), network(other));
    assert_ne!(network(one), network(elsewhere));
    let mapped: IpAddr = "::ffff:192.0.2.1".parse().unwrap();
    assert_eq!(network(mapped), HERE);
}
