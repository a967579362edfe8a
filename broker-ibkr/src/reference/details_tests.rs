use broker_core::{dec, model::Mic};
use chrono::{DateTime, Utc};
use ibapi::contracts::{
    Contract, ContractDetails, MarketRule, OptionRight, PriceIncrement, SecurityType,
};

use super::details::{contract, market_rule};
use crate::instrument::Listing;

fn now() -> DateTime<Utc> {
    "2026-01-16T15:00:00Z".parse().unwrap()
}

fn share() -> ContractDetails {
    ContractDetails {
        contract: Contract {
            contract_id: 265_598,
            symbol: "AAPL".into(),
            primary_exchange: "NASDAQ".into(),
            trading_class: "NMS".to_owned(),
            ..Contract::default()
        },
        long_name: "APPLE INC".to_owned(),
        min_tick: 0.01,
        valid_exchanges: ["SMART", "NYSE", "NASDAQ", "NOWHERE"]
            .map(str::to_owned)
            .to_vec(),
        market_rule_ids: ["26", "557", "557", "1"].map(str::to_owned).to_vec(),
        time_zone_id: "US/Eastern".to_owned(),
        min_size: Some(1.0),
        size_increment: Some(1.0),
        ..ContractDetails::default()
    }
}

#[test]
fn the_rule_is_that_of_the_exchange_where_it_is_traded() {
    let mut details = share();
    assert_eq!(market_rule(&details), Some(26));
    details.contract.exchange = "NYSE".into();
    assert_eq!(market_rule(&details), Some(557));
    details.market_rule_ids.clear();
    assert_eq!(market_rule(&details), None);
}

#[test]
fn a_share_has_its_increments_quantities_and_names() {
    let listing = Listing::for_tests(share());
    let step = |low_edge, increment| PriceIncrement {
        low_edge,
        increment,
    };
    let rule = MarketRule {
        market_rule_id: 26,
        price_increments: vec![step(0.0, 0.0001), step(1.0, 0.01)],
    };
    let details = contract(&listing, &share(), Some(&rule), None, now()).unwrap();
    assert_eq!(details.ticks.bands().len(), 2);
    assert!(details.ticks.is_valid("0.5071".parse().unwrap()));
    assert!(!details.ticks.is_valid("187.505".parse().unwrap()));
    assert_eq!(details.exchanges, [Mic::XNAS, Mic::XNYS]);
    assert_eq!(details.aliases["con_id"], "265598");
    assert_eq!(details.aliases["market_rule"], "26");
    assert_eq!(details.quantities.step.get(), dec!(1));
    assert!(details.tradable && details.shortable);
    assert_eq!(details.name, "APPLE INC");
}

#[test]
fn increments_in_pence_become_pounds() {
    let mut wire = share();
    wire.price_magnifier = 100;
    wire.min_tick = 0.5;
    let details = contract(&Listing::for_tests(wire.clone()), &wire, None, None, now()).unwrap();
    assert_eq!(details.ticks.bands()[0].increment, dec!(0.005));
}

#[test]
fn an_option_expires_at_the_end_of_its_last_session() {
    let mut wire = share();
    wire.contract.security_type = SecurityType::Option;
    wire.contract.last_trade_date_or_contract_month = "20260116".to_owned();
    wire.contract.strike = 200.0;
    wire.contract.right = Some(OptionRight::Call);
    wire.contract.trading_class = "AAPL".to_owned();
    wire.contract.multiplier = "100".to_owned();
    wire.trading_hours = vec!["20260116:0930-20260116:1600".to_owned()];
    let listing = Listing::for_tests(wire.clone());
    let details = contract(&listing, &wire, None, None, now()).unwrap();
    assert_eq!(details.expires_at, "2026-01-16T21:00:00Z".parse().ok());
    assert_eq!(details.multiplier, dec!(100));
    assert!(details.tradable);
    // Where the hours are not told, the end of the day is not too early.
    wire.trading_hours.clear();
    let details = contract(&listing, &wire, None, None, now()).unwrap();
    assert_eq!(details.expires_at, "2026-01-17T05:00:00Z".parse().ok());
    let later = "2026-01-18T00:00:00Z".parse().unwrap();
    assert!(
        !contract(&listing, &wire, None, None, later)
            .unwrap()
            .tradable
    );
}

#[test]
fn details_that_make_no_sense_are_errors() {
    let mut wire = share();
    wire.min_tick = 0.0;
    let listing = Listing::for_tests(share());
    assert!(contract(&listing, &wire, None, None, now()).is_err());
    let mut wire = share();
    wire.contract.multiplier = "many".to_owned();
    assert!(contract(&listing, &wire, None, None, now()).is_err());
}
