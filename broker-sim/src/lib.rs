//! The simulator.

pub mod exchange;
