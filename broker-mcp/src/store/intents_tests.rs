use broker_core::{Decimal, dec};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::{Begun, IntentState, NewIntent, OpenOrders, Quota, Store};

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

fn intent(id: &str, digest: &str, notional: Decimal) -> NewIntent {
    NewIntent {
        principal: "bot".to_owned(),
        client_order_id: id.to_owned(),
        operation: "place_order".to_owned(),
        account: "paper/PAPER-1".to_owned(),
        digest: digest.to_owned(),
        notional: Some(notional),
    }
}

#[tokio::test]
async fn a_name_is_taken_once_by_each_caller() {
    let store = Store::in_memory().unwrap();
    let quota = Quota::default();
    let first = store
        .begin(intent("a", "x", dec!(1)), &[], &quota, now())
        .await;
    assert_eq!(first.unwrap(), Begun::New);
    let again = store
        .begin(intent("a", "y", dec!(1)), &[], &quota, now())
        .await;
    let Begun::Known(known) = again.unwrap() else {
        panic!("it was taken");
    };
    assert_eq!(
        (known.new.digest.as_str(), known.state),
        ("x", IntentState::Open)
    );
    assert!(known.ours);
    let mut other = intent("a", "y", dec!(1));
    other.principal = "other".to_owned();
    assert_eq!(
        store.begin(other, &[], &quota, now()).await.unwrap(),
        Begun::New
    );
}

#[tokio::test]
async fn what_became_of_it_stays_known() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("server.sqlite");
    let store = Store::open(&path).unwrap();
    let quota = Quota::default();
    store
        .begin(intent("a", "x", dec!(1)), &[], &quota, now())
        .await
        .unwrap();
    let outcome = json!({ "order_id": "7" });
    store
        .end("bot", "a", IntentState::Done, outcome.clone())
        .await
        .unwrap();
    drop(store);
    // Another process.
    let store = Store::open(&path).unwrap();
    let known = store.intent("bot", "a").await.unwrap().unwrap();
    assert_eq!(
        (known.state, known.outcome),
        (IntentState::Done, Some(outcome))
    );
    assert!(!known.ours);
    let twice = store.end("bot", "a", IntentState::Done, json!(null)).await;
    assert!(twice.is_err(), "the first outcome stays");
}

#[tokio::test]
async fn what_proved_to_be_nothing_may_be_tried_again_as_it_was() {
    let store = Store::in_memory().unwrap();
    let quota = Quota::default();
    store
        .begin(intent("a", "x", dec!(1)), &[], &quota, now())
        .await
        .unwrap();
    store
        .end("bot", "a", IntentState::Void, json!(null))
        .await
        .unwrap();
    let other = store
        .begin(intent("a", "y", dec!(1)), &[], &quota, now())
        .await;
    assert!(
        matches!(other.unwrap(), Begun::Known(_)),
        "other arguments are another command"
    );
    let again = store
        .begin(intent("a", "x", dec!(1)), &[], &quota, now())
        .await;
    assert_eq!(again.unwrap(), Begun::New);
}

#[tokio::test]
async fn two_that_fit_alone_do_not_both_pass() {
    let store = Store::in_memory().unwrap();
    let quota = Quota {
        per_minute: None,
        per_day: Some(dec!(100)),
        open: None,
    };
    let (one, two) = tokio::join!(
        store.begin(intent("a", "x", dec!(60)), &[], &quota, now()),
        store.begin(intent("b", "x", dec!(60)), &[], &quota, now())
    );
    let passed = [one.unwrap(), two.unwrap()]
        .into_iter()
        .filter(|begun| *begun == Begun::New);
    assert_eq!(passed.count(), 1);
    let tomorrow = now() + TimeDelta::days(1);
    let next = store
        .begin(intent("c", "x", dec!(60)), &[], &quota, tomorrow)
        .await;
    assert_eq!(next.unwrap(), Begun::New);
}

#[tokio::test]
async fn what_was_refused_costs_nothing() {
    let store = Store::in_memory().unwrap();
    let quota = Quota {
        per_minute: None,
        per_day: Some(dec!(100)),
        open: None,
    };
    store
        .begin(intent("a", "x", dec!(60)), &[], &quota, now())
        .await
        .unwrap();
    store
        .end("bot", "a", IntentState::Refused, json!(null))
        .await
        .unwrap();
    let next = store
        .begin(intent("b", "x", dec!(100)), &[], &quota, now())
        .await;
    assert_eq!(next.unwrap(), Begun::New);
    let over = store
        .begin(intent("c", "x", dec!(0.01)), &[], &quota, now())
        .await;
    assert_eq!(over.unwrap(), Begun::TooMuch { spent: dec!(100) });
}

#[tokio::test]
async fn a_caller_sends_so_many_in_a_minute() {
    let store = Store::in_memory().unwrap();
    let quota = Quota {
        per_minute: Some(2),
        per_day: None,
        open: None,
    };
    let at = |seconds| now() + TimeDelta::seconds(seconds);
    for (id, seconds) in [("a", 0), ("b", 20)] {
        let begun = store
            .begin(intent(id, "x", dec!(1)), &[], &quota, at(seconds))
            .await;
        assert_eq!(begun.unwrap(), Begun::New, "{id}");
    }
    let third = store
        .begin(intent("c", "x", dec!(1)), &[], &quota, at(30))
        .await;
    assert_eq!(
        third.unwrap(),
        Begun::TooMany {
            wait: TimeDelta::seconds(30)
        }
    );
    let third = store
        .begin(intent("c", "x", dec!(1)), &[], &quota, at(60))
        .await;
    assert_eq!(third.unwrap(), Begun::New);
    let none = Quota {
        per_minute: Some(0),
        per_day: None,
        open: None,
    };
    let never = store
        .begin(intent("d", "x", dec!(1)), &[], &none, at(600))
        .await;
    assert!(matches!(never.unwrap(), Begun::TooMany { .. }));
}

#[tokio::test]
async fn nothing_is_begun_on_a_full_disk() {
    let store = Store::in_memory().unwrap();
    store.fill_disk(true).await;
    let begun = store
        .begin(intent("a", "x", dec!(1)), &[], &Quota::default(), now())
        .await;
    assert!(begun.is_err());
    store.fill_disk(false).await;
    assert!(store.intent("bot", "a").await.unwrap().is_none());
}

#[tokio::test]
async fn what_is_on_its_way_counts_as_working_until_the_broker_would_tell_of_it() {
    let store = Store::in_memory().unwrap();
    let asked = |seconds, working: &[&str], heard_of: &[&str]| Quota {
        open: Some(OpenOrders {
            most: 1,
            working: working
                .iter()
                .map(|name| vec![(*name).to_owned()])
                .collect(),
            heard_of: heard_of.iter().map(|name| (*name).to_owned()).collect(),
            asked_at: now() + TimeDelta::seconds(seconds),
        }),
        ..Quota::default()
    };
    let begin = |id: &'static str, quota: Quota, seconds| {
        let store = &store;
        let at = now() + TimeDelta::seconds(seconds);
        async move {
            store
                .begin(intent(id, "x", dec!(1)), &[], &quota, at)
                .await
                .unwrap()
        }
    };
    let too_many = Begun::TooManyOpen { open: 1 };
    assert_eq!(begin("a", asked(0, &[], &[]), 0).await, Begun::New);
    // It has been asked before `a` was written down.
    assert_eq!(begin("b", asked(0, &[], &[]), 1).await, too_many);
    // It tells of `a`, and that it works.
    assert_eq!(begin("b", asked(30, &["a"], &["a"]), 30).await, too_many);
    // It tells that `a` has ended.
    assert_eq!(begin("b", asked(40, &[], &["a"]), 40).await, Begun::New);
    // An order of somebody else.
    let others = asked(300, &["theirs"], &["theirs"]);
    assert_eq!(begin("c", others, 300).await, Begun::New);
    // Nobody knows what became of `c`, and the broker does not tell of it for minutes.
    assert_eq!(begin("d", asked(310, &[], &[]), 310).await, too_many);
    assert_eq!(begin("d", asked(900, &[], &[]), 900).await, Begun::New);
    // In another account it is another count.
    let mut elsewhere = intent("e", "x", dec!(1));
    elsewhere.account = "paper/PAPER-2".to_owned();
    let quota = asked(901, &[], &[]);
    let at = now() + TimeDelta::seconds(901);
    assert_eq!(
        store.begin(elsewhere, &[], &quota, at).await.unwrap(),
        Begun::New
    );
}

#[tokio::test]
async fn the_names_of_orders_are_bound_to_the_command_that_was_first_in_the_account() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("server.sqlite");
    let store = Store::open(&path).unwrap();
    let quota = Quota::default();
    let names = |names: &[&str]| -> Vec<String> { names.iter().map(|&n| n.to_owned()).collect() };
    let (with_exits, alone) = (names(&["a", "a.tp"]), names(&["a"]));
    let by = |principal: &str, id: &str, account: &str| NewIntent {
        principal: principal.to_owned(),
        account: account.to_owned(),
        ..intent(id, "x", dec!(1))
    };
    let (here, there) = ("paper/PAPER-1", "paper/PAPER-2");
    let first = by("bot", "a", here);
    let begun = store.begin(first.clone(), &with_exits, &quota, now()).await;
    assert_eq!(begun.unwrap(), Begun::New);
    // Proven to be nothing, which its owner may try again: the name stays with it.
    store
        .end("bot", "a", IntentState::Void, json!(null))
        .await
        .unwrap();
    drop(store);
    let store = Store::open(&path).unwrap();
    let taken = |name: &str| Begun::Taken {
        name: name.to_owned(),
    };
    let other = by("other", "a", here);
    let begun = store.begin(other, &alone, &quota, now()).await.unwrap();
    assert_eq!(begun, taken("a"));
    assert_eq!(store.intent("other", "a").await.unwrap(), None);
    let exit = by("bot", "a.tp", here);
    let begun = store.begin(exit, &names(&["a.tp"]), &quota, now()).await;
    assert_eq!(begun.unwrap(), taken("a.tp"), "an exit of another order");
    let elsewhere = by("other", "a", there);
    let begun = store.begin(elsewhere, &alone, &quota, now()).await;
    assert_eq!(begun.unwrap(), Begun::New, "another account");
    let begun = store.begin(first, &with_exits, &quota, now()).await;
    assert_eq!(begun.unwrap(), Begun::New, "its own");
}
