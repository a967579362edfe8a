//! Recorded answers as core values, exact to the last digit.
//!
//! `player` is the server; `market` has what is told about the market and `list` whether the list of what is
//! compared is true.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

#[path = "recorded/list.rs"]
mod list;
#[path = "recorded/market.rs"]
mod market;
#[path = "recorded/player.rs"]
mod player;

use std::sync::Arc;

use broker_core::{
    Broker as _, BrokerExt as _, Decimal, dec,
    model::{
        AccountKind, BarInterval, BarQuery, ChainQuery, Currency, FillFilter, Money, Order,
        OrderFilter, OrderStatus, Position, Right, SignedQuantity,
    },
};
use chrono::{DateTime, NaiveDate, Utc};

use player::{account, apple, broker};

fn some<T: Into<Decimal> + Copy>(value: Option<T>) -> Option<Decimal> {
    value.map(Into::into)
}

#[tokio::test]
async fn prices_are_the_recorded_ones() {
    let broker = broker().await;
    let quote = broker.quote_of(&apple()).await.unwrap();
    assert_eq!(some(quote.bid), Some(dec!(201.2)));
    assert_eq!(quote.bid_size, Some(dec!(200)));
    assert_eq!(some(quote.ask), Some(dec!(201.3)));
    assert_eq!(quote.ask_size, Some(dec!(300)));
    assert_eq!(some(quote.previous_close), Some(dec!(200.37)));

    let market = broker.market_data().unwrap();
    let depth = market.depth(&apple(), 5).await.unwrap();
    let level =
        |level: &broker_core::model::DepthLevel| (level.price.get(), level.size, level.orders);
    assert_eq!(level(&depth.asks[0]), (dec!(201.3), dec!(300), Some(3)));
    assert_eq!(level(&depth.bids[0]), (dec!(201.2), dec!(200), Some(2)));

    let trades = market.trades(&apple(), 2).await.unwrap();
    let told: Vec<_> = trades
        .iter()
        .map(|trade| (trade.price.get(), trade.size))
        .collect();
    assert!(told.contains(&(dec!(200.4), dec!(10))), "{told:?}");
    assert!(told.contains(&(dec!(200.39), dec!(5))), "{told:?}");

    let bars = market
        .bars(&BarQuery::new(apple(), BarInterval::Day1))
        .await
        .unwrap();
    let bar = bars.last().unwrap();
    let prices = [bar.open, bar.high, bar.low, bar.close].map(broker_core::model::Price::get);
    assert_eq!(prices, [dec!(228.0), dec!(230.8), dec!(227.0), dec!(229.6)]);
    assert_eq!(bar.volume, Some(dec!(51000000)));
}

#[tokio::test]
async fn options_are_the_recorded_ones() {
    let broker = broker().await;
    let reference = broker.reference().unwrap();
    let expiries = reference.option_expirations(&apple()).await.unwrap();
    let date = |month, day| NaiveDate::from_ymd_opt(2025, month, day).unwrap();
    assert_eq!(expiries, [date(8, 15), date(9, 19)]);
    let query = ChainQuery::new(apple(), date(9, 19));
    let chain = reference.option_chain(&query).await.unwrap();
    let of = |right| chain.options.iter().find(|option| option.right == right);
    let put = of(Right::Put).unwrap();
    assert_eq!(put.strike, dec!(200.0));
    assert_eq!(some(put.bid), Some(dec!(4.0)));
    assert_eq!(some(put.ask), Some(dec!(4.1)));
    assert_eq!(some(put.last), Some(dec!(4.05)));
    let greeks = put.greeks.unwrap();
    assert_eq!(greeks.implied_volatility, dec!(0.28));
    assert_eq!(greeks.delta, dec!(-0.45));
    assert_eq!(greeks.vega, dec!(0.25));
    // What is not said is absent, not zero.
    let call = of(Right::Call).unwrap();
    assert_eq!(some(call.last), Some(dec!(4.355)));
    assert_eq!((call.bid, call.ask, call.greeks), (None, None, None));
}

#[tokio::test]
async fn the_account_is_the_recorded_one() {
    let broker = broker().await;
    let known = broker.accounts().await.unwrap();
    assert_eq!(
        (&known[0].id, &known[0].kind),
        (&account(), &AccountKind::Margin)
    );
    let portfolio = broker.portfolio().unwrap();
    let positions = portfolio.positions(&account()).await.unwrap().complete();
    let positions = positions.unwrap();
    let held = |text: &str| {
        let named = |position: &&Position| position.instrument.to_string().starts_with(text);
        positions.iter().find(named).unwrap()
    };
    let dollars = |amount| Some(Money::new(amount, Currency::USD));
    // 125 with scale 2.
    let share = held("AAPL.");
    assert_eq!(share.quantity, SignedQuantity::new(dec!(1.25)).unwrap());
    assert_eq!(some(share.average_price), Some(dec!(190.5)));
    assert_eq!(some(share.market_price), Some(dec!(201.25)));
    assert_eq!(share.market_value, dollars(dec!(251.56)));
    assert_eq!(share.unrealized_pnl, dollars(dec!(13.4)));
    let option = held("AAPL 2025-09-19");
    assert_eq!(option.quantity, SignedQuantity::new(dec!(-2)).unwrap());
    assert_eq!(some(option.average_price), Some(dec!(4.2)));
    assert_eq!(some(option.market_price), Some(dec!(4.355)));
    assert_eq!(option.market_value, dollars(dec!(-871.0)));

    let summary = portfolio.summary(&account()).await.unwrap();
    let balances: Vec<_> = summary
        .balances
        .iter()
        .map(|balance| (balance.currency.to_string(), balance.cash))
        .collect();
    for (currency, cash) in [
        ("USD", dec!(7000.5)),
        ("USD", dec!(2000.25)),
        ("HKD", dec!(0)),
    ] {
        let told = (currency.to_owned(), cash);
        assert!(balances.contains(&told), "{told:?} is not in {balances:?}");
    }
    assert_eq!(summary.buying_power, dollars(dec!(20000)));
}

#[tokio::test]
async fn orders_and_executions_are_the_recorded_ones() {
    let broker = broker().await;
    let orders = broker
        .orders(&account(), &OrderFilter::default())
        .await
        .unwrap();
    let orders = orders.value().unwrap();
    let of = |number: &str| {
        let named = |order: &&Arc<Order>| {
            let ids = &order.broker_order_ids;
            ids.iter().any(|id| id.as_str() == number)
        };
        orders.iter().find(named).unwrap()
    };
    let part = of("41000000000000002");
    assert_eq!(part.status, OrderStatus::PartiallyFilled);
    assert_eq!(part.cumulative_quantity, dec!(4));
    assert_eq!(some(part.terms.order_type.limit_price()), Some(dec!(199.5)));
    assert_eq!(some(part.average_price), Some(dec!(199.4)));
    let gone = of("41000000000000030");
    assert_eq!(gone.status, OrderStatus::Canceled);
    assert_eq!(gone.instrument().currency(), Some(Currency::HKD));
    assert_eq!(&*gone.reason.as_ref().unwrap().text, "user cancel");

    let fills = broker
        .fills(&account(), &FillFilter::default())
        .await
        .unwrap();
    let fill = &fills.value().unwrap()[0];
    assert_eq!(fill.execution_id.as_str(), "42000000000000001");
    assert_eq!(
        (fill.price.get(), fill.quantity.get()),
        (dec!(199.4), dec!(4))
    );
    assert_eq!(
        fill.executed_at,
        "2025-08-13T14:31:07.350Z".parse::<DateTime<Utc>>().unwrap()
    );
}
