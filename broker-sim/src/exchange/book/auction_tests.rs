//! The rules of the call auction, one at a time.

use super::fixtures::*;
use super::{
    BookError, BookOrder, BookPhase, Expired, Indicative, Lifetime, OrderKey, PlacementEnd,
};

fn indicative(price: i64, volume: u32, imbalance: i32) -> Option<Indicative> {
    let imbalance_side = match imbalance {
        0 => None,
        1.. => Some(Buy),
        _ => Some(Sell),
    };
    let (price, volume, imbalance) = (at(price), of(volume), of(imbalance.unsigned_abs()));
    Some(Indicative {
        price,
        volume,
        imbalance,
        imbalance_side,
    })
}

#[test]
fn the_most_volume_wins() {
    let book = auction_of([
        limit(1, Buy, 103, 5),
        limit(2, Buy, 102, 5),
        limit(3, Sell, 101, 5),
        limit(4, Sell, 102, 4),
    ]);
    assert_eq!(book.indicative(at(500)), indicative(102, 9, 1));
}

#[test]
fn among_equal_volumes_the_least_imbalance_wins() {
    // 5 trade at 101, 102 and 103; only at 103 nothing is left over.
    let book = auction_of([
        limit(1, Buy, 103, 5),
        limit(2, Buy, 102, 2),
        limit(3, Sell, 101, 5),
    ]);
    assert_eq!(book.indicative(at(101)), indicative(103, 5, 0));
}

#[test]
fn market_pressure_moves_the_price_up_or_down() {
    let buyers = auction_of([limit(1, Buy, 103, 7), limit(2, Sell, 101, 5)]);
    assert_eq!(buyers.indicative(at(102)), indicative(103, 5, 2));
    let sellers = auction_of([limit(1, Buy, 103, 5), limit(2, Sell, 101, 7)]);
    assert_eq!(sellers.indicative(at(102)), indicative(101, 5, -2));
}

#[test]
fn without_pressure_the_price_nearest_to_the_reference_wins() {
    let book = auction_of([limit(1, Buy, 103, 5), limit(2, Sell, 101, 5)]);
    for (reference, price) in [(50, 101), (101, 101), (102, 102), (103, 103), (200, 103)] {
        assert_eq!(
            book.indicative(at(reference)),
            indicative(price, 5, 0),
            "{reference}"
        );
    }
}

#[test]
fn opposite_surpluses_are_no_pressure() {
    // 2 too many buys at 101, 2 too many sells at 103, none between.
    let book = auction_of([
        limit(1, Buy, 103, 5),
        limit(2, Buy, 101, 2),
        limit(3, Sell, 101, 5),
        limit(4, Sell, 103, 2),
    ]);
    assert_eq!(book.indicative(at(100)), indicative(101, 5, 2));
    assert_eq!(book.indicative(at(102)), indicative(102, 5, 0));
    assert_eq!(book.indicative(at(200)), indicative(103, 5, -2));
}

#[test]
fn market_orders_alone_trade_at_the_reference() {
    let mut book = auction_of([market(1, Buy, 5), market(2, Sell, 3)]);
    assert_eq!(book.indicative(at(100)), indicative(100, 3, 2));
    let uncross = book.uncross(at(100), |_| {}).unwrap();
    let left = Expired {
        key: OrderKey(1),
        owner: 1,
        side: Buy,
        leaves: of(2),
    };
    assert_eq!(uncross.expired, [left]);
    assert!(book.is_empty());
}

#[test]
fn an_auction_without_a_trade_has_no_price() {
    let mut book = auction_of([limit(1, Buy, 99, 5), limit(2, Sell, 101, 5)]);
    assert_eq!(book.indicative(at(100)), None);
    let uncross = book.uncross(at(100), |_| {}).unwrap();
    assert_eq!((uncross.result, uncross.expired.len()), (None, 0));
    assert_eq!((book.len(), book.phase()), (2, BookPhase::Continuous));
}

#[test]
fn all_trades_have_one_price_and_market_orders_go_first() {
    let mut book = auction_of([
        limit(1, Buy, 105, 4),
        limit(2, Buy, 105, 4),
        market(3, Buy, 3),
        limit(4, Sell, 100, 9),
    ]);
    let mut trades = Vec::new();
    let uncross = book.uncross(at(100), |trade| trades.push(trade)).unwrap();
    assert_eq!(uncross.result, indicative(105, 9, 2));
    assert_eq!(
        summary(&trades),
        [
            (3, at(105), of(3)),
            (1, at(105), of(4)),
            (2, at(105), of(2))
        ]
    );
    assert!(trades.iter().all(|trade| trade.aggressor.is_none()));
    assert_eq!(book.leaves(OrderKey(2)), Some(of(2)));
    assert!(!book.is_crossed());
}

#[test]
fn an_iceberg_takes_part_with_all_of_it_and_shows_a_full_peak_after() {
    let iceberg = BookOrder {
        display: Some(of(2)),
        ..limit(1, Sell, 100, 9)
    };
    let mut book = auction_of([iceberg, limit(2, Sell, 100, 5), limit(3, Buy, 100, 6)]);
    let mut trades = Vec::new();
    book.uncross(at(100), |trade| trades.push(trade)).unwrap();
    assert_eq!(
        trades
            .iter()
            .map(|t| (t.taker.0, t.quantity))
            .collect::<Vec<_>>(),
        [(1, of(6))]
    );
    assert_eq!(
        book.get(OrderKey(1)).map(|o| (o.leaves, o.displayed)),
        Some((of(3), of(2)))
    );
    assert_eq!(keys(&book, Sell), [1, 2]);
}

#[test]
fn the_book_may_be_crossed_during_an_auction_only() {
    let mut book = book_of([limit(1, Buy, 100, 5)]);
    book.start_auction();
    assert!(!book.is_crossed());
    book.rest(limit(2, Sell, 100, 3)).unwrap();
    assert!(book.is_crossed());
    assert_eq!(
        place(&mut book, limit(3, Sell, 99, 3)).0,
        Err(BookError::InAuction)
    );
    let result = book.replace(OrderKey(2), Some(at(98)), of(3), |_| panic!("no trade"));
    assert_eq!(result, ended(0, 3, PlacementEnd::Resting));
    book.uncross(at(100), |_| {}).unwrap();
    assert!(!book.is_crossed());
    assert_eq!(
        book.rest(limit(3, Sell, 99, 3)),
        Err(BookError::NotInAuction)
    );
    assert_eq!(
        book.uncross(at(100), |_| {}).unwrap_err(),
        BookError::NotInAuction
    );
}

#[test]
fn orders_that_must_trade_at_once_cannot_wait_for_an_auction() {
    let mut book = auction_of([limit(1, Buy, 100, 5)]);
    let plain = limit(2, Sell, 99, 3);
    for order in [
        BookOrder {
            lifetime: Lifetime::ImmediateOrCancel,
            ..plain
        },
        BookOrder {
            lifetime: Lifetime::FillOrKill,
            ..plain
        },
        BookOrder {
            minimum: Some(of(1)),
            ..plain
        },
    ] {
        assert_eq!(book.rest(order), Err(BookError::NotForAuction));
    }
    assert_eq!(
        book.rest(limit(1, Sell, 99, 3)),
        Err(BookError::DuplicateKey)
    );
}
