use super::{Capabilities, LocalForm, OrderForm, Refusal, Support, Why};
use crate::{
    Error, ErrorKind, Result, dec,
    model::*,
    test_support::{able, account, apple, id, limit, of_type, order, price, quantity, time},
};

/// Shares: market and limit, for the day or until canceled, in the regular session; limit orders for
/// the day also in extended hours. Options: limit orders for the day.
fn modest() -> Capabilities {
    use {AssetClass as C, OrderTypeKind as T, TimeInForceKind as F, TradingSession as P};
    let mut modest = Capabilities::none(Environment::Paper);
    let form = |class, types: &[T], lives: &[F], sessions: &[P]| OrderForm {
        asset_classes: vec![class],
        order_types: types.to_vec(),
        times_in_force: lives.to_vec(),
        sessions: sessions.to_vec(),
    };
    modest.orders = vec![
        form(
            C::Equity,
            &[T::Market, T::Limit],
            &[F::Day, F::Gtc],
            &[P::Regular],
        ),
        form(
            C::Equity,
            &[T::Limit],
            &[F::Day],
            &[P::Regular, P::Extended],
        ),
        form(C::Option, &[T::Limit], &[F::Day], &[P::Regular]),
    ];
    modest
}

#[track_caller]
fn refused(result: Result<()>, kind: ErrorKind, field: &str, message: &str) {
    let error: Error = result.unwrap_err();
    assert_eq!(
        (error.kind(), error.field(), error.message()),
        (kind, Some(field), message)
    );
}

#[track_caller]
fn unsupported(result: Result<()>, field: &str, message: &str) {
    refused(result, ErrorKind::Unsupported, field, message);
}

#[track_caller]
fn invalid(result: Result<()>, field: &str, message: &str) {
    refused(result, ErrorKind::InvalidRequest, field, message);
}

#[test]
fn a_form_that_is_taken_passes() {
    let modest = modest();
    for fits in [
        order("a"),
        limit("a", "1").with_time_in_force(TimeInForce::Gtc),
        limit("a", "1").with_session(TradingSession::Extended),
    ] {
        modest.check(&fits).unwrap();
    }
}

#[test]
fn an_asset_class_that_is_not_taken_is_named_with_those_that_are() {
    let mut pair = order("a");
    pair.instrument = Instrument::forex(Currency::EUR, Currency::USD);
    unsupported(
        modest().check(&pair),
        "instrument",
        "forex is not taken: the broker does not offer it; works: equity, option",
    );
}

#[test]
fn an_order_type_is_compared_within_its_asset_class() {
    let mut option = order("a");
    option.instrument = Instrument::option("AAPL  260116C00200000".parse().unwrap());
    unsupported(
        modest().check(&option),
        "order_type",
        "market is not taken: the broker does not offer it; works: limit",
    );
}

#[test]
fn a_lifetime_is_compared_within_its_order_type() {
    unsupported(
        modest().check(&order("a").with_time_in_force(TimeInForce::Fok)),
        "time_in_force",
        "fok is not taken: the broker does not offer it; works: day, gtc",
    );
}

#[test]
fn a_session_is_compared_within_its_lifetime() {
    let night = limit("a", "1").with_session(TradingSession::Overnight);
    unsupported(
        modest().check(&night),
        "session",
        "overnight is not taken: the broker does not offer it; works: regular, extended",
    );
    let early = order("a").with_session(TradingSession::Extended);
    let error = modest().check(&early).unwrap_err();
    assert_eq!(error.field(), Some("session"), "{error}");
}

#[test]
fn parts_of_different_forms_do_not_add_up() {
    // Extended hours are for the day only, although `gtc` works elsewhere.
    let mixed = limit("a", "1")
        .with_session(TradingSession::Extended)
        .with_time_in_force(TimeInForce::Gtc);
    assert_eq!(modest().check(&mixed).unwrap_err().field(), Some("session"));
}

#[test]
fn the_reason_given_for_a_form_is_told() {
    let mut modest = modest();
    let any = Refusal {
        asset_class: None,
        order_type: None,
        time_in_force: None,
        session: None,
        why: Why::NotImplemented,
    };
    modest.refusals = vec![
        Refusal {
            asset_class: Some(AssetClass::Future),
            why: Why::Permission("futures".into()),
            ..any.clone()
        },
        Refusal {
            order_type: Some(OrderTypeKind::Stop),
            session: Some(TradingSession::Regular),
            why: Why::AccountType,
            ..any.clone()
        },
        Refusal {
            time_in_force: Some(TimeInForceKind::Ioc),
            ..any
        },
    ];
    let says = |order: &NewOrder, why: &str| {
        let error = modest.check(order).unwrap_err();
        assert!(error.message().contains(why), "{error}");
    };
    let mut future = order("a");
    let expiry = time(0).date_naive();
    future.instrument = Instrument::future("ES", Mic::XCME, expiry, Currency::USD).unwrap();
    says(&future, "needs permission: futures");
    let stop = of_type(
        "a",
        OrderType::Stop {
            trigger: price("1"),
        },
    );
    says(&stop, "not for accounts of this kind");
    says(
        &stop.with_session(TradingSession::All),
        "the broker does not offer it",
    );
    says(
        &order("a").with_time_in_force(TimeInForce::Ioc),
        "this adapter does not do it",
    );
}

#[test]
fn an_account_that_can_do_nothing_says_so() {
    unsupported(
        Capabilities::none(Environment::Live).check(&order("a")),
        "instrument",
        "equity is not taken: the broker does not offer it; works: nothing",
    );
}

#[test]
fn what_is_not_supported_is_refused_with_its_reason() {
    let no = || Support::No(Why::Permission("level 2".into()));
    let mut poor = able();
    (
        poor.cash_amount,
        poor.fractional,
        poor.display_quantity,
        poor.short_sale,
    ) = (no(), no(), no(), no());
    poor.check(&order("a")).unwrap();

    let mut cash = order("a");
    cash.amount = OrderAmount::Cash(Money::new(dec!(5), Currency::USD));
    let mut part = order("a");
    part.amount = OrderAmount::Quantity(quantity("1.5"));
    let mut short = order("a");
    short.side = Side::SellShort;
    let iceberg = order("a").with_display_quantity(quantity("10"));
    for (order, field, what) in [
        (cash, "amount.cash", "an order for an amount of money"),
        (
            part.clone(),
            "amount.quantity",
            "a fractional quantity of shares",
        ),
        (short, "side", "a short sale"),
        (iceberg, "display_quantity", "a display quantity"),
    ] {
        let message = format!("{what} is not taken: needs permission: level 2");
        unsupported(poor.check(&order), field, &message);
        able().check(&order).unwrap();
    }
    // Fractions of coins are no fractions of shares.
    part.instrument = Instrument::crypto(Currency::BTC, Currency::USD);
    poor.check(&part).unwrap();
}

#[test]
fn an_identifier_that_the_broker_would_cut_is_refused() {
    let mut able = able();
    able.max_client_order_id = 3;
    able.check(&order("abc")).unwrap();
    let message = "longer than the 3 characters that the broker keeps";
    invalid(able.check(&order("abcd")), "client_order_id", message);
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Acme {
    route: String,
}

impl OrderExtension for Acme {
    const NAMESPACE: &'static str = "acme";
}

#[test]
fn fields_that_a_broker_does_not_read_are_refused_and_not_lost() {
    let mut order = order("a");
    let route = "DARK".to_owned();
    order.extensions.set(&Acme { route }).unwrap();
    let message = "fields of acme mean nothing to this broker";
    unsupported(able().check(&order), "extensions", message);
    let mut acme = able();
    acme.extensions = ["acme".to_owned()].into();
    acme.check(&order).unwrap();
}

fn pair() -> OrderList {
    let orders = vec![order("a"), order("b")];
    let contingency = Contingency::OneCancelsOther { orders };
    OrderList::new(ListId::new("l").unwrap(), contingency).unwrap()
}

#[test]
fn lists_are_checked_by_kind_and_by_each_order() {
    able().check_list(&pair()).unwrap();
    let mut none = able();
    none.lists = Support::No(Why::AccountType);
    let message = "a list of orders is not taken: not for accounts of this kind";
    unsupported(none.check_list(&pair()), "contingency.type", message);
    let mut brackets = able();
    brackets.lists = Support::Emulated([ContingencyKind::Bracket].into());
    unsupported(
        brackets.check_list(&pair()),
        "contingency.type",
        "one_cancels_other lists are not taken: the broker does not offer it; works: bracket",
    );
    let mut short = able();
    short.max_client_order_id = 0;
    let error = short.check_list(&pair()).unwrap_err();
    assert_eq!(error.field(), Some("client_order_id"));
}

#[test]
fn changes_are_checked_field_by_field() {
    let change = || ReplaceOrder::new(account(), id("a"));
    invalid(
        able().check_replace(&change()),
        "replace",
        "changes nothing",
    );
    let mut only_price = able();
    only_price.replace = Support::Native([ReplaceField::LimitPrice].into());
    let mut fits = change();
    fits.limit_price = Some(price("1"));
    only_price.check_replace(&fits).unwrap();
    type Set = fn(&mut ReplaceOrder);
    let all: [(&str, Set); 4] = [
        ("quantity", |c| c.quantity = Some(quantity("1"))),
        ("trigger_price", |c| c.trigger_price = Some(price("1"))),
        ("trailing_offset", |c| {
            c.trailing_offset = Some(TrailingOffset::Percent(dec!(1)));
        }),
        ("time_in_force", |c| {
            c.time_in_force = Some(TimeInForce::Gtc);
        }),
    ];
    for (field, set) in all {
        let mut one = fits.clone();
        set(&mut one);
        let message =
            format!("{field} cannot be changed: the broker does not offer it; works: limit_price");
        unsupported(only_price.check_replace(&one), field, &message);
        able().check_replace(&one).unwrap();
    }
    let mut none = able();
    none.replace = Support::No(Why::NotImplemented);
    let message = "a change of a working order is not taken: this adapter does not do it";
    unsupported(none.check_replace(&fits), "replace", message);
    assert_eq!(order("a").instrument, apple());
}

#[test]
fn a_form_of_one_exchange_is_taken_there_and_nowhere_else() {
    let mut modest = modest();
    modest.local_orders = vec![LocalForm {
        exchanges: vec![Mic::XHKG],
        form: OrderForm {
            asset_classes: vec![AssetClass::Equity],
            order_types: vec![OrderTypeKind::Auction],
            times_in_force: vec![TimeInForceKind::Day],
            sessions: vec![TradingSession::Regular],
        },
    }];
    let mut order = of_type("a", OrderType::Auction);
    let message = "auction is not taken: the broker does not offer it; works: market, limit";
    unsupported(modest.check(&order), "order_type", message);
    order.instrument = Instrument::equity("00700", Mic::XHKG, Currency::HKD).unwrap();
    modest.check(&order).unwrap();
    // What is taken anywhere is taken there, too.
    order.order_type = OrderType::Market;
    modest.check(&order).unwrap();
    order.order_type = OrderType::Auction;
    order.time_in_force = TimeInForce::Gtc;
    let message = "gtc is not taken: the broker does not offer it; works: day";
    unsupported(modest.check(&order), "time_in_force", message);
    let json = serde_json::to_value(&modest).unwrap();
    assert_eq!(
        serde_json::from_value::<Capabilities>(json).unwrap(),
        modest
    );
}

#[test]
fn capabilities_have_one_json_form() {
    let json = serde_json::to_value(modest()).unwrap();
    assert_eq!(
        json["replace"],
        serde_json::json!({ "no": "not_implemented" })
    );
    assert_eq!(
        serde_json::from_value::<Capabilities>(json).unwrap(),
        modest()
    );
    let able: Capabilities = serde_json::from_value(serde_json::to_value(able()).unwrap()).unwrap();
    assert!(able.lists.get().is_some() && able.lists.why().is_none());
}
