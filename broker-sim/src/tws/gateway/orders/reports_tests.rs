use chrono::TimeDelta;

use crate::{
    fault::Fault,
    tws::{
        message::{ExecutionFilter, ExecutionRequest, Reply, Request},
        test_client::{TestClient, apple, best_offer, limit, order, server, statuses, summary},
    },
};

fn execution_ids(replies: &[Reply]) -> Vec<String> {
    let ids = replies.iter().filter_map(|reply| match reply {
        Reply::ExecutionDetails(details) => details.execution.clone()?.exec_id,
        _ => None,
    });
    ids.collect()
}

#[tokio::test]
async fn partial_fills_count_up_and_a_cancel_keeps_what_was_filled() {
    let server = server(|_| {}).await;
    let mut client = TestClient::connect(&server, 1).await;
    // More than the house shows at its best price.
    let (price, size) = best_offer(&server);
    let wanted = (size + 100).to_string();
    let said = client.place(1, apple(), limit("BUY", &wanted, price)).await;
    let last = statuses(&said).last().cloned().unwrap();
    let filled: i64 = last.filled.clone().unwrap().parse().unwrap();
    assert_eq!(filled, size, "{last:?}");
    assert_eq!(last.status.as_deref(), Some("Submitted"));
    assert_eq!(last.avg_fill_price, Some(price));
    assert_eq!(last.last_fill_price, Some(price));
    let said = client.cancel(1).await;
    let end = statuses(&said).last().cloned().unwrap();
    assert_eq!(end.status.as_deref(), Some("Cancelled"));
    assert_eq!(end.filled, last.filled);
    let completed = client.completed_orders(false).await;
    let Reply::CompletedOrder(done) = &completed[0] else {
        panic!("{completed:?}")
    };
    let done = done.order.clone().unwrap();
    assert_eq!(done.total_quantity, end.remaining);
    assert_eq!(done.filled_quantity, end.filled);
}

#[tokio::test]
async fn a_sale_realises_a_profit_that_the_purchase_did_not() {
    let server = server(|_| {}).await;
    let mut client = TestClient::connect(&server, 1).await;
    let bought = client.place(1, apple(), order("BUY", "10", "MKT")).await;
    let sold = client.place(2, apple(), order("SELL", "10", "MKT")).await;
    // Price times shares, and what it cost.
    let figures = |said: &[Reply]| {
        let mut figures = (0.0, 0.0, None);
        for reply in said {
            match reply {
                Reply::ExecutionDetails(details) => {
                    let execution = details.execution.clone().unwrap();
                    let shares: f64 = execution.shares.unwrap().parse().unwrap();
                    figures.0 = execution.price.unwrap() * shares;
                }
                Reply::CommissionReport(report) => {
                    figures.1 = report.commission_and_fees.unwrap();
                    figures.2 = report.realized_pnl;
                }
                _ => {}
            }
        }
        figures
    };
    let (paid, opening, nothing) = figures(&bought);
    let (received, closing, realized) = figures(&sold);
    assert_eq!(nothing, Some(f64::MAX));
    assert!(opening > 0.0 && closing > 0.0);
    let both = received - paid - opening - closing;
    assert!(
        (realized.unwrap() - both).abs() < 1e-9,
        "{realized:?} {both}"
    );
}

#[tokio::test]
async fn a_correction_has_the_same_stem_and_replaces_the_execution() {
    let server = server(|_| {}).await;
    let mut client = TestClient::connect(&server, 1).await;
    let said = client.place(1, apple(), order("BUY", "10", "MKT")).await;
    let first = execution_ids(&said).remove(0);
    server.inject(&Fault::CorrectLastFill).unwrap();
    let said = client.heard().await;
    let corrected = execution_ids(&said).remove(0);
    let stem = |id: &str| id.rsplit_once('.').unwrap().0.to_owned();
    assert_eq!(stem(&first), stem(&corrected));
    assert!(first.ends_with(".01") && corrected.ends_with(".02"));
    assert_eq!(execution_ids(&client.executions().await), [corrected]);
}

#[tokio::test]
async fn a_bust_is_told_as_10225_and_the_execution_is_listed_no_more() {
    let server = server(|_| {}).await;
    let mut client = TestClient::connect(&server, 1).await;
    client.place(1, apple(), order("BUY", "10", "MKT")).await;
    server.inject(&Fault::BustLastFill).unwrap();
    let said = client.heard().await;
    assert_eq!(summary(&said)[0], "error -1 10225");
    assert_eq!(statuses(&said)[0].filled.as_deref(), Some("0"));
    assert!(execution_ids(&client.executions().await).is_empty());
    let truth = server.truth(&"DU1".parse().unwrap());
    assert!(truth.fills.is_empty() && truth.positions.is_empty());
}

#[tokio::test]
async fn commissions_can_come_late() {
    let server = server(|habits| habits.commission_delay_ms = 2_000).await;
    let mut client = TestClient::connect(&server, 1).await;
    let said = client.place(1, apple(), order("BUY", "10", "MKT")).await;
    assert!(!summary(&said).contains(&"commission".to_owned()));
    server.world().advance(TimeDelta::milliseconds(1_999));
    assert!(client.heard().await.is_empty());
    server.world().advance(TimeDelta::milliseconds(1));
    assert_eq!(summary(&client.heard().await), ["commission"]);
}

#[tokio::test]
async fn statuses_can_come_twice_or_not_at_all() {
    let server = server(|habits| habits.duplicate_statuses = true).await;
    let mut client = TestClient::connect(&server, 1).await;
    let said = client.place(1, apple(), limit("BUY", "1", 10.0)).await;
    assert_eq!(statuses(&said).len(), 2);
    assert_eq!(statuses(&said)[0], statuses(&said)[1]);
    server.set_habits(|habits| habits.missing_statuses = true);
    let said = client.place(2, apple(), order("BUY", "1", "MKT")).await;
    assert!(statuses(&said).is_empty());
    assert_eq!(execution_ids(&said).len(), 1);
}

#[tokio::test]
async fn the_execution_can_come_before_the_first_open_order() {
    let server = server(|habits| habits.fill_before_open_order = true).await;
    let mut client = TestClient::connect(&server, 1).await;
    let said = client.place(1, apple(), order("BUY", "1", "MKT")).await;
    assert_eq!(summary(&said)[0], "execDetails 1 BOT 1");
    // An order that does not fill is acknowledged all the same.
    let said = client.place(2, apple(), limit("BUY", "1", 10.0)).await;
    assert_eq!(
        summary(&said),
        ["openOrder 2 Submitted", "orderStatus 2 Submitted 0/1"]
    );
}

#[tokio::test]
async fn warnings_come_after_the_acknowledgement_of_an_order_that_lives() {
    let server = server(|habits| habits.order_warnings = vec![399, 404, 10349]).await;
    let mut client = TestClient::connect(&server, 1).await;
    let said = client.place(1, apple(), limit("BUY", "1", 10.0)).await;
    assert_eq!(
        summary(&said)[2..],
        ["error 1 399", "error 1 404", "error 1 10349"]
    );
    assert_eq!(summary(&client.open_orders().await).len(), 3);
}

#[tokio::test]
async fn executions_are_filtered_by_what_was_asked() {
    let server = server(|_| {}).await;
    let mut one = TestClient::connect(&server, 1).await;
    let mut two = TestClient::connect(&server, 2).await;
    one.place(1, apple(), order("BUY", "10", "MKT")).await;
    two.place(1, apple(), order("SELL", "4", "MKT")).await;
    let ask = |filter: ExecutionFilter| {
        Request::Executions(ExecutionRequest {
            req_id: Some(77),
            execution_filter: Some(filter),
        })
    };
    let cases = [
        (ExecutionFilter::default(), 2),
        (
            ExecutionFilter {
                client_id: Some(2),
                ..ExecutionFilter::default()
            },
            1,
        ),
        (
            ExecutionFilter {
                side: Some("BUY".into()),
                ..ExecutionFilter::default()
            },
            1,
        ),
        (
            ExecutionFilter {
                acct_code: Some("DU2".into()),
                ..ExecutionFilter::default()
            },
            0,
        ),
        (
            ExecutionFilter {
                symbol: Some("MSFT".into()),
                ..ExecutionFilter::default()
            },
            0,
        ),
        (
            ExecutionFilter {
                sec_type: Some("STK".into()),
                exchange: Some("SMART".into()),
                ..ExecutionFilter::default()
            },
            2,
        ),
    ];
    for (filter, count) in cases {
        let heard = one
            .ask(&ask(filter.clone()), |reply| {
                matches!(reply, Reply::ExecutionDetailsEnd(_))
            })
            .await;
        assert_eq!(execution_ids(&heard).len(), count, "{filter:?}");
        assert!(
            matches!(heard.last(), Some(Reply::ExecutionDetailsEnd(end)) if end.req_id == Some(77))
        );
    }
    // The day after, only those who ask for more days see them.
    server.world().advance(TimeDelta::days(1));
    let heard = one
        .ask(&ask(ExecutionFilter::default()), |reply| {
            matches!(reply, Reply::ExecutionDetailsEnd(_))
        })
        .await;
    assert!(execution_ids(&heard).is_empty());
    let days = ExecutionFilter {
        last_n_days: Some(2),
        ..ExecutionFilter::default()
    };
    let heard = one
        .ask(&ask(days), |reply| {
            matches!(reply, Reply::ExecutionDetailsEnd(_))
        })
        .await;
    assert_eq!(execution_ids(&heard).len(), 2);
}

#[tokio::test]
async fn the_end_of_the_day_cancels_a_day_order_without_a_cancel_notice() {
    let server = server(|_| {}).await;
    let mut client = TestClient::connect(&server, 1).await;
    client.place(1, apple(), limit("BUY", "1", 10.0)).await;
    server.world().advance(TimeDelta::hours(12));
    let said = client.heard().await;
    assert_eq!(
        summary(&said),
        ["openOrder 1 Cancelled", "orderStatus 1 Cancelled 0/1"]
    );
}

#[tokio::test]
async fn an_order_that_waits_for_its_session_is_submitted_when_it_begins() {
    let server = server(|_| {}).await;
    server.world().advance(TimeDelta::hours(10));
    let mut client = TestClient::connect(&server, 1).await;
    let mut rest = limit("BUY", "1", 10.0);
    rest.tif = Some("GTC".into());
    let said = client.place(1, apple(), rest).await;
    assert_eq!(summary(&said)[0], "openOrder 1 PreSubmitted");
    server.world().advance(TimeDelta::hours(16));
    let said = client.heard().await;
    assert_eq!(
        summary(&said),
        ["openOrder 1 Submitted", "orderStatus 1 Submitted 0/1"]
    );
}

#[tokio::test]
async fn a_stop_order_is_held_for_its_trigger() {
    let server = server(|_| {}).await;
    let mut client = TestClient::connect(&server, 1).await;
    let mut stop = order("SELL", "1", "STP");
    stop.aux_price = Some(5.0);
    let said = client.place(1, apple(), stop).await;
    let status = statuses(&said).remove(0);
    assert_eq!(status.status.as_deref(), Some("PreSubmitted"));
    assert_eq!(status.why_held.as_deref(), Some("trigger"));
}
