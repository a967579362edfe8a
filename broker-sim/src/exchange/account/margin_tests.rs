use broker_core::model::{AccountKind, Instrument, Symbol};
use rust_decimal::{Decimal, dec};

use super::fixtures::*;
use super::{AccountError, Requirement};

fn need_of(
    kind: AccountKind,
    underlying: Decimal,
    positions: &[(Instrument, Decimal, Decimal)],
) -> Requirement {
    let mut marks = Sheet::default().with(apple(), underlying);
    for (instrument, _, price) in positions {
        marks = marks.with(instrument.clone(), *price);
    }
    let list: Vec<_> = positions.iter().map(|(i, q, p)| (i, *q, *p)).collect();
    let account = holding(free(kind, dec!(1000000)), &list);
    account.requirement_with(None, &marks).unwrap()
}

fn need(positions: &[(Instrument, Decimal, Decimal)]) -> (Decimal, Decimal) {
    let need = need_of(AccountKind::Margin, dec!(100), positions);
    (need.initial, need.maintenance)
}

#[test]
fn shares_futures_currencies_and_coins_by_rate() {
    assert_eq!(
        need(&[(apple(), dec!(100), dec!(100))]),
        (dec!(5000), dec!(2500))
    );
    assert_eq!(
        need(&[(apple(), dec!(-100), dec!(100))]),
        (dec!(5000), dec!(3000))
    );
    // 2 × 5000 × 50 = 500 000.
    assert_eq!(
        need(&[(future(), dec!(-2), dec!(5000))]),
        (dec!(25000), dec!(20000))
    );
    assert_eq!(
        need(&[(euro(), dec!(10000), dec!(1.1))]),
        (dec!(330), dec!(220))
    );
    assert_eq!(
        need(&[(coin(), dec!(0.5), dec!(90000))]),
        (dec!(45000), dec!(45000))
    );
    let symbol: Symbol = "VFIAX".parse().unwrap();
    let currency = broker_core::model::Currency::USD;
    let fund = Instrument::Fund(broker_core::model::Fund { symbol, currency });
    assert_eq!(need(&[(fund, dec!(10), dec!(100))]), (dec!(500), dec!(250)));
}

#[test]
fn a_long_option_needs_nothing_beyond_its_premium() {
    assert_eq!(
        need(&[(option('C', 100), dec!(1), dec!(3))]),
        (dec!(0), dec!(0))
    );
}

#[test]
fn naked_options_by_the_standard_formula() {
    // 100 × (2 + max(20 − 5, 10)) = 1700.
    assert_eq!(need(&[(option('C', 105), dec!(-1), dec!(2))]).0, dec!(1700));
    // 15 out of the money: 10 % of the underlying is more than 20 − 15.
    assert_eq!(need(&[(option('C', 115), dec!(-1), dec!(1))]).0, dec!(1100));
    // In the money nothing is taken off: 100 × (8 + 20).
    assert_eq!(need(&[(option('C', 93), dec!(-1), dec!(8))]).0, dec!(2800));
    // Put 85: 20 − 15 = 5, least 10 % of the strike: 100 × (1 + 8.5).
    assert_eq!(need(&[(option('P', 85), dec!(-1), dec!(1))]).0, dec!(950));
}

#[test]
fn a_covered_call_needs_the_shares_and_what_is_in_the_money() {
    let shares = |quantity| (apple(), quantity, dec!(100));
    let short = |strike, quantity| (option('C', strike), quantity, dec!(2));
    assert_eq!(
        need(&[shares(dec!(100)), short(105, dec!(-1))]).0,
        dec!(5000)
    );
    assert_eq!(
        need(&[shares(dec!(100)), short(97, dec!(-1))]).0,
        dec!(5300)
    );
    // The second call is naked.
    assert_eq!(
        need(&[shares(dec!(100)), short(105, dec!(-2))]).0,
        dec!(6700)
    );
    // A short share covers a put, not a call.
    let put = (option('P', 95), dec!(-1), dec!(2));
    assert_eq!(need(&[shares(dec!(-100)), put]).0, dec!(5000));
    assert_eq!(
        need(&[shares(dec!(-100)), short(105, dec!(-1))]).0,
        dec!(6700)
    );
}

#[test]
fn vertical_spreads_need_their_largest_loss() {
    let call = |strike, quantity| (option('C', strike), quantity, dec!(2));
    let put = |strike, quantity| (option('P', strike), quantity, dec!(2));
    // Credit spreads: the width × 100.
    assert_eq!(
        need(&[call(100, dec!(-1)), call(105, dec!(1))]).0,
        dec!(500)
    );
    assert_eq!(need(&[put(100, dec!(-2)), put(97, dec!(2))]).0, dec!(600));
    // Debit spreads are paid for.
    assert_eq!(need(&[call(105, dec!(-1)), call(100, dec!(1))]).0, dec!(0));
    assert_eq!(need(&[put(97, dec!(-1)), put(100, dec!(1))]).0, dec!(0));
    // The best hedge is used first: 105 for one, naked for the other (2 + 20).
    let spread = [
        call(100, dec!(-2)),
        call(110, dec!(0.5)),
        call(105, dec!(1)),
    ];
    assert_eq!(need(&spread).0, dec!(500) + dec!(500) + dec!(1100));
    // The nearer hedge is taken, whichever is first.
    let choice = [call(100, dec!(-1)), call(110, dec!(1)), call(105, dec!(1))];
    assert_eq!(need(&choice).0, dec!(500));
    // A call does not hedge a put.
    assert_eq!(
        need(&[put(100, dec!(-1)), call(100, dec!(1))]).0,
        dec!(2200)
    );
}

#[test]
fn an_option_that_expires_first_does_not_hedge() {
    let later: broker_core::model::OccSymbol = "AAPL  260220C00100000".parse().unwrap();
    let later = Instrument::option(later);
    let near = option('C', 100);
    let calendar = |long: &Instrument, short: &Instrument| {
        let legs = [
            (long.clone(), dec!(1), dec!(2)),
            (short.clone(), dec!(-1), dec!(2)),
        ];
        need(&legs).0
    };
    assert_eq!(calendar(&later, &near), dec!(0));
    assert_eq!(calendar(&near, &later), dec!(2200));
}

#[test]
fn portfolio_margin_takes_the_worst_move() {
    let need = |positions: &[_]| {
        let need = need_of(AccountKind::PortfolioMargin, dec!(100), positions);
        (need.initial, need.maintenance, need.loan_value)
    };
    let shares = (apple(), dec!(100), dec!(100));
    // 15 % of 10 000.
    assert_eq!(
        need(core::slice::from_ref(&shares)),
        (dec!(1650), dec!(1500), dec!(10000))
    );
    // A put at 100 bought for 2 stops the loss at its start; its least is 37.50.
    let put = (option('P', 100), dec!(1), dec!(2));
    let protected = need(&[shares, put]);
    // Down the put gains what the shares lose.
    assert_eq!(protected, (dec!(41.25), dec!(37.5), dec!(10200)));
    // A call at 95 that costs 4 cannot lose 5.
    let cheap = (option('C', 95), dec!(1), dec!(4));
    assert_eq!(need(&[cheap]).1, dec!(400));
    // A short straddle loses 15 on one side.
    let short = |right| (option(right, 100), dec!(-1), dec!(2));
    let straddle = need(&[short('P'), short('C')]);
    assert_eq!((straddle.1, straddle.2), (dec!(1500), dec!(-400)));
}

#[test]
fn a_missing_underlying_price_is_named() {
    let short = option('C', 100);
    let account = holding(margin(dec!(10000)), &[(&short, dec!(-1), dec!(2))]);
    let marks = Sheet::default().with(short, dec!(2));
    let result = account.requirement_with(None, &marks);
    assert_eq!(result, Err(AccountError::NoMark(apple())));
}
