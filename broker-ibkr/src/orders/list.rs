//! Orders that depend on each other: brackets, and orders that cancel each other.

use std::sync::Arc;

use broker_core::{
    Acknowledgement, Error, Result, UnconfirmedCause,
    model::{Contingency, OrderList},
};
use ibapi::orders::OcaType;
use tokio::time::Instant;

use super::{
    blotter::Blotter,
    entry::Outcome,
    submit::{Draft, Expected, answer},
};
use crate::pacing::Urgency;

impl Blotter {
    pub(super) async fn submit_orders(&self, list: &OrderList) -> Result<Vec<Acknowledgement>> {
        match list.contingency() {
            Contingency::Bracket { .. } | Contingency::OneCancelsOther { .. } => {}
            other => {
                // Children of one order cancel each other and are released in parts at TWS.
                let message = format!("TWS has no {} lists", other.kind());
                return Err(Error::unsupported(message).at_field("contingency.type"));
            }
        }
        let until = Instant::now() + self.link.deadlines().command;
        let mut drafts = Vec::new();
        for (order, _) in list.orders() {
            drafts.push(self.draft(Arc::new(order.clone())).await?);
        }
        for _ in &drafts {
            self.link.permit(Urgency::Request, until).await?;
        }
        let sent = self.send_all(list, &mut drafts, until).await;
        let (expected, failed) = match sent {
            (expected, Some(error)) if expected.is_empty() => return Err(error),
            (expected, failed) => (expected, failed),
        };
        let whole = failed.is_none();
        if !whole {
            // The first ones wait at TWS for the last one, which will not come.
            self.take_back(&expected).await;
        }
        let keys: Vec<_> = expected.iter().map(|expected| expected.key).collect();
        let mut outcomes = Vec::new();
        for expected in expected {
            outcomes.push(self.hear_about(expected, until).await);
        }
        let refused = outcomes
            .iter()
            .any(|outcome| matches!(outcome, Outcome::Refused { .. }));
        if refused {
            // A list is all or nothing: the rest goes, too.
            self.cancel_keys(&keys).await;
        }
        if refused
            && outcomes
                .iter()
                .all(|outcome| matches!(outcome, Outcome::Refused { .. }))
            && whole
        {
            return outcomes.into_iter().map(answer).collect();
        }
        let mut answers: Vec<Acknowledgement> = outcomes
            .into_iter()
            // What was refused has been reported as refused.
            .map(|outcome| {
                answer(outcome).unwrap_or(Acknowledgement::Accepted {
                    broker_order_id: None,
                })
            })
            .collect();
        let unsent = drafts.len() - answers.len();
        answers.extend(
            (0..unsent).map(|_| Acknowledgement::unconfirmed(UnconfirmedCause::Disconnected)),
        );
        Ok(answers)
    }

    /// Writes the orders one behind the other; those that were written, and why the rest was not.
    async fn send_all(
        &self,
        list: &OrderList,
        drafts: &mut [Draft],
        until: Instant,
    ) -> (Vec<Expected>, Option<Error>) {
        let _in_order = self.sending.lock().await;
        let mut expected: Vec<Expected> = Vec::new();
        let last = drafts.len().saturating_sub(1);
        let mut parent = 0;
        for (index, draft) in drafts.iter_mut().enumerate() {
            match list.contingency() {
                Contingency::Bracket { .. } => {
                    // TWS holds all of them until the one that says "transmit" (protocol notes,
                    // section 3.7, 14).
                    draft.order.transmit = index == last;
                    draft.order.parent_id = parent;
                }
                _ => {
                    draft.order.oca_group = list.id().to_string();
                    draft.order.oca_type = OcaType::ReduceWithBlock;
                }
            }
            match self.send(draft, until).await {
                Ok(sent) => {
                    if index == 0 {
                        let register = self.register();
                        let wire = register.get(sent.key).and_then(|entry| entry.wire);
                        parent = wire.map_or(0, |(_, order_id)| order_id);
                    }
                    expected.push(sent);
                }
                Err(error) => return (expected, Some(error)),
            }
        }
        (expected, None)
    }

    async fn take_back(&self, expected: &[Expected]) {
        let keys: Vec<_> = expected.iter().map(|expected| expected.key).collect();
        self.cancel_keys(&keys).await;
    }

    /// Cancels orders of a list that came to nothing; what cannot be sent now is found when the
    /// account is read anew.
    async fn cancel_keys(&self, keys: &[super::register::Key]) {
        for key in keys {
            let order_id = {
                let mut register = self.register();
                let entry = register.get_mut(*key).filter(|entry| !entry.ended);
                entry.and_then(|entry| {
                    entry.cancel_asked = true;
                    entry.wire.map(|(_, order_id)| order_id)
                })
            };
            let Some(order_id) = order_id else { continue };
            let until = Instant::now() + self.link.deadlines().command;
            if let Err(error) = self.write_cancel(order_id, until).await {
                tracing::warn!(%error, order_id, "an order of a broken list could not be canceled");
            }
        }
    }

    /// Sends a request to cancel, without waiting for a word.
    pub(super) async fn write_cancel(&self, order_id: i32, until: Instant) -> Result<()> {
        self.link.permit(Urgency::Cancel, until).await?;
        let client = self.link.commander()?;
        let written = tokio::time::timeout_at(until, client.cancel_order(order_id, "")).await;
        match written {
            // The stream of orders tells the outcome; this one would end on a remark.
            Ok(Ok(_stream)) => Ok(()),
            Ok(Err(error)) => Err(crate::error::from_ibapi("cancel", &error)),
            Err(_) => Err(Error::new(
                broker_core::ErrorKind::Timeout,
                "the cancel could not be written in time",
            )),
        }
    }
}
