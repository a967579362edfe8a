//! The order book alone: placing, canceling and matching, and its memory.

use std::error::Error;

use broker_benches::{median, resident_memory, section};
use broker_sim::exchange::book::{
    BookOrder, BookPrice, BookQuantity, BookSide, OrderBook, OrderKey,
};

const CYCLES: u32 = 50_000;
const OPERATIONS_PER_CYCLE: u32 = 20;
const PAIRS: u32 = 1_000_000;
const RUNS: usize = 9;

fn limit(key: u64, side: BookSide, price: i64, quantity: u32, owner: u32) -> Option<BookOrder> {
    let quantity = BookQuantity::whole(quantity);
    let key = OrderKey(key);
    Some(BookOrder::limit(
        key,
        side,
        BookPrice::whole(price)?,
        quantity,
        owner,
    ))
}

/// Nine orders on both sides of the spread, their cancels, one that rests inside and one that
/// trades with it.
fn cycle(book: &mut OrderBook, first: u64) -> Option<u32> {
    let mut trades = 0;
    for number in 0..9_u32 {
        let key = first + u64::from(number);
        let distance = i64::from(number % 5);
        let order = if number % 2 == 0 {
            limit(key, BookSide::Buy, 90 - distance, 10, 1)?
        } else {
            limit(key, BookSide::Sell, 110 + distance, 10, 1)?
        };
        book.place(order, |_| trades += 1).ok()?;
    }
    book.place(limit(first + 9, BookSide::Sell, 100, 10, 1)?, |_| {
        trades += 1
    })
    .ok()?;
    book.place(limit(first + 10, BookSide::Buy, 100, 10, 2)?, |_| {
        trades += 1
    })
    .ok()?;
    for number in 0..9 {
        book.cancel(OrderKey(first + number))?;
    }
    Some(trades)
}

fn main() -> Result<(), Box<dyn Error>> {
    let operations = CYCLES * OPERATIONS_PER_CYCLE;
    let mix = median(RUNS, operations, OrderBook::new, |mut book| {
        let trades: Option<u32> = (0..u64::from(CYCLES))
            .map(|number| cycle(&mut book, number * 11))
            .sum();
        (trades, book)
    });
    let mut book = OrderBook::new();
    let before = resident_memory();
    for key in 0..u64::from(PAIRS) {
        if let Some(order) = limit(key, BookSide::Buy, 100, 1, 1) {
            book.place(order, |_| ())?;
            book.cancel(OrderKey(key));
        }
    }
    let after = resident_memory();
    let grown = after
        .zip(before)
        .map(|(after, before)| after.saturating_sub(before) / 1024);
    section(
        "The order book alone",
        &[
            (
                "9 placed, 9 canceled, 2 matched (target: 1 M/s)",
                format!("{:.2} M/s", mix.millions()),
            ),
            ("per operation", format!("{:.0} ns", mix.nanoseconds())),
            (
                "growth over 1,000,000 pairs of place and cancel",
                grown.map_or_else(|| "unknown".into(), |grown| format!("{grown} KiB")),
            ),
        ],
    )?;
    Ok(())
}
