//! The life of a token at the level of a session: the adapter against a simulated Tiger of Hong Kong,
//! through weeks that the tests drive.
//!
//! Every request that a program makes has to be answered: none may fail because of the token, whatever
//! happens to the renewals, to the machine's clock, or between two programs on one token file.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "tests fail by panicking"
)]

#[path = "token/calendar.rs"]
mod calendar;
#[path = "token/relay.rs"]
mod relay;
#[path = "token/tiger_of_hong_kong.rs"]
mod tiger_of_hong_kong;
#[path = "token/two_programs.rs"]
mod two_programs;

use std::sync::Arc;

use broker_core::{Broker as _, BrokerExt as _, SessionState, dec};
use broker_sim::tiger::TOKEN_FILE;
use broker_tiger::{TigerBroker, TokenState};
use calendar::{Calendar, WallClock};
use chrono::TimeDelta;
use relay::Trouble;
use tiger_of_hong_kong::{HOUR, Tiger, ask, noon, session};
use tokio::task::JoinHandle;

/// A question that is asked now and answered while time goes on.
fn asked(broker: &Arc<TigerBroker>) -> JoinHandle<broker_core::Result<()>> {
    let broker = Arc::clone(broker);
    tokio::spawn(async move { ask(&broker).await })
}

/// An order that rests, and its cancel.
async fn trade(broker: &TigerBroker) {
    // A connection that a failing renewal has taken with it is not what is tried here.
    let mut session = broker.session();
    let able = session.wait_for(SessionState::accepts_commands);
    assert!(able.await.is_ok());
    let account = broker.account_ids().swap_remove(0);
    let order = broker
        .buy("AAPL", 1)
        .account(account.clone())
        .limit(dec!(150));
    let (id, placed) = order.submit().await.expect("an order");
    assert!(placed.is_accepted(), "{placed:?}");
    let canceled = broker.cancel(&account, &id).await.expect("a cancel");
    assert!(canceled.is_accepted(), "{canceled:?}");
}

/// When renewals go wrong, and how.
fn trouble(hour: u32) -> Option<Trouble> {
    let all = [
        Trouble::HangUp,
        Trouble::Status503,
        Trouble::LoseAnswer,
        Trouble::BadToken,
    ];
    let day = hour / 24;
    // Days at a time, ten in one piece among them, and single hours.
    let wrong = (4..14).contains(&day) || (20..23).contains(&day) || hour.is_multiple_of(5);
    wrong.then(|| all[(hour / 7) as usize % all.len()])
}

#[tokio::test]
async fn over_a_month_of_failing_renewals_no_request_fails() {
    let calendar = Calendar::stopped();
    let tiger = Tiger::open(false).await;
    let clock = Arc::new(WallClock::showing(noon()));
    let url = tiger.relay.url();
    let connecting = session(tiger.folder.path(), &url, clock.clone());
    let broker = tiger.of(&calendar, connecting).await;
    let (mut failing, mut worst) = (0, TimeDelta::days(30));
    for hour in 1..=(31 * 24) {
        tiger.relay.trouble(trouble(hour));
        // While the keeper is at work, and when it has done.
        calendar.pass(HOUR).await;
        let meanwhile = asked(&broker);
        tiger.quiet().await;
        tiger
            .of(&calendar, meanwhile)
            .await
            .unwrap()
            .unwrap_or_else(|error| panic!("in hour {hour}: {error}"));
        tiger
            .of(&calendar, ask(&broker))
            .await
            .unwrap_or_else(|error| panic!("after hour {hour}: {error}"));
        // An order is not sent again when a token of which nobody knew that it is bad is refused.
        if hour % 12 == 0 && trouble(hour) != Some(Trouble::BadToken) {
            tiger.of(&calendar, trade(&broker)).await;
        }
        let state = broker.token_state().borrow().clone();
        failing += u32::from(matches!(state, TokenState::Failing { .. }));
        worst = worst.min(state.time_left(broker_core::Clock::now(&*clock)).unwrap());
    }
    let passed = tiger.relay.passed();
    assert!(failing > 200, "{failing}");
    // Half a day each in quiet weeks; about once an hour while they fail.
    assert!((40..1_000).contains(&passed.renewals), "{passed:?}");
    assert!(worst > TimeDelta::days(18), "{worst}");
    assert_eq!(passed.renewing_at_most, 1);
}

#[tokio::test]
async fn tokens_that_are_revoked_by_their_successors_fail_no_question() {
    let calendar = Calendar::stopped();
    let tiger = Tiger::open(true).await;
    let url = tiger.relay.url();
    let clock = Arc::new(WallClock::showing(noon()));
    let connecting = session(tiger.folder.path(), &url, clock);
    let broker = tiger.of(&calendar, connecting).await;
    for hour in 1..=(10 * 24) {
        calendar.pass(HOUR).await;
        // Questions are under way while the token is exchanged.
        let meanwhile: Vec<_> = (0..3).map(|_| asked(&broker)).collect();
        for answer in meanwhile {
            let answer = tiger.of(&calendar, answer).await.unwrap();
            answer.unwrap_or_else(|error| panic!("in hour {hour}: {error}"));
        }
        tiger.quiet().await;
    }
    let passed = tiger.relay.passed();
    assert!((18..30).contains(&passed.renewed), "{passed:?}");
}

#[tokio::test]
async fn a_token_that_is_not_taken_leaves_the_old_one_in_use_and_in_the_file() {
    let calendar = Calendar::stopped();
    let tiger = Tiger::open(false).await;
    let url = tiger.relay.url();
    let clock = Arc::new(WallClock::showing(noon()));
    let connecting = session(tiger.folder.path(), &url, clock);
    let broker = tiger.of(&calendar, connecting).await;
    let file = || std::fs::read_to_string(tiger.folder.path().join(TOKEN_FILE)).unwrap();
    tiger
        .of(&calendar, broker.client().renew_token())
        .await
        .unwrap();
    let old = file();
    tiger.relay.trouble(Some(Trouble::BadToken));
    let refused = tiger
        .of(&calendar, broker.client().renew_token())
        .await
        .unwrap_err();
    assert!(refused.to_string().contains("the old one"), "{refused}");
    assert_eq!(file(), old);
    tiger.of(&calendar, trade(&broker)).await;
    let state = broker.token_state().borrow().clone();
    assert!(
        matches!(state, TokenState::Failing { failures: 1, .. }),
        "{state:?}"
    );
    tiger.relay.trouble(None);
    tiger
        .of(&calendar, broker.client().renew_token())
        .await
        .unwrap();
    assert_ne!(file(), old);
}

/// A machine whose clock jumps, and by how much it is wrong for how many days.
async fn with_a_clock_that_is_wrong(phases: &[(i64, u32)]) {
    let calendar = Calendar::stopped();
    let tiger = Tiger::open(false).await;
    let url = tiger.relay.url();
    let clock = Arc::new(WallClock::showing(noon()));
    let connecting = session(tiger.folder.path(), &url, clock.clone());
    let broker = tiger.of(&calendar, connecting).await;
    for (wrong, days) in phases {
        clock.be_wrong(TimeDelta::days(*wrong));
        let before = tiger.relay.passed().renewed;
        for hour in 0..(days * 6) {
            tiger.pass(&calendar, 4 * HOUR).await;
            let answer = tiger.of(&calendar, ask(&broker)).await;
            answer
                .unwrap_or_else(|error| panic!("wrong by {wrong} days for {hour} x 4 h: {error}"));
        }
        let renewed = tiger.relay.passed().renewed - before;
        println!("wrong by {wrong} days for {days} days: {renewed} renewals");
        assert!(
            renewed >= *days,
            "wrong by {wrong} days for {days} days: {renewed} renewals"
        );
    }
    let refused = tiger.relay.passed().refused;
    assert!(refused.is_empty(), "{refused:?}");
}

#[tokio::test]
async fn a_clock_that_jumps_by_days_lets_no_token_lapse() {
    with_a_clock_that_is_wrong(&[(0, 2), (10, 4), (0, 3), (-10, 4), (3, 2)]).await;
}

#[tokio::test]
async fn a_clock_that_is_weeks_ahead_lets_no_token_lapse() {
    with_a_clock_that_is_wrong(&[(40, 35), (0, 2)]).await;
}

#[tokio::test]
async fn a_clock_that_is_weeks_behind_lets_no_token_lapse() {
    with_a_clock_that_is_wrong(&[(-40, 35), (0, 2)]).await;
}
