use core::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError};

use super::{KeyError, Ring};

/// What is done to the keys.
pub type Change<'a> = &'a mut dyn FnMut(&mut Ring) -> Result<(), KeyError>;

/// Where keys are.
///
/// The keys as they are now are asked for at every request, so that a key that was taken away is
/// refused at once: an implementation answers from memory, and looks whether that is still true.
pub trait KeyStore: Send + Sync + Debug {
    /// The keys as they are now. It is the same `Arc` for as long as nothing has changed.
    fn ring(&self) -> Arc<Ring>;

    /// Changes them, durably, and one caller after the other. Nothing is changed when `change` fails. Blocks.
    ///
    /// # Errors
    /// What `change` says; what keeps them from being stored.
    fn change(&self, change: Change<'_>) -> Result<(), KeyError>;
}

/// Keys that are forgotten with the program.
#[derive(Debug, Default)]
pub struct MemoryKeys(Mutex<Arc<Ring>>);

impl MemoryKeys {
    /// No keys.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl KeyStore for MemoryKeys {
    fn ring(&self) -> Arc<Ring> {
        Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn change(&self, change: Change<'_>) -> Result<(), KeyError> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut ring = Ring::clone(&held);
        change(&mut ring)?;
        *held = Arc::new(ring);
        Ok(())
    }
}
