use metrics_exporter_prometheus::PrometheusBuilder;

use super::Gauges;
use crate::http::test_support::{Bench, settings};

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
