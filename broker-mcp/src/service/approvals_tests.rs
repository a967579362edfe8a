use serde_json::json;

use super::trading::stage::{Stage, call, key, resting, stage, with};
use crate::{
    Call, FaultCode, Principal,
    principal::{Access, Confirm, Role},
    store::ApprovalState,
};

fn approver(of: &[&str]) -> Call {
    let mut anna = Principal::new("anna", [Role::Approver]);
    anna.accounts = Access::Only(of.iter().map(|name| (*name).to_owned()).collect());
    call(anna)
}

async fn asked(stage: &Stage) -> String {
    let bot = call(key(Confirm::OutOfBand));
    let fault = stage.place(&bot, resting()).await.unwrap_err();
    assert_eq!(fault.code, FaultCode::ConfirmationRequired, "{fault}");
    fault.details.unwrap()["approval_id"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn nobody_agrees_to_what_is_about_an_account_that_they_may_not_use() {
    let stage = stage().await;
    let id = asked(&stage).await;
    let other = approver(&["B"]);
    assert!(
        stage
            .service
            .pending_approvals(&other)
            .await
            .unwrap()
            .is_empty()
    );
    let fault = stage.service.decide(&other, &id, true).await.unwrap_err();
    assert_eq!(fault.code, FaultCode::NotFound, "{fault}");
    let nobody = stage
        .service
        .decide(&other, "01ARZ3NDEKTSV4RRFFQ69G5FAV", true);
    let nobody = nobody.await.unwrap_err();
    assert_eq!(
        fault.message.replace(&id, "it"),
        nobody.message.replace("01ARZ3NDEKTSV4RRFFQ69G5FAV", "it"),
        "it looks like one that is not there"
    );
    let approval = stage.store.approval(&id).await.unwrap().unwrap();
    assert_eq!(approval.state, ApprovalState::Pending);

    let right = approver(&["A", "B"]);
    assert_eq!(
        stage.service.pending_approvals(&right).await.unwrap().len(),
        1
    );
    stage.service.decide(&right, &id, true).await.unwrap();
    let bot = call(key(Confirm::OutOfBand));
    stage
        .place(&bot, with(resting(), json!({ "preview_id": id })))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_key_that_has_ended_agrees_to_nothing() {
    let stage = stage().await;
    let id = asked(&stage).await;
    let mut late = Principal::new("anna", [Role::Approver]);
    late.expires_at = Some(broker_core::Clock::now(&*stage.clock));
    let fault = stage
        .service
        .decide(&call(late), &id, true)
        .await
        .unwrap_err();
    assert_eq!(fault.code, FaultCode::Unauthenticated);
}
