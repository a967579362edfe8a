//! Orders of which nothing is shown.

use super::fixtures::*;
use super::{BookError, BookOrder, OrderKey, PlacementEnd};

fn hidden(order: BookOrder) -> BookOrder {
    BookOrder {
        hidden: true,
        ..order
    }
}

#[test]
fn a_hidden_order_is_not_in_the_depth_and_trades() {
    let mut book = book_of([hidden(limit(1, Sell, 100, 5)), limit(2, Sell, 101, 3)]);
    let shown: Vec<_> = book.depth(Sell, 5).map(|level| level.price).collect();
    assert_eq!(shown, [at(101)]);
    assert_eq!(
        book.get(OrderKey(1)).map(|order| order.displayed),
        Some(of(0))
    );
    let (placed, trades) = place(&mut book, market(3, Buy, 6));
    assert_eq!(placed, ended(6, 0, PlacementEnd::Filled));
    assert_eq!(summary(&trades), [(1, at(100), of(5)), (2, at(101), of(1))]);
}

#[test]
fn a_hidden_order_stands_behind_every_shown_one_at_its_price() {
    let iceberg = BookOrder {
        display: Some(of(1)),
        ..limit(2, Sell, 100, 3)
    };
    let mut book = book_of([
        hidden(limit(1, Sell, 100, 5)),
        iceberg,
        limit(3, Sell, 100, 2),
    ]);
    assert_eq!(book.queue_ahead(OrderKey(1)), Some(of(3)));
    let level = book.best_ask().unwrap();
    assert_eq!((level.quantity, level.orders), (of(3), 2));
    let (_, trades) = place(&mut book, limit(4, Buy, 100, 7));
    let makers: Vec<u64> = trades.iter().map(|trade| trade.maker.0).collect();
    assert_eq!(makers, [2, 3, 2, 2, 1], "every peak comes before it");
    assert_eq!(book.leaves(OrderKey(1)), Some(of(3)));
}

#[test]
fn a_hidden_order_stays_hidden_when_it_is_replaced() {
    let mut book = book_of([hidden(limit(1, Buy, 100, 5))]);
    book.replace(OrderKey(1), Some(at(99)), of(8), |_| {})
        .unwrap();
    assert_eq!(book.best_bid(), None);
    assert_eq!(book.leaves(OrderKey(1)), Some(of(8)));
}

#[test]
fn an_order_cannot_be_hidden_and_show_a_part() {
    let mut book = book_of([]);
    let order = BookOrder {
        display: Some(of(1)),
        ..hidden(limit(1, Buy, 100, 5))
    };
    assert_eq!(place(&mut book, order).0, Err(BookError::InvalidDisplay));
}
