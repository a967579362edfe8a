//! What makes a broker safe to leave running: layers over any [`broker_core::Broker`].
//!
//! A [`layer::Stack`] puts layers around a broker and gives back a broker, so nothing else in a program
//! changes. Each layer is one small file over one forwarding mechanism; [`layer`] says in which order
//! they stand and why.
//!
//! ```
//! use broker_core::{Broker, BrokerExt, dec};
//! use broker_runtime::layer::{Stack, Timeout, RetryReads};
//! use broker_sim::paper::PaperBroker;
//! use std::{sync::Arc, time::Duration};
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> broker_core::Result<()> {
//! let paper: Arc<dyn Broker> = Arc::new(PaperBroker::builder().build()?);
//! let broker = Stack::over(paper)
//!     .layer(Timeout::after(Duration::from_secs(10)))?
//!     .layer(RetryReads::default())?
//!     .build();
//! let order = broker.buy("AAPL", 100).limit(dec!(150.00));
//! let (_id, acknowledgement) = order.submit().await?;
//! assert!(acknowledgement.is_accepted());
//! # Ok(()) }
//! ```

pub mod audit;
#[cfg(feature = "config")]
pub mod config;
pub mod journal;
pub mod layer;
mod measure;
mod private;
mod reducing;
pub mod registry;
pub mod risk;
#[cfg(feature = "secrets")]
pub mod secrets;
pub mod supervisor;
#[cfg(test)]
mod test_support;
