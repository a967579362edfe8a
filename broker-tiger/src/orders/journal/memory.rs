use core::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use broker_core::{Result, async_trait, model::AccountId};
use chrono::{DateTime, Utc};

use super::{OrderJournal, SentOrder, forgotten::kept};

/// A journal that lasts as long as the program runs; clones share it.
#[derive(Clone, Default)]
pub struct MemoryOrderJournal {
    orders: Arc<Mutex<Vec<SentOrder>>>,
}

impl fmt::Debug for MemoryOrderJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Accounts and orders are nobody's business in a log.
        f.debug_struct("MemoryOrderJournal").finish_non_exhaustive()
    }
}

#[async_trait]
impl OrderJournal for MemoryOrderJournal {
    async fn write(&self, orders: &[SentOrder]) -> Result<()> {
        let mut kept = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend_from_slice(orders);
        Ok(())
    }

    async fn read(&self, account: &AccountId) -> Result<Vec<SentOrder>> {
        let kept = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        let own = kept.iter().filter(|order| order.account == *account);
        Ok(own.cloned().collect())
    }

    async fn forget(&self, account: &AccountId, before: DateTime<Utc>) -> Result<()> {
        let mut lines = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        *lines = kept(std::mem::take(&mut lines), account, before);
        Ok(())
    }

    fn is_durable(&self) -> bool {
        false
    }
}
