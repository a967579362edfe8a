//! Starting and stopping the gateway itself.
//!
//! [`GatewayControl`] is what a session asks for, [`ProcessGateway`] does it with a program of the
//! user's choice, such as a start script.

mod control;
mod process;

#[cfg(test)]
mod process_tests;

pub use control::{GatewayControl, GatewayState, GatewayStatus};
pub use process::{GatewayCommands, ProcessGateway};
