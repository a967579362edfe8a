use broker_core::{ErrorKind, dec, model::Depth};
use ibapi::market_data::realtime::{MarketDepth, MarketDepthL2, MarketDepths};
use proptest::prelude::*;

use super::{
    fold_tests::{listing, now},
    ladder::Ladder,
};

const INSERT: i32 = 0;
const UPDATE: i32 = 1;
const DELETE: i32 = 2;
const ASK: i32 = 0;
const BID: i32 = 1;

fn row(side: i32, operation: i32, position: i32, price: f64, size: f64) -> MarketDepths {
    MarketDepths::MarketDepth(MarketDepth {
        position,
        operation,
        side,
        price,
        size,
    })
}

fn ladder(rows: &[MarketDepths]) -> Ladder {
    let mut ladder = Ladder::new(listing(), 5);
    for row in rows {
        ladder.take(row).unwrap();
    }
    ladder
}

fn bids(depth: &Depth) -> Vec<String> {
    let text = |level: &broker_core::model::DepthLevel| format!("{}x{}", level.price, level.size);
    depth.bids.iter().map(text).collect()
}

#[test]
fn rows_are_inserted_updated_and_deleted_by_position() {
    let ladder = ladder(&[
        row(BID, INSERT, 0, 10.0, 1.0),
        row(BID, INSERT, 1, 9.0, 2.0),
        row(BID, INSERT, 0, 11.0, 3.0),
        row(BID, UPDATE, 1, 10.0, 4.0),
        row(BID, DELETE, 2, 0.0, 0.0),
        row(ASK, INSERT, 0, 12.0, 5.0),
    ]);
    let depth = ladder.book(now());
    assert_eq!(bids(&depth), ["11x3", "10x4"]);
    assert_eq!(depth.asks[0].price.get(), dec!(12));
    assert_eq!(ladder.depth(), 1);
}

#[test]
fn rows_of_one_price_are_one_level() {
    let maker = |position, market_maker: &str, price, size| {
        MarketDepths::MarketDepthL2(MarketDepthL2 {
            position,
            market_maker: market_maker.to_owned(),
            operation: INSERT,
            side: BID,
            price,
            size,
            smart_depth: true,
        })
    };
    let ladder = ladder(&[
        maker(0, "ARCA", 10.0, 1.0),
        maker(1, "BATS", 10.0, 2.0),
        maker(2, "IEX", 9.99, 3.0),
    ]);
    assert_eq!(bids(&ladder.book(now())), ["10x3", "9.99x3"]);
}

#[test]
fn a_reset_empties_the_book() {
    let ladder = ladder(&[row(BID, INSERT, 0, 10.0, 1.0), MarketDepths::Reset]);
    assert!(ladder.is_empty());
}

#[test]
fn an_update_right_behind_the_last_row_begins_one() {
    let ladder = ladder(&[
        row(BID, UPDATE, 0, 10.0, 1.0),
        row(BID, UPDATE, 1, 9.0, 1.0),
    ]);
    assert_eq!(bids(&ladder.book(now())), ["10x1", "9x1"]);
}

#[test]
fn an_operation_that_does_not_fit_says_so() {
    for bad in [
        row(BID, INSERT, 2, 10.0, 1.0),
        row(BID, INSERT, -1, 10.0, 1.0),
        row(BID, UPDATE, 2, 10.0, 1.0),
        row(BID, DELETE, 1, 0.0, 0.0),
        row(BID, 3, 0, 10.0, 1.0),
        row(2, INSERT, 0, 10.0, 1.0),
    ] {
        let mut ladder = ladder(&[row(BID, INSERT, 0, 11.0, 1.0)]);
        let error = ladder.take(&bad).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol, "{bad:?}");
    }
}

#[test]
fn no_value_is_no_level() {
    let ladder = ladder(&[
        row(BID, INSERT, 0, -1.0, 0.0),
        row(BID, INSERT, 1, 9.0, 0.0),
        row(BID, INSERT, 2, f64::MAX, 5.0),
    ]);
    assert!(ladder.book(now()).bids.is_empty());
}

proptest! {
    /// Whatever comes, the book is sorted, within its size, and never panics.
    #[test]
    fn a_book_is_sorted_whatever_comes(rows in proptest::collection::vec((0_i32..3, 0_i32..4, -1_i32..8, 0_u8..20, 0_u8..4), 0..80)) {
        let mut ladder = Ladder::new(listing(), 5);
        for (side, operation, position, price, size) in rows {
            let row = row(side, operation, position, f64::from(price) / 4.0, f64::from(size));
            let _ = ladder.take(&row);
        }
        let depth = ladder.book(now());
        prop_assert!(depth.bids.len() <= 5 && depth.asks.len() <= 5);
        prop_assert!(depth.bids.windows(2).all(|pair| pair[0].price > pair[1].price));
        prop_assert!(depth.asks.windows(2).all(|pair| pair[0].price < pair[1].price));
    }
}
