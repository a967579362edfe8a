use core::time::Duration;
use std::sync::Arc;

use broker_core::{BrokerExt as _, Decimal, dec, model::FillFilter};
use metrics_exporter_prometheus::PrometheusBuilder;
use serde_json::Map;

use super::Gauges;
use crate::{
    BrokerService, Call, FaultCode, Principal,
    http::test_support::{Bench, service, settings},
    principal::Role,
};

#[tokio::test]
async fn what_the_server_counts_is_for_keys_that_read_and_names_no_account() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let gauges = Gauges::of(recorder.handle());
    // The recorder of this thread only, on which the whole test runs.
    let _here = metrics::set_default_local_recorder(&recorder);
    let bench = Bench::with(settings(), |app| app, |rest| rest.with_gauges(gauges));
    let asked = "/v1/get_account_summary";
    assert_eq!(bench.get(asked, "read").await.status, 200);
    assert_eq!(bench.get(asked, "").await.status, 401);
    assert_eq!(bench.get("/metrics", "admin").await.status, 403);
    let answer = bench.get("/metrics", "read").await;
    assert_eq!(answer.status, 200);
    let kind = answer.headers["content-type"].to_str().unwrap();
    assert!(kind.starts_with("text/plain; version=0.0.4"), "{kind}");
    let text = answer.body.as_str().unwrap();
    let counted = |status: &str| {
        let status = format!("status=\"{status}\"");
        let mut lines = text.lines();
        lines.any(|line| line.starts_with("broker_http_requests_total{") && line.contains(&status))
    };
    for status in ["200", "401", "403"] {
        assert!(counted(status), "{status}: {text}");
    }
    assert!(text.contains("broker_http_request_seconds"), "{text}");
    for private in ["PAPER-1", "net_liquidation"] {
        assert!(!text.contains(private), "{text}");
    }
}

#[tokio::test]
async fn where_nothing_is_counted_it_is_said() {
    let bench = Bench::new();
    assert_eq!(bench.get("/metrics", "read").await.status, 404);
}

/// Somebody who has bought ten shares in each of two accounts.
async fn traders() -> (Arc<BrokerService>, Decimal) {
    let service = service();
    let mut paid = Decimal::ZERO;
    for seat in service.registry.seats() {
        let order = seat.broker.buy("AAPL", dec!(10));
        let order = order.account(seat.account().clone());
        assert!(order.submit().await.unwrap().1.is_accepted());
        let all = FillFilter::default();
        let fills = seat.broker.fills(seat.account(), &all).await.unwrap();
        let fills = fills.complete().unwrap();
        assert!(!fills.is_empty());
        if seat.account().as_str() == "PAPER-1" {
            paid = fills
                .iter()
                .map(|fill| fill.price.get() * fill.quantity.get())
                .sum();
        }
    }
    (service, paid)
}

/// The value of a metric of an account, exactly as it is written.
fn value(text: &str, name: &str, account: &str) -> Option<Decimal> {
    let begin = format!("{name}{{account=\"{account}\"");
    let line = text.lines().find(|line| line.starts_with(&begin))?;
    Some(line.rsplit_once(' ')?.1.parse().unwrap())
}

#[tokio::test]
async fn what_accounts_hold_is_told_to_their_readers_only_and_only_when_switched_on() {
    let (service, paid) = traders().await;
    let recorder = PrometheusBuilder::new().build_recorder();
    let gauges = || Gauges::of(recorder.handle());
    let off = Bench::over(
        Arc::clone(&service),
        settings(),
        |app| app,
        |rest| rest.with_gauges(gauges()),
    );
    let told = off.get("/metrics", "read").await.body;
    assert!(
        !told
            .as_str()
            .unwrap_or_default()
            .contains("broker_account_"),
        "{told}"
    );

    let on = Bench::over(
        Arc::clone(&service),
        settings(),
        |app| app,
        |rest| rest.with_gauges(gauges()).with_business(Duration::ZERO),
    );
    let told = on.get("/metrics", "read").await.body;
    let text = told.as_str().unwrap();
    let net = value(text, "broker_account_net_liquidation", "PAPER-1").unwrap();
    assert!(net > dec!(99_000) && net < dec!(101_000), "{net}");
    assert_eq!(
        value(text, "broker_account_traded_today", "PAPER-1"),
        Some(paid)
    );
    assert_eq!(
        value(text, "broker_account_executions_today", "PAPER-1"),
        Some(Decimal::ONE)
    );
    assert!(text.contains("# TYPE broker_account_cash gauge"), "{text}");
    assert!(!text.contains("PAPER-2"), "{text}");
    let told = on.get("/metrics", "other").await.body;
    let text = told.as_str().unwrap();
    assert!(
        value(text, "broker_account_cash", "PAPER-2").is_some(),
        "{text}"
    );
    assert!(!text.contains("PAPER-1"), "{text}");

    // What is not known now is not told as it was.
    let seats = service.registry.seats();
    seats[0].broker.close().await.unwrap();
    let told = on.get("/metrics", "read").await.body;
    assert!(
        !told.as_str().unwrap_or_default().contains("PAPER-1"),
        "{told}"
    );
}

#[tokio::test]
async fn wrong_keys_and_too_many_requests_are_counted_by_reason() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let _here = metrics::set_default_local_recorder(&recorder);
    let bench = Bench::new();
    bench.get("/v1/get_status", "").await;
    let tried = async |header: &str| {
        let mut request = bench.request("GET", "/v1/get_status", "");
        let header = header.parse().unwrap();
        request.headers_mut().insert("authorization", header);
        bench.send(request).await.status
    };
    assert_eq!(tried("Basic abc").await, 401);
    // From the sixth on whoever tries has to wait, which is not looked at.
    let mut unknown = 0;
    while tried("Bearer nobody").await == 401 {
        unknown += 1;
    }
    assert!(unknown >= 6, "{unknown}");

    let mut busy = Principal::new("busy", [Role::Read]);
    busy.requests_per_minute = Some(1);
    let busy = Call::by(Arc::new(busy), "test");
    let service = service();
    let ask = || service.call(&busy, "get_status", Map::new());
    ask().await.unwrap();
    assert_eq!(ask().await.unwrap_err().code, FaultCode::RateLimited);

    let text = recorder.handle().render();
    for line in [
        r#"broker_authentication_failures_total{reason="none"} 1"#,
        r#"broker_authentication_failures_total{reason="malformed"} 1"#,
        &format!(r#"broker_authentication_failures_total{{reason="unknown"}} {unknown}"#),
        r#"broker_authentication_failures_total{reason="wait"} 1"#,
        r#"broker_rate_limited_total{reason="wrong_keys"} 1"#,
        r#"broker_rate_limited_total{reason="requests"} 1"#,
    ] {
        assert!(text.lines().any(|one| one == line), "{line}: {text}");
    }
}
