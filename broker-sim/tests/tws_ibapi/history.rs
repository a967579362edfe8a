use broker_core::dec;
use broker_sim::tws::Habits;
use ibapi::{
    market_data::historical::{BarTimestamp, HistoricalBarUpdate},
    prelude::*,
};
use time::macros::{date, datetime};

use crate::stage::{
    advance, apple, apple_contract, client, code, drained, pin, server, server_with, settled,
    within,
};

#[tokio::test]
async fn daily_bars_are_the_records_of_the_exchange() {
    let server = server().await;
    let client = client(&server, 1).await;
    let contract = apple_contract();
    let request = client.historical_data(&contract, HistoricalBarSize::Day);
    let request = request
        .duration(5.days())
        .ending(datetime!(2021-12-31 23:00 UTC));
    let data = within(request.fetch()).await.unwrap();
    let days: Vec<_> = data
        .bars
        .iter()
        .map(|bar| match bar.date {
            BarTimestamp::Date(date) => date,
            BarTimestamp::DateTime(at) => panic!("{at}"),
        })
        .collect();
    assert_eq!(
        days,
        [
            date!(2021 - 12 - 27),
            date!(2021 - 12 - 28),
            date!(2021 - 12 - 29),
            date!(2021 - 12 - 30),
            date!(2021 - 12 - 31),
        ]
    );
    assert_eq!(data.bars[4].close, 176.033);
    let newest = client.historical_data(&contract, HistoricalBarSize::Day);
    let newest = within(newest.duration(10.days()).fetch()).await.unwrap();
    assert_eq!(newest.bars.len(), 10);
    assert_eq!(
        newest.end.unix_timestamp(),
        server.world().now().timestamp()
    );
    assert!(
        data.bars
            .iter()
            .all(|bar| bar.low <= bar.close && bar.close <= bar.high)
    );
}

#[tokio::test]
async fn minute_bars_hold_what_was_traded() {
    let server = server().await;
    let client = client(&server, 1).await;
    let contract = apple_contract();
    advance(&server, 60);
    let order = client.order(&contract).buy(12).market().account("DU1");
    order.submit().await.unwrap();
    settled(&client).await;
    advance(&server, 60);
    let request = client.historical_data(&contract, HistoricalBarSize::Min);
    let request = request.what_to_show(HistoricalWhatToShow::Trades);
    let request = request
        .trading_hours(TradingHours::Regular)
        .duration(600.seconds());
    let data = within(request.fetch()).await.unwrap();
    let bar = data.bars.iter().find(|bar| {
        matches!(bar.date, BarTimestamp::DateTime(at) if at == datetime!(2022-01-03 15:01 UTC))
    });
    let bar = bar.unwrap();
    assert_eq!((bar.high, bar.volume), (100.01, 12.0));
    let quotes = client.historical_data(&contract, HistoricalBarSize::Min);
    let quotes = quotes
        .what_to_show(HistoricalWhatToShow::MidPoint)
        .duration(600.seconds());
    let data = within(quotes.fetch()).await.unwrap();
    assert_eq!(data.bars.last().unwrap().close, 100.0);
    assert_eq!(data.bars.last().unwrap().volume, -1.0);
}

#[tokio::test]
async fn a_range_may_be_given_by_both_ends() {
    let server = server().await;
    let client = client(&server, 1).await;
    let contract = apple_contract();
    let (from, to) = (
        datetime!(2021-12-20 0:00 UTC),
        datetime!(2021-12-24 23:00 UTC),
    );
    let request = client.historical_data(&contract, HistoricalBarSize::Day);
    let data = within(request.between(from, to).fetch()).await.unwrap();
    assert!(data.bars.len() >= 4, "{data:?}");
    let last = data.bars.last().unwrap();
    // The day before Christmas was a holiday.
    assert!(matches!(last.date, BarTimestamp::Date(day) if day == date!(2021 - 12 - 23)));
}

#[tokio::test]
async fn bars_are_kept_up_to_date() {
    let server = server().await;
    let client = client(&server, 1).await;
    let contract = apple_contract();
    let request = client.historical_data(&contract, HistoricalBarSize::Min);
    let mut bars = request.duration(1.days()).stream().await.unwrap();
    let first = drained(&client, &mut bars).await;
    assert!(
        first.iter().any(|item| matches!(
            item,
            Ok(SubscriptionItem::Data(HistoricalBarUpdate::Historical(data))) if !data.bars.is_empty()
        )),
        "{first:?}"
    );
    pin(&server, &apple(), dec!(104));
    advance(&server, 5);
    let updates = drained(&client, &mut bars).await;
    let told = updates.iter().find_map(|item| match item {
        Ok(SubscriptionItem::Data(HistoricalBarUpdate::Update(bar))) => Some(bar),
        _ => None,
    });
    let last = server.world().with_exchange(|exchange| {
        let quote = exchange.quote(&apple()).unwrap();
        quote.last.unwrap().get().normalize().to_string()
    });
    assert_eq!(told.unwrap().close.to_string(), last);
    assert!(told.unwrap().high >= 104.0);
    bars.cancel().await;
    settled(&client).await;
    assert_eq!(server.open_lines(), 0);
}

#[tokio::test]
async fn records_begin_where_the_exchange_says() {
    let server = server().await;
    let client = client(&server, 1).await;
    let contract = apple_contract();
    let head = client.head_timestamp(
        &contract,
        HistoricalWhatToShow::Trades,
        TradingHours::Regular,
    );
    let head = within(head).await.unwrap();
    assert_eq!(head.date(), date!(2018 - 01 - 02));
}

#[tokio::test]
async fn schedules_tell_sessions_and_holidays() {
    let server = server().await;
    let client = client(&server, 1).await;
    let contract = apple_contract();
    let request = client.historical_schedules(&contract, 5.days());
    let schedule = request.ending(datetime!(2021-12-28 23:00 UTC));
    let schedule = within(schedule.fetch()).await.unwrap();
    let days: Vec<_> = schedule.sessions.iter().map(|row| row.reference).collect();
    assert_eq!(
        days,
        [
            date!(2021 - 12 - 21),
            date!(2021 - 12 - 22),
            date!(2021 - 12 - 23),
            date!(2021 - 12 - 27),
            date!(2021 - 12 - 28),
        ]
    );
    assert_eq!(schedule.time_zone, "US/Eastern");
    assert_eq!(schedule.sessions[0].start, datetime!(2021-12-21 14:30 UTC));
    assert_eq!(schedule.sessions[0].end, datetime!(2021-12-21 21:00 UTC));
}

#[tokio::test]
async fn past_ticks_are_those_that_were() {
    let server = server().await;
    let client = client(&server, 1).await;
    let contract = apple_contract();
    advance(&server, 10);
    let order = client.order(&contract).buy(12).market().account("DU1");
    order.submit().await.unwrap();
    settled(&client).await;
    advance(&server, 10);
    let trades = client.historical_ticks(&contract, 100);
    let trades = trades.starting(datetime!(2022-01-03 15:00:01 UTC));
    let mut trades = trades
        .trading_hours(TradingHours::Regular)
        .trade()
        .await
        .unwrap();
    let first = within(trades.next()).await.unwrap().unwrap();
    let SubscriptionItem::Data(first) = first else {
        panic!("{first:?}")
    };
    assert_eq!((first.price, first.size), (100.01, Some(12.0)));
    assert_eq!(first.timestamp, datetime!(2022-01-03 15:00:10 UTC));
    let quotes = client.historical_ticks(&contract, 10);
    let quotes = quotes.ending(datetime!(2022-01-03 15:00:15 UTC));
    let quotes = quotes.bid_ask(IgnoreSize::No).await.unwrap();
    let quotes: Vec<_> = within(quotes.filter_data().collect::<Vec<_>>()).await;
    assert!(!quotes.is_empty());
    assert!(quotes.iter().all(|tick| {
        let tick = tick.as_ref().unwrap();
        tick.price_bid < tick.price_ask
    }));
    let middle = client.historical_ticks(&contract, 10);
    let middle = middle.ending(datetime!(2022-01-03 15:00:15 UTC));
    let middle = middle.mid_point().await.unwrap();
    let id = middle.request_id();
    let middle: Vec<_> = within(middle.filter_data().collect::<Vec<_>>()).await;
    assert_eq!(middle.last().unwrap().as_ref().unwrap().price, 100.0);
    client.cancel_historical_ticks(id).await.unwrap();
    settled(&client).await;
}

#[tokio::test]
async fn a_histogram_adds_up_the_volume_by_price() {
    let server = server().await;
    let client = client(&server, 1).await;
    let contract = apple_contract();
    let period = HistoricalBarSize::Week;
    let rows = within(client.histogram_data(&contract, TradingHours::Regular, period)).await;
    let rows = rows.unwrap();
    assert!(rows.len() > 3, "{rows:?}");
    assert!(rows.iter().all(|row| row.size.unwrap() > 0.0));
}

#[tokio::test]
async fn what_is_not_recorded_is_refused() {
    let server = server().await;
    let client = client(&server, 1).await;
    let missing = Contract::stock("NOSUCH").build();
    let request = client.historical_data(&missing, HistoricalBarSize::Day);
    assert_eq!(
        code(within(request.duration(5.days()).fetch()).await),
        Some(200)
    );
    let contract = apple_contract();
    let early = client.historical_data(&contract, HistoricalBarSize::Day);
    let early = early
        .duration(5.days())
        .ending(datetime!(2001-01-05 0:00 UTC));
    assert_eq!(code(within(early.fetch()).await), Some(162));
    let long = client.historical_data(&contract, HistoricalBarSize::Sec5);
    assert_eq!(
        code(within(long.duration(1.years()).fetch()).await),
        Some(162)
    );
    let index = Contract::index("SPX");
    let quotes = client.historical_data(&index, HistoricalBarSize::Day);
    let quotes = quotes
        .what_to_show(HistoricalWhatToShow::Bid)
        .duration(5.days());
    assert_eq!(code(within(quotes.fetch()).await), Some(162));
}

#[tokio::test]
async fn the_same_small_bars_twice_are_too_fast() {
    let mut habits = Habits::unlimited();
    habits.history_limits = true;
    let server = server_with(habits).await;
    let client = client(&server, 1).await;
    advance(&server, 600);
    let contract = apple_contract();
    let ask = || {
        let request = client.historical_data(&contract, HistoricalBarSize::Sec5);
        request.duration(600.seconds()).fetch()
    };
    assert!(within(ask()).await.is_ok());
    let again = within(ask()).await;
    let Err(Error::Notice(notice)) = again else {
        panic!("{again:?}")
    };
    assert_eq!(notice.code, 162);
    assert!(notice.message.contains("pacing violation"), "{notice}");
}
