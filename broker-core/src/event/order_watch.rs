use std::{collections::HashMap, sync::Arc};

use tokio::sync::watch;

use super::{EventBody, Ledger};
use crate::{SessionState, model::ClientOrderId};

/// Waits for changes of one order.
///
/// Unlike an [`EventReader`](super::EventReader) it begins without a snapshot and is woken by its own
/// order only, so that neither the other orders nor their number cost it anything. It tells that
/// there is something to look at, not what: nothing is lost by looking late.
#[derive(Debug)]
pub(crate) struct OrderWatch {
    ledger: Arc<Ledger>,
    id: ClientOrderId,
    /// Taken when the watch ends.
    bell: Option<watch::Receiver<()>>,
}

impl OrderWatch {
    /// Waits until the order may have changed or the session may have been closed since the watch
    /// began or this last came back.
    ///
    /// Dropping the future loses nothing.
    pub(crate) async fn changed(&mut self) {
        if let Some(bell) = &mut self.bell {
            // The bell hangs in the ledger for as long as anybody listens.
            let _rung = bell.changed().await;
        }
    }
}

impl Drop for OrderWatch {
    fn drop(&mut self) {
        let mut state = self.ledger.lock();
        // Under the lock: who leaves last sees that nobody else listens.
        drop(self.bell.take());
        state.bells.tidy(&self.id);
    }
}

impl Ledger {
    /// Waits for changes of one order from now on.
    pub(crate) fn watch_order(self: &Arc<Self>, id: &ClientOrderId) -> OrderWatch {
        let bell = self.lock().bells.listen(id);
        OrderWatch {
            ledger: Arc::clone(self),
            id: id.clone(),
            bell: Some(bell),
        }
    }

    /// Whether the session is over for good.
    pub(crate) fn is_closed(&self) -> bool {
        self.lock().session == SessionState::Closed
    }
}

/// The bells of the orders that somebody waits for.
#[derive(Debug, Default)]
pub(super) struct Bells(HashMap<ClientOrderId, watch::Sender<()>>);

impl Bells {
    fn listen(&mut self, id: &ClientOrderId) -> watch::Receiver<()> {
        match self.0.get(id) {
            Some(bell) => bell.subscribe(),
            None => {
                let (bell, listener) = watch::channel(());
                self.0.insert(id.clone(), bell);
                listener
            }
        }
    }

    /// Takes a bell down that nobody listens to any more.
    fn tidy(&mut self, id: &ClientOrderId) {
        if self
            .0
            .get(id)
            .is_some_and(|bell| bell.receiver_count() == 0)
        {
            self.0.remove(id);
        }
    }

    /// Rings for the orders that an event may have changed.
    pub(super) fn ring(&self, body: &EventBody) {
        if self.0.is_empty() {
            return;
        }
        match body {
            EventBody::Execution { order, .. } => {
                if let Some(bell) = self.0.get(order.client_order_id()) {
                    bell.send_replace(());
                }
            }
            // What ended unseen is in it.
            EventBody::Snapshot { .. }
            | EventBody::Session {
                session: SessionState::Closed,
            } => self.0.values().for_each(|bell| {
                bell.send_replace(());
            }),
            EventBody::Session { .. }
            | EventBody::Position { .. }
            | EventBody::Account { .. }
            | EventBody::ProfitAndLoss { .. }
            | EventBody::Gap { .. }
            | EventBody::Notice { .. } => {}
        }
    }

    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }
}
