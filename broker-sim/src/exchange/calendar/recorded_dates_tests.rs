//! The calendar against the dates on which real prices were recorded.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::Calendar;

const EQUITIES: &str = include_str!("../../../data/us_equities_daily_close.csv");
const INDEX: &str = include_str!("../../../data/sp500_index_daily_ohlcv.csv");

fn recorded(csv: &str) -> BTreeSet<NaiveDate> {
    csv.lines()
        .skip(1)
        .map(|line| line.split(',').next().unwrap().parse().unwrap())
        .collect()
}

fn missing_and_extra(csv: &str) -> (usize, Vec<NaiveDate>, Vec<NaiveDate>) {
    let recorded = recorded(csv);
    let calendar = Calendar::us_equities();
    let (first, last) = (*recorded.first().unwrap(), *recorded.last().unwrap());
    let ours: BTreeSet<_> = calendar
        .trading_days(first, last)
        .unwrap()
        .into_iter()
        .collect();
    let missing = recorded.difference(&ours).copied().collect();
    let extra = ours.difference(&recorded).copied().collect();
    (recorded.len(), missing, extra)
}

#[test]
fn the_index_traded_on_exactly_our_trading_days_of_2014_to_2018() {
    assert_eq!(missing_and_extra(INDEX), (1258, vec![], vec![]));
}

#[test]
fn equities_traded_on_exactly_our_trading_days_of_2018_to_2022() {
    assert_eq!(missing_and_extra(EQUITIES), (1257, vec![], vec![]));
}

#[test]
fn the_five_years_from_2018_have_1259_sessions() {
    let days = |from: &str, to: &str| {
        Calendar::us_equities()
            .trading_days(from.parse().unwrap(), to.parse().unwrap())
            .unwrap()
            .len()
    };
    assert_eq!(days("2018-01-01", "2022-12-31"), 1259);
    assert_eq!(
        [2018, 2019, 2020, 2021, 2022]
            .map(|year| days(&format!("{year}-01-01"), &format!("{year}-12-31"))),
        [251, 252, 253, 252, 251]
    );
}
