#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{
    Habits, RateLimitStyle,
    test_seat::{PAPER, Seat, roomy},
};
use crate::{
    fault::{Fault, FaultScript},
    tiger::License,
};

fn code_of(seat: &Seat, change: impl FnOnce(&mut Value), signed: bool) -> (i32, String) {
    let mut members = seat.members("accounts", &json!({}));
    change(&mut members);
    if signed {
        members.as_object_mut().unwrap().remove("sign");
        seat.sign(&mut members);
    }
    let refused = seat.send(&members, None).answer.unwrap_err();
    (refused.code, refused.message)
}

#[test]
fn whoever_is_not_the_developer_is_turned_away() {
    let seat = Seat::new();
    let cases: [(&str, &str, &str); 6] = [
        ("tiger_id", "1", "developer information"),
        ("timestamp", "2025-08-13T10:30:00", "time parse error"),
        ("timestamp", "2025-13-13 10:30:00", "time parse error"),
        ("version", "9.0", "version"),
        ("method", "place_everything", "method"),
        ("charset", "GBK", "charset"),
    ];
    for (name, value, text) in cases {
        let (code, message) = code_of(&seat, |m| m[name] = value.into(), true);
        assert_eq!(code, 1000, "{name}");
        assert!(message.contains(text), "{message}");
    }
    let (code, message) = code_of(&seat, |m| m["biz_content"] = "{\"a\":1}".into(), false);
    assert_eq!(code, 1000);
    assert!(message.contains("signature"), "{message}");
    let (code, _) = code_of(&seat, |m| m["sign"] = "bm90IGEgc2lnbmF0dXJl".into(), false);
    assert_eq!(code, 1000);
}

#[tokio::test(start_paused = true)]
async fn each_method_has_its_tier() {
    let seat = Seat::with(Habits::default(), License::Tbsg, &FaultScript::default());
    for (method, limit) in [("user_license", 10), ("accounts", 60)] {
        for _ in 0..limit {
            seat.ask(method, json!({})).unwrap();
        }
        let refused = seat.ask(method, json!({})).unwrap_err();
        assert_eq!(refused.code, 5);
        let text = format!(
            "rate limit error(current limiting interface:{method}, up to {limit} times per minute)"
        );
        assert_eq!(refused.message, text);
    }
    tokio::time::advance(std::time::Duration::from_secs(60)).await;
    seat.ask("accounts", json!({})).unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_account_orders_five_times_per_second_and_its_cancels_pass() {
    let seat = Seat::with(Habits::default(), License::Tbsg, &FaultScript::default());
    let id = seat.place(seat.resting("m"));
    for _ in 0..4 {
        seat.place(seat.resting("m"));
    }
    assert_eq!(seat.code("place_order", seat.resting("m")), 5);
    let change = json!({"account": PAPER, "id": id, "limit_price": 51});
    assert_eq!(seat.code("modify_order", change), 5);
    seat.ask("cancel_order", json!({"account": PAPER, "id": id}))
        .unwrap();
    tokio::time::advance(std::time::Duration::from_secs(1)).await;
    seat.place(seat.resting("m"));
    assert_eq!(seat.truth_of("m"), 6);
}

#[tokio::test(start_paused = true)]
async fn too_many_requests_over_the_limit_end_on_the_blacklist() {
    let habits = Habits {
        patience: 3,
        rate_limit_style: RateLimitStyle::Forbidden,
        ..Habits::default()
    };
    let seat = Seat::with(habits, License::Tbsg, &FaultScript::default());
    for _ in 0..10 {
        seat.ask("user_license", json!({})).unwrap();
    }
    for _ in 0..4 {
        let refused = seat.ask("user_license", json!({})).unwrap_err();
        assert_eq!(refused.code, 4);
        assert!(refused.message.starts_with("rate limit error"));
    }
    let refused = seat.ask("accounts", json!({})).unwrap_err();
    assert!(refused.message.contains("blacklist"), "{refused:?}");
}

#[test]
fn only_hong_kong_needs_a_token_and_says_in_three_ways_what_is_wrong_with_it() {
    let seat = Seat::with(roomy(), License::Tbhk, &FaultScript::default());
    let members = seat.members("accounts", &json!({}));
    let say = |token: Option<&str>| {
        let told = seat.send(&members, token);
        told.answer
            .map_err(|refused| (refused.code, refused.message))
    };
    let token = seat.gateway.token().unwrap();
    say(Some(&token)).unwrap();
    for (token, text) in [(None, "can not be empty"), (Some("x"), "token invalid")] {
        let (code, message) = say(token).unwrap_err();
        assert_eq!(code, 2400);
        assert!(message.contains(text), "{message}");
    }
    seat.inject(Fault::TokenExpired);
    let (code, message) = say(Some(&token)).unwrap_err();
    assert_eq!(code, 2400);
    assert!(message.contains("expired"), "{message}");
    assert!(Seat::new().gateway.inject(&Fault::TokenExpired).is_err());
}

#[test]
fn a_ban_refuses_everything_for_a_while() {
    let seat = Seat::new();
    seat.inject(Fault::RateLimitBan { ban_ms: 1000 });
    assert_eq!(seat.code("accounts", json!({})), 5);
    assert_eq!(seat.code("place_order", seat.resting("m1")), 5);
    seat.advance(TimeDelta::seconds(2));
    seat.ask("accounts", json!({})).unwrap();
    assert_eq!(seat.truth_of("m1"), 0);
}
