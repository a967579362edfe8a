//! Option pricing: Black-Scholes-Merton, Black-76, American exercise, implied volatility and a
//! parametric volatility surface.
//!
//! [`OptionInputs`] prices options on a spot, [`FutureOptionInputs`] options on a future; both
//! take exact [`Decimal`](rust_decimal::Decimal) prices and give them back, while the model in
//! between is `f64` on the `libm` crate, so that the same inputs give the same bits everywhere.
//! [`VolatilitySurface`] says which volatility a strike and an expiry get.
//!
//! ```
//! use broker_sim::pricing::{OptionInputs, Right, Style};
//! use rust_decimal::Decimal;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let call = OptionInputs {
//!     spot: Decimal::from(42),
//!     strike: Decimal::from(40),
//!     years: 0.5,
//!     rate: 0.10,
//!     dividend_yield: 0.0,
//!     volatility: 0.20,
//!     right: Right::Call,
//!     style: Style::European,
//! };
//! assert_eq!(call.price()?.round_dp(4).to_string(), "4.7594");
//! # Ok(())
//! # }
//! ```

mod american;
mod boundary;
mod error;
mod european;
mod future;
mod greeks;
mod implied;
mod normal;
mod spot;
mod surface;
mod terms;

pub use error::PricingError;
pub use future::FutureOptionInputs;
pub use greeks::Greeks;
pub use spot::OptionInputs;
pub use surface::{SurfaceParameters, VolatilitySurface};
pub use terms::{Right, Style};

#[cfg(test)]
mod greeks_tests;
#[cfg(test)]
mod implied_tests;
#[cfg(test)]
mod pricing_tests;
#[cfg(test)]
mod properties_tests;
#[cfg(test)]
mod surface_tests;
