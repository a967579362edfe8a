use core::time::Duration;
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use broker_core::{
    Error, ErrorKind, Result, SessionState, async_trait,
    gateway::{Fact, GatewayControl, GatewayStatus, Readiness},
};
use tokio::time::{Instant, sleep};

use super::{
    Gateway,
    stage::{Act, SECOND, pass, settle, supervisor},
};
use crate::test_support::{failure, lock};

/// A gateway that does what it is told and remembers when.
#[derive(Debug)]
pub(super) struct Control {
    began: Instant,
    restarts: Mutex<Vec<u64>>,
    under_way: AtomicUsize,
    most: AtomicUsize,
    takes: Duration,
    pub(super) answers: AtomicBool,
    pub(super) starts: AtomicUsize,
    pub(super) refuses: AtomicBool,
}

impl Control {
    pub(super) fn taking(takes: Duration) -> Arc<Self> {
        Arc::new(Self {
            began: Instant::now(),
            restarts: Mutex::default(),
            under_way: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
            takes,
            answers: AtomicBool::new(false),
            starts: AtomicUsize::new(0),
            refuses: AtomicBool::new(false),
        })
    }

    fn restarts(&self) -> Vec<u64> {
        lock(&self.restarts).clone()
    }
}

#[async_trait]
impl GatewayControl for Control {
    async fn status(&self) -> Result<GatewayStatus> {
        let fact = |holds| Fact::now(holds, "scripted");
        Ok(GatewayStatus {
            running: fact(true),
            port_open: fact(true),
            answering: fact(self.answers.load(Ordering::SeqCst)),
        })
    }
    async fn login(&self) -> Result<()> {
        Ok(())
    }
    async fn logout(&self) -> Result<()> {
        Ok(())
    }
    async fn reconnect(&self) -> Result<()> {
        lock(&self.restarts).push(self.began.elapsed().as_secs());
        let now = self.under_way.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        sleep(self.takes).await;
        self.under_way.fetch_sub(1, Ordering::SeqCst);
        if self.refuses.load(Ordering::SeqCst) {
            return Err(failure(ErrorKind::Authentication));
        }
        Ok(())
    }
    async fn ensure_ready(&self, _: Duration) -> Result<Readiness> {
        self.starts.fetch_add(1, Ordering::SeqCst);
        if self.refuses.load(Ordering::SeqCst) {
            return Err(Error::new(ErrorKind::Authentication, "logged out"));
        }
        Ok(Readiness {
            status: self.status().await?,
            waited: Duration::ZERO,
        })
    }
}

#[tokio::test(start_paused = true)]
async fn a_gateway_is_restarted_when_all_of_its_sessions_have_been_down_for_a_minute() {
    let control = Control::taking(SECOND);
    let gateway = Gateway::new("gateway", control.clone());
    let (supervisor, a, b) = (supervisor(), Act::new("alpha"), Act::new("beta"));
    let elsewhere = Act::new("gamma");
    supervisor.watch(a.session().behind(&gateway)).unwrap();
    supervisor.watch(b.session().behind(&gateway)).unwrap();
    supervisor.watch(elsewhere.session()).unwrap();
    pass(10).await;
    a.is(SessionState::Connecting);
    pass(190).await;
    assert!(control.restarts().is_empty(), "one of them works");
    b.is(SessionState::Connecting);
    pass(59).await;
    assert!(control.restarts().is_empty());
    pass(2).await;
    assert_eq!(
        control.restarts(),
        [260],
        "sixty seconds after the last one went down"
    );
    assert_eq!(supervisor.health().gateways[0].restarts, 1);
    a.is(SessionState::Ready);
    b.is(SessionState::Ready);
    pass(3_600).await;
    assert_eq!(control.restarts(), [260]);
}

#[tokio::test(start_paused = true)]
async fn a_session_that_comes_back_within_the_minute_begins_it_anew() {
    let control = Control::taking(SECOND);
    let gateway = Gateway::new("gateway", control.clone());
    let (supervisor, act) = (supervisor(), Act::new("alpha"));
    supervisor.watch(act.session().behind(&gateway)).unwrap();
    // Between the checks, so that it is its return alone that counts.
    pass(5).await;
    for _ in 0..5 {
        act.is(SessionState::Connecting);
        pass(57).await;
        act.is(SessionState::Ready);
        pass(3).await;
    }
    assert!(control.restarts().is_empty());
}

#[tokio::test(start_paused = true)]
async fn silence_counts_like_a_lost_connection() {
    let control = Control::taking(SECOND);
    let gateway = Gateway::new("gateway", control.clone());
    let (supervisor, act) = (supervisor(), Act::new("alpha"));
    supervisor.watch(act.session().behind(&gateway)).unwrap();
    pass(1).await;
    act.lives(false);
    // Not answered for the first time after thirty seconds; a warning on the way proves nothing.
    pass(40).await;
    act.is(SessionState::Degraded {
        reason: "a farm is down".into(),
    });
    pass(48).await;
    assert!(control.restarts().is_empty());
    pass(3).await;
    assert_eq!(control.restarts(), [90]);
}

#[tokio::test(start_paused = true)]
async fn a_gateway_is_restarted_once_at_a_time_and_not_again_for_five_minutes() {
    let control = Control::taking(100 * SECOND);
    control.refuses.store(true, Ordering::SeqCst);
    let gateway = Gateway::new("gateway", control.clone());
    let (supervisor, a, b) = (supervisor(), Act::new("alpha"), Act::new("beta"));
    for act in [&a, &b] {
        act.is(SessionState::Connecting);
        supervisor.watch(act.session().behind(&gateway)).unwrap();
    }
    pass(61).await;
    assert!(supervisor.health().gateways[0].restarting);
    // Whatever the sessions do meanwhile.
    for state in [SessionState::Closed, SessionState::Connecting] {
        a.is(state.clone());
        b.is(state);
        pass(20).await;
    }
    pass(358).await;
    assert_eq!(control.restarts(), [60], "{:?}", supervisor.health());
    let health = supervisor.health().gateways[0].clone();
    assert!(health.trouble.unwrap().contains("authentication"));
    pass(3).await;
    assert_eq!(
        control.restarts(),
        [60, 460],
        "a hundred seconds and five minutes later"
    );
    assert_eq!(control.most.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn sessions_are_not_restarted_while_their_gateway_is() {
    let control = Control::taking(200 * SECOND);
    let gateway = Gateway::new("gateway", control.clone());
    let (supervisor, act) = (supervisor(), Act::new("alpha"));
    let made = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&made);
    let session = act.session().behind(&gateway).rebuilt_by(move || {
        count.fetch_add(1, Ordering::SeqCst);
        async { Err(failure(ErrorKind::Disconnected)) }
    });
    act.is(SessionState::Connecting);
    supervisor.watch(session).unwrap();
    pass(61).await;
    act.is(SessionState::Closed);
    pass(190).await;
    assert_eq!(made.load(Ordering::SeqCst), 0);
    assert!(supervisor.health().sessions[0].failures >= 2);
    pass(60).await;
    assert!(made.load(Ordering::SeqCst) > 0);
}

#[tokio::test(start_paused = true)]
async fn a_gateway_that_answers_is_left_to_a_person_unless_told_otherwise() {
    for (gateway, expected) in [
        (Gateway::new as fn(_, _) -> _, vec![]),
        (
            Gateway::restarted_even_if_it_answers as fn(_, _) -> _,
            vec![60],
        ),
    ] {
        let control = Control::taking(SECOND);
        control.answers.store(true, Ordering::SeqCst);
        let gateway: Gateway = gateway("gateway".to_owned(), control.clone() as _);
        let (supervisor, act) = (supervisor(), Act::new("alpha"));
        act.is(SessionState::Connecting);
        supervisor.watch(act.session().behind(&gateway)).unwrap();
        pass(100).await;
        assert_eq!(control.restarts(), expected);
        let trouble = supervisor.health().gateways[0].trouble.clone();
        assert_eq!(trouble.is_some(), expected.is_empty(), "{trouble:?}");
        // It is looked at again, and its trouble ends with that of its sessions.
        control.answers.store(false, Ordering::SeqCst);
        pass(61).await;
        assert!(!control.restarts().is_empty());
        act.is(SessionState::Ready);
        settle().await;
        assert_eq!(supervisor.health().gateways[0].trouble, None);
    }
}

#[tokio::test(start_paused = true)]
async fn a_session_in_maintenance_or_in_wait_of_a_person_is_not_down() {
    for state in [
        SessionState::Maintenance { until: None },
        SessionState::Displaced {
            by: "another".into(),
        },
        SessionState::AuthRequired {
            instructions: "log in".into(),
        },
    ] {
        let control = Control::taking(SECOND);
        let gateway = Gateway::new("gateway", control.clone());
        let (supervisor, a, b) = (supervisor(), Act::new("alpha"), Act::new("beta"));
        a.is(SessionState::Connecting);
        b.is(state);
        supervisor.watch(a.session().behind(&gateway)).unwrap();
        supervisor.watch(b.session().behind(&gateway)).unwrap();
        pass(600).await;
        assert!(control.restarts().is_empty());
        // The one that is released stands in nobody's way any more.
        supervisor.release(&b.name()).unwrap();
        pass(1).await;
        assert_eq!(control.restarts().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_restart_of_a_gateway_that_began_is_not_cut_off() {
    let control = Control::taking(30 * SECOND);
    let gateway = Gateway::new("gateway", control.clone());
    let (supervisor, act) = (supervisor(), Act::new("alpha"));
    act.is(SessionState::Connecting);
    supervisor.watch(act.session().behind(&gateway)).unwrap();
    pass(61).await;
    assert_eq!(control.under_way.load(Ordering::SeqCst), 1);
    supervisor.shutdown(10 * SECOND).await;
    drop(supervisor);
    pass(30).await;
    assert_eq!(
        control.under_way.load(Ordering::SeqCst),
        0,
        "it was started again"
    );
}
