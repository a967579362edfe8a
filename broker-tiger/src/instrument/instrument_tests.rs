use broker_core::{
    dec,
    model::{Currency, Instrument, Mic, Price},
};

use super::{
    ContractRow, Told,
    exchange::{exchange_word, mic},
    name::strike_text,
    told::Meant,
};
use crate::{convert::Rows, vectors};

#[test]
fn the_recorded_contract_says_what_orders_are_checked_with() {
    let body: serde_json::Value =
        serde_json::from_str(&vectors::numbered(52).response.body).unwrap();
    let rows: Rows<ContractRow> = Rows::of(&body["data"].to_string()).unwrap();
    let row = &rows.rows[0];
    assert_eq!(row.home(), Mic::XNAS);
    let apple = Instrument::equity("AAPL", Mic::XNAS, Currency::USD).unwrap();
    let details = row.details(&apple).unwrap();
    assert_eq!(details.name, "Apple");
    assert!(details.tradable && details.shortable);
    assert_eq!(
        details.ticks.increment(Price::new(dec!(0.5)).unwrap()),
        dec!(0.0001)
    );
    assert_eq!(
        details.ticks.increment(Price::new(dec!(200)).unwrap()),
        dec!(0.01)
    );
    assert_eq!(details.time_zone, "America/New_York");
    assert_eq!(details.aliases["contract_id"], "14");
}

#[test]
fn a_contract_without_increments_checks_no_order() {
    let apple = Instrument::equity("AAPL", Mic::XNAS, Currency::USD).unwrap();
    let bare: ContractRow = serde_json::from_str(r#"{"symbol":"AAPL","tickSizes":null}"#).unwrap();
    let error = bare.details(&apple).unwrap_err();
    assert_eq!(error.kind(), broker_core::ErrorKind::Incomplete);
}

#[test]
fn exchanges_survive_the_way_there_and_back() {
    for word in ["NASDAQ", "NYSE", "AMEX", "ARCA", "CME", "NYMEX", "SEHK"] {
        assert_eq!(exchange_word(mic(word)), Some(word));
    }
    assert_eq!(mic("SOMEWHERE"), Mic::XXXX);
}

#[test]
fn strikes_have_a_decimal_point() {
    assert_eq!(strike_text(dec!(200)), "200.0");
    assert_eq!(strike_text(dec!(187.50)), "187.5");
    assert_eq!(strike_text(dec!(0.005)), "0.005");
}

fn meant(json: &str) -> Meant {
    serde_json::from_str::<Told>(json).unwrap().meant()
}

#[test]
fn instruments_are_known_by_what_is_told() {
    let share = meant(r#"{"symbol":"AAPL","secType":"STK","currency":"USD"}"#);
    assert_eq!(share, Meant::Share("AAPL".to_owned(), Currency::USD));
    let by_name = r#"{"symbol":"AAPL","secType":"OPT","identifier":"AAPL  250919C00200000"}"#;
    let by_parts = r#"{"symbol":"AAPL","secType":"OPT","expiry":"20250919","strike":"200.0","right":"CALL","currency":"USD"}"#;
    assert_eq!(meant(by_name), meant(by_parts));
    let coin = meant(r#"{"symbol":"BTC.USD","secType":"CC"}"#);
    let bitcoin = Instrument::crypto(Currency::BTC, Currency::USD);
    assert_eq!(coin, Meant::Known(bitcoin));
    assert_eq!(
        meant(r#"{"symbol":"CL2509","secType":"FUT"}"#),
        Meant::Future("CL2509".to_owned())
    );
    // What core has no form for is kept under the vendor's words, not lost.
    let warrant = meant(r#"{"symbol":"12345","secType":"WAR","currency":"HKD"}"#);
    let Meant::Known(Instrument::Native(native)) = warrant else {
        panic!("{warrant:?}");
    };
    assert_eq!(native.id.as_str(), "WAR:12345");
    assert!(matches!(
        meant(r#"{"secType":"STK","currency":"USD"}"#),
        Meant::Unreadable(_)
    ));
}
