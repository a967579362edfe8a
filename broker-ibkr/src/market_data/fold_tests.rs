use std::sync::Arc;

use broker_core::{dec, model::Quote};
use chrono::{DateTime, Utc};
use ibapi::{
    contracts::{Contract, ContractDetails, OptionComputation, tick_types::TickType},
    market_data::{
        MarketDataType,
        realtime::{TickGeneric, TickPrice, TickPriceSize, TickSize, TickTypes},
    },
};

use super::fold::{OptionFold, QuoteFold};
use crate::instrument::Listing;

pub(super) fn listing() -> Arc<Listing> {
    let details = ContractDetails {
        contract: Contract {
            contract_id: 265_598,
            symbol: "AAPL".into(),
            primary_exchange: "NASDAQ".into(),
            ..Contract::default()
        },
        ..ContractDetails::default()
    };
    Arc::new(Listing::for_tests(details))
}

pub(super) fn now() -> DateTime<Utc> {
    "2026-01-16T15:00:00Z".parse().unwrap()
}

fn priced(price_tick_type: TickType, price: f64, size_tick_type: TickType, size: f64) -> TickTypes {
    TickTypes::PriceSize(TickPriceSize {
        price_tick_type,
        price,
        size_tick_type,
        size,
        ..TickPriceSize::default()
    })
}

fn price(tick_type: TickType, price: f64) -> TickTypes {
    TickTypes::Price(TickPrice {
        tick_type,
        price,
        ..TickPrice::default()
    })
}

fn size(tick_type: TickType, size: f64) -> TickTypes {
    TickTypes::Size(TickSize { tick_type, size })
}

fn halted(value: f64) -> TickTypes {
    TickTypes::Generic(TickGeneric {
        tick_type: TickType::Halted,
        value,
    })
}

fn folded(ticks: &[TickTypes]) -> Quote {
    let mut fold = QuoteFold::new(listing(), now());
    for tick in ticks {
        fold.take(tick);
    }
    fold.quote(now())
}

#[test]
fn ticks_become_one_quote() {
    let quote = folded(&[
        priced(TickType::Bid, 187.1, TickType::BidSize, 300.0),
        priced(TickType::Ask, 187.12, TickType::AskSize, 0.5),
        priced(TickType::Last, 187.11, TickType::LastSize, 100.0),
        price(TickType::Open, 186.0),
        price(TickType::High, 188.25),
        price(TickType::Low, 185.75),
        price(TickType::Close, 186.5),
        size(TickType::Volume, 1_234_567.0),
    ]);
    assert_eq!(quote.bid.unwrap().get(), dec!(187.1));
    assert_eq!(quote.bid_size, Some(dec!(300)));
    assert_eq!(quote.ask_size, Some(dec!(0.5)));
    assert_eq!(quote.previous_close.unwrap().get(), dec!(186.5));
    assert_eq!(quote.volume, Some(dec!(1234567)));
    assert!(!quote.delayed && !quote.halted);
}

#[test]
fn a_quote_that_goes_away_is_absent() {
    let quote = folded(&[
        priced(TickType::Bid, 187.1, TickType::BidSize, 300.0),
        priced(TickType::Bid, -1.0, TickType::BidSize, 0.0),
        price(TickType::High, 0.0),
        price(TickType::Low, -1.0),
        price(TickType::Close, f64::MAX),
        size(TickType::Volume, f64::from(i32::MAX)),
    ]);
    assert_eq!((quote.bid, quote.high, quote.low), (None, None, None));
    assert_eq!((quote.previous_close, quote.volume), (None, None));
    assert_eq!(quote.bid_size, Some(dec!(0)));
}

#[test]
fn delayed_ticks_make_a_delayed_quote() {
    let quote = folded(&[
        priced(TickType::DelayedBid, 187.1, TickType::DelayedBidSize, 300.0),
        price(TickType::DelayedClose, 186.5),
    ]);
    assert!(quote.delayed);
    assert_eq!(quote.bid.unwrap().get(), dec!(187.1));
    assert_eq!(quote.bid_size, Some(dec!(300)));
    let quote = folded(&[
        TickTypes::MarketDataType(MarketDataType::Delayed),
        TickTypes::MarketDataType(MarketDataType::Unknown),
    ]);
    assert!(quote.delayed);
    let quote = folded(&[
        TickTypes::MarketDataType(MarketDataType::DelayedFrozen),
        TickTypes::MarketDataType(MarketDataType::Realtime),
    ]);
    assert!(!quote.delayed);
}

#[test]
fn a_halt_is_told_and_a_number_that_says_nothing_is_not() {
    assert!(folded(&[halted(1.0)]).halted);
    assert!(folded(&[halted(2.0), halted(-1.0)]).halted);
    assert!(!folded(&[halted(2.0), halted(0.0)]).halted);
}

#[test]
fn a_tick_that_changes_nothing_says_so() {
    let mut fold = QuoteFold::new(listing(), now());
    assert!(fold.take(&priced(TickType::Bid, 187.1, TickType::BidSize, 300.0)));
    assert!(!fold.take(&priced(TickType::Bid, 187.1, TickType::BidSize, 300.0)));
    assert!(!fold.take(&size(TickType::BidSize, 300.0)));
    assert!(fold.take(&size(TickType::BidSize, 200.0)));
    assert!(!fold.take(&price(TickType::MarkPrice, 187.0)));
}

#[test]
fn an_option_has_sensitivities_once_all_are_computed() {
    let mut fold = OptionFold::new(listing(), true, now());
    let mut computed = OptionComputation {
        field: TickType::ModelOption,
        implied_volatility: Some(0.25),
        delta: Some(0.5),
        gamma: Some(0.01),
        vega: None,
        theta: Some(-0.02),
        ..OptionComputation::default()
    };
    fold.take(&TickTypes::OptionComputation(computed.clone()));
    assert_eq!(fold.greeks, None);
    computed.vega = Some(0.11);
    fold.take(&TickTypes::OptionComputation(computed.clone()));
    let greeks = fold.greeks.unwrap();
    assert_eq!(
        (greeks.vega, greeks.theta, greeks.rho),
        (dec!(0.11), dec!(-0.02), None)
    );
    // A computation at the bid is not the model's.
    computed.field = TickType::BidOption;
    computed.delta = Some(0.9);
    fold.take(&TickTypes::OptionComputation(computed));
    assert_eq!(fold.greeks.unwrap().delta, dec!(0.5));
}

#[test]
fn open_interest_is_that_of_the_options_own_right() {
    let mut call = OptionFold::new(listing(), true, now());
    call.take(&size(TickType::OptionPutOpenInterest, 7.0));
    assert_eq!(call.open_interest, None);
    call.take(&size(TickType::OptionCallOpenInterest, 9.0));
    assert_eq!(call.open_interest, Some(dec!(9)));
}
