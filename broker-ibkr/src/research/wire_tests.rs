use std::sync::Arc;

use broker_core::{
    ErrorKind, Research as _, dec,
    model::{
        Currency, FundamentalKind, Instrument, Mic, ResearchQuery, ScannerQuery, ScannerRanking,
    },
};

use super::service::Reports;
use crate::{
    instrument::Book,
    scripted_gateway::{Gateway, Known, Message},
};

const APPLE: Known = Known {
    number: 265_598,
    symbol: "AAPL",
    primary: "NASDAQ",
    magnifier: 1,
};

fn apple() -> Instrument {
    Instrument::equity("AAPL", Mic::XNAS, Currency::USD).unwrap()
}

async fn start() -> (Gateway, Arc<Reports>) {
    let gateway = Gateway::start(vec![APPLE]).await;
    let reports = Reports::new(Arc::clone(&gateway.link), Arc::new(Book::default()));
    (gateway, Arc::new(reports))
}

#[tokio::test]
async fn the_calendar_is_described_before_its_events_are_asked_for() {
    let (mut gateway, reports) = start().await;
    let asked = Arc::clone(&reports);
    let query = ResearchQuery::new(apple());
    let asking = tokio::spawn(async move { asked.corporate_actions(&query).await });
    let metadata = gateway.expect(100).await;
    gateway.send(
        104,
        &Message::new().with_int(1, metadata.id()).with_text(2, "{}"),
    );
    let events = gateway.expect(102).await;
    let json = r#"[{"event_type": "wshe_ed", "index_date": "20260430", "data": {}}]"#;
    gateway.send(
        105,
        &Message::new().with_int(1, events.id()).with_text(2, json),
    );
    assert_eq!(asking.await.unwrap().unwrap().len(), 1);
}

#[tokio::test]
async fn without_a_subscription_the_calendar_is_denied() {
    let (mut gateway, reports) = start().await;
    let query = ResearchQuery::new(apple());
    let asking = tokio::spawn(async move { reports.corporate_actions(&query).await });
    let metadata = gateway.expect(100).await;
    gateway.refuse(metadata.id(), 10_276, "News feed is not allowed");
    let error = asking.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert_eq!(error.broker_code(), Some("10276"));
}

#[tokio::test]
async fn headlines_come_newest_first_and_lead_to_their_article() {
    let (mut gateway, reports) = start().await;
    let asked = Arc::clone(&reports);
    let mut query = ResearchQuery::new(apple());
    query.limit = 5;
    let asking = tokio::spawn(async move { asked.news(&query).await });
    gateway.expect(85).await;
    let provider = Message::new().with_text(1, "BRFG").with_text(2, "Briefing");
    gateway.send(85, &Message::new().with_message(1, &provider));
    let request = gateway.expect(86).await;
    for (time, id) in [
        ("2026-01-15 10:00:00.0", "A1"),
        ("2026-01-16 10:00:00.0", "A2"),
    ] {
        let news = Message::new().with_int(1, request.id()).with_text(2, time);
        let news = news
            .with_text(3, "BRFG")
            .with_text(4, id)
            .with_text(5, "Headline");
        gateway.send(86, &news);
    }
    gateway.send(87, &Message::new().with_int(1, request.id()));
    let headlines = asking.await.unwrap().unwrap();
    let ids: Vec<_> = headlines
        .iter()
        .map(|headline| headline.id.as_str())
        .collect();
    assert_eq!(ids, ["A2", "A1"]);
    let asked = Arc::clone(&reports);
    let asking = tokio::spawn(async move { asked.article("BRFG", "A2").await });
    let request = gateway.expect(84).await;
    gateway.send(
        83,
        &Message::new()
            .with_int(1, request.id())
            .with_text(3, "Text"),
    );
    let article = asking.await.unwrap().unwrap();
    assert_eq!(
        (article.headline.id.as_str(), article.text.as_str()),
        ("A2", "Text")
    );
    let asking = tokio::spawn(async move { reports.article("BRFG", "none").await });
    let request = gateway.expect(84).await;
    gateway.refuse(request.id(), 10_172, "Failed to request news article");
    assert_eq!(
        asking.await.unwrap().unwrap_err().kind(),
        ErrorKind::NotFound
    );
}

#[tokio::test]
async fn a_scan_ranks_from_one() {
    let (mut gateway, reports) = start().await;
    let query = ScannerQuery {
        ranking: ScannerRanking::TopGainers,
        limit: 3,
        price_above: "5.5".parse().ok(),
    };
    let asking = tokio::spawn(async move { reports.scan(&query).await });
    let request = gateway.expect(22).await;
    assert_eq!(request.body.message(2).text(4), "TOP_PERC_GAIN");
    let contract = Message::new()
        .with_int(1, APPLE.number)
        .with_text(2, "AAPL");
    let row = Message::new().with_message(2, &contract.with_text(3, "STK"));
    gateway.send(
        20,
        &Message::new()
            .with_int(1, request.id())
            .with_message(2, &row),
    );
    let rows = asking.await.unwrap().unwrap();
    assert_eq!((rows[0].rank, rows[0].instrument.clone()), (1, apple()));
    assert_eq!(rows[0].last, None);
    assert_eq!(dec!(1), rows.len().into());
}

#[tokio::test]
async fn company_reports_are_unsupported_with_the_reason() {
    let (_gateway, reports) = start().await;
    let answer = reports
        .fundamentals(&apple(), FundamentalKind::Summary)
        .await;
    assert_eq!(answer.unwrap_err().kind(), ErrorKind::Unsupported);
}
