use std::sync::{Arc, atomic::Ordering};

use broker_core::{ErrorKind, SessionState};
use tokio::time::Instant;

use super::{
    Gateway, READY_WITHIN, Supervisor,
    gateway_tests::Control,
    stage::{Act, SECOND, pass, settle, supervisor},
};
use crate::test_support::{failure, lock};

fn waits(
    supervisor: &Supervisor,
    act: &Act,
    seconds: u32,
) -> tokio::task::JoinHandle<broker_core::Result<super::Ready>> {
    let (supervisor, name) = (supervisor.clone(), act.name());
    tokio::spawn(async move { supervisor.ensure_ready(&name, seconds * SECOND).await })
}

#[tokio::test(start_paused = true)]
async fn callers_at_the_same_time_share_one_check() {
    let (supervisor, act) = (supervisor(), Act::new("alpha"));
    supervisor.watch(act.session()).unwrap();
    pass(10).await;
    let callers: Vec<_> = (0..5).map(|_| waits(&supervisor, &act, 90)).collect();
    for caller in callers {
        let ready = caller.await.unwrap().unwrap();
        assert!(ready.waited < SECOND);
        assert!(Arc::ptr_eq(
            &ready.broker,
            &supervisor.connection(&act.name()).unwrap().broker
        ));
    }
    settle().await;
    assert_eq!(act.asked(), [0, 10], "one check for all of them, at once");
}

#[tokio::test(start_paused = true)]
async fn each_caller_waits_as_long_as_it_wants_and_hears_what_was_found() {
    let (supervisor, act) = (supervisor(), Act::new("alpha"));
    act.lives(false);
    supervisor.watch(act.session()).unwrap();
    pass(1).await;
    assert_eq!(READY_WITHIN, 90 * SECOND);
    let began = Instant::now();
    let (short, long) = (waits(&supervisor, &act, 7), waits(&supervisor, &act, 90));
    let error = short.await.unwrap().unwrap_err();
    assert_eq!(began.elapsed().as_secs(), 7);
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(error.message().contains("scripted"), "{error}");
    let error = long.await.unwrap().unwrap_err();
    assert_eq!(
        (error.kind(), began.elapsed().as_secs()),
        (ErrorKind::Timeout, 90)
    );
    // Every two seconds while somebody waited, and no longer.
    let asked = act.asked().len();
    assert!((40..=50).contains(&asked), "{asked}");
    pass(29).await;
    assert!(act.asked().len() <= asked + 1);
}

#[tokio::test(start_paused = true)]
async fn a_session_is_there_as_soon_as_its_adapter_says_so_and_it_answers() {
    let (supervisor, act) = (supervisor(), Act::new("alpha"));
    act.is(SessionState::Connecting);
    supervisor.watch(act.session()).unwrap();
    pass(1).await;
    let caller = waits(&supervisor, &act, 90);
    pass(40).await;
    assert!(!caller.is_finished());
    act.is(SessionState::Ready);
    settle().await;
    assert!(caller.is_finished());
    assert_eq!(caller.await.unwrap().unwrap().waited.as_secs(), 40);
}

#[tokio::test(start_paused = true)]
async fn what_only_a_person_can_help_is_said_at_once() {
    for (state, kind) in [
        (
            SessionState::Displaced {
                by: "another".into(),
            },
            ErrorKind::SessionConflict,
        ),
        (
            SessionState::AuthRequired {
                instructions: "log in".into(),
            },
            ErrorKind::Authentication,
        ),
        (SessionState::Ready, ErrorKind::TokenExpired),
    ] {
        let (supervisor, act) = (supervisor(), Act::new("alpha"));
        act.lives(false);
        *lock(&act.trouble) = failure(ErrorKind::TokenExpired);
        act.is(state);
        supervisor.watch(act.session()).unwrap();
        let error = supervisor
            .ensure_ready(&act.name(), READY_WITHIN)
            .await
            .unwrap_err();
        assert_eq!((error.kind(), error.operation()), (kind, "ensure_ready"));
    }
}

#[tokio::test(start_paused = true)]
async fn waiting_for_a_session_restarts_it_after_two_failures_and_gives_the_new_one() {
    let began = Instant::now();
    let (supervisor, old, new) = (supervisor(), Act::new("alpha"), Act::new("alpha"));
    old.lives(false);
    let (revived, made) = (old.clone(), new.connection());
    let broker = Arc::clone(&made.broker);
    let session = old.session().rebuilt_by(move || {
        revived.lives(true);
        let made = made.clone();
        async move { Ok(made) }
    });
    supervisor.watch(session).unwrap();
    let ready = supervisor
        .ensure_ready(&old.name(), READY_WITHIN)
        .await
        .unwrap();
    assert!(Arc::ptr_eq(&ready.broker, &broker));
    assert!(
        began.elapsed().as_secs() <= 5,
        "not at the pace of the checks"
    );
}

#[tokio::test(start_paused = true)]
async fn a_gateway_is_started_for_a_session_that_is_not_there() {
    let control = Control::taking(SECOND);
    let gateway = Gateway::new("gateway", control.clone());
    let (supervisor, act) = (supervisor(), Act::new("alpha"));
    supervisor.watch(act.session().behind(&gateway)).unwrap();
    supervisor
        .ensure_ready(&act.name(), READY_WITHIN)
        .await
        .unwrap();
    assert_eq!(control.starts.load(Ordering::SeqCst), 0, "it works without");
    act.is(SessionState::Connecting);
    settle().await;
    let caller = waits(&supervisor, &act, 90);
    pass(5).await;
    assert_eq!(control.starts.load(Ordering::SeqCst), 1);
    assert!(
        !caller.is_finished(),
        "a gateway that is ready is no session that is"
    );
    act.is(SessionState::Ready);
    caller.await.unwrap().unwrap();
    act.is(SessionState::Connecting);
    settle().await;
    control.refuses.store(true, Ordering::SeqCst);
    let error = supervisor
        .ensure_ready(&act.name(), READY_WITHIN)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication);
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_ends_the_waiting() {
    let (supervisor, act) = (supervisor(), Act::new("alpha"));
    act.lives(false);
    supervisor.watch(act.session()).unwrap();
    let caller = waits(&supervisor, &act, 90);
    pass(5).await;
    supervisor.shutdown(SECOND).await;
    let error = caller.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Disconnected);
    let error = supervisor.watch(Act::new("beta").session()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Disconnected);
}
