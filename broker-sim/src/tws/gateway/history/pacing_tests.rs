use std::{sync::Arc, time::Duration};

use super::history_tests::{contract, error_of, request, world};
use crate::{
    paper::PaperWorld,
    tws::{
        gateway::{Habits, probe::Probe},
        message::{HistoricalDataRequest, RealTimeBarsRequest, Request},
    },
};

fn paced(world: &Arc<PaperWorld>) -> Probe {
    let habits = Habits {
        history_limits: true,
        ..Habits::unlimited()
    };
    Probe::with(world, habits)
}

/// Asks for five-second bars that end in the given minute; whether it was too fast.
fn too_fast(probe: &Probe, number: u32, what: &str, con_id: i32) -> bool {
    let mut wanted = request("1800 S", "5 secs", what);
    wanted.contract = Some(contract(con_id));
    wanted.end_date_time = Some(format!("20211230 11:{:02}:{:02}", number / 60, number % 60));
    let replies = probe.ask(Request::HistoricalData(wanted));
    error_of(&replies).is_some_and(|(code, text)| code == 162 && text.contains("pacing violation"))
}

#[tokio::test(start_paused = true)]
async fn the_sixth_question_about_one_contract_within_two_seconds_is_too_much() {
    let world = world();
    let probe = paced(&world);
    for number in 0..5 {
        assert!(!too_fast(&probe, number, "TRADES", 265_598), "{number}");
    }
    assert!(too_fast(&probe, 5, "TRADES", 265_598));
    assert!(
        !too_fast(&probe, 5, "MIDPOINT", 265_598),
        "another tick type"
    );
    assert!(!too_fast(&probe, 5, "TRADES", 272_093), "another contract");
    tokio::time::advance(Duration::from_secs(2)).await;
    assert!(!too_fast(&probe, 5, "TRADES", 265_598));
}

#[tokio::test(start_paused = true)]
async fn the_same_question_within_fifteen_seconds_is_too_much() {
    let world = world();
    let probe = paced(&world);
    assert!(!too_fast(&probe, 1, "TRADES", 265_598));
    tokio::time::advance(Duration::from_millis(14_999)).await;
    assert!(too_fast(&probe, 1, "TRADES", 265_598));
    tokio::time::advance(Duration::from_millis(1)).await;
    assert!(!too_fast(&probe, 1, "TRADES", 265_598));
}

#[tokio::test(start_paused = true)]
async fn sixty_questions_in_ten_minutes_are_the_most_and_bid_and_ask_count_twice() {
    let world = world();
    let probe = paced(&world);
    for number in 0..20 {
        assert!(!too_fast(&probe, number, "BID_ASK", 265_598), "{number}");
        tokio::time::advance(Duration::from_secs(1)).await;
    }
    for number in 0..20 {
        assert!(!too_fast(&probe, number, "TRADES", 265_598), "{number}");
        tokio::time::advance(Duration::from_secs(1)).await;
    }
    assert!(too_fast(&probe, 59, "TRADES", 265_598));
    let bars = RealTimeBarsRequest {
        req_id: Some(9),
        contract: Some(contract(265_598)),
        what_to_show: Some("TRADES".into()),
        ..RealTimeBarsRequest::default()
    };
    let refused = probe.ask(Request::RealTimeBars(bars));
    assert_eq!(error_of(&refused).unwrap().0, 420);
    tokio::time::advance(Duration::from_secs(561)).await;
    assert!(!too_fast(&probe, 59, "TRADES", 265_598));
}

#[tokio::test(start_paused = true)]
async fn bars_of_a_minute_and_more_are_not_counted() {
    let world = world();
    let probe = paced(&world);
    for _ in 0..70 {
        let wanted: HistoricalDataRequest = request("1 D", "1 min", "TRADES");
        let replies = probe.ask(Request::HistoricalData(wanted));
        assert_eq!(error_of(&replies), None);
    }
}
