//! Sending a new order, once, and what is known afterwards.

use std::sync::Arc;

use broker_core::{
    Acknowledgement, Error, ErrorKind, Result, UnconfirmedCause,
    model::{BrokerText, NewOrder},
};
use ibapi::{contracts::Contract, orders::Order};
use rust_decimal::Decimal;
use tokio::{sync::oneshot, time::Instant};

use super::{
    blotter::Blotter,
    encode::encode,
    entry::{Entry, Outcome, Waiting},
    listing::read_only,
    register::Key,
    written::Links,
};
use crate::{
    error::{Meaning, from_ibapi, meaning, refusal},
    pacing::Urgency,
    session::Signal,
};

/// An order that is ready to be sent.
pub(super) struct Draft {
    pub(super) terms: Arc<NewOrder>,
    pub(super) contract: Arc<Contract>,
    pub(super) magnifier: Decimal,
    pub(super) order: Order,
}

/// A call that waits for a word about an order.
pub(super) struct Expected {
    pub(super) key: Key,
    pub(super) number: u64,
    pub(super) told: oneshot::Receiver<Outcome>,
}

/// Fresh order ids that are tried when TWS says that one has been used.
const FRESH_IDS: u32 = 3;

impl Blotter {
    /// Everything that has to be known before an order may be sent. Nothing is sent.
    pub(super) async fn draft(&self, terms: Arc<NewOrder>) -> Result<Draft> {
        self.link.commander()?;
        if self.is_read_only() {
            return Err(read_only());
        }
        self.check_account(&terms.account)?;
        let listing = self.book.listing(&self.link, &terms.instrument).await?;
        let magnifier = listing.magnifier();
        Ok(Draft {
            order: encode(&terms, magnifier)?,
            contract: Arc::clone(&listing.contract),
            magnifier,
            terms,
        })
    }

    pub(super) async fn submit_order(&self, terms: Arc<NewOrder>) -> Result<Acknowledgement> {
        let until = Instant::now() + self.link.deadlines().command;
        let draft = self.draft(terms).await?;
        for _ in 0..FRESH_IDS {
            self.link.permit(Urgency::Order, until).await?;
            let complaints = self.link.pacer().counters().complaints;
            let expected = {
                let _in_order = self.in_order(until).await?;
                self.send(&draft, until).await?
            };
            let key = expected.key;
            if !draft.order.transmit {
                self.hear_of_held(&draft.terms, until).await;
            }
            match self.hear_about(expected, until).await {
                // TWS has dropped a message for coming too fast and does not say which.
                Outcome::Silent if self.link.pacer().counters().complaints > complaints => {
                    return self.after_complaint(&draft, key).await;
                }
                Outcome::Refused { code, text } if meaning(code, &text) == Meaning::DuplicateId => {
                    // An order of an earlier life may have the id; whether this one exists is a
                    // question about its own name (protocol notes, section 3.5).
                    if let Some(answer) = self.after_duplicate(&draft, code, &text).await? {
                        return Ok(answer);
                    }
                }
                outcome => return answer(outcome),
            }
        }
        let message = "TWS says that every order id tried has been used; nothing was placed";
        Err(Error::new(ErrorKind::Duplicate, message))
    }

    /// Takes an order id and writes the order. The caller holds the lock on sending.
    ///
    /// # Errors
    /// When the order was not written whole, so that TWS cannot have read it.
    pub(super) async fn send(&self, draft: &Draft, until: Instant) -> Result<Expected> {
        let client = self.link.commander()?;
        let order_id = client.next_order_id();
        let mut order = draft.order.clone();
        order.order_id = order_id;
        let (terms, contract) = (Arc::clone(&draft.terms), Arc::clone(&draft.contract));
        let mut entry = Entry::new(terms, contract, draft.magnifier);
        entry.wire = Some((self.client_id, order_id));
        entry.links = Links::of(&order).map(Box::new);
        // Known before it is written: the first word may be quicker than this task.
        let (key, (number, told)) = {
            let mut register = self.register();
            let key = register.add(entry);
            let wait = register.wait(key, Waiting::Submit);
            (
                key,
                wait.ok_or_else(|| Error::new(ErrorKind::Internal, "an order is gone"))?,
            )
        };
        let written = tokio::time::timeout_at(
            until,
            client.submit_order(order_id, &draft.contract, &order),
        )
        .await;
        let failed = match written {
            Ok(Ok(())) => return Ok(Expected { key, number, told }),
            // The library writes a frame whole or says so, and breaks the connection in the middle
            // of one; TWS acts on whole frames only.
            Ok(Err(error)) => from_ibapi("submit", &error),
            Err(_) => Error::new(ErrorKind::Timeout, "the order could not be written in time"),
        };
        self.register().remove(key);
        Err(failed)
    }

    /// Waits for the word about a command.
    pub(super) async fn hear_about(&self, expected: Expected, until: Instant) -> Outcome {
        let Expected { key, number, told } = expected;
        match tokio::time::timeout_at(until, told).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Outcome::Lost,
            Err(_) => {
                self.register().stop_waiting(key, number);
                self.signal(Signal::Unanswered);
                Outcome::Silent
            }
        }
    }

    /// Reads the lists of TWS after a new order that is held, of which it says nothing by itself, so
    /// that the order's wait is told. What they leave open is as open as without a word.
    async fn hear_of_held(&self, terms: &NewOrder, until: Instant) {
        let read = async {
            let lists = self.lists().await;
            self.read(&lists, &terms.account).await
        };
        let _heard = tokio::time::timeout_at(until, read).await;
    }

    /// After error 100 that may have been about the order: only its absence proves that it was.
    async fn after_complaint(&self, draft: &Draft, key: Key) -> Result<Acknowledgement> {
        let order = &draft.terms;
        let found = self.look_up(&order.account, &order.client_order_id).await;
        match found {
            Ok(broker_core::Lookup::Absent) => {
                self.register().remove(key);
                let message = "TWS dropped the order because of too many messages per second";
                Err(Error::new(ErrorKind::RateLimited, message))
            }
            Ok(broker_core::Lookup::Found(reports)) => {
                let id = reports
                    .into_iter()
                    .find_map(|report| report.broker_order_id);
                Ok(Acknowledgement::Accepted {
                    broker_order_id: id,
                })
            }
            Ok(_) | Err(_) => Ok(Acknowledgement::unconfirmed(UnconfirmedCause::Timeout)),
        }
    }

    /// After error 103: the acknowledgement if the order is there, `None` if it may be sent anew.
    async fn after_duplicate(
        &self,
        draft: &Draft,
        code: i32,
        text: &str,
    ) -> Result<Option<Acknowledgement>> {
        let order = &draft.terms;
        tracing::warn!(order = %order.client_order_id, "TWS says that the order id has been used");
        match self.look_up(&order.account, &order.client_order_id).await {
            Ok(broker_core::Lookup::Absent) => {
                let fresh = self.link.ask("next_order_id", |client| async move {
                    client.next_valid_order_id().await
                });
                fresh.await.map_err(|_| refusal("submit", code, text))?;
                Ok(None)
            }
            Ok(broker_core::Lookup::Found(reports)) => {
                let id = reports
                    .into_iter()
                    .find_map(|report| report.broker_order_id);
                Ok(Some(Acknowledgement::Accepted {
                    broker_order_id: id,
                }))
            }
            Ok(_) | Err(_) => Ok(Some(Acknowledgement::Unconfirmed {
                cause: UnconfirmedCause::UnreadableAnswer,
                detail: Some(BrokerText::new(code.to_string(), text)),
            })),
        }
    }
}

/// What a new order's outcome is to the caller.
pub(super) fn answer(outcome: Outcome) -> Result<Acknowledgement> {
    match outcome {
        Outcome::Accepted(broker_order_id) => Ok(Acknowledgement::Accepted { broker_order_id }),
        Outcome::Refused { code, text } => Err(refusal("submit", code, &text)),
        Outcome::Lost => Ok(Acknowledgement::unconfirmed(UnconfirmedCause::Disconnected)),
        Outcome::Silent => Ok(Acknowledgement::unconfirmed(UnconfirmedCause::Timeout)),
        Outcome::Finished => Ok(Acknowledgement::Accepted {
            broker_order_id: None,
        }),
    }
}
