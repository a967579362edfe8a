use std::{collections::BTreeSet, sync::Arc};

use broker_core::model::{
    AccountId, BrokerOrderId, BrokerText, ClientOrderId, ListLink, NewOrder, OrderStatus, Price,
    Quantity, Side,
};
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::Instructions;

/// One order as the exchange keeps it: the truth that clients are compared with.
#[derive(Debug, Clone)]
pub struct SimOrder {
    /// The exchange's number for it, rising.
    pub key: u64,
    /// The account that placed it.
    pub account: AccountId,
    /// Its terms as they are now.
    pub terms: Arc<NewOrder>,
    /// The list it belongs to.
    pub list: Option<ListLink>,
    /// Where it is.
    pub place: Place,
    /// Units that it is for; found at acceptance for an order by cash amount.
    pub quantity: Decimal,
    /// Units filled.
    pub filled: Decimal,
    /// Units × price of all fills, without the multiplier.
    pub notional: Decimal,
    /// When the exchange accepted it.
    pub accepted_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// Why it ended, where there is a reason.
    pub reason: Option<BrokerText>,
    /// Its number in letters, made once for all reports.
    pub(super) name: Option<BrokerOrderId>,
    /// The trading date on which a day order works.
    pub(super) good_on: NaiveDate,
    pub(super) market: usize,
    pub(super) account_index: usize,
    /// The trigger of a stop, touched or trailing order as it is now.
    pub(super) trigger: Option<Decimal>,
    /// Whether its trigger has been reached.
    pub(super) triggered: bool,
    /// The limit under which it rests once triggered, if not the one in its terms.
    pub(super) live_limit: Option<Decimal>,
    /// Slices of an algorithm that are still to come.
    pub(super) slices_left: u32,
    /// The day's volume when the algorithm began.
    pub(super) volume_before: Decimal,
    /// How it is to be worked beyond its terms.
    pub instructions: Instructions,
    /// Whether its conditions have held.
    pub(super) conditions_met: bool,
    /// Its conditions for which a trade has been seen.
    pub(super) executions_seen: BTreeSet<usize>,
    /// Whether its adjustment has been made.
    pub(super) adjusted: bool,
    /// Units of an exit that the entry has released so far; the whole for all other orders.
    pub(super) released: Decimal,
}

/// Where an order is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Waits for the first order of its list.
    Waiting,
    /// Waits for a session in which it may trade.
    Held,
    /// Waits for its conditions.
    Conditional,
    /// Waits for an auction.
    Auction,
    /// Waits for its trigger price.
    Armed,
    /// Rests in the book.
    Book,
    /// Takes what the book offers and waits for more.
    Hungry,
    /// Is worked by an algorithm.
    Algo,
    /// Ended.
    Ended(End),
}

/// How an order ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// All of it was filled.
    Filled,
    /// The client, the list or the broker canceled it.
    Canceled,
    /// Its lifetime ended.
    Expired,
    /// It was refused.
    Rejected,
}

impl SimOrder {
    /// The caller's name for it.
    #[must_use]
    pub fn client_order_id(&self) -> &ClientOrderId {
        &self.terms.client_order_id
    }

    /// The exchange's name for it.
    #[must_use]
    pub fn broker_order_id(&self) -> Option<BrokerOrderId> {
        self.name.clone()
    }

    /// Units not yet filled.
    #[must_use]
    pub fn leaves(&self) -> Decimal {
        self.quantity - self.filled
    }

    /// Units that may trade now: of an exit, what the entry has released.
    pub(super) fn tradable(&self) -> Decimal {
        self.released.min(self.quantity) - self.filled
    }

    /// Whether it may still trade.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !matches!(self.place, Place::Ended(_))
    }

    /// Average fill price.
    #[must_use]
    pub fn average_price(&self) -> Option<Price> {
        let average = self.notional.checked_div(self.filled)?;
        Price::new(average.round_dp(broker_core::model::MAX_SCALE)).ok()
    }

    /// The price that sets it off as it is now: a trailing one moves with the market.
    #[must_use]
    pub fn trigger_price(&self) -> Option<Price> {
        self.trigger.and_then(|trigger| Price::new(trigger).ok())
    }

    /// Its status in the words of the model.
    #[must_use]
    pub fn status(&self) -> OrderStatus {
        match self.place {
            Place::Ended(End::Filled) => OrderStatus::Filled,
            Place::Ended(End::Canceled) => OrderStatus::Canceled,
            Place::Ended(End::Expired) => OrderStatus::Expired,
            Place::Ended(End::Rejected) => OrderStatus::Rejected,
            _ if self.filled.is_zero() => OrderStatus::New,
            _ => OrderStatus::PartiallyFilled,
        }
    }

    /// The worst price at which it may trade now; `None` for any price.
    pub(super) fn limit(&self) -> Option<Decimal> {
        self.live_limit
            .or_else(|| self.terms.order_type.limit_price().map(Price::get))
    }

    pub(super) fn side(&self) -> Side {
        self.terms.side
    }

    pub(super) fn display(&self) -> Option<Decimal> {
        self.terms.display_quantity.map(Quantity::get)
    }
}
