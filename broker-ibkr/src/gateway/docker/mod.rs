//! A gateway in a container, started and stopped through the Docker Engine API.
//!
//! `gateway` is what users hold, `engine` asks the engine, `refusal` puts into words what it says.

mod engine;
mod gateway;
mod refusal;

#[cfg(test)]
#[cfg(unix)]
mod fake_engine;
#[cfg(test)]
#[cfg(unix)]
mod gateway_tests;
#[cfg(test)]
mod refusal_tests;
#[cfg(test)]
#[cfg(unix)]
mod secret_tests;

pub use gateway::{DockerGateway, DockerGatewayBuilder};
