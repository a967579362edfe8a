use std::sync::Arc;

use super::{Event, EventBody, GapCause, Notice, Position, SequenceCheck, SequenceFault, Severity};
use crate::{
    SessionState,
    event::Ledger,
    model::*,
    test_support::{account, time},
};

fn at(epoch: u64, seq: u64) -> Position {
    Position { epoch, seq }
}

fn event(position: Position, body: EventBody) -> Event {
    Event {
        account: account(),
        position,
        event_time: None,
        received_at: time(0),
        body,
    }
}

/// `ready`, `down`, `closed`, `snapshot`, `gap`, `lag`, `change` or `notice` at a position.
fn of(position: Position, what: &str) -> Event {
    let session = |session| EventBody::Session { session };
    let gap = |cause| EventBody::Gap {
        cause,
        since: time(0),
    };
    let body = match what {
        "ready" => session(SessionState::Ready),
        "down" => session(SessionState::Connecting),
        "closed" => session(SessionState::Closed),
        "snapshot" => {
            let clock = Arc::new(crate::ManualClock::at(time(0)));
            let snapshot = Arc::new(Ledger::new(account(), clock, 8).snapshot());
            EventBody::Snapshot { snapshot }
        }
        "gap" => gap(GapCause::Disconnected),
        "lag" => gap(GapCause::ReaderLagged { dropped: 1 }),
        "change" => EventBody::ProfitAndLoss {
            figures: Arc::new(ProfitAndLoss::new(account(), time(0))),
        },
        "notice" => {
            let message = BrokerText::text("farm is connecting");
            let severity = Severity::Info;
            let notice = Arc::new(Notice {
                severity,
                message,
                client_order_id: None,
            });
            EventBody::Notice { notice }
        }
        other => panic!("{other}"),
    };
    event(position, body)
}

/// Observes `epoch.seq what` events; what was found at the last one, the others being right.
fn check(events: &str) -> Result<(), SequenceFault> {
    let mut check = SequenceCheck::default();
    let mut last = Ok(());
    for line in events.split(',') {
        assert_eq!(last, Ok(()), "before {line}");
        let (position, what) = line.trim().split_once(' ').unwrap();
        let (epoch, seq) = position.split_once('.').unwrap();
        let position = at(epoch.parse().unwrap(), seq.parse().unwrap());
        last = check.observe(&of(position, what));
        assert_eq!(check.position(), Some(position));
    }
    last
}

#[test]
fn streams_that_keep_the_rules_pass() {
    for events in [
        "1.1 ready, 1.2 snapshot, 1.3 change, 1.4 notice, 2.1 ready, 2.2 snapshot, 2.3 change",
        "0.0 down, 0.1 notice, 0.2 change, 1.1 ready, 1.2 notice, 1.3 snapshot, 1.4 closed",
        // A reader that joins late.
        "3.7 ready, 3.7 snapshot, 3.8 change",
        // A reader that is placed anew, in the same epoch and in a later one.
        "1.1 ready, 1.2 snapshot, 1.9 lag, 1.9 ready, 1.9 snapshot, 1.10 change",
        "1.1 ready, 1.2 snapshot, 4.9 lag, 4.9 ready, 4.9 snapshot, 4.10 change",
        "1.1 ready, 1.2 snapshot, 1.9 lag, 1.9 snapshot, 1.9 closed",
        // Changes between a gap and its snapshot.
        "1.1 ready, 1.2 snapshot, 1.3 gap, 1.4 down, 1.5 change, 2.1 ready, 2.2 snapshot",
        // Events were lost while the snapshot was taken.
        "1.1 ready, 1.2 gap, 1.3 snapshot, 1.4 change",
    ] {
        assert_eq!(check(events), Ok(()), "{events}");
    }
}

#[test]
fn a_hole_is_found() {
    let (after, got) = (at(1, 3), at(1, 5));
    let hole = Err(SequenceFault::Hole { after, got });
    assert_eq!(
        check("1.1 ready, 1.2 snapshot, 1.3 change, 1.5 change"),
        hole
    );
    assert_eq!(check("1.1 ready, 1.2 snapshot, 1.3 change, 1.5 down"), hole);
    let (after, got) = (at(1, 2), at(2, 2));
    let hole = Err(SequenceFault::Hole { after, got });
    assert_eq!(check("1.1 ready, 1.2 snapshot, 2.2 ready"), hole);
}

#[test]
fn a_repetition_is_found() {
    let (after, got) = (at(1, 3), at(1, 3));
    let repeated = Err(SequenceFault::Repeated { after, got });
    assert_eq!(
        check("1.1 ready, 1.2 snapshot, 1.3 change, 1.3 change"),
        repeated
    );
    assert_eq!(
        check("1.1 ready, 1.2 snapshot, 1.3 change, 1.3 snapshot"),
        repeated
    );
    let (after, got) = (at(2, 2), at(1, 3));
    let back = Err(SequenceFault::Repeated { after, got });
    assert_eq!(check("2.1 ready, 2.2 snapshot, 1.3 change"), back);
}

#[test]
fn a_change_before_its_snapshot_is_found() {
    let early = |got| Err(SequenceFault::BeforeSnapshot { got });
    assert_eq!(
        check("1.1 ready, 1.2 change"),
        Ok(()),
        "placed between two snapshots"
    );
    assert_eq!(check("1.1 change"), early(at(1, 1)));
    assert_eq!(check("0.0 down, 1.1 ready, 1.2 change"), early(at(1, 2)));
    assert_eq!(
        check("1.1 ready, 1.2 snapshot, 2.1 ready, 2.2 change"),
        early(at(2, 2))
    );
    let torn = "1.1 ready, 1.2 snapshot, 2.1 ready, 2.2 gap, 2.3 change";
    assert_eq!(check(torn), early(at(2, 3)));
}

#[test]
fn an_epoch_that_does_not_begin_with_ready_is_found() {
    let got = at(2, 1);
    let not_ready = Err(SequenceFault::NotReady { got });
    for first in ["change", "down", "snapshot", "notice"] {
        let events = format!("1.1 ready, 1.2 snapshot, 2.1 {first}");
        assert_eq!(check(&events), not_ready, "{first}");
    }
}

#[test]
fn anything_after_the_end_is_found() {
    for what in ["change", "ready", "snapshot", "gap", "closed"] {
        let got = at(1, 4);
        let events = format!("1.1 ready, 1.2 snapshot, 1.3 closed, 1.4 {what}");
        assert_eq!(
            check(&events),
            Err(SequenceFault::AfterEnd { got }),
            "{what}"
        );
    }
}

#[test]
fn it_says_when_what_was_derived_can_be_trusted() {
    let mut check = SequenceCheck::default();
    let mut whole = Vec::new();
    for (seq, what) in (1..).zip(["ready", "snapshot", "change", "gap", "change", "snapshot"]) {
        check.observe(&of(at(1, seq), what)).unwrap();
        whole.push(check.is_whole());
    }
    assert_eq!(whole, [false, true, true, false, false, true]);
}

#[test]
fn faults_say_what_is_wrong() {
    let (after, got) = (at(1, 3), at(1, 5));
    let texts = [
        SequenceFault::Hole { after, got },
        SequenceFault::Repeated { after, got },
        SequenceFault::BeforeSnapshot { got },
        SequenceFault::NotReady { got },
        SequenceFault::AfterEnd { got },
    ]
    .map(|fault| fault.to_string());
    assert_eq!(
        texts,
        [
            "unannounced hole between 1.3 and 1.5",
            "1.5 came after 1.3",
            "change 1.5 came before a snapshot",
            "epoch of 1.5 did not begin with Session(Ready)",
            "1.5 came after Session(Closed)",
        ]
    );
}
