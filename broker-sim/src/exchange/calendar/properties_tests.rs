use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use proptest::prelude::*;

use super::{Calendar, Phase};

fn any_calendar() -> impl Strategy<Value = Calendar> {
    prop_oneof![
        Just(Calendar::us_equities()),
        Just(Calendar::us_options()),
        Just(Calendar::hong_kong()),
        Just(Calendar::cme_index_futures()),
        Just(Calendar::forex()),
        Just(Calendar::always_open()),
    ]
}

/// Milliseconds of 2018-01-02 to 2027-12-20, which every calendar covers.
fn any_instant() -> impl Strategy<Value = DateTime<Utc>> {
    (1_514_851_200_000_i64..1_829_347_200_000)
        .prop_map(|milliseconds| DateTime::from_timestamp_millis(milliseconds).unwrap())
}

fn any_date() -> impl Strategy<Value = NaiveDate> {
    any_instant().prop_map(|instant| instant.date_naive())
}

proptest! {
    #[test]
    fn windows_are_sorted_and_disjoint_across_days(calendar in any_calendar(), from in any_date()) {
        let mut end = None;
        for date in calendar.trading_days(from, from + TimeDelta::days(11)).unwrap() {
            let day = calendar.trading_date(date).unwrap().unwrap();
            prop_assert_eq!(day.date, date);
            prop_assert!(!day.windows.is_empty());
            for window in &day.windows {
                prop_assert!(window.open < window.close);
                prop_assert!(end.is_none_or(|end| end <= window.open), "{} overlaps", date);
                end = Some(window.close);
            }
            // Each auction uncrosses on a boundary, so a transition carries it.
            for cross in [day.opening_cross, day.closing_cross].into_iter().flatten() {
                let (at, transition) =
                    calendar.next_transition(cross - TimeDelta::seconds(1)).unwrap();
                prop_assert_eq!(at, cross);
                prop_assert!(transition.auction.is_some());
            }
        }
    }

    #[test]
    fn transitions_agree_with_the_phase(calendar in any_calendar(), now in any_instant()) {
        let (at, transition) = calendar.next_transition(now).unwrap();
        prop_assert!(at > now);
        prop_assert_eq!(calendar.at(now), transition.from);
        prop_assert_eq!(calendar.at(at - TimeDelta::nanoseconds(1)), transition.from);
        prop_assert_eq!(calendar.at(at), transition.to);
        prop_assert_ne!(transition.from, transition.to);
        let between = now + (at - now) / 2;
        prop_assert_eq!(calendar.next_transition(between), Some((at, transition)));
        let (next, after) = calendar.next_transition(at).unwrap();
        prop_assert!(next > at);
        prop_assert_eq!(after.from, transition.to);
    }

    #[test]
    fn an_open_instant_lies_in_a_window_of_its_trade_date(
        calendar in any_calendar(),
        now in any_instant(),
    ) {
        let date = calendar.trade_date_of(now).unwrap();
        let day = calendar.trading_date(date).unwrap().unwrap();
        match calendar.at(now) {
            Phase::Open(window) => {
                prop_assert!(window.contains(now));
                prop_assert!(day.windows.contains(&window));
            }
            Phase::Closed => prop_assert!(!day.windows.iter().any(|window| window.contains(now))),
            Phase::Unknown => prop_assert!(false, "every calendar covers these years"),
        }
        prop_assert_eq!(calendar.is_open(now, true), calendar.at(now) != Phase::Closed);
    }

    #[test]
    fn trade_dates_never_go_back(
        calendar in any_calendar(),
        now in any_instant(),
        later in 0_i64..10_000_000_000,
    ) {
        let later = (now + TimeDelta::milliseconds(later)).min("2027-12-20T00:00:00Z".parse().unwrap());
        let first = calendar.trade_date_of(now.min(later)).unwrap();
        prop_assert!(first <= calendar.trade_date_of(later).unwrap());
    }

    #[test]
    fn next_and_previous_trading_dates_undo_each_other(
        calendar in any_calendar(),
        date in any_date(),
    ) {
        let next = calendar.next_trading_date(date).unwrap();
        let back = calendar.previous_trading_date(next).unwrap();
        prop_assert!(back <= date && date < next);
        prop_assert_eq!(back == date, calendar.day(date).unwrap().is_trading());
    }
}
