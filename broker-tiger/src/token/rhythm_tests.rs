use core::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use broker_core::SecretString;
use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use super::{Token, TokenRhythm};
use crate::vectors;

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_755_052_200, 0).unwrap()
}

fn token(generated_at: DateTime<Utc>, life: TimeDelta) -> Token {
    let (from, until) = (
        generated_at.timestamp_millis(),
        (generated_at + life).timestamp_millis(),
    );
    Token::new(&SecretString::from(
        BASE64.encode(format!("{from},{until}opaque")),
    ))
}

#[test]
fn a_token_says_from_when_until_when_it_is_good() {
    let recorded = vectors::numbered(102).authorization.unwrap();
    let life = Token::new(&SecretString::from(recorded)).life().unwrap();
    assert_eq!(life.generated_at.timestamp_millis(), 1_755_052_200_000);
    assert_eq!(life.expires_at.timestamp_millis(), 1_757_644_200_000);
}

#[test]
fn a_token_that_says_nothing_is_still_a_token() {
    let backwards = BASE64.encode("1757644200000,1755052200000x");
    for text in ["plain", "", "%%%", "MTc1NTA1MjIwMDAwMA==", &backwards] {
        assert!(
            Token::new(&SecretString::from(text)).life().is_none(),
            "{text}"
        );
    }
}

#[test]
fn it_is_due_by_age_and_ahead_of_its_end() {
    let month = token(start(), TimeDelta::days(30));
    let rhythm = TokenRhythm::default();
    let due = |rhythm: TokenRhythm, after: TimeDelta| {
        rhythm.is_due(&month, start(), Duration::ZERO, start() + after)
    };
    assert!(!due(rhythm, TimeDelta::hours(12)));
    assert!(due(rhythm, TimeDelta::hours(12) + TimeDelta::seconds(1)));
    let only_ahead = TokenRhythm::every(Duration::ZERO);
    assert!(!due(only_ahead, TimeDelta::days(27)));
    assert!(due(only_ahead, TimeDelta::days(27) + TimeDelta::seconds(1)));
    assert!(
        due(only_ahead, TimeDelta::days(300)),
        "one that has lapsed is tried, too"
    );
    let long = token(start(), TimeDelta::days(100));
    assert!(only_ahead.is_due(
        &long,
        start(),
        Duration::ZERO,
        start() + TimeDelta::days(91)
    ));
    assert!(
        !due(rhythm, TimeDelta::days(-2)),
        "a clock that was set back"
    );
}

#[test]
fn it_is_due_by_the_time_that_passed_whatever_the_wall_clock_says() {
    let month = token(start(), TimeDelta::days(30));
    let hours = |hours: u64| Duration::from_secs(hours * 3600);
    for now in [start(), start() - TimeDelta::days(400)] {
        let due = |rhythm: TokenRhythm, counted| rhythm.is_due(&month, start(), counted, now);
        assert!(!due(TokenRhythm::default(), hours(12)));
        assert!(due(TokenRhythm::default(), hours(13)));
        let only_ahead = TokenRhythm::every(Duration::ZERO);
        assert!(!due(only_ahead, hours(27 * 24)));
        assert!(due(only_ahead, hours(27 * 24 + 1)));
    }
}

#[test]
fn a_short_lived_token_is_renewed_at_half_its_life() {
    let short = token(start(), TimeDelta::days(2));
    let rhythm = TokenRhythm::every(Duration::ZERO);
    assert!(!rhythm.is_due(
        &short,
        start(),
        Duration::ZERO,
        start() + TimeDelta::hours(23)
    ));
    assert!(rhythm.is_due(
        &short,
        start(),
        Duration::ZERO,
        start() + TimeDelta::hours(25)
    ));
}

#[test]
fn one_that_says_nothing_is_renewed_by_the_time_it_has_counted() {
    let silent = Token::new(&SecretString::from("plain"));
    let rhythm = TokenRhythm::default();
    assert!(!rhythm.is_due(
        &silent,
        start(),
        Duration::ZERO,
        start() + TimeDelta::hours(11)
    ));
    assert!(rhythm.is_due(
        &silent,
        start(),
        Duration::ZERO,
        start() + TimeDelta::hours(13)
    ));
}

#[test]
fn the_first_pause_is_short_and_none_is_longer_than_an_hour() {
    let minutes = |failures| TokenRhythm::pause(failures, 500, None).as_secs() / 60;
    assert_eq!(
        [1, 2, 3, 4, 5, 6, 7, 99].map(minutes),
        [1, 2, 4, 8, 16, 32, 60, 60]
    );
}

#[test]
fn shortly_before_the_end_the_pauses_are_short() {
    let pause = TokenRhythm::pause(20, 500, Some(TimeDelta::minutes(20)));
    assert_eq!(pause, Duration::from_secs(300));
    let pause = TokenRhythm::pause(20, 500, Some(TimeDelta::seconds(30)));
    assert_eq!(pause, Duration::from_secs(60));
    let lapsed = TokenRhythm::pause(20, 500, Some(TimeDelta::seconds(-30)));
    assert_eq!(lapsed, Duration::from_secs(3600));
}

proptest! {
    #[test]
    fn every_pause_is_between_half_a_minute_and_an_hour(failures in any::<u32>(), jitter in any::<u32>(), left in proptest::option::of(-1_000_000_i64..10_000_000)) {
        let pause = TokenRhythm::pause(failures, jitter, left.map(TimeDelta::seconds));
        prop_assert!(pause >= Duration::from_secs(30) && pause <= Duration::from_secs(3600));
    }
}
