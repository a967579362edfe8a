//! The simulator.

pub mod data;
