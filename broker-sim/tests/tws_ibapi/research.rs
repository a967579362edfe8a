use ibapi::{
    accounts::ServerLogLevel,
    config::{ApiConfig, ApiSettings, LockAndExit, MessageSetting},
    news::ArticleType,
    prelude::*,
    scanner::ScannerSubscription,
};
use time::macros::datetime;

use crate::stage::{client, server};

/// Apple, by TWS's number.
const APPLE: i32 = 265_598;

#[tokio::test]
async fn headlines_lead_to_articles() {
    let server = server().await;
    let client = client(&server, 1).await;
    let providers = client.news_providers().await.unwrap();
    let codes: Vec<&str> = providers
        .iter()
        .map(|provider| provider.code.as_str())
        .collect();
    let (from, to) = (
        datetime!(2021-12-01 0:00 UTC),
        datetime!(2022-02-01 0:00 UTC),
    );
    let headlines = client
        .historical_news(APPLE, &codes, from, to, 10)
        .await
        .unwrap();
    let headlines: Vec<_> = headlines.filter_data().collect().await;
    let headline = headlines.first().unwrap().as_ref().unwrap();
    assert!(headline.headline.contains("AAPL"));
    assert!(headline.time > from && headline.time < to);
    let article = client
        .news_article(&headline.provider_code, &headline.article_id)
        .await
        .unwrap();
    assert!(matches!(article.article_type, ArticleType::Text));
    assert!(article.article_text.contains("AAPL"));
    let missing = client.news_article("SIM", "no such thing").await;
    assert!(
        matches!(missing, Err(Error::Notice(ref notice)) if notice.code == 10172),
        "{missing:?}"
    );
}

#[tokio::test]
async fn bulletins_are_heard_while_they_are_read() {
    let server = server().await;
    let client = client(&server, 1).await;
    let bulletins = client.news_bulletins(true).await.unwrap();
    let mut bulletins = bulletins.filter_data();
    // The request is on its way; a question that is answered says that it has arrived.
    client.server_time().await.unwrap();
    server.publish_bulletin("the exchange opens late");
    let bulletin = bulletins.next().await.unwrap().unwrap();
    assert_eq!(bulletin.message, "the exchange opens late");
}

#[tokio::test]
async fn a_scan_gives_ranked_rows() {
    let server = server().await;
    let client = client(&server, 1).await;
    let parameters = client.scanner_parameters().await.unwrap();
    assert!(parameters.contains("TOP_PERC_GAIN"));
    let mut wanted = ScannerSubscription {
        number_of_rows: 5,
        instrument: Some("STK".into()),
        location_code: Some("STK.US.MAJOR".into()),
        scan_code: Some("TOP_PERC_GAIN".into()),
        ..ScannerSubscription::default()
    };
    let rows = client.scanner_subscription(&wanted, &[]).await.unwrap();
    let rows = rows.filter_data().next().await.unwrap().unwrap();
    assert_eq!(rows.len(), 5);
    assert!(
        rows.iter()
            .all(|row| !row.contract_details.contract.symbol.as_str().is_empty())
    );
    wanted.scan_code = Some("NO_SUCH_SCAN".into());
    let refused = client.scanner_subscription(&wanted, &[]).await.unwrap();
    let refused = refused.filter_data().next().await.unwrap();
    assert!(
        matches!(refused, Err(Error::Notice(ref notice)) if notice.code == 162),
        "{refused:?}"
    );
}

#[tokio::test]
async fn the_event_calendar_opens_after_its_metadata() {
    let server = server().await;
    let client = client(&server, 1).await;
    let early = client.wsh_event_data_by_contract(APPLE).fetch().await;
    assert!(
        matches!(early, Err(Error::Notice(ref notice)) if notice.code == 10282),
        "{early:?}"
    );
    let metadata = client.wsh_metadata().await.unwrap();
    assert!(metadata.data_json.contains("wshe_ed"));
    let events = client
        .wsh_event_data_by_contract(APPLE)
        .limit(5)
        .fetch()
        .await
        .unwrap();
    assert!(events.data_json.contains("wshe_ed"));
    let filter = format!(r#"{{"watchlist":["{APPLE}"],"wshe_ed":"true"}}"#);
    let events = client
        .wsh_event_data_by_filter(&filter)
        .subscribe()
        .await
        .unwrap();
    let events = events.filter_data().next().await.unwrap().unwrap();
    assert!(events.data_json.contains("earnings_date"));
}

#[tokio::test]
async fn a_display_group_shows_what_it_is_told() {
    let server = server().await;
    let client = client(&server, 1).await;
    let groups = client.display_groups().await.unwrap();
    assert!(groups.contains(&3));
    let mut group = client.subscribe_to_group_events(3).await.unwrap();
    let mut shown = Vec::new();
    for change in ["265598@SMART", "none"] {
        shown.push(next_group(&mut group).await);
        group.update(change).await.unwrap();
    }
    shown.push(next_group(&mut group).await);
    assert_eq!(shown, ["none", "265598@SMART", "none"]);
}

async fn next_group(group: &mut ibapi::display_groups::DisplayGroupSubscription) -> String {
    loop {
        match group.next().await.unwrap().unwrap() {
            SubscriptionItem::Data(update) => return update.contract_info,
            SubscriptionItem::Notice(notice) => println!("{notice:?}"),
        }
    }
}

#[tokio::test]
async fn settings_are_read_and_changed() {
    let server = server().await;
    let client = client(&server, 1).await;
    let config = client.config().await.unwrap();
    let settings = config.api.unwrap().settings.unwrap();
    assert_eq!(settings.read_only_api, Some(false));
    let change = ApiConfig {
        settings: Some(ApiSettings {
            read_only_api: Some(true),
            ..ApiSettings::default()
        }),
        ..ApiConfig::default()
    };
    let answer = client.update_config().api(change).submit().await.unwrap();
    assert_eq!(answer.changed_fields, ["api.settings.read_only_api"]);
    assert!(server.habits().read_only);
    let logoff = LockAndExit {
        auto_logoff_time: Some("10:30".into()),
        ..LockAndExit::default()
    };
    let answer = client
        .update_config()
        .lock_and_exit(logoff)
        .reset_api_order_sequence()
        .submit()
        .await
        .unwrap();
    assert_eq!(
        answer.changed_fields,
        ["lockAndExit.auto_logoff_time", "resetApiOrderSequence"]
    );
    let config = client.config().await.unwrap();
    let time = config.lock_and_exit.unwrap().auto_logoff_time;
    assert_eq!(time.as_deref(), Some("10:30"));
    let answer = client
        .update_config()
        .message(MessageSetting::default())
        .accept_warnings(Vec::new())
        .submit()
        .await
        .unwrap();
    assert_eq!(answer.status.as_deref(), Some("error"));
    assert_eq!(answer.errors.len(), 1);
}

#[tokio::test]
async fn small_questions_about_the_session_are_answered() {
    let server = server().await;
    let client = client(&server, 1).await;
    assert_eq!(client.user_info().await.unwrap().white_branding_id, "");
    client
        .set_server_log_level(ServerLogLevel::Detail)
        .await
        .unwrap();
    let challenge = client.verify_request("test", "1.0").await.unwrap();
    let verified = client.verify_message(&challenge.api_data).await.unwrap();
    assert!(!verified.is_successful);
}
