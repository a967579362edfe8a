//! Orders: the room where money moves.
//!
//! The way of a command: `guard.rs` (live money, kill switch) → `send.rs` (has it been sent before?) →
//! [`policy`](crate::policy) → `agree.rs` above (a person) → `guard.rs` and the policy once more → `send.rs`
//! (written down, then sent, once) → the answer. `plan.rs` is an order with its exits, `find.rs` finds orders
//! by their names, `open_orders.rs` counts those that work. Every operation is a file.

mod cancel_all_orders;
mod cancel_order;
mod find;
mod guard;
mod modify_order;
mod open_orders;
mod place_order;
mod plan;
mod preview_order;
mod send;

#[cfg(test)]
mod attack_tests;
#[cfg(test)]
mod cash_tests;
#[cfg(test)]
mod consent_tests;
#[cfg(test)]
mod crash_tests;
#[cfg(test)]
mod limits_tests;
#[cfg(test)]
mod meanwhile_tests;
#[cfg(test)]
mod race_tests;
#[cfg(test)]
pub(crate) mod stage;
#[cfg(test)]
mod trading_tests;

pub use cancel_all_orders::{CancelAllOrders, CanceledOrders, NotCanceled};
pub use cancel_order::{CancelOrder, CanceledOrder};
pub use modify_order::{ModifiedOrder, ModifyOrder};
pub use place_order::{ExitOrder, PlaceOrder, PlacedOrder};
pub use preview_order::{Estimate, PreviewOrder, Previewed, Shown};

use crate::operation::Operation;

pub(crate) fn operations() -> Vec<Operation> {
    vec![
        Operation::of::<CancelAllOrders>(),
        Operation::of::<CancelOrder>(),
        Operation::of::<ModifyOrder>(),
        Operation::of::<PlaceOrder>(),
        Operation::of::<PreviewOrder>(),
    ]
}

/// Whether an operation only takes orders away. Nothing holds that up: no limit of requests, no switch.
pub(crate) fn is_cancel(operation: &str) -> bool {
    matches!(operation, "cancel_order" | "cancel_all_orders")
}
