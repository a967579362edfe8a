//! Canceling everything that works, by Tiger's own numbers: nothing has to be understood for it.

use std::{collections::BTreeSet, sync::Arc};

use broker_core::{
    Acknowledgement, Error, ErrorKind, Result, UnconfirmedCause,
    model::{AccountId, BrokerText},
};

use super::{
    blotter::{Blotter, Flight},
    listing::Wanted,
};
use crate::transport::{Call, Method, Parameters, Written};

/// How often the list of what works is read: Tiger may list a part of it only.
const LISTS: usize = 20;

/// What became of the cancels.
#[derive(Debug, Default)]
struct Tally {
    /// The orders that were asked to be canceled.
    asked: BTreeSet<i64>,
    canceled: usize,
    unconfirmed: Option<(UnconfirmedCause, Option<BrokerText>)>,
    /// The orders whose cancel was refused, and the last reason.
    refused: BTreeSet<i64>,
    refusal: Option<Error>,
    /// Why others could not even be asked about.
    unread: Option<Error>,
}

impl Tally {
    fn answer(self) -> Result<Acknowledgement> {
        let unreadable = |error: Error| Acknowledgement::Unconfirmed {
            cause: UnconfirmedCause::UnreadableAnswer,
            detail: error.broker().cloned(),
        };
        let left = self.refusal.or(self.unread);
        match (self.unconfirmed, left) {
            (Some((cause, detail)), _) => Ok(Acknowledgement::Unconfirmed { cause, detail }),
            (None, Some(error)) if self.canceled == 0 => Err(error),
            // Some are canceled and some are not: only a look at the orders tells.
            (None, Some(error)) => Ok(unreadable(error)),
            (None, None) => Ok(Acknowledgement::Accepted {
                broker_order_id: None,
            }),
        }
    }
}

impl Blotter {
    /// Tiger cancels one by one, and what works is what its list says. No reading is waited for, and
    /// the list is read again until it names nothing that was not asked to be canceled.
    pub(super) async fn cancel_orders(
        self: &Arc<Self>,
        account: &AccountId,
    ) -> Result<Acknowledgement> {
        self.check_account(account)?;
        self.link.canceller()?;
        let mut tally = Tally::default();
        for _ in 0..LISTS {
            let list = match self.list(account, Wanted::Working, self.soon()).await {
                Ok(list) => list,
                Err(error) => {
                    tally.unread = Some(error);
                    break;
                }
            };
            let numbers = list.rows.iter().map(|row| row.row.id.get());
            let numbers: Vec<Option<i64>> = numbers.collect();
            tally.unread = list.unreadable.into_iter().next();
            if numbers.iter().any(Option::is_none) {
                let message =
                    "Tiger lists a working order without a number, which cannot be canceled";
                tally.unread = Some(Error::new(ErrorKind::Incomplete, message));
            }
            let working: BTreeSet<i64> = numbers.into_iter().flatten().collect();
            // What is listed no more has ended before its cancel.
            tally.refused.retain(|number| working.contains(number));
            let mut left = working.difference(&tally.asked).copied().peekable();
            if left.peek().is_none() {
                break;
            }
            for number in left.collect::<Vec<i64>>() {
                if !self.cancel_number(account, number, &mut tally).await {
                    return tally.answer();
                }
            }
        }
        if tally.refused.is_empty() {
            tally.refusal = None;
        }
        self.touch();
        tally.answer()
    }

    /// Cancels one order; whether the next one can be asked about.
    async fn cancel_number(
        self: &Arc<Self>,
        account: &AccountId,
        number: i64,
        tally: &mut Tally,
    ) -> bool {
        let _flight = self
            .known_number(number)
            .map(|key| Flight::about(self, key));
        tally.asked.insert(number);
        let sent = async {
            let parameters = Parameters::default().with("id", number)?;
            let call = Call::new(Method::CANCEL_ORDER, parameters).of(account);
            self.link.canceller()?.command(&call).await
        };
        match sent.await {
            Ok(Written::Done(_)) => tally.canceled += 1,
            Ok(Written::Unconfirmed { cause, detail, .. }) => {
                tally.unconfirmed = Some((cause, detail));
            }
            Err(error) => {
                tracing::warn!(number, %error, "an order was not canceled");
                let lost = error.broker().is_none() && error.is_connection();
                tally.refused.insert(number);
                tally.refusal = Some(error);
                return !lost;
            }
        }
        true
    }

    fn known_number(&self, number: i64) -> Option<super::register::Key> {
        self.register().by_number(number)
    }
}
