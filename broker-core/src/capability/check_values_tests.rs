use crate::{
    Error, ErrorKind, Result, dec,
    model::*,
    test_support::{able, of_type, order, quantity, time},
};

#[track_caller]
fn refused(result: Result<()>, kind: ErrorKind, field: &str, message: &str) {
    let error: Error = result.unwrap_err();
    assert_eq!(
        (error.kind(), error.field(), error.message()),
        (kind, Some(field), message)
    );
}

#[track_caller]
fn invalid(result: Result<()>, field: &str, message: &str) {
    refused(result, ErrorKind::InvalidRequest, field, message);
}

#[test]
fn trailing_distances_that_no_broker_takes_are_refused() {
    let trailing = |offset| {
        of_type(
            "a",
            OrderType::TrailingStop {
                offset,
                trigger: None,
            },
        )
    };
    let amount = |value| trailing(TrailingOffset::Amount(value));
    let percent = |value| trailing(TrailingOffset::Percent(value));
    for fits in [amount(dec!(0.01)), percent(dec!(0.1)), percent(dec!(99.9))] {
        able().check(&fits).unwrap();
    }
    for (order, message) in [
        (amount(dec!(0)), "a trailing distance of 0 must be above 0"),
        (
            amount(dec!(-1)),
            "a trailing distance of -1 must be above 0",
        ),
        (
            percent(dec!(0)),
            "a trailing distance of 0 must be above 0 and below 100 percent",
        ),
        (
            percent(dec!(100)),
            "a trailing distance of 100 must be above 0 and below 100 percent",
        ),
    ] {
        invalid(able().check(&order), "order_type.offset", message);
    }
    let limited = |limit_offset| {
        let offset = TrailingOffset::Amount(dec!(1));
        let trigger = None;
        let order_type = OrderType::TrailingStopLimit {
            offset,
            limit_offset,
            trigger,
        };
        of_type("a", order_type)
    };
    able().check(&limited(dec!(0))).unwrap();
    let message = "a limit distance of -0.01 must not be below 0";
    invalid(
        able().check(&limited(dec!(-0.01))),
        "order_type.limit_offset",
        message,
    );
}

#[test]
fn algorithms_need_a_share_and_a_span_that_exist() {
    let algo = |participation, start: Option<i64>, end: Option<i64>| {
        let mut algo = Algo::new(AlgoStrategy::Vwap);
        algo.participation = participation;
        algo.start = start.map(time);
        algo.end = end.map(time);
        of_type("a", OrderType::Algo(algo))
    };
    able()
        .check(&algo(Some(dec!(1)), Some(1), Some(2)))
        .unwrap();
    able().check(&algo(None, None, Some(2))).unwrap();
    for share in [dec!(2), dec!(0), dec!(-0.1), dec!(1.01)] {
        let message = format!("a participation of {share} must be above 0 and at most 1");
        let result = able().check(&algo(Some(share), None, None));
        invalid(result, "order_type.participation", &message);
    }
    for end in [1, 2] {
        let result = able().check(&algo(None, Some(2), Some(end)));
        invalid(result, "order_type.end", "must be after the start");
    }
}

#[test]
fn amounts_of_money_are_above_zero_and_bounded() {
    let cash = |amount| {
        let mut order = order("a");
        order.amount = OrderAmount::Cash(Money::new(amount, Currency::USD));
        order
    };
    able().check(&cash(MAX_MAGNITUDE)).unwrap();
    for amount in [dec!(0), dec!(-5), MAX_MAGNITUDE + dec!(0.01)] {
        let message = format!("{amount} must be above 0 and at most 10^12");
        invalid(able().check(&cash(amount)), "amount.cash", &message);
    }
}

#[test]
fn no_more_can_be_shown_than_there_is() {
    let shown = |units| order("a").with_display_quantity(quantity(units));
    able().check(&shown("100")).unwrap();
    let message = "showing 101 of 100 is more than all of it";
    invalid(able().check(&shown("101")), "display_quantity", message);
}
