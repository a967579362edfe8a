use broker_core::{
    dec,
    model::{
        Instrument, OrderAmount, OrderType, Price, TimeInForce, TradingSession, TrailingOffset,
    },
};
use broker_sim::paper::PaperBroker;
use serde_json::{Value, json};

use super::{OrderDraft, OrderInput};
use crate::{Fault, FaultCode};

async fn draft(order: Value) -> Result<OrderDraft, Fault> {
    let paper = PaperBroker::builder().build().unwrap();
    let order: OrderInput = serde_json::from_value(order).unwrap();
    order.resolve(&paper).await
}

fn price(value: broker_core::Decimal) -> Price {
    Price::new(value).unwrap()
}

#[tokio::test]
async fn an_order_is_read_in_our_words_and_in_vendors() {
    let ours = json!({ "instrument": "AAPL", "side": "SELL", "quantity": "10", "type": "STOP_LIMIT",
        "limit_price": 179.5, "stop_price": "180", "time_in_force": "GTC", "session": "extended" });
    let theirs = json!({ "contract": { "symbol": "AAPL", "secType": "STK" }, "action": "SELL",
        "totalQuantity": 10, "orderType": "STP LMT", "lmtPrice": 179.5, "auxPrice": 180, "tif": "gtc",
        "outsideRth": true });
    let in_text = Value::String(theirs.to_string());
    let draft_of_ours = draft(ours).await.unwrap();
    assert_eq!(
        draft_of_ours.order_type,
        OrderType::StopLimit {
            trigger: price(dec!(180)),
            price: price(dec!(179.5))
        }
    );
    assert_eq!(draft_of_ours.time_in_force, TimeInForce::Gtc);
    assert_eq!(draft_of_ours.session, TradingSession::Extended);
    assert!(draft_of_ours.transmit);
    assert_eq!(draft(theirs).await.unwrap(), draft_of_ours);
    assert_eq!(draft(in_text).await.unwrap(), draft_of_ours);
}

#[tokio::test]
async fn distances_are_in_price_or_in_percent() {
    let trail =
        |order: Value| async move { draft(order).await.unwrap().order_type.trailing_offset() };
    let base = |more: Value| {
        let mut order =
            json!({ "instrument": "AAPL", "side": "SELL", "quantity": 1, "type": "TRAIL" });
        order
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        order
    };
    let five = Some(TrailingOffset::Percent(dec!(5)));
    let amount = Some(TrailingOffset::Amount(dec!(1.5)));
    assert_eq!(trail(base(json!({ "trail": "5%" }))).await, five);
    assert_eq!(trail(base(json!({ "trailingPercent": 5 }))).await, five);
    assert_eq!(trail(base(json!({ "trail": "1.50" }))).await, amount);
    assert_eq!(trail(base(json!({ "auxPrice": 1.5 }))).await, amount);
}

#[tokio::test]
async fn what_an_order_lacks_or_has_no_place_for_is_named() {
    let wrong = [
        (json!({ "type": "LIMIT" }), "limit_price"),
        (json!({ "type": "MARKET", "limit_price": 1 }), "limit_price"),
        (json!({ "type": "MARKET", "stop_price": 1 }), "stop_price"),
        (json!({ "type": "STOP" }), "stop_price"),
        (
            json!({ "type": "STOP_LIMIT", "stop_price": 5 }),
            "limit_price",
        ),
        (json!({ "type": "TRAIL" }), "trail"),
        (json!({ "type": "TRAIL", "trail": "0" }), "trail"),
        (json!({ "type": "TRAIL", "trail": "100%" }), "trail"),
        (json!({ "type": "MARKET", "quantity": "-1" }), "quantity"),
        (json!({ "type": "MARKET", "quantity": 0 }), "quantity"),
        (json!({ "type": "MARKET", "quantity": null }), "quantity"),
        (json!({ "type": "MARKET", "notional": 100 }), "notional"),
        (
            json!({ "type": "MARKET", "quantity": null, "notional": -5 }),
            "notional",
        ),
        (
            json!({ "type": "MARKET", "time_in_force": "GTD" }),
            "good_till",
        ),
        (
            json!({ "type": "MARKET", "good_till": "2026-03-20T20:00:00Z" }),
            "good_till",
        ),
        (
            json!({ "type": "MARKET", "instrument": null }),
            "instrument",
        ),
        (
            json!({ "type": "MARKET", "display_quantity": 0 }),
            "display_quantity",
        ),
        (json!({ "type": "OTHER" }), "type"),
    ];
    for (more, field) in wrong {
        let mut order = json!({ "instrument": "AAPL", "side": "BUY", "quantity": 1 });
        order
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let fault = draft(order.clone()).await.unwrap_err();
        assert_eq!(fault.code, FaultCode::InvalidRequest, "{order}");
        assert!(
            fault.message.contains(&format!("order.{field}")),
            "{order}: {fault}"
        );
    }
}

#[test]
fn numbers_that_are_tricks_are_no_numbers() {
    for quantity in [
        json!("1e9"),
        json!("NaN"),
        json!("inf"),
        json!("0x10"),
        json!(""),
        json!("1,000"),
        json!(true),
    ] {
        let order =
            json!({ "instrument": "AAPL", "side": "BUY", "type": "MARKET", "quantity": quantity });
        assert!(
            serde_json::from_value::<OrderInput>(order).is_err(),
            "{quantity}"
        );
    }
    let twice = json!({ "instrument": "AAPL", "side": "BUY", "type": "MARKET", "quantity": 1, "confirm": true });
    let error = serde_json::from_value::<OrderInput>(twice).unwrap_err();
    assert!(error.to_string().contains("confirm"), "{error}");
}

#[tokio::test]
async fn money_instead_of_units_is_in_the_instruments_currency() {
    let order =
        json!({ "instrument": "00700.HK", "side": "BUY", "type": "MARKET", "notional": "10000" });
    let OrderAmount::Cash(money) = draft(order).await.unwrap().amount else {
        panic!("no cash");
    };
    assert_eq!(money.currency, broker_core::model::Currency::HKD);
}

#[tokio::test]
async fn legs_make_a_combination() {
    let order = json!({ "side": "BUY", "type": "LIMIT", "limit_price": "-0.5", "quantity": 1, "legs": [
        { "instrument": "AAPL", "side": "BUY" }, { "instrument": "MSFT", "action": "SELL", "ratio": 2 },
    ] });
    let draft = draft(order).await.unwrap();
    let Instrument::Combo(combo) = draft.instrument else {
        panic!("no combination");
    };
    assert_eq!(combo.legs()[1].ratio, 2);
    assert_eq!(draft.order_type.limit_price(), Some(price(dec!(-0.5))));
}
