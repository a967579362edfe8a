//! What happens to an order between looking at it and sending: two calls at once, and a person who takes
//! their time.

use std::sync::Arc;

use broker_core::{
    BrokerExt as _, Decimal, async_trait, dec,
    model::{AccountId, ClientOrderId, Price, ReplaceOrder},
};
use broker_sim::paper::PaperBroker;
use serde_json::{Value, json};

use super::stage::{Stage, call, key, resting, stage, trusted, with};
use crate::{
    Call, Fault, FaultCode,
    consent::{Asked, Consent, Question},
    principal::Confirm,
    value::Number,
};

fn named(name: &str) -> Value {
    with(resting(), json!({ "client_order_id": name }))
}

/// A caller that is not asked, and whose orders are worth so much at most.
fn worth(most: Decimal) -> Call {
    let mut key = key(Confirm::Never);
    key.limits.max_order_notional = Some(Number(most));
    call(key)
}

async fn shown(stage: &Stage, name: &str) -> Value {
    let asked = json!({ "client_order_id": name });
    stage.run(&trusted(), "get_order", asked).await.unwrap()["data"].clone()
}

fn number(order: &Value, field: &str) -> Decimal {
    order[field].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn two_changes_at_once_do_not_make_an_order_larger_than_either_may_be() {
    let stage = stage().await;
    let bot = worth(dec!(1_000));
    stage.place(&bot, named("once")).await.unwrap();
    // Ten at 1. Either is worth 1 000 or less; both are worth 90 000.
    let more = json!({ "order_id": "once", "quantity": 900 });
    let dearer = json!({ "order_id": "once", "limit_price": "100" });
    let (more, dearer) = tokio::join!(
        stage.run(&bot, "modify_order", more),
        stage.run(&bot, "modify_order", dearer)
    );
    let refused: Vec<Fault> = [more, dearer].into_iter().filter_map(Result::err).collect();
    assert_eq!(refused.len(), 1, "{refused:?}");
    assert_eq!(refused[0].code, FaultCode::Conflict);
    let order = shown(&stage, "once").await;
    let value = number(&order, "quantity") * number(&order, "limit_price");
    assert!(value <= dec!(1_000), "{order}");
}

/// Somebody who changes the order elsewhere before they agree.
#[derive(Debug)]
struct Meddles(Arc<PaperBroker>);

#[async_trait]
impl Consent for Meddles {
    async fn ask(&self, _: &Question) -> Asked {
        let account = AccountId::new("A").unwrap();
        let mut change = ReplaceOrder::new(account, ClientOrderId::new("once").unwrap());
        change.limit_price = Some(Price::new(dec!(100)).unwrap());
        assert!(self.0.replace(&change).await.unwrap().is_accepted());
        Asked::Agreed
    }
}

#[tokio::test]
async fn what_a_person_agreed_to_is_a_change_of_the_order_as_they_saw_it() {
    let stage = stage().await;
    stage.place(&trusted(), named("once")).await.unwrap();
    let mut bot = call(key(Confirm::Ask));
    bot.consent = Arc::new(Meddles(Arc::clone(&stage.paper)));
    let more = json!({ "order_id": "once", "quantity": 900 });
    let fault = stage.run(&bot, "modify_order", more).await.unwrap_err();
    assert_eq!(fault.code, FaultCode::Conflict, "{fault}");
    assert!(!fault.retry_safe, "nobody has agreed to it as it is now");
    assert_eq!(number(&shown(&stage, "once").await, "quantity"), dec!(10));
}

#[tokio::test]
async fn two_sales_at_once_do_not_sell_what_is_held_twice() {
    let stage = stage().await;
    let bot = trusted();
    let buy = json!({ "order": {
        "instrument": "AAPL", "side": "BUY", "quantity": 10, "type": "MARKET"
    } });
    stage.place(&bot, buy).await.unwrap();
    let sell = |name: &str| {
        let order = json!({ "order": {
            "instrument": "AAPL", "side": "SELL", "quantity": 10, "type": "LIMIT", "limit_price": "9000"
        } });
        with(order, json!({ "client_order_id": name }))
    };
    let all = ["s1", "s2", "s3", "s4"].map(|name| stage.place(&bot, sell(name)));
    let answers = futures_util::future::join_all(all).await;
    let sold = answers.iter().filter(|answer| answer.is_ok()).count();
    assert_eq!(sold, 1, "{answers:?}");
    for fault in answers.into_iter().filter_map(Result::err) {
        assert_eq!(fault.code, FaultCode::LimitExceeded, "{fault}");
        assert!(fault.message.starts_with("short_selling"), "{fault}");
    }
    // The purchase and one sale.
    assert_eq!(stage.orders("A"), 2);
}

#[tokio::test]
async fn a_sale_and_a_change_that_sells_more_do_not_sell_what_is_held_twice() {
    let stage = stage().await;
    let bot = trusted();
    let buy = json!({ "order": {
        "instrument": "AAPL", "side": "BUY", "quantity": 10, "type": "MARKET"
    } });
    stage.place(&bot, buy).await.unwrap();
    let sell = |name: &str, quantity: u32| {
        let order = json!({ "order": {
            "instrument": "AAPL", "side": "SELL", "quantity": quantity, "type": "LIMIT",
            "limit_price": "9000"
        } });
        with(order, json!({ "client_order_id": name }))
    };
    stage.place(&bot, sell("first", 4)).await.unwrap();
    let (changed, placed) = tokio::join!(
        stage.run(
            &bot,
            "modify_order",
            json!({ "order_id": "first", "quantity": 10 })
        ),
        stage.place(&bot, sell("second", 6)),
    );
    let done = usize::from(changed.is_ok()) + usize::from(placed.is_ok());
    assert_eq!(done, 1, "{changed:?} {placed:?}");
}

#[tokio::test]
async fn a_number_that_is_the_name_of_another_order_means_neither() {
    let stage = stage().await;
    let bot = trusted();
    let first = stage.place(&bot, named("first")).await.unwrap();
    let number = first["data"]["order"]["order_id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_ne!(number, "first", "the broker has given it a number");
    // A caller that counts its orders comes to that number, too.
    let second = stage.place(&bot, named(&number)).await.unwrap();
    assert_eq!(second["data"]["order"]["client_order_id"], number.as_str());
    for (operation, arguments) in [
        ("cancel_order", json!({ "order_id": number })),
        ("modify_order", json!({ "order_id": number, "quantity": 9 })),
    ] {
        let fault = stage.run(&bot, operation, arguments).await.unwrap_err();
        assert_eq!(fault.code, FaultCode::Ambiguous, "{operation}: {fault}");
        let names = fault.details.unwrap()["candidates"].to_string();
        assert!(names.contains("first"), "{names}");
    }
    // The same call again is still known to be the same, and each has a name that is only its own.
    let again = stage.place(&bot, named(&number)).await.unwrap();
    assert_eq!(again["data"]["duplicate_of"], number.as_str());
    let own = second["data"]["order"]["order_id"].clone();
    let canceled = stage.run(&bot, "cancel_order", json!({ "order_id": own }));
    let canceled = canceled.await.unwrap();
    assert_eq!(
        canceled["data"]["order"]["client_order_id"],
        number.as_str()
    );
    let canceled = stage.run(&bot, "cancel_order", json!({ "order_id": "first" }));
    assert_eq!(
        canceled.await.unwrap()["data"]["order"]["status"],
        "cancelled"
    );
}
