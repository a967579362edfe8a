use std::collections::BTreeMap;

use broker_core::{
    dec,
    model::{Currency, Instrument, Mic},
};
use chrono::TimeDelta;

use super::{
    calculators::decimal,
    quotes_tests::{Ticker, apple, by_id, error_of, open, pin, quote, request, world},
};
use crate::tws::{
    gateway::probe::Probe,
    message::{
        CalculateImpliedVolatilityRequest, CalculateOptionPriceRequest, ComboLeg, Contract,
        ContractDataRequest, Reply, Request, SecDefOptParamsRequest, TickOptionComputation,
    },
};

fn option(probe: &Probe) -> Contract {
    let replies = probe.ask(Request::SecDefOptParams(SecDefOptParamsRequest {
        req_id: Some(3),
        underlying_con_id: Some(265_598),
        ..SecDefOptParamsRequest::default()
    }));
    let Reply::SecDefOptParameter(row) = &replies[0] else {
        panic!("{replies:?}")
    };
    let contract = Contract {
        symbol: Some("AAPL".into()),
        sec_type: Some("OPT".into()),
        exchange: Some("SMART".into()),
        last_trade_date_or_contract_month: row.expirations.get(2).cloned(),
        strike: row.strikes.get(row.strikes.len() / 2).copied(),
        right: Some("C".into()),
        ..Contract::default()
    };
    let details = ContractDataRequest {
        req_id: Some(4),
        contract: Some(contract),
    };
    match &probe.ask(Request::ContractData(details))[0] {
        Reply::ContractData(row) => row.contract.clone().unwrap(),
        other => panic!("{other:?}"),
    }
}

fn computations(replies: &[Reply]) -> BTreeMap<i32, TickOptionComputation> {
    let found = replies.iter().filter_map(|reply| match reply {
        Reply::TickOptionComputation(found) => Some((found.tick_type?, found.clone())),
        _ => None,
    });
    found.collect()
}

#[test]
fn options_come_with_computations_that_the_calculators_confirm() {
    let world = world();
    let probe = Probe::new(&world);
    let contract = option(&probe);
    let replies = open(&probe, request(1, contract.clone()));
    let found = computations(&replies);
    assert!(
        found.contains_key(&10) && found.contains_key(&11) && found.contains_key(&13),
        "{found:?}"
    );
    let bid = &found[&10];
    assert!((0.2..0.9).contains(&bid.delta.unwrap()), "{bid:?}");
    let asked = CalculateImpliedVolatilityRequest {
        req_id: Some(8),
        contract: Some(contract.clone()),
        option_price: bid.opt_price,
        under_price: bid.und_price,
        ..CalculateImpliedVolatilityRequest::default()
    };
    let answer = computations(&probe.ask(Request::CalculateImpliedVolatility(asked.clone())));
    assert_eq!(answer[&53].implied_vol, bid.implied_vol);
    let price = CalculateOptionPriceRequest {
        req_id: Some(8),
        contract: Some(contract),
        volatility: bid.implied_vol,
        under_price: bid.und_price,
        ..CalculateOptionPriceRequest::default()
    };
    let answer = computations(&probe.ask(Request::CalculateOptionPrice(price)));
    let difference = answer[&53].opt_price.unwrap() - bid.opt_price.unwrap();
    assert!(difference.abs() < 0.05, "{difference}");
    // No volatility makes a call dearer than its underlying.
    let mut impossible = asked;
    impossible.option_price = Some(10_000.0);
    assert_eq!(
        error_of(&probe.ask(Request::CalculateImpliedVolatility(impossible))),
        Some(321)
    );
    // The underlying moves: so do the computations.
    let before = quote(&world, &apple()).last.unwrap().get();
    probe.hear();
    pin(&world, &apple(), before + dec!(3));
    let moved = computations(&probe.hear());
    let model = moved[&13].und_price.unwrap();
    assert_eq!(decimal(model), Some(before + dec!(3)));
}

#[test]
fn a_computation_without_a_price_is_marked_as_not_computed() {
    let world = world();
    let probe = Probe::new(&world);
    let contract = option(&probe);
    // At night there are no best prices.
    world.advance(TimeDelta::hours(12));
    let found = computations(&open(&probe, request(1, contract)));
    let bid = &found[&10];
    assert_eq!((bid.opt_price, bid.implied_vol), (Some(-1.0), Some(-1.0)));
    assert_eq!((bid.delta, bid.vega), (Some(-2.0), Some(-2.0)));
}

#[test]
fn a_combination_is_quoted_from_its_legs_and_moves_with_them() {
    let world = world();
    let probe = Probe::new(&world);
    let leg = |con_id, action: &str| ComboLeg {
        con_id: Some(con_id),
        ratio: Some(1),
        action: Some(action.into()),
        exchange: Some("SMART".into()),
        ..ComboLeg::default()
    };
    let bag = Contract {
        symbol: Some("AAPL".into()),
        sec_type: Some("BAG".into()),
        exchange: Some("SMART".into()),
        currency: Some("USD".into()),
        combo_legs: vec![leg(265_598, "BUY"), leg(272_093, "SELL")],
        ..Contract::default()
    };
    let mut ticker = Ticker::default();
    ticker.take(&open(&probe, request(1, bag)));
    let microsoft = Instrument::equity("MSFT", Mic::XNAS, Currency::USD).unwrap();
    let bid_of = || {
        quote(&world, &apple()).bid.unwrap().get() - quote(&world, &microsoft).ask.unwrap().get()
    };
    assert_eq!(ticker.of(1), Some(bid_of()));
    let before = ticker.of(1);
    let last = quote(&world, &microsoft).last.unwrap().get();
    pin(&world, &microsoft, last + dec!(2));
    ticker.take(&probe.hear());
    assert_eq!(ticker.of(1), Some(bid_of()));
    assert_ne!(ticker.of(1), before);
}

#[test]
fn generic_ticks_tell_what_the_exchange_knows() {
    let world = world();
    let probe = Probe::new(&world);
    let mut wanted = request(1, by_id(265_598));
    wanted.generic_tick_list = Some("100,101,104,106,165,221,225,233,236,258,292,293,294,295,318,375,411,456,460,576,588,595,619".into());
    let replies = open(&probe, wanted);
    assert_eq!(error_of(&replies), None);
    let mut ticker = Ticker::default();
    ticker.take(&replies);
    for tick in [15, 16, 19, 20, 23, 24, 37, 46, 57] {
        assert!(ticker.of(tick).is_some(), "{tick} in {ticker:?}");
    }
    assert!(ticker.of(19) < ticker.of(20), "a year's range");
    probe.hear();
    world.advance(TimeDelta::seconds(6));
    let replies = probe.hear();
    let volume = replies.iter().find_map(|reply| match reply {
        Reply::TickString(tick) if tick.tick_type == Some(48) => tick.value.clone(),
        _ => None,
    });
    let volume = volume.unwrap();
    let parts: Vec<&str> = volume.split(';').collect();
    assert_eq!(parts.len(), 6, "{volume}");
    let newest = world.with_exchange(|exchange| exchange.trades(&apple(), 1).unwrap().remove(0));
    assert_eq!(parts[0].parse(), Ok(newest.price.get()));
    assert_eq!(parts[2], newest.time.timestamp_millis().to_string());
}
