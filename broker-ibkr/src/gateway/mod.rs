//! Starting and stopping the gateway itself.
//!
//! [`GatewayControl`] is what a session asks for. [`ProcessGateway`] does it with a program of the
//! user's choice, such as a start script; [`SystemdGateway`] with a unit; `DockerGateway` (feature `docker`)
//! with a container. `keeper` is what they have in common, `probe` looks at the port, `group` ends what a
//! script has started.
//!
//! ```
//! # #[cfg(unix)]
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> broker_core::Result<()> {
//! use broker_ibkr::gateway::{GatewayCommands, GatewayControl as _, GatewayState, ProcessGateway};
//!
//! // A stand-in for a start script; it runs as long as the gateway does.
//! let start = ["sh", "-c", "exec sleep 60"].map(str::to_owned).to_vec();
//! let gateway = ProcessGateway::new(GatewayCommands {
//!     start,
//!     stop: None,
//!     address: "127.0.0.1:1".to_owned(), // where nothing listens
//!     secrets: vec!["the password".into()],
//! });
//! gateway.login().await?;
//! let status = gateway.status().await?;
//! assert_eq!(status.state(), GatewayState::Starting);
//! assert!(status.running.holds && !status.port_open.holds);
//! println!("{}, seen at {}", status.port_open.reason, status.port_open.as_of);
//!
//! gateway.logout().await?;
//! assert_eq!(gateway.status().await?.state(), GatewayState::Disconnected);
//! // Only a login starts it again.
//! assert!(gateway.reconnect().await.is_err());
//! # Ok(()) }
//! # #[cfg(not(unix))] fn main() {}
//! ```
#![cfg_attr(
    feature = "docker",
    doc = r#"
A gateway in a container:

```
# #[tokio::main(flavor = "current_thread")] async fn main() -> broker_core::Result<()> {
use broker_core::ErrorKind;
use std::sync::Arc;
use broker_ibkr::{IbkrBroker, gateway::{DockerGateway, GatewayControl as _}};

let gateway = DockerGateway::builder("ib-gateway")
    .socket("/nonexistent/docker.sock") // or `tcp://127.0.0.1:2375` of a filtering proxy
    .address("127.0.0.1:4002")
    .build()?;
let error = gateway.login().await.unwrap_err();
assert_eq!(error.kind(), ErrorKind::Disconnected);
assert!(error.message().contains("there is no socket /nonexistent/docker.sock"));

// Sessions that may restart it when it is gone.
let builder = IbkrBroker::builder().address("127.0.0.1:4002").gateway(Arc::new(gateway));
# drop(builder);
# Ok(()) }
```
"#
)]

#[cfg(feature = "docker")]
mod docker;
mod group;
mod keeper;
mod output;
mod probe;
mod process;
mod systemd;

#[cfg(test)]
mod keeper_tests;
#[cfg(test)]
mod output_tests;
#[cfg(test)]
mod probe_tests;
#[cfg(test)]
mod process_tests;
#[cfg(test)]
mod systemd_tests;

pub use broker_core::gateway::{Fact, GatewayControl, GatewayState, GatewayStatus, Readiness};
#[cfg(feature = "docker")]
pub use docker::{DockerGateway, DockerGatewayBuilder};
pub use process::{GatewayCommands, ProcessGateway};
pub use secrecy::SecretString;
pub use systemd::SystemdGateway;
