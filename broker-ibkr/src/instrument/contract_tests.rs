use broker_core::{
    ErrorKind, dec,
    model::{
        BrokerId, Combo, ComboLeg, Currency, Instrument, Mic, Native, OccSymbol, Right, Side,
        Symbol,
    },
};
use chrono::NaiveDate;
use ibapi::contracts::{Contract, ContractDetails, SecurityType, TagValue};
use proptest::prelude::*;
use rust_decimal::Decimal;
use serde_json::json;

use super::{Listing, exchange::ALL, from_contract, to_contract};

fn instrument(form: serde_json::Value) -> Instrument {
    serde_json::from_value(form).unwrap()
}

#[test]
fn every_class_survives_its_contract() {
    for form in [
        json!({"type": "equity", "symbol": "AAPL", "primary": "XNAS", "currency": "USD"}),
        json!({"type": "equity", "symbol": "BRK.B", "primary": "XNYS", "currency": "USD"}),
        json!({"type": "equity", "symbol": "00700", "primary": "XHKG", "currency": "HKD"}),
        json!({"type": "equity", "symbol": "VOD", "primary": "XLON", "currency": "GBP"}),
        json!({"type": "option", "symbol": "AAPL  260116C00187500", "currency": "USD"}),
        json!({"type": "option", "symbol": "SPXW  260116P06000000", "currency": "USD"}),
        json!({"type": "future", "root": "ES", "exchange": "XCME", "expiry": "2026-03-20", "currency": "USD"}),
        json!({"type": "future", "root": "6E", "exchange": "XCME", "expiry": "2026-03-16", "currency": "USD"}),
        json!({"type": "future", "root": "FDAX", "exchange": "XEUR", "expiry": "2026-03-20", "currency": "EUR"}),
        json!({"type": "future_option", "root": "EW3", "exchange": "XCME", "expiry": "2026-01-16", "right": "put", "strike": "6000", "currency": "USD"}),
        json!({"type": "forex", "base": "EUR", "quote": "USD"}),
        json!({"type": "index", "symbol": "SPX", "exchange": "XCBO", "currency": "USD"}),
        json!({"type": "crypto", "base": "BTC", "quote": "USD"}),
        json!({"type": "fund", "symbol": "VFINX", "currency": "USD"}),
        json!({"type": "warrant", "symbol": "14567", "exchange": "XHKG", "currency": "HKD"}),
        json!({"type": "bond", "identifier": "US912810RN00", "currency": "USD"}),
    ] {
        let instrument = instrument(form);
        let contract = to_contract(&instrument).unwrap();
        assert_eq!(from_contract(&contract).unwrap(), instrument);
    }
}

#[test]
fn contracts_are_written_the_way_the_gateway_expects() {
    let form = json!({"type": "equity", "symbol": "BRK.B", "primary": "XNYS", "currency": "USD"});
    let share = to_contract(&instrument(form)).unwrap();
    assert_eq!(share.symbol.as_str(), "BRK B");
    assert_eq!(share.exchange.as_str(), "SMART");
    assert_eq!(share.primary_exchange.as_str(), "NYSE");
    let form = json!({"type": "equity", "symbol": "00700", "primary": "XHKG", "currency": "HKD"});
    let share = to_contract(&instrument(form)).unwrap();
    assert_eq!(
        (share.symbol.as_str(), share.exchange.as_str()),
        ("700", "SEHK")
    );
    let form = json!({"type": "option", "symbol": "SPXW  260116P06000000", "currency": "USD"});
    let option = to_contract(&instrument(form)).unwrap();
    assert_eq!(option.symbol.as_str(), "SPX");
    assert_eq!(option.trading_class, "SPXW");
    assert_eq!(option.last_trade_date_or_contract_month, "20260116");
    assert!((option.strike - 6_000.0).abs() < f64::EPSILON);
}

#[test]
fn an_exchange_without_a_name_is_refused() {
    let nowhere = Instrument::equity("AAPL", Mic::XXXX, Currency::USD).unwrap();
    let error = to_contract(&nowhere).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}

#[test]
fn the_own_symbol_of_an_option_is_believed_over_its_last_trading_date() {
    let contract = Contract {
        contract_id: 1,
        symbol: "SPX".into(),
        security_type: SecurityType::Option,
        last_trade_date_or_contract_month: "20260115".to_owned(),
        strike: 6_000.0,
        right: Some(ibapi::contracts::OptionRight::Call),
        local_symbol: "SPX   260116C06000000".to_owned(),
        trading_class: "SPX".to_owned(),
        ..Contract::default()
    };
    let occ: OccSymbol = "SPX   260116C06000000".parse().unwrap();
    assert_eq!(from_contract(&contract).unwrap(), Instrument::option(occ));
    // A symbol of another strike is not this option's.
    let other = Contract {
        strike: 6_100.0,
        ..contract
    };
    let Instrument::Option(option) = from_contract(&other).unwrap() else {
        panic!("no option");
    };
    assert_eq!(option.symbol.strike(), dec!(6100));
    assert_eq!(
        option.symbol.expiry(),
        NaiveDate::from_ymd_opt(2026, 1, 15).unwrap()
    );
}

#[test]
fn what_core_has_no_name_for_keeps_its_number() {
    let number = |id: &str| {
        Instrument::Native(Native {
            broker: BrokerId::new("ibkr").unwrap(),
            id: Symbol::new(id).unwrap(),
        })
    };
    for contract in [
        Contract {
            security_type: SecurityType::CFD,
            ..share(7)
        },
        Contract {
            security_type: SecurityType::Other("NEWKIND".to_owned()),
            ..share(7)
        },
        Contract {
            primary_exchange: "NOWHERE".into(),
            ..share(7)
        },
        Contract {
            symbol: "lower".into(),
            ..share(7)
        },
    ] {
        assert_eq!(
            from_contract(&contract).unwrap(),
            number("7"),
            "{contract:?}"
        );
    }
    let back = to_contract(&number("7")).unwrap();
    assert_eq!(back.contract_id, 7);
    let unnumbered = Contract {
        security_type: SecurityType::CFD,
        ..share(0)
    };
    assert_eq!(
        from_contract(&unnumbered).unwrap_err().kind(),
        ErrorKind::Protocol
    );
}

#[test]
fn anothers_number_is_not_ours() {
    for (broker, id) in [
        ("tiger", "7"),
        ("ibkr", "AAPL"),
        ("ibkr", "-7"),
        ("ibkr", "0"),
    ] {
        let native = Instrument::Native(Native {
            broker: BrokerId::new(broker).unwrap(),
            id: Symbol::new(id).unwrap(),
        });
        assert_eq!(
            to_contract(&native).unwrap_err().kind(),
            ErrorKind::InvalidRequest
        );
    }
}

#[test]
fn a_share_without_an_exchange_has_to_be_looked_up() {
    let contract = Contract {
        primary_exchange: "".into(),
        ..share(7)
    };
    assert_eq!(
        from_contract(&contract).unwrap_err().kind(),
        ErrorKind::Incomplete
    );
}

#[test]
fn a_combination_is_not_put_together_without_its_legs() {
    let leg = |symbol: &str, side| ComboLeg {
        instrument: Instrument::equity(symbol, Mic::XNAS, Currency::USD).unwrap(),
        side,
        ratio: 1,
    };
    let combo = Combo::new(vec![leg("AAPL", Side::Buy), leg("MSFT", Side::Sell)]).unwrap();
    assert!(to_contract(&Instrument::Combo(combo)).is_err());
}

#[test]
fn pence_become_pounds_and_pounds_pence() {
    let details = ContractDetails {
        contract: Contract {
            symbol: "VOD".into(),
            currency: "GBP".into(),
            primary_exchange: "LSE".into(),
            ..share(5)
        },
        price_magnifier: 100,
        ..ContractDetails::default()
    };
    let listing = Listing::of_details(details).unwrap();
    let price = listing.price(71.52).unwrap();
    assert_eq!(price.get(), dec!(0.7152));
    assert!((listing.price_to_wire(price).unwrap() - 71.52).abs() < f64::EPSILON);
    assert_eq!(listing.price(f64::MAX), None);
}

#[test]
fn a_bond_is_named_by_its_public_identifier() {
    let details = ContractDetails {
        contract: Contract {
            symbol: "US-T".into(),
            security_type: SecurityType::Bond,
            ..share(9)
        },
        sec_id_list: vec![TagValue {
            tag: "ISIN".to_owned(),
            value: "US912810RN00".to_owned(),
        }],
        cusip: "912810RN0".to_owned(),
        ..ContractDetails::default()
    };
    let Instrument::Bond(bond) = Listing::of_details(details).unwrap().instrument else {
        panic!("no bond");
    };
    assert_eq!(bond.identifier.as_str(), "US912810RN00");
}

fn share(number: i32) -> Contract {
    Contract {
        contract_id: number,
        symbol: "AAPL".into(),
        primary_exchange: "NASDAQ".into(),
        ..Contract::default()
    }
}

proptest! {
    #[test]
    fn shares_of_every_exchange_survive_their_contract(symbol in "[A-Z]{1,5}(\\.[A-Z])?", place in 0..ALL.len()) {
        let primary: Mic = ALL[place].0.parse().unwrap();
        let share = Instrument::equity(&symbol, primary, Currency::USD).unwrap();
        prop_assert_eq!(from_contract(&to_contract(&share).unwrap()).unwrap(), share);
    }

    #[test]
    fn options_survive_their_contract(root in "[A-Z]{1,5}", day in 0_u64..36_000, put: bool, milli in 1_i64..99_999_999) {
        let expiry = NaiveDate::from_ymd_opt(2000, 1, 1).unwrap() + chrono::Days::new(day);
        let right = if put { Right::Put } else { Right::Call };
        let occ = OccSymbol::new(&root, expiry, right, Decimal::new(milli, 3)).unwrap();
        let option = Instrument::option(occ);
        prop_assert_eq!(from_contract(&to_contract(&option).unwrap()).unwrap(), option);
    }

    #[test]
    fn hong_kong_codes_survive_their_contract(code in 1_u32..100_000) {
        let share = Instrument::equity(&format!("{code:05}"), Mic::XHKG, Currency::HKD).unwrap();
        prop_assert_eq!(from_contract(&to_contract(&share).unwrap()).unwrap(), share);
    }
}

#[test]
fn a_contract_that_makes_no_sense_is_named_by_its_number() {
    let contract = Contract {
        security_type: SecurityType::Option,
        right: None,
        ..share(7)
    };
    let details = ContractDetails {
        contract,
        ..ContractDetails::default()
    };
    let listing = Listing::of_details(details).unwrap();
    assert_eq!(listing.instrument.to_string(), "ibkr:7");
}
