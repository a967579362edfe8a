//! What must not cost money when a connection breaks at the wrong moment, over the wire.
//!
//! `lists` breaks order lists in the middle, `gaps` lets things happen while nobody listens, `held` leaves orders in
//! TWS without being transmitted.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod gaps;
mod held;
mod lists;
mod stage;
