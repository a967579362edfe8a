//! Random sequences of calls give the same on the book and on the naive model.

use proptest::prelude::*;

use super::model::Model;
use super::{
    BookOrder, BookPhase, BookPrice, BookQuantity, BookSide, Lifetime, OrderBook, OrderKey,
    RestingOrder, SelfTrade, Trade,
};

#[derive(Debug, Clone)]
enum Step {
    Submit(BookOrder),
    Cancel(OrderKey),
    Reduce(OrderKey, BookQuantity),
    Replace(OrderKey, Option<BookPrice>, BookQuantity),
    ClearOwner(u32),
    StartAuction,
    Uncross(BookPrice),
}

fn quantity(steps: i64) -> BookQuantity {
    BookQuantity::from_steps(steps).unwrap()
}

fn key() -> impl Strategy<Value = OrderKey> {
    (0_u64..24).prop_map(OrderKey)
}

fn price() -> impl Strategy<Value = BookPrice> {
    // Around zero, so that negative prices are nothing special; wide enough for the far search.
    prop_oneof![4 => -4_i64..=4, 1 => -16_i64..=16].prop_map(BookPrice::from_steps)
}

fn limit() -> impl Strategy<Value = Option<BookPrice>> {
    prop_oneof![1 => Just(None), 6 => price().prop_map(Some)]
}

fn size() -> impl Strategy<Value = BookQuantity> {
    prop_oneof![1 => Just(0_i64), 30 => 1_i64..=12].prop_map(quantity)
}

fn order() -> impl Strategy<Value = BookOrder> {
    let lifetime = prop_oneof![
        5 => Just(Lifetime::Rest),
        1 => Just(Lifetime::ImmediateOrCancel),
        1 => Just(Lifetime::FillOrKill),
    ];
    let display = prop_oneof![3 => Just(None), 1 => (0_i64..=4).prop_map(|d| Some(quantity(d)))];
    let minimum = prop_oneof![9 => Just(None), 1 => (0_i64..=13).prop_map(|m| Some(quantity(m)))];
    let side = prop_oneof![Just(BookSide::Buy), Just(BookSide::Sell)];
    let post_only = prop::bool::weighted(0.1);
    let hidden = prop::bool::weighted(0.15);
    (
        key(),
        side,
        limit(),
        size(),
        display,
        0_u32..4,
        lifetime,
        minimum,
        (post_only, hidden),
    )
        .prop_map(
            |(
                key,
                side,
                limit,
                quantity,
                display,
                owner,
                lifetime,
                minimum,
                (post_only, hidden),
            )| {
                BookOrder {
                    key,
                    side,
                    limit,
                    quantity,
                    display,
                    owner,
                    lifetime,
                    minimum,
                    post_only,
                    hidden,
                }
            },
        )
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        24 => order().prop_map(Step::Submit),
        5 => key().prop_map(Step::Cancel),
        2 => (key(), size()).prop_map(|(key, to)| Step::Reduce(key, to)),
        5 => (key(), limit(), size()).prop_map(|(key, limit, to)| Step::Replace(key, limit, to)),
        1 => (0_u32..4).prop_map(Step::ClearOwner),
        1 => Just(Step::StartAuction),
        2 => price().prop_map(Step::Uncross),
    ]
}

fn apply(
    step: &Step,
    book: &mut OrderBook,
    model: &mut Model,
) -> Result<(Vec<Trade>, i64), TestCaseError> {
    let (mut trades, mut expected) = (Vec::new(), Vec::new());
    let mut sink = |trade| trades.push(trade);
    // What the open quantity of the book grew by, but for the second side of an auction trade.
    let mut brought = 0_i64;
    match *step {
        Step::Submit(order) if model.auction => {
            let result = book.rest(order);
            prop_assert_eq!(result, model.rest(order));
            prop_assert!(book.place(order, &mut sink).is_err());
            brought = result.map_or(0, |()| order.quantity.steps());
        }
        Step::Submit(order) => {
            let result = book.place(order, &mut sink);
            prop_assert_eq!(result, model.place(order, &mut expected));
            prop_assert!(book.rest(order).is_err());
            brought = result.map_or(0, |p| p.resting.steps() - p.filled.steps());
        }
        Step::Cancel(key) => {
            let result = book.cancel(key);
            prop_assert_eq!(result, model.cancel(key));
            brought = -result.map_or(0, BookQuantity::steps);
        }
        Step::Reduce(key, to) => {
            let result = book.reduce(key, to);
            prop_assert_eq!(result, model.reduce(key, to));
            brought = -result.map_or(0, BookQuantity::steps);
        }
        Step::Replace(key, limit, to) => {
            let before = book.leaves(key).map_or(0, BookQuantity::steps);
            let result = book.replace(key, limit, to, &mut sink);
            prop_assert_eq!(result, model.replace(key, limit, to, &mut expected));
            brought = result.map_or(0, |p| p.resting.steps() - p.filled.steps() - before);
        }
        Step::ClearOwner(owner) => {
            let mut gone = Vec::new();
            let count = book.clear_owner(owner, |key, leaves| gone.push((key, leaves)));
            prop_assert_eq!(count, gone.len());
            prop_assert_eq!(&gone, &model.clear_owner(owner));
            brought = -gone.iter().map(|(_, leaves)| leaves.steps()).sum::<i64>();
        }
        Step::StartAuction => {
            book.start_auction();
            model.auction = true;
        }
        Step::Uncross(reference) => {
            let promised = book.indicative(reference);
            if model.auction {
                prop_assert_eq!(promised, model.indicative(reference));
                let uncross = book.uncross(reference, &mut sink).unwrap();
                let expired = model.uncross(reference, &mut expected);
                let keys: Vec<OrderKey> = uncross.expired.iter().map(|e| e.key).collect();
                prop_assert_eq!(keys, expired);
                prop_assert_eq!(uncross.result, promised);
                let lost: i64 = uncross.expired.iter().map(|e| e.leaves.steps()).sum();
                let traded: i64 = trades.iter().map(|t| t.quantity.steps()).sum();
                prop_assert_eq!(traded, promised.map_or(0, |p| p.volume.steps()));
                brought = -lost - traded;
            } else {
                prop_assert_eq!(promised, None);
                prop_assert!(book.uncross(reference, &mut sink).is_err());
            }
        }
    }
    prop_assert_eq!(&trades, &expected);
    Ok((trades, brought))
}

fn assert_same_book(book: &OrderBook, model: &Model) -> Result<(), TestCaseError> {
    prop_assert_eq!(book.len(), model.kept.len());
    prop_assert_eq!(book.is_empty(), model.kept.is_empty());
    prop_assert_eq!(book.phase() == BookPhase::Auction, model.auction);
    for side in [BookSide::Buy, BookSide::Sell] {
        let wanted = model.ranked(side);
        let views: Vec<RestingOrder> = wanted
            .iter()
            .map(|k| RestingOrder {
                key: k.order.key,
                side,
                limit: k.order.limit,
                leaves: quantity(k.leaves),
                displayed: quantity(k.shown),
                owner: k.order.owner,
            })
            .collect();
        prop_assert_eq!(book.orders(side).collect::<Vec<_>>(), views.clone());

        let mut levels: Vec<(BookPrice, i64, usize)> = Vec::new();
        for (at, view) in views.iter().enumerate() {
            prop_assert_eq!(book.get(view.key), Some(*view));
            let same = |v: &&RestingOrder| v.limit == view.limit;
            let ahead: i64 = views[..at]
                .iter()
                .filter(same)
                .map(|v| v.displayed.steps())
                .sum();
            prop_assert_eq!(book.queue_ahead(view.key), Some(quantity(ahead)));
            let Some(limit) = view.limit else { continue };
            if view.displayed.is_zero() {
                continue;
            }
            match levels.last_mut() {
                Some(level) if level.0 == limit => {
                    level.1 += view.displayed.steps();
                    level.2 += 1;
                }
                _ => levels.push((limit, view.displayed.steps(), 1)),
            }
        }
        let depth: Vec<_> = book
            .depth(side, usize::MAX)
            .map(|level| (level.price, level.quantity.steps(), level.orders))
            .collect();
        prop_assert_eq!(depth, levels);
    }
    prop_assert!(model.auction || !book.is_crossed());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 768, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_book_does_what_the_naive_model_does(
        prevent in any::<bool>(),
        steps in prop::collection::vec(step(), 1..150),
    ) {
        let self_trade = if prevent { SelfTrade::CancelTaker } else { SelfTrade::Allow };
        let mut book = OrderBook::with_self_trade(self_trade);
        let mut model = Model::new(self_trade);
        let (mut open, mut most) = (0_i64, 0_usize);
        for step in &steps {
            let before = book.len();
            let (trades, brought) = apply(step, &mut book, &mut model)?;
            assert_same_book(&book, &model)?;

            // Quantity is conserved. `brought` counts each traded quantity once; an auction trade
            // takes it from two orders of the book.
            let traded: i64 = trades.iter().filter(|t| t.aggressor.is_none())
                .map(|t| t.quantity.steps()).sum();
            open += brought - traded;
            let total: i64 = [BookSide::Buy, BookSide::Sell].into_iter()
                .flat_map(|side| book.orders(side)).map(|o| o.leaves.steps()).sum();
            prop_assert_eq!(open, total);

            // Places are reused: there are never more than were needed at one time.
            most = most.max(book.len()).max(before);
            prop_assert!(book.orders.places() <= most);
        }
        for key in 0..24 {
            let _ = book.cancel(OrderKey(key));
        }
        prop_assert!(book.is_empty());
        prop_assert!(book.buys.levels.is_empty() && book.sells.levels.is_empty());
        prop_assert!(book.buys.total.is_zero() && book.sells.total.is_zero());
    }
}
