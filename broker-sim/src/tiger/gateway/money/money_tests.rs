#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use chrono::TimeDelta;
use serde_json::json;

use crate::{
    fault::FaultScript,
    tiger::{
        Habits, License,
        gateway::test_seat::{PAPER, STANDARD, Seat, roomy},
    },
};

#[test]
fn money_moves_between_segments_and_back() {
    let seat = Seat::new();
    let available = |from: &str| {
        let asked = json!({"account": PAPER, "from_segment": from, "currency": "USD"});
        let answer = seat.ask("segment_fund_available", asked).unwrap();
        answer[0]["amount"].as_f64().unwrap()
    };
    assert_eq!(available("FUT"), 0.0);
    let before = available("SEC");
    let asked = json!({
        "account": PAPER, "from_segment": "SEC", "to_segment": "FUT", "currency": "USD",
        "amount": 1000.5,
    });
    seat.ask("transfer_segment_fund", asked.clone()).unwrap();
    assert_eq!(available("FUT"), 1000.5);
    assert_eq!(available("SEC"), before - 1000.5);
    let mut too_much = asked;
    too_much["amount"] = json!(10_000_000);
    assert_eq!(seat.code("transfer_segment_fund", too_much), 1300);
    let history = seat.ask("segment_fund_history", json!({"account": PAPER}));
    assert_eq!(history.unwrap()[0]["status"], "SUCC");
}

#[test]
fn a_transfer_can_be_canceled_before_it_is_settled() {
    let habits = Habits {
        desk_delay_ms: 500,
        ..roomy()
    };
    let seat = Seat::with(habits, License::Tbsg, &FaultScript::default());
    let asked = json!({
        "account": PAPER, "from_segment": "SEC", "to_segment": "FUT", "currency": "USD",
        "amount": 5,
    });
    let transfer = seat.ask("transfer_segment_fund", asked).unwrap();
    assert_eq!(transfer["status"], "NEW");
    let cancel = json!({"account": PAPER, "id": transfer["id"]});
    let canceled = seat.ask("cancel_segment_fund", cancel.clone()).unwrap();
    assert_eq!(canceled["status"], "CANC");
    seat.advance(TimeDelta::seconds(1));
    assert_eq!(seat.code("cancel_segment_fund", cancel), 1300);
    let asked = json!({"account": PAPER, "from_segment": "FUT", "currency": "USD"});
    let available = seat.ask("segment_fund_available", asked).unwrap();
    assert_eq!(available[0]["amount"].as_f64(), Some(0.0));
}

#[test]
fn money_is_exchanged_at_the_market() {
    let seat = Seat::new();
    let asked = json!({
        "account": PAPER, "seg_type": "SEC", "source_currency": "USD",
        "target_currency": "HKD", "source_amount": 100,
    });
    let order = seat.ask("place_forex_order", asked).unwrap();
    assert_eq!(order["secType"], "FOREX");
    let order = seat.order(order["id"].as_i64().unwrap());
    assert_eq!(order["status"], "Filled");
    let assets = seat.ask("prime_assets", json!({"account": PAPER})).unwrap();
    let lines = assets["segments"][0]["currencyAssets"].as_array().unwrap();
    let line = lines.iter().find(|line| line["currency"] == "HKD").unwrap();
    assert!(line["cashBalance"].as_f64().unwrap() > 700.0);
    // A pair of currencies is money, not a position.
    let positions = seat.ask("positions", json!({"account": PAPER, "sec_type": "ALL"}));
    assert!(positions.unwrap()["items"].as_array().unwrap().is_empty());
}

#[test]
fn commissions_are_listed_among_the_movements_of_money() {
    let seat = Seat::new();
    seat.place(seat.market("m1"));
    let moved = seat.ask(
        "fund_details",
        json!({"account": PAPER, "seg_types": ["SEC"]}),
    );
    let moved = moved.unwrap();
    let items = moved["items"].as_array().unwrap();
    assert!(items.iter().any(|item| item["desc"] == "Commission"));
    assert_eq!(moved["itemCount"].as_u64().unwrap(), items.len() as u64);
}

#[test]
fn positions_do_not_change_accounts() {
    let seat = Seat::new();
    let asked = json!({
        "from_account": PAPER, "to_account": STANDARD, "market": "US",
        "transfers": [{"symbol": "AAPL", "quantity": 1, "sec_type": "STK"}],
    });
    assert_eq!(seat.code("position_transfer", asked), 1300);
    let records = seat.ask("position_transfer_records", json!({"account_id": PAPER}));
    assert_eq!(records.unwrap(), json!([]));
}
