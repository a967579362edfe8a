//! MCP tools and a REST API over any [`broker_core::Broker`].
//!
//! There is one service, [`BrokerService`], and thin faces on it. What can be done is a
//! [table of operations](operation): each has a name, a role, a typed request and a typed answer, and
//! the tools, the routes, the schemas and the reference are made from that table.
//!
//! ```text
//! tools ─┐                    ┌ reads  ─────────────────────┐
//! rest  ─┼─ BrokerService ────┤                             ├─ Registry ─ layers ─ adapter
//! cli   ─┘  (who, how often)  └ writes ─ policy ─ consent ──┘
//! ```
//!
//! | room | what lives there |
//! |---|---|
//! | [`principal`] | who calls, and what they may do |
//! | [`operation`] | the table: names, roles, hints, schemas |
//! | [`service`] | what the operations do |
//! | [`answer`] | what they answer: data, where it is from, how old it is |
//! | [`value`] | what callers may write: numbers as text, lists as text, instruments in short |
//! | [`settings`] | what the server's own part of a configuration says |
//! | [`connect`] | sessions from a configuration, and who watches over them |
//! | [`consent`] | how a person is asked before money moves |
//! | [`policy`] | what a key may send at most |
//! | [`store`] | what has to be remembered over restarts: one file |
//! | [`gateway`] | the program that a broker's session goes through |
//! | `auth` | keys and access tokens (feature `keys`) |
//! | `rest` | the REST API (feature `http`) |
//! | `http` | the server on a port (feature `http`) |
//! | `machine` | the machine and the process: memory, processor, disk, network (feature `http`) |
//! | `page` | the page of the person in charge (feature `http`) |
//! | `cli` | the command line (feature `cli`) |
//! | [`alias`] | the names, arguments and shapes that clients of other servers know |
//! | `tools` | the operations as tools of the Model Context Protocol (feature `mcp`) |

pub mod alias;
pub mod answer;
#[cfg(feature = "keys")]
pub mod auth;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "conformance")]
pub mod conformance;
pub mod connect;
pub mod consent;
mod fault;
pub mod gateway;
#[cfg(feature = "http")]
pub mod http;
#[cfg(feature = "http")]
pub mod machine;
mod measure;
pub mod operation;
#[cfg(feature = "http")]
pub mod page;
pub mod policy;
pub mod principal;
#[cfg(feature = "http")]
pub mod rest;
pub mod service;
pub mod settings;
pub mod store;
#[cfg(feature = "mcp")]
pub mod tools;
pub mod value;

#[cfg(test)]
#[cfg(feature = "http")]
mod machine_tests;

pub use fault::{Fault, FaultCode};
pub use principal::Principal;
pub use service::{BrokerService, Call};
