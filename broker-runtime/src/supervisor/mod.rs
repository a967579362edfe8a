//! Watches over sessions that stay open: health, restarts, readiness and a shutdown in good order.
//!
//! `handle.rs` is the [`Supervisor`] that a program holds, `connection.rs` what it is given; `vigil.rs`
//! is the task of one session with `check.rs`, `slot.rs` and `lag.rs`, `gateway.rs` that of one gateway;
//! `ready.rs`, `report.rs` and `shutdown.rs` are what it can be asked for, `timing.rs` has every number.
//!
//! # Who does what
//!
//! An adapter keeps its own connection: it notices a lost link, connects again and announces every step
//! as a [`SessionState`](broker_core::SessionState). A supervisor does not do that work twice. It does
//! what an adapter cannot do for itself:
//!
//! | what it sees | what it does |
//! |---|---|
//! | `Ready` or `Degraded`, and a question is answered | counts are forgotten |
//! | `Ready` or `Degraded`, and a question is not answered | a failed check |
//! | `Connecting` | the adapter is at work: nothing, until [`Timing::patience`] is over; then a failed check |
//! | `Closed`, though nobody closed it through the supervisor | a failed check |
//! | `Maintenance`, a request over budget | nothing: no proof of either |
//! | `Displaced`, `AuthRequired`, refused credentials | nothing: a restart would fight a person, or lock a login |
//!
//! Checks are 30 s apart for each session and 2 s between sessions. After two failed checks in a row a
//! session is **restarted**, if somebody said how a new one is made ([`Session::rebuilt_by`]): the old
//! broker is closed, the new one is made and takes its place in the registry, for all accounts of that
//! broker and no others. Event streams of these accounts end with `Closed` and are subscribed to anew;
//! those of other brokers see nothing. A new session has to have the same name, environment and
//! accounts. A session without a journal is not restarted while it is unknown what became of one of its
//! orders: the new one would not know the identifier, and the order could be sent twice. A restart that
//! did not help is followed by a pause of 5, 10, 20, 40 and then always 60 s, each shortened by up to a
//! fifth at random; only an answer of the broker makes the pauses short again. All of these times are
//! those of [`Timing::default`]; a configuration has them in `[supervisor]`.
//!
//! When every session of a [`Gateway`] has been down for 60 s, the gateway is restarted, once at a
//! time and at most every five minutes. A session in maintenance or in wait of a person is not down.
//!
//! ```
//! use broker_core::{Broker, BrokerExt};
//! use broker_runtime::{layer::Stack, registry::{Permission, Registry}};
//! use broker_runtime::supervisor::{Connection, Health, READY_WITHIN, SHUTDOWN_WITHIN, Session, Supervisor, Timing};
//! use broker_sim::paper::PaperBroker;
//! use std::sync::Arc;
//!
//! async fn connect() -> broker_core::Result<Connection> {
//!     let paper: Arc<dyn Broker> = Arc::new(PaperBroker::builder().build()?);
//!     Ok(Stack::standard().over(paper).await?.into())
//! }
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> broker_core::Result<()> {
//! let connection = connect().await?;
//! let (name, broker) = (connection.broker.id().clone(), connection.broker.clone());
//! let registry = Registry::new();
//! for account in broker.accounts().await? {
//!     registry.add(Arc::clone(&broker), &account.id, Permission::Trade)?;
//! }
//! let supervisor = Supervisor::over(registry, Timing::default());
//! supervisor.watch(Session::of(connection).rebuilt_by(connect))?;
//!
//! supervisor.ensure_ready(&name, READY_WITHIN).await?;
//! assert_eq!(supervisor.health().health, Health::Healthy);
//!
//! let ended = supervisor.shutdown(SHUTDOWN_WITHIN).await;
//! assert!(ended.is_clean());
//! assert!(broker.buy("AAPL", 1).limit(broker_core::dec!(100)).submit().await.is_err());
//! # Ok(()) }
//! ```

mod check;
mod connection;
mod gateway;
mod handle;
mod lag;
mod ready;
mod report;
mod shutdown;
mod slot;
mod timing;
mod vigil;

#[cfg(test)]
mod gateway_tests;
#[cfg(test)]
mod ready_tests;
#[cfg(test)]
mod report_tests;
#[cfg(test)]
mod restart_tests;
#[cfg(test)]
mod shutdown_tests;
#[cfg(test)]
mod stage;
#[cfg(test)]
mod timing_tests;
#[cfg(test)]
mod vigil_tests;

pub use connection::{Connection, Session};
pub use gateway::Gateway;
pub use handle::Supervisor;
pub use ready::Ready;
pub use report::{GatewayHealth, Health, HealthReport, SessionHealth};
pub use shutdown::Shutdown;
pub use timing::{READY_WITHIN, SHUTDOWN_WITHIN, Timing};
