//! Shared pieces of the benchmarks: a broker that does nothing, orders to send, and a stopwatch
//! that prints medians and ratios.

mod measure;
mod null_broker;
mod orders;

pub use measure::{Measured, median, resident_memory, section};
pub use null_broker::NullBroker;
pub use orders::{account, client_order_id, limit_order, share};
