use broker_core::{
    dec,
    model::{Currency, Fund, Instrument, Mic, Price, Right, Warrant},
};

use super::{
    ContractRow, Told,
    exchange::{exchange_word, mic},
    name::strike_text,
    rare::words_of,
    told::{FutureOptionTerms, Meant},
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
    for (odd, words) in [
        (
            r#"{"symbol":"12345","secType":"WAR","currency":"SGD"}"#,
            "WAR:12345",
        ),
        (
            r#"{"symbol":"CL","secType":"FOP","identifier":"LOF6 C75","currency":"USD"}"#,
            "FOP:LOF6 C75",
        ),
        (
            r#"{"symbol":"X","secType":"BOND","currency":"USD"}"#,
            "BOND:X",
        ),
    ] {
        let Meant::Known(Instrument::Native(native)) = meant(odd) else {
            panic!("{odd}");
        };
        assert_eq!(native.id.as_str(), words);
    }
    assert!(matches!(
        meant(r#"{"secType":"STK","currency":"USD"}"#),
        Meant::Unreadable(_)
    ));
}

fn warrant(code: &str) -> Instrument {
    Instrument::Warrant(Warrant {
        symbol: code.parse().unwrap(),
        exchange: Mic::XHKG,
        currency: Currency::HKD,
    })
}

#[test]
fn warrants_go_by_the_exchanges_code_wherever_it_is_told() {
    for told in [
        r#"{"symbol":"61486","secType":"IOPT","currency":"HKD","market":"HK"}"#,
        r#"{"symbol":"00700","identifier":"61486","secType":"IOPT","currency":"HKD"}"#,
        r#"{"symbol":"00700","identifier":"00700","localSymbol":"61486","secType":"WAR","currency":"HKD","market":"HK"}"#,
    ] {
        assert_eq!(meant(told), Meant::Known(warrant("61486")), "{told}");
    }
}

#[test]
fn funds_go_by_their_symbol_and_its_currency() {
    let fund = |symbol: &str, currency| {
        let symbol = symbol.parse().unwrap();
        Meant::Known(Instrument::Fund(Fund { symbol, currency }))
    };
    let told = r#"{"symbol":"LU0476943708.HKD","secType":"FUND","currency":"HKD"}"#;
    assert_eq!(meant(told), fund("LU0476943708", Currency::HKD));
    let told = r#"{"symbol":"IE00B11XZ988","secType":"FUND","currency":"USD"}"#;
    assert_eq!(meant(told), fund("IE00B11XZ988", Currency::USD));
}

#[test]
fn options_on_futures_are_known_but_for_their_exchange() {
    let told = r#"{"symbol":"ES","secType":"FOP","expiry":"20220218","strike":"4750.0",
        "right":"PUT","currency":"USD"}"#;
    let Meant::FutureOption(terms) = meant(told) else {
        panic!("{told}");
    };
    assert_eq!((terms.root.as_str(), terms.strike), ("ES", dec!(4750)));
    assert_eq!((terms.right, terms.currency), (Right::Put, Currency::USD));
    assert_eq!(terms.expiry.to_string(), "2022-02-18");
    // One that Tiger does not know any more must not be taken for another.
    assert_eq!(words_of(&terms), "ES 220218P4750");
    let call = FutureOptionTerms {
        right: Right::Call,
        ..terms
    };
    assert_eq!(words_of(&call), "ES 220218C4750");
}

#[test]
fn what_is_called_the_multiplier_of_a_warrant_is_its_lot() {
    let row: ContractRow = serde_json::from_str(
        r#"{"symbol":"27062","secType":"WAR","multiplier":5000,"minTick":0.001,"tradeable":true,
            "expiry":"20231020","lastTradingDate":"20231016"}"#,
    )
    .unwrap();
    let details = row.details(&warrant("27062")).unwrap();
    // A price is that of one unit: times the lot it would be five thousand times too much.
    assert_eq!(details.multiplier, dec!(1));
    assert_eq!(details.quantities.step.get(), dec!(5000));
    assert!(!details.shortable);
    let last = details.expires_at.unwrap();
    assert_eq!(last.to_rfc3339(), "2023-10-16T08:00:00+00:00");
    let bare: ContractRow = serde_json::from_str(r#"{"symbol":"27062","minTick":0.001}"#).unwrap();
    let error = bare.details(&warrant("27062")).unwrap_err();
    assert_eq!(error.kind(), broker_core::ErrorKind::Incomplete);
}

#[test]
fn a_fund_has_fractions_and_no_increments() {
    let row: ContractRow = serde_json::from_str(
        r#"{"symbol":"IE00B11XZ988.USD","name":"Bonds","secType":"FUND","currency":"USD",
            "tradeable":true,"tigerVault":false}"#,
    )
    .unwrap();
    let fund = Instrument::Fund(Fund {
        symbol: "IE00B11XZ988".parse().unwrap(),
        currency: Currency::USD,
    });
    let details = row.details(&fund).unwrap();
    assert_eq!(details.quantities.step.get(), dec!(0.0001));
    assert!(details.tradable && !details.shortable);
}
