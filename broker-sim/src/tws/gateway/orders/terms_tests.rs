use broker_core::{
    dec,
    model::{
        AccountId, AlgoStrategy, ClientOrderId, Currency, Instrument, Mic, OrderType, Price,
        TimeInForce, TradingSession, TrailingOffset,
    },
};
use chrono::{TimeZone as _, Utc};

use super::{
    figures::{instant, written},
    terms::{Refused, read},
};
use crate::tws::{
    message::Order,
    test_client::{limit, order},
};

fn terms(wire: &Order) -> Result<broker_core::model::NewOrder, Refused> {
    let instrument = Instrument::equity("AAPL", Mic::XNAS, Currency::USD).unwrap();
    let name = ClientOrderId::new("TWS-1").unwrap();
    let account = AccountId::new("DU1").unwrap();
    read(wire, &account, &instrument, name).map(|(terms, _)| terms)
}

fn price(value: rust_decimal::Decimal) -> Price {
    Price::new(value).unwrap()
}

#[test]
fn every_type_that_the_exchange_has_is_understood() {
    let with = |word: &str, change: &dyn Fn(&mut Order)| {
        let mut wire = order("BUY", "1", word);
        change(&mut wire);
        terms(&wire).unwrap().order_type
    };
    let (low, high) = (price(dec!(9.5)), price(dec!(10.25)));
    assert_eq!(with("MKT", &|_| {}), OrderType::Market);
    assert_eq!(
        with("LMT", &|o| o.lmt_price = Some(10.25)),
        OrderType::Limit { price: high }
    );
    assert_eq!(
        with("STP", &|o| o.aux_price = Some(9.5)),
        OrderType::Stop { trigger: low }
    );
    let both = |o: &mut Order| {
        o.aux_price = Some(9.5);
        o.lmt_price = Some(10.25);
    };
    assert_eq!(
        with("STP LMT", &both),
        OrderType::StopLimit {
            trigger: low,
            price: high
        }
    );
    assert_eq!(
        with("LIT", &both),
        OrderType::LimitIfTouched {
            trigger: low,
            price: high
        }
    );
    assert_eq!(
        with("MIT", &|o| o.aux_price = Some(9.5)),
        OrderType::MarketIfTouched { trigger: low }
    );
    assert_eq!(with("MOC", &|_| {}), OrderType::MarketOnClose);
    assert_eq!(with("MTL", &|_| {}), OrderType::MarketToLimit);
    assert_eq!(
        with("TRAIL", &|o| {
            o.aux_price = Some(0.5);
            o.trail_stop_price = Some(9.5);
        }),
        OrderType::TrailingStop {
            offset: TrailingOffset::Amount(dec!(0.5)),
            trigger: Some(low)
        }
    );
    assert_eq!(
        with("TRAIL", &|o| {
            o.aux_price = Some(f64::MAX);
            o.trailing_percent = Some(2.5);
        }),
        OrderType::TrailingStop {
            offset: TrailingOffset::Percent(dec!(2.5)),
            trigger: None
        }
    );
    assert_eq!(
        with("TRAIL LIMIT", &|o| {
            o.aux_price = Some(0.5);
            o.lmt_price_offset = Some(0.1);
        }),
        OrderType::TrailingStopLimit {
            offset: TrailingOffset::Amount(dec!(0.5)),
            limit_offset: dec!(0.1),
            trigger: None
        }
    );
    assert_eq!(
        with("LMT", &|o| {
            o.lmt_price = Some(10.25);
            o.tif = Some("AUC".into());
        }),
        OrderType::AuctionLimit { price: high }
    );
}

#[test]
fn an_algorithm_has_its_window_and_its_share_of_the_volume() {
    let mut wire = limit("BUY", "100", 10.25);
    wire.algo_strategy = Some("Vwap".into());
    wire.algo_params = [
        ("maxPctVol", "0.1"),
        ("endTime", "20260105-20:00:00"),
        ("noTakeLiq", "1"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    let OrderType::Algo(algo) = terms(&wire).unwrap().order_type else {
        panic!("an algorithm")
    };
    assert_eq!(algo.strategy, AlgoStrategy::Vwap);
    assert_eq!(algo.participation, Some(dec!(0.1)));
    assert_eq!(algo.price, Some(price(dec!(10.25))));
    assert_eq!(algo.end, instant("20260105 15:00:00 US/Eastern"));
    wire.algo_strategy = Some("Adaptive".into());
    assert_eq!(terms(&wire).unwrap_err().code, 439);
    wire.algo_strategy = Some("Twap".into());
    wire.algo_params.insert("wobble".into(), "1".into());
    assert_eq!(terms(&wire).unwrap_err().code, 441);
}

#[test]
fn lifetimes_and_sessions_are_understood() {
    let force = |tif: &str| {
        let mut wire = limit("BUY", "1", 10.0);
        wire.tif = Some(tif.into());
        wire.good_till_date = Some("20260320 16:00:00 US/Eastern".into());
        terms(&wire).map(|terms| terms.time_in_force)
    };
    let until = Utc.with_ymd_and_hms(2026, 3, 20, 20, 0, 0).unwrap();
    assert_eq!(force("DAY"), Ok(TimeInForce::Day));
    assert_eq!(force(""), Ok(TimeInForce::Day));
    assert_eq!(force("GTC"), Ok(TimeInForce::Gtc));
    assert_eq!(force("IOC"), Ok(TimeInForce::Ioc));
    assert_eq!(force("FOK"), Ok(TimeInForce::Fok));
    assert_eq!(force("OPG"), Ok(TimeInForce::Opg));
    assert_eq!(force("GTD"), Ok(TimeInForce::Gtd(until)));
    assert_eq!(force("GTX").unwrap_err().code, 321);
    let mut wire = limit("BUY", "1", 10.0);
    wire.outside_rth = Some(true);
    assert_eq!(terms(&wire).unwrap().session, TradingSession::Extended);
    // A market order cannot trade outside: the wish is left out.
    let mut wire = order("BUY", "1", "MKT");
    wire.outside_rth = Some(true);
    assert_eq!(terms(&wire).unwrap().session, TradingSession::Regular);
}

#[test]
fn orders_that_would_become_other_orders_are_refused() {
    let refused = |change: &dyn Fn(&mut Order)| {
        let mut wire = limit("BUY", "1", 10.0);
        change(&mut wire);
        terms(&wire).unwrap_err().code
    };
    assert_eq!(refused(&|o| o.order_type = Some("REL".into())), 387);
    assert_eq!(refused(&|o| o.order_type = Some("PEG MID".into())), 387);
    assert_eq!(refused(&|o| o.order_type = None), 321);
    assert_eq!(refused(&|o| o.action = Some("HOLD".into())), 321);
    assert_eq!(refused(&|o| o.total_quantity = Some("0".into())), 321);
    assert_eq!(refused(&|o| o.total_quantity = Some("-5".into())), 321);
    assert_eq!(refused(&|o| o.total_quantity = Some("ten".into())), 321);
    assert_eq!(refused(&|o| o.lmt_price = None), 321);
    assert_eq!(refused(&|o| o.lmt_price = Some(f64::NAN)), 321);
    assert_eq!(refused(&|o| o.not_held = Some(true)), 321);
    assert_eq!(refused(&|o| o.randomize_size = Some(true)), 321);
    assert_eq!(refused(&|o| o.scale_price_increment = Some(0.1)), 321);
    assert_eq!(
        refused(&|o| o.active_start_time = Some("20260101".into())),
        321
    );
    assert_eq!(refused(&|o| o.hedge_type = Some("D".into())), 321);
    assert_eq!(refused(&|o| o.cash_qty = Some(500.0)), 10245);
}

#[test]
fn instants_are_read_in_every_form_across_daylight_saving() {
    let utc = |h, m| Utc.with_ymd_and_hms(2026, 7, 1, h, m, 0).unwrap();
    for text in [
        "20260701 09:30:00",
        "20260701 09:30:00 US/Eastern",
        "20260701 09:30:00 America/New_York",
        "20260701 13:30:00 UTC",
        "20260701-13:30:00",
    ] {
        assert_eq!(instant(text), Some(utc(13, 30)), "{text}");
    }
    assert_eq!(instant("20260701 09:30:00 Nowhere/Else"), None);
    assert_eq!(instant("yesterday"), None);
    let winter = Utc.with_ymd_and_hms(2026, 1, 2, 20, 30, 0).unwrap();
    assert_eq!(written(winter), "20260102 15:30:00 US/Eastern");
}

#[test]
fn a_price_with_the_noise_of_doubles_is_off_the_tick() {
    let mut wire = limit("BUY", "1", 0.1 + 0.2);
    assert_eq!(terms(&wire).unwrap_err().code, 110);
    wire = order("SELL", "1", "TRAIL");
    wire.aux_price = Some(1.0);
    wire.trail_stop_price = Some(0.1 + 0.2);
    assert_eq!(terms(&wire).unwrap_err().code, 110);
}

#[test]
fn a_trigger_that_looks_at_quotes_is_refused() {
    let mut wire = order("SELL", "1", "STP");
    wire.aux_price = Some(9.5);
    for (method, code) in [
        (0, None),
        (1, Some(321)),
        (2, None),
        (4, Some(321)),
        (8, Some(321)),
    ] {
        wire.trigger_method = Some(method);
        let refused = terms(&wire).err().map(|refused| refused.code);
        assert_eq!(refused, code, "method {method}");
    }
}
