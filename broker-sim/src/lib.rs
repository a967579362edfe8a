//! The simulator.

/// The simulated exchange.
pub mod exchange {
    pub mod calendar;
}
pub mod pricing;
