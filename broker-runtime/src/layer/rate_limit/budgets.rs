use core::time::Duration;
use std::sync::{Arc, Mutex, PoisonError};

use broker_core::Result;

use super::{Budget, Scope};

/// The budgets of one login, for all sessions that it has, together or one after the other.
///
/// A broker goes on counting when a session ends, so the next one finds the budgets as the one before has
/// left them. Cheap to clone; all clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Budgets(Arc<Mutex<Vec<Known>>>);

/// A budget that somebody has asked for, with what pays from it.
type Known = (Scope, Arc<Budget>);

impl Budgets {
    /// Nobody has asked for one yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// At most `permits` calls of a scope in any span of one `period`: the same budget for everybody who
    /// asks for the same.
    ///
    /// # Errors
    /// [`InvalidRequest`](broker_core::ErrorKind::InvalidRequest) when permits or period are zero.
    pub fn budget(&self, scope: Scope, permits: u32, period: Duration) -> Result<Arc<Budget>> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |(of, budget): &&Known| {
            *of == scope && budget.permits() == permits && budget.period() == period
        };
        if let Some((_, budget)) = known.iter().find(same) {
            return Ok(Arc::clone(budget));
        }
        let budget = Budget::new(permits, period)?;
        known.push((scope, Arc::clone(&budget)));
        Ok(budget)
    }
}
