//! What the push service does: who is connected, what he hears.
//!
//! `session` (the handshake, one connection per developer) → `subscribe` (what is wanted, and the
//! answers) → `private` (orders, executions, positions, assets) and `market` (prices). What the
//! developer wants to hear belongs to the developer, not to a connection: it survives one that breaks.

mod market;
mod private;
mod session;
mod subscribe;
mod tell;

#[cfg(test)]
mod push_tests;

pub(super) use market::{MarketDue, MarketSubscriptions};
pub(super) use session::Push;
pub(in crate::tiger) use session::{ClientId, Heartbeat};
pub(super) use tell::Bundle;
