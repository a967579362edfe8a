use broker_core::model::{AccountKind, Balance, Currency, Money};
use rust_decimal::dec;

use super::fixtures::*;

#[test]
fn totals_are_converted_to_the_base_currency() {
    let mut account = margin(dec!(10000));
    account
        .deposit(Money::new(dec!(1000), Currency::EUR))
        .unwrap();
    account
        .apply_fill(&fill("1", &apple(), dec!(10), dec!(100)))
        .unwrap();
    account
        .apply_fill(&fill("2", &tencent(), dec!(100), dec!(400)))
        .unwrap();
    account
        .apply_fill(&fill("3", &apple(), dec!(-2), dec!(110)))
        .unwrap();
    let marks = Sheet::default()
        .with(apple(), dec!(120))
        .with(tencent(), dec!(390))
        .with_rate(Currency::EUR, Currency::USD, dec!(1.1))
        .with_rate(Currency::HKD, Currency::USD, dec!(0.125));
    let summary = account.summary(&marks, now());
    // 9220 + 1000 × 1.1 − 40 000 × 0.125.
    assert_eq!(summary.cash, Some(usd(dec!(5320.00))));
    // 8 × 120 + 39 000 × 0.125.
    assert_eq!(summary.gross_position_value, Some(usd(dec!(5835.00))));
    assert_eq!(summary.net_liquidation, Some(usd(dec!(11155.00))));
    // 160 − 125.
    assert_eq!(summary.unrealized_pnl, Some(usd(dec!(35.00))));
    assert_eq!(summary.realized_pnl, Some(usd(dec!(20.00))));
    assert_eq!(summary.initial_margin, Some(usd(dec!(2917.50))));
    assert_eq!(summary.maintenance_margin, Some(usd(dec!(1458.75))));
    assert_eq!(summary.excess_liquidity, Some(usd(dec!(9696.25))));
    assert_eq!(summary.buying_power, Some(usd(dec!(16475.00))));
    let balances: Vec<_> = summary.balances.iter().map(shown).collect();
    assert_eq!(
        balances,
        [
            "EUR 1000.00 Some(1000.00) Some(1.1)",
            "HKD -40000.00 Some(0.00) Some(0.125)",
            "USD 9220.00 Some(10000.00) Some(1)",
        ]
    );
    let day = account.profit_and_loss(&marks, now());
    // 11 155 less the deposits of 10 000 and 1100.
    assert_eq!(day.daily, Some(usd(dec!(55.00))));
    assert_eq!(
        (day.realized, day.unrealized),
        (summary.realized_pnl, summary.unrealized_pnl)
    );
}

fn shown(balance: &Balance) -> String {
    let (settled, rate) = (balance.settled_cash, balance.exchange_rate);
    format!("{} {} {settled:?} {rate:?}", balance.currency, balance.cash)
}

#[test]
fn a_missing_rate_or_price_makes_totals_absent_not_zero() {
    let mut account = margin(dec!(10000));
    account
        .apply_fill(&fill("1", &apple(), dec!(10), dec!(100)))
        .unwrap();
    let unpriced = account.summary(&Sheet::default(), now());
    assert_eq!(unpriced.cash, Some(usd(dec!(9000.00))));
    assert_eq!(unpriced.net_liquidation, None);
    assert_eq!(
        (unpriced.gross_position_value, unpriced.unrealized_pnl),
        (None, None)
    );
    assert_eq!(
        (unpriced.buying_power, unpriced.initial_margin),
        (None, None)
    );
    assert_eq!(
        (unpriced.maintenance_margin, unpriced.excess_liquidity),
        (None, None)
    );
    let position = &account.positions(&Sheet::default(), now())[0];
    assert_eq!((position.market_price, position.market_value), (None, None));

    account.deposit(Money::new(dec!(1), Currency::EUR)).unwrap();
    let marks = Sheet::default().with(apple(), dec!(100));
    let unrated = account.summary(&marks, now());
    assert_eq!((unrated.cash, unrated.net_liquidation), (None, None));
    assert_eq!(unrated.gross_position_value, Some(usd(dec!(1000.00))));
    assert_eq!(unrated.balances[0].exchange_rate, None);
    assert_eq!(account.profit_and_loss(&marks, now()).daily, None);
}

#[test]
fn positions_show_value_and_todays_profit() {
    let positions = [
        (&option('C', 105), dec!(-2), dec!(3)),
        (&future(), dec!(1), dec!(5000)),
    ];
    let mut account = holding(margin(dec!(100000)), &positions);
    account
        .apply_fill(&fill("c", &option('C', 105), dec!(1), dec!(2)))
        .unwrap();
    account
        .apply_fill(&fill("d", &apple(), dec!(1), dec!(100)))
        .unwrap();
    account
        .apply_fill(&fill("e", &apple(), dec!(-1), dec!(101)))
        .unwrap();
    let marks = Sheet::default()
        .with(option('C', 105), dec!(2.5))
        .with(future(), dec!(5002));
    let shown: Vec<_> = account
        .positions(&marks, now())
        .iter()
        .map(|p| {
            let money = |money: Option<Money>| money.map(|money| money.amount);
            let (value, open) = (money(p.market_value), money(p.unrealized_pnl));
            (p.quantity.get(), value, open, money(p.realized_pnl))
        })
        .collect();
    assert_eq!(
        shown,
        [
            (dec!(0), None, None, Some(dec!(1))),
            (dec!(-1), Some(dec!(-250)), Some(dec!(50)), Some(dec!(100))),
            (dec!(1), Some(dec!(250100)), Some(dec!(100)), Some(dec!(0))),
        ]
    );
}

#[test]
fn open_profit_of_futures_is_equity_and_pairs_are_not_counted_twice() {
    let positions = [
        (&future(), dec!(1), dec!(5000)),
        (&euro(), dec!(1000), dec!(1.1)),
    ];
    let account = holding(margin(dec!(50000)), &positions);
    let marks = Sheet::default()
        .with(future(), dec!(5002))
        .with(euro(), dec!(1.2))
        .with_rate(Currency::EUR, Currency::USD, dec!(1.2));
    let summary = account.summary(&marks, now());
    assert_eq!(summary.net_liquidation, Some(usd(dec!(50200.00))));
    assert_eq!(summary.unrealized_pnl, Some(usd(dec!(200.00))));
}

#[test]
fn daily_profit_starts_at_the_close() {
    let mut account = holding(margin(dec!(10000)), &[(&apple(), dec!(10), dec!(100))]);
    let at = |price| Sheet::default().with(apple(), price);
    account.close_of_day(day(5), &at(dec!(103))).unwrap();
    account.deposit(usd(dec!(500))).unwrap();
    let day_two = account.profit_and_loss(&at(dec!(101)), now());
    assert_eq!(day_two.daily, Some(usd(dec!(-20.00))));
    // A close without prices: the next day's change is not known.
    account.close_of_day(day(6), &Sheet::default()).unwrap();
    assert_eq!(account.profit_and_loss(&at(dec!(101)), now()).daily, None);
}

#[test]
fn a_cash_account_shows_what_it_may_spend() {
    let mut account = holding(
        free(AccountKind::Cash, dec!(1060)),
        &[
            (&apple(), dec!(10), dec!(100)),
            (&apple(), dec!(-10), dec!(110)),
        ],
    );
    account.reserve(1, usd(dec!(20))).unwrap();
    let summary = account.summary(&Sheet::default(), now());
    assert_eq!(summary.cash, Some(usd(dec!(1160.00))));
    assert_eq!(summary.buying_power, Some(usd(dec!(40.00))));
    assert_eq!(
        (summary.initial_margin, summary.maintenance_margin),
        (None, None)
    );
}
