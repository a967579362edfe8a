use core::time::Duration;
use std::{collections::BTreeSet, sync::Arc};

use broker_core::{Broker, BrokerExt, Decimal, ErrorKind, Result, dec, event::GapCause, model::*};
use chrono::TimeDelta;

use super::{Risk, Stack};
use crate::{
    risk::{
        KillState, KillSwitch, Limits, PriceCollar, RiskBreach, RiskLimits, RiskScope, Rule,
        TradingHours, WhenUnknown,
    },
    test_support::*,
};

/// What is changed of no limits at all.
type Change = fn(&mut Limits);

fn limits(change: Change) -> Limits {
    let mut limits = Limits::new();
    change(&mut limits);
    limits
}

fn each(change: Change) -> RiskLimits {
    RiskLimits::each(limits(change))
}

fn over(stub: &Arc<Stub>, limits: RiskLimits) -> (Arc<Risk>, Arc<dyn Broker>) {
    let risk = Risk::new(limits);
    let stack = Stack::over(stub.dynamic())
        .layer(Arc::clone(&risk))
        .unwrap();
    (risk, stack.build())
}

/// A broker whose market is at ten.
fn market() -> Arc<Stub> {
    let stub = Stub::new();
    stub.quote(&apple(), dec!(10));
    stub
}

/// Has held so much for long enough that nobody doubts it.
fn has_held(stub: &Stub, units: Decimal) {
    stub.holds(&apple(), units, dec!(10));
    stub.clock.advance(TimeDelta::seconds(11));
    stub.quote(&apple(), dec!(10));
}

fn breach<T: core::fmt::Debug>(answer: Result<T>) -> RiskBreach {
    let error = answer.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RiskRefused, "{error}");
    RiskBreach::of(&error).unwrap().clone()
}

#[track_caller]
fn refused<T: core::fmt::Debug>(answer: Result<T>, rule: Rule, limit: &str, value: &str) {
    let breach = breach(answer);
    assert_eq!(
        (breach.rule, &*breach.limit, &*breach.value),
        (rule, limit, value),
        "{breach}"
    );
}

async fn passes(broker: &dyn Broker, order: &NewOrder) {
    assert!(broker.submit(order).await.unwrap().is_accepted());
}

// ---- each rule, just within and just over ---------------------------------------------------------

#[tokio::test]
async fn a_size_just_within_its_limit_passes_and_one_just_over_does_not() {
    let table: [(Change, Rule, &str, &str); 6] = [
        (
            |l| l.max_order_quantity = Some(dec!(100)),
            Rule::OrderQuantity,
            "100",
            "101",
        ),
        (
            |l| l.max_order_notional = Some(dec!(1000)),
            Rule::OrderNotional,
            "1000",
            "1010",
        ),
        (
            |l| l.max_position_quantity = Some(dec!(100)),
            Rule::PositionQuantity,
            "100",
            "101",
        ),
        (
            |l| l.max_position_notional = Some(dec!(1000)),
            Rule::PositionNotional,
            "1000",
            "1010",
        ),
        (
            |l| l.max_gross_exposure = Some(dec!(1000)),
            Rule::GrossExposure,
            "1000",
            "1010",
        ),
        (
            |l| l.max_net_exposure = Some(dec!(1000)),
            Rule::NetExposure,
            "1000",
            "1010",
        ),
    ];
    for (change, rule, limit, value) in table {
        for scope in ["account", "total"] {
            let stub = market();
            let mut all = RiskLimits::default();
            if scope == "account" {
                all.accounts.insert(account(), limits(change));
            } else {
                all.total = limits(change);
            }
            let (_risk, broker) = over(&stub, all);
            refused(
                broker.submit(&buy("over", 101, dec!(10))).await,
                rule,
                limit,
                value,
            );
            assert_eq!(stub.count("submit"), 0, "{rule:?}");
            passes(&*broker, &buy("within", 100, dec!(10))).await;
        }
    }
}

#[tokio::test]
async fn a_refusal_names_whose_limit_it_is() {
    let stub = market();
    let (_risk, broker) = over(&stub, each(|l| l.max_order_quantity = Some(dec!(1))));
    let error = broker.submit(&buy("a", 2, dec!(10))).await.unwrap_err();
    let text =
        "submit: risk_refused: max_order_quantity of account DU1: the limit is 1, the value 2";
    assert_eq!(error.to_string(), text);
    assert_eq!(
        RiskBreach::of(&error).unwrap().scope,
        RiskScope::Account(account())
    );
}

#[tokio::test]
async fn a_market_order_is_worth_what_the_market_says_and_a_limit_order_the_dearer() {
    let stub = market();
    let (_risk, broker) = over(&stub, each(|l| l.max_order_notional = Some(dec!(1000))));
    let market_order = |name, units| order(name, Side::Buy, units, OrderType::Market);
    refused(
        broker.submit(&market_order("a", 101)).await,
        Rule::OrderNotional,
        "1000",
        "1010",
    );
    refused(
        broker.submit(&buy("b", 100, dec!(11))).await,
        Rule::OrderNotional,
        "1000",
        "1100",
    );
    refused(
        broker.submit(&sell("c", 101, dec!(1))).await,
        Rule::OrderNotional,
        "1000",
        "1010",
    );
    passes(&*broker, &market_order("d", 100)).await;
}

#[tokio::test]
async fn an_option_counts_with_its_multiplier_and_another_currency_with_its_rate() {
    let stub = market();
    let (risk, broker) = over(&stub, each(|l| l.max_order_notional = Some(dec!(1000))));
    let expiry = chrono::NaiveDate::from_ymd_opt(2026, 1, 16).unwrap();
    let call = OccSymbol::new("AAPL", expiry, Right::Call, dec!(10)).unwrap();
    let mut option = buy("option", 2, dec!(5.01));
    option.instrument = Instrument::option(call);
    stub.quote(&option.instrument, dec!(5));
    refused(
        broker.submit(&option).await,
        Rule::OrderNotional,
        "1000",
        "1002",
    );
    let mut euro = buy("euro", 100, dec!(9));
    euro.instrument = Instrument::equity("SAP", Mic::XNAS, Currency::EUR).unwrap();
    stub.quote(&euro.instrument, dec!(9));
    refused(
        broker.submit(&euro).await,
        Rule::Unknown,
        "refuse",
        "USD per EUR",
    );
    let mut limits = (*risk.limits()).clone();
    limits.rates.insert(Currency::EUR, dec!(1.2));
    risk.set_limits(limits);
    refused(
        broker.submit(&euro).await,
        Rule::OrderNotional,
        "1000",
        "1080",
    );
}

#[tokio::test]
async fn the_rates_of_the_account_are_used() {
    let stub = market();
    let (_risk, broker) = over(&stub, each(|l| l.max_order_notional = Some(dec!(1000))));
    let mut summary = AccountSummary::new(account(), Currency::USD, stub.now());
    let mut balance = Balance::new(Currency::EUR, dec!(0));
    balance.exchange_rate = Some(dec!(1.2));
    summary.balances.push(balance);
    stub.ledger().summary(summary);
    let mut euro = buy("euro", 100, dec!(9));
    euro.instrument = Instrument::equity("SAP", Mic::XNAS, Currency::EUR).unwrap();
    stub.quote(&euro.instrument, dec!(9));
    refused(
        broker.submit(&euro).await,
        Rule::OrderNotional,
        "1000",
        "1080",
    );
}

#[tokio::test]
async fn a_price_beside_the_market_is_refused_on_both_sides_or_on_the_bad_one() {
    let collar = |both_sides| {
        Some(PriceCollar {
            percent: dec!(5),
            both_sides,
        })
    };
    for both in [true, false] {
        let stub = market();
        let mut each = Limits::new();
        each.price_collar = collar(both);
        let (_risk, broker) = over(&stub, RiskLimits::each(each));
        let answer = broker.submit(&buy("dear", 1, dec!(10.51))).await;
        refused(answer, Rule::PriceCollar, "9.5 to 10.5", "10.51");
        refused(
            broker.submit(&sell("cheap", 1, dec!(9.49))).await,
            Rule::PriceCollar,
            "9.5 to 10.5",
            "9.49",
        );
        passes(&*broker, &buy("edge", 1, dec!(10.5))).await;
        assert_eq!(broker.submit(&buy("far", 1, dec!(1))).await.is_err(), both);
        assert_eq!(
            broker.submit(&sell("far-2", 1, dec!(100))).await.is_err(),
            both
        );
    }
}

#[tokio::test]
async fn a_last_trade_of_before_is_no_price_and_a_quiet_book_is_one() {
    let mut each = Limits::new();
    each.price_collar = Some(PriceCollar {
        percent: dec!(5),
        both_sides: true,
    });
    for whole in [true, false] {
        let stub = market();
        stub.quote(&apple(), dec!(10));
        {
            let mut quotes = lock(&stub.quotes);
            let quote = quotes.get_mut(&apple()).unwrap();
            quote.last_at = Some(stub.now() - TimeDelta::seconds(12));
            quote.ask = quote.ask.filter(|_| whole);
        }
        let (_, broker) = over(&stub, RiskLimits::each(each.clone()));
        let order = buy("quiet", 1, dec!(10));
        if whole {
            passes(&*broker, &order).await;
        } else {
            refused(broker.submit(&order).await, Rule::StaleQuote, "10", "12");
        }
    }
}

#[tokio::test]
async fn a_quote_that_is_old_delayed_or_missing_refuses_unless_it_may_be_left_out() {
    let collar = |l: &mut Limits| {
        l.price_collar = Some(PriceCollar {
            percent: dec!(5),
            both_sides: true,
        });
    };
    let stub = market();
    stub.clock.advance(TimeDelta::seconds(11));
    let mut each = Limits::new();
    collar(&mut each);
    let (risk, broker) = over(&stub, RiskLimits::each(each.clone()));
    refused(
        broker.submit(&buy("old", 1, dec!(10))).await,
        Rule::StaleQuote,
        "10",
        "11",
    );
    stub.quote(&apple(), dec!(10));
    lock(&stub.quotes).get_mut(&apple()).unwrap().delayed = true;
    refused(
        broker.submit(&buy("delayed", 1, dec!(10))).await,
        Rule::StaleQuote,
        "10",
        "delayed",
    );
    lock(&stub.quotes).clear();
    tokio::time::sleep(Duration::ZERO).await;
    let mut msft = buy("none", 1, dec!(10));
    msft.instrument = equity("MSFT");
    refused(
        broker.submit(&msft).await,
        Rule::StaleQuote,
        "10",
        "no quote",
    );
    each.when_unknown = WhenUnknown::Allow;
    risk.set_limits(RiskLimits::each(each));
    passes(&*broker, &msft).await;
}

#[tokio::test(start_paused = true)]
async fn only_so_many_orders_pass_in_a_second() {
    let stub = market();
    let (_risk, broker) = over(&stub, each(|l| l.max_orders_per_second = Some(3)));
    for n in 0..3 {
        passes(&*broker, &buy(&format!("a{n}"), 1, dec!(10))).await;
    }
    refused(
        broker.submit(&buy("b", 1, dec!(10))).await,
        Rule::OrdersPerSecond,
        "3",
        "4",
    );
    tokio::time::advance(Duration::from_millis(999)).await;
    refused(
        broker.submit(&buy("c", 1, dec!(10))).await,
        Rule::OrdersPerSecond,
        "3",
        "4",
    );
    tokio::time::advance(Duration::from_millis(1)).await;
    passes(&*broker, &buy("d", 1, dec!(10))).await;
}

#[tokio::test]
async fn open_orders_are_counted_until_they_end() {
    let stub = market();
    let (_risk, broker) = over(&stub, each(|l| l.max_open_orders = Some(2)));
    let (a, b) = (buy("a", 1, dec!(10)), buy("b", 1, dec!(10)));
    passes(&*broker, &a).await;
    passes(&*broker, &b).await;
    refused(
        broker.submit(&buy("c", 1, dec!(10))).await,
        Rule::OpenOrders,
        "2",
        "3",
    );
    stub.fills(&a, "e1", 1, dec!(10));
    passes(&*broker, &buy("d", 1, dec!(10))).await;
}

#[tokio::test]
async fn a_loss_of_the_day_over_the_limit_stops_new_exposure() {
    let stub = market();
    let (_risk, broker) = over(&stub, each(|l| l.max_daily_loss = Some(dec!(500))));
    let lose = |amount| {
        let mut figures = ProfitAndLoss::new(account(), stub.now());
        figures.daily = Some(Money::new(amount, Currency::USD));
        stub.ledger().profit_and_loss(figures);
    };
    let unknown = "the profit or loss of the day";
    refused(
        broker.submit(&buy("a", 1, dec!(10))).await,
        Rule::Unknown,
        "refuse",
        unknown,
    );
    lose(dec!(-500));
    passes(&*broker, &buy("b", 1, dec!(10))).await;
    has_held(&stub, dec!(5));
    lose(dec!(-500.01));
    refused(
        broker.submit(&buy("c", 1, dec!(10))).await,
        Rule::DailyLoss,
        "500",
        "500.01",
    );
    passes(&*broker, &sell("out", 5, dec!(10))).await;
}

#[tokio::test]
async fn the_total_loss_is_that_of_all_accounts() {
    let stub = market();
    let mut all = RiskLimits::default();
    all.total.max_daily_loss = Some(dec!(500));
    let (_risk, broker) = over(&stub, all);
    let lose = |account: AccountId, amount| {
        let mut figures = ProfitAndLoss::new(account.clone(), stub.now());
        figures.daily = Some(Money::new(amount, Currency::USD));
        broker
            .desk()
            .ledger(&account)
            .unwrap()
            .profit_and_loss(figures);
    };
    lose(account(), dec!(-300));
    lose(second_account(), dec!(-201));
    let breach = breach(broker.submit(&buy("a", 1, dec!(10))).await);
    assert_eq!(
        (breach.rule, breach.scope, &*breach.value),
        (Rule::DailyLoss, RiskScope::Total, "501")
    );
}

#[tokio::test]
async fn symbols_and_classes_are_allowed_and_denied() {
    let stub = market();
    let (risk, broker) = over(
        &stub,
        each(|l| l.symbols.deny = BTreeSet::from(["AAPL".into()])),
    );
    refused(
        broker.submit(&buy("a", 1, dec!(10))).await,
        Rule::Symbol,
        "not allowed",
        "AAPL",
    );
    risk.set_limits(each(|l| {
        l.symbols.allow = Some(BTreeSet::from(["MSFT".into()]));
    }));
    refused(
        broker.submit(&buy("b", 1, dec!(10))).await,
        Rule::Symbol,
        "not allowed",
        "AAPL",
    );
    risk.set_limits(each(|l| {
        l.symbols.allow = Some(BTreeSet::from(["AAPL.XNAS".into()]));
    }));
    passes(&*broker, &buy("c", 1, dec!(10))).await;
    risk.set_limits(each(|l| {
        l.asset_classes = Some(BTreeSet::from([AssetClass::Option]));
    }));
    refused(
        broker.submit(&buy("d", 1, dec!(10))).await,
        Rule::AssetClass,
        "option",
        "equity",
    );
    // What is held of it may be sold all the same.
    has_held(&stub, dec!(5));
    passes(&*broker, &sell("out", 5, dec!(10))).await;
}

#[tokio::test]
async fn without_short_selling_only_what_is_held_can_be_sold() {
    let stub = market();
    let (_risk, broker) = over(&stub, each(|l| l.short_selling = false));
    has_held(&stub, dec!(100));
    refused(
        broker.submit(&sell("a", 101, dec!(10))).await,
        Rule::ShortSelling,
        "false",
        "-1",
    );
    passes(&*broker, &sell("b", 60, dec!(10))).await;
    refused(
        broker.submit(&sell("c", 41, dec!(10))).await,
        Rule::ShortSelling,
        "false",
        "-1",
    );
    passes(&*broker, &sell("d", 40, dec!(10))).await;
}

#[tokio::test]
async fn outside_trading_hours_nothing_new_is_begun() {
    let stub = market();
    let (_risk, broker) = over(
        &stub,
        each(|l| l.trading_hours = Some(TradingHours::Regular)),
    );
    // The schedule of the stub begins at the first date that is asked for.
    refused(
        broker.submit(&buy("a", 1, dec!(10))).await,
        Rule::TradingHours,
        "the regular session",
        "closed",
    );
    has_held(&stub, dec!(5));
    passes(&*broker, &sell("out", 5, dec!(10))).await;
    let stub = Stub::at(start() - TimeDelta::days(1));
    stub.then("schedule", Step::Fail(failure(ErrorKind::Timeout)));
    let (_risk, broker) = over(
        &stub,
        each(|l| l.trading_hours = Some(TradingHours::Regular)),
    );
    let unknown = "the trading hours of AAPL.XNAS";
    refused(
        broker.submit(&buy("b", 1, dec!(10))).await,
        Rule::Unknown,
        "refuse",
        unknown,
    );
}

#[tokio::test]
async fn a_read_only_account_sends_nothing_at_all() {
    let stub = market();
    stub.holds(&apple(), dec!(5), dec!(10));
    stub.works(&buy("works", 1, dec!(10)));
    let (_risk, broker) = over(&stub, each(|l| l.read_only = true));
    refused(
        broker.submit(&sell("a", 1, dec!(10))).await,
        Rule::ReadOnly,
        "true",
        "a command",
    );
    refused(
        broker.cancel(&account(), &id("works")).await,
        Rule::ReadOnly,
        "true",
        "a cancel",
    );
    refused(
        broker.cancel_all(&account()).await,
        Rule::ReadOnly,
        "true",
        "a cancel",
    );
    assert_eq!(
        stub.asked()
            .iter()
            .filter(|asked| !["contract"].contains(asked))
            .count(),
        0
    );
}

// ---- together ---------------------------------------------------------------------------------

#[tokio::test]
async fn orders_that_pass_alone_and_fail_together_do_not_all_pass() {
    let stub = market();
    let (_risk, broker) = over(&stub, each(|l| l.max_position_quantity = Some(dec!(100))));
    for _ in 0..20 {
        stub.then("submit", Step::Hold);
    }
    let sends: Vec<_> = (0..20)
        .map(|n| {
            let broker = Arc::clone(&broker);
            tokio::spawn(async move { broker.submit(&buy(&format!("o{n}"), 30, dec!(10))).await })
        })
        .collect();
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
    stub.held.notify_waiters();
    let mut sent = 0;
    for send in sends {
        sent += usize::from(send.await.unwrap().is_ok());
    }
    assert_eq!((sent, stub.count("submit")), (3, 3));
}

#[tokio::test]
async fn an_order_counts_from_its_passing_until_it_has_ended() {
    let stub = market();
    let (_risk, broker) = over(&stub, each(|l| l.max_position_quantity = Some(dec!(100))));
    let first = buy("first", 100, dec!(10));
    let full = |name| buy(name, 1, dec!(10));
    // Refused by the broker: it never counted.
    stub.then("submit", Step::Fail(failure(ErrorKind::Rejected)));
    broker.submit(&first).await.unwrap_err();
    // Unconfirmed: it counts.
    stub.then(
        "submit",
        Step::Unconfirmed(broker_core::UnconfirmedCause::Timeout),
    );
    let _ = broker.submit(&first).await.unwrap();
    refused(
        broker.submit(&full("a")).await,
        Rule::PositionQuantity,
        "100",
        "101",
    );
    // Working, and filled in part.
    stub.works(&first);
    stub.fills(&first, "e1", 40, dec!(10));
    refused(
        broker.submit(&full("b")).await,
        Rule::PositionQuantity,
        "100",
        "101",
    );
    // The position comes after the fill, and does not count twice.
    stub.holds(&apple(), dec!(40), dec!(10));
    refused(
        broker.submit(&full("c")).await,
        Rule::PositionQuantity,
        "100",
        "101",
    );
    let canceled = ExecutionReport::new(id("first"), ExecutionKind::Canceled);
    stub.ledger().report(canceled);
    passes(&*broker, &buy("d", 60, dec!(10))).await;
}

#[tokio::test]
async fn a_position_that_comes_before_its_fill_does_not_count_twice_for_long() {
    let stub = market();
    let (_risk, broker) = over(&stub, each(|l| l.max_position_quantity = Some(dec!(100))));
    let first = buy("first", 60, dec!(10));
    passes(&*broker, &first).await;
    stub.holds(&apple(), dec!(60), dec!(10));
    // For now both may be true: 60 held and 60 to come.
    assert!(broker.submit(&buy("a", 40, dec!(10))).await.is_err());
    stub.fills(&first, "e1", 60, dec!(10));
    passes(&*broker, &buy("b", 40, dec!(10))).await;
}

#[tokio::test]
async fn shares_that_come_from_elsewhere_count_at_once_and_are_believed_to_go_after_a_while() {
    let stub = market();
    let (_risk, broker) = over(&stub, each(|l| l.max_position_quantity = Some(dec!(100))));
    stub.holds(&apple(), dec!(90), dec!(10));
    assert!(broker.submit(&buy("a", 11, dec!(10))).await.is_err());
    stub.clock.advance(TimeDelta::seconds(11));
    assert!(broker.submit(&buy("b", 11, dec!(10))).await.is_err());
    stub.holds(&apple(), dec!(0), dec!(10));
    // The fills do not say so: a fill may still be on its way.
    assert!(broker.submit(&buy("c", 11, dec!(10))).await.is_err());
    stub.clock.advance(TimeDelta::seconds(11));
    passes(&*broker, &buy("d", 100, dec!(10))).await;
}

#[tokio::test]
async fn a_total_is_over_the_accounts_of_every_stack() {
    let (first, second) = (market(), market());
    let mut all = RiskLimits::default();
    all.total.max_position_quantity = Some(dec!(100));
    let risk = Risk::new(all);
    let stack = |stub: &Arc<Stub>| {
        Stack::over(stub.dynamic())
            .layer(Arc::clone(&risk))
            .unwrap()
            .build()
    };
    let broker = stack(&first);
    passes(&*broker, &buy("a", 60, dec!(10))).await;
    let mut elsewhere = buy("b", 41, dec!(10));
    elsewhere.account = second_account();
    let breach = breach(broker.submit(&elsewhere).await);
    assert_eq!(
        (breach.rule, breach.scope, &*breach.value),
        (Rule::PositionQuantity, RiskScope::Total, "101")
    );
    drop(second);
}

// ---- reducing ---------------------------------------------------------------------------------

fn strict() -> RiskLimits {
    each(|l| {
        l.max_order_quantity = Some(dec!(1));
        l.max_order_notional = Some(dec!(1));
        l.max_position_quantity = Some(dec!(1));
        l.max_position_notional = Some(dec!(1));
        l.max_gross_exposure = Some(dec!(1));
        l.max_net_exposure = Some(dec!(1));
        l.max_open_orders = Some(0);
        l.max_orders_per_second = Some(0);
        l.max_daily_loss = Some(dec!(1));
        l.short_selling = false;
        l.symbols.deny.insert("AAPL".into());
    })
}

#[tokio::test]
async fn reducing_orders_pass_and_not_a_unit_more() {
    for (held, side) in [(dec!(100), Side::Sell), (dec!(-100), Side::Buy)] {
        let stub = market();
        stub.holds(&apple(), held, dec!(10));
        stub.clock.advance(TimeDelta::seconds(11));
        let (risk, broker) = over(&stub, strict());
        risk.kill_switch().engage("test", start()).unwrap();
        let limit = OrderType::Limit {
            price: price(dec!(10)),
        };
        let out = |name: &str, units| order(name, side, units, limit.clone());
        assert!(broker.submit(&out("too-much", 101)).await.is_err());
        passes(&*broker, &out("part", 60)).await;
        assert!(broker.submit(&out("together", 41)).await.is_err());
        passes(&*broker, &out("rest", 40)).await;
        assert!(broker.submit(&out("more", 1)).await.is_err());
        assert!(
            broker
                .submit(&order("add", side.opposite(), 1, limit.clone()))
                .await
                .is_err()
        );
    }
}

#[tokio::test]
async fn after_a_gap_only_reducing_orders_pass_until_the_next_snapshot() {
    let stub = market();
    stub.holds(&apple(), dec!(100), dec!(10));
    let (_risk, broker) = over(&stub, each(|l| l.max_position_quantity = Some(dec!(1000))));
    passes(&*broker, &buy("a", 1, dec!(10))).await;
    stub.ledger().gap(GapCause::Disconnected);
    let unknown = "positions and working orders";
    refused(
        broker.submit(&buy("b", 1, dec!(10))).await,
        Rule::Unknown,
        "refuse",
        unknown,
    );
    passes(&*broker, &sell("out", 50, dec!(10))).await;
    live(&stub.ledger(), Vec::new(), stub.now());
    passes(&*broker, &buy("c", 1, dec!(10))).await;
}

#[tokio::test]
async fn before_the_first_snapshot_nothing_counts_as_reducing() {
    let stub = Stub::unready(start());
    stub.quote(&apple(), dec!(10));
    let (_risk, broker) = over(&stub, each(|l| l.max_position_quantity = Some(dec!(1000))));
    assert!(broker.submit(&sell("a", 1, dec!(10))).await.is_err());
}

#[tokio::test]
async fn two_alternative_exits_are_one_exit() {
    let stub = market();
    stub.holds(&apple(), dec!(100), dec!(10));
    stub.clock.advance(TimeDelta::seconds(11));
    let (_risk, broker) = over(&stub, strict());
    let stop = order(
        "stop",
        Side::Sell,
        100,
        OrderType::Stop {
            trigger: price(dec!(9)),
        },
    );
    let orders = vec![sell("profit", 100, dec!(11)), stop];
    let list = OrderList::new(ListId::generate(), Contingency::OneCancelsOther { orders }).unwrap();
    let _ = broker.submit_list(&list).await.unwrap();
    // Nothing is left to be lessened.
    assert!(broker.submit(&sell("more", 1, dec!(10))).await.is_err());
}

#[tokio::test]
async fn a_bracket_counts_as_its_entry() {
    let stub = market();
    let (_risk, broker) = over(
        &stub,
        each(|l| {
            l.max_position_quantity = Some(dec!(100));
            l.short_selling = false;
        }),
    );
    let entry = buy("entry", 100, dec!(10));
    let bracket = OrderList::bracket(entry.clone(), price(dec!(12)), price(dec!(8))).unwrap();
    let _ = broker.submit_list(&bracket).await.unwrap();
    refused(
        broker.submit(&buy("more", 1, dec!(10))).await,
        Rule::PositionQuantity,
        "100",
        "101",
    );
    stub.works(&entry);
    stub.fills(&entry, "e1", 100, dec!(10));
    stub.holds(&apple(), dec!(100), dec!(10));
    // The exits cover the whole position now: another sale could turn it round.
    refused(
        broker.submit(&sell("sale", 1, dec!(10))).await,
        Rule::ShortSelling,
        "false",
        "-1",
    );
}

// ---- changes ----------------------------------------------------------------------------------

fn change(quantity: i64) -> ReplaceOrder {
    let mut change = ReplaceOrder::new(account(), id("works"));
    change.quantity = Some(units(quantity));
    change
}

#[tokio::test]
async fn a_change_is_judged_as_the_order_that_it_makes() {
    let stub = market();
    stub.works(&buy("works", 50, dec!(10)));
    let (_risk, broker) = over(&stub, each(|l| l.max_position_quantity = Some(dec!(100))));
    refused(
        broker.replace(&change(101)).await,
        Rule::PositionQuantity,
        "100",
        "101",
    );
    let _ = broker.replace(&change(90)).await.unwrap();
    // Until the broker has answered it may be either.
    refused(
        broker.submit(&buy("a", 11, dec!(10))).await,
        Rule::PositionQuantity,
        "100",
        "101",
    );
    stub.ledger().report(ExecutionReport::new(
        id("works"),
        ExecutionKind::ReplaceRejected,
    ));
    passes(&*broker, &buy("b", 11, dec!(10))).await;
    stub.then("replace", Step::Fail(failure(ErrorKind::Rejected)));
    broker.replace(&change(89)).await.unwrap_err();
    passes(&*broker, &buy("c", 39, dec!(10))).await;
}

#[tokio::test]
async fn a_change_of_an_unknown_order_is_refused() {
    let stub = Stub::unready(start());
    let (_risk, broker) = over(&stub, RiskLimits::default());
    let unknown = "the order that is to be changed";
    refused(
        broker.replace(&change(1)).await,
        Rule::Unknown,
        "refuse",
        unknown,
    );
}

// ---- the kill switch --------------------------------------------------------------------------

#[tokio::test]
async fn an_engaged_switch_lets_only_cancels_through_over_restarts() {
    let directory = tempfile::TempDir::new().unwrap();
    let path = directory.path().join("kill-switch.json");
    let (stub, order) = (market(), buy("a", 1, dec!(10)));
    let switched = || {
        let risk = Risk::with_switch(RiskLimits::default(), KillSwitch::at(&path));
        let stack = Stack::over(stub.dynamic())
            .layer(Arc::clone(&risk))
            .unwrap();
        (risk, stack.build())
    };
    let (risk, broker) = switched();
    let canceled = risk.kill("the market is mad").await.unwrap();
    assert_eq!(canceled.len(), 2);
    assert!(canceled.iter().all(|(_, _, answer)| answer.is_ok()));
    assert_eq!(stub.count("cancel_all"), 2);
    refused(
        broker.submit(&order).await,
        Rule::KillSwitch,
        "engaged",
        "the market is mad",
    );
    let _ = broker.cancel_all(&account()).await.unwrap();
    let (risk, broker) = switched();
    refused(
        broker.submit(&order).await,
        Rule::KillSwitch,
        "engaged",
        "the market is mad",
    );
    risk.kill_switch().release().unwrap();
    let (_risk, broker) = switched();
    passes(&*broker, &order).await;
}

#[test]
fn a_switch_that_cannot_be_read_is_engaged_and_one_that_cannot_be_written_stays() {
    let directory = tempfile::TempDir::new().unwrap();
    let path = directory.path().join("kill-switch.json");
    std::fs::write(&path, "{\"kill_switch\":\"rele").unwrap();
    let switch = KillSwitch::at(&path);
    assert!(matches!(switch.state(), KillState::Engaged { .. }));
    let nowhere = KillSwitch::at(directory.path().join("no/such/folder.json"));
    assert_eq!(nowhere.state(), KillState::Released);
    assert_eq!(
        nowhere.engage("x", start()).unwrap_err().kind(),
        ErrorKind::Io
    );
    assert!(matches!(nowhere.state(), KillState::Engaged { .. }));
    assert_eq!(nowhere.release().unwrap_err().kind(), ErrorKind::Io);
    assert!(matches!(nowhere.state(), KillState::Engaged { .. }));
}

#[tokio::test]
async fn what_was_on_its_way_when_the_switch_was_engaged_is_canceled_too() {
    let stub = market();
    let (risk, broker) = over(&stub, RiskLimits::default());
    stub.then("submit", Step::Hold);
    let sending = {
        let broker = Arc::clone(&broker);
        tokio::spawn(async move { broker.submit(&buy("a", 1, dec!(10))).await })
    };
    while stub.count("submit") == 0 {
        tokio::task::yield_now().await;
    }
    let killing = tokio::spawn(async move { risk.kill("stop").await });
    while stub.count("cancel_all") < 2 {
        tokio::task::yield_now().await;
    }
    stub.held.notify_one();
    killing.await.unwrap().unwrap();
    let _ = sending.await.unwrap().unwrap();
    assert_eq!(stub.count("cancel_all"), 4);
}

// ---- configuration ----------------------------------------------------------------------------

#[test]
fn limits_are_read_from_text_and_an_unknown_word_is_an_error() {
    let text = r#"{"each": {"max_order_notional": "10000.50", "price_collar":
        {"percent": "5", "both_sides": false}}, "accounts": {"DU9": {"read_only": true}}}"#;
    let read: RiskLimits = serde_json::from_str(text).unwrap();
    assert_eq!(read.each.max_order_notional, Some(dec!(10000.50)));
    assert!(read.accounts[&AccountId::new("DU9").unwrap()].read_only);
    let again: RiskLimits = serde_json::from_str(&serde_json::to_string(&read).unwrap()).unwrap();
    assert_eq!(read, again);
    let wrong = r#"{"each": {"max_order_notionl": "1"}}"#;
    assert!(serde_json::from_str::<RiskLimits>(wrong).is_err());
    assert!(serde_json::from_str::<Limits>(r#"{"max_order_notional": 0.1}"#).is_err());
    let _unused: Decimal = dec!(0);
}
