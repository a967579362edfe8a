use core::time::Duration;
use std::sync::{Arc, Mutex};

use broker_core::{
    BrokerExt as _, Error, ErrorKind, SessionState, UnconfirmedCause, dec,
    event::EventBody,
    model::{AccountId, Environment},
};
use tokio::time::Instant;

use super::{
    Connection, Session, Supervisor, Timing,
    stage::{Act, SECOND, pass, settle, supervisor},
};
use crate::{
    journal::MemoryStore,
    layer::Stack,
    registry::{Permission, Registry, SeatKey},
    test_support::{Step, Stub, account, buy, failure, lock, second_account},
};

type Made = Arc<Mutex<Vec<Instant>>>;

/// A session whose new ones are made by `make`, and when they were.
fn remade(
    session: Session,
    make: impl Fn() -> Result<Connection, Error> + Send + Sync + 'static,
) -> (Session, Made) {
    let made = Made::default();
    let log = Arc::clone(&made);
    let session = session.rebuilt_by(move || {
        lock(&log).push(Instant::now());
        let new = make();
        async move { new }
    });
    (session, made)
}

fn never() -> Result<Connection, Error> {
    Err(failure(ErrorKind::Disconnected))
}

fn after(began: Instant, made: &Made) -> Vec<u64> {
    let made = lock(made);
    made.iter().map(|at| (*at - began).as_secs()).collect()
}

#[tokio::test(start_paused = true)]
async fn one_failed_check_restarts_nothing_and_the_second_in_a_row_does() {
    let began = Instant::now();
    let (supervisor, act) = (supervisor(), Act::new("alpha"));
    let (session, made) = remade(act.session(), never);
    act.lives(false);
    supervisor.watch(session).unwrap();
    pass(29).await;
    assert_eq!(supervisor.health().sessions[0].failures, 1);
    assert!(lock(&made).is_empty());
    pass(2).await;
    assert_eq!(after(began, &made), [30]);
    assert_eq!(act.stub.count("close"), 1, "the old session is ended first");
}

#[tokio::test(start_paused = true)]
async fn an_answer_between_two_failures_begins_the_count_anew() {
    let (supervisor, act) = (supervisor(), Act::new("alpha"));
    let (session, made) = remade(act.session(), never);
    act.lives(false);
    supervisor.watch(session).unwrap();
    pass(1).await;
    for alive in [true, false, true, false] {
        act.lives(alive);
        pass(30).await;
    }
    act.lives(true);
    pass(60).await;
    assert!(act.asked().len() > 6);
    assert!(lock(&made).is_empty());
    assert_eq!(act.stub.count("close"), 0);
}

#[tokio::test(start_paused = true)]
async fn pauses_between_restarts_grow_from_five_seconds_to_sixty_and_stay_there() {
    let (supervisor, act) = (supervisor(), Act::new("alpha"));
    let (session, made) = remade(act.session(), never);
    act.lives(false);
    supervisor.watch(session).unwrap();
    pass(31 + 5 + 10 + 20 + 40 + 60 * 4).await;
    let made = lock(&made).clone();
    let gaps: Vec<Duration> = made.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let nominal = [5, 10, 20, 40, 60, 60, 60];
    assert!(gaps.len() >= nominal.len(), "{gaps:?}");
    for (gap, nominal) in gaps.iter().zip(nominal) {
        let (least, most) = (
            Duration::from_millis(nominal * 800),
            Duration::from_secs(nominal),
        );
        // The clock ticks in milliseconds.
        let most = most + Duration::from_millis(2);
        assert!(
            (least..=most).contains(gap),
            "{gap:?} is no pause of {nominal} s"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn only_an_answer_makes_the_pauses_short_again() {
    let (supervisor, act) = (supervisor(), Act::new("alpha"));
    let next = act.clone();
    let (session, made) = remade(act.session(), move || {
        // The new session says that it is ready, and that is all it says.
        next.is(SessionState::Ready);
        Ok(next.connection())
    });
    act.lives(false);
    supervisor.watch(session).unwrap();
    pass(31 + 5 + 10).await;
    let health = supervisor.health().sessions[0].clone();
    assert!(health.failures >= 3, "{health:?}");
    let grown: Vec<Instant> = lock(&made).clone();
    assert!(grown.len() >= 3);
    assert!(
        grown[2] - grown[1] >= 8 * SECOND,
        "being ready is no answer"
    );
    act.lives(true);
    pass(90).await;
    let health = supervisor.health().sessions[0].clone();
    assert_eq!((health.failures, health.restart_in), (0, None));
    let before = lock(&made).len();
    act.lives(false);
    pass(70).await;
    let anew: Vec<Instant> = lock(&made).split_off(before);
    assert!(anew.len() >= 2, "{anew:?}");
    assert!(anew[1] - anew[0] <= 5 * SECOND + Duration::from_millis(2));
}

#[tokio::test(start_paused = true)]
async fn a_session_that_the_adapter_gave_up_is_restarted() {
    let began = Instant::now();
    let (supervisor, act) = (supervisor(), Act::new("alpha"));
    let next = act.clone();
    let (session, made) = remade(act.session(), move || {
        next.is(SessionState::Ready);
        Ok(next.connection())
    });
    supervisor.watch(session).unwrap();
    pass(1).await;
    act.is(SessionState::Closed);
    pass(60).await;
    assert_eq!(after(began, &made), [60]);
    let health = supervisor.health().sessions[0].clone();
    assert_eq!(
        (health.failures, health.restarts, health.reconnects),
        (0, 1, 1),
        "{health:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn what_only_a_person_can_help_is_never_restarted() {
    for state in [
        SessionState::Displaced {
            by: "another".into(),
        },
        SessionState::AuthRequired {
            instructions: "log in".into(),
        },
        SessionState::Maintenance { until: None },
    ] {
        let (supervisor, act) = (supervisor(), Act::new("alpha"));
        let (session, made) = remade(act.session(), never);
        act.is(state);
        supervisor.watch(session).unwrap();
        pass(3_600).await;
        assert!(lock(&made).is_empty());
    }
    let (supervisor, act) = (supervisor(), Act::new("alpha"));
    let (session, made) = remade(act.session(), never);
    act.lives(false);
    *lock(&act.trouble) = failure(ErrorKind::TokenExpired);
    supervisor.watch(session).unwrap();
    pass(3_600).await;
    assert!(
        lock(&made).is_empty(),
        "a log-in that is refused again and again is locked"
    );
}

/// A registry with two accounts at `alpha` and one at `beta`.
fn world(alpha: &Connection, beta: &Connection) -> Registry {
    let registry = Registry::new();
    let add = |connection: &Connection, account: AccountId, permission| {
        registry
            .add(Arc::clone(&connection.broker), &account, permission)
            .unwrap()
    };
    add(alpha, account(), Permission::Read);
    let key = add(alpha, second_account(), Permission::Trade);
    registry.set_member(&key, "mine", true).unwrap();
    registry.set_enabled(&key, false).unwrap();
    add(beta, account(), Permission::Trade);
    registry
}

fn key(broker: &str, account: &str) -> SeatKey {
    SeatKey {
        broker: broker.try_into().unwrap(),
        account: account.try_into().unwrap(),
    }
}

#[tokio::test(start_paused = true)]
async fn a_restart_puts_the_new_session_in_place_and_leaves_the_streams_of_others() {
    let (old, new, other) = (Act::new("alpha"), Act::new("alpha"), Act::new("beta"));
    let (first, beta) = (old.connection(), other.connection());
    let registry = world(&first, &beta);
    let supervisor = Supervisor::over(registry.clone(), Timing::default());
    let mut mine = first.broker.events(&account()).unwrap();
    let mut others = beta.broker.events(&account()).unwrap();
    while mine.try_next().is_some() {}
    while others.try_next().is_some() {}
    old.lives(false);
    let second = new.connection();
    let made = second.clone();
    let session = old.session_over(first);
    // The probe is that of the old one; it answers as soon as the new one is made.
    let revived = old.clone();
    let (session, _made) = remade(session, move || {
        revived.lives(true);
        Ok(made.clone())
    });
    supervisor.watch(session).unwrap();
    pass(32).await;
    let seat = registry.get(&key("alpha", "DU2")).unwrap();
    assert!(Arc::ptr_eq(&seat.broker, &second.broker));
    assert!(!seat.enabled && seat.groups.contains("mine"));
    assert_eq!(seat.permission, Permission::Trade);
    let seat = registry.get(&key("alpha", "DU1")).unwrap();
    assert!(Arc::ptr_eq(&seat.broker, &second.broker));
    assert_eq!(seat.permission, Permission::Read);
    assert!(Arc::ptr_eq(
        &registry.get(&key("beta", "DU1")).unwrap().broker,
        &beta.broker
    ));
    let last = mine.try_next().unwrap();
    let closed = EventBody::Session {
        session: SessionState::Closed,
    };
    assert_eq!(last.body, closed);
    assert!(
        others.try_next().is_none(),
        "nothing happened to this account"
    );
    other.stub.works(&buy("a", 1, dec!(10)));
    assert!(others.try_next().is_some());
    let connection = supervisor.connection(&old.name()).unwrap();
    assert!(Arc::ptr_eq(&connection.broker, &second.broker));
}

#[tokio::test(start_paused = true)]
async fn a_new_session_that_is_not_the_same_is_refused_and_closed() {
    let strange = Stub::named("gamma");
    let real = Stub::named("alpha");
    *lock(&real.environment) = Environment::Live;
    for (stub, word) in [(strange, "gamma"), (real, "live")] {
        let (old, other) = (Act::new("alpha"), Act::new("beta"));
        let (first, beta) = (old.connection(), other.connection());
        let registry = world(&first, &beta);
        let supervisor = Supervisor::over(registry.clone(), Timing::default());
        old.lives(false);
        let made = stub.dynamic();
        let broker = Arc::clone(&first.broker);
        let (session, _made) = remade(old.session_over(first), move || {
            Connection::over(Arc::clone(&made))
        });
        supervisor.watch(session).unwrap();
        pass(31).await;
        let health = supervisor.health().sessions[0].clone();
        assert!(
            health.reasons.iter().any(|reason| reason.contains(word)),
            "{health:?}"
        );
        assert_eq!(stub.count("close"), 1);
        assert!(Arc::ptr_eq(
            &registry.get(&key("alpha", "DU1")).unwrap().broker,
            &broker
        ));
    }
}

#[tokio::test(start_paused = true)]
async fn neither_an_end_nor_a_beginning_that_hangs_holds_the_others_up() {
    let began = Instant::now();
    let (supervisor, act, other) = (supervisor(), Act::new("alpha"), Act::new("beta"));
    act.lives(false);
    act.stub.then("close", Step::Hang);
    let made = Made::default();
    let log = Arc::clone(&made);
    let session = act.session().rebuilt_by(move || {
        lock(&log).push(Instant::now());
        core::future::pending()
    });
    supervisor.watch(session).unwrap();
    supervisor.watch(other.session()).unwrap();
    pass(39).await;
    assert!(lock(&made).is_empty());
    pass(2).await;
    assert_eq!(
        after(began, &made),
        [40],
        "ten seconds for the end of the old session"
    );
    pass(80).await;
    assert!(
        supervisor.health().sessions[0]
            .reasons
            .iter()
            .any(|why| why.contains("restarted"))
    );
    pass(10).await;
    let health = supervisor.health().sessions[0].clone();
    assert!(
        health.reasons.iter().any(|why| why.contains("within 90s")),
        "{health:?}"
    );
    assert_eq!(other.asked(), [2, 32, 62, 92, 122]);
}

#[tokio::test(start_paused = true)]
async fn a_session_without_a_journal_is_not_restarted_over_an_unconfirmed_order() {
    let (supervisor, act) = (supervisor(), Act::new("alpha"));
    let connection = act.connection();
    let broker = Arc::clone(&connection.broker);
    let (session, made) = remade(act.session_over(connection), never);
    act.stub
        .then("submit", Step::Unconfirmed(UnconfirmedCause::Timeout));
    let _unknown = broker.submit(&buy("a", 1, dec!(10))).await.unwrap();
    act.lives(false);
    supervisor.watch(session).unwrap();
    pass(120).await;
    assert!(lock(&made).is_empty());
    assert_eq!(act.stub.count("close"), 0);
    let health = supervisor.health().sessions[0].clone();
    assert!(
        health.reasons.iter().any(|why| why.contains("no journal")),
        "{health:?}"
    );
    // As soon as it is known, nothing stands in the way.
    act.stub.works(&buy("a", 1, dec!(10)));
    pass(61).await;
    assert!(!lock(&made).is_empty());
}

#[tokio::test(start_paused = true)]
async fn with_a_journal_the_new_session_knows_the_identifiers_of_the_old_one() {
    let supervisor = supervisor();
    let (old, new) = (Act::new("alpha"), Act::new("alpha"));
    let store = MemoryStore::new();
    let standing = Stack::standard()
        .journal(store.clone())
        .over(old.stub.dynamic())
        .await;
    let connection = Connection::from(standing.unwrap());
    let (adapter, revived) = (new.stub.dynamic(), old.clone());
    old.stub
        .then("submit", Step::Unconfirmed(UnconfirmedCause::Timeout));
    let _unknown = connection
        .broker
        .submit(&buy("a", 1, dec!(10)))
        .await
        .unwrap();
    old.lives(false);
    let session = old.session_over(connection).rebuilt_by(move || {
        revived.lives(true);
        let (store, adapter) = (store.clone(), Arc::clone(&adapter));
        async move { Ok(Stack::standard().journal(store).over(adapter).await?.into()) }
    });
    supervisor.watch(session).unwrap();
    pass(32).await;
    let broker = supervisor.connection(&old.name()).unwrap().broker;
    let error = broker.submit(&buy("a", 1, dec!(10))).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Duplicate);
    assert_eq!((old.stub.count("submit"), new.stub.count("submit")), (1, 0));
    assert_eq!(
        new.stub.count("contract"),
        1,
        "it was asked of the new session"
    );
}

#[tokio::test]
async fn a_registry_replaces_all_accounts_of_a_broker_or_none() {
    let (old, other) = (Act::new("alpha"), Act::new("beta"));
    let (first, beta) = (old.connection(), other.connection());
    let registry = world(&first, &beta);
    let real = Stub::named("alpha");
    *lock(&real.environment) = Environment::Paper;
    let error = registry.replace(&real.dynamic()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    let bare = Stub::without_second_account("alpha");
    let error = registry.replace(&bare.dynamic()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    for account in ["DU1", "DU2"] {
        let seat = registry.get(&key("alpha", account)).unwrap();
        assert!(Arc::ptr_eq(&seat.broker, &first.broker), "{account}");
    }
    let new = Stub::named("alpha").dynamic();
    let replaced = registry.replace(&new).unwrap();
    assert_eq!(replaced, [key("alpha", "DU1"), key("alpha", "DU2")]);
    settle().await;
}
