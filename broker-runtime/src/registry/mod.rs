//! Many brokers and many accounts behind one handle.
//!
//! `table.rs` keeps who is there and may do what, `route.rs` finds the account of a call, `aggregate.rs`
//! asks several at once, `net.rs` adds positions up across brokers.

mod aggregate;
mod net;
mod route;
mod table;

#[cfg(test)]
mod registry_tests;

pub use aggregate::{Aggregate, DEFAULT_BOUND};
pub use net::{Holding, NetPosition, NetPositions};
pub use route::{Lease, Strategy, within};
pub use table::{Permission, Registry, Seat, SeatKey};
