use broker_core::{Broker as _, model::AccountId};
use serde_json::json;

use crate::{
    Call, FaultCode, Principal,
    principal::{Access, Confirm, Role},
    service::trading::stage::{Stage, call, key, resting, stage, with},
};

fn of(roles: &[Role], accounts: Access) -> Call {
    let mut principal = Principal::new("anna", roles.iter().copied());
    principal.accounts = accounts;
    principal.confirm = Confirm::Never;
    call(principal)
}

fn only(account: &str) -> Access {
    Access::Only([account.to_owned()].into())
}

/// Orders of an account that work at the exchange.
fn working(stage: &Stage, account: &str) -> usize {
    let truth = stage.paper.truth(&AccountId::new(account).unwrap());
    truth.orders.iter().filter(|order| order.open).count()
}

async fn with_an_order_in_each() -> Stage {
    let stage = stage().await;
    let trader = of(&[Role::Read, Role::Trade], Access::All);
    for account in ["A", "B"] {
        let order = with(resting(), json!({ "account": account }));
        stage.place(&trader, order).await.unwrap();
        assert_eq!(working(&stage, account), 1);
    }
    stage
}

#[tokio::test]
async fn stopping_refuses_new_orders_and_cancels_those_that_work() {
    let stage = with_an_order_in_each().await;
    let trader = of(&[Role::Read, Role::Trade], Access::All);
    let stopped = stage.service.stop_everything(&trader, Some("a test"), true);
    let stopped = stopped.await.unwrap();
    assert!(stopped.data.unwrap().engaged);
    assert!(stopped.meta.warnings.is_empty(), "{:?}", stopped.meta);
    assert_eq!((working(&stage, "A"), working(&stage, "B")), (0, 0));
    let more = with(resting(), json!({ "account": "A" }));
    let fault = stage.place(&trader, more).await.unwrap_err();
    assert_eq!(fault.code, FaultCode::KillSwitch);
}

#[tokio::test]
async fn orders_go_on_working_where_nobody_asked_for_a_cancel() {
    let stage = with_an_order_in_each().await;
    let admin = of(&[Role::Admin], Access::All);
    let stopped = stage.service.stop_everything(&admin, None, false).await;
    assert!(stopped.unwrap().data.unwrap().engaged);
    assert_eq!((working(&stage, "A"), working(&stage, "B")), (1, 1));
}

#[tokio::test]
async fn orders_of_foreign_accounts_are_not_canceled() {
    let stage = with_an_order_in_each().await;
    let admin = of(&[Role::Admin], only("A"));
    let stopped = stage.service.stop_everything(&admin, None, true).await;
    assert!(stopped.unwrap().data.unwrap().engaged);
    assert_eq!((working(&stage, "A"), working(&stage, "B")), (0, 1));
}

#[tokio::test]
async fn what_may_still_work_is_said() {
    let stage = with_an_order_in_each().await;
    stage.disguised.close().await.unwrap();
    let admin = of(&[Role::Admin], only("A"));
    let stopped = stage.service.stop_everything(&admin, None, true).await;
    let stopped = stopped.unwrap();
    assert!(stopped.data.unwrap().engaged);
    let warnings = stopped.meta.warnings;
    assert!(
        warnings.len() == 1 && warnings[0].contains("A may still work"),
        "{warnings:?}"
    );
}

#[tokio::test]
async fn whoever_neither_trades_nor_administers_stops_nothing() {
    let stage = stage().await;
    for roles in [&[Role::Read][..], &[Role::Approver]] {
        let caller = of(roles, Access::All);
        let refused = stage.service.stop_everything(&caller, None, true);
        assert_eq!(refused.await.unwrap_err().code, FaultCode::Forbidden);
    }
    let mut over = key(Confirm::Never);
    over.expires_at = Some(chrono::DateTime::UNIX_EPOCH);
    let over = call(over);
    let refused = stage.service.stop_everything(&over, None, true);
    assert_eq!(refused.await.unwrap_err().code, FaultCode::Unauthenticated);
    assert!(!crate::service::admin::KillSwitchNow::from(stage.service.kill_switch()).engaged);
}
