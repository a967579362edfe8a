//! The rules for changes to resting orders and for reading the book.

use super::fixtures::*;
use super::{BookError, BookOrder, DepthLevel, OrderKey, PlacementEnd};

#[test]
fn a_cancel_returns_what_was_open_once() {
    let mut book = book_of([limit(1, Buy, 100, 5)]);
    place(&mut book, limit(2, Sell, 100, 2)).0.unwrap();
    assert_eq!(book.cancel(OrderKey(1)), Some(of(3)));
    assert_eq!(book.cancel(OrderKey(1)), None);
    assert!(!book.contains(OrderKey(1)));
    assert_eq!(book.best_bid(), None);
}

#[test]
fn a_reduction_keeps_the_place_in_the_queue() {
    let mut book = book_of([limit(1, Buy, 100, 5), limit(2, Buy, 100, 5)]);
    assert_eq!(book.reduce(OrderKey(1), of(2)), Ok(of(3)));
    assert_eq!(keys(&book, Buy), [1, 2]);
    assert_eq!(book.queue_ahead(OrderKey(2)), Some(of(2)));
    assert_eq!(
        book.reduce(OrderKey(1), of(3)),
        Err(BookError::NotAReduction)
    );
    assert_eq!(
        book.reduce(OrderKey(1), of(0)),
        Err(BookError::ZeroQuantity)
    );
    assert_eq!(
        book.reduce(OrderKey(3), of(1)),
        Err(BookError::UnknownOrder)
    );
}

#[test]
fn an_iceberg_gives_up_its_hidden_part_first() {
    let mut book = book_of([BookOrder {
        display: Some(of(2)),
        ..limit(1, Buy, 100, 9)
    }]);
    book.reduce(OrderKey(1), of(3)).unwrap();
    assert_eq!(
        book.get(OrderKey(1)).map(|o| (o.leaves, o.displayed)),
        Some((of(3), of(2)))
    );
    book.reduce(OrderKey(1), of(1)).unwrap();
    assert_eq!(
        book.get(OrderKey(1)).map(|o| (o.leaves, o.displayed)),
        Some((of(1), of(1)))
    );
}

#[test]
fn a_replacement_keeps_priority_only_at_the_same_price_with_no_more_quantity() {
    // New price and quantity of order 1, and the queue at 100 after it.
    let cases = [
        ((100, 4), [1, 2]),
        ((100, 5), [1, 2]),
        ((100, 6), [2, 1]),
        ((101, 4), [1, 2]),
    ];
    for ((price, quantity), queue) in cases {
        let mut book = book_of([limit(1, Buy, 100, 5), limit(2, Buy, 100, 5)]);
        let result = book.replace(OrderKey(1), Some(at(price)), of(quantity), |_| {});
        assert_eq!(result, ended(0, quantity, PlacementEnd::Resting));
        assert_eq!(keys(&book, Buy), queue, "{price} {quantity}");
        let behind = book
            .queue_ahead(OrderKey(1))
            .is_some_and(|ahead| !ahead.is_zero());
        assert_eq!(behind, queue == [2, 1]);
    }
    let mut book = book_of([limit(1, Buy, 100, 5), limit(2, Buy, 100, 5)]);
    for price in [99, 100] {
        book.replace(OrderKey(1), Some(at(price)), of(5), |_| {})
            .unwrap();
    }
    assert_eq!(keys(&book, Buy), [2, 1]);
}

#[test]
fn a_replaced_order_may_trade_at_once() {
    let mut book = book_of([limit(1, Buy, 99, 5), limit(2, Sell, 101, 3)]);
    let mut trades = Vec::new();
    let result = book.replace(OrderKey(1), Some(at(101)), of(5), |trade| {
        trades.push(trade);
    });
    assert_eq!(result, ended(3, 2, PlacementEnd::Resting));
    assert_eq!(summary(&trades), [(2, at(101), of(3))]);
    assert_eq!(book.best_bid().map(|level| level.price), Some(at(101)));
}

#[test]
fn a_post_only_order_is_not_replaced_into_a_trade() {
    let order = BookOrder {
        post_only: true,
        ..limit(1, Buy, 99, 5)
    };
    let mut book = book_of([order, limit(2, Sell, 101, 3)]);
    let result = book.replace(OrderKey(1), Some(at(101)), of(7), |_| {});
    assert_eq!(result, ended(0, 5, PlacementEnd::WouldCross));
    assert_eq!(
        book.get(OrderKey(1)).map(|o| (o.limit, o.leaves)),
        Some((Some(at(99)), of(5)))
    );
}

#[test]
fn a_refused_replacement_leaves_the_order_as_it_was() {
    let mut book = book_of([limit(1, Buy, 99, 5)]);
    let before = book.get(OrderKey(1));
    let result = book.replace(OrderKey(1), Some(at(98)), of(0), |_| {});
    assert_eq!(result, Err(BookError::ZeroQuantity));
    assert_eq!(
        book.replace(OrderKey(2), None, of(1), |_| {}),
        Err(BookError::UnknownOrder)
    );
    assert_eq!(book.get(OrderKey(1)), before);
}

#[test]
fn clearing_an_owner_cancels_all_of_its_orders_and_no_other() {
    let mine = |order| BookOrder { owner: 7, ..order };
    let mut book = book_of([
        mine(limit(1, Buy, 99, 5)),
        limit(2, Buy, 99, 5),
        mine(limit(3, Sell, 101, 4)),
        mine(limit(4, Buy, 98, 3)),
    ]);
    let mut canceled = Vec::new();
    let count = book.clear_owner(7, |key, leaves| canceled.push((key.0, leaves)));
    assert_eq!(count, 3);
    assert_eq!(canceled, [(1, of(5)), (3, of(4)), (4, of(3))]);
    assert_eq!(keys(&book, Buy), [2]);
    assert_eq!(book.clear_owner(7, |_, _| {}), 0);
}

#[test]
fn depth_shows_the_best_levels_first() {
    let book = book_of([
        limit(1, Sell, 103, 1),
        limit(2, Sell, 101, 2),
        BookOrder {
            display: Some(of(3)),
            ..limit(3, Sell, 101, 9)
        },
        limit(4, Sell, 102, 4),
    ]);
    let level = |price, quantity, orders| DepthLevel {
        price: at(price),
        quantity: of(quantity),
        orders,
    };
    let depth: Vec<DepthLevel> = book.depth(Sell, 2).collect();
    assert_eq!(depth, [level(101, 5, 2), level(102, 4, 1)]);
    assert_eq!(book.depth(Buy, 5).count(), 0);
}

#[test]
fn slots_are_reused() {
    let mut book = book_of([limit(1, Buy, 100, 1)]);
    for key in 2..1_000 {
        place(&mut book, limit(key, Buy, 99, 1)).0.unwrap();
        book.cancel(OrderKey(key.into())).unwrap();
    }
    assert_eq!(book.orders.places(), 2);
    assert_eq!(book.buys.levels.len(), 1);
}
