#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use serde_json::json;

use crate::tiger::gateway::test_seat::{GLOBAL, PAPER, Seat};

#[test]
fn accounts_tell_their_kind() {
    let seat = Seat::new();
    let all = seat.ask("accounts", json!({})).unwrap();
    let kinds: Vec<&str> = all["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["accountType"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["PAPER", "STANDARD", "GLOBAL"]);
}

#[test]
fn the_figures_are_the_exchanges() {
    let seat = Seat::new();
    seat.place(seat.market("m1"));
    let assets = seat.ask("prime_assets", json!({"account": PAPER})).unwrap();
    let segment = &assets["segments"][0];
    let account = broker_core::model::AccountId::new(PAPER).unwrap();
    let summary = seat
        .world
        .with_exchange(|exchange| exchange.summary(&account))
        .unwrap();
    let shown = segment["netLiquidation"].to_string();
    let is = summary.net_liquidation.unwrap().amount;
    assert_eq!(
        shown.parse::<broker_core::Decimal>().unwrap(),
        is.normalize()
    );
    assert_eq!(segment["category"], "S");
}

#[test]
fn each_kind_of_account_has_its_own_method() {
    let seat = Seat::new();
    assert_eq!(seat.code("assets", json!({"account": PAPER})), 1010);
    assert_eq!(seat.code("prime_assets", json!({"account": GLOBAL})), 1010);
    let assets = seat.ask("assets", json!({"account": GLOBAL, "segment": true}));
    assert_eq!(assets.unwrap()["items"][0]["segments"][0]["category"], "S");
}

#[test]
fn what_could_be_traded_is_what_is_taken() {
    let seat = Seat::new();
    let asked = json!({
        "account": PAPER, "symbol": "AAPL", "sec_type": "STK", "action": "BUY",
        "order_type": "LMT", "limit_price": 100.0,
    });
    let estimate = seat.ask("estimate_tradable_quantity", asked).unwrap();
    let most = estimate["financingQuantity"].as_f64().unwrap();
    assert_eq!(estimate["tradableQuantity"].as_f64().unwrap(), 10_000.0);
    assert!(most > 10_000.0);
    let mut order = seat.resting("m1");
    order["limit_price"] = json!(100.0);
    #[expect(clippy::cast_possible_truncation, reason = "a whole number")]
    let units = most as i64;
    order["total_quantity"] = (units + 1).into();
    assert_eq!(seat.code("place_order", order.clone()), 1300);
    order["total_quantity"] = units.into();
    seat.place(order);
}
