use broker_core::model::{ExecutionId, Instrument, Money, Price, Quantity, Side};
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::exact;

/// One execution as the account books it. Combinations are booked leg by leg.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booking {
    /// The execution; unique within the account.
    pub execution_id: ExecutionId,
    /// The order. Fills of one order in one instrument share the minimum commission.
    pub order_key: u64,
    /// What was traded.
    pub instrument: Instrument,
    /// Units of the underlying per contract, above zero; 1 for shares, currencies and coins.
    pub multiplier: Decimal,
    /// What an option is an option on; `None` for everything else.
    pub underlying: Option<Instrument>,
    /// Which way.
    pub side: Side,
    /// Price per unit, in the instrument's currency.
    pub price: Price,
    /// Units.
    pub quantity: Quantity,
    /// The exchange's trading date.
    pub trade_date: NaiveDate,
    /// The date on which money and instrument change hands.
    pub settlement_date: NaiveDate,
    /// When it was executed, UTC.
    pub at: DateTime<Utc>,
}

/// What a fill did to the account; of a reversal or correction, the change it made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FillEffect {
    /// Commission and fees in the instrument's currency; above zero is paid.
    pub commission: Money,
    /// Profit or loss realised, commission not included; `None` when nothing was closed.
    pub realized: Option<Money>,
    /// The same less the commissions of both sides of what was closed.
    pub realized_net: Option<Money>,
    /// The holding afterwards.
    pub holding: HoldingSnapshot,
}

/// A holding at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HoldingSnapshot {
    /// Units; negative is short.
    pub quantity: Decimal,
    /// Quantity × average price, with the sign of the quantity for prices above zero.
    pub cost: Decimal,
    /// Profit or loss realised today.
    pub realized_today: Money,
}

impl HoldingSnapshot {
    /// The average price of what is held, rounded to eight places; `None` when flat.
    #[must_use]
    pub fn average_price(&self) -> Option<Decimal> {
        let average = exact::share(self.cost, Decimal::ONE, self.quantity, 8).ok()?;
        Some(average.normalize())
    }
}

/// A new price and quantity for an earlier execution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    /// The identifier the execution has from now on; `None` keeps it.
    pub execution_id: Option<ExecutionId>,
    /// The right price.
    pub price: Price,
    /// The right quantity.
    pub quantity: Quantity,
}

/// An order whose cost is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposed {
    /// What is to be traded.
    pub instrument: Instrument,
    /// Units of the underlying per contract, above zero.
    pub multiplier: Decimal,
    /// What an option is an option on; `None` for everything else.
    pub underlying: Option<Instrument>,
    /// Which way.
    pub side: Side,
    /// The worst price expected: the limit, or the far side of the market.
    pub price: Price,
    /// Units.
    pub quantity: Quantity,
    /// Units in the account's other open sell orders of the instrument. They are not for sale
    /// again where short positions are not allowed.
    pub committed: Decimal,
}

/// `quantity` with the sign of the side.
pub(super) fn signed(side: Side, quantity: Quantity) -> Decimal {
    match side {
        Side::Buy => quantity.get(),
        // A side unknown to this version sells: the word list of sides names one way to buy.
        _ => -quantity.get(),
    }
}
