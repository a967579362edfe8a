//! A key that borrows nothing, in an account with a million dollars.

use broker_core::{Broker as _, Decimal, dec, model::AccountId};
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::stage::{Stage, call, key, stage, trusted, with};
use crate::{Call, FaultCode, policy::KeyLimits, principal::Confirm};

fn poor(more: impl FnOnce(&mut KeyLimits)) -> Call {
    let mut key = key(Confirm::Never);
    key.limits.cash_only = true;
    more(&mut key.limits);
    call(key)
}

/// A purchase that rests, of so many shares at 80 dollars each, which is below the market.
fn resting(quantity: impl Into<Decimal>) -> Value {
    json!({ "order": {
        "instrument": "AAPL", "side": "BUY", "quantity": quantity.into().to_string(), "type": "LIMIT",
        "limit_price": "80"
    } })
}

fn market(side: &str, quantity: u32) -> Value {
    json!({ "order": {
        "instrument": "AAPL", "side": side, "quantity": quantity, "type": "MARKET"
    } })
}

fn dry(order: Value) -> Value {
    with(order, json!({ "dry_run": true }))
}

/// The rule that refuses an order.
async fn refused(stage: &Stage, call: &Call, order: Value) -> String {
    let fault = stage.place(call, order).await.unwrap_err();
    assert_eq!(fault.code, FaultCode::LimitExceeded, "{fault}");
    let rule = fault.details.unwrap()["rule"].clone();
    rule.as_str().unwrap().to_owned()
}

#[tokio::test]
async fn what_the_cash_does_not_pay_for_is_not_bought_by_a_key_that_borrows_nothing() {
    let stage = stage().await;
    let bot = poor(|_| {});
    let all = 12_500;
    assert_eq!(refused(&stage, &bot, resting(all + 1)).await, "cash_only");
    stage.place(&bot, dry(resting(all))).await.unwrap();
    // What works is bound.
    stage.place(&bot, resting(6_000)).await.unwrap();
    assert_eq!(refused(&stage, &bot, resting(6_501)).await, "cash_only");
    stage.place(&bot, dry(resting(6_500))).await.unwrap();
    assert_eq!(stage.orders("A"), 1);
}

#[tokio::test]
async fn a_change_is_paid_from_cash_and_does_not_count_against_itself() {
    let stage = stage().await;
    let bot = poor(|_| {});
    let placed = stage.place(&bot, resting(6_000)).await.unwrap();
    let id = placed["data"]["order"]["client_order_id"].clone();
    let to = |quantity: u32| json!({ "order_id": id, "quantity": quantity });
    let fault = stage.run(&bot, "modify_order", to(12_501)).await;
    assert!(fault.unwrap_err().message.starts_with("cash_only"));
    stage.run(&bot, "modify_order", to(8_000)).await.unwrap();
}

#[tokio::test]
async fn what_was_just_bought_counts_until_the_broker_shows_it_in_the_cash() {
    let stage = stage().await;
    let bot = poor(|_| {});
    stage.place(&bot, market("BUY", 10)).await.unwrap();
    let account = AccountId::new("A").unwrap();
    let figures = stage.paper.portfolio().unwrap();
    let told = figures.summary(&account).await.unwrap();
    let cash = told.cash.unwrap().amount;
    assert!(cash < dec!(1_000_000), "{cash}");
    // It fits what is left, and not what is left without what has just been paid once more.
    let rest = resting((cash / dec!(80)).floor());
    assert_eq!(refused(&stage, &bot, rest.clone()).await, "cash_only");
    stage.paper.world().advance(TimeDelta::minutes(4));
    stage.place(&bot, dry(rest)).await.unwrap();
}

#[tokio::test]
async fn a_key_that_borrows_nothing_sells_what_is_held_and_no_more() {
    let stage = stage().await;
    let bot = poor(|limits| limits.short_selling = true);
    let rule = refused(&stage, &bot, market("SELL", 1)).await;
    assert_eq!(rule, "short_selling");
    stage.place(&bot, market("BUY", 10)).await.unwrap();
    stage.place(&bot, market("SELL", 10)).await.unwrap();
    // The exits of a sale buy.
    stage.place(&bot, market("BUY", 10)).await.unwrap();
    let mut turned = market("SELL", 10);
    turned["order"]["take_profit"] = json!("1");
    assert_eq!(refused(&stage, &bot, turned).await, "cash_only");
    stage.place(&bot, market("SELL", 10)).await.unwrap();
}

#[tokio::test]
async fn a_currency_pair_is_held_on_margin() {
    let stage = stage().await;
    let pair = json!({ "order": {
        "instrument": "EUR.USD", "side": "BUY", "quantity": 1, "type": "LIMIT", "limit_price": "1"
    } });
    assert_eq!(
        refused(&stage, &poor(|_| {}), pair.clone()).await,
        "cash_only"
    );
    let rich = stage.place(&trusted(), dry(pair)).await;
    let text = rich.map_or_else(|fault| fault.to_string(), |told| told.to_string());
    assert!(!text.contains("cash_only"), "{text}");
}

#[tokio::test]
async fn two_purchases_at_once_do_not_spend_the_cash_twice() {
    let stage = stage().await;
    let bot = poor(|_| {});
    let all = [1, 2, 3].map(|_| stage.place(&bot, resting(6_500)));
    let answers = futures_util::future::join_all(all).await;
    let bought = answers.iter().filter(|answer| answer.is_ok()).count();
    assert_eq!(bought, 1, "{answers:?}");
    for fault in answers.into_iter().filter_map(Result::err) {
        assert!(fault.message.starts_with("cash_only"), "{fault}");
    }
    assert_eq!(stage.orders("A"), 1);
}
