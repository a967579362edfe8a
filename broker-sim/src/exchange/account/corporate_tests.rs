use broker_core::model::Currency;
use rust_decimal::{Decimal, dec};

use super::fixtures::*;
use super::{Account, AccountError, Delivery, Exercise};

fn dollars(account: &Account) -> Decimal {
    account.cash(Currency::USD)
}

fn exercise(option: &broker_core::model::Instrument, delivery: Delivery) -> Exercise {
    Exercise {
        option: option.clone(),
        quantity: dec!(2).try_into().unwrap(),
        delivery,
        trade_date: day(16),
        settlement_date: day(20),
    }
}

fn shares() -> Delivery {
    Delivery::Physical {
        underlying: apple(),
        multiplier: Decimal::ONE,
    }
}

#[test]
fn a_short_position_pays_the_dividend() {
    let mut short = holding(margin(dec!(10000)), &[(&apple(), dec!(-30), dec!(100))]);
    short
        .dividend(&apple(), dec!(0.255), day(7), day(9))
        .unwrap();
    assert_eq!(dollars(&short), dec!(12992.35)); // 13 000 − 7.65
    let mut long = holding(margin(dec!(10000)), &[(&apple(), dec!(30), dec!(100))]);
    let effect = long
        .dividend(&apple(), dec!(0.255), day(7), day(9))
        .unwrap();
    assert_eq!(effect.unwrap().realized, None);
    assert_eq!(dollars(&long), dec!(7007.65));
    assert_eq!(long.dividend(&tencent(), dec!(1), day(7), day(9)), Ok(None));
}

#[test]
fn a_busted_fill_gives_its_dividend_back() {
    let mut account = holding(
        margin(dec!(10000)),
        &[
            (&apple(), dec!(30), dec!(100)),
            (&apple(), dec!(10), dec!(100)),
        ],
    );
    account.dividend(&apple(), dec!(1), day(5), day(9)).unwrap();
    account.reverse_fill(&"h0".parse().unwrap()).unwrap();
    assert_eq!(dollars(&account), dec!(9010));
}

#[test]
fn three_for_two_pays_the_half_share_in_cash() {
    let mut account = holding(margin(dec!(10000)), &[(&apple(), dec!(15), dec!(90))]);
    let split = account
        .split(&apple(), 2, 3, Some(dec!(66)), day(7))
        .unwrap()
        .unwrap();
    // 22.5 shares: 22 stay, half of one is paid 33; its cost is 1350 × 0.5 ÷ 22.5 = 30.
    assert_eq!(split.holding.quantity, dec!(22));
    assert_eq!(split.holding.cost, dec!(1320));
    assert_eq!(split.holding.average_price(), Some(dec!(60)));
    assert_eq!(split.holding.realized_today, usd(dec!(3)));
    assert_eq!(dollars(&account), dec!(8683)); // 10 000 − 1350 + 33
}

#[test]
fn a_fraction_is_never_rounded_up_to_a_share() {
    let mut account = holding(margin(dec!(10000)), &[(&apple(), dec!(17), dec!(90))]);
    let split = account.split(&apple(), 2, 3, Some(dec!(66)), day(7));
    assert_eq!(split.unwrap().unwrap().holding.quantity, dec!(25)); // of 25.5
}

#[test]
fn a_short_position_pays_for_its_fraction() {
    let mut account = holding(margin(dec!(10000)), &[(&apple(), dec!(-15), dec!(90))]);
    let split = account
        .split(&apple(), 2, 3, Some(dec!(66)), day(7))
        .unwrap()
        .unwrap();
    assert_eq!(split.holding.quantity, dec!(-22));
    assert_eq!(split.holding.realized_today, usd(dec!(-3)));
    assert_eq!(dollars(&account), dec!(11317));
}

#[test]
fn a_reverse_split_may_leave_nothing_or_fractions() {
    let start = || holding(margin(dec!(1000)), &[(&apple(), dec!(3), dec!(10))]);
    let mut cashed = start();
    let split = cashed
        .split(&apple(), 10, 1, Some(dec!(100)), day(7))
        .unwrap()
        .unwrap();
    assert_eq!(
        (split.holding.quantity, split.holding.cost),
        (dec!(0), dec!(0))
    );
    assert_eq!(dollars(&cashed), dec!(1000)); // 30 paid for 0.3 shares
    let mut kept = start();
    let split = kept.split(&apple(), 9, 1, None, day(7)).unwrap().unwrap();
    assert_eq!(split.holding.quantity, dec!(0.33333333));
    assert_eq!(split.holding.cost, dec!(30));
    assert_eq!(
        start().split(&apple(), 0, 1, None, day(7)),
        Err(AccountError::InvalidRatio)
    );
}

#[test]
fn options_follow_a_whole_split_under_a_new_name() {
    let (old, new) = (option('C', 200), option('C', 100));
    let mut account = holding(margin(dec!(10000)), &[(&old, dec!(3), dec!(4))]);
    let effect = account
        .adjust_option(&old, &new, 1, 2, day(7))
        .unwrap()
        .unwrap();
    assert_eq!(effect.holding.quantity, dec!(6));
    assert_eq!(effect.holding.average_price(), Some(dec!(2)));
    assert_eq!(account.holding(&old), None);
    let uneven = account.adjust_option(&new, &old, 4, 3, day(7));
    assert_eq!(uneven, Err(AccountError::InvalidRatio));
    account.reverse_fill(&"h0".parse().unwrap()).unwrap();
    assert_eq!(
        (account.holding(&new), dollars(&account)),
        (None, dec!(10000))
    );
}

#[test]
fn exercise_realises_the_premium_and_buys_at_the_strike() {
    let call = option('C', 150);
    let mut account = holding(margin(dec!(50000)), &[(&call, dec!(3), dec!(5))]);
    let effect = account.exercise(&exercise(&call, shares())).unwrap();
    assert_eq!(effect.option.realized, Some(usd(dec!(-1000)))); // 2 × 5 × 100
    assert_eq!(effect.option.holding.quantity, dec!(1));
    assert_eq!(effect.option.commission, usd(dec!(0)));
    let bought = effect.underlying.unwrap().holding;
    assert_eq!(
        (bought.quantity, bought.average_price()),
        (dec!(200), Some(dec!(150)))
    );
    assert_eq!(dollars(&account), dec!(18500)); // 50 000 − 1500 − 30 000
}

#[test]
fn assignment_of_a_short_put_buys_and_of_a_short_call_sells() {
    for (right, units, cash) in [
        ('P', dec!(200), dec!(21000)),
        ('C', dec!(-200), dec!(81000)),
    ] {
        let written = option(right, 150);
        let start = margin(dec!(50000));
        let mut account = holding(start, &[(&written, dec!(-2), dec!(5))]);
        let effect = account.exercise(&exercise(&written, shares())).unwrap();
        assert_eq!(effect.option.realized, Some(usd(dec!(1000))));
        assert_eq!(effect.underlying.unwrap().holding.quantity, units);
        assert_eq!(dollars(&account), cash); // 51 000 ∓ 30 000
    }
}

#[test]
fn cash_settlement_pays_the_value() {
    let call = option('C', 150);
    let mut account = holding(margin(dec!(50000)), &[(&call, dec!(2), dec!(5))]);
    let value = |value| exercise(&call, Delivery::Cash { value });
    let refused = account.exercise(&value(dec!(-1)));
    assert_eq!(refused, Err(AccountError::NotDeliverable(call.clone())));
    let effect = account.exercise(&value(dec!(7))).unwrap();
    assert_eq!(effect.option.realized, Some(usd(dec!(400))));
    assert_eq!((effect.underlying, dollars(&account)), (None, dec!(50400)));
    let again = account.exercise(&value(dec!(7)));
    assert_eq!(again, Err(AccountError::NotEnough(call.clone())));
}

#[test]
fn a_worthless_option_loses_or_keeps_its_premium() {
    let call = option('C', 250);
    for (quantity, result) in [(dec!(2), dec!(-600)), (dec!(-2), dec!(600))] {
        let mut account = holding(margin(dec!(50000)), &[(&call, quantity, dec!(3))]);
        let effect = account.expire_worthless(&call, day(16)).unwrap();
        assert_eq!(effect.realized, Some(usd(result)));
        assert_eq!(dollars(&account), dec!(50000) + result);
    }
}

#[test]
fn the_close_starts_a_new_day_and_makes_earlier_fills_final() {
    let marks = Sheet::default().with(apple(), dec!(105));
    let mut account = margin(dec!(10000));
    account
        .apply_fill(&fill("1", &apple(), dec!(10), dec!(100)))
        .unwrap();
    account
        .apply_fill(&fill("2", &apple(), dec!(-5), dec!(104)))
        .unwrap();
    account.close_of_day(day(5), &marks).unwrap();
    let holding = account.holding(&apple()).unwrap();
    assert_eq!(holding.realized_today, usd(dec!(0)));
    assert_eq!(holding.cost, dec!(500));
    // Still today's until the next close.
    let mut busted = account.clone();
    busted.reverse_fill(&"1".parse().unwrap()).unwrap();
    assert_eq!(busted.holding(&apple()).unwrap().quantity, dec!(-5));
    assert_eq!(dollars(&busted), dec!(10520));

    account.close_of_day(day(6), &marks).unwrap();
    let late = account.reverse_fill(&"1".parse().unwrap());
    assert_eq!(
        late,
        Err(AccountError::UnknownExecution("1".parse().unwrap()))
    );
    assert!(account.executions.is_empty());
    assert_eq!(account.holding(&apple()).unwrap().cost, dec!(500));
    account
        .settle_at(&apple(), dec!(104), day(7), day(8))
        .unwrap();
    account.close_of_day(day(7), &marks).unwrap();
    account.close_of_day(day(8), &marks).unwrap();
    assert_eq!(account.holding(&apple()), None);
}

#[test]
fn an_order_over_two_days_keeps_what_it_paid() {
    let kind = broker_core::model::AccountKind::Margin;
    let mut account = paying(kind, dec!(100000));
    account
        .apply_fill(&fill("1", &apple(), dec!(10), dec!(100)))
        .unwrap();
    let mut second = fill("2", &apple(), dec!(10), dec!(100));
    second.trade_date = day(6);
    assert_eq!(
        account.apply_fill(&second).unwrap().commission,
        usd(dec!(0))
    );
    // Execution 1 becomes final here, but its minimum still counts for the order.
    account.close_of_day(day(6), &Sheet::default()).unwrap();
    let bust = account.reverse_fill(&"2".parse().unwrap()).unwrap();
    assert_eq!(bust.commission, usd(dec!(0)));
    assert_eq!(dollars(&account), dec!(98999));
}

#[test]
fn no_more_is_exercised_than_is_held() {
    let call = option('C', 150);
    let mut account = holding(margin(dec!(50000)), &[(&call, dec!(1), dec!(5))]);
    let result = account.exercise(&exercise(&call, shares()));
    assert_eq!(result, Err(AccountError::NotEnough(call)));
    assert_eq!(account.holding(&apple()), None);
}

#[test]
fn an_exercise_that_fails_halfway_changes_nothing() {
    let call = option('C', 150);
    let vast = dec!(1000000000000);
    let positions = [(&call, dec!(1500), vast), (&call, dec!(1), dec!(1))];
    let mut account = holding(margin(dec!(50000)), &positions);
    let before = dollars(&account);
    let mut most = exercise(&call, shares());
    most.quantity = dec!(1000).try_into().unwrap();
    // The share of the cost has 12 places behind 16 digits, times a hundred.
    assert_eq!(account.exercise(&most), Err(AccountError::Precision));
    assert_eq!(dollars(&account), before);
    assert_eq!(account.holding(&apple()), None);
    assert_eq!(account.holding(&call).unwrap().quantity, dec!(1501));
}

#[test]
fn an_adjusted_option_does_not_displace_another() {
    let (old, new) = (option('C', 200), option('C', 100));
    let positions = [(&old, dec!(3), dec!(4)), (&new, dec!(1), dec!(2))];
    let mut account = holding(margin(dec!(10000)), &positions);
    let result = account.adjust_option(&old, &new, 1, 2, day(7));
    assert_eq!(result, Err(AccountError::NameTaken(new)));
}
