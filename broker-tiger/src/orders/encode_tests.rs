//! Against the recorded requests: the same order is the same parameters.

use broker_core::{
    Decimal, ErrorKind, dec,
    model::{
        Algo, AlgoStrategy, Combo, ComboLeg, Currency, Fund, Future, FutureOption, Instrument, Mic,
        Money, NewOrder, OccSymbol, OrderAmount, OrderType, Price, Quantity, Right, Side,
        TimeInForce, TradingSession, TrailingOffset, Warrant,
    },
};
use chrono::{DateTime, NaiveDate};
use serde_json::Value;

use super::{
    encode::{encode, marked},
    fixtures::{apple, limit, order},
};
use crate::{
    convert::{Flag, Text},
    instrument::{ContractRow, Listing},
    vectors,
};

/// An instrument as the book has it once it has asked.
fn listing(instrument: &Instrument) -> Listing {
    if let Instrument::Warrant(part) = instrument {
        let mut name = crate::instrument::Name::of_warrant(part, "IOPT");
        name.expiry = Some("20250328".to_owned());
        name.multiplier = Some(dec!(10_000));
        return Listing {
            instrument: instrument.clone(),
            name,
            row: None,
        };
    }
    let mut name = crate::instrument::Name::of(instrument).unwrap_or_else(|_| {
        let mut name = crate::instrument::Name::of(&apple()).unwrap();
        name.symbol = "CL2509".to_owned();
        name.sec_type = "FUT";
        name.exchange = Some("NYMEX".to_owned());
        name.multiplier = Some(dec!(1000));
        name
    });
    if matches!(instrument, Instrument::Option(_)) {
        name.multiplier = Some(dec!(100));
    }
    let row = ContractRow {
        primary_exchange: Text(Some("NASDAQ".to_owned())),
        ..ContractRow::default()
    };
    Listing {
        instrument: instrument.clone(),
        name,
        row: Some(row),
    }
}

fn written(order: &NewOrder) -> Value {
    let parameters = encode(order, &listing(&order.instrument)).unwrap();
    serde_json::to_value(&parameters).unwrap()
}

/// The recorded parameters, without what every request of an account has.
fn recorded(number: u32) -> Value {
    let members = vectors::numbered(number).members.unwrap();
    let mut value: Value = serde_json::from_str(&members["biz_content"]).unwrap();
    let object = value.as_object_mut().unwrap();
    for name in ["account", "lang", "secret_key"] {
        object.remove(name);
    }
    value
}

/// Compares numbers as numbers: 190.0 and 190 are the same to a server.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => {
            a.to_string().parse::<Decimal>().unwrap() == b.to_string().parse::<Decimal>().unwrap()
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(name, a)| b.get(name).is_some_and(|b| same(a, b)))
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (a, b) => a == b,
    }
}

#[track_caller]
fn as_recorded(number: u32, order: &NewOrder) {
    let mut ours = written(order);
    let theirs = recorded(number);
    // The session is always said; the SDK says it only when it is asked to.
    if theirs.get("outside_rth").is_none() {
        ours.as_object_mut().unwrap().remove("outside_rth");
    }
    assert!(same(&ours, &theirs), "{number}:\n{ours}\n{theirs}");
}

fn price(text: &str) -> Price {
    text.parse().unwrap()
}

fn share(side: Side, kind: OrderType) -> NewOrder {
    order(apple(), side, "10", kind)
}

#[test]
fn orders_for_shares_are_those_of_the_vendors_sdk() {
    as_recorded(2, &share(Side::Buy, OrderType::Market));
    as_recorded(3, &limit("10", "199.5"));
    as_recorded(5, &limit("1.25", "199.50"));
    let mut cash = share(Side::Buy, OrderType::Market);
    cash.amount = OrderAmount::Cash(Money::new(dec!(500.5), Currency::USD));
    as_recorded(6, &cash);
    let trigger = price("190");
    let stop = written(&share(Side::Sell, OrderType::Stop { trigger }));
    assert_eq!(
        (&stop["order_type"], stop["aux_price"].as_i64()),
        (&"STP".into(), Some(190))
    );
    let stop_limit = OrderType::StopLimit {
        trigger,
        price: price("189.5"),
    };
    as_recorded(8, &share(Side::Sell, stop_limit));
    let trail = |offset| OrderType::TrailingStop {
        offset,
        trigger: None,
    };
    let ours = written(&share(Side::Sell, trail(TrailingOffset::Percent(dec!(5)))));
    assert_eq!(
        (&ours["order_type"], ours["trailing_percent"].as_i64()),
        (&"TRAIL".into(), Some(5))
    );
    as_recorded(
        10,
        &share(Side::Sell, trail(TrailingOffset::Amount(dec!(3)))),
    );
}

#[test]
fn orders_for_derivatives_and_coins_are_those_of_the_vendors_sdk() {
    let date = |y, m, d| NaiveDate::from_ymd_opt(y, m, d).unwrap();
    let occ = OccSymbol::new("AAPL", date(2025, 9, 19), Right::Call, dec!(200)).unwrap();
    let kind = |text| OrderType::Limit { price: price(text) };
    as_recorded(
        19,
        &order(Instrument::option(occ), Side::Buy, "1", kind("4.2")),
    );
    let future = Instrument::Future(Future {
        root: "CL".parse().unwrap(),
        exchange: "XNYM".parse().unwrap(),
        expiry: date(2025, 8, 20),
        currency: Currency::USD,
    });
    as_recorded(20, &order(future, Side::Buy, "1", kind("63.5")));
    let coin = Instrument::crypto(Currency::BTC, Currency::USD);
    as_recorded(21, &order(coin, Side::Buy, "1", kind("60000.5")));
}

#[test]
fn auctions_are_those_of_the_vendors_sdk() {
    let tencent = Instrument::equity("00700", Mic::XHKG, Currency::HKD).unwrap();
    as_recorded(
        12,
        &order(tencent.clone(), Side::Buy, "100", OrderType::Auction),
    );
    let opening = OrderType::LimitOnOpen {
        price: price("580"),
    };
    let ours = written(&order(tencent, Side::Buy, "100", opening));
    assert_eq!(ours["order_type"], "AL");
    assert_eq!(ours["time_in_force"], "OPG");
    assert_eq!(ours["outside_rth"], true);
}

#[test]
fn an_algorithm_says_what_it_was_told_and_nothing_else() {
    let mut algo = Algo::new(AlgoStrategy::Vwap);
    algo.start = DateTime::from_timestamp_millis(1_755_092_400_000);
    algo.participation = Some(dec!(0.10));
    let ours = written(&share(Side::Buy, OrderType::Algo(algo)));
    assert_eq!(ours["order_type"], "VWAP");
    let tags = ours["algo_params"].as_array().unwrap();
    assert_eq!(tags.len(), 2);
    assert_eq!(tags[0]["tag"], "start_time");
    assert_eq!(tags[0]["value"], 1_755_092_400_000_i64);
    assert_eq!(tags[1]["tag"], "participation_rate");
    assert_eq!(tags[1]["value"].to_string(), "0.1");
}

#[test]
fn a_combination_has_legs_and_neither_currency_nor_lifetime() {
    let date = NaiveDate::from_ymd_opt(2025, 9, 19).unwrap();
    let leg = |strike, side| ComboLeg {
        instrument: Instrument::option(OccSymbol::new("AAPL", date, Right::Call, strike).unwrap()),
        side,
        ratio: 1,
    };
    let legs = vec![leg(dec!(200), Side::Buy), leg(dec!(210), Side::Sell)];
    let combo = Combo::new(legs).unwrap();
    let names = combo
        .legs()
        .iter()
        .map(|leg| crate::instrument::Name::of(&leg.instrument).unwrap());
    let name = crate::instrument::Name::of_combo(&combo, names.collect());
    let kind = OrderType::Limit {
        price: price("1.5"),
    };
    let spread = order(Instrument::Combo(combo), Side::Buy, "1", kind);
    let listing = Listing {
        instrument: spread.instrument.clone(),
        name,
        row: None,
    };
    let ours = serde_json::to_value(encode(&spread, &listing).unwrap()).unwrap();
    assert_eq!(ours["sec_type"], "MLEG");
    assert_eq!(ours["combo_type"], "CUSTOM");
    for left_out in ["currency", "time_in_force", "symbol"] {
        assert!(ours.get(left_out).is_none(), "{left_out}");
    }
    let leg = serde_json::json!({"symbol": "AAPL", "sec_type": "OPT", "expiry": "20250919",
        "strike": "200.0", "right": "CALL", "action": "BUY", "ratio": 1});
    assert_eq!(ours["contract_legs"][0], leg);
    assert_eq!(ours["contract_legs"][1]["action"], "SELL");
}

#[test]
fn the_callers_name_is_the_mark() {
    let order = limit("10", "199.5");
    let parameters = marked(&order, &listing(&order.instrument)).unwrap();
    let ours = serde_json::to_value(&parameters).unwrap();
    assert_eq!(ours["user_mark"], "mark-1");
}

#[test]
fn the_session_is_always_said() {
    let regular = limit("10", "199.5");
    assert_eq!(written(&regular)["outside_rth"], false);
    let extended = regular.clone().with_session(TradingSession::Extended);
    assert_eq!(written(&extended)["outside_rth"], true);
}

#[test]
fn nights_have_a_word_of_their_own() {
    // The word that the vendor's SDK was recorded with.
    let recorded = recorded(4);
    assert_eq!(recorded["trading_session_type"], "OVERNIGHT");
    for (session, word) in [
        (TradingSession::Overnight, "OVERNIGHT"),
        (TradingSession::All, "FULL"),
    ] {
        let ours = written(&limit("10", "199.5").with_session(session));
        assert_eq!(ours["trading_session_type"], word);
        // Two words could contradict each other.
        assert!(ours.get("outside_rth").is_none(), "{ours}");
    }
    for session in [TradingSession::Regular, TradingSession::Extended] {
        let ours = written(&limit("10", "199.5").with_session(session));
        assert!(ours.get("trading_session_type").is_none(), "{ours}");
    }
}

#[test]
fn an_order_for_the_night_is_refused_where_it_could_not_work() {
    let refused = |order: &NewOrder, listing: &Listing| {
        let error = encode(order, listing).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
        assert_eq!(error.field(), Some("session"), "{error}");
    };
    for session in [TradingSession::Overnight, TradingSession::All] {
        let night = limit("10", "199.5").with_session(session);
        let mut told = listing(&night.instrument);
        told.row = Some(ContractRow {
            support_overnight_trading: Flag(Some(false)),
            ..ContractRow::default()
        });
        refused(&night, &told);
        let mut shown = night.clone();
        shown.display_quantity = Some(Quantity::new(dec!(5)).unwrap());
        refused(&shown, &listing(&shown.instrument));
        let mut market = night.clone();
        market.order_type = OrderType::Market;
        refused(&market, &listing(&market.instrument));
        let mut abroad = night.clone();
        abroad.instrument = Instrument::equity("00700", Mic::XHKG, Currency::HKD).unwrap();
        refused(&abroad, &listing(&abroad.instrument));
    }
}

#[test]
fn an_option_on_a_future_is_named_by_its_product() {
    let option = Instrument::FutureOption(FutureOption {
        root: "ES".parse().unwrap(),
        exchange: Mic::XCME,
        expiry: NaiveDate::from_ymd_opt(2022, 2, 18).unwrap(),
        right: Right::Put,
        strike: dec!(4750),
        currency: Currency::USD,
    });
    let price = price("41.25");
    let mut told = listing(&option);
    told.name.multiplier = Some(dec!(50));
    let order = order(option, Side::Sell, "2", OrderType::Limit { price });
    let ours = serde_json::to_value(encode(&order, &told).unwrap()).unwrap();
    let expected = serde_json::json!({"symbol": "ES", "sec_type": "FOP", "currency": "USD",
        "expiry": "20220218", "strike": "4750.0", "right": "PUT", "multiplier": 50,
        "action": "SELL", "order_type": "LMT", "limit_price": 41.25, "time_in_force": "DAY",
        "total_quantity": 2});
    assert!(same(&ours, &expected), "{ours}");
}

#[test]
fn a_warrant_is_named_by_its_code_twice() {
    let warrant = Instrument::Warrant(Warrant {
        symbol: "58603".parse().unwrap(),
        exchange: Mic::XHKG,
        currency: Currency::HKD,
    });
    let price = price("0.189");
    let order = order(warrant, Side::Buy, "10000", OrderType::Limit { price });
    let ours = written(&order);
    let expected = serde_json::json!({"symbol": "58603", "local_symbol": "58603",
        "sec_type": "IOPT", "currency": "HKD", "expiry": "20250328", "multiplier": 10000,
        "action": "BUY", "order_type": "LMT", "limit_price": 0.189, "time_in_force": "DAY",
        "total_quantity": 10000});
    assert!(same(&ours, &expected), "{ours}");
}

#[test]
fn a_fund_is_bought_for_money_and_sold_in_fractions() {
    let fund = Instrument::Fund(Fund {
        symbol: "IE00B11XZ988".parse().unwrap(),
        currency: Currency::USD,
    });
    let mut buy = order(fund, Side::Buy, "1", OrderType::Market);
    buy.amount = OrderAmount::Cash(Money::new(dec!(1000.50), Currency::USD));
    let ours = written(&buy);
    let expected = serde_json::json!({"symbol": "IE00B11XZ988.USD", "sec_type": "FUND",
        "action": "BUY", "order_type": "MKT", "cash_amount": 1000.5, "time_in_force": "DAY"});
    assert!(same(&ours, &expected), "{ours}");
    let mut sell = buy;
    sell.side = Side::Sell;
    sell.amount = OrderAmount::Quantity("95.2381".parse().unwrap());
    let ours = written(&sell);
    let scaled = (&ours["total_quantity"], &ours["total_quantity_scale"]);
    assert_eq!(scaled, (&952_381.into(), &4.into()));
    assert!(ours.get("cash_amount").is_none());
}

#[test]
fn a_part_that_is_shown_makes_an_iceberg() {
    let shown = limit("100", "199.5").with_display_quantity(Quantity::new(dec!(10)).unwrap());
    let ours = written(&shown);
    assert_eq!(ours["order_type"], "ICEBERG");
    assert_eq!(ours["display_size"], 10);
    assert_eq!(ours["price_type"], "LIMIT_PRICE");
}

#[test]
fn what_tiger_cannot_be_told_is_refused_before_it_is_sent() {
    let refused = |order: &NewOrder| {
        let error = encode(order, &listing(&order.instrument)).unwrap_err();
        (error.kind(), error.field().unwrap())
    };
    let unsupported = |field| (ErrorKind::Unsupported, field);
    let market = share(Side::Buy, OrderType::Market);
    let with = |force| market.clone().with_time_in_force(force);
    assert_eq!(
        refused(&with(TimeInForce::AtClose)),
        unsupported("time_in_force")
    );
    assert_eq!(
        refused(&with(TimeInForce::Opg)),
        unsupported("time_in_force")
    );
    let extended = market.clone().with_session(TradingSession::Extended);
    assert_eq!(refused(&extended), unsupported("session"));
    let closing = share(Side::Buy, OrderType::MarketOnClose);
    assert_eq!(refused(&closing), unsupported("order_type"));
    let trigger = price("190");
    let mut cash = share(Side::Buy, OrderType::Stop { trigger });
    cash.amount = OrderAmount::Cash(Money::new(dec!(10), Currency::USD));
    assert_eq!(refused(&cash), unsupported("amount.cash"));
}

#[test]
fn quantities_are_whole_numbers_over_a_power_of_ten() {
    for (units, whole, scale) in [
        ("1", 1, None),
        ("100", 100, None),
        ("0.5", 5, Some(1)),
        ("12.3400", 1234, Some(2)),
        ("0.00773", 773, Some(5)),
    ] {
        let ours = written(&limit(units, "199.5"));
        assert_eq!(ours["total_quantity"], whole, "{units}");
        assert_eq!(
            ours.get("total_quantity_scale").and_then(Value::as_i64),
            scale,
            "{units}"
        );
    }
}

#[test]
fn options_are_exercised_whole() {
    let whole = |text: &str| super::exercise::whole(text.parse().unwrap());
    assert_eq!(whole("2").unwrap(), 2);
    for part in ["0.5", "1.25"] {
        let error = whole(part).unwrap_err();
        assert_eq!(error.field(), Some("quantity"), "{part}");
    }
}
