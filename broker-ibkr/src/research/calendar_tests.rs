use broker_core::{
    dec,
    model::{CorporateEvent, Currency, Instrument, Mic},
};
use chrono::NaiveDate;

use super::calendar::actions;

fn apple() -> Instrument {
    Instrument::equity("AAPL", Mic::XNAS, Currency::USD).unwrap()
}

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

const EVENTS: &str = r#"[
  {"event_type": "wshe_eps", "index_date": "20260129", "data": {"amount_oc": "2.84", "estimated_eps": 2.654, "currency": "USD"}},
  {"event_type": "wshe_div", "index_date": "20260209", "data": {"dividend_oc": "0.26", "dividend_currency": "USD", "ex_div_date": "20260209", "record_date": "2026-02-09", "pay_date": "20260212"}},
  {"event_type": "wshe_splits", "index_date": "20200831", "data": {"ratio": "4:1"}},
  {"event_type": "wshe_ed", "index_date": "20260430", "data": {"earnings_date": "20260430", "time_of_day": "AFTER MARKET"}},
  {"event_type": "wshe_option", "index_date": "20260116", "data": {"expiration_date": "20260116"}},
  {"event_type": "wshe_something_new", "index_date": "20260116", "data": {}}
]"#;

#[test]
fn events_become_corporate_actions_by_date() {
    let actions = actions(EVENTS, &apple()).unwrap();
    let events: Vec<_> = actions.iter().map(|action| action.event.clone()).collect();
    assert_eq!(
        events,
        [
            CorporateEvent::Split { from: 1, to: 4 },
            CorporateEvent::Earnings {
                expected: Some(dec!(2.654)),
                actual: Some(dec!(2.84))
            },
            CorporateEvent::CashDividend {
                amount: dec!(0.26),
                currency: Currency::USD
            },
            CorporateEvent::Earnings {
                expected: None,
                actual: None
            },
        ]
    );
    assert_eq!(actions[0].ex_date, date("2020-08-31"));
    assert_eq!(actions[2].record_date, Some(date("2026-02-09")));
    assert_eq!(actions[2].pay_date, Some(date("2026-02-12")));
}

#[test]
fn splits_are_read_in_every_form() {
    for (ratio, from, to) in [
        ("4:1", 1, 4),
        ("3-for-2", 2, 3),
        ("1.5", 2, 3),
        ("0.1", 10, 1),
        ("1/8", 8, 1),
        ("10 for 5", 1, 2),
    ] {
        let json = format!(
            r#"[{{"event_type": "wshe_splits", "index_date": "20200831", "data": {{"ratio": "{ratio}"}}}}]"#
        );
        let actions = actions(&json, &apple()).unwrap();
        assert_eq!(
            actions[0].event,
            CorporateEvent::Split { from, to },
            "{ratio}"
        );
    }
}

#[test]
fn what_cannot_be_read_is_an_error_and_not_left_out() {
    for json in [
        "not json",
        "7",
        r#"{"error": "x"}"#,
        r#"[{"index_date": "20260116"}]"#,
        r#"[{"event_type": "wshe_splits", "index_date": "20260116", "data": {"ratio": "?"}}]"#,
        r#"[{"event_type": "wshe_ed", "data": {}}]"#,
    ] {
        assert!(actions(json, &apple()).is_err(), "{json}");
    }
    assert!(actions("", &apple()).unwrap().is_empty());
    assert!(actions("[]", &apple()).unwrap().is_empty());
}
