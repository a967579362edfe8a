//! Identifiers, symbols and codes.

use chrono::NaiveDate;
use proptest::prelude::*;

use super::{
    AccountId, BrokerOrderId, ClientOrderId, ListId, Mic, OccSymbol, OrderStatus, Right, Side,
    Symbol,
};
use crate::{Decimal, dec};

#[test]
fn identifiers_are_printable_and_short() {
    for text in ["a", "U 1", "01ARZ3NDEKTSV4RRFFQ69G5FAV", &"x".repeat(64)] {
        assert_eq!(ClientOrderId::new(text).unwrap().as_str(), text);
    }
    for text in ["", " a", "a ", "a\n", "ä", "\u{7f}", "a\0", &"x".repeat(65)] {
        assert!(ClientOrderId::new(text).is_err(), "{text:?}");
        assert!(AccountId::new(text).is_err(), "{text:?}");
    }
    assert!(BrokerOrderId::new("x".repeat(57)).is_err());
    assert_eq!(
        format!("{:?}", AccountId::new("DU1").unwrap()),
        r#"AccountId("DU1")"#
    );
    assert_eq!(format!("{:<4}|", AccountId::new("DU1").unwrap()), "DU1 |");
}

#[test]
fn new_identifiers_are_different_and_rise() {
    let all: Vec<_> = (0..1_000).map(|_| ClientOrderId::generate()).collect();
    let distinct: std::collections::BTreeSet<_> = all.iter().collect();
    assert_eq!(distinct.len(), all.len());
    assert!(
        all.iter()
            .all(|id| id.as_str().len() == 26 && !id.is_outside())
    );
    assert_ne!(ListId::generate(), ListId::generate());
}

#[test]
fn derived_identifiers_fit_or_are_refused() {
    let parent = ClientOrderId::new("p").unwrap();
    assert_eq!(parent.derive("1").unwrap().as_str(), "p.1");
    assert!(
        ClientOrderId::new("x".repeat(63))
            .unwrap()
            .derive("1")
            .is_err()
    );
}

#[test]
fn the_longest_order_from_outside_has_a_valid_name() {
    let longest = BrokerOrderId::new("9".repeat(56)).unwrap();
    let name = ClientOrderId::outside(&longest);
    assert_eq!(ClientOrderId::new(name.as_str()).unwrap(), name);
    assert!(name.is_outside());
}

#[test]
fn symbols_and_markets_are_upper_case() {
    for text in ["AAPL", "BRK.B", "00700", "BRK B", "ES=F"] {
        assert_eq!(Symbol::new(text).unwrap().to_string(), text);
    }
    for text in ["", "aapl", " A", "A ", "Ä", &"A".repeat(25)] {
        assert!(Symbol::new(text).is_err(), "{text:?}");
    }
    for text in ["", "XNA", "XNASD", "xnas", "XN S", "XNÄ"] {
        assert!(text.parse::<Mic>().is_err(), "{text:?}");
    }
}

#[test]
fn words_are_read_exactly_and_unknown_ones_kept_where_they_may_come() {
    for side in Side::ALL {
        assert_eq!(side.as_str().parse::<Side>().unwrap(), *side);
    }
    let error = "BUY".parse::<Side>().unwrap_err();
    assert_eq!(error.expected(), "one of buy sell sell_short");
    let odd: OrderStatus = serde_json::from_str(r#""Held""#).unwrap();
    assert_eq!(odd, OrderStatus::Other("Held".into()));
    assert_eq!(serde_json::to_string(&odd).unwrap(), r#""Held""#);
    assert!(odd.is_open());
}

#[test]
fn sides_have_opposites_and_signs() {
    let all = [Side::Buy, Side::Sell, Side::SellShort];
    assert_eq!(all.map(Side::opposite), [Side::Sell, Side::Buy, Side::Buy]);
    assert_eq!(all.map(Side::sign), [1, -1, -1]);
    assert_eq!(all.map(Side::is_sell), [false, true, true]);
}

#[test]
fn malformed_option_symbols_are_refused() {
    for text in [
        "",
        "AAPL",
        "AAPL  260116C0020000",
        "AAPL  260116X00200000",
        "AAPL  261316C00200000",
        "AAPL  260230C00200000",
        "AAPL  26O116C00200000",
        "AAPL  260116C0020000O",
        "AAPL  260116C+0200000",
        "AAPL  260116C00000000",
        "aapl  260116C00200000",
        "260116C00200000",
        "      260116C00200000",
        "TOOLONG260116C00200000",
        "A PL  260116C00200000",
        "ÄAPL 260116C00200000",
        " AAPL 260116C00200000",
        "AAPL  260116C00200000 ",
    ] {
        assert!(text.parse::<OccSymbol>().is_err(), "{text}");
    }
}

#[test]
fn option_symbols_outside_their_form_are_refused() {
    let day = |year| NaiveDate::from_ymd_opt(year, 1, 16).unwrap();
    let of = |root, year, strike| OccSymbol::new(root, day(year), Right::Put, strike);
    assert!(of("SPXW", 2099, dec!(99999.999)).is_ok() && of("A", 2000, dec!(0.001)).is_ok());
    for (root, year, strike) in [
        ("", 2026, dec!(1)),
        ("AAPLXXX", 2026, dec!(1)),
        ("BRK.B", 2026, dec!(1)),
        ("A", 1999, dec!(1)),
        ("A", 2100, dec!(1)),
        ("A", 2026, dec!(0)),
        ("A", 2026, dec!(-1)),
        ("A", 2026, dec!(0.0005)),
        ("A", 2026, dec!(1.0005)),
        ("A", 2026, dec!(100000)),
        ("A", 2026, Decimal::MAX),
    ] {
        assert!(of(root, year, strike).is_err(), "{root} {year} {strike}");
    }
}

proptest! {
    #[test]
    fn option_symbols_come_back(
        root in "[A-Z][A-Z0-9]{0,5}",
        days in 0..36_500_u64,
        call in any::<bool>(),
        milli in 1..=99_999_999_i64,
    ) {
        let first = NaiveDate::from_ymd_opt(2000, 1, 1).unwrap();
        let expiry = first.checked_add_days(chrono::Days::new(days)).unwrap();
        let right = if call { Right::Call } else { Right::Put };
        let occ = OccSymbol::new(&root, expiry, right, Decimal::new(milli, 3)).unwrap();
        let text = occ.to_string();
        prop_assert_eq!(text.len(), 21);
        prop_assert_eq!(text.parse::<OccSymbol>().unwrap(), occ);
        prop_assert_eq!(text.replace(' ', "").parse::<OccSymbol>().unwrap(), occ);
        prop_assert_eq!((occ.root(), occ.expiry(), occ.right()), (&*root, expiry, right));
        prop_assert_eq!(occ.strike(), Decimal::new(milli, 3));
    }

    #[test]
    fn no_text_makes_an_option_symbol_panic(text in "\\PC{0,30}") {
        let _ = text.parse::<OccSymbol>();
    }
}
