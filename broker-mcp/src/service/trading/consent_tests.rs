use chrono::TimeDelta;
use serde_json::json;

use super::stage::{Person, asking, call, key, ordering, resting, stage, trusted, with};
use crate::{
    Fault, FaultCode, Principal,
    consent::Asked,
    principal::{Confirm, Role},
};

fn approval_id(fault: &Fault) -> String {
    assert_eq!(fault.code, FaultCode::ConfirmationRequired, "{fault}");
    let details = fault.details.as_ref().unwrap();
    details["approval_id"].as_str().unwrap().to_owned()
}

fn anna() -> crate::Call {
    call(Principal::new("anna", [Role::Approver]))
}

#[tokio::test]
async fn a_person_is_told_everything_before_agreeing() {
    let stage = stage().await;
    let person = Person::saying([Asked::Agreed]);
    let placed = stage.place(&asking(&person), resting()).await.unwrap();
    assert!(placed["data"]["confirmed_by"].is_string(), "{placed}");
    let seen = person.seen.lock().unwrap().clone();
    let sentence = &seen[0].sentence;
    for word in [
        "account A",
        "simulated",
        "BUY",
        "quantity 10",
        "AAPL",
        "LIMIT",
        "1",
        "notional 10 USD",
    ] {
        assert!(sentence.contains(word), "{word}: {sentence}");
    }
    // The question is the name of the order, so that its answer cannot place two.
    assert_eq!(
        placed["data"]["order"]["client_order_id"],
        seen[0].id.as_str()
    );
}

#[tokio::test]
async fn a_person_is_told_until_when_an_order_works() {
    let stage = stage().await;
    let person = Person::saying([Asked::Agreed, Asked::Declined]);
    let now = broker_core::Broker::desk(&*stage.paper).clock().now();
    let day = |days| (now + TimeDelta::days(days)).to_rfc3339();
    let end = json!({ "time_in_force": "GTD", "good_till": day(2) });
    let placed = stage
        .place(&asking(&person), ordering(resting(), end))
        .await
        .unwrap();
    let id = placed["data"]["order"]["client_order_id"].clone();
    let later = json!({ "order_id": id, "good_till": day(3) });
    let bot = asking(&person);
    stage.run(&bot, "modify_order", later).await.unwrap_err();
    let seen = person.seen.lock().unwrap().clone();
    assert!(seen[0].sentence.contains(&format!("GTD until {}", day(2))));
    let both = format!("GTD until {} → GTD until {}", day(2), day(3));
    assert!(seen[1].sentence.contains(&both), "{}", seen[1].sentence);
}

#[tokio::test]
async fn what_a_person_declines_is_not_sent() {
    let stage = stage().await;
    let person = Person::saying([Asked::Declined]);
    let fault = stage.place(&asking(&person), resting()).await.unwrap_err();
    assert_eq!(fault.code, FaultCode::Declined);
    assert!(!fault.retry_safe);
    assert_eq!(stage.orders("A"), 0);
}

#[tokio::test]
async fn an_approval_lets_the_same_call_through_once() {
    let stage = stage().await;
    let bot = call(key(Confirm::Ask));
    let fault = stage.place(&bot, resting()).await.unwrap_err();
    let id = approval_id(&fault);
    // Nobody has agreed yet.
    let again = with(resting(), json!({ "preview_id": id }));
    assert_eq!(
        approval_id(&stage.place(&bot, again.clone()).await.unwrap_err()),
        id
    );
    stage.service.decide(&anna(), &id, true).await.unwrap();
    let placed = stage.place(&bot, again.clone()).await.unwrap();
    assert_eq!(placed["data"]["confirmed_by"], "anna");
    // The same once more is the same order.
    let repeated = stage.place(&bot, again).await.unwrap();
    assert_eq!(repeated["data"]["duplicate_of"], id.as_str());
    assert_eq!(stage.orders("A"), 1);
    // And without its name it is another, which nobody has agreed to.
    let fresh = stage.place(&bot, resting()).await.unwrap_err();
    assert_ne!(approval_id(&fresh), id);
    assert_eq!(stage.orders("A"), 1);
}

#[tokio::test]
async fn an_approval_is_for_one_order_only() {
    let stage = stage().await;
    let bot = call(key(Confirm::Ask));
    let id = approval_id(&stage.place(&bot, resting()).await.unwrap_err());
    stage.service.decide(&anna(), &id, true).await.unwrap();
    for swapped in [
        json!({ "quantity": 11 }),
        json!({ "limit_price": "1.01" }),
        json!({ "side": "SELL" }),
        json!({ "instrument": "MSFT" }),
        json!({ "type": "MARKET", "limit_price": null }),
        json!({ "time_in_force": "GTC" }),
        json!({ "take_profit": "9" }),
    ] {
        let swapped = ordering(resting(), swapped);
        let fault = stage
            .place(&bot, with(swapped.clone(), json!({ "preview_id": id })))
            .await;
        let code = fault.unwrap_err().code;
        let refused = [FaultCode::Conflict, FaultCode::LimitExceeded];
        assert!(refused.contains(&code), "{code:?}: {swapped}");
    }
    assert_eq!(stage.orders("A"), 0);
    let written_otherwise = ordering(resting(), json!({ "quantity": "10.0", "limit_price": 1 }));
    let same = with(written_otherwise, json!({ "preview_id": id }));
    stage.place(&bot, same).await.unwrap();
}

#[tokio::test]
async fn who_asks_does_not_agree_and_nobody_without_the_role() {
    let stage = stage().await;
    let mut both = key(Confirm::Ask);
    both.roles.insert(Role::Approver);
    let both = call(both);
    let id = approval_id(&stage.place(&both, resting()).await.unwrap_err());
    let own = stage.service.decide(&both, &id, true).await.unwrap_err();
    assert_eq!(own.code, FaultCode::Forbidden);
    let mut other = key(Confirm::Ask);
    other.id = "other".into();
    let none = stage
        .service
        .decide(&call(other), &id, true)
        .await
        .unwrap_err();
    assert_eq!(none.code, FaultCode::Forbidden);
    let again = with(resting(), json!({ "preview_id": id }));
    approval_id(&stage.place(&both, again).await.unwrap_err());
    assert_eq!(stage.orders("A"), 0);
}

#[tokio::test]
async fn an_approval_is_of_no_use_to_another_key() {
    let stage = stage().await;
    let id = approval_id(
        &stage
            .place(&call(key(Confirm::Ask)), resting())
            .await
            .unwrap_err(),
    );
    stage.service.decide(&anna(), &id, true).await.unwrap();
    let mut thief = key(Confirm::Ask);
    thief.id = "thief".into();
    let stolen = with(resting(), json!({ "preview_id": id }));
    let fault = stage.place(&call(thief), stolen).await.unwrap_err();
    assert_eq!(fault.code, FaultCode::NotFound);
    assert_eq!(stage.orders("A"), 0);
}

#[tokio::test]
async fn an_approval_does_not_last() {
    let stage = stage().await;
    let bot = call(key(Confirm::Ask));
    let id = approval_id(&stage.place(&bot, resting()).await.unwrap_err());
    stage.service.decide(&anna(), &id, true).await.unwrap();
    stage.clock.advance(TimeDelta::minutes(11));
    let late = stage
        .place(&bot, with(resting(), json!({ "preview_id": id })))
        .await;
    assert_ne!(approval_id(&late.unwrap_err()), id);
    assert_eq!(stage.orders("A"), 0);
}

#[tokio::test]
async fn a_client_that_lies_is_not_asked_where_the_operator_says_so() {
    let stage = stage().await;
    let liar = Person::saying([Asked::Agreed, Asked::Agreed]);
    let mut bot = call(key(Confirm::OutOfBand));
    bot.consent = std::sync::Arc::clone(&liar) as _;
    let id = approval_id(&stage.place(&bot, resting()).await.unwrap_err());
    approval_id(
        &stage
            .place(&bot, with(resting(), json!({ "preview_id": id })))
            .await
            .unwrap_err(),
    );
    assert_eq!(liar.questions(), 0);
    assert_eq!(stage.orders("A"), 0);
}

#[tokio::test]
async fn of_two_calls_with_one_answer_one_is_sent() {
    /// Agrees once both have asked.
    #[derive(Debug)]
    struct Together(tokio::sync::Barrier);
    #[broker_core::async_trait]
    impl crate::consent::Consent for Together {
        async fn ask(&self, _: &crate::consent::Question) -> Asked {
            self.0.wait().await;
            Asked::Agreed
        }
    }
    let stage = stage().await;
    let mut bot = call(key(Confirm::Ask));
    bot.consent = std::sync::Arc::new(Together(tokio::sync::Barrier::new(2)));
    let (one, two) = tokio::join!(stage.place(&bot, resting()), stage.place(&bot, resting()));
    assert_ne!(one.is_ok(), two.is_ok(), "{one:?} {two:?}");
    assert_eq!(stage.orders("A"), 1);
}

#[tokio::test]
async fn an_answer_that_is_played_back_is_an_answer_to_nothing() {
    /// A face that gives the answer back that came with a sealed question.
    #[derive(Debug)]
    struct Sealed(String);
    #[broker_core::async_trait]
    impl crate::consent::Consent for Sealed {
        async fn ask(&self, question: &crate::consent::Question) -> Asked {
            if question.digest == self.0 {
                Asked::Agreed
            } else {
                Asked::Later
            }
        }
    }
    let stage = stage().await;
    let person = Person::saying([Asked::Later]);
    approval_id(&stage.place(&asking(&person), resting()).await.unwrap_err());
    let sealed = person.seen.lock().unwrap()[0].digest.clone();
    let mut bot = call(key(Confirm::Ask));
    bot.consent = std::sync::Arc::new(Sealed(sealed));
    stage.place(&bot, resting()).await.unwrap();
    for _ in 0..3 {
        approval_id(&stage.place(&bot, resting()).await.unwrap_err());
    }
    assert_eq!(stage.orders("A"), 1);
}

#[tokio::test]
async fn what_changed_since_the_preview_is_said() {
    let stage = stage().await;
    let person = Person::saying([Asked::Agreed]);
    let bot = asking(&person);
    let preview = stage.run(&bot, "preview_order", resting()).await.unwrap();
    stage.paper.world().advance(TimeDelta::hours(3));
    let id = &preview["data"]["preview_id"];
    let placed = stage
        .place(&bot, with(resting(), json!({ "preview_id": id })))
        .await
        .unwrap();
    assert_eq!(placed["data"]["order"]["client_order_id"], *id);
    let seen = person.seen.lock().unwrap().clone();
    assert!(
        seen[0]
            .sentence
            .contains("Changed since the preview: market now"),
        "{}",
        seen[0].sentence
    );
}

#[tokio::test]
async fn a_preview_is_for_one_order_and_one_key() {
    let stage = stage().await;
    let preview = stage
        .run(&trusted(), "preview_order", resting())
        .await
        .unwrap();
    let id = &preview["data"]["preview_id"];
    let other = ordering(resting(), json!({ "quantity": 1000 }));
    let fault = stage
        .place(&trusted(), with(other, json!({ "preview_id": id })))
        .await
        .unwrap_err();
    assert_eq!(fault.code, FaultCode::Conflict);
    let mut thief = key(Confirm::Never);
    thief.id = "thief".into();
    let fault = stage
        .place(&call(thief), with(resting(), json!({ "preview_id": id })))
        .await;
    assert_eq!(fault.unwrap_err().code, FaultCode::NotFound);
    let unknown = with(
        resting(),
        json!({ "preview_id": "01J0000000000000000000000Z" }),
    );
    assert_eq!(
        stage.place(&trusted(), unknown).await.unwrap_err().code,
        FaultCode::NotFound
    );
    assert_eq!(stage.orders("A"), 0);
}

#[tokio::test]
async fn a_change_asks_only_if_it_adds_risk() {
    let stage = stage().await;
    let placed = stage.place(&trusted(), resting()).await.unwrap();
    let id = placed["data"]["order"]["client_order_id"].clone();
    let person = Person::saying([]);
    let bot = asking(&person);
    let fewer = json!({ "order_id": id, "quantity": 5 });
    stage.run(&bot, "modify_order", fewer).await.unwrap();
    assert_eq!(person.questions(), 0);
    for riskier in [
        json!({ "quantity": 6 }),
        json!({ "limit_price": "1.01" }),
        json!({ "time_in_force": "GTC" }),
    ] {
        let change = with(json!({ "order_id": id }), riskier);
        let fault = stage
            .run(&bot, "modify_order", change.clone())
            .await
            .unwrap_err();
        approval_id(&fault);
    }
    assert_eq!(person.questions(), 3);
    let more = json!({ "order_id": id, "quantity": 6 });
    let question = approval_id(
        &stage
            .run(&bot, "modify_order", more.clone())
            .await
            .unwrap_err(),
    );
    stage
        .service
        .decide(&anna(), &question, true)
        .await
        .unwrap();
    let changed = stage.run(&bot, "modify_order", more).await.unwrap();
    assert_eq!(changed["data"]["order"]["quantity"], "6");
    assert_eq!(changed["data"]["confirmed_by"], "anna");
}

#[tokio::test]
async fn real_money_without_a_bound_is_asked_about_whatever_the_key_says() {
    let stage = super::stage::staged(|service| {
        let accounts: Vec<_> = service.accounts.values().cloned().collect();
        service.naming(accounts.into_iter().map(|mut account| {
            account.environment = None;
            account.allowing_live()
        }))
    })
    .await;
    stage.say(broker_core::model::Environment::Live);
    let fault = stage.place(&trusted(), resting()).await.unwrap_err();
    approval_id(&fault);
    assert!(fault.message.contains("LIVE, real money"), "{fault}");
    let mut bounded = key(Confirm::Never);
    bounded.limits.max_order_notional = Some(crate::value::Number(broker_core::dec!(1_000)));
    stage.place(&call(bounded), resting()).await.unwrap();
    assert_eq!(stage.orders("A"), 1);
}
