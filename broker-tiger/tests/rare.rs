//! What few brokers trade, over the wire: options on futures, warrants and callable contracts, funds.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod support;

use core::time::Duration;

use broker_core::{
    Broker as _, BrokerExt as _, Decimal, ErrorKind, dec,
    model::{
        AssetClass, BarInterval, BarQuery, ClientOrderId, Currency, Fund, Instrument,
        InstrumentQuery, Mic, Money, NewOrder, OrderAmount, OrderStatus, OrderType, Position,
        Price, Quote, Side, Subscription, TimeInForce, Warrant,
    },
};
use broker_tiger::{WarrantKind, WarrantQuery};
use chrono::TimeDelta;
use support::{Stage, apple, quantity};

const TEN: Duration = Duration::from_secs(10);
const NOON: &str = "2022-01-05T17:00:00Z";
/// Half past ten in Hong Kong.
const MORNING: &str = "2022-01-05T02:30:00Z";

fn order(
    stage: &Stage,
    instrument: &Instrument,
    side: Side,
    units: &str,
    kind: OrderType,
) -> NewOrder {
    NewOrder::new(
        ClientOrderId::generate(),
        stage.account.clone(),
        instrument.clone(),
        side,
        OrderAmount::Quantity(quantity(units)),
        kind,
    )
}

fn truth(stage: &Stage, instrument: &Instrument) -> Quote {
    let world = stage.server.world();
    world.with_exchange(|exchange| exchange.quote(instrument).unwrap())
}

fn listed(stage: &Stage, wanted: impl Fn(&Instrument) -> bool) -> Vec<Instrument> {
    let world = stage.server.world();
    world.with_exchange(|exchange| {
        let found = exchange.instruments().filter(|one| wanted(one));
        found.cloned().collect()
    })
}

async fn filled(stage: &Stage, order: &NewOrder) {
    let answer = stage.broker.submit(order).await.unwrap();
    assert!(answer.is_accepted(), "{answer:?}");
    let id = &order.client_order_id;
    let ended = stage
        .broker
        .wait_for_end(&stage.account, id, TEN)
        .await
        .unwrap();
    assert_eq!(ended.status, OrderStatus::Filled, "{ended:?}");
    assert_eq!(ended.terms.instrument, order.instrument);
}

async fn held(stage: &Stage) -> Vec<Position> {
    let portfolio = stage.broker.portfolio().unwrap();
    let positions = portfolio.positions(&stage.account).await.unwrap();
    positions.complete().unwrap()
}

/// The position of an instrument as the exchange has it.
fn truly_held(stage: &Stage, instrument: &Instrument) -> Decimal {
    let world = stage.server.world();
    let positions = world.with_exchange(|exchange| exchange.positions(&stage.account));
    let own = positions.iter().find(|one| one.instrument == *instrument);
    own.map_or(dec!(0), |one| one.quantity.get())
}

/// Prices of a class are refused with the reason, and nothing is guessed.
async fn refused(stage: &Stage, instrument: &Instrument, words: &str) {
    let market = stage.broker.market_data().unwrap();
    let bars = BarQuery::new(instrument.clone(), BarInterval::Hour1);
    let quotes = Subscription::Quotes {
        instrument: instrument.clone(),
    };
    let errors = [
        market.depth(instrument, 5).await.unwrap_err(),
        market.trades(instrument, 5).await.unwrap_err(),
        market.bars(&bars).await.unwrap_err(),
        stage.broker.subscribe(&quotes).await.unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[tokio::test]
async fn options_on_futures_are_found_bought_held_and_sold() {
    let mut stage = Stage::open_wide(NOON).await;
    let all = listed(&stage, |one| matches!(one, Instrument::FutureOption(_)));
    assert!(!all.is_empty());
    let expiry = all[0].expiry().unwrap();
    let found = stage
        .broker
        .derivatives_on("ES", AssetClass::FutureOption, expiry);
    assert_eq!(found.await.unwrap(), all);
    let option = all[1].clone();
    let contract = stage
        .broker
        .reference()
        .unwrap()
        .contract(&option)
        .await
        .unwrap();
    assert_eq!(contract.multiplier, dec!(50));
    let quote = truth(&stage, &option);
    let limit = |price: Option<Price>| OrderType::Limit {
        price: price.unwrap(),
    };

    let buy = order(&stage, &option, Side::Buy, "3", limit(quote.ask));
    filled(&stage, &buy).await;
    stage.caught_up().await;
    let positions = held(&stage).await;
    assert_eq!(positions.len(), 1, "{positions:?}");
    assert_eq!(
        (&positions[0].instrument, positions[0].quantity.get()),
        (&option, dec!(3))
    );
    assert_eq!(positions[0].average_price, quote.ask);

    // A new process finds it by what is told alone.
    stage.restart().await;
    let known = stage
        .broker
        .order(&stage.account, &buy.client_order_id)
        .unwrap();
    assert_eq!(known.terms.instrument, option);
    assert_eq!(known.status, OrderStatus::Filled);
    assert_eq!(held(&stage).await[0].instrument, option);
    let sell = order(&stage, &option, Side::Sell, "1", limit(quote.bid));
    filled(&stage, &sell).await;
    stage.caught_up().await;
    assert_eq!(held(&stage).await[0].quantity.get(), dec!(2));
    assert_eq!(truly_held(&stage, &option), dec!(2));

    refused(
        &stage,
        &option,
        "Tiger serves no prices of options on futures",
    )
    .await;
    let quotes = stage
        .broker
        .market_data()
        .unwrap()
        .quotes(core::slice::from_ref(&option))
        .await
        .unwrap();
    assert_eq!(
        quotes[0].as_ref().unwrap_err().kind(),
        ErrorKind::Unsupported
    );
    let stop = OrderType::Stop {
        trigger: quote.ask.unwrap(),
    };
    let error = stage
        .broker
        .submit(&order(&stage, &option, Side::Buy, "1", stop))
        .await;
    let error = error.unwrap_err();
    assert_eq!(
        (error.kind(), error.field()),
        (ErrorKind::Unsupported, Some("order_type"))
    );
}

fn warrant(code: &str) -> Instrument {
    Instrument::Warrant(Warrant {
        symbol: code.parse().unwrap(),
        exchange: Mic::XHKG,
        currency: Currency::HKD,
    })
}

#[tokio::test]
async fn warrants_and_callable_contracts_are_traded_in_lots() {
    let mut stage = Stage::open_wide(MORNING).await;
    for code in ["27062", "58603"] {
        let found = stage.broker.reference().unwrap();
        let found = found.resolve(&code.into()).await.unwrap();
        assert_eq!(found, [warrant(code)]);
        let warrant = warrant(code);
        let contract = stage
            .broker
            .reference()
            .unwrap()
            .contract(&warrant)
            .await
            .unwrap();
        assert_eq!(contract.multiplier, dec!(1), "{code}");
        assert_eq!(contract.quantities.step.get(), dec!(5000), "{code}");

        let told = stage.broker.quote_of(&warrant).await.unwrap();
        let quote = truth(&stage, &warrant);
        assert_eq!(told.last, quote.last, "{code}");
        assert!(told.last.is_some() && !told.halted);

        let price = quote.ask.unwrap();
        let kind = OrderType::Limit { price };
        let odd = order(&stage, &warrant, Side::Buy, "2500", kind.clone());
        let before = stage.server.truth(&stage.account).commands;
        let error = stage.broker.submit(&odd).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.field()),
            (ErrorKind::InvalidRequest, Some("amount.quantity"))
        );
        assert_eq!(stage.server.truth(&stage.account).commands, before);

        let buy = order(&stage, &warrant, Side::Buy, "10000", kind);
        filled(&stage, &buy).await;
        stage.caught_up().await;
        let positions = held(&stage).await;
        let own = positions
            .iter()
            .find(|one| one.instrument == warrant)
            .unwrap();
        assert_eq!(
            (own.quantity.get(), own.average_price),
            (dec!(10000), Some(price))
        );
        refused(
            &stage,
            &warrant,
            "Tiger serves quotes of warrants and nothing else",
        )
        .await;
    }
    stage.restart().await;
    let mut names: Vec<Instrument> = held(&stage)
        .await
        .into_iter()
        .map(|one| one.instrument)
        .collect();
    names.sort();
    assert_eq!(names, [warrant("27062"), warrant("58603")]);
    // What it is was told with the position: selling it needs no guess.
    let bull = warrant("58603");
    let price = truth(&stage, &bull).bid.unwrap();
    let sell = order(
        &stage,
        &bull,
        Side::Sell,
        "10000",
        OrderType::Limit { price },
    );
    filled(&stage, &sell).await;
    assert_eq!(truly_held(&stage, &bull), dec!(0));
}

#[tokio::test]
async fn the_warrants_on_a_share_are_listed() {
    let stage = Stage::open_wide(MORNING).await;
    let tencent = Instrument::equity("00700", Mic::XHKG, Currency::HKD).unwrap();
    let mut query = WarrantQuery::new(tencent);
    let all = stage.broker.warrants_on(&query).await.unwrap();
    let told: Vec<_> = all
        .iter()
        .map(|one| (&one.instrument, one.kind, one.strike))
        .collect();
    let (call, bull) = (warrant("27062"), warrant("58603"));
    assert_eq!(
        told,
        [
            (&call, WarrantKind::Call, dec!(400)),
            (&bull, WarrantKind::Bull, dec!(300))
        ]
    );
    assert_eq!(
        (all[0].call_price, all[1].call_price),
        (None, Some(dec!(305)))
    );
    assert_eq!(all[0].entitlement_ratio, Some(dec!(50)));
    assert_eq!(all[0].lot, Some(quantity("5000")));
    assert_eq!(all[0].last, truth(&stage, &call).last);
    assert!(all.iter().all(|one| one.trades));
    let expiry = all[0].expires_on.unwrap();
    let ended = stage
        .broker
        .derivatives_on("00700", AssetClass::Warrant, expiry);
    assert_eq!(ended.await.unwrap(), [call, bull.clone()]);

    query.kinds = vec![WarrantKind::Bull, WarrantKind::Bear];
    let callable = stage.broker.warrants_on(&query).await.unwrap();
    assert_eq!(callable.len(), 1);
    assert_eq!(callable[0].instrument, bull);
    query.kinds.clear();
    query.strikes = (Some(dec!(350)), None);
    assert_eq!(stage.broker.warrants_on(&query).await.unwrap().len(), 1);

    let error = stage
        .broker
        .warrants_on(&WarrantQuery::new(apple()))
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.field()),
        (ErrorKind::Unsupported, Some("share"))
    );
}

#[tokio::test]
async fn a_called_contract_is_settled_and_trades_no_more() {
    let stage = Stage::open_wide(MORNING).await;
    let bull = warrant("58603");
    let price = truth(&stage, &bull).ask.unwrap();
    let buy = order(&stage, &bull, Side::Buy, "5000", OrderType::Limit { price });
    filled(&stage, &buy).await;
    let tencent = Instrument::equity("00700", Mic::XHKG, Currency::HKD).unwrap();
    let world = stage.server.world();
    world.with_exchange(|exchange| {
        let called = Price::new(dec!(304)).unwrap();
        exchange.pin_price(&tencent, called).unwrap();
    });
    world.advance(TimeDelta::seconds(1));
    stage.caught_up().await;
    assert!(held(&stage).await.is_empty());
    let again = order(&stage, &bull, Side::Buy, "5000", OrderType::Limit { price });
    let error = stage.broker.submit(&again).await.unwrap_err();
    assert!(
        stage
            .server
            .truth(&stage.account)
            .orders_of(&again.client_order_id)
            .is_empty()
    );
    assert_ne!(error.kind(), ErrorKind::Internal, "{error}");
}

#[tokio::test]
async fn funds_are_bought_for_money_and_sold_in_exact_fractions() {
    let mut stage = Stage::open_wide(NOON).await;
    let fund = Instrument::Fund(Fund {
        symbol: "IE00B11XZ988".parse().unwrap(),
        currency: Currency::USD,
    });
    let all = stage.broker.funds().await.unwrap();
    assert_eq!(
        all,
        listed(&stage, |one| matches!(one, Instrument::Fund(_)))
    );
    assert_eq!(all.len(), 2);
    let reference = stage.broker.reference().unwrap();
    let query = InstrumentQuery::from("IE00B11XZ988.USD");
    assert_eq!(
        reference.resolve(&query).await.unwrap(),
        core::slice::from_ref(&fund)
    );
    let quote = stage.broker.quote_of(&fund).await.unwrap();
    assert_eq!(quote.last, truth(&stage, &fund).last);

    let mut buy = order(&stage, &fund, Side::Buy, "1", OrderType::Market);
    buy.amount = OrderAmount::Cash(Money::new(dec!(1000), Currency::USD));
    filled(&stage, &buy).await;
    stage.caught_up().await;
    let bought = truly_held(&stage, &fund);
    assert!(bought.fract() > dec!(0), "{bought}");
    let positions = held(&stage).await;
    assert_eq!(
        (&positions[0].instrument, positions[0].quantity.get()),
        (&fund, bought)
    );
    let sell = order(&stage, &fund, Side::Sell, "12.3456", OrderType::Market);
    filled(&stage, &sell).await;
    stage.restart().await;
    let known = stage
        .broker
        .order(&stage.account, &buy.client_order_id)
        .unwrap();
    assert_eq!(known.terms.amount, buy.amount);
    let positions = held(&stage).await;
    assert_eq!(positions[0].quantity.get(), bought - dec!(12.3456));

    let price = quote.last.unwrap();
    let limit = order(&stage, &fund, Side::Buy, "1", OrderType::Limit { price });
    let error = stage.broker.submit(&limit).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.field()),
        (ErrorKind::Unsupported, Some("order_type"))
    );
    let kept = order(&stage, &fund, Side::Buy, "1", OrderType::Market);
    let error = stage
        .broker
        .submit(&kept.with_time_in_force(TimeInForce::Gtc))
        .await;
    let error = error.unwrap_err();
    assert_eq!(
        (error.kind(), error.field()),
        (ErrorKind::Unsupported, Some("time_in_force"))
    );
}

#[tokio::test]
async fn values_of_a_fund_come_by_the_day() {
    let stage = Stage::open_wide(NOON).await;
    let fund = listed(&stage, |one| matches!(one, Instrument::Fund(_))).remove(0);
    stage.server.world().advance(TimeDelta::days(3));
    let market = stage.broker.market_data().unwrap();
    let query = BarQuery::new(fund.clone(), BarInterval::Day1);
    let bars = market.bars(&query).await.unwrap();
    let world = stage.server.world();
    let days = world.with_exchange(|exchange| exchange.daily_bars(&fund).unwrap());
    let values: Vec<Price> = days.iter().map(|(_, bar)| bar.close).collect();
    assert!(values.len() >= 2, "{values:?}");
    assert_eq!(bars.iter().map(|bar| bar.close).collect::<Vec<_>>(), values);
    assert!(
        bars.iter()
            .all(|bar| bar.open == bar.close && bar.volume.is_none())
    );
    let mut newest = query.clone();
    newest.limit = 1;
    let one = market.bars(&newest).await.unwrap();
    assert_eq!(one.len(), 1);
    assert_eq!(one[0].close, *values.last().unwrap());
    let week = BarQuery::new(fund.clone(), BarInterval::Week1);
    let error = market.bars(&week).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.field()),
        (ErrorKind::Unsupported, Some("interval"))
    );
    let error = market.depth(&fund, 1).await.unwrap_err();
    assert!(
        error.to_string().contains("values of funds by the day"),
        "{error}"
    );
}
