//! What is expected against what is seen.

use broker_core::{
    Error, ErrorKind, Result, dec,
    model::{Order, OrderStatus},
};

use super::{
    Truth,
    outcome::{Verdict, fail},
};

/// What the ledger says otherwise than the truth about an order.
pub(super) fn difference(truth: &Truth, ledger: Option<&Order>) -> Option<String> {
    let Some(order) = ledger else {
        return Some("the ledger does not know it".into());
    };
    let id = order.client_order_id();
    let real = truth.order(id);
    let (filled, open) = real.map_or((dec!(0), false), |real| (real.filled, real.open));
    if order.cumulative_quantity != filled {
        let counts = order.cumulative_quantity;
        return Some(format!(
            "the ledger counts {counts} filled, really {filled}"
        ));
    }
    let status = &order.status;
    if status.is_open() != open || *status == OrderStatus::Unconfirmed {
        let really = if open { "open" } else { "not open" };
        return Some(format!("the ledger says {status}, really it is {really}"));
    }
    let full = order
        .terms
        .quantity()
        .is_some_and(|all| filled >= all.get());
    if full != (*status == OrderStatus::Filled) && order.terms.quantity().is_some() {
        return Some(format!("the ledger says {status} with {filled} filled"));
    }
    None
}

/// Makes sure that a call failed, and how.
pub(super) fn expect_kind<T: core::fmt::Debug>(
    what: &str,
    answer: Result<T, Error>,
    kinds: &[ErrorKind],
) -> Verdict {
    match answer {
        Err(error) if kinds.contains(&error.kind()) => Ok(()),
        Err(error) => fail!(
            "{what} failed as {}, expected {kinds:?}: {error}",
            error.kind()
        ),
        Ok(answer) => fail!("{what} succeeded with {answer:?}, expected {kinds:?}"),
    }
}
