use broker_core::{Broker, BrokerExt, ErrorKind, dec, model::*};
use chrono::TimeDelta;

use super::{PaperBroker, faults_tests::paper};
use crate::data::{DataSet, ReadOptions};

#[tokio::test]
async fn the_same_prices_come_whether_time_jumps_or_crawls() {
    async fn run(pieces: i32) -> Vec<String> {
        let paper = paper();
        let account = paper.account().clone();
        let mut reader = paper.events(&account).unwrap();
        for number in 0..4 {
            let id = ClientOrderId::new(format!("jump-{number}")).unwrap();
            let order = paper
                .buy("AAA", 100)
                .limit(dec!(100) + rust_decimal::Decimal::from(number));
            let _ = order.client_order_id(id).submit().await.unwrap();
            for _ in 0..pieces {
                paper.world().advance(TimeDelta::hours(10) / pieces);
            }
        }
        let mut lines = Vec::new();
        while let Some(event) = reader.try_next() {
            lines.push(serde_json::to_string(&*event).unwrap());
        }
        lines
    }
    assert_eq!(run(1).await, run(125).await);
}

#[tokio::test]
async fn history_and_replay_close_as_recorded() {
    let shipped = DataSet::shipped().unwrap();
    let paper = PaperBroker::builder()
        .recorded_only()
        .points_per_day(4)
        .build()
        .unwrap();
    paper.world().advance(TimeDelta::days(400));
    for series in shipped.all_series() {
        let symbol = series.symbol().to_string();
        let instrument = paper.resolve(symbol.as_str()).await.unwrap();
        let mut query = BarQuery::new(instrument, BarInterval::Day1);
        query.limit = BarQuery::MAX_LIMIT;
        let bars = paper.market_data().unwrap().bars(&query).await.unwrap();
        assert!(
            bars.iter()
                .all(|bar| bar.low <= bar.open && bar.open <= bar.high)
        );
        let closes: Vec<_> = bars
            .iter()
            .map(|bar| (bar.start.date_naive(), bar.close.get()))
            .collect();
        let recorded: Vec<_> = series
            .bars()
            .iter()
            .map(|bar| (bar.at().date(), bar.close()))
            .collect();
        assert_eq!(closes, recorded, "{symbol}");
    }
}

#[tokio::test]
async fn a_malformed_file_names_its_place() {
    let path = std::env::temp_dir().join(format!("broker-sim-{}.csv", std::process::id()));
    std::fs::write(&path, "date,AAA\n2022-01-03,100\n2022-01-04,dear\n").unwrap();
    let error = PaperBroker::builder()
        .data_file(&path, ReadOptions::new())
        .build()
        .unwrap_err();
    std::fs::remove_file(&path).unwrap();
    let text = error.to_string();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    for part in [".csv", "3", "AAA"] {
        assert!(text.contains(part), "{text}");
    }
}

#[tokio::test]
async fn absurd_questions_get_typed_answers() {
    let paper = paper();
    let share = paper.resolve("AAA").await.unwrap();
    let mut query = BarQuery::new(share.clone(), BarInterval::Day1);
    query.start = Some(paper.world().now() + TimeDelta::days(9));
    let data = paper.market_data().unwrap();
    assert_eq!(
        data.bars(&query).await.unwrap_err().kind(),
        ErrorKind::InvalidRequest
    );
    let day = |year| chrono::NaiveDate::from_ymd_opt(year, 1, 1).unwrap();
    let reference = paper.reference().unwrap();
    for (from, to) in [
        (day(9999), day(9999)),
        (day(2022), day(2021)),
        (day(2000), day(2022)),
    ] {
        let error = reference.schedule(&share, from, to).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{from} {to}");
    }
    assert_eq!(
        paper.resolve("NONE").await.unwrap_err().kind(),
        ErrorKind::NotFound
    );
}
