//! Sending a new order, once, and what is known afterwards.

use core::time::Duration;
use std::sync::Arc;

use broker_core::{
    Acknowledgement, Error, ErrorKind, Result, UnconfirmedCause,
    model::{BrokerText, ClientOrderId, NewOrder},
};

use super::{
    blotter::Blotter,
    encode::marked,
    journal::SentOrder,
    lookup::Search,
    row::{Placed, broker_order_id},
};
use crate::{
    error::{Meaning, meaning},
    transport::{Call, Data, Method, Parameters, Written},
};

impl Blotter {
    pub(super) async fn submit_order(
        self: &Arc<Self>,
        terms: Arc<NewOrder>,
    ) -> Result<Acknowledgement> {
        self.link.commander()?;
        self.check_account(&terms.account)?;
        let listing = self.book.listing(&terms.instrument).await?;
        let parameters = marked(&terms, &listing)?;
        let reserved = self.reserve(&terms.account).await?;
        let parameters = numbered(parameters, reserved)?;
        let call = Call::new(Method::PLACE_ORDER, parameters).of(&terms.account);
        let (account, id) = (&terms.account, &terms.client_order_id);
        let sent = SentOrder::new(account.clone(), id.clone(), self.link.now());
        self.write_down(vec![SentOrder {
            number: reserved,
            ..sent
        }])
        .await?;
        // Known before it is sent: a reading of the lists may be quicker than the answer.
        let flight = self.begin(&terms, reserved);
        match self.link.commander()?.command(&call).await {
            // Proof: it was not sent, or Tiger said no.
            Err(error) => {
                flight.never_was();
                self.write_never_was(account, [id]).await;
                Err(error)
            }
            Ok(Written::Done(data)) => {
                let number = self.learn_number(&flight.keys, &data, &terms.client_order_id);
                Ok(match number {
                    Some(number) => Acknowledgement::Accepted {
                        broker_order_id: broker_order_id(number),
                    },
                    None => Acknowledgement::unconfirmed(UnconfirmedCause::UnreadableAnswer),
                })
            }
            Ok(Written::Unconfirmed {
                cause,
                detail,
                error,
            }) => {
                let duplicate = error.kind() == ErrorKind::Duplicate;
                if !says_no(&error) && !duplicate {
                    return Ok(Acknowledgement::Unconfirmed { cause, detail });
                }
                if duplicate {
                    self.number_is_taken(&flight.keys);
                }
                drop(flight);
                self.after_no_to_an_order(&terms, cause, detail, error)
                    .await
            }
        }
    }

    /// Whatever the lists say from here on, an order is there under the number.
    fn number_is_taken(&self, keys: &[u64]) {
        let mut register = self.register();
        for key in keys {
            if let Some(entry) = register.get_mut(*key) {
                entry.taken = true;
            }
        }
    }

    /// Tiger answered an order with a code that is in no table, or that its number is in use: only its
    /// lists tell what it meant.
    async fn after_no_to_an_order(
        &self,
        terms: &NewOrder,
        cause: UnconfirmedCause,
        detail: Option<BrokerText>,
        error: Error,
    ) -> Result<Acknowledgement> {
        let (account, id) = (&terms.account, &terms.client_order_id);
        // Twice: a list may lag behind, and an order that was sent a moment ago proves nothing.
        for pause in [Duration::ZERO, self.link.deadlines().absence] {
            tokio::time::sleep(pause).await;
            match self.search(account, id).await {
                Ok(Search::Found(reports)) => {
                    let mut reports = reports.into_iter();
                    return Ok(Acknowledgement::Accepted {
                        broker_order_id: reports.find_map(|report| report.broker_order_id),
                    });
                }
                Ok(Search::Absent) => return Err(error),
                Ok(Search::Unlisted(_) | Search::Undecided(_) | Search::Unanswered(_)) | Err(_) => {
                }
            }
        }
        Ok(Acknowledgement::Unconfirmed { cause, detail })
    }

    /// The number of a new order out of the answer to it.
    fn learn_number(&self, keys: &[u64], data: &Data, id: &ClientOrderId) -> Option<i64> {
        let placed: Placed = match data.decode() {
            Ok(placed) => placed,
            Err(error) => {
                tracing::warn!(order = %id, %error, "the answer to an order cannot be read");
                return None;
            }
        };
        let number = placed.id.get().filter(|number| *number > 0)?;
        let key = *keys.first()?;
        self.register().learn(key, number);
        Some(number)
    }
}

/// Adds the number that was reserved.
///
/// # Errors
/// Never in practice: a number has a JSON form.
pub(super) fn numbered(parameters: Parameters, reserved: Option<i64>) -> Result<Parameters> {
    match reserved {
        Some(number) => parameters.with("order_id", number),
        None => Ok(parameters),
    }
}

/// Whether a command was answered with a "no" in a code that is in no table.
pub(super) fn says_no(error: &Error) -> bool {
    error.kind() == ErrorKind::Rejected
        && error.broker().is_some_and(|words| {
            let code = words.code.as_deref().and_then(|code| code.parse().ok());
            code.is_some_and(|code| meaning(code, &words.text) == Meaning::Other)
        })
}

/// What a command that was answered comes to.
pub(super) fn acknowledged(written: Written, number: Option<i64>) -> Acknowledgement {
    match written {
        Written::Done(_) => Acknowledgement::Accepted {
            broker_order_id: number.and_then(broker_order_id),
        },
        Written::Unconfirmed { cause, detail, .. } => {
            Acknowledgement::Unconfirmed { cause, detail }
        }
    }
}
