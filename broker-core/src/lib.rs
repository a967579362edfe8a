//! core
pub mod model;
pub use rust_decimal::{Decimal, dec};
mod capability;
mod clock;
mod covered;
mod error;
mod session;
pub use capability::{Capabilities, Idempotency, OrderForm, RateBudget, Refusal, Support, Why};
pub use clock::{Clock, ManualClock, SystemClock};
pub use covered::Covered;
pub use error::{Error, ErrorKind, Result, Retry};
pub use session::SessionState;
pub mod order_state;
pub mod event;
