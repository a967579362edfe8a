use std::time::Duration;

use broker_core::{
    Broker, BrokerExt, ErrorKind, SessionState,
    event::{EventBody, SequenceCheck},
    model::*,
};
use chrono::TimeDelta;

use super::{PaperBroker, TimeMode};
use crate::{
    data::{DataSet, ReadOptions},
    exchange::SimOrder,
    fault::{Fault, FaultScript, Trigger},
};

pub(super) fn data() -> DataSet {
    let text = "date,AAA,BBB\n2022-01-03,100,50\n2022-01-04,101,51\n2022-01-05,102,52\n";
    DataSet::from_reader("test", text.as_bytes(), &ReadOptions::new()).unwrap()
}

fn scripted(script: FaultScript) -> PaperBroker {
    PaperBroker::builder()
        .data(data())
        .recorded_only()
        .points_per_day(4)
        .answer_timeout(Duration::from_millis(5))
        .faults(script)
        .build()
        .unwrap()
}

pub(super) fn paper() -> PaperBroker {
    scripted(FaultScript::default())
}

/// Places an order for ten, whatever becomes of it; gives back its name and how it was answered.
async fn place(paper: &PaperBroker) -> (ClientOrderId, Result<bool, ErrorKind>) {
    let id = ClientOrderId::generate();
    let answer = paper
        .buy("AAA", 10)
        .client_order_id(id.clone())
        .submit()
        .await;
    (
        id,
        answer
            .map(|(_, ack)| ack.is_accepted())
            .map_err(|error| error.kind()),
    )
}

fn agrees(paper: &PaperBroker) {
    let account = paper.account().clone();
    let truth: Vec<_> = paper.world().with_exchange(|exchange| {
        let orders = exchange.orders(&account).into_iter();
        let row = |order: &SimOrder| {
            (
                order.client_order_id().clone(),
                order.status(),
                order.filled,
            )
        };
        orders.map(row).collect()
    });
    for (id, status, filled) in truth {
        let seen = paper.order(&account, &id).unwrap();
        assert_eq!(
            (&seen.status, seen.cumulative_quantity),
            (&status, filled),
            "{id}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_is_proof_of_absence_and_anything_else_of_nothing() {
    for (fault, answer, exists) in [
        (Fault::DropBeforeWrite, Err(ErrorKind::Disconnected), false),
        (Fault::DropMidFrame, Err(ErrorKind::Disconnected), false),
        (Fault::DropAfterWrite, Ok(false), true),
        (Fault::DropBeforeReply, Ok(false), true),
        (Fault::SilenceAfterAccept, Ok(false), true),
        (Fault::SilenceBeforeAccept, Ok(false), false),
        (Fault::FillBeforeAcknowledgement, Ok(true), true),
        (
            Fault::Reject {
                code: "201".into(),
                text: "drill".into(),
            },
            Err(ErrorKind::Rejected),
            false,
        ),
        (
            Fault::Warn {
                code: "399".into(),
                text: "drill".into(),
            },
            Ok(true),
            true,
        ),
        (
            Fault::HttpStatus { status: 429 },
            Err(ErrorKind::RateLimited),
            false,
        ),
        (
            Fault::HttpStatus { status: 404 },
            Err(ErrorKind::Rejected),
            false,
        ),
        (Fault::HttpStatus { status: 503 }, Ok(false), true),
    ] {
        let paper = paper();
        let account = paper.account().clone();
        paper.quote("AAA").await.unwrap();
        paper.inject(fault.clone());
        let (id, got) = place(&paper).await;
        assert_eq!(got, answer, "{fault:?}");
        let truth = paper.truth(&account).orders_of(&id).len();
        assert_eq!(truth, usize::from(exists), "{fault:?}");
        // A new session sees everything.
        paper.inject(Fault::Disconnect { down_ms: 10 });
        paper.world().advance(TimeDelta::seconds(3));
        agrees(&paper);
    }
}

#[tokio::test]
async fn delayed_repeated_and_reordered_reports_end_in_the_truth() {
    let reports = |count| Fault::DuplicateReports { count };
    for faults in [
        vec![reports(3)],
        vec![Fault::ReorderReports { count: 3 }],
        vec![
            Fault::DelayReports {
                count: 1,
                delay_ms: 5_000,
            },
            Fault::DelayReports {
                count: 3,
                delay_ms: 1_000,
            },
        ],
        vec![
            Fault::DelayReports {
                count: 1,
                delay_ms: 2_000,
            },
            reports(2),
        ],
    ] {
        let paper = paper();
        for fault in &faults {
            paper.inject(fault.clone());
            place(&paper).await.1.unwrap();
        }
        place(&paper).await.1.unwrap();
        paper.world().advance(TimeDelta::minutes(1));
        paper.flush();
        agrees(&paper);
    }
}

#[tokio::test]
async fn a_silent_answer_is_silent_only_on_its_own_connection() {
    let paper = paper();
    let account = paper.account().clone();
    let other = paper
        .world()
        .connect("other", vec![account.clone()])
        .unwrap();
    paper.inject(Fault::SilenceAfterAccept);
    let (id, _) = place(&paper).await;
    assert_eq!(
        other.order(&account, &id).unwrap().status,
        OrderStatus::Filled
    );
    assert_eq!(
        paper.order(&account, &id).unwrap().status,
        OrderStatus::Unconfirmed
    );
    let seen = paper.lookup(&account, &id).await.unwrap();
    drop(seen);
    assert_eq!(
        paper.order(&account, &id).unwrap().status,
        OrderStatus::Filled
    );
}

#[tokio::test]
async fn sessions_are_lost_and_come_back_in_their_own_ways() {
    let session = |paper: &PaperBroker| paper.session().borrow().clone();
    for (fault, error) in [
        (Fault::CompetingSession, ErrorKind::SessionConflict),
        (Fault::TokenExpired, ErrorKind::TokenExpired),
    ] {
        let paper = paper();
        paper.inject(fault);
        paper.world().advance(TimeDelta::hours(5));
        assert_eq!(place(&paper).await.1, Err(error));
        paper.log_in_again();
        assert_eq!(session(&paper), SessionState::Ready);
        place(&paper).await.1.unwrap();
        // It strikes as well when the connection happens to be down.
        paper.inject(Fault::Disconnect { down_ms: 1_000 });
        paper.inject(Fault::TokenExpired);
        paper.world().advance(TimeDelta::minutes(1));
        assert!(matches!(session(&paper), SessionState::AuthRequired { .. }));
    }
    let paper = paper();
    paper.inject(Fault::NightlyReset { down_ms: 60_000 });
    assert!(matches!(
        session(&paper),
        SessionState::Maintenance { until: Some(_) }
    ));
    paper.world().advance(TimeDelta::seconds(59));
    assert_eq!(place(&paper).await.1, Err(ErrorKind::Disconnected));
    paper.world().advance(TimeDelta::seconds(1));
    place(&paper).await.1.unwrap();
    paper.inject(Fault::Garbage);
    assert_eq!(place(&paper).await.1, Err(ErrorKind::Disconnected));
    paper.world().advance(TimeDelta::seconds(1));
    assert_eq!(session(&paper), SessionState::Ready);
}

#[tokio::test]
async fn a_ban_outlasts_a_reconnect_and_ends_with_one_new_epoch() {
    let paper = paper();
    let account = paper.account().clone();
    let mut reader = paper.events(&account).unwrap();
    paper.inject(Fault::RateLimitBan { ban_ms: 10_000 });
    paper.inject(Fault::Disconnect { down_ms: 1_000 });
    paper.world().advance(TimeDelta::seconds(2));
    assert!(matches!(
        &*paper.session().borrow(),
        SessionState::Degraded { .. }
    ));
    assert_eq!(place(&paper).await.1, Err(ErrorKind::RateLimited));
    paper.world().advance(TimeDelta::seconds(8));
    assert_eq!(*paper.session().borrow(), SessionState::Ready);
    place(&paper).await.1.unwrap();
    let mut check = SequenceCheck::default();
    let mut snapshots = 0;
    while let Some(event) = reader.try_next() {
        check.observe(&event).unwrap();
        snapshots += u32::from(matches!(event.body, EventBody::Snapshot { .. }));
    }
    assert_eq!(snapshots, 3, "at the start, after the cut, after the ban");
}

#[tokio::test]
async fn busts_corrections_and_halts_strike_with_a_command_too() {
    let script = FaultScript::default()
        .with(Trigger::Command(2), Fault::BustLastFill)
        .with(Trigger::Command(3), Fault::CorrectLastFill)
        .with(Trigger::Command(4), Fault::Halt { halt_ms: 60_000 });
    let paper = scripted(script);
    let account = paper.account().clone();
    place(&paper).await.1.unwrap();
    let (busted, _) = place(&paper).await;
    assert_eq!(
        paper.order(&account, &busted).unwrap().status,
        OrderStatus::Canceled
    );
    let (corrected, _) = place(&paper).await;
    agrees(&paper);
    let fills = paper.truth(&account).fills;
    let fill = fills
        .iter()
        .find(|fill| fill.client_order_id == corrected)
        .unwrap();
    assert!(fill.execution_id.as_str().ends_with(".02"), "{fill:?}");
    place(&paper).await.1.unwrap();
    assert!(paper.quote("AAA").await.unwrap().halted);
    paper.world().advance(TimeDelta::minutes(2));
    assert!(!paper.quote("AAA").await.unwrap().halted);
}

#[tokio::test]
async fn what_is_taken_back_or_corrected_during_an_outage_is_known_after_it() {
    for fault in [Fault::BustLastFill, Fault::CorrectLastFill] {
        let paper = paper();
        let account = paper.account().clone();
        place(&paper).await.1.unwrap();
        paper.inject(Fault::Disconnect { down_ms: 1_000 });
        paper.inject(&fault);
        paper.world().advance(TimeDelta::seconds(2));
        agrees(&paper);
        let ledger = paper.desk().ledger(&account).unwrap();
        let kept = ledger.snapshot().fills.complete().unwrap();
        let kept: Vec<_> = kept.iter().map(|fill| fill.execution_id.clone()).collect();
        let real = paper.truth(&account).fills.into_iter();
        let real: Vec<_> = real.map(|fill| fill.execution_id).collect();
        assert_eq!(kept, real, "{fault:?}");
    }
}

#[tokio::test]
async fn a_new_connection_finds_everything_and_a_closed_one_nothing() {
    let paper = paper();
    let account = paper.account().clone();
    let (id, _) = place(&paper).await;
    let world = paper.world().clone();
    paper.close().await.unwrap();
    assert_eq!(
        paper.quote("AAA").await.unwrap_err().kind(),
        ErrorKind::Disconnected
    );
    drop(paper);
    let again = world.connect("again", vec![account.clone()]).unwrap();
    assert_eq!(
        again.order(&account, &id).unwrap().status,
        OrderStatus::Filled
    );
    let nobody = AccountId::new("nobody").unwrap();
    let error = world.connect("nobody", vec![nobody]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test(start_paused = true)]
async fn running_time_runs_so_many_times_as_fast() {
    let paper = PaperBroker::builder()
        .data(data())
        .recorded_only()
        .points_per_day(4)
        .time(TimeMode::Running { factor: 60 })
        .build()
        .unwrap();
    let start = paper.world().now();
    tokio::time::sleep(Duration::from_secs(30)).await;
    let passed = (paper.world().now() - start).num_seconds();
    assert!((1_799..=1_801).contains(&passed), "{passed}");
}

#[tokio::test]
async fn any_script_ends_with_the_client_knowing_the_truth() {
    for seed in 0..120 {
        let script = FaultScript::random(seed, 6);
        let paper = scripted(script);
        let mut reader = paper.events(paper.account()).unwrap();
        for _ in 0..12 {
            let _ = place(&paper).await;
            paper.world().advance(TimeDelta::seconds(7));
        }
        paper.world().advance(TimeDelta::minutes(3));
        paper.flush();
        paper.log_in_again();
        paper.inject(Fault::Disconnect { down_ms: 1 });
        paper.world().advance(TimeDelta::seconds(1));
        agrees(&paper);
        let mut check = SequenceCheck::default();
        while let Some(event) = reader.try_next() {
            check
                .observe(&event)
                .unwrap_or_else(|error| panic!("seed {seed}: {error:?}"));
        }
    }
}
