//! Short words for the tests of the rules: whole prices and quantities, numbered orders.

use super::{
    BookError, BookOrder, BookPrice, BookQuantity, BookSide, OrderBook, OrderKey, Placement,
    PlacementEnd, Trade,
};

pub(super) use BookSide::{Buy, Sell};

pub(super) fn at(units: i64) -> BookPrice {
    BookPrice::whole(units).unwrap()
}

pub(super) fn of(units: u32) -> BookQuantity {
    BookQuantity::whole(units)
}

/// A limit order whose owner is its own key.
pub(super) fn limit(key: u32, side: BookSide, price: i64, quantity: u32) -> BookOrder {
    BookOrder::limit(OrderKey(key.into()), side, at(price), of(quantity), key)
}

pub(super) fn market(key: u32, side: BookSide, quantity: u32) -> BookOrder {
    BookOrder::market(OrderKey(key.into()), side, of(quantity), key)
}

/// A book in continuous trading with these orders.
pub(super) fn book_of(orders: impl IntoIterator<Item = BookOrder>) -> OrderBook {
    let mut book = OrderBook::new();
    for order in orders {
        assert_eq!(
            place(&mut book, order).0.map(|p| p.end),
            Ok(PlacementEnd::Resting)
        );
    }
    book
}

/// A book in an auction with these orders.
pub(super) fn auction_of(orders: impl IntoIterator<Item = BookOrder>) -> OrderBook {
    let mut book = OrderBook::new();
    book.start_auction();
    for order in orders {
        book.rest(order).unwrap();
    }
    book
}

pub(super) fn place(
    book: &mut OrderBook,
    order: BookOrder,
) -> (Result<Placement, BookError>, Vec<Trade>) {
    let mut trades = Vec::new();
    let result = book.place(order, |trade| trades.push(trade));
    (result, trades)
}

pub(super) fn ended(filled: u32, resting: u32, end: PlacementEnd) -> Result<Placement, BookError> {
    Ok(Placement {
        filled: of(filled),
        resting: of(resting),
        end,
    })
}

/// Maker, price and quantity of each trade.
pub(super) fn summary(trades: &[Trade]) -> Vec<(u64, BookPrice, BookQuantity)> {
    trades
        .iter()
        .map(|t| (t.maker.0, t.price, t.quantity))
        .collect()
}

pub(super) fn keys(book: &OrderBook, side: BookSide) -> Vec<u64> {
    book.orders(side).map(|order| order.key.0).collect()
}
