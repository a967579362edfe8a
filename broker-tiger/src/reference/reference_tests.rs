//! Lists that are not whole are no answers.

use broker_core::{
    ErrorKind, Reference as _,
    model::{ChainQuery, Currency, Future, Instrument, SessionKind, TradingSchedule},
};
use chrono::NaiveDate;

use super::Instruments;
use crate::{
    orders::fixtures::{Scene, account, apple, contract},
    transport::scripted_server::Step,
};

async fn instruments(steps: impl IntoIterator<Item = Step>) -> (Instruments, Scene) {
    let scene = Scene::new(steps).await;
    let (link, book) = scene.blotter.parts();
    (Instruments::new(link, book, account()), scene)
}

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn calendar(days: &[(&str, &str)]) -> Step {
    let rows = days
        .iter()
        .map(|(date, kind)| format!(r#"{{"date":"{date}","type":"{kind}"}}"#));
    Step::data(&format!("[{}]", rows.collect::<Vec<_>>().join(",")))
}

fn holidays(schedule: &TradingSchedule) -> Vec<String> {
    let days = schedule.days.iter().filter(|day| day.holiday.is_some());
    days.map(|day| day.date.to_string()).collect()
}

#[tokio::test]
async fn a_weekday_between_trading_days_is_a_holiday() {
    let told = [("2025-12-24", "EARLY_CLOSE"), ("2025-12-26", "TRADING")];
    let (instruments, scene) = instruments([calendar(&told), contract()]).await;
    let (from, to) = (date("2025-12-24"), date("2025-12-28"));
    let schedule = instruments.schedule(&apple(), from, to).await.unwrap();
    assert_eq!(schedule.days.len(), 5);
    assert!(schedule.days[0].early_close);
    assert_eq!(holidays(&schedule), ["2025-12-25"]);
    assert_eq!(scene.asked(), ["trading_calendar", "contract"]);
    // Tiger said nothing of nights.
    let first = &schedule.days[0].windows[0];
    assert_eq!(first.kind, SessionKind::PreMarket);
}

#[tokio::test]
async fn a_holiday_at_the_end_of_the_range_is_proven_by_the_days_beyond_it() {
    let after = [("2025-12-26", "TRADING")];
    let before = [("2025-12-24", "EARLY_CLOSE")];
    let steps = [
        calendar(&[]),
        calendar(&before),
        calendar(&after),
        contract(),
    ];
    let (instruments, scene) = instruments(steps).await;
    let day = date("2025-12-25");
    let schedule = instruments.schedule(&apple(), day, day).await.unwrap();
    assert_eq!(holidays(&schedule), ["2025-12-25"]);
    assert_eq!(scene.parameters(1)["end_date"], "2025-12-24");
    assert_eq!(scene.parameters(2)["begin_date"], "2025-12-26");
}

#[tokio::test]
async fn a_share_of_the_night_trades_from_the_evening_before_its_days() {
    let share = r#"[{"symbol":"AAPL","secType":"STK","currency":"USD","market":"US",
        "primaryExchange":"NASDAQ","minTick":0.01,"contractId":14,"supportOvernightTrading":true}]"#;
    // The clocks change in the night of the Sunday.
    let told = [
        ("2025-10-31", "TRADING"),
        ("2025-11-03", "TRADING"),
        ("2025-11-28", "EARLY_CLOSE"),
    ];
    let (instruments, _scene) = instruments([calendar(&told), Step::data(share)]).await;
    let (from, to) = (date("2025-10-31"), date("2025-11-28"));
    let schedule = instruments.schedule(&apple(), from, to).await.unwrap();
    let nights = schedule.days.iter().flat_map(|day| {
        let of_night = day.windows.iter();
        of_night.filter(|window| window.kind == SessionKind::Overnight)
    });
    let nights: Vec<_> = nights
        .map(|night| (night.open.to_rfc3339(), night.close.to_rfc3339()))
        .collect();
    let night = |open: &str, close: &str| {
        (
            format!("{open}:00:00+00:00"),
            format!("{close}:00:00+00:00"),
        )
    };
    assert_eq!(
        nights,
        [
            night("2025-10-31T00", "2025-10-31T08"),
            // Sunday evening.
            night("2025-11-03T01", "2025-11-03T09"),
            night("2025-11-28T01", "2025-11-28T09"),
        ]
    );
    assert_eq!(schedule.days[0].windows[0].kind, SessionKind::Overnight);
}

#[tokio::test]
async fn a_weekday_beyond_the_calendar_is_not_called_a_holiday() {
    let told = [("2025-12-30", "TRADING"), ("2025-12-31", "TRADING")];
    let (instruments, _scene) = instruments([calendar(&told), calendar(&[])]).await;
    let (from, to) = (date("2025-12-30"), date("2026-01-08"));
    let error = instruments.schedule(&apple(), from, to).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Incomplete, "{error}");
    assert!(error.to_string().contains("2026-01-01"), "{error}");
}

#[tokio::test]
async fn a_new_word_for_a_day_is_an_error() {
    let told = [("2025-12-30", "TRADING"), ("2025-12-31", "LATE_OPEN")];
    let (instruments, _scene) = instruments([calendar(&told)]).await;
    let (from, to) = (date("2025-12-30"), date("2025-12-31"));
    let error = instruments.schedule(&apple(), from, to).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol, "{error}");
}

/// The future as a contract, and its hours on single dates.
async fn crude(hours: &[&str]) -> (Instruments, Scene, Instrument) {
    let rows = r#"{"contractCode":"CL2509","type":"CL","exchange":"NYMEX","name":"WTI Crude Oil",
        "contractMonth":"202509","lastTradingDate":"20250820","currency":"USD","multiplier":1000,
        "minTick":0.01,"trade":true,"continuous":false}"#;
    let steps = core::iter::once(Step::data(&format!("[{rows}]")));
    let hours: Vec<Step> = hours.iter().map(|told| Step::data(told)).collect();
    let (instruments, scene) = instruments(steps.chain(hours)).await;
    let future = Instrument::Future(Future {
        root: "CL".parse().unwrap(),
        exchange: "XNYM".parse().unwrap(),
        expiry: date("2025-08-20"),
        currency: Currency::USD,
    });
    (instruments, scene, future)
}

#[tokio::test]
async fn a_future_trades_when_each_date_says() {
    let (from, to) = (date("2025-07-04"), date("2025-07-05"));
    let nothing = r#"{"biddingTimes":null,"tradingTimes":[],"timeSection":"America/New_York"}"#;
    // The breaks of a date are told out of order, and numbers as texts.
    let broken = r#"{"biddingTimes":[],"tradingTimes":[{"start":"1751666400000","end":"1751670000000"},
        {"start":1751637600000,"end":1751641200000}],"timeSection":"America/New_York"}"#;
    let (instruments, scene, future) = crude(&[nothing, broken]).await;
    let hours = instruments.schedule(&future, from, to).await.unwrap();
    assert_eq!(holidays(&hours), ["2025-07-04"]);
    let opens: Vec<i64> = hours.days[1]
        .windows
        .iter()
        .map(|window| window.open.timestamp_millis())
        .collect();
    assert_eq!(opens, [1_751_637_600_000, 1_751_666_400_000]);
    assert_eq!(scene.parameters(2)["trading_date"], "2025-07-05");
    assert_eq!(scene.parameters(2)["contract_code"], "CL2509");
}

#[tokio::test]
async fn hours_of_a_future_that_make_no_sense_are_no_hours() {
    let day = date("2025-07-03");
    for odd in [
        r#"{"biddingTimes":[],"timeSection":"America/New_York"}"#,
        r#"{"tradingTimes":[{"start":2000,"end":1000}],"timeSection":"America/New_York"}"#,
        r#"{"tradingTimes":[{"start":1000}],"timeSection":"America/New_York"}"#,
        r#"{"tradingTimes":[],"timeSection":"Atlantis"}"#,
        r#"{"tradingTimes":[],"timeSection":null}"#,
    ] {
        let (instruments, _scene, future) = crude(&[odd]).await;
        let error = instruments.schedule(&future, day, day).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol, "{odd}: {error}");
    }
}

#[tokio::test]
async fn hours_of_a_future_are_asked_for_a_month_at_most() {
    let (instruments, scene, future) = crude(&[]).await;
    let (from, to) = (date("2025-07-01"), date("2025-08-01"));
    let error = instruments.schedule(&future, from, to).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error}");
    assert!(scene.asked().is_empty());
}

#[tokio::test]
async fn a_chain_of_which_a_row_cannot_be_read_is_no_chain() {
    let good = r#"{"call":{"identifier":"AAPL  251219C00200000","strike":"200.0"}}"#;
    for odd in [
        r#"{"call":{"identifier":"AAPL  251219C00210000","strike":{}}}"#,
        r#"{"call":{"identifier":"AAPL  251219C00210000"}}"#,
    ] {
        let told = format!(r#"[{{"symbol":"AAPL","items":[{good},{odd}]}}]"#);
        let (instruments, _scene) = instruments([Step::data(&told)]).await;
        let query = ChainQuery::new(apple(), date("2025-12-19"));
        let error = instruments.option_chain(&query).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol, "{error}");
    }
    let told = format!(r#"[{{"symbol":"AAPL","items":[{good}]}}]"#);
    let (instruments, _scene) = instruments([Step::data(&told)]).await;
    let query = ChainQuery::new(apple(), date("2025-12-19"));
    let chain = instruments.option_chain(&query).await.unwrap();
    assert_eq!(chain.options.len(), 1);
}

#[tokio::test]
async fn expiries_of_which_one_cannot_be_read_are_an_error() {
    let told = r#"[{"symbol":"AAPL","dates":["2025-12-19","19 December"]}]"#;
    let (instruments, _scene) = instruments([Step::data(told)]).await;
    let error = instruments.option_expirations(&apple()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol, "{error}");
}
