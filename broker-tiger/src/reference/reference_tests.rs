//! Lists that are not whole are no answers.

use broker_core::{
    ErrorKind, Reference as _,
    model::{ChainQuery, TradingSchedule},
};
use chrono::NaiveDate;

use super::Instruments;
use crate::{
    orders::fixtures::{Scene, account, apple},
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
    let (instruments, scene) = instruments([calendar(&told)]).await;
    let (from, to) = (date("2025-12-24"), date("2025-12-28"));
    let schedule = instruments.schedule(&apple(), from, to).await.unwrap();
    assert_eq!(schedule.days.len(), 5);
    assert!(schedule.days[0].early_close);
    assert_eq!(holidays(&schedule), ["2025-12-25"]);
    assert_eq!(scene.asked().len(), 1);
}

#[tokio::test]
async fn a_holiday_at_the_end_of_the_range_is_proven_by_the_days_beyond_it() {
    let after = [("2025-12-26", "TRADING")];
    let before = [("2025-12-24", "EARLY_CLOSE")];
    let steps = [calendar(&[]), calendar(&before), calendar(&after)];
    let (instruments, scene) = instruments(steps).await;
    let day = date("2025-12-25");
    let schedule = instruments.schedule(&apple(), day, day).await.unwrap();
    assert_eq!(holidays(&schedule), ["2025-12-25"]);
    assert_eq!(scene.parameters(1)["end_date"], "2025-12-24");
    assert_eq!(scene.parameters(2)["begin_date"], "2025-12-26");
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
