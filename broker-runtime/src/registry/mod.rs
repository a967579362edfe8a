//! Many brokers and many accounts behind one handle.
//!
//! `table.rs` keeps who is there and may do what, `route.rs` finds the account of a call, `aggregate.rs`
//! asks several at once, `net.rs` adds positions up across brokers, `exposure.rs` values them in one
//! currency with `rates.rs`.

mod aggregate;
mod exposure;
mod net;
mod rates;
mod route;
mod table;

#[cfg(test)]
mod exposure_tests;
#[cfg(test)]
mod registry_tests;

pub use aggregate::{Aggregate, DEFAULT_BOUND};
pub use exposure::{Exposure, ExposureTerms, InstrumentExposure, TotalExposure, ValuedHolding};
pub use net::{Holding, NetPosition, NetPositions};
pub use rates::{Rate, RateLeg};
pub use route::{Lease, Strategy, within};
pub use table::{Permission, Registry, Seat, SeatKey, SeatParts};
