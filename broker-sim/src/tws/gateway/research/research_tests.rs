use crate::tws::{
    gateway::{Habits, test_seat::Seat},
    message::*,
};

#[test]
fn an_article_is_found_by_the_headline_that_names_it() {
    let mut seat = Seat::new(Habits::default());
    let con_id = seat.con_id("AAPL");
    seat.ask(Request::NewsProviders(NewsProvidersRequest {}));
    let Some(Reply::NewsProviders(providers)) = seat.next() else {
        panic!("providers")
    };
    let codes = providers.news_providers[0].provider_code.clone();
    seat.ask(Request::HistoricalNews(HistoricalNewsRequest {
        req_id: Some(7),
        con_id: Some(con_id),
        provider_codes: codes.clone(),
        total_results: Some(10),
        ..HistoricalNewsRequest::default()
    }));
    let Some(Reply::HistoricalNews(headline)) = seat.next() else {
        panic!("a headline")
    };
    assert!(headline.headline.unwrap().contains("AAPL"));
    assert!(
        matches!(seat.next(), Some(Reply::HistoricalNewsEnd(end)) if end.has_more == Some(false))
    );
    seat.ask(Request::NewsArticle(NewsArticleRequest {
        req_id: Some(8),
        provider_code: codes,
        article_id: headline.article_id,
        ..NewsArticleRequest::default()
    }));
    assert!(
        matches!(seat.next(), Some(Reply::NewsArticle(article)) if article.article_text.is_some())
    );
}

#[test]
fn news_that_cannot_be_had_is_an_error_by_its_code() {
    let mut seat = Seat::new(Habits::default());
    let mut ask = |con_id: i32, codes: &str, total: i32, start: &str| {
        seat.ask(Request::HistoricalNews(HistoricalNewsRequest {
            req_id: Some(7),
            con_id: Some(con_id),
            provider_codes: Some(codes.into()),
            start_date_time: Some(start.into()),
            total_results: Some(total),
            ..HistoricalNewsRequest::default()
        }));
        seat.next_error()
    };
    assert_eq!(ask(265_598, "SIM", 0, ""), 321);
    assert_eq!(ask(265_598, "BRFG", 5, ""), 10276);
    assert_eq!(ask(265_598, "SIM", 5, "yesterday"), 321);
    assert_eq!(ask(77, "SIM", 5, ""), 200);
    seat.ask(Request::NewsArticle(NewsArticleRequest::default()));
    assert_eq!(seat.next_error(), 10172);
}

#[test]
fn bulletins_reach_those_who_read_them_and_late_readers_who_ask_for_all() {
    let mut seat = Seat::new(Habits::default());
    let read = |all| {
        Request::NewsBulletins(NewsBulletinsRequest {
            all_messages: Some(all),
        })
    };
    seat.publish_bulletin("before anyone reads");
    seat.ask(read(false));
    assert_eq!(seat.next(), None);
    seat.publish_bulletin("a test");
    assert!(matches!(seat.next(), Some(Reply::NewsBulletin(b)) if b.news_msg_id == Some(2)));
    seat.ask(read(true));
    assert!(matches!(seat.next(), Some(Reply::NewsBulletin(b)) if b.news_msg_id == Some(1)));
    assert!(matches!(seat.next(), Some(Reply::NewsBulletin(b)) if b.news_msg_id == Some(2)));
    seat.ask(Request::CancelNewsBulletins(CancelNewsBulletins {}));
    seat.publish_bulletin("nobody listens");
    assert_eq!(seat.next(), None);
}

fn scan(code: &str, rows: i32) -> Request {
    Request::Scanner(ScannerSubscriptionRequest {
        req_id: Some(3),
        scanner_subscription: Some(ScannerSubscription {
            number_of_rows: Some(rows),
            instrument: Some("STK".into()),
            location_code: Some("STK.US.MAJOR".into()),
            scan_code: Some(code.into()),
            ..ScannerSubscription::default()
        }),
    })
}

#[test]
fn a_scan_is_ranked_refreshed_and_canceled() {
    let mut seat = Seat::new(Habits::default());
    seat.ask(scan("MOST_ACTIVE", 5));
    let Some(Reply::ScannerData(data)) = seat.next() else {
        panic!("rows")
    };
    let ranks: Vec<_> = data
        .scanner_data_element
        .iter()
        .map(|row| row.rank)
        .collect();
    assert_eq!(ranks, (0..5).map(Some).collect::<Vec<_>>());
    seat.ask(scan("MOST_ACTIVE", 5));
    assert_eq!(seat.next_error(), 322);
    seat.advance(31);
    assert!(matches!(seat.next(), Some(Reply::ScannerData(_))));
    let cancel = Request::CancelScanner(CancelScannerSubscription { req_id: Some(3) });
    seat.ask(cancel.clone());
    assert_eq!(seat.next_error(), 162);
    seat.advance(61);
    assert_eq!(seat.next(), None);
    seat.ask(cancel);
    assert_eq!(seat.next_error(), 365);
    seat.ask(scan("HOTTEST", 5));
    assert_eq!(seat.next_error(), 162);
}

#[test]
fn every_scan_in_the_parameters_is_served() {
    let mut seat = Seat::new(Habits::default());
    seat.ask(Request::ScannerParameters(ScannerParametersRequest {}));
    let Some(Reply::ScannerParameters(parameters)) = seat.next() else {
        panic!("parameters")
    };
    let xml = parameters.xml.unwrap();
    let codes: Vec<_> = xml
        .split("<scanCode>")
        .skip(1)
        .filter_map(|rest| rest.split('<').next())
        .collect();
    assert!(!codes.is_empty());
    for code in codes {
        seat.ask(scan(code, 1));
        assert!(matches!(seat.next(), Some(Reply::ScannerData(_))), "{code}");
        seat.ask(Request::CancelScanner(CancelScannerSubscription {
            req_id: Some(3),
        }));
        seat.next_error();
    }
}

#[test]
fn the_calendar_opens_after_its_metadata_and_only_for_what_is_asked() {
    let mut seat = Seat::new(Habits::default());
    let con_id = seat.con_id("ZVZZT");
    let ask = |filter: Option<String>, con_id: Option<i32>| {
        Request::WshEventData(WshEventDataRequest {
            req_id: Some(2),
            con_id,
            filter,
            ..WshEventDataRequest::default()
        })
    };
    seat.ask(ask(None, Some(con_id)));
    assert_eq!(seat.next_error(), 10282);
    seat.ask(Request::WshMetaData(WshMetaDataRequest { req_id: Some(1) }));
    assert!(matches!(seat.next(), Some(Reply::WshMetaData(_))));
    let filter = format!(r#"{{"watchlist":["{con_id}"],"wshe_div":"true"}}"#);
    seat.ask(ask(Some(filter.clone()), None));
    let Some(Reply::WshEventData(events)) = seat.next() else {
        panic!("events")
    };
    let events: Vec<serde_json::Value> = serde_json::from_str(&events.data_json.unwrap()).unwrap();
    assert!(events.len() >= 3, "quarterly dividends");
    assert!(events.iter().all(|event| event["event_type"] == "wshe_div"));
    assert_eq!(events[0]["data"]["dividend_oc"], "0.35");
    seat.ask(ask(Some(filter), Some(con_id)));
    assert_eq!(seat.next_error(), 10283);
}

#[test]
fn everyone_who_follows_a_display_group_sees_its_change() {
    let mut seat = Seat::new(Habits::default());
    let follow = |req_id, group| {
        Request::SubscribeToGroupEvents(SubscribeToGroupEventsRequest {
            req_id: Some(req_id),
            group_id: Some(group),
        })
    };
    let shown = |seat: &mut Seat| match seat.next() {
        Some(Reply::DisplayGroupUpdated(update)) => {
            (update.req_id.unwrap(), update.contract_info.unwrap())
        }
        other => panic!("{other:?}"),
    };
    seat.ask(follow(1, 4));
    assert_eq!(shown(&mut seat), (1, "none".into()));
    seat.ask(follow(2, 4));
    assert_eq!(shown(&mut seat), (2, "none".into()));
    seat.ask(Request::UpdateDisplayGroup(UpdateDisplayGroupRequest {
        req_id: Some(2),
        contract_info: Some("265598@SMART".into()),
    }));
    assert_eq!(shown(&mut seat), (1, "265598@SMART".into()));
    assert_eq!(shown(&mut seat), (2, "265598@SMART".into()));
    seat.ask(follow(3, 99));
    assert_eq!(seat.next_error(), 321);
}

#[test]
fn a_setting_that_is_changed_takes_effect_and_is_named() {
    let mut seat = Seat::new(Habits::default());
    seat.ask(Request::UpdateConfig(UpdateConfigRequest {
        req_id: Some(1),
        api: Some(ApiConfig {
            settings: Some(ApiSettingsConfig {
                read_only_api: Some(true),
                allow_localhost_only: Some(true),
                ..ApiSettingsConfig::default()
            }),
            ..ApiConfig::default()
        }),
        ..UpdateConfigRequest::default()
    }));
    let Some(Reply::UpdateConfig(answer)) = seat.next() else {
        panic!("an answer")
    };
    assert_eq!(answer.changed_fields, ["api.settings.read_only_api"]);
    assert!(seat.gateway().habits().read_only);
    seat.ask(Request::Config(ConfigRequest { req_id: Some(2) }));
    let Some(Reply::Config(config)) = seat.next() else {
        panic!("the settings")
    };
    assert_eq!(
        config.api.unwrap().settings.unwrap().read_only_api,
        Some(true)
    );
}

#[test]
fn a_company_report_that_does_not_exist_is_an_error() {
    let mut seat = Seat::new(Habits::default());
    let contract = seat.contract("AAPL");
    let ask = |report_type: &str| {
        Request::FundamentalData(FundamentalDataRequest {
            req_id: 9,
            contract: contract.clone(),
            report_type: report_type.into(),
        })
    };
    let mut codes = Vec::new();
    for report in ["ReportsOwnership", "Gossip"] {
        seat.ask(ask(report));
        codes.push(seat.next_error());
    }
    assert_eq!(codes, [430, 321]);
}
