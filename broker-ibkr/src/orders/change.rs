//! Changing and canceling orders that work.

use core::time::Duration;
use std::sync::Arc;

use broker_core::{
    Acknowledgement, Error, ErrorKind, Result, Retry, UnconfirmedCause,
    model::{AccountId, BrokerText, CancelOrder, ClientOrderId, ReplaceOrder},
};
use futures_util::future::join_all;
use tokio::time::Instant;

use super::{
    blotter::Blotter,
    encode::encode,
    entry::{Entry, Outcome, Waiting},
    listing::read_only,
    register::Key,
    submit::Expected,
};
use crate::{
    error::{from_ibapi, refusal},
    pacing::Urgency,
    session::Signal,
};

impl Blotter {
    /// The order of a caller's name as it is remembered; with `shown` only once TWS has shown it.
    fn known(&self, account: &AccountId, id: &ClientOrderId, shown: bool) -> Option<Key> {
        let register = self.register();
        let key = register.by_id(account, id)?;
        let entry = register.get(key)?;
        (!shown || entry.live || entry.ended).then_some(key)
    }

    /// The order of a caller's name, from memory or from TWS's lists.
    async fn locate(&self, account: &AccountId, id: &ClientOrderId, shown: bool) -> Result<Key> {
        self.link.commander()?;
        if self.is_read_only() {
            return Err(read_only());
        }
        self.check_account(account)?;
        if let Some(key) = self.known(account, id, shown) {
            return Ok(key);
        }
        let lookup = self.look_up(account, id).await?;
        if let Some(key) = self.known(account, id, shown) {
            return Ok(key);
        }
        match lookup {
            broker_core::Lookup::Absent => {
                let message = format!("TWS has no order {id}");
                Err(Error::new(ErrorKind::NotFound, message).at_field("client_order_id"))
            }
            _ => {
                let message =
                    format!("TWS did not say whether it has the order {id}; nothing was sent");
                Err(Error::new(ErrorKind::Incomplete, message))
            }
        }
    }

    /// Where the trigger of an order that follows the market stands, if a change leaves it there. A
    /// change repeats the whole order, and the first trigger would take the stop back to where it began.
    ///
    /// # Errors
    /// Why TWS did not tell; nothing has been sent then.
    async fn trailed_to(&self, key: Key, change: &ReplaceOrder) -> Result<Option<f64>> {
        let of = {
            let register = self.register();
            let entry = register.get(key).ok_or_else(gone)?;
            let trails = entry.terms.order_type.trailing_offset().is_some();
            entry
                .wire
                .filter(|_| trails && change.trigger_price.is_none())
        };
        let Some(of) = of else {
            return Ok(None);
        };
        let open = self.open_orders().await?;
        let listed = open
            .iter()
            .find(|listed| (listed.written.client_id, listed.written.order_id) == of);
        let listed = listed.ok_or_else(|| {
            let message = "TWS does not list the order as open, so that nobody knows where its trigger stands; nothing was sent";
            Error::new(ErrorKind::Incomplete, message)
        })?;
        Ok(listed.written.trailed_to())
    }

    pub(super) async fn replace_order(&self, change: &ReplaceOrder) -> Result<Acknowledgement> {
        let until = Instant::now() + self.link.deadlines().command;
        // A change of an order that never arrived would place it.
        let key = self
            .locate(&change.account, &change.client_order_id, true)
            .await?;
        let trailed_to = self.trailed_to(key, change).await?;
        self.link.permit(Urgency::Order, until).await?;
        let in_order = self.in_order(until).await?;
        let client = self.link.commander()?;
        let (order_id, contract, order, expected) = {
            let mut register = self.register();
            if register.is_in_doubt(&change.account, &change.client_order_id) {
                // A change of an order that TWS holds would set free what has arrived of its list.
                let message =
                    "the order is of a list that is not known to be whole at TWS; nothing was sent";
                return Err(Error::new(ErrorKind::Incomplete, message));
            }
            let entry = register.get_mut(key).ok_or_else(gone)?;
            let order_id = own_order_id(entry, self.client_id)?;
            if !entry.unsaid.is_empty() {
                return Err(would_lose(&change.client_order_id, &entry.unsaid));
            }
            if entry.change.is_some() {
                if !entry.awaits(|what| matches!(what, Waiting::Replace(_))) {
                    // The lists of TWS tell what has become of it.
                    self.signal(Signal::Unanswered);
                }
                return Err(still_changing(&change.client_order_id));
            }
            let next = change.apply_to(&entry.terms).map_err(|field| {
                let kind = entry.terms.order_type.kind();
                Error::invalid(
                    field.as_str(),
                    format!("a {kind} order has no {field} to change"),
                )
            })?;
            // The whole order again, from its terms: TWS fills fields in that a change must not
            // repeat (protocol notes, section 3.7, 16).
            let mut order = encode(&next, entry.magnifier)?;
            if entry.held {
                let message =
                    "TWS holds the order, and would transmit what replaces it; nothing was sent";
                return Err(Error::unsupported(message).at_field("client_order_id"));
            }
            // Somebody has transmitted it since.
            order.transmit = true;
            order.order_id = order_id;
            order.trail_stop_price = trailed_to.or(order.trail_stop_price);
            if let Some(links) = entry.links.as_deref() {
                links.clone().write(&mut order);
            }
            let contract = Arc::clone(&entry.contract);
            let (number, told) = register
                .wait(key, Waiting::Replace(Arc::new(next)))
                .ok_or_else(gone)?;
            (order_id, contract, order, Expected { key, number, told })
        };
        let written =
            tokio::time::timeout_at(until, client.submit_order(order_id, &contract, &order)).await;
        let failed = match written {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(from_ibapi("replace", &error)),
            Err(_) => Some(Error::new(
                ErrorKind::Timeout,
                "the change could not be written in time",
            )),
        };
        if let Some(error) = failed {
            self.register().never_changed(key);
            return Err(error);
        }
        drop(in_order);
        match self.hear_about(expected, until).await {
            Outcome::Accepted(broker_order_id) => Ok(Acknowledgement::Accepted { broker_order_id }),
            Outcome::Refused { code, text } => Err(refusal("replace", code, &text)),
            Outcome::Finished => Err(too_late(&change.client_order_id)),
            Outcome::Lost => Ok(Acknowledgement::unconfirmed(UnconfirmedCause::Disconnected)),
            Outcome::Silent => Ok(Acknowledgement::unconfirmed(UnconfirmedCause::Timeout)),
        }
    }

    pub(super) async fn cancel_order(&self, request: &CancelOrder) -> Result<Acknowledgement> {
        let until = Instant::now() + self.link.deadlines().command;
        let key = self
            .locate(&request.account, &request.client_order_id, false)
            .await?;
        let expected = self.begin_cancel(key, until).await?;
        match self.hear_about(expected, until).await {
            Outcome::Accepted(broker_order_id) => Ok(Acknowledgement::Accepted { broker_order_id }),
            Outcome::Refused { code, text } => Err(refusal("cancel", code, &text)),
            Outcome::Finished => Err(too_late(&request.client_order_id)),
            Outcome::Lost => Ok(Acknowledgement::unconfirmed(UnconfirmedCause::Disconnected)),
            Outcome::Silent => Ok(Acknowledgement::unconfirmed(UnconfirmedCause::Timeout)),
        }
    }

    /// Writes the cancel of an order.
    ///
    /// # Errors
    /// When it was not written: the order has ended, is not this client's, or there is no connection.
    async fn begin_cancel(&self, key: Key, until: Instant) -> Result<Expected> {
        let (order_id, expected) = {
            let mut register = self.register();
            let entry = register.get_mut(key).ok_or_else(gone)?;
            let order_id = own_order_id(entry, self.client_id)?;
            entry.cancel_asked = true;
            let (number, told) = register.wait(key, Waiting::Cancel).ok_or_else(gone)?;
            (order_id, Expected { key, number, told })
        };
        match self.write_cancel(order_id, until).await {
            Ok(()) => Ok(expected),
            Err(error) => {
                self.register().stop_waiting(key, expected.number);
                Err(error)
            }
        }
    }

    pub(super) async fn cancel_orders(&self, account: &AccountId) -> Result<Acknowledgement> {
        self.check_account(account)?;
        self.link.commander()?;
        if self.is_read_only() {
            return Err(read_only());
        }
        if self.is_only(account) {
            return self.cancel_globally().await;
        }
        self.cancel_one_by_one(account).await
    }

    /// Cancels the orders of one account of several: TWS cancels for the whole login or one by one,
    /// and one by one only what this client placed.
    async fn cancel_one_by_one(&self, account: &AccountId) -> Result<Acknowledgement> {
        let lists = self.lists().await;
        if let Err(error) = &lists.open {
            return Err(error.clone());
        }
        let read = self.read(&lists, account).await;
        let until = Instant::now() + self.link.deadlines().command;
        let open = self.register().open_of(account);
        let mut written = Vec::new();
        let mut foreign = 0_usize;
        let mut failed = None;
        // All of them first: no order works on because of a word about another one.
        for key in &open {
            match self.begin_cancel(*key, until).await {
                Ok(expected) => written.push(expected),
                Err(error) if error.kind() == ErrorKind::TooLate => {}
                Err(error) if error.kind() == ErrorKind::Unsupported => foreign += 1,
                Err(error) => failed = Some(error),
            }
        }
        if written.is_empty() {
            if let Some(error) = failed {
                return Err(error);
            }
            if foreign > 0 {
                let message = format!(
                    "{foreign} open orders belong to other API clients or people; only they can cancel them"
                );
                return Err(Error::unsupported(message));
            }
        }
        let words = written
            .into_iter()
            .map(|expected| self.hear_about(expected, until));
        let lost = join_all(words).await.contains(&Outcome::Lost) || failed.is_some();
        let unread = read.unread.values().filter(|open| **open).count();
        let left = unread + {
            let register = self.register();
            let works = |key: &&Key| register.get(**key).is_some_and(|entry| !entry.ended);
            open.iter().filter(works).count()
        };
        if left == 0 {
            return Ok(Acknowledgement::Accepted {
                broker_order_id: None,
            });
        }
        let message = format!(
            "{left} of {} open orders may still work; {foreign} of them belong to other API clients or people, who alone can cancel them, and {unread} cannot be read: look at them in TWS",
            open.len() + unread
        );
        let cause = if lost {
            UnconfirmedCause::Disconnected
        } else {
            UnconfirmedCause::Timeout
        };
        Ok(Acknowledgement::Unconfirmed {
            cause,
            detail: Some(BrokerText::text(message)),
        })
    }

    async fn cancel_globally(&self) -> Result<Acknowledgement> {
        let until = Instant::now() + self.link.deadlines().command;
        self.link.permit(Urgency::Reserve, until).await?;
        let client = self.link.commander()?;
        let complaints = self.link.pacer().counters().complaints;
        {
            let mut register = self.register();
            register
                .entries_mut()
                .filter(|entry| !entry.ended)
                .for_each(|entry| entry.cancel_asked = true);
        }
        match tokio::time::timeout_at(until, client.global_cancel()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return Err(from_ibapi("cancel_all", &error)),
            Err(_) => {
                return Err(Error::new(
                    ErrorKind::Timeout,
                    "the cancel could not be written in time",
                ));
            }
        }
        // TWS does not acknowledge it.
        let unconfirmed = |cause| Ok(Acknowledgement::unconfirmed(cause));
        match self.prove_read("cancel_all", until).await {
            // It may have been dropped for coming too fast, which TWS says without naming it.
            Ok(()) if self.link.pacer().counters().complaints > complaints => {
                unconfirmed(UnconfirmedCause::Timeout)
            }
            Ok(()) => Ok(Acknowledgement::Accepted {
                broker_order_id: None,
            }),
            Err(error) if error.kind() == ErrorKind::Disconnected => {
                unconfirmed(UnconfirmedCause::Disconnected)
            }
            Err(_) => unconfirmed(UnconfirmedCause::Timeout),
        }
    }
}

/// The order id under which this client may change the order.
fn own_order_id(entry: &Entry, client_id: i32) -> Result<i32> {
    if entry.ended {
        return Err(too_late(&entry.id));
    }
    match entry.wire {
        Some((owner, order_id)) if owner == client_id => Ok(order_id),
        Some((owner, _)) => {
            let message = format!(
                "the order was placed by API client {owner}, which alone can change it; this connection is client {client_id}"
            );
            Err(Error::unsupported(message).at_field("client_order_id"))
        }
        None => {
            let message = "the order was placed by hand: change or cancel it in TWS itself";
            Err(Error::unsupported(message).at_field("client_order_id"))
        }
    }
}

/// A change sends the whole order again.
fn would_lose(id: &ClientOrderId, fields: &[&str]) -> Error {
    let message = format!(
        "order {id} has what a change from here would take away ({}); change it where it was placed, or cancel it and send a new one",
        fields.join(", ")
    );
    Error::unsupported(message).at_field("client_order_id")
}

/// A change is made of the terms before it, so that it would undo one that is under way.
fn still_changing(id: &ClientOrderId) -> Error {
    let message = format!(
        "TWS has not answered the last change of order {id}, so nothing was sent: wait for its answer, or ask again in a moment"
    );
    let error = Error::new(ErrorKind::Incomplete, message).at_field("client_order_id");
    error.with_retry(Retry::Safe {
        after: Duration::from_secs(1),
    })
}

fn too_late(id: &ClientOrderId) -> Error {
    Error::new(ErrorKind::TooLate, format!("order {id} has ended")).at_field("client_order_id")
}

fn gone() -> Error {
    Error::new(ErrorKind::Internal, "an order is gone from the register")
}
