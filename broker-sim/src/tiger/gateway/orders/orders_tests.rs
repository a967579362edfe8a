#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::{
    fault::FaultScript,
    tiger::{
        DuplicateOrderId, Habits, License,
        gateway::test_seat::{GLOBAL, PAPER, STANDARD, Seat, roomy},
        push::DataType,
    },
};

fn changed(mut order: Value, name: &str, value: impl Into<Value>) -> Value {
    order[name] = value.into();
    order
}

#[test]
fn a_fresh_order_is_initial_in_its_answer_and_works_when_asked() {
    let seat = Seat::new();
    let answer = seat.ask("place_order", seat.resting("m1")).unwrap();
    let id = answer["id"].as_i64().unwrap();
    assert!(id > 40_000_000_000_000_000);
    assert_eq!(answer["orders"][0]["status"], "Initial");
    let order = seat.order(id);
    assert_eq!(order["status"], "Submitted");
    assert_eq!(order["orderId"], answer["order_id"]);
    assert_eq!(order["userMark"], "m1");
    assert_eq!(order["limitPrice"], json!(50.0));
    assert_eq!(order["totalQuantity"], 10);
}

#[test]
fn the_life_of_an_order_is_pushed_in_order() {
    let seat = Seat::new();
    let mut ear = seat.listen();
    assert_eq!(ear.subscribe(DataType::OrderStatus, None).code, Some(112));
    let id = seat.place(seat.resting("m1"));
    assert_eq!(ear.statuses(), ["PendingSubmit", "Submitted"]);
    seat.ask("cancel_order", json!({"account": PAPER, "id": id}))
        .unwrap();
    assert_eq!(ear.statuses(), ["PendingCancel", "Cancelled"]);
    assert_eq!(seat.order(id)["cancelStatus"], "RECEIVED");
}

#[test]
fn a_market_order_is_filled_and_its_executions_are_listed() {
    let seat = Seat::new();
    let id = seat.place(seat.market("m1"));
    let order = seat.order(id);
    assert_eq!(order["status"], "Filled");
    assert_eq!(order["filledQuantity"], 10);
    let asked = json!({"account": PAPER, "order_id": id});
    let answer = seat.ask("order_transactions", asked).unwrap();
    let items = answer["items"].as_array().unwrap();
    let filled: i64 = items
        .iter()
        .map(|item| item["filledQuantity"].as_i64().unwrap())
        .sum();
    assert_eq!(filled, 10);
    assert!(items.iter().all(|item| item["orderId"] == id));
}

#[test]
fn part_of_a_share_keeps_its_scale() {
    let seat = Seat::new();
    let order = changed(seat.market("m1"), "total_quantity", 125);
    let id = seat.place(changed(order, "total_quantity_scale", 2));
    let order = seat.order(id);
    assert_eq!(order["totalQuantity"], 125);
    assert_eq!(order["totalQuantityScale"], 2);
    let positions = seat.ask("positions", json!({"account": PAPER})).unwrap();
    assert_eq!(positions["items"][0]["position"], 125);
    assert_eq!(positions["items"][0]["positionScale"], 2);
}

#[test]
fn a_number_that_is_used_already_is_refused_or_makes_a_second_order() {
    let seat = Seat::new();
    let asked = json!({"account": PAPER});
    let number = seat.ask("order_no", asked).unwrap()["orderId"].clone();
    let first = changed(seat.resting("m1"), "order_id", number);
    seat.place(first.clone());
    assert_eq!(seat.code("place_order", first.clone()), 1300);
    let global = changed(first.clone(), "account", GLOBAL);
    seat.place(global.clone());
    let refused = seat.ask("place_order", global).unwrap_err();
    assert_eq!(
        (refused.code, refused.message.as_str()),
        (1100, "TRADE DUPLICATE ORDER ID")
    );
    seat.gateway
        .set_habits(|habits| habits.duplicate_order_id = DuplicateOrderId::Accept);
    seat.place(first);
    assert_eq!(seat.truth_of("m1"), 2);
}

#[test]
fn refusals_have_the_code_of_the_kind_of_account() {
    let seat = Seat::new();
    let dear = changed(seat.market("m1"), "total_quantity", 1_000_000);
    for (account, code) in [(PAPER, 1300), (STANDARD, 1200), (GLOBAL, 1100)] {
        let refused = seat.ask("place_order", changed(dear.clone(), "account", account));
        let refused = refused.unwrap_err();
        assert_eq!(refused.code, code);
        assert!(refused.message.contains("bad_request:"), "{refused:?}");
    }
    assert_eq!(seat.truth_of("m1"), 0);
}

#[test]
fn words_that_the_vendor_does_not_have_are_refused() {
    let seat = Seat::new();
    for (name, word) in [
        ("order_type", "MIT"),
        ("action", "HOLD"),
        ("time_in_force", "GTX"),
        ("attach_type", "ALL"),
        ("trading_session_type", "NIGHT"),
        ("sec_type", "XYZ"),
    ] {
        let order = changed(seat.resting("m1"), name, word);
        assert_eq!(seat.code("place_order", order), 1010, "{name} {word}");
    }
    assert_eq!(seat.truth_of("m1"), 0);
}

#[test]
fn a_price_between_two_increments_is_refused_unless_an_adjustment_is_tolerated() {
    let seat = Seat::new();
    let order = changed(seat.resting("m1"), "limit_price", json!(50.001));
    assert_eq!(seat.code("place_order", order.clone()), 1300);
    let id = seat.place(changed(order.clone(), "adjust_limit", json!(0.001)));
    assert_eq!(seat.order(id)["limitPrice"], json!(50.01));
    let id = seat.place(changed(order, "adjust_limit", json!(-0.001)));
    assert_eq!(seat.order(id)["limitPrice"], json!(50.0));
}

#[test]
fn in_a_closed_market_an_order_at_the_market_is_refused_and_a_limit_order_waits() {
    let seat = Seat::new();
    seat.advance(TimeDelta::hours(14));
    let refusal = seat.ask("place_order", seat.market("m1")).unwrap_err();
    assert_eq!(refusal.code, 1300);
    assert!(refusal.message.contains("bad_request:"), "{refusal:?}");
    let id = seat.place(seat.resting("m2"));
    assert_eq!(seat.order(id)["status"], "PendingSubmit");
    seat.advance(TimeDelta::hours(10));
    assert_eq!(seat.order(id)["status"], "Submitted");
}

#[test]
fn a_sum_of_doubles_is_no_price() {
    let seat = Seat::new();
    let body = r#"{"limit_price":50.300000000000004}"#;
    let value: Value = serde_json::from_str(body).unwrap();
    let order = changed(
        seat.resting("m1"),
        "limit_price",
        value["limit_price"].clone(),
    );
    assert_eq!(seat.code("place_order", order), 1300);
}

#[test]
fn a_change_changes_what_it_names_and_nothing_else() {
    let seat = Seat::new();
    let id = seat.place(seat.resting("m1"));
    let change = json!({"account": PAPER, "id": id, "limit_price": 51.5});
    seat.ask("modify_order", change).unwrap();
    let order = seat.order(id);
    assert_eq!(order["limitPrice"], json!(51.5));
    assert_eq!(order["totalQuantity"], 10);
    assert_eq!(order["replaceStatus"], "REPLACED");
    let change = json!({"account": PAPER, "id": id, "order_type": "MKT"});
    assert_eq!(seat.code("modify_order", change), 1300);
}

#[test]
fn a_desk_that_takes_time_shows_every_stage() {
    let habits = Habits {
        desk_delay_ms: 500,
        ..roomy()
    };
    let seat = Seat::with(habits, License::Tbsg, &FaultScript::default());
    let mut ear = seat.listen();
    ear.subscribe(DataType::OrderStatus, Some(PAPER));
    let id = seat.place(seat.resting("m1"));
    assert_eq!(seat.order(id)["status"], "Initial");
    assert_eq!(seat.truth_of("m1"), 1);
    seat.advance(TimeDelta::seconds(1));
    assert_eq!(seat.order(id)["status"], "Submitted");
    let change = json!({"account": PAPER, "id": id, "total_quantity": 5});
    seat.ask("modify_order", change).unwrap();
    assert_eq!(seat.order(id)["replaceStatus"], "RECEIVED");
    assert_eq!(seat.order(id)["totalQuantity"], 10);
    seat.advance(TimeDelta::seconds(1));
    assert_eq!(seat.order(id)["totalQuantity"], 5);
    seat.ask("cancel_order", json!({"account": PAPER, "id": id}))
        .unwrap();
    assert_eq!(seat.order(id)["status"], "PendingCancel");
    seat.advance(TimeDelta::seconds(1));
    assert_eq!(seat.order(id)["status"], "Cancelled");
    assert_eq!(ear.statuses().last().unwrap(), "Cancelled");
}

#[test]
fn a_late_refusal_leaves_an_inactive_order_with_a_remark() {
    let habits = Habits {
        late_refusals: true,
        ..roomy()
    };
    let seat = Seat::with(habits, License::Tbsg, &FaultScript::default());
    let mut ear = seat.listen();
    ear.subscribe(DataType::OrderStatus, None);
    let dear = changed(seat.market("m1"), "total_quantity", 1_000_000);
    let id = seat.place(dear);
    let order = seat.order(id);
    assert_eq!(order["status"], "Inactive");
    assert!(order["remark"].as_str().unwrap().contains("insufficient"));
    assert_eq!(ear.statuses(), ["Inactive"]);
    assert_eq!(seat.truth_of("m1"), 0);
}

#[test]
fn attached_orders_wait_for_their_entry_and_one_ends_the_other() {
    let seat = Seat::new();
    let mut order = seat.market("m1");
    for (name, value) in [
        ("attach_type", json!("BRACKETS")),
        ("profit_taker_price", json!(900.0)),
        ("profit_taker_tif", json!("GTC")),
        ("stop_loss_price", json!(10.0)),
        ("stop_loss_tif", json!("GTC")),
    ] {
        order[name] = value;
    }
    let answer = seat.ask("place_order", order).unwrap();
    let legs = answer["subIds"].as_array().unwrap().clone();
    assert_eq!(legs.len(), 2);
    for leg in &legs {
        let leg = seat.order(leg.as_i64().unwrap());
        assert_eq!(leg["parentId"], answer["id"]);
        assert_eq!(leg["status"], "Submitted");
        assert_eq!(leg["action"], "SELL");
    }
    assert_eq!(seat.truth_of("m1.profit"), 1);
    assert_eq!(seat.truth_of("m1.loss"), 1);
}

#[test]
fn of_alternatives_one_ends_the_other() {
    let seat = Seat::new();
    let resting = seat.resting("low");
    let marketable = changed(seat.resting("high"), "limit_price", 900.0);
    let asked = json!({"account": PAPER, "oca_orders": [resting, marketable]});
    let answer = seat.ask("place_order", asked).unwrap();
    let low = seat.order(answer["id"].as_i64().unwrap());
    let high = seat.order(answer["subIds"][0].as_i64().unwrap());
    assert_eq!(high["status"], "Filled");
    assert_eq!(low["status"], "Cancelled");
}

#[test]
fn pages_follow_each_other_and_belong_to_one_question() {
    let seat = Seat::new();
    for number in 0..5 {
        seat.place(seat.resting(&format!("m{number}")));
    }
    let mut marks = Vec::new();
    let mut asked = json!({"account": PAPER, "limit": 2});
    loop {
        let page = seat.ask("orders", asked.clone()).unwrap();
        for item in page["items"].as_array().unwrap() {
            marks.push(item["userMark"].as_str().unwrap().to_owned());
        }
        let next = page["nextPageToken"].as_str().unwrap().to_owned();
        if next.is_empty() {
            break;
        }
        asked["page_token"] = next.into();
    }
    assert_eq!(marks, ["m4", "m3", "m2", "m1", "m0"]);
    let token = seat.ask("orders", json!({"account": PAPER, "limit": 2}));
    let token = token.unwrap()["nextPageToken"].clone();
    let other = json!({"account": PAPER, "limit": 3, "page_token": token});
    assert_eq!(seat.code("orders", other), 1010);
}

#[test]
fn filled_orders_need_dates_that_are_near_each_other() {
    let seat = Seat::new();
    seat.place(seat.market("m1"));
    assert_eq!(seat.code("filled_orders", json!({"account": PAPER})), 1010);
    let now = seat.world.now().timestamp_millis();
    let day = 86_400_000;
    let asked = |days: i64| json!({"account": PAPER, "start_date": now - days * day, "end_date": now + day});
    assert_eq!(seat.code("filled_orders", asked(90)), 1010);
    let found = seat.ask("filled_orders", asked(89)).unwrap();
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
    let active = seat
        .ask("active_orders", json!({"account": PAPER}))
        .unwrap();
    assert!(active["items"].as_array().unwrap().is_empty());
}

#[test]
fn a_preview_places_nothing() {
    let seat = Seat::new();
    let passes = seat.ask("preview_order", seat.market("m1")).unwrap();
    assert_eq!(passes["isPass"], true);
    assert!(passes["commission"].as_f64().unwrap() > 0.0);
    let dear = changed(seat.market("m1"), "total_quantity", 1_000_000);
    let refused = seat.ask("preview_order", dear).unwrap();
    assert_eq!(refused["isPass"], false);
    assert!(!refused["message"].as_str().unwrap().is_empty());
    assert_eq!(seat.truth_of("m1"), 0);
}

#[test]
fn an_order_of_another_account_is_not_found() {
    let seat = Seat::new();
    let id = seat.place(seat.resting("m1"));
    let asked = json!({"account": STANDARD, "id": id});
    assert_eq!(seat.code("cancel_order", asked), 1200);
    assert_eq!(seat.order(id)["status"], "Submitted");
}

#[test]
fn an_order_whose_day_ends_is_invalid() {
    let seat = Seat::new();
    let id = seat.place(seat.resting("m1"));
    seat.advance(TimeDelta::days(1));
    assert_eq!(seat.order(id)["status"], "Invalid");
}
