//! What a caller hands to the book.

use super::{BookPrice, BookQuantity};

/// The caller's name for an order, unique for the life of the book.
///
/// The book refuses a key which is resting; it does not remember the keys of orders that left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrderKey(pub u64);

/// The side of an order (FIX tag 54, reduced to what a book knows).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BookSide {
    /// Bids.
    Buy,
    /// Asks.
    Sell,
}

impl BookSide {
    /// The side it trades with.
    #[must_use]
    pub const fn opposite(self) -> Self {
        match self {
            Self::Buy => Self::Sell,
            Self::Sell => Self::Buy,
        }
    }
}

/// What happens to the part of an order that does not trade at once (from FIX tag 59).
///
/// The book has no clock: day, good-till-date and good-till-cancel orders all `Rest`, and the
/// caller cancels them in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Lifetime {
    /// The rest waits in the book.
    #[default]
    Rest,
    /// The rest is canceled.
    ImmediateOrCancel,
    /// All of it trades at once, hidden quantity included, or none of it.
    FillOrKill,
}

/// A new order.
///
/// ```
/// use broker_sim::exchange::book::{BookOrder, BookPrice, BookQuantity, BookSide, Lifetime, OrderKey};
///
/// let order = BookOrder {
///     lifetime: Lifetime::ImmediateOrCancel,
///     ..BookOrder::limit(
///         OrderKey(1),
///         BookSide::Buy,
///         BookPrice::from_steps(10_000_000_000),
///         BookQuantity::whole(5),
///         7,
///     )
/// };
/// assert!(order.accepts(BookPrice::from_steps(9_900_000_000)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BookOrder {
    /// The caller's name for the order.
    pub key: OrderKey,
    /// Buy or sell.
    pub side: BookSide,
    /// The worst acceptable price; `None` is a market order.
    pub limit: Option<BookPrice>,
    /// The quantity, greater than zero.
    pub quantity: BookQuantity,
    /// The peak an iceberg order shows at a time; `None` shows all of it.
    pub display: Option<BookQuantity>,
    /// The account behind the order, for self-trade prevention and bulk cancels.
    pub owner: u32,
    /// What happens to the part that does not trade at once.
    pub lifetime: Lifetime,
    /// The least that must trade at once, or the order is killed (FIX tag 110).
    pub minimum: Option<BookQuantity>,
    /// Refuse the order rather than let it take liquidity.
    pub post_only: bool,
    /// Show nothing of it while it rests (FIX tag 210 of zero). It stands behind every order at its
    /// price that is shown.
    pub hidden: bool,
}

impl BookOrder {
    /// A plain limit order that rests.
    #[must_use]
    pub const fn limit(
        key: OrderKey,
        side: BookSide,
        limit: BookPrice,
        quantity: BookQuantity,
        owner: u32,
    ) -> Self {
        Self {
            key,
            side,
            limit: Some(limit),
            quantity,
            display: None,
            owner,
            lifetime: Lifetime::Rest,
            minimum: None,
            post_only: false,
            hidden: false,
        }
    }

    /// A plain market order.
    #[must_use]
    pub const fn market(key: OrderKey, side: BookSide, quantity: BookQuantity, owner: u32) -> Self {
        Self {
            key,
            side,
            limit: None,
            quantity,
            display: None,
            owner,
            lifetime: Lifetime::Rest,
            minimum: None,
            post_only: false,
            hidden: false,
        }
    }

    /// Whether the order may trade at `price`.
    #[must_use]
    pub fn accepts(&self, price: BookPrice) -> bool {
        match (self.limit, self.side) {
            (None, _) => true,
            (Some(limit), BookSide::Buy) => price <= limit,
            (Some(limit), BookSide::Sell) => price >= limit,
        }
    }
}

/// An order in the book, as a caller sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RestingOrder {
    /// The caller's name for the order.
    pub key: OrderKey,
    /// Buy or sell.
    pub side: BookSide,
    /// The limit; `None` for a market order that waits for an auction.
    pub limit: Option<BookPrice>,
    /// The open quantity, shown and hidden.
    pub leaves: BookQuantity,
    /// The part of it that is shown.
    pub displayed: BookQuantity,
    /// The account behind the order.
    pub owner: u32,
}
