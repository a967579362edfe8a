use broker_core::{Broker as _, Decimal, dec, model::AssetClass};
use serde_json::{Value, json};

use super::stage::{Stage, call, key, ordering, resting, stage};
use crate::{FaultCode, policy::KeyLimits, principal::Confirm, value::Number};

fn limited(change: impl FnOnce(&mut KeyLimits)) -> crate::Call {
    let mut key = key(Confirm::Never);
    change(&mut key.limits);
    call(key)
}

fn number(value: Decimal) -> Option<Number> {
    Some(Number(value))
}

/// The rule that refuses an order.
async fn refused(stage: &Stage, limits: impl FnOnce(&mut KeyLimits), order: Value) -> String {
    let before = stage.orders("A");
    let fault = stage.place(&limited(limits), order).await.unwrap_err();
    assert_eq!(fault.code, FaultCode::LimitExceeded, "{fault}");
    assert!(!fault.retry_safe);
    assert_eq!(stage.orders("A"), before, "nothing was sent");
    let rule = fault
        .details
        .as_ref()
        .and_then(|details| details["rule"].as_str());
    rule.unwrap_or(fault.message.split(':').next().unwrap())
        .to_owned()
}

fn market(side: &str, quantity: u32) -> Value {
    json!({ "order": {
        "instrument": "AAPL", "side": side, "quantity": quantity, "type": "MARKET"
    } })
}

#[tokio::test]
async fn an_order_has_so_many_units() {
    let stage = stage().await;
    let rule = refused(
        &stage,
        |l| l.max_order_quantity = number(dec!(9)),
        resting(),
    )
    .await;
    assert_eq!(rule, "max_order_quantity");
    stage
        .place(
            &limited(|l| l.max_order_quantity = number(dec!(10))),
            resting(),
        )
        .await
        .unwrap();
}

#[tokio::test]
async fn an_order_is_worth_so_much() {
    let stage = stage().await;
    let rule = refused(
        &stage,
        |l| l.max_order_notional = number(dec!(9.99)),
        resting(),
    )
    .await;
    assert_eq!(rule, "max_order_notional");
    stage
        .place(
            &limited(|l| l.max_order_notional = number(dec!(10))),
            resting(),
        )
        .await
        .unwrap();
    // At the market it is worth what the market says.
    let rule = refused(
        &stage,
        |l| l.max_order_notional = number(dec!(10)),
        market("BUY", 1),
    )
    .await;
    assert_eq!(rule, "max_order_notional");
}

#[tokio::test]
async fn a_day_has_so_much() {
    let stage = stage().await;
    let day = |l: &mut KeyLimits| l.max_daily_notional = number(dec!(25));
    for _ in 0..2 {
        stage.place(&limited(day), resting()).await.unwrap();
    }
    assert_eq!(refused(&stage, day, resting()).await, "max_daily_notional");
    assert_eq!(stage.orders("A"), 2);
}

#[tokio::test]
async fn a_change_counts_for_what_it_adds_to_the_day() {
    let stage = stage().await;
    let bot = limited(|l| l.max_daily_notional = number(dec!(25)));
    let placed = stage.place(&bot, resting()).await.unwrap();
    let id = placed["data"]["order"]["client_order_id"].clone();
    let more = json!({ "order_id": id, "quantity": 20 });
    stage.run(&bot, "modify_order", more).await.unwrap();
    let fault = stage.place(&bot, resting()).await.unwrap_err();
    assert_eq!(fault.code, FaultCode::LimitExceeded, "{fault}");
}

#[tokio::test]
async fn a_minute_has_so_many_orders() {
    let stage = stage().await;
    let bot = limited(|l| l.max_orders_per_minute = Some(2));
    for _ in 0..2 {
        stage.place(&bot, resting()).await.unwrap();
    }
    let fault = stage.place(&bot, resting()).await.unwrap_err();
    assert_eq!(fault.code, FaultCode::RateLimited);
    assert!(fault.retry_safe, "nothing was sent");
    assert_eq!(fault.retry_after, Some(60));
    assert_eq!(stage.orders("A"), 2);
    stage.clock.advance(chrono::TimeDelta::minutes(1));
    stage.place(&bot, resting()).await.unwrap();
}

#[tokio::test]
async fn only_some_instruments_and_classes_are_traded() {
    let stage = stage().await;
    let only = |l: &mut KeyLimits| l.symbols.allow = Some(["MSFT".to_owned()].into());
    assert_eq!(refused(&stage, only, resting()).await, "symbols");
    let never = |l: &mut KeyLimits| l.symbols.deny = ["AAPL".to_owned()].into();
    assert_eq!(refused(&stage, never, resting()).await, "symbols");
    let classes = |l: &mut KeyLimits| l.asset_classes = Some([AssetClass::Forex].into());
    assert_eq!(refused(&stage, classes, resting()).await, "asset_classes");
}

#[tokio::test]
async fn a_limit_price_far_on_the_wrong_side_is_a_slip() {
    let stage = stage().await;
    let slip = ordering(resting(), json!({ "limit_price": "100000" }));
    assert_eq!(refused(&stage, |_| {}, slip.clone()).await, "price_collar");
    let off = limited(|l| l.price_collar_percent = None);
    let small = ordering(slip, json!({ "quantity": 1 }));
    stage.place(&off, small).await.unwrap();
}

#[tokio::test]
async fn what_is_not_held_is_not_sold() {
    let stage = stage().await;
    assert_eq!(
        refused(&stage, |_| {}, market("SELL", 1)).await,
        "short_selling"
    );
    assert_eq!(
        refused(&stage, |_| {}, market("SELL_SHORT", 1)).await,
        "short_selling"
    );
    let bot = limited(|_| {});
    stage.place(&bot, market("BUY", 10)).await.unwrap();
    // One that works sells a part of it already.
    let working = ordering(
        market("SELL", 6),
        json!({ "type": "LIMIT", "limit_price": "9000" }),
    );
    stage.place(&bot, working).await.unwrap();
    assert_eq!(
        refused(&stage, |_| {}, market("SELL", 5)).await,
        "short_selling"
    );
    stage.place(&bot, market("SELL", 4)).await.unwrap();
    stage
        .place(&limited(|l| l.short_selling = true), market("SELL", 5))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_market_order_without_a_price_is_not_taken() {
    let stage = stage().await;
    // What the instrument is, is known from before; what it costs is not.
    stage.place(&limited(|_| {}), resting()).await.unwrap();
    let gone = broker_sim::fault::Fault::Disconnect { down_ms: 60_000 };
    stage.paper.inject(gone);
    let fault = stage
        .place(&limited(|_| {}), market("BUY", 1))
        .await
        .unwrap_err();
    assert_eq!(fault.code, FaultCode::LimitExceeded, "{fault}");
    assert!(fault.message.starts_with("price_known"), "{fault}");
    // Where the operator allows it, it fails for another reason.
    let allowed = limited(|l| l.unpriced_orders = true);
    let fault = stage.place(&allowed, market("BUY", 1)).await.unwrap_err();
    assert_ne!(fault.code, FaultCode::LimitExceeded, "{fault}");
    assert_eq!(stage.orders("A"), 1);
}

#[tokio::test]
async fn a_sale_is_not_worth_its_limit_price_while_the_market_is_not_known() {
    let stage = stage().await;
    stage.place(&limited(|_| {}), resting()).await.unwrap();
    let gone = broker_sim::fault::Fault::Disconnect { down_ms: 60_000 };
    stage.paper.inject(gone);
    // A thousand shares that would be sold at the market's price are not an order of 10 dollars.
    let sale = ordering(
        market("SELL", 1_000),
        json!({ "type": "LIMIT", "limit_price": "0.01" }),
    );
    let limits = |l: &mut KeyLimits| {
        l.short_selling = true;
        l.max_order_notional = number(dec!(100));
    };
    assert_eq!(refused(&stage, limits, sale).await, "max_order_notional");
}

#[tokio::test]
async fn orders_wait_for_the_market_to_open_where_the_operator_says_so() {
    let stage = stage().await;
    let bot = limited(|l| l.market_hours = true);
    stage.place(&bot, resting()).await.unwrap();
    stage.paper.world().advance(chrono::TimeDelta::hours(12));
    assert_eq!(
        refused(&stage, |l| l.market_hours = true, resting()).await,
        "market_hours"
    );
}

#[tokio::test]
async fn amounts_are_exact() {
    let stage = stage().await;
    // 0.1 × 3 is not more than 0.3.
    let cheap = ordering(resting(), json!({ "quantity": 3, "limit_price": "0.10" }));
    stage
        .place(
            &limited(|l| l.max_order_notional = number(dec!(0.3))),
            cheap,
        )
        .await
        .unwrap();
}

#[tokio::test]
async fn so_many_orders_work_at_once_and_only_those_of_the_key_count() {
    let stage = stage().await;
    let few = |l: &mut KeyLimits| l.max_open_orders = Some(2);
    // Somebody else's.
    let mut other = key(Confirm::Never);
    other.id = "other".into();
    stage.place(&call(other), resting()).await.unwrap();
    let first = stage.place(&limited(few), resting()).await.unwrap();
    // An order with its exits is one.
    let exits = json!({ "take_profit": "2", "stop_loss": "0.5" });
    let bracket = stage
        .place(&limited(few), ordering(resting(), exits))
        .await
        .unwrap();
    assert!(bracket["data"]["take_profit"].is_object(), "{bracket}");
    assert_eq!(refused(&stage, few, resting()).await, "max_open_orders");
    // What does not work any more does not count.
    let id = first["data"]["order"]["client_order_id"].clone();
    stage
        .run(&limited(few), "cancel_order", json!({ "order_id": id }))
        .await
        .unwrap();
    stage.place(&limited(few), resting()).await.unwrap();
}

#[tokio::test]
async fn of_orders_sent_together_only_so_many_get_to_work() {
    let stage = stage().await;
    let few = limited(|l| l.max_open_orders = Some(2));
    let all = (0..6).map(|_| stage.place(&few, resting()));
    let all = futures_util::future::join_all(all).await;
    assert_eq!(all.iter().filter(|one| one.is_ok()).count(), 2);
    assert_eq!(stage.orders("A"), 2);
}

#[tokio::test]
async fn how_many_orders_work_is_part_of_a_preview() {
    let stage = stage().await;
    let few = limited(|l| l.max_open_orders = Some(1));
    stage.place(&few, resting()).await.unwrap();
    let preview = stage.run(&few, "preview_order", resting()).await.unwrap();
    assert_eq!(preview["data"]["accepted"], false, "{preview}");
    let checks = preview["data"]["checks"].as_array().unwrap();
    let broken = checks.iter().find(|check| check["ok"] == false).unwrap();
    assert_eq!(broken["rule"], "max_open_orders");
}

#[tokio::test]
async fn a_day_may_lose_so_much_and_then_the_key_only_lessens_what_is_held() {
    let stage = stage().await;
    stage
        .place(&limited(|_| ()), market("BUY", 10))
        .await
        .unwrap();
    // The commission is a loss already.
    let account = broker_core::model::AccountId::new("A").unwrap();
    let figures = stage.paper.portfolio().unwrap();
    let daily = figures
        .profit_and_loss(&account)
        .await
        .unwrap()
        .daily
        .unwrap();
    assert!(daily.amount < dec!(0), "{daily}");
    let strict = |l: &mut KeyLimits| l.max_daily_loss = number(-daily.amount / dec!(2));
    assert_eq!(refused(&stage, strict, resting()).await, "max_daily_loss");
    let short = |l: &mut KeyLimits| {
        strict(l);
        l.short_selling = true;
    };
    let beyond = market("SELL", 11);
    assert_eq!(refused(&stage, short, beyond).await, "max_daily_loss");
    // An exit that buys again would not lessen anything.
    let again = ordering(market("SELL", 10), json!({ "take_profit": "1" }));
    assert_eq!(refused(&stage, short, again).await, "max_daily_loss");
    stage
        .place(&limited(strict), market("SELL", 10))
        .await
        .unwrap();
    let loose = limited(|l| l.max_daily_loss = number(dec!(100_000)));
    stage.place(&loose, resting()).await.unwrap();
}
