use ibapi::{
    market_data::{TradingHours, historical::BarTimestamp},
    prelude::*,
};

use crate::stage::{client, server};

#[tokio::test]
async fn bars_come_with_the_range_that_they_cover() {
    let server = server().await;
    let client = client(&server, 1).await;
    let contract = Contract::stock("AAPL").build();
    let days = client
        .historical_data(&contract, HistoricalBarSize::Day)
        .what_to_show(HistoricalWhatToShow::Trades)
        .duration(10.days())
        .fetch()
        .await
        .unwrap();
    assert_eq!(days.bars.len(), 10);
    assert!(matches!(days.bars[0].date, BarTimestamp::Date(_)));
    assert_eq!(days.end.unix_timestamp(), server.world().now().timestamp());
    let minutes = client
        .historical_data(&contract, HistoricalBarSize::Min5)
        .what_to_show(HistoricalWhatToShow::MidPoint)
        .duration(1.days())
        .fetch()
        .await
        .unwrap();
    assert!(minutes.bars.len() > 3, "{}", minutes.bars.len());
}

#[tokio::test]
async fn records_have_a_beginning_and_a_spread_over_prices() {
    let server = server().await;
    let client = client(&server, 1).await;
    let contract = Contract::stock("AAPL").build();
    let head = client
        .head_timestamp(
            &contract,
            HistoricalWhatToShow::Trades,
            TradingHours::Regular,
        )
        .await
        .unwrap();
    assert!(head.unix_timestamp() < server.world().now().timestamp());
    let histogram = client
        .histogram_data(&contract, TradingHours::Regular, HistoricalBarSize::Week)
        .await
        .unwrap();
    assert!(!histogram.is_empty());
    let schedule = client
        .historical_schedules(&contract, 5.days())
        .fetch()
        .await
        .unwrap();
    assert_eq!(schedule.sessions.len(), 5);
}
