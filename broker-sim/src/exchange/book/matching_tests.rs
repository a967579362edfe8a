//! The rules of continuous trading, one at a time.

use super::fixtures::*;
use super::{
    BookError, BookOrder, BookPrice, BookQuantity, Lifetime, OrderBook, OrderKey, PlacementEnd,
    SelfTrade, Trade,
};

#[test]
fn the_best_price_trades_first_then_the_oldest_order_at_the_makers_price() {
    let mut book = book_of([
        limit(1, Sell, 102, 5),
        limit(2, Sell, 101, 5),
        limit(3, Sell, 101, 5),
    ]);
    let (result, trades) = place(&mut book, limit(4, Buy, 102, 12));
    assert_eq!(result, ended(12, 0, PlacementEnd::Filled));
    assert_eq!(
        summary(&trades),
        [
            (2, at(101), of(5)),
            (3, at(101), of(5)),
            (1, at(102), of(2))
        ]
    );
    assert_eq!(book.leaves(OrderKey(1)), Some(of(3)));
}

#[test]
fn a_trade_names_both_orders_and_what_is_left_of_them() {
    let mut book = book_of([limit(1, Buy, 100, 5)]);
    let (_, trades) = place(&mut book, limit(2, Sell, 99, 2));
    let trade = Trade {
        maker: OrderKey(1),
        taker: OrderKey(2),
        maker_owner: 1,
        taker_owner: 2,
        price: at(100),
        quantity: of(2),
        maker_leaves: of(3),
        taker_leaves: of(0),
        aggressor: Some(Sell),
    };
    assert_eq!(trades, [trade]);
}

#[test]
fn the_rest_of_a_limit_order_rests_and_does_not_cross() {
    let mut book = book_of([limit(1, Sell, 100, 3), limit(2, Sell, 102, 3)]);
    let (result, _) = place(&mut book, limit(3, Buy, 101, 5));
    assert_eq!(result, ended(3, 2, PlacementEnd::Resting));
    assert_eq!(
        book.best_bid().map(|level| (level.price, level.quantity)),
        Some((at(101), of(2)))
    );
    assert_eq!(book.best_ask().map(|level| level.price), Some(at(102)));
    assert!(!book.is_crossed());
}

#[test]
fn the_rest_of_an_immediate_order_is_canceled() {
    let mut book = book_of([limit(1, Sell, 100, 3)]);
    let order = BookOrder {
        lifetime: Lifetime::ImmediateOrCancel,
        ..limit(2, Buy, 100, 5)
    };
    assert_eq!(
        place(&mut book, order).0,
        ended(3, 0, PlacementEnd::CanceledImmediate)
    );
    assert!(book.is_empty());
}

#[test]
fn a_market_order_never_rests_in_continuous_trading() {
    let mut book = book_of([limit(1, Sell, 100, 3)]);
    let (result, trades) = place(&mut book, market(2, Buy, 5));
    assert_eq!(result, ended(3, 0, PlacementEnd::CanceledNoLiquidity));
    assert_eq!(trades.len(), 1);
    assert!(book.is_empty());
}

#[test]
fn fill_or_kill_trades_all_or_nothing() {
    let mut book = book_of([limit(1, Sell, 100, 3), limit(2, Sell, 101, 3)]);
    let kill = |key, price| BookOrder {
        lifetime: Lifetime::FillOrKill,
        ..limit(key, Buy, price, 6)
    };
    let (result, trades) = place(&mut book, kill(3, 100));
    assert_eq!(result, ended(0, 0, PlacementEnd::KilledNotFillable));
    assert!(trades.is_empty());
    assert_eq!(
        place(&mut book, kill(4, 101)).0,
        ended(6, 0, PlacementEnd::Filled)
    );
}

#[test]
fn fill_or_kill_counts_hidden_quantity() {
    let iceberg = BookOrder {
        display: Some(of(2)),
        ..limit(1, Sell, 100, 9)
    };
    let mut book = book_of([iceberg]);
    let order = BookOrder {
        lifetime: Lifetime::FillOrKill,
        ..limit(2, Buy, 100, 9)
    };
    let (result, trades) = place(&mut book, order);
    assert_eq!(result, ended(9, 0, PlacementEnd::Filled));
    assert_eq!(trades.len(), 5);
}

#[test]
fn a_minimum_must_trade_at_once_and_the_rest_then_waits() {
    let mut book = book_of([limit(1, Sell, 100, 3)]);
    let order = |minimum| BookOrder {
        minimum: Some(of(minimum)),
        ..limit(2, Buy, 100, 5)
    };
    assert_eq!(
        place(&mut book, order(4)).0,
        ended(0, 0, PlacementEnd::KilledNotFillable)
    );
    assert_eq!(
        place(&mut book, order(3)).0,
        ended(3, 2, PlacementEnd::Resting)
    );
}

#[test]
fn a_post_only_order_never_takes() {
    let mut book = book_of([limit(1, Sell, 100, 3)]);
    let order = |price| BookOrder {
        post_only: true,
        ..limit(2, Buy, price, 5)
    };
    assert_eq!(
        place(&mut book, order(100)).0,
        ended(0, 0, PlacementEnd::WouldCross)
    );
    assert_eq!(
        place(&mut book, order(99)).0,
        ended(0, 5, PlacementEnd::Resting)
    );
}

#[test]
fn an_iceberg_shows_one_peak_and_queues_again_with_the_next() {
    let iceberg = BookOrder {
        display: Some(of(2)),
        ..limit(1, Sell, 100, 5)
    };
    let mut book = book_of([iceberg, limit(2, Sell, 100, 4)]);
    assert_eq!(book.best_ask().map(|level| level.quantity), Some(of(6)));
    let (_, trades) = place(&mut book, limit(3, Buy, 100, 3));
    assert_eq!(summary(&trades), [(1, at(100), of(2)), (2, at(100), of(1))]);
    assert_eq!(keys(&book, Sell), [2, 1]);
    assert_eq!(book.queue_ahead(OrderKey(1)), Some(of(3)));
    let (_, trades) = place(&mut book, limit(4, Buy, 100, 6));
    let quantities = [
        (2, at(100), of(3)),
        (1, at(100), of(2)),
        (1, at(100), of(1)),
    ];
    assert_eq!(summary(&trades), quantities);
    assert!(book.is_empty());
}

#[test]
fn an_order_of_the_same_owner_ends_the_taker_if_so_asked() {
    let orders = [
        limit(1, Sell, 100, 2),
        BookOrder {
            owner: 9,
            ..limit(2, Sell, 101, 2)
        },
    ];
    let taker = BookOrder {
        owner: 9,
        ..limit(3, Buy, 101, 5)
    };
    let mut book = OrderBook::with_self_trade(SelfTrade::CancelTaker);
    for order in orders {
        place(&mut book, order).0.unwrap();
    }
    let killed = BookOrder {
        minimum: Some(of(3)),
        ..taker
    };
    assert_eq!(
        place(&mut book, killed).0,
        ended(0, 0, PlacementEnd::KilledNotFillable)
    );
    assert_eq!(
        place(&mut book, taker).0,
        ended(2, 0, PlacementEnd::CanceledSelfTrade)
    );
    assert_eq!(keys(&book, Sell), [2]);

    let mut book = book_of(orders);
    assert_eq!(
        place(&mut book, taker).0,
        ended(4, 1, PlacementEnd::Resting)
    );
}

#[test]
fn a_peak_that_would_queue_behind_an_own_order_is_not_counted_as_fillable() {
    let mut book = OrderBook::with_self_trade(SelfTrade::CancelTaker);
    let iceberg = BookOrder {
        display: Some(of(2)),
        ..limit(1, Sell, 100, 9)
    };
    place(&mut book, iceberg).0.unwrap();
    place(
        &mut book,
        BookOrder {
            owner: 9,
            ..limit(2, Sell, 100, 1)
        },
    )
    .0
    .unwrap();
    let order = |quantity| BookOrder {
        owner: 9,
        lifetime: Lifetime::FillOrKill,
        ..limit(3, Buy, 100, quantity)
    };
    assert_eq!(
        place(&mut book, order(3)).0,
        ended(0, 0, PlacementEnd::KilledNotFillable)
    );
    assert_eq!(
        place(&mut book, order(2)).0,
        ended(2, 0, PlacementEnd::Filled)
    );
}

#[test]
fn contradictory_orders_are_refused_and_change_nothing() {
    let mut book = book_of([limit(1, Buy, 100, 5)]);
    let plain = limit(2, Sell, 99, 5);
    let tiny = BookQuantity::from_steps(1);
    let cases = [
        (
            BookOrder {
                quantity: of(0),
                ..plain
            },
            BookError::ZeroQuantity,
        ),
        (
            BookOrder {
                key: OrderKey(1),
                ..plain
            },
            BookError::DuplicateKey,
        ),
        (
            BookOrder {
                display: Some(of(0)),
                ..plain
            },
            BookError::InvalidDisplay,
        ),
        (
            BookOrder {
                display: tiny,
                ..plain
            },
            BookError::InvalidDisplay,
        ),
        (
            BookOrder {
                minimum: Some(of(6)),
                ..plain
            },
            BookError::InvalidMinimum,
        ),
        (
            BookOrder {
                post_only: true,
                limit: None,
                ..plain
            },
            BookError::InvalidPostOnly,
        ),
        (
            BookOrder {
                post_only: true,
                lifetime: Lifetime::FillOrKill,
                ..plain
            },
            BookError::InvalidPostOnly,
        ),
        (
            BookOrder {
                side: Buy,
                quantity: BookQuantity::MAX,
                ..plain
            },
            BookError::Full,
        ),
    ];
    for (order, error) in cases {
        assert_eq!(place(&mut book, order), (Err(error), vec![]), "{order:?}");
        assert!(!error.to_string().is_empty());
    }
    assert_eq!(book.leaves(OrderKey(1)), Some(of(5)));
    assert_eq!(book.len(), 1);
}

#[test]
fn extreme_prices_and_quantities_do_not_overflow() {
    let far = |key, side, steps| BookOrder {
        limit: Some(BookPrice::from_steps(steps)),
        quantity: BookQuantity::MAX,
        ..limit(key, side, 0, 1)
    };
    let mut book = book_of([far(1, Buy, i64::MIN), far(2, Sell, i64::MAX)]);
    let sweep = BookOrder {
        quantity: BookQuantity::MAX,
        ..market(3, Sell, 1)
    };
    let (result, trades) = place(&mut book, sweep);
    assert_eq!(result.map(|p| p.filled), Ok(BookQuantity::MAX));
    assert_eq!(trades.len(), 1);
    assert_eq!(keys(&book, Sell), [2]);
}
