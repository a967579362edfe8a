//! The paper broker: the [`Broker`](broker_core::Broker) trait over the simulated exchange, in
//! process.
//!
//! ```
//! use broker_core::{BrokerExt, dec, model::*};
//! use broker_sim::paper::PaperBroker;
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), broker_core::Error> {
//! let paper = PaperBroker::builder().build()?;            // recorded prices, one margin account
//! let account = paper.account().clone();
//! let (id, acknowledgement) = paper.buy("AAPL", 100).submit().await?;
//! assert!(acknowledgement.is_accepted());
//! let order = paper.order(&account, &id)?;
//! assert_eq!(order.status, OrderStatus::Filled);
//! # Ok(()) }
//! ```
//!
//! A [`PaperWorld`] is the exchange with its accounts; any number of [`PaperBroker`]s connect to it,
//! as programs connect to a real broker, and a new one after a "crash" finds what the old one left.
//! Time is the world's: by step, accelerated or real ([`TimeMode`]).

mod bars;
mod baseline;
mod broker;
mod builder;
mod capabilities;
mod clock;
#[cfg(feature = "conformance")]
mod harness;
mod lines;
mod link;
mod market_data;
mod portfolio;
mod reference;
mod reports;
mod research;
mod strikes;
mod trading;
mod truth;
mod world;

#[cfg(test)]
mod faults_tests;
#[cfg(test)]
mod paper_tests;
#[cfg(test)]
mod world_tests;

pub use broker::PaperBroker;
pub use builder::{PaperBuilder, TimeMode};
pub use capabilities::capabilities;
#[cfg(feature = "conformance")]
pub use harness::PaperHarness;
pub use world::PaperWorld;
#[cfg(any(feature = "tws", feature = "tiger"))]
pub(crate) use world::Party;
