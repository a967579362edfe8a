//! What the book tells the caller: trades, the fate of an order, refusals.

use std::error::Error;
use std::fmt;

use super::{BookPrice, BookQuantity, BookSide, OrderKey};

/// One trade between two orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trade {
    /// The order that was in the book; in an auction, where nobody makes, the buy order.
    pub maker: OrderKey,
    /// The order that came in; in an auction the sell order.
    pub taker: OrderKey,
    /// The account behind the maker.
    pub maker_owner: u32,
    /// The account behind the taker.
    pub taker_owner: u32,
    /// The maker's price, or the auction price.
    pub price: BookPrice,
    /// The traded quantity.
    pub quantity: BookQuantity,
    /// What is open of the maker after this trade, hidden quantity included.
    pub maker_leaves: BookQuantity,
    /// What is open of the taker after this trade.
    pub taker_leaves: BookQuantity,
    /// The side that took liquidity; `None` in an auction.
    pub aggressor: Option<BookSide>,
}

/// How the placing of an order ended.
///
/// `filled` plus `resting` is less than the order's quantity if the rest was canceled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placement {
    /// What traded at once.
    pub filled: BookQuantity,
    /// What rests in the book now.
    pub resting: BookQuantity,
    /// Why the order does no longer trade.
    pub end: PlacementEnd,
}

/// Why a placed order does no longer trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PlacementEnd {
    /// The rest waits in the book.
    Resting,
    /// Nothing is left.
    Filled,
    /// The rest of an immediate-or-cancel limit order was canceled.
    CanceledImmediate,
    /// The fill-or-kill quantity or the minimum was not there; nothing traded.
    KilledNotFillable,
    /// A market order met an empty side; its rest was canceled.
    CanceledNoLiquidity,
    /// The next maker has the same owner; the rest was canceled.
    CanceledSelfTrade,
    /// A post-only order would have taken liquidity; nothing changed.
    WouldCross,
}

/// Why the book refused a call; a refused call changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BookError {
    /// The quantity is zero.
    ZeroQuantity,
    /// An order with this key is in the book.
    DuplicateKey,
    /// No order with this key is in the book.
    UnknownOrder,
    /// The display is zero, or so small that the order would need more than
    /// [`MAXIMUM_PEAKS`](super::MAXIMUM_PEAKS) peaks, or the order is hidden besides.
    InvalidDisplay,
    /// The minimum is greater than the quantity.
    InvalidMinimum,
    /// A post-only order must have a limit, rest, and ask for no minimum.
    InvalidPostOnly,
    /// A reduction must not raise the quantity.
    NotAReduction,
    /// The order trades at once or not at all, so it cannot wait for an auction.
    NotForAuction,
    /// The call needs continuous trading.
    InAuction,
    /// The call needs a running auction.
    NotInAuction,
    /// The side's quantities would sum to more than [`BookQuantity::MAX`], or the book holds as
    /// many orders as it can number.
    Full,
}

impl fmt::Display for BookError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ZeroQuantity => "quantity is zero",
            Self::DuplicateKey => "order key is in the book already",
            Self::UnknownOrder => "no such order in the book",
            Self::InvalidDisplay => "display quantity is zero or far too small for the order",
            Self::InvalidMinimum => "minimum quantity exceeds the order quantity",
            Self::InvalidPostOnly => "post-only needs a limit order that rests, without a minimum",
            Self::NotAReduction => "new quantity exceeds the open quantity",
            Self::NotForAuction => "an immediate order cannot wait for an auction",
            Self::InAuction => "the book is in an auction",
            Self::NotInAuction => "the book is not in an auction",
            Self::Full => "the book cannot count more quantity or orders",
        })
    }
}

impl Error for BookError {}
