use core::time::Duration;
use std::{collections::BTreeMap, sync::Arc};

use broker_core::{
    BrokerExt, Covered, ErrorKind, SessionState, dec,
    model::{AccountId, Position, SignedQuantity},
};
use tokio::time::Instant;

use super::{DEFAULT_BOUND, Permission, Registry, Seat, SeatKey, Strategy, within};
use crate::test_support::{Step, Stub, account, apple, equity, failure, lock, second_account};

struct World {
    registry: Registry,
    stubs: BTreeMap<&'static str, Arc<Stub>>,
}

impl World {
    /// Two brokers that both have DU1, one of them DU2, too.
    fn new() -> Self {
        let registry = Registry::new();
        let mut stubs = BTreeMap::new();
        for name in ["alpha", "beta"] {
            stubs.insert(name, Stub::named(name));
        }
        let add = |name: &str, account: &AccountId| {
            registry
                .add(stubs[name].dynamic(), account, Permission::Trade)
                .unwrap()
        };
        add("alpha", &account());
        add("alpha", &second_account());
        add("beta", &account());
        Self { registry, stubs }
    }
}

fn key(broker: &str, account: &str) -> SeatKey {
    SeatKey {
        broker: broker.try_into().unwrap(),
        account: account.try_into().unwrap(),
    }
}

fn position(seat: &SeatKey, symbol: &str, units: i64) -> Position {
    let quantity = SignedQuantity::try_from(units).unwrap();
    Position::new(
        seat.account.clone(),
        equity(symbol),
        quantity,
        crate::test_support::start(),
    )
}

// ---- routing ----------------------------------------------------------------------------------

#[tokio::test]
async fn a_call_goes_to_the_account_it_names_then_to_its_context_then_to_the_default() {
    let World { registry, .. } = World::new();
    let route = |explicit: Option<&AccountId>| registry.route(explicit, Permission::Trade);
    assert_eq!(route(None).unwrap().key, key("alpha", "DU1"));
    let inside = within(key("beta", "DU1"), async {
        route(None).unwrap().key.clone()
    })
    .await;
    assert_eq!(inside, key("beta", "DU1"));
    let named = within(key("beta", "DU1"), async {
        route(Some(&second_account())).unwrap().key.clone()
    });
    assert_eq!(named.await, key("alpha", "DU2"));
    registry.set_default(&key("beta", "DU1")).unwrap();
    assert_eq!(route(None).unwrap().key, key("beta", "DU1"));
}

#[test]
fn a_name_that_several_brokers_have_is_ambiguous_and_an_unknown_one_not_found() {
    let World { registry, .. } = World::new();
    let error = registry
        .route(Some(&account()), Permission::Read)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Ambiguous);
    assert!(error.message().contains("alpha, beta"), "{error}");
    let nobody = AccountId::new("DU9").unwrap();
    let error = registry.route(Some(&nobody), Permission::Read).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    registry
        .seat(&key("beta", "DU1"), Permission::Read)
        .unwrap();
}

#[tokio::test]
async fn a_context_that_is_gone_does_not_fall_back_to_the_default() {
    let World { registry, .. } = World::new();
    registry.remove(&key("beta", "DU1")).unwrap();
    let lost = within(key("beta", "DU1"), async {
        registry.route(None, Permission::Trade)
    })
    .await;
    assert_eq!(lost.unwrap_err().kind(), ErrorKind::NotFound);
    registry.remove(&key("alpha", "DU1")).unwrap();
    let error = registry.route(None, Permission::Trade).unwrap_err();
    assert_eq!(
        error.kind(),
        ErrorKind::NotFound,
        "orders must not move to another account"
    );
}

#[test]
fn permissions_include_the_ones_before_and_disabling_takes_all() {
    let World { registry, .. } = World::new();
    let seat = key("alpha", "DU2");
    for (has, may) in [
        (Permission::Read, [true, false, false]),
        (Permission::Trade, [true, true, false]),
        (Permission::Admin, [true, true, true]),
    ] {
        registry.set_permission(&seat, has).unwrap();
        for (need, may) in [Permission::Read, Permission::Trade, Permission::Admin]
            .into_iter()
            .zip(may)
        {
            let routed = registry.route(Some(&second_account()), need);
            assert_eq!(routed.is_ok(), may, "{has:?} for {need:?}");
        }
    }
    registry.set_enabled(&seat, false).unwrap();
    let error = registry
        .route(Some(&second_account()), Permission::Read)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert!(error.message().contains("disabled"), "{error}");
}

#[test]
fn an_account_is_there_once_and_only_if_the_broker_has_it() {
    let World { registry, stubs } = World::new();
    let again = registry.add(stubs["alpha"].dynamic(), &account(), Permission::Read);
    assert_eq!(again.unwrap_err().kind(), ErrorKind::Duplicate);
    let strange = AccountId::new("DU9").unwrap();
    let strange = registry.add(stubs["alpha"].dynamic(), &strange, Permission::Read);
    assert_eq!(strange.unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn accounts_of_one_name_stay_apart_when_one_of_them_changes_or_goes() {
    let registry = Registry::new();
    for name in ["gamma", "alpha", "beta"] {
        let broker = Stub::named(name).dynamic();
        registry.add(broker, &account(), Permission::Trade).unwrap();
    }
    let refused = || registry.route(Some(&account()), Permission::Trade).err();
    let said = |part: &str| {
        let error = refused().unwrap();
        assert!(error.message().contains(part), "{error}");
    };
    said("is at alpha, beta, gamma:");
    registry.set_enabled(&key("beta", "DU1"), false).unwrap();
    let enabled: Vec<bool> = registry.seats().iter().map(|seat| seat.enabled).collect();
    assert_eq!(enabled, [true, false, true]);
    registry.remove(&key("beta", "DU1")).unwrap();
    said("is at alpha, gamma:");
    registry.remove(&key("gamma", "DU1")).unwrap();
    assert!(refused().is_none());
    let gone = registry.remove(&key("gamma", "DU1")).unwrap_err();
    assert_eq!(gone.kind(), ErrorKind::NotFound);
}

#[test]
fn accounts_that_several_threads_add_and_remove_do_not_undo_each_other() {
    const TIMES: usize = 300;
    let World { registry, .. } = World::new();
    let before = registry.seats().len();
    let names: Vec<String> = (0..4).map(|number| format!("thread-{number}")).collect();
    std::thread::scope(|scope| {
        for name in &names {
            let (registry, stub) = (&registry, Stub::named(name));
            scope.spawn(move || {
                let add = || registry.add(stub.dynamic(), &account(), Permission::Trade);
                for _ in 0..TIMES {
                    registry.remove(&add().unwrap()).unwrap();
                }
                add().unwrap();
            });
        }
        for _ in 0..TIMES {
            let other = registry.route(Some(&second_account()), Permission::Trade);
            assert_eq!(other.unwrap().key, key("alpha", "DU2"));
        }
    });
    assert_eq!(registry.seats().len(), before + names.len());
    for name in &names {
        registry.seat(&key(name, "DU1"), Permission::Trade).unwrap();
    }
}

#[tokio::test]
async fn accounts_come_and_go_without_touching_the_streams_of_others() {
    let World { registry, stubs } = World::new();
    let seat = registry
        .seat(&key("alpha", "DU1"), Permission::Read)
        .unwrap();
    let mut events = seat.broker.events(&account()).unwrap();
    while events.try_next().is_some() {}
    registry.remove(&key("alpha", "DU2")).unwrap();
    registry.set_enabled(&key("beta", "DU1"), false).unwrap();
    registry
        .add(stubs["beta"].dynamic(), &second_account(), Permission::Read)
        .unwrap();
    assert!(
        events.try_next().is_none(),
        "nothing happened to this account"
    );
    stubs["alpha"].works(&crate::test_support::buy("a", 1, dec!(10)));
    assert!(events.try_next().is_some());
}

#[test]
fn a_group_has_its_enabled_members() {
    let World { registry, .. } = World::new();
    for seat in registry.seats() {
        registry.set_member(&seat.key, "all", true).unwrap();
    }
    registry.set_enabled(&key("beta", "DU1"), false).unwrap();
    registry
        .set_member(&key("alpha", "DU2"), "all", false)
        .unwrap();
    let names: Vec<_> = registry
        .group("all")
        .iter()
        .map(|seat| seat.key.to_string())
        .collect();
    assert_eq!(names, ["alpha/DU1"]);
}

// ---- strategies -------------------------------------------------------------------------------

fn picks(registry: &Registry, seats: &[Seat], strategy: Strategy<'_>, times: usize) -> Vec<String> {
    (0..times)
        .map(|_| registry.pick(seats, strategy).unwrap().key.to_string())
        .collect()
}

#[test]
fn each_strategy_chooses_as_it_says() {
    let World { registry, .. } = World::new();
    let seats = registry.seats();
    let names = ["alpha/DU1", "beta/DU1", "alpha/DU2"];
    let round = picks(&registry, &seats, Strategy::RoundRobin, 6);
    assert_eq!(round, [names, names].concat());
    assert_eq!(
        picks(&registry, &seats, Strategy::Failover, 3),
        ["alpha/DU1"; 3]
    );
    let held: Vec<_> = (0..3)
        .map(|_| registry.pick(&seats, Strategy::LeastLoaded).unwrap())
        .collect();
    let mut chosen: Vec<_> = held.iter().map(|lease| lease.key.to_string()).collect();
    chosen.sort();
    assert_eq!(chosen, ["alpha/DU1", "alpha/DU2", "beta/DU1"]);
    drop(held);
    assert!(registry.seats().iter().all(|seat| seat.load() == 0));
    let random = picks(&registry, &seats, Strategy::Random, 200);
    assert!(
        names
            .iter()
            .all(|name| random.iter().any(|chosen| chosen == name))
    );
}

#[test]
fn a_sticky_word_keeps_its_account_and_only_its_own_words_move_when_one_goes() {
    let World { registry, stubs } = World::new();
    let seats = registry.seats();
    let words: Vec<String> = (0..60).map(|n| format!("w{n}")).collect();
    let choose = |word: &String| {
        registry
            .pick(&seats, Strategy::Sticky(word))
            .unwrap()
            .key
            .clone()
    };
    let before: Vec<SeatKey> = words.iter().map(choose).collect();
    assert_eq!(before, words.iter().map(choose).collect::<Vec<_>>());
    stubs["beta"].session.send_replace(SessionState::Connecting);
    for (word, before) in words.iter().zip(&before) {
        let after = choose(word);
        assert_eq!(after == *before, before.broker.as_str() != "beta");
    }
}

#[test]
fn whoever_has_no_session_is_not_asked() {
    let World { registry, stubs } = World::new();
    stubs["alpha"]
        .session
        .send_replace(SessionState::Connecting);
    let seats = registry.seats();
    assert_eq!(
        picks(&registry, &seats, Strategy::Failover, 1),
        ["beta/DU1"]
    );
    assert_eq!(
        picks(&registry, &seats, Strategy::RoundRobin, 2),
        ["beta/DU1"; 2]
    );
    stubs["beta"].session.send_replace(SessionState::Connecting);
    let nobody = registry.pick(&seats, Strategy::Random).unwrap_err();
    assert_eq!(nobody.kind(), ErrorKind::Disconnected);
}

// ---- several at once --------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn accounts_are_asked_together_up_to_the_bound_and_answer_apart() {
    const SECOND: Duration = Duration::from_secs(1);
    let registry = Registry::new();
    let mut stubs = Vec::new();
    for n in 0..25 {
        let stub = Stub::named(&format!("b{n:02}"));
        stub.then(
            "summary",
            if n == 7 {
                Step::Fail(failure(ErrorKind::Disconnected))
            } else {
                Step::Slow(SECOND)
            },
        );
        registry
            .add(stub.dynamic(), &account(), Permission::Read)
            .unwrap();
        stubs.push(stub);
    }
    registry.set_enabled(&key("b03", "DU1"), false).unwrap();
    let began = Instant::now();
    let seats = registry.seats();
    let all = registry.aggregate(&seats, DEFAULT_BOUND, |seat| async move {
        seat.broker
            .portfolio()
            .unwrap()
            .summary(seat.account())
            .await
    });
    let all = all.await;
    // 23 of a second each, ten at a time.
    assert_eq!(began.elapsed().as_secs(), 3);
    assert_eq!((all.answers.len(), all.is_complete()), (23, false));
    let failed: Vec<_> = all
        .failures
        .iter()
        .map(|(key, error)| (key.to_string(), error.kind()))
        .collect();
    let expected = [
        ("b03/DU1".to_owned(), ErrorKind::PermissionDenied),
        ("b07/DU1".to_owned(), ErrorKind::Disconnected),
    ];
    assert_eq!(failed, expected);
    assert!(all.answers.is_sorted_by_key(|(key, _)| key.clone()));
    assert!(all.complete().unwrap_err().message().contains("b03/DU1"));
}

#[tokio::test]
async fn positions_are_netted_by_instrument_across_brokers() {
    let World { registry, stubs } = World::new();
    let (a, b) = (key("alpha", "DU1"), key("beta", "DU1"));
    let held = vec![position(&a, "AAPL", 100), position(&a, "MSFT", 5)];
    lock(&stubs["alpha"].positions).insert(account(), Covered::Complete(held));
    let held = vec![position(&b, "AAPL", -30)];
    lock(&stubs["beta"].positions).insert(account(), Covered::Complete(held));
    let net = registry.net_positions(&registry.seats(), 10).await;
    let Covered::Complete(positions) = &net.positions else {
        panic!("{net:?}");
    };
    let apple = positions
        .iter()
        .find(|net| net.instrument == apple())
        .unwrap();
    assert_eq!(
        (apple.net, apple.gross, apple.holdings.len()),
        (dec!(70), dec!(130), 2)
    );
    assert_eq!(positions.len(), 2);
}

#[tokio::test]
async fn what_an_account_cannot_say_is_missing_and_no_zero() {
    let World { registry, stubs } = World::new();
    lock(&stubs["alpha"].positions).insert(account(), Covered::Unavailable("no session".into()));
    stubs["beta"].then("positions", Step::Fail(failure(ErrorKind::Timeout)));
    let net = registry.net_positions(&registry.seats(), 10).await;
    let Covered::Partial { missing, .. } = &net.positions else {
        panic!("{net:?}");
    };
    assert!(
        missing.contains("alpha/DU1: no session") && missing.contains("beta/DU1: timeout"),
        "{missing}"
    );
    assert_eq!(net.failures.len(), 1);
    for stub in stubs.values() {
        stub.then("positions", Step::Fail(failure(ErrorKind::Timeout)));
        stub.then("positions", Step::Fail(failure(ErrorKind::Timeout)));
    }
    let net = registry.net_positions(&registry.seats(), 10).await;
    assert!(matches!(net.positions, Covered::Unavailable(_)));
}
