//! The simulated Tiger of the adapter's own tests.

#[path = "../../../broker-tiger/tests/conformance/rig.rs"]
mod rig;
#[path = "../../../broker-tiger/tests/support/mod.rs"]
mod support;

pub(crate) const HARNESS: rig::TigerHarness = rig::TigerHarness { bans: false };
