use core::time::Duration;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::sealed::{Asking, ForThisProcess, PATIENCE, SealError, Seals, SingleUse, bound};
use crate::{Principal, principal::Role, store::Store};

fn arguments(value: &Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn asking() -> Asking {
    Asking {
        nonce: "n".into(),
        key: "k".into(),
        question: "q".into(),
        digest: "d".into(),
    }
}

#[test]
fn a_short_key_seals_nothing() {
    let short = Seals::shared(&[0; 31], Arc::new(ForThisProcess::default()));
    assert_eq!(short.unwrap_err(), SealError::KeyTooShort);
}

#[tokio::test]
async fn a_seal_of_another_process_is_not_believed() {
    let (one, other) = (Seals::for_this_process(), Seals::for_this_process());
    let (one, other) = (one.unwrap(), other.unwrap());
    let sealed = one.seal(&asking(), b"call").unwrap();
    assert_eq!(other.open(&sealed, b"call").await.unwrap(), None);
    assert_eq!(one.open(&sealed, b"another").await.unwrap(), None);
    assert_eq!(one.open(&sealed, b"call").await.unwrap(), Some(asking()));
    assert_eq!(one.open(&sealed, b"call").await.unwrap(), None);
}

#[tokio::test]
async fn processes_with_one_memory_believe_a_seal_once_among_them() {
    let memory: Arc<dyn SingleUse> = Arc::new(ForThisProcess::default());
    let one = Seals::shared(&[7; 32], Arc::clone(&memory)).unwrap();
    let other = Seals::shared(&[7; 32], memory).unwrap();
    let sealed = one.seal(&asking(), b"call").unwrap();
    assert_eq!(other.open(&sealed, b"call").await.unwrap(), Some(asking()));
    assert_eq!(one.open(&sealed, b"call").await.unwrap(), None);
}

#[test]
fn what_is_bound_is_the_caller_the_tool_and_the_arguments_in_any_order() {
    let one = Principal::new("one", [Role::Trade]);
    let other = Principal::new("other", [Role::Trade]);
    let first: Value = serde_json::from_str(r#"{"a":{"x":1,"y":[2]},"b":"c"}"#).unwrap();
    let turned: Value = serde_json::from_str(r#"{"b":"c","a":{"y":[2],"x":1}}"#).unwrap();
    let first = arguments(&first);
    let base = bound(&one, "place_order", &first);
    assert_eq!(base, bound(&one, "place_order", &arguments(&turned)));
    assert_ne!(base, bound(&other, "place_order", &first));
    assert_ne!(base, bound(&one, "modify_order", &first));
    for changed in [
        json!({ "a": { "x": 10, "y": [2] }, "b": "c" }),
        json!({ "a": { "x": 1, "y": [2, 2] }, "b": "c" }),
        json!({ "a": { "x": "1", "y": [2] }, "b": "c" }),
        json!({ "a": { "x": 1, "y": [2] }, "b": "c", "d": null }),
        json!({ "a": { "x": 1 }, "y": [2], "b": "c" }),
    ] {
        assert_ne!(
            base,
            bound(&one, "place_order", &arguments(&changed)),
            "{changed}"
        );
    }
    // What ends one part does not begin the next.
    let ab = bound(&Principal::new("ab", []), "c", &Map::new());
    assert_ne!(ab, bound(&Principal::new("a", []), "bc", &Map::new()));
}

#[tokio::test(start_paused = true)]
async fn what_was_used_is_forgotten_only_after_it_is_worthless() {
    let memory = ForThisProcess::default();
    assert!(memory.spend("n", PATIENCE * 2).await.unwrap());
    tokio::time::advance(PATIENCE + Duration::from_secs(1)).await;
    assert!(!memory.spend("n", PATIENCE * 2).await.unwrap());
    assert!(PATIENCE <= Duration::from_secs(120));
}

#[tokio::test]
async fn a_question_from_before_a_restart_is_answered_after_it_and_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("server.sqlite");
    let open = || Store::open(&file).unwrap();
    let sealed = {
        let before = Seals::of_store(&open()).await.unwrap();
        before.seal(&asking(), b"bound").unwrap()
    };
    let after = Seals::of_store(&open()).await.unwrap();
    let beside = Seals::of_store(&open()).await.unwrap();
    assert!(after.open(&sealed, b"bound").await.unwrap().is_some());
    assert!(beside.open(&sealed, b"bound").await.unwrap().is_none());
    assert!(after.open(&sealed, b"bound").await.unwrap().is_none());
}
