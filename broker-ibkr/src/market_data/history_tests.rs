use std::collections::BTreeMap;

use broker_core::{
    ErrorKind,
    model::{BarInterval, BarQuery, BarSource, Currency, Instrument, TradingSession},
};
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use ibapi::market_data::historical::WhatToShow;

use super::{
    fold_tests::listing,
    history::{Opens, is_nothing},
    history_plan::{
        Span, bar_size, holding, next_span, page, period, reaching, trading_hours, what_to_show,
    },
};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

#[test]
fn every_interval_has_a_bar_size_and_a_span() {
    for interval in BarInterval::ALL {
        bar_size(*interval).unwrap();
        for bars in [1, 30, 100, 5_000] {
            let (one, most) = (next_span(*interval, bars), page(*interval));
            assert!(
                one.calendar() <= most.calendar(),
                "{interval} {bars}: {one:?}"
            );
            let held = holding(*interval, bars);
            assert!(
                held.calendar() >= holding(*interval, 1).calendar(),
                "{interval} {bars}"
            );
        }
    }
}

#[test]
fn spans_hold_what_is_asked_for() {
    assert_eq!(holding(BarInterval::Second5, 30), Span::Seconds(150));
    assert_eq!(next_span(BarInterval::Second5, 5_000), Span::Seconds(3_600));
    assert_eq!(holding(BarInterval::Minute1, 30), Span::Days(1));
    assert_eq!(next_span(BarInterval::Minute1, 5_000), Span::Days(1));
    assert_eq!(holding(BarInterval::Day1, 100), Span::Days(162));
    assert_eq!(holding(BarInterval::Day1, 5_000), Span::Years(21));
    assert_eq!(holding(BarInterval::Month1, 24), Span::Years(3));
    assert_eq!(
        reaching(at("2026-01-01T00:00:00Z"), at("2026-01-16T00:00:00Z")),
        Span::Days(16)
    );
    assert_eq!(
        reaching(at("2020-01-01T00:00:00Z"), at("2026-01-16T00:00:00Z")),
        Span::Years(7)
    );
}

#[test]
fn what_bars_are_made_of_depends_on_the_class() {
    let mut query = BarQuery::new(listing().instrument.clone(), BarInterval::Minute1);
    assert_eq!(what_to_show(&query).unwrap(), WhatToShow::AdjustedLast);
    query.adjusted = false;
    assert_eq!(what_to_show(&query).unwrap_err().field(), Some("adjusted"));
    query.source = BarSource::Midpoint;
    assert_eq!(what_to_show(&query).unwrap(), WhatToShow::MidPoint);
    query.instrument = Instrument::forex(Currency::EUR, Currency::USD);
    query.source = BarSource::Trades;
    assert_eq!(
        what_to_show(&query).unwrap_err().kind(),
        ErrorKind::Unsupported
    );
    query.instrument = Instrument::crypto(Currency::BTC, Currency::USD);
    assert_eq!(what_to_show(&query).unwrap(), WhatToShow::AggTrades);
    assert!(trading_hours(TradingSession::Overnight).is_err());
}

#[test]
fn periods_begin_where_core_begins_them() {
    let friday = date("2026-01-16");
    let of = |interval| period(friday, interval);
    assert_eq!(of(BarInterval::Day1), (friday, date("2026-01-17")));
    assert_eq!(
        of(BarInterval::Week1),
        (date("2026-01-12"), date("2026-01-19"))
    );
    assert_eq!(
        of(BarInterval::Month1),
        (date("2026-01-01"), date("2026-02-01"))
    );
    assert_eq!(
        of(BarInterval::Year1),
        (date("2026-01-01"), date("2027-01-01"))
    );
    assert_eq!(
        period(date("2025-12-31"), BarInterval::Month1).1,
        date("2026-01-01")
    );
}

#[test]
fn a_daily_bar_begins_with_the_regular_session() {
    let sessions = BTreeMap::from([
        (date("2026-03-06"), at("2026-03-06T14:30:00Z")),
        (date("2026-03-09"), at("2026-03-09T13:30:00Z")),
    ]);
    let opens = Opens {
        zone: Tz::America__New_York,
        sessions,
    };
    assert_eq!(
        opens.first_of(date("2026-03-06"), BarInterval::Day1),
        at("2026-03-06T14:30:00Z")
    );
    assert_eq!(
        opens.first_of(date("2026-03-13"), BarInterval::Week1),
        at("2026-03-09T13:30:00Z")
    );
    assert_eq!(
        opens.first_of(date("2026-03-31"), BarInterval::Month1),
        at("2026-03-06T14:30:00Z")
    );
    // Not told: at the same local time, on the other side of the clock change.
    assert_eq!(
        opens.first_of(date("2026-03-10"), BarInterval::Day1),
        at("2026-03-10T13:30:00Z")
    );
    assert_eq!(
        opens.first_of(date("2026-03-05"), BarInterval::Day1),
        at("2026-03-05T14:30:00Z")
    );
}

#[test]
fn no_data_is_an_answer_and_a_pacing_violation_is_not() {
    let notice = |code, message: &str| {
        ibapi::Error::Notice(ibapi::Notice {
            request_id: Some(1),
            code,
            message: message.to_owned(),
            error_time: None,
            advanced_order_reject_json: String::new(),
        })
    };
    let no_data = "Historical Market Data Service error message:HMDS query returned no data: AAPL@SMART Trades";
    assert!(is_nothing(&notice(162, no_data)));
    let pacing =
        "Historical Market Data Service error message:Historical data request pacing violation";
    assert!(!is_nothing(&notice(162, pacing)));
    assert!(!is_nothing(&notice(200, no_data)));
}
