use broker_core::{
    Decimal, ErrorKind, dec,
    model::{
        Algo, AlgoStrategy, ClientOrderId, Currency, Money, NewOrder, OrderAmount, OrderType, Side,
        TimeInForce, TradingSession, TrailingOffset,
    },
};
use ibapi::orders::{Action, Order, ShortSaleSlot};

use super::{
    compare::changed,
    decode::{decode, name},
    encode::encode,
    fixtures::{limit, price, quantity, terms},
};
use crate::{IbkrAlgorithm, IbkrExtension};

fn sent(order: &NewOrder) -> Order {
    encode(order, Decimal::ONE).unwrap()
}

/// What TWS lists after the order was sent reads as the order.
fn comes_back(order: &NewOrder) {
    let wire = sent(order);
    let read = decode(
        order.client_order_id.clone(),
        order.instrument.clone(),
        Decimal::ONE,
        &wire,
    )
    .unwrap();
    assert_eq!(&read, order);
    assert_eq!(changed(order, &read), None);
}

#[test]
fn every_order_type_has_the_word_and_the_prices_of_tws() {
    let (p, t) = (price(dec!(187.5)), price(dec!(180.25)));
    let table: Vec<(OrderType, &str, Option<f64>, Option<f64>)> = vec![
        (OrderType::Market, "MKT", None, None),
        (OrderType::Limit { price: p }, "LMT", Some(187.5), None),
        (OrderType::Stop { trigger: t }, "STP", None, Some(180.25)),
        (
            OrderType::StopLimit {
                trigger: t,
                price: p,
            },
            "STP LMT",
            Some(187.5),
            Some(180.25),
        ),
        (OrderType::MarketOnOpen, "MKT", None, None),
        (
            OrderType::LimitOnOpen { price: p },
            "LMT",
            Some(187.5),
            None,
        ),
        (OrderType::MarketOnClose, "MOC", None, None),
        (
            OrderType::LimitOnClose { price: p },
            "LOC",
            Some(187.5),
            None,
        ),
        (
            OrderType::MarketIfTouched { trigger: t },
            "MIT",
            None,
            Some(180.25),
        ),
        (
            OrderType::LimitIfTouched {
                trigger: t,
                price: p,
            },
            "LIT",
            Some(187.5),
            Some(180.25),
        ),
        (OrderType::MarketToLimit, "MTL", None, None),
    ];
    for (order_type, word, limit, aux) in table {
        let wire = sent(&terms(order_type));
        assert_eq!(
            (wire.order_type.as_str(), wire.limit_price, wire.aux_price),
            (word, limit, aux)
        );
        assert!(wire.transmit);
    }
}

#[test]
fn trailing_orders_say_their_distance_in_the_right_field() {
    let mut order = terms(OrderType::TrailingStop {
        offset: TrailingOffset::Amount(dec!(1.5)),
        trigger: Some(price(dec!(170))),
    });
    let wire = sent(&order);
    assert_eq!(wire.order_type, "TRAIL");
    assert_eq!(
        (wire.aux_price, wire.trailing_percent, wire.trail_stop_price),
        (Some(1.5), None, Some(170.0))
    );
    comes_back(&order);
    order.order_type = OrderType::TrailingStopLimit {
        offset: TrailingOffset::Percent(dec!(2)),
        limit_offset: dec!(0.1),
        trigger: None,
    };
    let wire = sent(&order);
    assert_eq!(wire.order_type, "TRAIL LIMIT");
    assert_eq!(
        (
            wire.aux_price,
            wire.trailing_percent,
            wire.limit_price_offset
        ),
        (None, Some(2.0), Some(0.1))
    );
    comes_back(&order);
}

#[test]
fn every_lifetime_has_the_word_of_tws() {
    let until = "2026-03-20T20:00:00Z".parse().unwrap();
    let table = [
        (TimeInForce::Day, "DAY"),
        (TimeInForce::Gtc, "GTC"),
        (TimeInForce::Gtd(until), "GTD"),
        (TimeInForce::Ioc, "IOC"),
        (TimeInForce::Fok, "FOK"),
        (TimeInForce::Opg, "OPG"),
    ];
    for (lifetime, word) in table {
        assert_eq!(
            sent(&limit().with_time_in_force(lifetime)).tif.as_str(),
            word
        );
    }
    let dated = sent(&limit().with_time_in_force(TimeInForce::Gtd(until)));
    assert_eq!(dated.good_till_date, "20260320-20:00:00");
    comes_back(&limit().with_time_in_force(TimeInForce::Gtd(until)));
}

#[test]
fn an_order_for_the_closing_auction_is_told_by_its_type() {
    let wire = sent(&limit().with_time_in_force(TimeInForce::AtClose));
    assert_eq!(
        (wire.order_type.as_str(), wire.tif.as_str()),
        ("LOC", "DAY")
    );
    let wire = sent(&terms(OrderType::Market).with_time_in_force(TimeInForce::AtClose));
    assert_eq!(wire.order_type, "MOC");
    let stop = terms(OrderType::Stop {
        trigger: price(dec!(1)),
    })
    .with_time_in_force(TimeInForce::AtClose);
    assert_eq!(
        encode(&stop, Decimal::ONE).unwrap_err().kind(),
        ErrorKind::InvalidRequest
    );
}

#[test]
fn orders_for_the_opening_auction_say_opg() {
    for lifetime in [TimeInForce::Day, TimeInForce::Opg] {
        assert_eq!(
            sent(&terms(OrderType::MarketOnOpen).with_time_in_force(lifetime))
                .tif
                .as_str(),
            "OPG"
        );
    }
}

#[test]
fn algorithms_have_their_parameters_by_name() {
    let mut algo = Algo::new(AlgoStrategy::Vwap);
    algo.participation = Some(dec!(0.10));
    algo.price = Some(price(dec!(187.5)));
    algo.end = Some("2026-01-15T20:00:00Z".parse().unwrap());
    let order = terms(OrderType::Algo(algo));
    let wire = sent(&order);
    assert_eq!(
        (wire.algo_strategy.as_str(), wire.order_type.as_str()),
        ("Vwap", "LMT")
    );
    let told = |tag: &str| {
        wire.algo_params
            .iter()
            .find(|param| param.tag == tag)
            .map(|param| param.value.as_str())
    };
    assert_eq!(
        (told("maxPctVol"), told("endTime")),
        (Some("0.1"), Some("20260115-20:00:00"))
    );
    comes_back(&order);
    let mut twap = Algo::new(AlgoStrategy::Twap);
    twap.participation = Some(dec!(0.1));
    let refused = encode(&terms(OrderType::Algo(twap)), Decimal::ONE).unwrap_err();
    assert_eq!(refused.field(), Some("order_type.participation"));
}

#[test]
fn ordinary_orders_come_back_as_they_were_sent() {
    comes_back(&limit());
    comes_back(&limit().with_session(TradingSession::Extended));
    comes_back(&limit().with_display_quantity(quantity(dec!(10))));
    comes_back(&terms(OrderType::StopLimit {
        trigger: price(dec!(1.01)),
        price: price(dec!(0.0001)),
    }));
    let mut cash = terms(OrderType::Market);
    cash.amount = OrderAmount::Cash(Money::new(dec!(250.5), Currency::USD));
    assert_eq!(
        (sent(&cash).cash_qty, sent(&cash).total_quantity),
        (Some(250.5), 0.0)
    );
    comes_back(&cash);
}

#[test]
fn prices_are_told_in_the_units_that_the_contract_quotes() {
    let wire = encode(&limit(), dec!(100)).unwrap();
    assert_eq!(wire.limit_price, Some(18_750.0));
    let order = limit();
    let read = decode(
        order.client_order_id.clone(),
        order.instrument.clone(),
        dec!(100),
        &wire,
    )
    .unwrap();
    assert_eq!(read, order);
}

#[test]
fn a_price_that_the_wire_cannot_carry_is_refused_and_never_rounded() {
    let order = terms(OrderType::Limit {
        price: price(dec!(123456789012.123456789012)),
    });
    assert_eq!(
        encode(&order, Decimal::ONE).unwrap_err().kind(),
        ErrorKind::InvalidRequest
    );
}

#[test]
fn a_short_sale_is_a_sale_unless_an_institution_says_where_it_borrowed() {
    let mut order = limit();
    order.side = Side::SellShort;
    assert_eq!(sent(&order).action, Action::Sell);
    let fields = IbkrExtension {
        short_sale_slot: Some(1),
        ..IbkrExtension::default()
    };
    order.extensions.set(&fields).unwrap();
    let wire = sent(&order);
    assert_eq!(
        (wire.action, wire.short_sale_slot),
        (Action::SellShort, ShortSaleSlot::Broker)
    );
    order.side = Side::Buy;
    assert!(encode(&order, Decimal::ONE).is_err());
}

#[test]
fn an_algorithm_of_the_broker_comes_by_the_extension() {
    let mut order = limit();
    let algorithm = IbkrAlgorithm {
        name: "Adaptive".into(),
        parameters: [("adaptivePriority".into(), "Urgent".into())].into(),
    };
    let fields = IbkrExtension {
        algorithm: Some(algorithm),
        ..IbkrExtension::default()
    };
    order.extensions.set(&fields).unwrap();
    let wire = sent(&order);
    assert_eq!(wire.algo_strategy, "Adaptive");
    assert_eq!(wire.algo_params.len(), 1);
}

#[test]
fn the_reference_names_the_order_and_text_behind_a_colon_is_not_part_of_it() {
    assert_eq!(sent(&limit()).order_ref, "a-1");
    let named = name("a-1:route text", 77).unwrap();
    assert_eq!(named.id.as_str(), "a-1");
    assert_eq!(named.broker_order_id.unwrap().as_str(), "77");
    let mut colon = limit();
    colon.client_order_id = ClientOrderId::new("a:1").unwrap();
    assert_eq!(
        encode(&colon, Decimal::ONE).unwrap_err().field(),
        Some("client_order_id")
    );
}

#[test]
fn an_order_without_a_reference_is_from_outside_and_always_the_same() {
    let named = name("", 77).unwrap();
    assert!(named.id.is_outside());
    assert_eq!(name("", 77), Some(named));
    assert_eq!(name("", 0), None);
}

#[test]
fn a_trigger_that_trails_is_no_change() {
    let order = terms(OrderType::TrailingStop {
        offset: TrailingOffset::Amount(dec!(1)),
        trigger: None,
    });
    let mut wire = sent(&order);
    wire.trail_stop_price = Some(171.5);
    let told = decode(
        order.client_order_id.clone(),
        order.instrument.clone(),
        Decimal::ONE,
        &wire,
    )
    .unwrap();
    assert_eq!(changed(&order, &told), None);
}

#[test]
fn a_price_or_a_quantity_that_somebody_changed_is_seen() {
    let order = limit();
    let mut wire = sent(&order);
    wire.limit_price = Some(190.0);
    wire.total_quantity = 50.0;
    let told = decode(
        order.client_order_id.clone(),
        order.instrument.clone(),
        Decimal::ONE,
        &wire,
    )
    .unwrap();
    let next = changed(&order, &told).unwrap();
    assert_eq!(
        next.order_type,
        OrderType::Limit {
            price: price(dec!(190))
        }
    );
    assert_eq!(next.quantity(), Some(quantity(dec!(50))));
}
