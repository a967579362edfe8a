//! Changing and canceling orders that work.

use core::time::Duration;
use std::sync::Arc;

use broker_core::{
    Acknowledgement, Error, ErrorKind, Lookup, Result, UnconfirmedCause,
    model::{AccountId, CancelOrder, ClientOrderId, ExecutionKind, OrderStatus, ReplaceOrder},
};

use super::{
    blotter::{Blotter, Flight},
    encode::{encode, marked},
    register::{Entry, Key},
    row::broker_order_id,
    submit::{acknowledged, says_no},
};
use crate::transport::{Call, Method, Parameters, Written};

impl Blotter {
    /// The order of a caller's name with Tiger's number, from memory or from Tiger's lists.
    async fn locate(&self, account: &AccountId, id: &ClientOrderId) -> Result<(Key, i64)> {
        self.link.canceller()?;
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
        self.link.commander()?;
        let (account, id) = (&change.account, &change.client_order_id);
        let (key, number) = self.locate(account, id).await?;
        let (next, attached) = {
            let register = self.register();
            let entry = register.get(key).ok_or_else(|| too_late(id))?;
            if entry.ended {
                return Err(too_late(id));
            }
            let next = change.apply_to(&entry.terms).map_err(|field| {
                let kind = entry.terms.order_type.kind();
                Error::invalid(
                    field.as_str(),
                    format!("a {kind} order has no {field} to change"),
                )
            })?;
            (next, entry.parent.is_some())
        };
        let listing = self.book.listing(&next.instrument).await?;
        // The whole order again, as the vendor's SDK does.
        let parameters = if attached || id.is_outside() {
            // It was sent without a mark, or with one that is not ours to write.
            encode(&next, &listing)?
        } else {
            marked(&next, &listing)?
        };
        let parameters = parameters.with("id", number)?;
        let call = Call::new(Method::MODIFY_ORDER, parameters).of(account);
        let _flight = Flight::about(self, key);
        match self.link.commander()?.command(&call).await {
            Ok(Written::Unconfirmed { error, .. }) if says_no(&error) => {
                let changed = |entry: &Entry| *entry.terms == next;
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
        took_effect: impl Fn(&Entry) -> bool,
    ) -> Result<Acknowledgement> {
        let unconfirmed = || Acknowledgement::Unconfirmed {
            cause: UnconfirmedCause::UnreadableAnswer,
            detail: error.broker().cloned(),
        };
        let mut stays = false;
        // Twice: a row may lag behind what has happened to the order.
        for pause in [Duration::ZERO, self.link.deadlines().absence] {
            tokio::time::sleep(pause).await;
            let Ok(_one_at_a_time) = self.turn().await else {
                return Ok(unconfirmed());
            };
            let Ok(Some(row)) = self.one(account, number).await else {
                stays = false;
                continue;
            };
            let asked = |status: Option<&str>| matches!(status, Some("RECEIVED" | "REPLACED"));
            let under_way =
                asked(row.row.replace_status.get()) || asked(row.row.cancel_status.get());
            self.tell_row(account, row).await;
            let register = self.register();
            let Some(entry) = register.get(key) else {
                return Ok(unconfirmed());
            };
            if took_effect(entry) {
                return Ok(Acknowledgement::Accepted {
                    broker_order_id: broker_order_id(number),
                });
            }
            if entry.ended {
                return Err(too_late(&entry.id));
            }
            stays = !under_way;
        }
        if stays { Err(error) } else { Ok(unconfirmed()) }
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
        match self.link.canceller()?.command(&call).await {
            Ok(Written::Unconfirmed { error, .. }) if says_no(&error) => {
                self.after_no_to_a_change(account, key, number, error, is_canceled)
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
        let Ok(_one_at_a_time) = self.turn().await else {
            return error;
        };
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

fn is_canceled(entry: &Entry) -> bool {
    let standing = entry.standing.as_ref().map(|report| &report.kind);
    let status = OrderStatus::Canceled;
    standing == Some(&ExecutionKind::Status { status })
}

fn too_late(id: &ClientOrderId) -> Error {
    Error::new(ErrorKind::TooLate, format!("order {id} has ended")).at_field("client_order_id")
}
