//! What holds for every sequence of fills.

use broker_core::model::{AccountKind, Currency, Instrument, Price};
use proptest::prelude::*;
use rust_decimal::{Decimal, dec};

use super::fixtures::*;
use super::{Account, Booking, Correction};

fn list() -> [Instrument; 5] {
    [apple(), option('C', 100), coin(), euro(), future()]
}

fn marks() -> Sheet {
    Sheet::default()
        .with(apple(), dec!(7.13))
        .with(option('C', 100), dec!(3.05))
        .with(coin(), dec!(9.99999))
        .with(euro(), dec!(1.1234))
        .with(future(), dec!(5.25))
        .with_rate(Currency::EUR, Currency::USD, dec!(1.1234))
}

#[derive(Debug, Clone)]
enum Step {
    Fill(Box<Booking>),
    Dividend,
    Split,
    Close,
}

fn booking() -> impl Strategy<Value = Booking> {
    let quantity = (1_i64..2000, any::<bool>()).prop_map(|(n, buy)| if buy { n } else { -n });
    (0_usize..5, quantity, -50_i64..2000, 0_u64..3).prop_map(|(which, quantity, price, key)| {
        let instrument = &list()[which];
        let (quantity, price) = (Decimal::new(quantity, 2), Decimal::new(price, 3));
        let mut fill = fill("x", instrument, quantity, price);
        fill.order_key = key;
        fill
    })
}

/// Fills with identifiers 0, 1, 2 …
fn bookings() -> impl Strategy<Value = Vec<Booking>> {
    prop::collection::vec(booking(), 1..40).prop_map(|mut fills| {
        for (index, fill) in fills.iter_mut().enumerate() {
            fill.execution_id = index.to_string().parse().unwrap();
        }
        fills
    })
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        12 => booking().prop_map(|fill| Step::Fill(Box::new(fill))),
        1 => Just(Step::Dividend),
        1 => Just(Step::Split),
        1 => Just(Step::Close),
    ];
    prop::collection::vec(step, 1..40).prop_map(|mut steps| {
        for (index, step) in steps.iter_mut().enumerate() {
            if let Step::Fill(fill) = step {
                fill.execution_id = index.to_string().parse().unwrap();
            }
        }
        steps
    })
}

fn start() -> Account {
    paying(AccountKind::Margin, dec!(1000.00))
}

fn take(account: &mut Account, step: &Step) {
    match step {
        Step::Fill(fill) => {
            account.apply_fill(fill).unwrap();
        }
        Step::Dividend => {
            account
                .dividend(&apple(), dec!(0.13), day(5), day(9))
                .unwrap();
        }
        Step::Split => {
            account
                .split(&apple(), 2, 3, Some(dec!(7)), day(5))
                .unwrap();
        }
        // The day of all fills, so that none becomes final.
        Step::Close => account.close_of_day(day(5), &marks()).unwrap(),
    }
}

/// Everything that an owner can see, as text, and everything that is kept.
fn assert_same(left: &mut Account, right: &mut Account) -> Result<(), TestCaseError> {
    for account in [&mut *left, &mut *right] {
        // What happened before a bust is not undone: the equity at an earlier close.
        account.previous_equity = None;
    }
    let text = |account: &Account| {
        let (summary, positions) = (
            account.summary(&marks(), now()),
            account.positions(&marks(), now()),
        );
        serde_json::to_string(&(summary, positions)).unwrap()
    };
    prop_assert_eq!(text(left), text(right));
    prop_assert_eq!(&left.cash, &right.cash);
    prop_assert_eq!(&left.holdings, &right.holdings);
    prop_assert_eq!(&left.executions, &right.executions);
    let groups = |account: &Account| {
        let groups = account.valuation.groups.iter();
        groups
            .map(|(name, margined)| (name.clone(), margined.members.clone()))
            .collect::<Vec<_>>()
    };
    prop_assert_eq!(groups(left), groups(right));
    Ok(())
}

proptest! {
    #[test]
    fn equity_changes_by_realised_and_open_profit_less_commission(fills in bookings()) {
        let mut account = start();
        let mut earned = Decimal::ZERO;
        for fill in &fills {
            let effect = account.apply_fill(fill).unwrap();
            earned -= effect.commission.amount;
            earned += effect.realized.map_or(Decimal::ZERO, |money| money.amount);
            let summary = account.summary(&marks(), now());
            let open = summary.unrealized_pnl.unwrap().amount;
            let equity = summary.net_liquidation.unwrap().amount;
            prop_assert_eq!(equity, dec!(1000) + earned + open);
        }
        for instrument in list() {
            let held = account.holding(&instrument).map_or(Decimal::ZERO, |held| held.quantity);
            let filled: Decimal = fills
                .iter()
                .filter(|fill| fill.instrument == instrument)
                .map(|fill| super::booking::signed(fill.side, fill.quantity))
                .sum();
            prop_assert_eq!(held, filled);
        }
    }

    #[test]
    fn busted_fills_leave_no_trace(
        steps in steps(),
        busted in prop::collection::vec(any::<(bool, u8)>(), 40),
    ) {
        let mut never = start();
        for (step, (bust, _)) in steps.iter().zip(&busted) {
            if !(*bust && matches!(step, Step::Fill(_))) {
                take(&mut never, step);
            }
        }
        let mut account = start();
        let mut gone = Vec::new();
        for (step, (bust, when)) in steps.iter().zip(&busted) {
            take(&mut account, step);
            if let (Step::Fill(fill), true) = (step, *bust) {
                gone.push((*when, fill.execution_id.clone()));
            }
        }
        gone.sort();
        for (_, id) in &gone {
            account.reverse_fill(id).unwrap();
        }
        assert_same(&mut account, &mut never)?;
    }

    #[test]
    fn reversing_every_fill_restores_the_start(fills in bookings(), backwards in any::<bool>()) {
        let mut account = start();
        for fill in &fills {
            account.apply_fill(fill).unwrap();
        }
        let mut ids: Vec<_> = fills.iter().map(|fill| fill.execution_id.clone()).collect();
        if backwards {
            ids.reverse();
        }
        for id in &ids {
            account.reverse_fill(id).unwrap();
        }
        assert_same(&mut account, &mut start())?;
    }

    #[test]
    fn a_corrected_fill_is_as_if_right_at_once(
        steps in steps(),
        pick in any::<prop::sample::Index>(),
        price in 0_i64..2000,
        quantity in 1_i64..2000,
    ) {
        let fills: Vec<usize> = (0..steps.len())
            .filter(|index| matches!(steps[*index], Step::Fill(_)))
            .collect();
        prop_assume!(!fills.is_empty());
        let target = fills[pick.index(fills.len())];
        let price = Price::new(Decimal::new(price, 3)).unwrap();
        let quantity = Decimal::new(quantity, 2).try_into().unwrap();

        let (mut account, mut right) = (start(), start());
        for (index, step) in steps.iter().enumerate() {
            take(&mut account, step);
            let mut step = step.clone();
            if let (Step::Fill(fill), true) = (&mut step, index == target) {
                fill.price = price;
                fill.quantity = quantity;
            }
            take(&mut right, &step);
        }
        let id = target.to_string().parse().unwrap();
        let correction = Correction { execution_id: None, price, quantity };
        account.correct_fill(&id, &correction).unwrap();
        assert_same(&mut account, &mut right)?;
    }

    #[test]
    fn the_order_of_fills_does_not_matter_for_cash(
        fills in bookings(),
        shuffle in prop::collection::vec(any::<u8>(), 40),
    ) {
        // Futures pay what they realise, which depends on the order within the instrument.
        let is_future = |fill: &&Booking| fill.instrument == future();
        let mut paid: Vec<_> = fills.iter().filter(|fill| !is_future(fill)).collect();
        let futures: Vec<_> = fills.iter().filter(is_future).collect();
        let mut straight = start();
        for fill in &fills {
            straight.apply_fill(fill).unwrap();
        }
        let mut keys = shuffle.iter();
        paid.sort_by_cached_key(|_| keys.next().copied());
        let mut other = start();
        for fill in futures.into_iter().chain(paid) {
            other.apply_fill(fill).unwrap();
        }
        // Which fill carries a minimum commission depends on the order, so what comes in and what
        // goes out may differ on the day; their balance does not.
        let lines = |account: &Account| {
            let lines = account.cash.lines().iter();
            lines
                .map(|line| (line.currency, line.total, line.settled()))
                .collect::<Vec<_>>()
        };
        prop_assert_eq!(lines(&straight), lines(&other));
    }
}
