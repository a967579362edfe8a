use broker_core::model::{Currency, Instrument, InstrumentQuery, Mic};
use chrono::NaiveDate;

use super::meaning::{Candidate, meant};

fn share(ticker: &str, primary: Mic, currency: Currency) -> Instrument {
    Instrument::equity(ticker, primary, currency).unwrap()
}

fn mic(code: &str) -> Mic {
    code.parse().unwrap()
}

fn future(root: &str) -> Instrument {
    let expiry = NaiveDate::from_ymd_opt(2026, 3, 20).unwrap();
    Instrument::future(root, Mic::XCME, expiry, Currency::USD).unwrap()
}

fn candidate(instrument: Instrument, number: i32, underlying: i32) -> Candidate {
    Candidate {
        instrument,
        number,
        underlying,
    }
}

fn apple() -> Vec<Candidate> {
    vec![
        candidate(share("AAPL", mic("XETR"), Currency::EUR), 1, 0),
        candidate(share("AAPL", Mic::XNAS, Currency::USD), 2, 0),
        candidate(share("AAPL", mic("XTKS"), Currency::JPY), 3, 0),
    ]
}

#[test]
fn a_ticker_alone_means_its_american_listing() {
    let home = share("AAPL", Mic::XNAS, Currency::USD);
    assert_eq!(meant(&"AAPL".into(), apple()), [home]);
}

#[test]
fn a_ticker_that_is_listed_elsewhere_only_means_all_of_its_listings() {
    let mut abroad = apple();
    abroad.remove(1);
    assert_eq!(meant(&"AAPL".into(), abroad).len(), 2);
    // In dollars, but not in the United States.
    let london = candidate(share("AAPL", mic("XLON"), Currency::USD), 4, 0);
    let both = vec![apple().remove(0), london];
    assert_eq!(meant(&"AAPL".into(), both).len(), 2);
}

#[test]
fn what_the_query_says_itself_decides() {
    let query = InstrumentQuery::from("AAPL").in_currency(Currency::EUR);
    let german = vec![apple().remove(0)];
    assert_eq!(meant(&query, german).len(), 1);
    let query = InstrumentQuery::from("AAPL").in_currency(Currency::USD);
    let london = candidate(share("AAPL", mic("XLON"), Currency::USD), 4, 0);
    let both = vec![apple().remove(1), london];
    assert_eq!(meant(&query, both).len(), 2);
}

#[test]
fn a_future_on_the_share_is_not_meant_and_one_that_shares_its_name_is() {
    let home = share("ES", Mic::XNYS, Currency::USD);
    let on = |underlying| {
        vec![
            candidate(home.clone(), 7, 0),
            candidate(future("ES"), 8, underlying),
        ]
    };
    assert_eq!(meant(&"ES".into(), on(7)), std::slice::from_ref(&home));
    assert_eq!(meant(&"ES".into(), on(9)).len(), 2);
    assert_eq!(meant(&"ES".into(), on(0)).len(), 2);
}
