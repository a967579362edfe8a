use core::ops::Deref;
use std::sync::Arc;

/// A request that has passed the desk's checks and may be sent once.
///
/// Only core can make one, it cannot be copied, and an adapter takes it by value: so no caller gets
/// past the checks, and no layer sends a request twice. Read it through `Deref`.
///
/// ```compile_fail
/// use broker_core::{Admitted, model::NewOrder};
/// fn send_twice(order: Admitted<NewOrder>) -> (Admitted<NewOrder>, Admitted<NewOrder>) {
///     (order.clone(), order)
/// }
/// ```
#[derive(Debug)]
#[must_use = "an admitted request does nothing until an adapter sends it"]
pub struct Admitted<T>(Arc<T>);

impl<T> Admitted<T> {
    pub(crate) fn new(request: Arc<T>) -> Self {
        Self(request)
    }

    /// The request itself, for the adapter that is about to send it.
    #[must_use]
    pub fn into_request(self) -> Arc<T> {
        self.0
    }
}

impl<T> Deref for Admitted<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}
