//! What an order asks for beyond its terms.

use broker_core::model::{NewOrder, OrderType, Price, Quantity};
use chrono::{DateTime, Utc};

use super::{Conditions, Exchange, Refusal, engine::Due, form, order::Place};

/// How an order is to be worked beyond its terms.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Instructions {
    /// Nothing of it is shown while it rests in the book, where it stands behind every order at its
    /// price that is shown.
    pub hidden: bool,
    /// It trades whole or not at all. It waits beside the book, not in it, and takes what the book
    /// offers once that is enough.
    pub all_or_none: bool,
    /// Units that its first trade must bring at least (FIX tag 110); it waits beside the book until
    /// they are there.
    pub minimum: Option<Quantity>,
    /// It does not work before.
    pub good_after: Option<DateTime<Utc>>,
    /// On what it begins to work, or is canceled.
    pub conditions: Option<Conditions>,
    /// What a stop becomes once the market has gone its way.
    pub adjustment: Option<Adjustment>,
}

/// What a stop becomes once the market has reached a price.
#[derive(Debug, Clone, PartialEq)]
pub struct Adjustment {
    /// The price: for a stop that sells, one that the market rises to; for one that buys, one that it
    /// falls to.
    pub trigger: Price,
    /// The type of the order from then on, its prices included.
    pub becomes: OrderType,
}

impl Instructions {
    /// Whether the order waits for something that is not its price before it works.
    #[must_use]
    pub fn waits(&self) -> bool {
        self.good_after.is_some()
            || self
                .conditions
                .as_ref()
                .is_some_and(|conditions| !conditions.cancels)
    }

    /// Whether it takes what the book offers only once that is enough.
    pub(super) const fn is_particular(&self) -> bool {
        self.all_or_none || self.minimum.is_some()
    }

    /// Refuses what the exchange cannot do with an order of these terms.
    pub(super) fn check(&self, terms: &NewOrder) -> Result<(), Refusal> {
        use broker_core::model::{AssetClass, OrderTypeKind as T};
        let kind = terms.order_type.kind();
        // A combination trades through its legs' books, an auction and an algorithm have their own
        // way of filling, and a market-to-limit order gets its price from its first trade.
        let plain = terms.instrument.asset_class() != AssetClass::Combo
            && form::is_continuous(kind)
            && kind != T::MarketToLimit
            && form::is_plain(terms.time_in_force.kind());
        let rests = plain
            && matches!(
                kind,
                T::Limit | T::StopLimit | T::TrailingStopLimit | T::LimitIfTouched
            );
        if self.hidden && (!rests || terms.display_quantity.is_some()) {
            return Err(form::not_taken("hidden", "hidden orders of this form"));
        }
        if self.all_or_none && !plain {
            return Err(form::not_taken("all_or_none", "all-or-none of this form"));
        }
        if let Some(minimum) = self.minimum {
            let fits = terms.quantity().is_some_and(|quantity| minimum <= quantity);
            if !plain || !fits {
                return Err(form::not_taken(
                    "minimum",
                    "minimum quantities of this form",
                ));
            }
        }
        if self.adjustment.is_some() && !matches!(terms.order_type, OrderType::Stop { .. }) {
            return Err(form::not_taken("adjustment", "adjustments of this type"));
        }
        Ok(())
    }
}

impl Exchange {
    /// Changes the instructions of an order that waits to work.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidRequest`](broker_core::ErrorKind::InvalidRequest) for an order that works
    /// already, or that the instructions do not suit; nothing has changed.
    pub fn instruct(&mut self, key: u64, instructions: Instructions) -> Result<(), Refusal> {
        let Some(order) = self.orders.get(&key) else {
            return Ok(());
        };
        instructions.check(&order.terms)?;
        let waits = matches!(
            order.place,
            Place::Waiting | Place::Held | Place::Conditional
        );
        if !waits || !order.filled.is_zero() {
            let text = "the order works already";
            let kind = broker_core::ErrorKind::InvalidRequest;
            return Err(Refusal::new(kind, "105", text).at("instructions"));
        }
        let place = order.place;
        self.write_instructions(key, instructions);
        if place != Place::Waiting {
            self.activate(key);
        }
        Ok(())
    }

    /// Notes the instructions of an order and what is to be looked at because of them.
    pub(super) fn write_instructions(&mut self, key: u64, instructions: Instructions) {
        self.conditioned.remove(&key);
        let instants: Vec<DateTime<Utc>> = instructions
            .conditions
            .iter()
            .flat_map(Conditions::instants)
            .chain(instructions.good_after)
            .filter(|at| *at > self.now)
            .collect();
        if instructions.waits() || instructions.conditions.is_some() {
            self.conditioned.insert(key);
        }
        for at in instants {
            self.schedule(at, Due::Conditions);
        }
        if let Some(order) = self.orders.get_mut(&key) {
            order.instructions = instructions;
            order.executions_seen.clear();
        }
    }
}
