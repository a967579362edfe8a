use serde::{Deserialize, Serialize};

use super::{
    AccountId, ClientOrderId, Extensions, Instrument, Money, OrderType, Price, Quantity, Side,
    TimeInForce, TradingSession, TrailingOffset,
};

/// How much to trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OrderAmount {
    /// So many units (FIX 38).
    Quantity(Quantity),
    /// As many units, fractions included, as this money buys or as must be sold for it (FIX 152).
    Cash(Money),
}

/// One intent to trade (FIX message D).
///
/// ```
/// use broker_core::{dec, model::*};
/// let order = NewOrder::new(
///     ClientOrderId::generate(),
///     AccountId::new("DU1")?,
///     Instrument::equity("AAPL", Mic::XNAS, Currency::USD)?,
///     Side::Buy,
///     OrderAmount::Quantity(Quantity::try_from(100)?),
///     OrderType::Limit { price: Price::new(dec!(187.50))? },
/// )
/// .with_time_in_force(TimeInForce::Gtc);
/// assert_eq!(order.session, TradingSession::Regular);
/// # Ok::<(), ValueError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct NewOrder {
    /// The caller's name for the intent (FIX 11).
    pub client_order_id: ClientOrderId,
    /// The account that trades (FIX 1).
    pub account: AccountId,
    /// What is traded (FIX 55).
    pub instrument: Instrument,
    /// Which way (FIX 54).
    pub side: Side,
    /// How much (FIX 38 or 152).
    pub amount: OrderAmount,
    /// What makes it execute (FIX 40).
    pub order_type: OrderType,
    /// How long it works (FIX 59); the trading day when absent in JSON.
    #[serde(default = "day")]
    pub time_in_force: TimeInForce,
    /// When in the day it may trade (FIX 336); the regular session when absent in JSON.
    #[serde(default = "regular")]
    pub session: TradingSession,
    /// The part shown to the market, for iceberg orders (FIX 1138); all of it when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_quantity: Option<Quantity>,
    /// Fields that only one broker knows, typed by that broker's adapter.
    #[serde(default, skip_serializing_if = "Extensions::is_empty")]
    pub extensions: Extensions,
}

fn day() -> TimeInForce {
    TimeInForce::Day
}

fn regular() -> TradingSession {
    TradingSession::Regular
}

impl NewOrder {
    /// A day order for the regular session, all of it displayed.
    #[must_use]
    pub fn new(
        client_order_id: ClientOrderId,
        account: AccountId,
        instrument: Instrument,
        side: Side,
        amount: OrderAmount,
        order_type: OrderType,
    ) -> Self {
        Self {
            client_order_id,
            account,
            instrument,
            side,
            amount,
            order_type,
            time_in_force: day(),
            session: regular(),
            display_quantity: None,
            extensions: Extensions::default(),
        }
    }

    /// The same order with another lifetime.
    #[must_use]
    pub fn with_time_in_force(mut self, time_in_force: TimeInForce) -> Self {
        self.time_in_force = time_in_force;
        self
    }

    /// The same order for another part of the day.
    #[must_use]
    pub fn with_session(mut self, session: TradingSession) -> Self {
        self.session = session;
        self
    }

    /// The same order showing only a part of its quantity.
    #[must_use]
    pub fn with_display_quantity(mut self, quantity: Quantity) -> Self {
        self.display_quantity = Some(quantity);
        self
    }

    /// The quantity, unless the order is for an amount of money.
    #[must_use]
    pub const fn quantity(&self) -> Option<Quantity> {
        match self.amount {
            OrderAmount::Quantity(quantity) => Some(quantity),
            OrderAmount::Cash(_) => None,
        }
    }
}

/// A change to a working order (FIX message G). Absent fields stay as they are.
///
/// The order keeps its client order id; the broker may give it a new id of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ReplaceOrder {
    /// The account of the order.
    pub account: AccountId,
    /// The order to change (FIX 41).
    pub client_order_id: ClientOrderId,
    /// The new total quantity, filled part included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Quantity>,
    /// The new limit price, for types that have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit_price: Option<Price>,
    /// The new trigger price, for types that have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger_price: Option<Price>,
    /// The new distance, for types that follow the market.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trailing_offset: Option<TrailingOffset>,
    /// The new lifetime.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_in_force: Option<TimeInForce>,
}

impl ReplaceOrder {
    /// A change that changes nothing yet.
    #[must_use]
    pub fn new(account: AccountId, client_order_id: ClientOrderId) -> Self {
        Self {
            account,
            client_order_id,
            quantity: None,
            limit_price: None,
            trigger_price: None,
            trailing_offset: None,
            time_in_force: None,
        }
    }

    /// The fields that this change touches.
    pub fn fields(&self) -> impl Iterator<Item = ReplaceField> + use<> {
        [
            self.quantity.is_some().then_some(ReplaceField::Quantity),
            self.limit_price
                .is_some()
                .then_some(ReplaceField::LimitPrice),
            self.trigger_price
                .is_some()
                .then_some(ReplaceField::TriggerPrice),
            self.trailing_offset
                .is_some()
                .then_some(ReplaceField::TrailingOffset),
            self.time_in_force
                .is_some()
                .then_some(ReplaceField::TimeInForce),
        ]
        .into_iter()
        .flatten()
    }

    /// The order as it is after the change, or the field that the order's type does not have.
    ///
    /// # Errors
    /// The first [`ReplaceField`] that does not apply to the order.
    pub fn apply_to(&self, order: &NewOrder) -> Result<NewOrder, ReplaceField> {
        let mut next = order.clone();
        if let Some(quantity) = self.quantity {
            match &mut next.amount {
                OrderAmount::Quantity(old) => *old = quantity,
                OrderAmount::Cash(_) => return Err(ReplaceField::Quantity),
            }
        }
        if let Some(new) = self.limit_price {
            *limit_price_mut(&mut next.order_type).ok_or(ReplaceField::LimitPrice)? = new;
        }
        if let Some(new) = self.trigger_price {
            match &mut next.order_type {
                OrderType::Stop { trigger }
                | OrderType::StopLimit { trigger, .. }
                | OrderType::MarketIfTouched { trigger }
                | OrderType::LimitIfTouched { trigger, .. } => *trigger = new,
                OrderType::TrailingStop { trigger, .. }
                | OrderType::TrailingStopLimit { trigger, .. } => *trigger = Some(new),
                _ => return Err(ReplaceField::TriggerPrice),
            }
        }
        if let Some(new) = self.trailing_offset {
            match &mut next.order_type {
                OrderType::TrailingStop { offset, .. }
                | OrderType::TrailingStopLimit { offset, .. } => *offset = new,
                _ => return Err(ReplaceField::TrailingOffset),
            }
        }
        if let Some(new) = self.time_in_force {
            next.time_in_force = new;
        }
        Ok(next)
    }
}

fn limit_price_mut(order_type: &mut OrderType) -> Option<&mut Price> {
    match order_type {
        OrderType::Limit { price }
        | OrderType::StopLimit { price, .. }
        | OrderType::LimitOnOpen { price }
        | OrderType::LimitOnClose { price }
        | OrderType::LimitIfTouched { price, .. }
        | OrderType::AuctionLimit { price } => Some(price),
        OrderType::Algo(algo) => algo.price.as_mut(),
        _ => None,
    }
}

super::words::word_enum! {
    /// A field of an order that a replace may change.
    pub enum ReplaceField {
        /// [`ReplaceOrder::quantity`].
        Quantity = "quantity",
        /// [`ReplaceOrder::limit_price`].
        LimitPrice = "limit_price",
        /// [`ReplaceOrder::trigger_price`].
        TriggerPrice = "trigger_price",
        /// [`ReplaceOrder::trailing_offset`].
        TrailingOffset = "trailing_offset",
        /// [`ReplaceOrder::time_in_force`].
        TimeInForce = "time_in_force",
    }
}

/// A request to cancel one order (FIX message F).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CancelOrder {
    /// The account of the order.
    pub account: AccountId,
    /// The order to cancel (FIX 41).
    pub client_order_id: ClientOrderId,
}

/// A request to exercise or to give up an option position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ExerciseOption {
    /// The caller's name for the intent; it never exercises twice.
    pub client_order_id: ClientOrderId,
    /// The account that holds the option.
    pub account: AccountId,
    /// The option.
    pub instrument: Instrument,
    /// How many contracts, at most the long position.
    pub quantity: Quantity,
    /// Exercise, or let lapse although in the money.
    pub action: ExerciseAction,
}

super::words::word_enum! {
    /// What to do with an option position.
    pub enum ExerciseAction {
        /// Exercise now.
        Exercise = "exercise",
        /// Do not exercise at expiry although in the money.
        Lapse = "lapse",
    }
}
