//! A small broker that keeps its promises, and the ways in which it can be made to break them.
//!
//! It proves the checks: the honest broker passes all that it has services for, and for every
//! [`Bug`] the matching check fails.

mod broker;
mod bug;
mod rig;
mod server;
mod services;
mod suite_tests;

pub(super) use bug::Bug;
pub(super) use rig::Testbed;
