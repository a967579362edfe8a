use super::{
    EventBody, GapCause,
    one_ledger::{live, new, read, short, start, with_capacity},
};
use crate::{SessionState, test_support::time};
use chrono::TimeDelta;

#[test]
fn a_reader_that_joins_late_is_placed() {
    let ledger = live();
    ledger.report(new("a"));
    let mut reader = ledger.subscribe();
    assert_eq!(read(&mut reader), ["1.3 Ready", "1.3 snapshot 1 0"]);
    ledger.report(new("b"));
    assert_eq!(read(&mut reader), ["1.4 b new"]);
}

#[test]
fn a_gap_says_until_when_nothing_is_missing() {
    let (ledger, clock) = with_capacity(8);
    start(&ledger);
    let mut reader = ledger.subscribe();
    clock.advance(TimeDelta::seconds(10));
    ledger.report(new("a"));
    clock.advance(TimeDelta::seconds(10));
    ledger.gap(GapCause::Disconnected);
    let gap = std::iter::from_fn(|| reader.try_next()).last().unwrap();
    let since = time(10);
    assert_eq!(
        gap.body,
        EventBody::Gap {
            cause: GapCause::Disconnected,
            since
        }
    );
}

#[test]
fn a_stuck_reader_is_placed_anew_and_others_are_not_affected() {
    let (ledger, clock) = with_capacity(4);
    start(&ledger);
    let (mut stuck, mut fast) = (ledger.subscribe(), ledger.subscribe());
    assert_eq!((read(&mut stuck).len(), read(&mut fast).len()), (2, 2));
    clock.advance(TimeDelta::seconds(10));
    for number in 3..20 {
        ledger.report(new(&format!("o{number}")));
        assert_eq!(read(&mut fast), [format!("1.{number} o{number} new")]);
    }
    let gap = stuck.try_next().unwrap();
    let cause = GapCause::ReaderLagged { dropped: 17 };
    // What it missed came after the last event that it got, not after the last that there was.
    let since = time(0);
    assert_eq!(gap.body, EventBody::Gap { cause, since });
    assert_eq!(read(&mut stuck), ["1.19 Ready", "1.19 snapshot 17 0"]);
    ledger.report(new("next"));
    assert_eq!(read(&mut stuck), ["1.20 next new"]);
    assert_eq!(read(&mut fast), ["1.20 next new"]);
}

#[tokio::test]
async fn the_stream_ends_only_after_closed() {
    use futures_util::{FutureExt as _, StreamExt as _};
    let ledger = live();
    let mut reader = ledger.subscribe();
    for session in [
        SessionState::Connecting,
        SessionState::Degraded {
            reason: "slow".into(),
        },
        SessionState::Maintenance { until: None },
        SessionState::Displaced { by: "phone".into() },
        SessionState::AuthRequired {
            instructions: "log in".into(),
        },
    ] {
        ledger.session(session);
    }
    assert_eq!(read(&mut reader).len(), 7);
    assert!(reader.next().now_or_never().is_none());
    ledger.session(SessionState::Closed);
    assert_eq!(short(&reader.next().await.unwrap()), "1.8 Closed");
    ledger.report(new("a"));
    assert!(reader.next().await.is_none() && reader.try_next().is_none());
    assert_eq!(
        ledger.subscribe().into_stream().count().await,
        2,
        "snapshot and Closed"
    );
}

#[test]
fn a_reader_that_fell_behind_before_the_end_still_gets_what_it_missed() {
    let (ledger, _clock) = with_capacity(2);
    start(&ledger);
    let mut reader = ledger.subscribe();
    let _ = read(&mut reader);
    for name in ["a", "b", "c"] {
        ledger.report(new(name));
    }
    ledger.session(SessionState::Closed);
    let got = read(&mut reader);
    assert_eq!(
        got,
        [
            "1.6 gap ReaderLagged { dropped: 4 }",
            "1.6 snapshot 3 0",
            "1.6 Closed"
        ]
    );
}
