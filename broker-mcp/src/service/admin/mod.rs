//! Accounts, connections, gateways.
//!
//! Every operation is a file; `operator.rs` is what the program around the service has to be able to do,
//! `person.rs` has a person agree, `withdrawn.rs` keeps accounts out that were taken out. Nothing here can
//! release the kill switch, allow real money, or change a limit.

mod add_account;
mod connect;
mod disconnect;
mod gateway_control;
mod get_next_order_id;
mod kill_switch;
mod operator;
mod person;
mod refresh_token;
mod remove_account;
mod restart_workers;
mod set_default_account;
mod withdrawn;

#[cfg(test)]
pub(crate) mod admin_tests;
#[cfg(test)]
mod stop_tests;

pub use add_account::{AddAccount, AddedAccount};
pub use connect::{Connect, SessionNow};
pub use disconnect::Disconnect;
pub use gateway_control::{GatewayAction, GatewayControl, GatewayNow};
pub use get_next_order_id::{GetNextOrderId, NextOrderId};
pub use kill_switch::{KillAction, KillSwitch, KillSwitchNow};
pub use operator::{Endpoint, InForce, NewAccount, NoOperator, Operator, RenewedToken};
pub use refresh_token::{RefreshToken, TokenResult, TokenResults};
pub use remove_account::{RemoveAccount, RemovedAccount};
pub use restart_workers::{RestartWorkers, Restarted};
pub use set_default_account::{DefaultAccount, SetDefaultAccount};

use crate::operation::Operation;

pub(crate) fn operations() -> Vec<Operation> {
    vec![
        Operation::of::<AddAccount>(),
        Operation::of::<Connect>(),
        Operation::of::<Disconnect>(),
        Operation::of::<GatewayControl>(),
        Operation::of::<GetNextOrderId>(),
        Operation::of::<KillSwitch>(),
        Operation::of::<RefreshToken>(),
        Operation::of::<RemoveAccount>(),
        Operation::of::<RestartWorkers>(),
        Operation::of::<SetDefaultAccount>(),
    ]
}
