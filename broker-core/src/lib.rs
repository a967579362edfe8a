//! core
pub mod model;
pub use rust_decimal::{Decimal, dec};
