//! One typed configuration: brokers, accounts, limits, layers, secrets.
//!
//! `load.rs` merges a file, the environment and overrides, `source.rs` remembers where each setting
//! stands, `from_toml.rs` and `from_yaml.rs` read the two languages of files. `model.rs`, `layers.rs` and
//! `supervisor.rs` are the settings, `span.rs` and `secret.rs` two of their forms, `validate.rs` what may
//! not be together. `connect.rs` makes brokers of it, `supervise.rs` makes them again.
//!
//! `broker.example.toml` beside this crate's manifest says what every setting means.
//!
//! ```
//! use broker_runtime::config::{Config, Kinds};
//! use broker_core::Broker;
//! use broker_sim::paper::PaperBroker;
//! use std::sync::Arc;
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("broker.toml");
//! std::fs::write(&path, r#"
//!     [brokers.paper]
//!     kind = "simulator"
//!
//!     [accounts.main]
//!     broker = "paper"
//!     account = "PAPER-1"
//!     environment = "simulated"
//!     permission = "trade"
//!     limits.max_order_notional = 25000
//! "#)?;
//! let config = Config::load(&path)?;
//! // A program knows its adapters; this crate knows none.
//! let kinds = Kinds::new().with("simulator", |_setup| async move {
//!     Ok(Arc::new(PaperBroker::builder().build()?) as Arc<dyn Broker>)
//! });
//! let connected = config.connect(&kinds).await?;
//! assert_eq!(connected.registry.seats().len(), 1);
//! # Ok(()) }
//! ```

mod connect;
mod error;
mod from_toml;
mod from_yaml;
mod layers;
mod load;
mod model;
mod secret;
mod source;
mod span;
mod supervise;
mod supervisor;
mod validate;

#[cfg(test)]
mod config_tests;
#[cfg(test)]
mod connect_tests;
#[cfg(test)]
mod example_tests;
#[cfg(test)]
mod safety_tests;
#[cfg(test)]
mod section_tests;
#[cfg(test)]
mod supervise_tests;
#[cfg(test)]
mod yaml_tests;

pub use connect::{BrokerSetup, Connected, Kinds};
pub use error::{ConfigError, Problem};
pub use layers::{
    AuditConfig, BreakerConfig, BudgetConfig, BudgetScope, CacheConfig, JournalConfig,
    LayersConfig, RateLimitConfig, RetryConfig, RiskConfig, TimeoutConfig,
};
pub use load::Loader;
pub use model::{AccountConfig, BrokerConfig, Config, SecretsConfig, Settings};
pub use secret::{KeyRef, SecretRef, Secrets};
pub use span::{Keep, Span};
pub use supervisor::{GatewayConfig, SupervisorConfig};
