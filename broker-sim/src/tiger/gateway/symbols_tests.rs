use broker_core::{
    dec,
    model::{Currency, Instrument, Mic, Right},
};
use chrono::NaiveDate;

use super::symbols::{Market, Name, SecType, date_of, future_code, right_of, strike_text};

fn date(text: &str) -> NaiveDate {
    date_of(text).expect("a date")
}

#[test]
fn a_share_an_index_an_option_a_future_and_a_coin_have_the_vendors_names() {
    let cases = [
        (
            Instrument::equity("AAPL", Mic::XNAS, Currency::USD),
            ("AAPL", SecType::Stock, Market::Us, "AAPL"),
        ),
        (
            Instrument::equity("00700", Mic::XHKG, Currency::HKD),
            ("00700", SecType::Stock, Market::Hk, "00700"),
        ),
        (
            Instrument::index("SPX", Mic::XCBO, Currency::USD),
            (".SPX", SecType::Stock, Market::Us, ".SPX"),
        ),
        (
            Instrument::future("ES", Mic::XCME, date("20250919"), Currency::USD),
            ("ES2509", SecType::Future, Market::Us, "ES2509"),
        ),
        (
            Ok(Instrument::crypto(Currency::BTC, Currency::USD)),
            ("BTC.USD", SecType::Crypto, Market::Us, "BTC.USD"),
        ),
        (
            "AAPL  250919C00187500".parse().map(Instrument::option),
            ("AAPL", SecType::Option, Market::Us, "AAPL  250919C00187500"),
        ),
    ];
    for (instrument, expected) in cases {
        let name = Name::of(&instrument.expect("an instrument")).expect("a name");
        let told = (
            name.symbol.as_str(),
            name.sec_type,
            name.market,
            name.identifier.as_str(),
        );
        assert_eq!(told, expected);
    }
}

#[test]
fn an_options_parts_are_told_apart() {
    let option = Instrument::option("AAPL  250919P00200000".parse().expect("an option"));
    let name = Name::of(&option).expect("a name");
    assert_eq!(name.expiry, Some(date("20250919")));
    assert_eq!(name.strike, Some(dec!(200)));
    assert_eq!(name.right, Some(Right::Put));
}

#[test]
fn strikes_rights_dates_and_codes_are_written_as_the_vendor_writes_them() {
    assert_eq!(strike_text(dec!(200)), "200.0");
    assert_eq!(strike_text(dec!(187.500)), "187.5");
    assert_eq!(right_of("call"), Some(Right::Call));
    assert_eq!(right_of("PUT"), Some(Right::Put));
    assert_eq!(right_of("both"), None);
    assert_eq!(date_of("2025-09-19"), date_of("20250919"));
    assert_eq!(date_of("2025-9-1"), None);
    assert_eq!(future_code("CL", date("20250920")), "CL2509");
}

#[test]
fn a_date_begins_at_midnight_of_its_market() {
    let at = |market: Market| market.midnight(date("20250919")).expect("an instant");
    assert_eq!(at(Market::Us).timestamp_millis(), 1_758_254_400_000);
    assert_eq!(Market::Us.date_of(at(Market::Us)), date("20250919"));
    assert_eq!(at(Market::Hk).to_rfc3339(), "2025-09-18T16:00:00+00:00");
}
