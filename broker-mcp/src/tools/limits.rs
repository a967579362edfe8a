use core::fmt;

use broker_core::async_trait;
use serde_json::Value;

use crate::{Call, Fault};

/// Tells a caller the limits that hold for it, for the resource `broker://limits`.
#[async_trait]
pub trait Limits: Send + Sync + fmt::Debug {
    /// The limits of this caller as an object, with what is left of them where that is counted.
    ///
    /// # Errors
    /// When they cannot be read.
    async fn of(&self, call: &Call) -> Result<Value, Fault>;
}
