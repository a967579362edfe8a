use core::time::Duration;
use std::sync::{Arc, Mutex};

use broker_core::{
    Clock, Error, ErrorKind, ExposeSecret as _, Result, SecretString, TokenClaim, TokenStore,
    async_trait,
};
use chrono::TimeDelta;
use tokio::time::{advance, sleep};

use super::{
    FileTokenStore, Keeper, MemoryTokenStore, Token, TokenCell, TokenRhythm, TokenState,
    keeper_rig::{DAY, JumpingClock, Office, Rig, futures_of},
};
use crate::vectors::Log;

#[tokio::test(start_paused = true)]
async fn over_a_month_with_an_office_that_is_often_closed_the_token_never_lapses() {
    let rig = Rig::new(TokenRhythm::default());
    rig.run();
    let (mut closed, mut failing) = (0, 0);
    for hour in 0..(45 * 24) {
        // Closed for days at a time, ten days in one piece among them.
        let day = hour / 24;
        let is_closed = (3..13).contains(&day) || (20..27).contains(&day) || hour % 7 == 0;
        closed += u32::from(is_closed);
        rig.office
            .with(|desk| desk.trouble = is_closed.then_some(ErrorKind::Disconnected));
        sleep(Duration::from_secs(3600)).await;
        assert!(rig.works(), "in hour {hour}");
        failing += u32::from(matches!(rig.state(), TokenState::Failing { .. }));
    }
    assert!(closed > 400 && failing > 300, "{closed} {failing}");
    let (made, asked) = rig.office.with(|desk| (desk.made, desk.asked));
    // Half a day each; while closed, at most a little more than once an hour.
    assert!((30..100).contains(&made), "{made}");
    assert!(asked < 45 * 24, "{asked}");
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_tried_again_within_minutes_and_tells_the_time_left() {
    let rig = Rig::new(TokenRhythm::default());
    rig.office
        .with(|desk| desk.trouble = Some(ErrorKind::Timeout));
    rig.run();
    sleep(Duration::from_secs(12 * 3600 + 600)).await;
    let state = rig.state();
    let TokenState::Failing {
        failures,
        next_try_at,
        ..
    } = &state
    else {
        panic!("{state:?}");
    };
    assert!(*failures >= 2);
    assert!(*next_try_at - rig.clock.now() < TimeDelta::minutes(10));
    assert!(state.time_left(rig.clock.now()).unwrap() > TimeDelta::days(29));
    rig.office.with(|desk| desk.trouble = None);
    sleep(Duration::from_secs(3600)).await;
    assert!(matches!(rig.state(), TokenState::Good { .. }));
    assert_eq!(rig.office.with(|desk| desk.made), 2);
}

#[tokio::test(start_paused = true)]
async fn a_machine_that_slept_renews_when_it_wakes() {
    let rig = Rig::new(TokenRhythm::default());
    rig.run();
    sleep(Duration::from_secs(60)).await;
    rig.clock.jump(TimeDelta::days(29));
    sleep(Duration::from_secs(301)).await;
    assert_eq!(rig.office.with(|desk| desk.made), 2);
    sleep(10 * DAY).await;
    assert!(rig.works());
    // Set back by a day: nothing is due, and nothing breaks.
    rig.clock.jump(TimeDelta::days(-1));
    let made = rig.office.with(|desk| desk.made);
    sleep(Duration::from_secs(3600)).await;
    assert!(rig.office.with(|desk| desk.made) <= made + 1);
    sleep(3 * DAY).await;
    assert!(rig.works());
}

#[tokio::test(start_paused = true)]
async fn a_sleep_beyond_the_end_needs_a_person_and_heals_from_the_store() {
    let rig = Rig::new(TokenRhythm::default());
    rig.run();
    sleep(Duration::from_secs(60)).await;
    rig.clock.jump(TimeDelta::days(31));
    sleep(Duration::from_secs(301)).await;
    let state = rig.state();
    let TokenState::AuthRequired { instructions } = &state else {
        panic!("{state:?}");
    };
    assert!(instructions.contains("developer console"));
    let asked = rig.office.with(|desk| desk.asked);
    sleep(DAY).await;
    assert_eq!(
        rig.office.with(|desk| desk.asked),
        asked,
        "nobody keeps on asking"
    );
    rig.store.save(&rig.office.make()).await.unwrap();
    sleep(Duration::from_secs(301)).await;
    assert!(matches!(rig.state(), TokenState::Good { .. }));
    assert!(rig.works());
}

#[tokio::test(start_paused = true)]
async fn a_refused_request_is_looked_into_at_once() {
    let rig = Rig::new(TokenRhythm::default());
    rig.run();
    sleep(Duration::from_secs(1)).await;
    let used = rig.token();
    // Another program has renewed it, and the old one is out of force.
    rig.office.with(|desk| desk.revokes = true);
    sleep(Duration::from_millis(5)).await;
    rig.store.save(&rig.office.make()).await.unwrap();
    rig.cell.was_refused(Some(&used));
    assert!(
        rig.cell
            .differs_from(Some(&used), Duration::from_secs(1))
            .await
    );
    assert!(rig.works());
    // And one that nobody has renewed needs a person, not five minutes later but now.
    rig.office.with(|desk| desk.valid.clear());
    rig.cell.was_refused(Some(&rig.token()));
    sleep(Duration::from_secs(1)).await;
    assert!(matches!(rig.state(), TokenState::AuthRequired { .. }));
}

#[tokio::test(start_paused = true)]
async fn a_single_refusal_of_a_good_token_changes_nothing() {
    let rig = Rig::new(TokenRhythm::default());
    rig.run();
    sleep(Duration::from_secs(1)).await;
    rig.cell.was_refused(Some(&rig.token()));
    sleep(Duration::from_secs(1)).await;
    assert!(matches!(rig.state(), TokenState::Good { .. }));
    assert_eq!(rig.office.with(|desk| desk.made), 1);
}

#[tokio::test(start_paused = true)]
async fn many_who_want_a_renewal_get_one() {
    let rig = Rig::new(TokenRhythm::default());
    advance(Duration::from_secs(1)).await;
    let tasks: Vec<_> = (0..20)
        .map(|_| {
            let keeper = Arc::clone(&rig.keeper);
            tokio::spawn(async move { keeper.renew_now().await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    assert_eq!(rig.office.with(|desk| desk.asked), 1);
    assert_eq!(
        futures_of(&rig.store).expose_secret(),
        rig.token().secret().expose_secret()
    );
}

#[tokio::test(start_paused = true)]
async fn a_new_token_that_is_not_taken_does_not_replace_the_old_one() {
    let rig = Rig::new(TokenRhythm::default());
    let old = rig.token();
    advance(Duration::from_secs(1)).await;
    rig.office.with(|desk| desk.makes_duds = true);
    assert!(rig.keeper.renew_now().await.is_err());
    assert!(rig.token().is_same(&old));
    assert_eq!(
        futures_of(&rig.store).expose_secret(),
        old.secret().expose_secret()
    );
    assert!(matches!(
        rig.state(),
        TokenState::Failing { failures: 1, .. }
    ));
}

#[tokio::test(start_paused = true)]
async fn a_new_token_that_cannot_be_proven_yet_is_proven_later() {
    let rig = Rig::new(TokenRhythm::default());
    let old = rig.token();
    advance(Duration::from_secs(1)).await;
    rig.office.with(|desk| {
        desk.makes_duds = true;
        desk.proving_fails = true;
    });
    rig.keeper.renew_now().await.unwrap();
    assert!(!rig.token().is_same(&old));
    rig.office.with(|desk| desk.proving_fails = false);
    rig.run();
    rig.cell.was_refused(Some(&rig.token()));
    sleep(Duration::from_secs(1)).await;
    assert!(rig.token().is_same(&old), "back to the one that works");
}

#[tokio::test(start_paused = true)]
async fn what_a_new_token_says_of_itself_is_no_reason_to_lose_it() {
    // Backwards, ended, shorter than the old one: the broker may have put the old one out of force.
    for life in [-1, 0, 3, 15] {
        let rig = Rig::new(TokenRhythm::default());
        advance(Duration::from_secs(1)).await;
        rig.office.with(|desk| {
            desk.life = TimeDelta::days(life) + TimeDelta::seconds(1);
            desk.revokes = true;
        });
        rig.keeper.renew_now().await.unwrap();
        assert_eq!(rig.office.with(|desk| desk.made), 2, "{life}");
        assert!(rig.works(), "{life}");
        assert_eq!(
            futures_of(&rig.store).expose_secret(),
            rig.token().secret().expose_secret(),
            "{life}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_wrong_by_weeks_lets_no_token_lapse() {
    for wrong_by in [TimeDelta::days(40), TimeDelta::days(-40)] {
        let rig = Rig::new(TokenRhythm::default());
        rig.office.with(|desk| {
            desk.clock = JumpingClock::new();
            desk.revokes = true;
        });
        rig.clock.jump(wrong_by);
        rig.run();
        for hour in 0..(35 * 24) {
            sleep(Duration::from_secs(3600)).await;
            assert!(rig.works(), "{wrong_by}, hour {hour}: {:?}", rig.state());
        }
        let made = rig.office.with(|desk| desk.made);
        assert!((60..900).contains(&made), "{wrong_by}: {made}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_that_was_refused_by_mistake_heals_by_itself() {
    // Refused while it is used, and while it is renewed.
    for due in [false, true] {
        let rig = Rig::new(TokenRhythm::default());
        rig.run();
        sleep(Duration::from_secs(1)).await;
        let valid = rig.office.with(|desk| core::mem::take(&mut desk.valid));
        if due {
            rig.clock.jump(TimeDelta::hours(13));
            sleep(Duration::from_secs(301)).await;
        } else {
            rig.cell.was_refused(Some(&rig.token()));
            sleep(Duration::from_secs(1)).await;
        }
        assert!(
            matches!(rig.state(), TokenState::AuthRequired { .. }),
            "{due}"
        );
        rig.office.with(|desk| desk.valid = valid);
        sleep(Duration::from_secs(150)).await;
        let state = rig.state();
        assert!(matches!(state, TokenState::Good { .. }), "{due}: {state:?}");
        sleep(40 * DAY).await;
        assert!(rig.works(), "{due}: it is renewed again");
    }
}

#[tokio::test(start_paused = true)]
async fn a_single_refusal_of_a_renewal_needs_no_person() {
    let rig = Rig::new(TokenRhythm::default());
    rig.run();
    sleep(Duration::from_secs(1)).await;
    rig.office
        .with(|desk| desk.trouble = Some(ErrorKind::TokenExpired));
    rig.clock.jump(TimeDelta::hours(13));
    sleep(Duration::from_secs(301)).await;
    let state = rig.state();
    assert!(matches!(state, TokenState::Failing { .. }), "{state:?}");
    rig.office.with(|desk| desk.trouble = None);
    sleep(Duration::from_secs(3600)).await;
    assert!(matches!(rig.state(), TokenState::Good { .. }));
    assert_eq!(rig.office.with(|desk| desk.made), 2);
}

#[tokio::test(start_paused = true)]
async fn a_token_is_not_given_up_while_another_program_renews_it() {
    let rig = Rig::new(TokenRhythm::default());
    rig.run();
    sleep(Duration::from_secs(1)).await;
    // The other program has its new token and has not saved it.
    let claim = rig.store.claim(Duration::from_secs(1)).await.unwrap();
    rig.office.with(|desk| desk.revokes = true);
    let fresh = rig.office.make();
    rig.cell.was_refused(Some(&rig.token()));
    sleep(Duration::from_secs(5)).await;
    let state = rig.state();
    assert!(matches!(state, TokenState::Good { .. }), "{state:?}");
    rig.store.save(&fresh).await.unwrap();
    drop(claim);
    sleep(Duration::from_secs(1)).await;
    assert!(matches!(rig.state(), TokenState::Good { .. }));
    assert!(rig.works());
}

#[tokio::test(start_paused = true)]
async fn a_new_token_is_kept_while_nobody_knows_whether_the_old_one_works() {
    let rig = Rig::new(TokenRhythm::default());
    let old = rig.token();
    advance(Duration::from_secs(1)).await;
    rig.office.with(|desk| desk.makes_duds = true);
    rig.office
        .with(|desk| desk.unheard = Some(old.secret().expose_secret().to_owned()));
    assert!(rig.keeper.renew_now().await.is_err());
    assert!(!rig.token().is_same(&old));
    assert_eq!(
        futures_of(&rig.store).expose_secret(),
        rig.token().secret().expose_secret()
    );
    assert!(matches!(rig.state(), TokenState::Failing { .. }));
    rig.office.with(|desk| desk.unheard = None);
    rig.run();
    sleep(Duration::from_secs(301)).await;
    assert!(rig.token().is_same(&old), "back to the one that works");
    assert_eq!(
        futures_of(&rig.store).expose_secret(),
        old.secret().expose_secret()
    );
}

/// A store that cannot be written for a while.
#[derive(Debug, Clone)]
struct FullDisk(MemoryTokenStore, Arc<Mutex<bool>>);

#[async_trait]
impl TokenStore for FullDisk {
    async fn load(&self) -> Result<Option<SecretString>> {
        self.0.load().await
    }

    async fn save(&self, token: &SecretString) -> Result<()> {
        if *self.1.lock().unwrap() {
            return Err(Error::new(ErrorKind::Io, "no space left"));
        }
        self.0.save(token).await
    }

    async fn claim(&self, patience: Duration) -> Result<TokenClaim> {
        self.0.claim(patience).await
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_that_could_not_be_saved_or_proven_waits_for_the_next_look_only() {
    let rig = Rig::new(TokenRhythm::default());
    let full = Arc::new(Mutex::new(true));
    let store = FullDisk(rig.store.clone(), Arc::clone(&full));
    let keeper = Keeper::new(
        rig.cell.clone(),
        Arc::new(store),
        Arc::new(rig.office.clone()),
        TokenRhythm::default(),
        Arc::new(rig.clock.clone()),
    );
    advance(Duration::from_secs(1)).await;
    rig.office.with(|desk| desk.proving_fails = true);
    keeper.renew_now().await.unwrap();
    tokio::spawn(keeper.run());
    sleep(Duration::from_secs(1)).await;
    rig.office.with(|desk| desk.proving_fails = false);
    *full.lock().unwrap() = false;
    let proven = rig.office.with(|desk| desk.proven);
    sleep(Duration::from_secs(301)).await;
    assert_eq!(
        futures_of(&rig.store).expose_secret(),
        rig.token().secret().expose_secret()
    );
    assert_eq!(rig.office.with(|desk| desk.proven), proven + 1);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_emptied_takes_nothing_away() {
    let rig = Rig::new(TokenRhythm::default());
    let empty = MemoryTokenStore::default();
    let keeper = Keeper::new(
        rig.cell.clone(),
        Arc::new(empty.clone()),
        Arc::new(rig.office.clone()),
        TokenRhythm::default(),
        Arc::new(rig.clock.clone()),
    );
    tokio::spawn(keeper.run());
    sleep(DAY).await;
    assert!(rig.works());
    assert!(
        empty.load().await.unwrap().is_some(),
        "the renewed one was saved"
    );
}

/// Real time and a real file: two programs, each with its own store and keeper.
#[tokio::test]
async fn two_programs_on_one_file_renew_once_and_agree() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token.properties");
    let clock = JumpingClock::new();
    let office = Office::new(&clock, TimeDelta::days(30));
    office.with(|desk| desk.revokes = true);
    FileTokenStore::new(&path)
        .save(&office.make())
        .await
        .unwrap();
    let programs: Vec<_> = (0..4)
        .map(|_| {
            let text = super::file::read(&path).unwrap().unwrap();
            let cell = TokenCell::new(Some(Token::new(&text)));
            let keeper = Keeper::new(
                cell.clone(),
                Arc::new(FileTokenStore::new(&path)),
                Arc::new(office.clone()),
                TokenRhythm::default(),
                Arc::new(clock.clone()),
            );
            (cell, keeper)
        })
        .collect();
    // All of them find it due at the same moment.
    clock.jump(TimeDelta::hours(13));
    let tasks: Vec<_> = programs
        .iter()
        .map(|(_, keeper)| {
            let keeper = Arc::clone(keeper);
            tokio::spawn(async move { keeper.renew_now().await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    assert_eq!(office.with(|desk| desk.asked), 1);
    for (cell, _) in &programs {
        assert!(office.takes(&cell.current().unwrap()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_renewal_that_nobody_asked_for_is_announced_in_the_words_that_are_known() {
    let log = Log::begin();
    let announced = || {
        log.text()
            .matches("Starting scheduled token refresh for all accounts")
            .count()
    };
    let rig = Rig::new(TokenRhythm::default());
    rig.keeper.renew_now().await.unwrap();
    assert_eq!(announced(), 0, "somebody asked for it");
    rig.run();
    sleep(Duration::from_secs(11 * 3600)).await;
    assert_eq!(announced(), 0, "it is not due");
    sleep(Duration::from_secs(2 * 3600)).await;
    assert_eq!(announced(), 1);
    assert_eq!(rig.office.with(|desk| desk.asked), 2);
}
