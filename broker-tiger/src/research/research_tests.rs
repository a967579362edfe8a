use broker_core::{
    ErrorKind, dec,
    model::{CorporateEvent, Currency, Instrument, Mic},
};
use chrono::NaiveDate;

use super::actions::ActionRow;
use crate::{convert::Rows, vectors};

fn apple() -> Instrument {
    Instrument::equity("AAPL", Mic::XNAS, Currency::USD).unwrap()
}

#[test]
fn the_recorded_dividends_are_read() {
    let body: serde_json::Value =
        serde_json::from_str(&vectors::numbered(93).response.body).unwrap();
    let by_symbol: std::collections::BTreeMap<String, Rows<ActionRow>> =
        serde_json::from_str(&body["data"].to_string()).unwrap();
    let actions: Vec<_> = by_symbol
        .values()
        .flat_map(|rows| &rows.rows)
        .map(|row| row.action("dividend", &apple()).unwrap().unwrap())
        .collect();
    assert!(!actions.is_empty());
    for action in actions {
        assert!(
            matches!(action.event, CorporateEvent::CashDividend { amount, .. } if amount > dec!(0))
        );
    }
}

#[test]
fn a_split_is_the_smallest_ratio_and_none_is_passed_over() {
    let row = |json: &str| serde_json::from_str::<ActionRow>(json).unwrap();
    let split = row(r#"{"executeDate":"2020-08-31","fromFactor":1.0,"toFactor":4.0}"#);
    let action = split.action("split", &apple()).unwrap().unwrap();
    assert_eq!(action.event, CorporateEvent::Split { from: 1, to: 4 });
    assert_eq!(
        action.ex_date,
        NaiveDate::from_ymd_opt(2020, 8, 31).unwrap()
    );
    for (from, to, is) in [
        ("1", "1.5", (2, 3)),
        ("1.5", "4", (3, 8)),
        ("10", "1", (10, 1)),
        ("4.00", "1.0", (4, 1)),
        ("1", "1.05", (20, 21)),
    ] {
        let json = format!(r#"{{"executeDate":"2020-08-31","fromFactor":{from},"toFactor":{to}}}"#);
        let action = row(&json).action("split", &apple()).unwrap().unwrap();
        let (from, to) = is;
        assert_eq!(action.event, CorporateEvent::Split { from, to });
    }
    for wrong in [
        r#"{"executeDate":"2020-08-31","fromFactor":0,"toFactor":4}"#,
        r#"{"executeDate":"2020-08-31","toFactor":4}"#,
    ] {
        let error = row(wrong).action("split", &apple()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol, "{wrong}");
    }
    // Without a date nothing can be done about it.
    let dateless = row(r#"{"fromFactor":1,"toFactor":4}"#);
    assert_eq!(dateless.action("split", &apple()).unwrap(), None);
}
