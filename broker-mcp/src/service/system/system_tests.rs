use core::time::Duration;
use std::{collections::BTreeMap, sync::Arc};

use broker_runtime::{
    layer::{Budget, RateLimit, Stack},
    registry::SeatKey,
};
use broker_sim::fault::Fault as Trouble;
use serde_json::json;

use super::{TokenView, Tokens};
use crate::{FaultCode, service::rig::Rig};

#[tokio::test]
async fn the_status_tells_each_connection_and_what_is_wrong_with_it() {
    let rig = Rig::new();
    let fine = rig.ask("get_status", json!({})).await.unwrap()["data"].clone();
    assert_eq!(fine["connected"], true);
    assert_eq!(fine["brokers"][0]["id"], "alpha");
    assert_eq!(
        (&fine["brokers"][0]["state"], &fine["brokers"][0]["paper"]),
        (&json!("connected"), &json!(true))
    );
    assert_eq!(
        fine["brokers"][0]["read_only"], true,
        "a reader cannot trade"
    );
    assert_eq!(fine["server"]["kill_switch"], false);
    rig.beta.inject(Trouble::CompetingSession);
    let lost = rig.ask("get_status", json!({})).await.unwrap()["data"].clone();
    assert_eq!(lost["connected"], false);
    assert_eq!(lost["brokers"][1]["state"], "disconnected");
    assert!(lost["brokers"][1]["last_error"].is_string(), "{lost}");
    let fault = rig
        .ask("get_status", json!({ "broker": "gamma" }))
        .await
        .unwrap_err();
    assert_eq!(fault.code, FaultCode::NotFound);
}

#[tokio::test]
async fn accounts_are_listed_even_when_their_broker_is_down() {
    let rig = Rig::new();
    let all = rig.ask("list_accounts", json!({})).await.unwrap()["data"]["accounts"].clone();
    assert_eq!(all.as_array().unwrap().len(), 3);
    assert_eq!(
        (&all[0]["id"], &all[0]["kind"], &all[0]["currency"]),
        (&json!("A-1"), &json!("paper"), &json!("USD"))
    );
    assert_eq!(
        (&all[0]["default_data"], &all[1]["default_data"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(all[0]["default_trading"], false, "there is a choice");
    assert_eq!(all[0]["permissions"], json!(["read"]));
    rig.beta.inject(Trouble::Disconnect { down_ms: 60_000 });
    let down = rig
        .ask("list_accounts", json!({ "status": "inactive" }))
        .await
        .unwrap();
    assert_eq!(down["data"]["accounts"][0]["id"], "B-1");
    assert_eq!(down["data"]["accounts"].as_array().unwrap().len(), 1);
    let live = rig
        .ask("list_accounts", json!({ "kind": "live" }))
        .await
        .unwrap();
    assert_eq!(live["data"]["accounts"], json!([]));
}

#[tokio::test]
async fn the_status_of_an_account_answers_when_the_account_does_not() {
    let rig = Rig::new();
    let fine = rig
        .ask("get_account_status", json!({ "account": "B-1" }))
        .await
        .unwrap();
    assert_eq!(fine["data"]["health"], "healthy");
    assert_eq!(fine["data"]["abilities"]["orders"], true);
    rig.beta.inject(Trouble::Disconnect { down_ms: 60_000 });
    let down = rig
        .ask("get_account_status", json!({ "account": "B-1" }))
        .await
        .unwrap();
    assert_eq!(down["data"]["health"], "unhealthy", "{down}");
    let all = rig
        .ask("get_account_status", json!({ "account": "all" }))
        .await
        .unwrap();
    assert_eq!(all["accounts"].as_array().unwrap().len(), 3);
}

#[derive(Debug)]
struct OneToken;

impl Tokens for OneToken {
    fn token_of(&self, account: &SeatKey) -> Option<TokenView> {
        (account.account.as_str() == "B-1").then(|| TokenView::new(String::new(), true))
    }
}

#[tokio::test]
async fn tokens_are_those_of_accounts_that_the_caller_may_use() {
    let mut rig = Rig::new();
    rig.service = rig.service.with_tokens(Arc::new(OneToken));
    let status = rig.ask("get_status", json!({})).await.unwrap();
    assert_eq!(
        status["data"]["tokens"],
        json!([{ "account": "B-1", "valid": true }])
    );
    let call = crate::service::rig::reader_of(&["A-1"]);
    let other = rig.ask_as(&call, "get_status", json!({})).await.unwrap();
    assert!(other["data"].get("tokens").is_none());
}

#[tokio::test(start_paused = true)]
async fn an_account_whose_broker_is_silent_is_left_out_and_holds_up_no_other() {
    let rig = Rig::new();
    let hour = Duration::from_secs(3_600);
    let once = RateLimit::shared(Budget::new(1, hour).unwrap()).waiting_at_most(2 * hour);
    let silent = Stack::over(rig.beta.clone()).layer(once).unwrap().build();
    silent.accounts().await.unwrap();
    rig.service.registry.replace(&silent).unwrap();
    let told = rig.service.business(Duration::from_secs(8)).await;
    let names: Vec<&str> = told.keys().map(String::as_str).collect();
    assert_eq!(names, ["A-1", "A-2"]);
    let first = &told["A-1"];
    assert!(first.net_liquidation.is_some(), "{first:?}");
    assert_eq!(
        (first.executions, &first.traded),
        (Some(0), &Some(BTreeMap::new()))
    );
}
