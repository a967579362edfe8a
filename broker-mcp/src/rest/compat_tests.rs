use serde_json::json;

use crate::http::test_support::{Bench, settings};

#[tokio::test]
async fn a_quote_is_answered_in_the_envelope_with_numbers() {
    let bench = Bench::new();
    let asked = json!({ "account": "PAPER-1", "symbol": "AAPL" });
    let answer = bench.post("/api/market/quote", "read", &asked).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.body["success"], true);
    assert_eq!(answer.body["account"], "PAPER-1");
    assert_eq!(answer.body["data"]["symbol"], "AAPL");
    assert!(
        answer.body["data"]["latest_price"].is_number(),
        "{}",
        answer.body
    );
    assert!(answer.body["data"]["last"].is_number(), "{}", answer.body);
}

#[tokio::test]
async fn what_is_not_found_is_404_and_200_only_where_the_operator_wants_it() {
    let asked = json!({ "account": "PAPER-1", "symbol": "NOPE" });
    let bench = Bench::new();
    let answer = bench.post("/api/market/quote", "read", &asked).await;
    assert_eq!(answer.status, 404);
    assert_eq!(answer.body["success"], false);
    assert!(answer.body["error"].is_string(), "{}", answer.body);
    assert_eq!(answer.body["fault"]["code"], "not_found");
    let mut ever = settings();
    ever.compat.always_200 = true;
    let bench = Bench::with(ever, |app| app, |rest| rest);
    let answer = bench.post("/api/market/quote", "read", &asked).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body["success"], false);
    let native = json!({ "symbols": [] });
    let native = bench.post("/v1/get_quotes", "read", &native).await;
    assert_eq!(native.status, 400, "{}", native.body);
    assert_eq!(
        bench.post("/api/market/quote", "", &asked).await.status,
        401
    );
}

#[tokio::test]
async fn a_field_that_is_needed_is_named() {
    let bench = Bench::new();
    for (path, field) in [
        ("/api/market/quote", "symbol"),
        ("/api/market/kline", "symbol"),
        ("/api/market/search", "keyword"),
        ("/api/trade/place-order", "symbol"),
        ("/api/trade/cancel-order", "order_id"),
        ("/orders/single", "action"),
        ("/orders/combo", "legs"),
        ("/api/v1/place_order", "contract"),
    ] {
        let answer = bench.post(path, "trade", &json!({})).await;
        assert_eq!(answer.status, 400, "{path}: {}", answer.body);
        let error = answer.body["error"].as_str().unwrap();
        assert!(error.starts_with(field), "{path}: {error}");
    }
}

#[tokio::test]
async fn a_quote_of_an_underlying_is_plain() {
    let bench = Bench::new();
    let answer = bench.get("/options/quote/AAPL", "read").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.body["symbol"], "AAPL");
    assert_eq!(answer.body["source"], "market_data");
    assert!(answer.body["price"].is_number(), "{}", answer.body);
    let answer = bench.get("/options/quote/NOPE", "read").await;
    assert_eq!(answer.status, 404);
    assert!(answer.body["error"].is_string());
}

#[tokio::test]
async fn paths_of_former_programs_are_there_only_when_they_are_wanted() {
    let mut none = settings();
    none.compat = super::Compat::default();
    let bench = Bench::with(none, |app| app, |rest| rest);
    for path in [
        "/api/accounts",
        "/orders",
        "/api/v1/get_positions",
        "/gateway/status",
    ] {
        assert_eq!(bench.get(path, "read").await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn starting_the_gateway_needs_more_than_reading() {
    let bench = Bench::new();
    for path in [
        "/gateway/login",
        "/gateway/logout",
        "/gateway/reconnect",
        "/restart-workers",
    ] {
        let answer = bench.post(path, "read", &json!({})).await;
        assert!(answer.status.is_client_error(), "{path}: {}", answer.status);
        let answer = bench.post(path, "", &json!({})).await;
        assert_eq!(answer.status, 401, "{path}");
    }
}
