use broker_core::{
    dec,
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
        .map(|row| row.action("dividend", &apple()).unwrap())
        .collect();
    assert!(!actions.is_empty());
    for action in actions {
        assert!(
            matches!(action.event, CorporateEvent::CashDividend { amount, .. } if amount > dec!(0))
        );
    }
}

#[test]
fn a_split_is_whole_and_other_factors_are_passed_over() {
    let row = |json: &str| serde_json::from_str::<ActionRow>(json).unwrap();
    let split = row(r#"{"executeDate":"2020-08-31","fromFactor":1.0,"toFactor":4.0}"#);
    let action = split.action("split", &apple()).unwrap();
    assert_eq!(action.event, CorporateEvent::Split { from: 1, to: 4 });
    assert_eq!(
        action.ex_date,
        NaiveDate::from_ymd_opt(2020, 8, 31).unwrap()
    );
    let odd = row(r#"{"executeDate":"2020-08-31","fromFactor":1.5,"toFactor":4}"#);
    assert!(odd.action("split", &apple()).is_none());
    // Without a date nothing can be done about it.
    let dateless = row(r#"{"fromFactor":1,"toFactor":4}"#);
    assert!(dateless.action("split", &apple()).is_none());
}
