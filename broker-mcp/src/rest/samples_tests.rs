//! The samples beside the tests, `sample_positions.json` and `sample_historical_data.json`, are what a client of
//! the former server for TWS is answered over the simulated exchange.

use broker_core::BrokerExt as _;
use serde_json::{Value, json};

use crate::http::test_support::{Bench, service, settings};

fn sample(name: &str) -> Value {
    let path = format!("{}/tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn same(name: &str, answer: &Value) {
    let wanted = sample(name);
    let pretty = serde_json::to_string_pretty(answer).unwrap();
    assert!(*answer == wanted, "{name} should be:\n{pretty}");
}

#[tokio::test]
async fn positions_and_bars_are_answered_as_in_the_samples() {
    let service = service();
    let seats = service.registry.seats();
    let seat = seats.first().unwrap();
    for (symbol, quantity) in [("AAPL", 10), ("JPM", 20)] {
        let order = seat.broker.buy(symbol, quantity);
        let order = order.account(seat.account().clone());
        assert!(order.submit().await.unwrap().1.is_accepted());
    }
    let bench = Bench::over(service, settings(), |app| app, |rest| rest);
    let positions = bench.get("/api/v1/get_positions", "read").await;
    assert_eq!(positions.status, 200, "{}", positions.body);
    same("sample_positions.json", &positions.body);
    let asked = json!({
        "contract": { "symbol": "AAPL", "secType": "STK", "exchange": "SMART", "currency": "USD" },
        "durationStr": "5 D",
        "barSizeSetting": "1 day",
        "whatToShow": "TRADES",
        "useRTH": true,
    });
    let path = "/api/v1/get_historical_data";
    let bars = bench.post(path, "read", &asked).await;
    assert_eq!(bars.status, 200, "{}", bars.body);
    same("sample_historical_data.json", &bars.body);
}
