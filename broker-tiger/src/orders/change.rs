//! Changing and canceling orders that work.

use std::sync::Arc;

use broker_core::{
    Acknowledgement, Error, ErrorKind, Lookup, Result, UnconfirmedCause,
    model::{AccountId, CancelOrder, ClientOrderId, NewOrder, ReplaceOrder},
};

use super::{
    blotter::{Blotter, Flight},
    encode::encode,
    register::Key,
    row::broker_order_id,
    submit::{acknowledged, says_no},
};
use crate::transport::{Call, Method, Parameters, Written};

impl Blotter {
    /// The order of a caller's name with Tiger's number, from memory or from Tiger's lists.
    async fn locate(&self, account: &AccountId, id: &ClientOrderId) -> Result<(Key, i64)> {
        self.link.commander()?;
        self.check_account(account)?;
        let known = || {
            let key = self.known(account, id)?;
            let number = self.register().get(key)?.number?;
            Some((key, number))
        };
        if let Some(known) = known() {
            return Ok(known);
        }
        let lookup = self.look_up(account, id).await?;
        if let Some(known) = known() {
            return Ok(known);
        }
        match lookup {
            Lookup::Absent => {
                let message = format!("Tiger has no order {id}");
                Err(Error::new(ErrorKind::NotFound, message).at_field("client_order_id"))
            }
            _ => {
                let message =
                    format!("Tiger did not say whether it has the order {id}; nothing was sent");
                Err(Error::new(ErrorKind::Incomplete, message))
            }
        }
    }

    pub(super) async fn replace_order(
        self: &Arc<Self>,
        change: &ReplaceOrder,
    ) -> Result<Acknowledgement> {
        let (account, id) = (&change.account, &change.client_order_id);
        let (key, number) = self.locate(account, id).await?;
        let next = {
            let register = self.register();
            let entry = register.get(key).ok_or_else(|| too_late(id))?;
            if entry.ended {
                return Err(too_late(id));
            }
            change.apply_to(&entry.terms).map_err(|field| {
                let kind = entry.terms.order_type.kind();
                Error::invalid(
                    field.as_str(),
                    format!("a {kind} order has no {field} to change"),
                )
            })?
        };
        let listing = self.book.listing(&next.instrument).await?;
        // The whole order again, as the vendor's SDK does.
        let parameters = encode(&next, &listing)?.with("id", number)?;
        let call = Call::new(Method::MODIFY_ORDER, parameters).of(account);
        let _flight = Flight::about(self, key);
        match self.link.commander()?.command(&call).await {
            Ok(Written::Unconfirmed { error, .. }) if says_no(&error) => {
                let changed = |terms: &NewOrder| *terms == next;
                self.after_no_to_a_change(account, key, number, error, changed)
                    .await
            }
            Ok(written) => Ok(acknowledged(written, Some(number))),
            Err(error) => Err(self.why_refused(account, key, number, error).await),
        }
    }

    /// Tiger answered a change or a cancel with a code that is in no table: how the order stands
    /// says whether it meant no.
    async fn after_no_to_a_change(
        &self,
        account: &AccountId,
        key: Key,
        number: i64,
        error: Error,
        took_effect: impl Fn(&NewOrder) -> bool,
    ) -> Result<Acknowledgement> {
        let unconfirmed = Ok(Acknowledgement::Unconfirmed {
            cause: UnconfirmedCause::UnreadableAnswer,
            detail: error.broker().cloned(),
        });
        let _one_at_a_time = self.reading.lock().await;
        let Ok(Some(row)) = self.one(account, number).await else {
            return unconfirmed;
        };
        let asked = |status: Option<&str>| matches!(status, Some("RECEIVED" | "REPLACED"));
        let under_way = asked(row.row.replace_status.get()) || asked(row.row.cancel_status.get());
        self.tell_row(account, row).await;
        let register = self.register();
        let Some(entry) = register.get(key) else {
            return unconfirmed;
        };
        if took_effect(&entry.terms) {
            return Ok(Acknowledgement::Accepted {
                broker_order_id: broker_order_id(number),
            });
        }
        if entry.ended {
            return Err(too_late(&entry.id));
        }
        if under_way { unconfirmed } else { Err(error) }
    }

    pub(super) async fn cancel_order(
        self: &Arc<Self>,
        request: &CancelOrder,
    ) -> Result<Acknowledgement> {
        let (account, id) = (&request.account, &request.client_order_id);
        let (key, number) = self.locate(account, id).await?;
        if self.register().get(key).is_some_and(|entry| entry.ended) {
            return Err(too_late(id));
        }
        let parameters = Parameters::default().with("id", number)?;
        let call = Call::new(Method::CANCEL_ORDER, parameters).of(account);
        let _flight = Flight::about(self, key);
        match self.link.commander()?.command(&call).await {
            Ok(Written::Unconfirmed { error, .. }) if says_no(&error) => {
                self.after_no_to_a_change(account, key, number, error, |_| false)
                    .await
            }
            Ok(written) => Ok(acknowledged(written, Some(number))),
            Err(error) => Err(self.why_refused(account, key, number, error).await),
        }
    }

    /// What a refusal of a change or a cancel means: its words name no reason that a program could
    /// read, so Tiger is asked how the order stands.
    async fn why_refused(&self, account: &AccountId, key: Key, number: i64, error: Error) -> Error {
        if error.broker().is_none() || error.kind() == ErrorKind::RateLimited {
            return error;
        }
        let _one_at_a_time = self.reading.lock().await;
        let found = self.one(account, number).await;
        let id = {
            let register = self.register();
            register.get(key).map(|entry| entry.id.clone())
        };
        let with_words = |known: Error| match error.broker() {
            Some(words) => known.with_broker(words.clone()),
            None => known,
        };
        match (found, id) {
            (Ok(None), Some(id)) => {
                let message = format!("Tiger has no order {id} any more");
                with_words(Error::new(ErrorKind::NotFound, message).at_field("client_order_id"))
            }
            (Ok(Some(row)), Some(id)) => {
                self.tell_row(account, row).await;
                let ended = self.register().get(key).is_some_and(|entry| entry.ended);
                if ended {
                    with_words(too_late(&id))
                } else {
                    error
                }
            }
            _ => error,
        }
    }
}

fn too_late(id: &ClientOrderId) -> Error {
    Error::new(ErrorKind::TooLate, format!("order {id} has ended")).at_field("client_order_id")
}
