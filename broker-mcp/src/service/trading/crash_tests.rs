//! What is left when a call ends in the middle: the client goes away, the disk is full, the broker does
//! not answer, the process dies.

use core::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
};

use broker_core::model::AccountId;
use broker_sim::fault::Fault as Strike;
use serde_json::{Value, json};

use super::stage::{Stage, ordering, resting, stage, trusted, with};
use crate::{
    FaultCode,
    store::{IntentState, NewIntent, Quota, Store},
};

fn named(name: &str) -> Value {
    with(resting(), json!({ "client_order_id": name }))
}

/// Polls a future so many times and drops it. Whether it had ended.
async fn polled<F: Future>(future: F, times: usize) -> bool {
    let mut future = pin!(future);
    for _ in 0..times {
        let polled = future
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()));
        if matches!(polled, Poll::Ready(_)) {
            return true;
        }
        // The threads that write get the time that they need.
        tokio::time::sleep(core::time::Duration::from_millis(2)).await;
    }
    false
}

async fn state(stage: &Stage, name: &str) -> Option<IntentState> {
    let intent = stage.store.intent("bot", name).await.unwrap();
    intent.map(|intent| intent.state)
}

#[tokio::test]
async fn a_client_that_goes_away_at_any_point_leaves_one_order_or_none_and_can_ask_again() {
    let mut ended = false;
    for times in 0..200 {
        let stage = stage().await;
        let bot = trusted();
        ended = polled(stage.place(&bot, named("once")), times).await;
        // Whatever was left, the same call tells the truth and makes one order of it.
        let again = stage.place(&bot, named("once")).await.unwrap();
        assert_eq!(
            again["data"]["order"]["client_order_id"], "once",
            "after {times}"
        );
        assert_eq!(stage.orders("A"), 1, "after {times}");
        assert_eq!(
            state(&stage, "once").await,
            Some(IntentState::Done),
            "after {times}"
        );
        if ended {
            break;
        }
    }
    assert!(ended, "it was dropped at every point on its way");
}

#[tokio::test]
async fn what_cannot_be_written_down_is_not_sent() {
    let stage = stage().await;
    stage.store.fill_disk(true).await;
    let fault = stage.place(&trusted(), named("once")).await.unwrap_err();
    assert_eq!(fault.code, FaultCode::Internal, "{fault}");
    assert_eq!(stage.orders("A"), 0);
    stage.store.fill_disk(false).await;
    stage.place(&trusted(), named("once")).await.unwrap();
    assert_eq!(stage.orders("A"), 1);
}

#[tokio::test]
async fn a_process_that_died_before_sending_has_sent_nothing() {
    let stage = stage().await;
    begun(&stage, "once").await;
    // The order is proven not to exist, so the same call may place it.
    let placed = stage.place(&trusted(), named("once")).await.unwrap();
    assert!(placed["data"].get("duplicate_of").is_none(), "{placed}");
    assert_eq!(stage.orders("A"), 1);
}

#[tokio::test]
async fn a_process_that_died_after_sending_has_sent_it() {
    let stage = stage().await;
    stage.place(&trusted(), named("once")).await.unwrap();
    // As it was before its outcome was written down.
    stage.store.forget_outcome("bot", "once").await;
    assert_eq!(state(&stage, "once").await, Some(IntentState::Open));
    let again = stage.place(&trusted(), named("once")).await.unwrap();
    assert_eq!(again["data"]["duplicate_of"], "once");
    assert_eq!(stage.orders("A"), 1);
    assert_eq!(state(&stage, "once").await, Some(IntentState::Done));
}

/// The stage after the process was started again over the same file, at the same exchange.
fn restarted(stage: Stage, path: &std::path::Path) -> Stage {
    let Stage { service, store, .. } = stage;
    drop(store);
    let again = || Store::open(path).unwrap();
    Stage {
        service: service.with_store(again()),
        store: again(),
        ..stage
    }
}

fn another() -> crate::Call {
    let mut principal = super::stage::key(crate::principal::Confirm::Never);
    principal.id = "another".into();
    super::stage::call(principal)
}

#[tokio::test]
async fn the_name_of_one_key_s_order_is_no_way_to_it_for_another_key_after_a_restart_either() {
    let folder = tempfile::tempdir().unwrap();
    for sent in [false, true] {
        let path = folder.path().join(format!("{sent}.sqlite"));
        let stage = restarted(stage().await, &path);
        if sent {
            stage.place(&trusted(), named("once")).await.unwrap();
            stage.store.forget_outcome("bot", "once").await;
        } else {
            begun(&stage, "once").await;
        }
        let before = stage.orders("A");
        let stage = restarted(stage, &path);
        for attempt in [named("once"), with(named("once"), json!({"dry_run": true}))] {
            let fault = stage.place(&another(), attempt).await.unwrap_err();
            assert_eq!(fault.code, FaultCode::Conflict, "sent {sent}: {fault}");
            assert!(fault.message.contains("another key"), "{fault}");
            assert!(fault.details.is_none(), "nothing of the other's: {fault:?}");
        }
        assert_eq!(stage.orders("A"), before, "sent {sent}");
        // Whose name it is learns the truth of it.
        stage.clock.advance(chrono::TimeDelta::minutes(3));
        let mine = stage.place(&trusted(), named("once")).await.unwrap();
        let duplicate = mine["data"].get("duplicate_of");
        assert_eq!(duplicate.is_some(), sent, "{mine}");
        assert_eq!(stage.orders("A"), 1, "sent {sent}");
    }
}

#[tokio::test]
async fn an_exit_s_name_is_not_another_order_s() {
    let stage = stage().await;
    let exits = json!({ "take_profit": "2.00", "stop_loss": "0.50" });
    let whole = ordering(named("once"), exits);
    stage.place(&trusted(), whole).await.unwrap();
    let before = stage.orders("A");
    for caller in [trusted(), another()] {
        let fault = stage.place(&caller, named("once.sl")).await.unwrap_err();
        assert_eq!(fault.code, FaultCode::Conflict, "{fault}");
        assert!(fault.message.contains("once.sl"), "{fault}");
    }
    assert_eq!(stage.orders("A"), before);
}

#[tokio::test]
async fn an_order_without_an_answer_is_not_sent_again() {
    for strike in [Strike::SilenceAfterAccept, Strike::DropBeforeReply] {
        let stage = stage().await;
        stage.paper.inject(strike.clone());
        let fault = stage.place(&trusted(), named("once")).await.unwrap_err();
        assert_eq!(fault.code, FaultCode::OutcomeUnknown, "{strike:?}: {fault}");
        assert!(!fault.retry_safe);
        assert_eq!(fault.verify_with.as_deref(), Some("get_order"));
        assert!(
            !fault.message.to_lowercase().contains("try again"),
            "{fault}"
        );
        assert_eq!(state(&stage, "once").await, Some(IntentState::Open));
        stage.paper.world().advance(chrono::TimeDelta::minutes(5));
        // Asked again under its name it is found, or still unknown; never placed twice.
        for _ in 0..3 {
            match stage.place(&trusted(), named("once")).await {
                Ok(found) => assert_eq!(found["data"]["duplicate_of"], "once"),
                Err(fault) => assert_eq!(fault.code, FaultCode::OutcomeUnknown, "{fault}"),
            }
        }
        assert_eq!(stage.orders("A"), 1, "{strike:?}");
    }
}

#[tokio::test]
async fn somebody_asks_the_broker_about_what_nobody_knows() {
    let stage = stage().await;
    stage.paper.inject(Strike::SilenceAfterAccept);
    stage.place(&trusted(), named("once")).await.unwrap_err();
    assert_eq!(state(&stage, "once").await, Some(IntentState::Open));
    tokio::time::pause();
    for _ in 0..200 {
        if state(&stage, "once").await == Some(IntentState::Done) {
            return;
        }
        tokio::time::sleep(core::time::Duration::from_secs(1)).await;
    }
    panic!("nobody has asked");
}

#[tokio::test]
async fn a_refusal_stays_one() {
    let stage = stage().await;
    let code = "201".to_owned();
    stage.paper.inject(Strike::Reject {
        code,
        text: "no".to_owned(),
    });
    let first = stage.place(&trusted(), named("once")).await.unwrap_err();
    assert_eq!(first.code, FaultCode::Rejected, "{first}");
    let again = stage.place(&trusted(), named("once")).await.unwrap_err();
    assert_eq!(again, first);
    assert_eq!(stage.orders("A"), 0);
}

#[tokio::test]
async fn what_never_left_may_be_sent_under_the_same_name() {
    let stage = stage().await;
    stage.paper.inject(Strike::Disconnect { down_ms: 1_000 });
    let fault = stage.place(&trusted(), named("once")).await.unwrap_err();
    assert!(fault.retry_safe, "{fault:?}");
    stage.paper.world().advance(chrono::TimeDelta::seconds(5));
    stage.place(&trusted(), named("once")).await.unwrap();
    assert_eq!(stage.orders("A"), 1);
}

#[tokio::test]
async fn what_another_process_may_be_about_to_send_is_not_sent_here() {
    let stage = stage().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("server.sqlite");
    let (here, there) = (Store::open(&path).unwrap(), Store::open(&path).unwrap());
    let stage = Stage {
        service: stage.service.with_store(here),
        store: there,
        ..stage
    };
    begun(&stage, "once").await;
    let fault = stage.place(&trusted(), named("once")).await.unwrap_err();
    assert_eq!(fault.code, FaultCode::OutcomeUnknown, "{fault}");
    assert_eq!(stage.orders("A"), 0);
    // It has died, then.
    stage.clock.advance(chrono::TimeDelta::minutes(3));
    stage.place(&trusted(), named("once")).await.unwrap();
    assert_eq!(stage.orders("A"), 1);
}

#[tokio::test]
async fn a_change_without_an_answer_is_not_sent_again() {
    let stage = stage().await;
    let placed = stage.place(&trusted(), named("order")).await.unwrap();
    assert_eq!(placed["data"]["order"]["client_order_id"], "order");
    let mut bot = trusted();
    bot.idempotency_key = Some("change".to_owned());
    stage.paper.inject(Strike::SilenceAfterAccept);
    let change = json!({ "order_id": "order", "quantity": 20 });
    let fault = stage
        .run(&bot, "modify_order", change.clone())
        .await
        .unwrap_err();
    assert_eq!(fault.code, FaultCode::OutcomeUnknown, "{fault}");
    assert!(fault.message.contains("order"));
    let again = stage.run(&bot, "modify_order", change).await.unwrap();
    assert_eq!(again["data"]["order"]["client_order_id"], "order");
    let other = json!({ "order_id": "order", "quantity": 30 });
    let fault = stage.run(&bot, "modify_order", other).await.unwrap_err();
    assert_eq!(fault.code, FaultCode::Conflict);
}

/// A command that was written down and not sent: the process died in between.
async fn begun(stage: &Stage, name: &str) {
    let bot = trusted();
    // The digest is that of the call.
    let dry = with(ordering(named(name), json!({})), json!({ "dry_run": true }));
    stage.place(&bot, dry).await.unwrap();
    let preview = stage.run(&bot, "preview_order", resting()).await.unwrap();
    let id = preview["data"]["preview_id"].as_str().unwrap();
    let now = chrono::DateTime::from_timestamp(1_800_000_000, 0).unwrap();
    let shown = stage
        .service
        .store()
        .unwrap()
        .preview(id, now)
        .await
        .unwrap()
        .unwrap();
    let account = AccountId::new("A").unwrap();
    let new = NewIntent {
        principal: "bot".to_owned(),
        client_order_id: name.to_owned(),
        operation: "place_order".to_owned(),
        account: format!("paper/{account}"),
        digest: shown.digest,
        notional: None,
    };
    stage
        .store
        .begin(new, &[name.to_owned()], &Quota::default(), now)
        .await
        .unwrap();
}
