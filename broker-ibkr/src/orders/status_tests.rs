use broker_core::model::{BrokerText, ExecutionKind as K, OrderStatus};
use ibapi::orders::OrderStatusKind as Word;

use super::status::{Context, kind, listed};

#[test]
fn every_word_has_its_report() {
    let plain = Context {
        all_filled: true,
        ..Context::default()
    };
    let table: Vec<(&str, K)> = vec![
        ("ApiPending", K::PendingNew),
        ("PendingSubmit", K::PendingNew),
        ("PreSubmitted", K::New),
        ("Submitted", K::New),
        ("PendingCancel", K::PendingCancel),
        ("Cancelled", K::Canceled),
        ("ApiCancelled", K::Canceled),
        (
            "Filled",
            K::Status {
                status: OrderStatus::Filled,
            },
        ),
        ("Inactive", K::Suspended),
        (
            "Dreaming",
            K::Status {
                status: OrderStatus::Other("Dreaming".into()),
            },
        ),
    ];
    for (word, expected) in table {
        assert_eq!(
            kind(&word.parse::<Word>().unwrap(), plain),
            expected,
            "{word}"
        );
    }
}

#[test]
fn a_filled_order_whose_executions_are_missing_only_works() {
    assert_eq!(kind(&Word::Filled, Context::default()), K::New);
}

#[test]
fn an_order_that_waits_for_shares_is_held_and_alive() {
    let held = Context {
        why_held: "locate",
        ..Context::default()
    };
    assert_eq!(kind(&Word::PreSubmitted, held), K::Suspended);
    let child = Context {
        why_held: "child,trigger",
        ..Context::default()
    };
    assert_eq!(kind(&Word::PreSubmitted, child), K::New);
}

#[test]
fn inactive_is_a_rejection_only_after_a_refusal() {
    let words = BrokerText::new("201", "no");
    let refused = Context {
        refused: Some(&words),
        ..Context::default()
    };
    assert_eq!(kind(&Word::Inactive, refused), K::Rejected);
    let held = Context {
        why_held: "locate",
        ..refused
    };
    assert_eq!(kind(&Word::Inactive, held), K::Suspended);
}

#[test]
fn a_refusal_in_the_dress_of_a_cancel_is_a_rejection_unless_a_cancel_was_asked_for() {
    let words = BrokerText::new("201", "no");
    let refused = Context {
        refused: Some(&words),
        ..Context::default()
    };
    assert_eq!(kind(&Word::Cancelled, refused), K::Rejected);
    assert_eq!(
        kind(
            &Word::Cancelled,
            Context {
                cancel_asked: true,
                ..refused
            }
        ),
        K::Canceled
    );
}

#[test]
fn a_finished_order_of_a_list_counts_by_what_was_filled() {
    assert_eq!(
        listed(&Word::Cancelled, true, false, true, true, ""),
        OrderStatus::Filled
    );
    assert_eq!(
        listed(&Word::Cancelled, true, false, false, true, ""),
        OrderStatus::Canceled
    );
    assert_eq!(
        listed(&Word::Inactive, true, false, false, false, ""),
        OrderStatus::Rejected
    );
    assert_eq!(
        listed(&Word::Inactive, false, false, false, false, ""),
        OrderStatus::Suspended
    );
    assert_eq!(
        listed(&Word::Submitted, false, false, false, true, ""),
        OrderStatus::PartiallyFilled
    );
}
