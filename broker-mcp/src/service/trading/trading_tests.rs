use broker_core::model::AccountId;
use serde_json::json;

use super::stage::{call, key, ordering, resting, stage, trusted, with};
use crate::{
    FaultCode,
    principal::{Access, Confirm},
};

#[tokio::test]
async fn an_order_is_placed_and_answered_as_it_stands() {
    let stage = stage().await;
    let placed = stage.place(&trusted(), resting()).await.unwrap();
    let order = &placed["data"]["order"];
    assert_eq!(order["status"], "submitted", "{placed}");
    assert_eq!(order["quantity"], "10");
    assert_eq!(order["limit_price"], "1.00");
    assert_eq!(placed["meta"]["account"], "A");
    assert_eq!(stage.orders("A"), 1);
}

#[tokio::test]
async fn a_market_order_is_filled() {
    let stage = stage().await;
    let market = json!({ "order": {
        "instrument": "AAPL", "side": "buy", "quantity": "3", "type": "MKT"
    } });
    let placed = stage.place(&trusted(), market).await.unwrap();
    assert_eq!(placed["data"]["order"]["status"], "filled", "{placed}");
    assert_eq!(placed["data"]["order"]["filled"], "3");
}

#[tokio::test]
async fn an_order_with_exits_is_a_list_of_three() {
    let stage = stage().await;
    let bracket = ordering(
        resting(),
        json!({ "limit_price": "100", "take_profit": "120", "stop_loss": "90" }),
    );
    let placed = stage
        .place(&trusted(), with(bracket, json!({ "client_order_id": "b" })))
        .await;
    let placed = placed.unwrap();
    assert_eq!(placed["data"]["order"]["client_order_id"], "b");
    let ledger = stage.paper_ledger("A");
    for name in ["b", "b.tp", "b.sl"] {
        assert!(ledger.iter().any(|id| id == name), "{name}: {ledger:?}");
    }
}

#[tokio::test]
async fn exits_are_answered_by_names_that_get_order_finds() {
    let stage = stage().await;
    let both = json!({ "limit_price": "100", "take_profit": "120", "stop_loss": "90" });
    let bracket = with(ordering(resting(), both), json!({ "client_order_id": "b" }));
    let placed = stage.place(&trusted(), bracket.clone()).await.unwrap();
    for (role, name, price) in [
        ("take_profit", "b.tp", "limit_price"),
        ("stop_loss", "b.sl", "stop_price"),
    ] {
        let exit = &placed["data"][role];
        assert_eq!(exit["client_order_id"], name, "{placed}");
        for field in ["order_id", "client_order_id"] {
            let found = json!({ field: exit[field] });
            let found = stage.run(&trusted(), "get_order", found).await.unwrap();
            assert_eq!(found["data"]["client_order_id"], name, "{field}: {found}");
            assert_eq!(found["data"]["side"], "SELL");
            assert!(found["data"][price].is_string(), "{found}");
        }
    }
    // The same call again tells the same names.
    let again = stage.place(&trusted(), bracket).await.unwrap();
    assert_eq!(again["data"]["duplicate_of"], "b");
    assert_eq!(again["data"]["take_profit"]["client_order_id"], "b.tp");
    let one = json!({ "limit_price": "100", "take_profit": "120" });
    let one = stage.place(&trusted(), ordering(resting(), one)).await;
    let one = one.unwrap();
    assert!(one["data"]["take_profit"].is_object(), "{one}");
    assert!(one["data"].get("stop_loss").is_none(), "{one}");
}

#[tokio::test]
async fn an_order_gets_an_end_and_another_one() {
    let stage = stage().await;
    let placed = stage.place(&trusted(), resting()).await.unwrap();
    let id = placed["data"]["order"]["client_order_id"].clone();
    let change = |more| with(json!({ "order_id": id }), more);
    let now = broker_core::Broker::desk(&*stage.paper).clock().now();
    let day = |days| (now + chrono::TimeDelta::days(days)).to_rfc3339();
    for (more, field) in [
        (json!({ "time_in_force": "GTD" }), "good_till"),
        (json!({ "good_till": day(2) }), "good_till"),
        (
            json!({ "time_in_force": "GTC", "good_till": day(2) }),
            "good_till",
        ),
        (
            json!({ "time_in_force": "GTD", "good_till": day(-1) }),
            "good_till",
        ),
    ] {
        let fault = stage
            .run(&trusted(), "modify_order", change(more))
            .await
            .unwrap_err();
        assert_eq!(fault.code, FaultCode::InvalidRequest, "{fault}");
        assert!(fault.message.contains(field), "{fault}");
    }
    let ended = json!({ "time_in_force": "GTD", "good_till": day(2) });
    let ended = stage.run(&trusted(), "modify_order", change(ended)).await;
    let ended = ended.unwrap();
    assert_eq!(ended["data"]["order"]["time_in_force"], "GTD", "{ended}");
    let first = ended["data"]["order"]["good_till"].clone();
    let later = stage
        .run(
            &trusted(),
            "modify_order",
            change(json!({ "good_till": day(3) })),
        )
        .await
        .unwrap();
    assert_eq!(later["data"]["order"]["time_in_force"], "GTD", "{later}");
    assert_ne!(later["data"]["order"]["good_till"], first);
}

#[tokio::test]
async fn exits_on_the_wrong_side_are_mistakes() {
    let stage = stage().await;
    for (profit, loss, field) in [
        ("80", "90", "take_profit"),
        ("99", "90", "take_profit"),
        ("120", "101", "stop_loss"),
    ] {
        let more = json!({ "limit_price": "100", "take_profit": profit, "stop_loss": loss });
        let fault = stage
            .place(&trusted(), ordering(resting(), more))
            .await
            .unwrap_err();
        assert_eq!(fault.code, FaultCode::InvalidRequest);
        assert!(fault.message.contains(field), "{fault}");
    }
    assert_eq!(stage.orders("A"), 0);
}

#[tokio::test]
async fn a_dry_run_sends_nothing_and_asks_nobody() {
    let stage = stage().await;
    let dry = with(resting(), json!({ "dry_run": true }));
    let answer = stage
        .place(&call(key(Confirm::OutOfBand)), dry)
        .await
        .unwrap();
    assert_eq!(answer["data"]["dry_run"], true);
    assert!(answer["data"].get("order").is_none());
    assert_eq!(stage.orders("A"), 0);
    let now = chrono::DateTime::from_timestamp(1_800_000_000, 0).unwrap();
    assert!(stage.store.pending_approvals(now).await.unwrap().is_empty());
}

#[tokio::test]
async fn an_order_that_shall_not_be_sent_is_not_taken() {
    let stage = stage().await;
    let parked = ordering(resting(), json!({ "transmit": false }));
    let fault = stage.place(&trusted(), parked).await.unwrap_err();
    assert_eq!(fault.code, FaultCode::Unsupported);
    assert_eq!(stage.orders("A"), 0);
}

#[tokio::test]
async fn a_key_with_several_accounts_has_to_name_one() {
    let stage = stage().await;
    let mut several = key(Confirm::Never);
    several.accounts = Access::All;
    let several = call(several);
    let fault = stage.place(&several, resting()).await.unwrap_err();
    assert_eq!(fault.code, FaultCode::Ambiguous);
    assert_eq!((stage.orders("A"), stage.orders("B")), (0, 0));
    stage
        .place(&several, with(resting(), json!({ "account": "B" })))
        .await
        .unwrap();
    assert_eq!((stage.orders("A"), stage.orders("B")), (0, 1));
}

#[tokio::test]
async fn an_order_is_canceled_by_either_of_its_names() {
    let stage = stage().await;
    let trusted = trusted();
    for by in ["order_id", "client_order_id"] {
        let placed = stage.place(&trusted, resting()).await.unwrap();
        let name = placed["data"]["order"][by].clone();
        let canceled = stage
            .run(&trusted, "cancel_order", json!({ "order_id": name }))
            .await;
        assert_eq!(canceled.unwrap()["data"]["order"]["status"], "cancelled");
    }
    let fault = stage
        .run(&trusted, "cancel_order", json!({ "order_id": "nothing" }))
        .await;
    assert_eq!(fault.unwrap_err().code, FaultCode::NotFound);
}

#[tokio::test]
async fn all_orders_or_those_of_one_instrument_are_canceled() {
    let stage = stage().await;
    let trusted = trusted();
    let other = ordering(resting(), json!({ "instrument": "MSFT" }));
    for order in [resting(), resting(), other] {
        stage.place(&trusted, order).await.unwrap();
    }
    let one = json!({ "instrument": "MSFT" });
    let canceled = stage.run(&trusted, "cancel_all_orders", one).await.unwrap();
    assert_eq!(
        canceled["data"]["cancelled"].as_array().unwrap().len(),
        1,
        "{canceled}"
    );
    let rest = stage
        .run(&trusted, "cancel_all_orders", json!({}))
        .await
        .unwrap();
    assert_eq!(
        rest["data"]["cancelled"].as_array().unwrap().len(),
        2,
        "{rest}"
    );
    assert_eq!(rest["data"]["failed"].as_array().unwrap().len(), 0);
}

#[tokio::test]
async fn a_change_says_what_it_changed() {
    let stage = stage().await;
    let trusted = trusted();
    let placed = stage.place(&trusted, resting()).await.unwrap();
    let id = placed["data"]["order"]["client_order_id"].clone();
    let change = json!({ "order_id": id, "quantity": 5, "limit_price": "1.50" });
    let changed = stage.run(&trusted, "modify_order", change).await.unwrap();
    assert_eq!(changed["data"]["order"]["quantity"], "5", "{changed}");
    assert_eq!(changed["data"]["order"]["limit_price"], "1.50");
    assert_eq!(
        changed["data"]["modified_fields"],
        json!(["quantity", "limit_price"])
    );
    let nothing = stage
        .run(&trusted, "modify_order", json!({ "order_id": id }))
        .await;
    assert_eq!(nothing.unwrap_err().code, FaultCode::InvalidRequest);
}

#[tokio::test]
async fn a_preview_says_what_the_order_costs_and_what_would_refuse_it() {
    let stage = stage().await;
    let mut limited = key(Confirm::Never);
    limited.limits.max_order_quantity = Some(crate::value::Number(broker_core::dec!(5)));
    let preview = stage
        .run(&call(limited), "preview_order", resting())
        .await
        .unwrap();
    let data = &preview["data"];
    assert_eq!(data["accepted"], false, "{preview}");
    let broken = data["checks"]
        .as_array()
        .unwrap()
        .iter()
        .find(|check| check["ok"] == false);
    assert_eq!(broken.unwrap()["rule"], "max_order_quantity");
    assert!(data["estimate"]["notional"].is_string());
    assert_eq!(stage.orders("A"), 0);
    let fine = stage
        .run(&trusted(), "preview_order", resting())
        .await
        .unwrap();
    assert_eq!(fine["data"]["accepted"], true, "{fine}");
}

#[tokio::test]
async fn an_account_set_up_as_one_environment_is_not_used_as_another() {
    let stage = stage().await;
    stage.say(broker_core::model::Environment::Paper);
    let fault = stage.place(&trusted(), resting()).await.unwrap_err();
    assert_eq!(fault.code, FaultCode::Forbidden);
    assert_eq!(stage.orders("A"), 0);
}

impl super::stage::Stage {
    fn paper_ledger(&self, account: &str) -> Vec<String> {
        let account = AccountId::new(account).unwrap();
        let ledger = broker_core::Broker::desk(&*self.paper)
            .ledger(&account)
            .unwrap();
        let orders = ledger.orders().into_iter();
        orders
            .map(|order| order.client_order_id().to_string())
            .collect()
    }
}

#[tokio::test]
async fn an_order_without_an_account_goes_to_the_default_that_a_person_agreed_to() {
    let stage = stage().await;
    let mut several = key(Confirm::Never);
    several.accounts = Access::All;
    let several = call(several);
    let default = json!({ "account": "B", "purpose": "trading" });
    stage
        .run(&several, "set_default_account", default)
        .await
        .unwrap();
    stage.place(&several, resting()).await.unwrap();
    assert_eq!((stage.orders("A"), stage.orders("B")), (0, 1));
    let listed = stage.run(&several, "list_accounts", json!({})).await;
    let listed = listed.unwrap();
    let defaults: Vec<(&str, bool)> = listed["data"]["accounts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            (
                one["alias"].as_str().unwrap(),
                one["default_trading"] == true,
            )
        })
        .collect();
    assert_eq!(defaults, [("A", false), ("B", true)]);
    // A key that may not use it any more has no default.
    let mut narrow = key(Confirm::Never);
    narrow.accounts = Access::Only(["A".to_owned()].into());
    stage.place(&call(narrow), resting()).await.unwrap();
    assert_eq!((stage.orders("A"), stage.orders("B")), (1, 1));
    // One for orders is none for questions.
    let data = stage
        .service
        .default_account(&several, crate::store::Purpose::Data);
    assert_eq!(data.await.unwrap(), None);
}
