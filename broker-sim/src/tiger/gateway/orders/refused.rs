//! How the vendor refuses orders.

use broker_core::{ErrorKind, model::AccountId};

use crate::{
    exchange::Refusal,
    tiger::{
        developer::AccountType,
        gateway::{Complaint, turn::Turn},
    },
};

/// A refusal of an order of an account.
pub(in crate::tiger::gateway) fn bad_request(
    account: &AccountId,
    why: impl core::fmt::Display,
) -> Complaint {
    let kind = AccountType::of(account);
    let word = kind.word().to_lowercase();
    let text = format!("{word}_account_response_error(bad_request:{why})");
    Complaint::new(kind.trade_error(), text)
}

/// A number that an earlier order has.
pub(super) fn duplicate(account: &AccountId) -> Complaint {
    match AccountType::of(account) {
        AccountType::Global => Complaint::new(1100, "TRADE DUPLICATE ORDER ID"),
        AccountType::Standard | AccountType::Paper => {
            bad_request(account, "TRADE DUPLICATE ORDER ID")
        }
    }
}

/// An order that is not there.
pub(super) fn unknown_order(account: &AccountId) -> Complaint {
    bad_request(account, "Order does not exist")
}

impl Turn<'_> {
    /// Whether a refusal of the exchange is told after an answer that says success.
    pub(super) fn is_late(&self, refusal: &Refusal) -> bool {
        // What only the exchange can know: whether shares can be borrowed.
        self.state.habits.late_refusals || refusal.kind == ErrorKind::Rejected
    }
}

/// What the exchange refuses, in the vendor's words.
pub(super) fn words(refusal: &Refusal) -> String {
    match refusal.kind {
        ErrorKind::MarketClosed => {
            format!("Orders cannot be placed at this moment; {}", refusal.text)
        }
        ErrorKind::InsufficientFunds => {
            format!("Your available funds are insufficient; {}", refusal.text)
        }
        _ => refusal.text.clone(),
    }
}
