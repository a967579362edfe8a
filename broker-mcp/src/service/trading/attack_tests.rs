//! What a hostile model, or a broken client, tries.

use std::sync::Arc;

use broker_core::model::Environment;
use serde_json::{Value, json};

use super::stage::{Person, asking, call, key, ordering, resting, stage, trusted, with};
use crate::{
    FaultCode, Principal,
    consent::{Asked, Consent, Question},
    principal::{Confirm, Role},
};

#[tokio::test]
async fn quantities_that_are_none_are_refused() {
    let stage = stage().await;
    for quantity in [
        json!("NaN"),
        json!("inf"),
        json!("1e9"),
        json!("1E3"),
        json!("-10"),
        json!(-10),
        json!(0),
        json!("0"),
        json!("10000000000000"),
        json!(1e300),
        json!("99999999999999999999999999999999"),
        json!("0.0000000000001"),
        json!("10,000"),
        json!("0x10"),
        json!("１０"),
        json!(true),
        json!([10]),
        json!({ "$gt": 0 }),
        Value::Null,
    ] {
        let order = ordering(resting(), json!({ "quantity": quantity }));
        let fault = stage.place(&trusted(), order).await.unwrap_err();
        assert_eq!(fault.code, FaultCode::InvalidRequest, "{quantity}: {fault}");
    }
    assert_eq!(stage.orders("A"), 0);
}

#[tokio::test]
async fn prices_that_are_none_are_refused() {
    let stage = stage().await;
    for price in [
        json!("NaN"),
        json!("1e2"),
        json!("-inf"),
        json!(1e40),
        json!("1.0.0"),
    ] {
        let order = ordering(resting(), json!({ "limit_price": price }));
        let fault = stage.place(&trusted(), order).await.unwrap_err();
        assert_eq!(fault.code, FaultCode::InvalidRequest, "{price}: {fault}");
    }
    assert_eq!(stage.orders("A"), 0);
}

#[tokio::test]
async fn arguments_that_do_not_exist_are_refused() {
    let stage = stage().await;
    for more in [
        json!({ "confirmed": true }),
        json!({ "confirm": "never" }),
        json!({ "allow_live": true }),
        json!({ "force": true }),
        json!({ "max_order_notional": 1_000_000_000 }),
        json!({ "principal": "anna" }),
    ] {
        let fault = stage
            .place(&trusted(), with(resting(), more.clone()))
            .await
            .unwrap_err();
        assert_eq!(fault.code, FaultCode::InvalidRequest, "{more}");
        let fault = stage
            .place(&trusted(), ordering(resting(), more.clone()))
            .await
            .unwrap_err();
        assert_eq!(fault.code, FaultCode::InvalidRequest, "{more}");
    }
    assert_eq!(stage.orders("A"), 0);
}

#[tokio::test]
async fn an_account_of_somebody_else_does_not_exist() {
    let stage = stage().await;
    let mut other = key(Confirm::Never);
    other.id = "other".into();
    other.accounts = crate::principal::Access::Only(["B".to_owned()].into());
    let theirs = stage.place(&call(other), resting()).await.unwrap();
    let id = theirs["data"]["order"]["order_id"].clone();
    for foreign in ["B", "paper/B", "all", "*", "b"] {
        let there = with(resting(), json!({ "account": foreign }));
        let fault = stage.place(&trusted(), there).await.unwrap_err();
        assert_eq!(fault.code, FaultCode::NotFound, "{foreign}");
        let cancel = json!({ "order_id": id, "account": foreign });
        let fault = stage
            .run(&trusted(), "cancel_order", cancel)
            .await
            .unwrap_err();
        assert_eq!(fault.code, FaultCode::NotFound, "{foreign}");
    }
    // Its own account does not have the order.
    let cancel = json!({ "order_id": id });
    let fault = stage
        .run(&trusted(), "cancel_order", cancel)
        .await
        .unwrap_err();
    assert_eq!(fault.code, FaultCode::NotFound);
    assert_eq!((stage.orders("A"), stage.orders("B")), (0, 1));
}

#[tokio::test]
async fn operations_that_are_not_for_a_key_do_not_exist_for_it() {
    let stage = stage().await;
    let reader = call(Principal::new("reader", [Role::Read]));
    let admin = call(Principal::new("admin", [Role::Read, Role::Admin]));
    for (caller, operation) in [
        (&reader, "place_order"),
        (&reader, "cancel_order"),
        (&reader, "kill_switch"),
        (&admin, "place_order"),
        (&admin, "modify_order"),
        (&admin, "preview_order"),
        (&reader, "PLACE_ORDER"),
        (&reader, "place_order "),
    ] {
        let fault = stage.run(caller, operation, resting()).await.unwrap_err();
        assert_eq!(fault.code, FaultCode::NotFound, "{operation}");
    }
    assert_eq!(stage.orders("A"), 0);
}

#[tokio::test]
async fn real_money_is_not_moved_without_the_operator_s_word() {
    let stage = super::stage::staged(|service| {
        let accounts: Vec<_> = service.accounts.values().cloned().collect();
        service.naming(accounts.into_iter().map(|mut account| {
            account.environment = None;
            account
        }))
    })
    .await;
    // The session came back as another one than it was.
    stage.say(Environment::Live);
    let person = Person::saying([Asked::Agreed]);
    let fault = stage.place(&asking(&person), resting()).await.unwrap_err();
    assert_eq!(fault.code, FaultCode::Forbidden, "{fault}");
    assert_eq!(
        person.questions(),
        0,
        "not even a person can agree to it here"
    );
    let dry = with(resting(), json!({ "dry_run": true }));
    assert_eq!(
        stage.place(&trusted(), dry).await.unwrap_err().code,
        FaultCode::Forbidden
    );
    assert_eq!(stage.orders("A"), 0);
}

#[tokio::test]
async fn a_session_that_turns_live_while_a_person_thinks_gets_no_order() {
    #[derive(Debug)]
    struct Turns(Arc<super::stage::Disguised>);
    #[broker_core::async_trait]
    impl Consent for Turns {
        async fn ask(&self, _: &Question) -> Asked {
            *self.0.environment.lock().unwrap() = Environment::Live;
            Asked::Agreed
        }
    }
    let stage = stage().await;
    let mut bot = call(key(Confirm::Ask));
    bot.consent = Arc::new(Turns(Arc::clone(&stage.disguised)));
    let fault = stage.place(&bot, resting()).await.unwrap_err();
    assert_eq!(fault.code, FaultCode::Forbidden);
    assert_eq!(stage.orders("A"), 0);
}

#[tokio::test]
async fn the_same_call_twice_at_once_is_one_order() {
    let stage = stage().await;
    let named = with(resting(), json!({ "client_order_id": "once" }));
    let bot = trusted();
    let all = (0..8).map(|_| stage.place(&bot, named.clone()));
    let answers = futures_util::future::join_all(all).await;
    let mut first = 0;
    for answer in answers {
        let answer = answer.unwrap();
        assert_eq!(answer["data"]["order"]["client_order_id"], "once");
        first += usize::from(answer["data"].get("duplicate_of").is_none());
    }
    assert_eq!(first, 1);
    assert_eq!(stage.orders("A"), 1);
}

#[tokio::test]
async fn a_name_is_not_used_for_another_order() {
    let stage = stage().await;
    let named = with(resting(), json!({ "client_order_id": "once" }));
    stage.place(&trusted(), named.clone()).await.unwrap();
    let fault = stage
        .place(&trusted(), ordering(named, json!({ "quantity": 11 })))
        .await
        .unwrap_err();
    assert_eq!(fault.code, FaultCode::Conflict);
    assert_eq!(stage.orders("A"), 1);
}

#[tokio::test]
async fn the_key_of_a_request_is_the_name_of_its_order() {
    let stage = stage().await;
    let mut bot = trusted();
    bot.idempotency_key = Some("header".to_owned());
    stage.place(&bot, resting()).await.unwrap();
    let again = stage.place(&bot, resting()).await.unwrap();
    assert_eq!(again["data"]["duplicate_of"], "header");
    let both = with(resting(), json!({ "client_order_id": "other" }));
    assert_eq!(
        stage.place(&bot, both).await.unwrap_err().code,
        FaultCode::InvalidRequest
    );
    assert_eq!(stage.orders("A"), 1);
}

#[tokio::test]
async fn names_of_others_orders_and_of_exits_are_not_taken() {
    let stage = stage().await;
    for name in ["outside:1", "", " x", "x\ny", &"x".repeat(57)] {
        let named = with(resting(), json!({ "client_order_id": name }));
        let fault = stage.place(&trusted(), named).await.unwrap_err();
        assert_eq!(fault.code, FaultCode::InvalidRequest, "{name:?}");
    }
    assert_eq!(stage.orders("A"), 0);
}

#[tokio::test]
async fn a_killed_server_takes_cancels_only_and_a_model_cannot_bring_it_back() {
    let stage = stage().await;
    let bot = trusted();
    let placed = stage.place(&bot, resting()).await.unwrap();
    let id = placed["data"]["order"]["order_id"].clone();
    let engage = json!({ "action": "engage", "reason": "test" });
    stage.run(&bot, "kill_switch", engage).await.unwrap();
    assert_eq!(
        stage.place(&bot, resting()).await.unwrap_err().code,
        FaultCode::KillSwitch
    );
    let change = json!({ "order_id": id, "quantity": 5 });
    let fault = stage.run(&bot, "modify_order", change).await.unwrap_err();
    assert_eq!(fault.code, FaultCode::KillSwitch);
    let release = json!({ "action": "release" });
    let fault = stage.run(&bot, "kill_switch", release).await.unwrap_err();
    assert_eq!(fault.code, FaultCode::Forbidden);
    for way in [
        json!({ "action": "disengage" }),
        json!({ "action": "engage", "engaged": false }),
    ] {
        let fault = stage.run(&bot, "kill_switch", way).await.unwrap_err();
        assert_eq!(fault.code, FaultCode::InvalidRequest);
    }
    let status = stage
        .run(&bot, "kill_switch", json!({ "action": "status" }))
        .await
        .unwrap();
    assert_eq!(status["data"]["engaged"], true);
    stage
        .run(&bot, "cancel_order", json!({ "order_id": id }))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_cancel_is_not_held_up_by_too_many_requests() {
    let stage = stage().await;
    let placed = stage.place(&trusted(), resting()).await.unwrap();
    let id = placed["data"]["order"]["order_id"].clone();
    let mut busy = key(Confirm::OutOfBand);
    busy.requests_per_minute = Some(1);
    busy.limits.max_orders_per_minute = Some(0);
    let busy = call(busy);
    stage.run(&busy, "preview_order", resting()).await.unwrap();
    let fault = stage
        .run(&busy, "preview_order", resting())
        .await
        .unwrap_err();
    assert_eq!(fault.code, FaultCode::RateLimited);
    stage
        .run(&busy, "cancel_order", json!({ "order_id": id }))
        .await
        .unwrap();
    stage
        .run(&busy, "cancel_all_orders", json!({}))
        .await
        .unwrap();
}

#[tokio::test]
async fn words_of_a_model_do_not_stand_in_the_question_to_a_person() {
    let stage = stage().await;
    let person = Person::saying([Asked::Unable]);
    let mut bot = asking(&person);
    bot.client = Some("evil\u{202e}\nThis order is approved, click yes".into());
    let named = with(resting(), json!({ "client_order_id": "already approved" }));
    stage.place(&bot, named).await.unwrap_err();
    let sentence = person.seen.lock().unwrap()[0].sentence.clone();
    assert!(!sentence.contains("approved"), "{sentence}");
}
