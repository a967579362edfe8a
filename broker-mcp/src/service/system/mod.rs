//! How the server and its connections are.
//!
//! Each operation is a file; `state.rs` is the words for a connection, `tokens.rs` what is known of the tokens
//! of logins. For whoever watches the server: `checks.rs` is how each part is, `business.rs` what accounts hold
//! and have traded.

mod business;
mod checks;
mod get_account_status;
mod get_status;
mod list_accounts;
mod state;
mod tokens;

#[cfg(test)]
mod system_tests;

pub use business::Business;
pub use checks::Checks;
pub use get_account_status::{Abilities, AccountStatus, GetAccountStatus, HealthWord, Routing};
pub use get_status::{BrokerRow, GetStatus, ServerRow, Status};
pub use list_accounts::{AccountRow, Accounts, KindWord, ListAccounts, UseWord};
pub use state::{CircuitView, ConnectionWord};
pub use tokens::{TokenView, Tokens};

use crate::operation::Operation;

pub(crate) fn operations() -> Vec<Operation> {
    vec![
        Operation::of::<GetStatus>(),
        Operation::of::<ListAccounts>(),
        Operation::of::<GetAccountStatus>(),
    ]
}
