//! The connection to TWS or IB Gateway: opened with a deadline, watched, and opened anew when lost.
//!
//! `connect` opens one connection and says in words why it could not; `supervisor` keeps one open;
//! `condition` turns what TWS says about itself into a session state; `resync` reads the account
//! anew after every gap; `revival` asks for a new gateway. `link` is what the services see of it,
//! `lease` what they hold of its streams, and `lossless` how they read what must be whole. `tws_clock` knows which
//! day TWS lists.

pub(crate) mod accounts;
pub(crate) mod condition;
pub(crate) mod connect;
mod lease;
pub(crate) mod link;
mod lossless;
mod resync;
mod revival;
mod shift;
mod supervisor;
mod tws_clock;

#[cfg(test)]
mod accounts_tests;
#[cfg(test)]
mod condition_tests;
#[cfg(test)]
mod connect_tests;
#[cfg(test)]
mod lossless_tests;
#[cfg(test)]
mod revival_tests;
#[cfg(test)]
mod shift_tests;
#[cfg(test)]
mod tws_clock_tests;

pub(crate) use lease::Lease;
pub(crate) use link::Link;
pub(crate) use lossless::lossless;
pub(crate) use revival::Revival;
pub(crate) use supervisor::{Floor, Signal, Supervisor};
pub(crate) use tws_clock::Today;
