//! Balances, positions, orders, executions.
//!
//! Each operation is a file; `finding.rs` finds an order by any of its names, `running.rs` adds up
//! the executions of an order, `wanted.rs` is which rows of a list are wanted.

mod finding;
mod get_account_summary;
mod get_executions;
mod get_order;
mod get_orders;
mod get_pnl;
mod get_positions;
mod running;
mod stream_account_updates;
mod wanted;

#[cfg(test)]
mod accounts_tests;
#[cfg(test)]
mod orders_tests;
#[cfg(test)]
mod positions_tests;
#[cfg(test)]
mod running_tests;
#[cfg(test)]
mod updates_tests;

pub use get_account_summary::{
    AccountFigures, CurrencyRow, GetAccountSummary, Margin, SummaryField,
};
pub use get_executions::{Executions, FillRow, GetExecutions};
pub use get_order::GetOrder;
pub use get_orders::{GetOrders, Orders};
pub use get_pnl::{GetPnl, Pnl};
pub use get_positions::{GetPositions, PositionRow, PositionTotals, Positions};
pub use stream_account_updates::{AccountUpdates, LatestAccount, StreamAccountUpdates};

pub(crate) use finding::is_called;

use crate::operation::Operation;

pub(crate) fn operations() -> Vec<Operation> {
    vec![
        Operation::of::<GetAccountSummary>(),
        Operation::of::<GetPositions>(),
        Operation::of::<GetPnl>(),
        Operation::of::<GetOrders>(),
        Operation::of::<GetOrder>(),
        Operation::of::<GetExecutions>(),
        Operation::of::<StreamAccountUpdates>(),
    ]
}
