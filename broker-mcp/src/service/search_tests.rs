use std::sync::Arc;

use broker_runtime::layer::Audit;
use serde_json::json;

use super::trading::stage::{Stage, call, key, resting, staged, trusted, with};
use crate::{
    Call, FaultCode, Principal,
    principal::{Access, Confirm, Role},
};

fn approver(accounts: Access) -> Call {
    let mut principal = Principal::new("anna", [Role::Read, Role::Approver]);
    principal.accounts = accounts;
    call(principal)
}

async fn written() -> (tempfile::TempDir, Stage) {
    let folder = tempfile::tempdir().unwrap();
    let audit = Audit::in_folder(folder.path()).open().unwrap();
    let stage = staged(|service| service.with_audit(Arc::clone(&audit))).await;
    stage.place(&trusted(), resting()).await.unwrap();
    let wrong = with(resting(), json!({ "account": "elsewhere" }));
    stage.place(&trusted(), wrong).await.unwrap_err();
    (folder, stage)
}

#[tokio::test]
async fn a_person_in_charge_finds_who_asked_what_and_why_it_was_refused() {
    let (_folder, stage) = written().await;
    let anna = approver(Access::All);
    let all = stage.service.search_trail(&anna, "", 10).await.unwrap();
    assert!(all.whole);
    assert_eq!(all.rows.len(), usize::try_from(all.searched).unwrap());
    assert_eq!(all.rows[0].decision.as_deref(), Some("refused"));
    assert!(all.rows[0].what.contains("elsewhere"), "{:?}", all.rows[0]);
    let found = stage.service.search_trail(&anna, "AAPL accepted", 10).await;
    let found = found.unwrap();
    assert_eq!(found.rows.len(), 1, "{found:?}");
    assert_eq!(found.rows[0].operation.as_deref(), Some("place_order"));
    assert!(
        found.rows[0]
            .actor
            .as_deref()
            .unwrap()
            .starts_with("bot via test")
    );
}

#[tokio::test]
async fn nobody_else_reads_the_trail() {
    let (_folder, stage) = written().await;
    let of_one = approver(Access::Only(["A".to_owned()].into()));
    for other in [call(key(Confirm::Never)), of_one] {
        let refused = stage.service.search_trail(&other, "", 10).await;
        assert_eq!(refused.unwrap_err().code, FaultCode::Forbidden);
    }
}

#[tokio::test]
async fn where_there_is_no_trail_it_is_said() {
    let stage = staged(|service| service).await;
    let anna = approver(Access::All);
    let none = stage.service.search_trail(&anna, "", 10);
    assert_eq!(none.await.unwrap_err().code, FaultCode::Unsupported);
}
