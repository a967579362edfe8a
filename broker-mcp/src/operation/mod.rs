//! The table of everything that can be done.
//!
//! `request.rs` is what a request type says about itself, `table.rs` collects them, `schema.rs` makes
//! their schemas fit for every client.

mod request;
mod schema;
mod table;

#[cfg(test)]
mod table_tests;

pub use request::{About, Effect, Request};
#[cfg(feature = "http")]
pub(crate) use schema::of_output as schema_of;
pub use table::{Operation, Table};
