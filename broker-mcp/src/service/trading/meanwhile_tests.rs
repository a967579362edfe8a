//! A person thinks, and the world does not wait: what was right when they were asked is looked at again.

use std::sync::{Arc, Mutex};

use broker_core::{Broker as _, Decimal, dec, model::AccountId};
use broker_runtime::registry::Permission;
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::stage::{Said, Stage, call, key, ordering, resting, stage, trusted, with};
use crate::{
    Call, Fault, FaultCode, Principal,
    policy::KeyLimits,
    principal::{Access, Confirm, Role},
    value::Number,
};

fn asked(limits: impl FnOnce(&mut KeyLimits)) -> Call {
    let mut key = key(Confirm::Ask);
    limits(&mut key.limits);
    call(key)
}

fn number(value: Decimal) -> Option<Number> {
    Some(Number(value))
}

fn market(side: &str, quantity: u32) -> Value {
    json!({ "order": {
        "instrument": "AAPL", "side": side, "quantity": quantity, "type": "MARKET"
    } })
}

/// What is answered to an order when something happens to the caller's key while a person is asked.
async fn changed(order: Value, change: impl FnOnce(&mut Principal)) -> Result<Value, Fault> {
    let stage = stage().await;
    let mut bot = asked(|_| {});
    let said = Arc::new(Said(Mutex::new(Some(Arc::clone(&bot.principal)))));
    bot.proof = Arc::clone(&said) as _;
    let mut later = (*bot.principal).clone();
    change(&mut later);
    let done = stage
        .while_asked(bot, ("place_order", order), async {
            *said.0.lock().unwrap() = Some(Arc::new(later));
        })
        .await;
    assert_eq!(stage.orders("A"), usize::from(done.is_ok()), "{done:?}");
    done
}

async fn refused(order: Value, change: impl FnOnce(&mut Principal)) -> Fault {
    changed(order, change).await.unwrap_err()
}

#[tokio::test]
async fn whoever_may_still_do_it_does_it() {
    let placed = changed(resting(), |_| {}).await.unwrap();
    assert_eq!(placed["data"]["confirmed_by"], "the client's user");
    let more = |key: &mut Principal| key.limits.max_order_quantity = number(dec!(10));
    changed(resting(), more).await.unwrap();
}

#[tokio::test]
async fn a_key_that_was_taken_away_sends_nothing() {
    let stage = stage().await;
    let mut bot = asked(|_| {});
    let said = Arc::new(Said(Mutex::new(Some(Arc::clone(&bot.principal)))));
    bot.proof = Arc::clone(&said) as _;
    let fault = stage
        .while_asked(bot, ("place_order", resting()), async {
            *said.0.lock().unwrap() = None;
        })
        .await
        .unwrap_err();
    assert_eq!(fault.code, FaultCode::Unauthenticated, "{fault}");
    assert_eq!(stage.orders("A"), 0);
}

#[tokio::test]
async fn a_key_that_has_ended_sends_nothing() {
    let stage = stage().await;
    let mut key = key(Confirm::Ask);
    key.expires_at = Some(chrono::DateTime::from_timestamp(1_800_000_030, 0).unwrap());
    let fault = stage
        .while_asked(call(key), ("place_order", resting()), async {
            stage.clock.advance(TimeDelta::seconds(60));
        })
        .await
        .unwrap_err();
    assert_eq!(fault.code, FaultCode::Unauthenticated, "{fault}");
    assert_eq!(stage.orders("A"), 0);
}

#[tokio::test]
async fn a_key_that_may_do_less_now_does_less() {
    let fault = refused(resting(), |key| {
        key.roles.remove(&Role::Trade);
    })
    .await;
    assert_eq!(fault.code, FaultCode::Forbidden, "{fault}");
    let fault = refused(resting(), |key| {
        key.toolsets.remove(&crate::principal::Toolset::Trading);
    })
    .await;
    assert_eq!(fault.code, FaultCode::Forbidden, "{fault}");
    let fault = refused(resting(), |key| {
        key.accounts = Access::Only(["B".to_owned()].into());
    })
    .await;
    assert_eq!(fault.code, FaultCode::NotFound, "{fault}");
    // A person was asked in a way that is not good enough any more.
    let fault = refused(resting(), |key| key.confirm = Confirm::OutOfBand).await;
    assert_eq!(fault.code, FaultCode::Conflict, "{fault}");
}

#[tokio::test]
async fn every_limit_is_the_one_that_the_key_has_now() {
    type Change = fn(&mut KeyLimits);
    let limits: [(&str, Change); 8] = [
        ("max_order_quantity", |l| {
            l.max_order_quantity = number(dec!(9));
        }),
        ("max_order_notional", |l| {
            l.max_order_notional = number(dec!(9));
        }),
        ("max_daily_notional", |l| {
            l.max_daily_notional = number(dec!(9));
        }),
        ("max_orders_per_minute", |l| {
            l.max_orders_per_minute = Some(0);
        }),
        ("max_open_orders", |l| l.max_open_orders = Some(0)),
        ("symbols", |l| l.symbols.deny = ["AAPL".to_owned()].into()),
        ("symbols", |l| {
            l.symbols.allow = Some(["MSFT".to_owned()].into());
        }),
        ("asset_classes", |l| l.asset_classes = Some([].into())),
    ];
    for (rule, limit) in limits {
        let fault = refused(resting(), |key| limit(&mut key.limits)).await;
        // The tighter of two limits of money names itself.
        let named = if rule == "max_daily_notional" {
            "max_order_notional"
        } else {
            rule
        };
        assert!(fault.message.starts_with(named), "{rule}: {fault}");
    }
}

/// What one side of the market is at now.
async fn now_at(stage: &Stage, side: &str) -> Decimal {
    let asked = json!({ "symbols": ["AAPL"] });
    let answer = stage.run(&trusted(), "get_quotes", asked).await.unwrap();
    let price = answer["data"]["quotes"][0][side].as_str();
    price.unwrap_or_else(|| panic!("{answer}")).parse().unwrap()
}

/// Lets time pass until one side of the market is on the other side of a price.
async fn until(stage: &Stage, side: &str, there: impl Fn(Decimal) -> bool) {
    for _ in 0..600 {
        stage.paper.world().advance(TimeDelta::seconds(10));
        if there(now_at(stage, side).await) {
            return;
        }
    }
    panic!("the market does not move");
}

fn rule(fault: &Fault) -> &str {
    assert_eq!(fault.code, FaultCode::LimitExceeded, "{fault}");
    let details = fault.details.as_ref().unwrap();
    details["rule"].as_str().unwrap()
}

#[tokio::test]
async fn a_limit_price_is_held_against_the_market_as_it_is_now() {
    let stage = stage().await;
    let ask = now_at(&stage, "ask").await;
    let order = ordering(resting(), json!({ "limit_price": ask.to_string() }));
    let bot = asked(|l| l.price_collar_percent = number(dec!(0)));
    let fell = until(&stage, "ask", |now| now < ask);
    let fault = stage.while_asked(bot, ("place_order", order), fell).await;
    assert_eq!(rule(&fault.unwrap_err()), "price_collar");
    assert_eq!(stage.orders("A"), 0);
}

#[tokio::test]
async fn an_order_is_worth_what_the_market_says_now() {
    let stage = stage().await;
    let ask = now_at(&stage, "ask").await;
    let bot = asked(|l| l.max_order_notional = number(ask));
    let rose = until(&stage, "ask", |now| now > ask);
    let order = ("place_order", market("BUY", 1));
    let fault = stage.while_asked(bot, order, rose).await.unwrap_err();
    assert_eq!(rule(&fault), "max_order_notional");
    assert_eq!(stage.orders("A"), 0);
}

#[tokio::test]
async fn a_price_that_was_known_is_asked_for_again() {
    let stage = stage().await;
    let order = ("place_order", market("BUY", 1));
    let gone = async {
        let down_ms = 60_000;
        let gone = broker_sim::fault::Fault::Disconnect { down_ms };
        stage.paper.inject(gone);
    };
    let fault = stage.while_asked(asked(|_| {}), order, gone).await;
    assert_eq!(rule(&fault.unwrap_err()), "price_known");
    assert_eq!(stage.orders("A"), 0);
}

#[tokio::test]
async fn the_market_has_to_be_open_still() {
    let stage = stage().await;
    let bot = asked(|l| l.market_hours = true);
    let closed = async { stage.paper.world().advance(TimeDelta::hours(12)) };
    let fault = stage.while_asked(bot, ("place_order", resting()), closed);
    assert_eq!(rule(&fault.await.unwrap_err()), "market_hours");
    assert_eq!(stage.orders("A"), 0);
}

#[tokio::test]
async fn what_was_lost_meanwhile_counts() {
    let stage = stage().await;
    let account = AccountId::new("A").unwrap();
    // Nothing is lost before the first order.
    let bot = asked(|l| l.max_daily_loss = number(dec!(0)));
    let lost = async {
        stage.place(&trusted(), market("BUY", 10)).await.unwrap();
        let figures = stage.paper.portfolio().unwrap();
        let made = figures.profit_and_loss(&account).await.unwrap().daily;
        assert!(made.unwrap().amount < dec!(0), "the commission at least");
    };
    let fault = stage.while_asked(bot, ("place_order", resting()), lost);
    assert_eq!(rule(&fault.await.unwrap_err()), "max_daily_loss");
    assert_eq!(stage.orders("A"), 1);
}

#[tokio::test]
async fn what_was_sold_meanwhile_is_not_sold_again() {
    let stage = stage().await;
    stage.place(&trusted(), market("BUY", 10)).await.unwrap();
    let sold = async {
        stage.place(&trusted(), market("SELL", 1)).await.unwrap();
    };
    let order = ("place_order", market("SELL", 10));
    let fault = stage.while_asked(asked(|_| {}), order, sold).await;
    assert_eq!(rule(&fault.unwrap_err()), "short_selling");
    assert_eq!(stage.orders("A"), 2);
}

#[tokio::test]
async fn an_account_that_may_only_be_read_now_gets_no_order() {
    let stage = stage().await;
    let seat = stage.service.registry.seats().remove(0).key.clone();
    let order = || ("place_order", resting());
    let registry = &stage.service.registry;
    let reading = async { registry.set_permission(&seat, Permission::Read).unwrap() };
    let fault = stage.while_asked(asked(|_| {}), order(), reading).await;
    assert_eq!(fault.unwrap_err().code, FaultCode::Forbidden);
    registry.set_permission(&seat, Permission::Trade).unwrap();
    let gone = async { drop(registry.remove(&seat).unwrap()) };
    let fault = stage.while_asked(asked(|_| {}), order(), gone).await;
    assert!(fault.is_err(), "{fault:?}");
    assert_eq!(stage.orders("A"), 0);
}

#[tokio::test]
async fn an_account_that_has_become_another_gets_no_order() {
    let stage = stage().await;
    let live = async { stage.say(broker_core::model::Environment::Live) };
    let order = ("place_order", resting());
    let fault = stage.while_asked(asked(|_| {}), order, live).await;
    assert_eq!(fault.unwrap_err().code, FaultCode::Forbidden);
    assert_eq!(stage.orders("A"), 0);
}

#[tokio::test]
async fn a_switch_that_was_engaged_while_a_person_thought_holds() {
    let stage = stage().await;
    let halt = async { stage.service.engage_kill_switch("test").unwrap() };
    let order = ("place_order", resting());
    let fault = stage.while_asked(asked(|_| {}), order, halt).await;
    assert_eq!(fault.unwrap_err().code, FaultCode::KillSwitch);
    assert_eq!(stage.orders("A"), 0);
}

#[tokio::test]
async fn a_change_is_held_against_the_limits_of_now() {
    let stage = stage().await;
    let placed = stage.place(&trusted(), resting()).await.unwrap();
    let id = placed["data"]["order"]["client_order_id"].clone();
    let mut bot = asked(|_| {});
    let said = Arc::new(Said(Mutex::new(Some(Arc::clone(&bot.principal)))));
    bot.proof = Arc::clone(&said) as _;
    let mut later = (*bot.principal).clone();
    later.limits.max_order_quantity = number(dec!(15));
    let more = json!({ "order_id": id, "quantity": 20 });
    let fault = stage
        .while_asked(bot.clone(), ("modify_order", more.clone()), async {
            *said.0.lock().unwrap() = Some(Arc::new(later));
        })
        .await
        .unwrap_err();
    assert_eq!(rule(&fault), "max_order_quantity");
    let fault = stage
        .while_asked(bot, ("modify_order", more), async {
            *said.0.lock().unwrap() = None;
        })
        .await
        .unwrap_err();
    assert_eq!(fault.code, FaultCode::Unauthenticated, "{fault}");
    let order = with(json!({}), json!({ "order_id": id }));
    let now = stage.run(&trusted(), "get_order", order).await.unwrap();
    assert_eq!(now["data"]["quantity"], "10", "{now}");
}

#[tokio::test]
async fn what_an_administrator_asked_for_is_not_done_for_a_key_that_was_taken_away() {
    let stage = stage().await;
    let mut bot = asked(|_| {});
    let said = Arc::new(Said(Mutex::new(Some(Arc::clone(&bot.principal)))));
    bot.proof = Arc::clone(&said) as _;
    let asked = json!({ "account": "A", "purpose": "trading" });
    let fault = stage
        .while_asked(bot, ("set_default_account", asked), async {
            *said.0.lock().unwrap() = None;
        })
        .await
        .unwrap_err();
    assert_eq!(fault.code, FaultCode::Unauthenticated, "{fault}");
}
