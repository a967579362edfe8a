//! Orders that depend on each other: brackets, and orders that cancel each other.

use std::sync::Arc;

use broker_core::{
    Acknowledgement, Error, Result, UnconfirmedCause,
    model::{BrokerText, Contingency, OrderList},
};
use futures_util::future::join_all;
use ibapi::orders::OcaType;
use tokio::time::Instant;

use super::{
    blotter::Blotter,
    entry::{Entry, Outcome},
    register::Key,
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
            let draft = self.draft(Arc::new(order.clone())).await?;
            if !draft.order.transmit {
                // Part of it could be transmitted in TWS without the rest.
                let message = "the orders of a list are not left in TWS without being transmitted";
                return Err(Error::unsupported(message).at_field("extensions.ibkr.held"));
            }
            drafts.push(draft);
        }
        for _ in &drafts {
            self.link.permit(Urgency::Order, until).await?;
        }
        let sending = self.begin_list(list);
        let (expected, failed) = self.send_all(list, &mut drafts, until).await;
        let whole = failed.is_none();
        let why = failed
            .as_ref()
            .map(|error| BrokerText::text(error.message()));
        if let Some(error) = failed.filter(|_| expected.is_empty()) {
            sending.settle();
            return Err(error);
        }
        let keys: Vec<_> = expected.iter().map(|expected| expected.key).collect();
        let led = matches!(list.contingency(), Contingency::Bracket { .. });
        if !whole {
            // The first ones wait at TWS for the last one, which will not come.
            self.take_back(&keys, led).await;
        }
        let heard = expected.into_iter().map(async |expected| {
            let outcome = self.hear_about(expected, until).await;
            if matches!(outcome, Outcome::Refused { .. }) {
                // A list is all or nothing: the rest goes, too. Orders that TWS holds get no word
                // before that.
                self.take_back(&keys, led).await;
            }
            outcome
        });
        let outcomes = join_all(heard).await;
        let all = |wanted: fn(&Outcome) -> bool| whole && outcomes.iter().all(wanted);
        if all(|outcome| matches!(outcome, Outcome::Refused { .. })) {
            sending.settle();
            return outcomes.into_iter().map(answer).collect();
        }
        if all(|outcome| matches!(outcome, Outcome::Accepted(_) | Outcome::Finished)) {
            sending.settle();
        } else {
            // In doubt from here on: the lists of TWS tell what has become of it.
            drop(sending);
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
        let unsent = drafts.len().saturating_sub(answers.len());
        answers.extend((0..unsent).map(|_| Acknowledgement::Unconfirmed {
            cause: UnconfirmedCause::Disconnected,
            detail: why.clone(),
        }));
        Ok(answers)
    }

    /// Writes the orders one behind the other; those that were written, and why the rest was not.
    async fn send_all(
        &self,
        list: &OrderList,
        drafts: &mut [Draft],
        until: Instant,
    ) -> (Vec<Expected>, Option<Error>) {
        let _in_order = match self.in_order(until).await {
            Ok(in_order) => in_order,
            Err(error) => return (Vec::new(), Some(error)),
        };
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
                    // What joins a group after its first fill may be filled as well.
                    if let Some(before) = expected.last()
                        && let Err(error) = self.still_rests(before.key, until).await
                    {
                        return (expected, Some(error));
                    }
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

    /// Makes sure that an order that was just sent has not traded.
    async fn still_rests(&self, key: Key, until: Instant) -> Result<()> {
        // TWS answers in order: what it had to say about the order has been said before this.
        self.prove_read("submit_list", until).await?;
        self.catch_up(until).await?;
        let register = self.register();
        let filled = |entry: &Entry| register.executions.filled(&entry.account, &entry.id);
        let rests = register
            .get(key)
            .is_some_and(|entry| !entry.ended && filled(entry).is_zero());
        if rests {
            return Ok(());
        }
        let message = "an order of the list ended or traded before its alternatives were sent";
        Err(Error::new(broker_core::ErrorKind::Rejected, message))
    }

    /// Cancels what has been sent of a list that came to nothing; what cannot be sent now is found
    /// when the lists of TWS are read.
    ///
    /// Of a list that its first order leads only that one: the others go with it, unless it has been
    /// filled meanwhile, and then they protect the position.
    async fn take_back(&self, keys: &[Key], led: bool) {
        for key in keys.iter().take(if led { 1 } else { keys.len() }) {
            let order_id = {
                let mut register = self.register();
                let entry = register
                    .get_mut(*key)
                    .filter(|entry| !entry.ended && !entry.cancel_asked);
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

    /// Sends a request to cancel, without waiting for a word. Also while the accounts are still being
    /// read: whoever asks for a caller makes sure that commands are accepted.
    pub(super) async fn write_cancel(&self, order_id: i32, until: Instant) -> Result<()> {
        self.link.permit(Urgency::Reserve, until).await?;
        let client = self.link.client()?;
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
