//! What former programs write, as what operations are asked with: each path with the request of its
//! documentation, against operations that answer with what they were asked.

use std::sync::Arc;

use futures_util::FutureExt as _;
use serde_json::{Map, Value, json};

use crate::{
    Fault, FaultCode,
    http::test_support::{Bench, service_of, settings},
    operation::{About, Effect, Operation},
    principal::{Role, Toolset},
};

/// An operation that refuses, and says in its fault what it was asked with.
macro_rules! echo {
    ($name:literal, $role:ident) => {
        Operation {
            about: About {
                name: $name,
                title: $name,
                summary: $name,
                toolset: Toolset::System,
                role: Role::$role,
                effect: Effect::Read,
                open_world: false,
            },
            input: Arc::new(Map::new()),
            output: Arc::new(Map::new()),
            run: |_, _, arguments| {
                async move {
                    let details = json!({ "operation": $name, "arguments": arguments });
                    Err(Fault::new(FaultCode::Conflict, "as asked").with_details(details))
                }
                .boxed()
            },
        }
    };
}

fn bench() -> Bench {
    let operations = vec![
        echo!("list_accounts", Read),
        echo!("get_quotes", Read),
        echo!("get_bars", Read),
        echo!("search_instruments", Read),
        echo!("get_option_expirations", Read),
        echo!("get_option_chain", Read),
        echo!("get_market_status", Read),
        echo!("get_contracts", Read),
        echo!("get_financials", Read),
        echo!("get_corporate_actions", Read),
        echo!("get_earnings", Read),
        echo!("get_positions", Read),
        echo!("get_account_summary", Read),
        echo!("get_orders", Read),
        echo!("get_order", Read),
        echo!("get_executions", Read),
        echo!("get_pnl", Read),
        echo!("get_account_status", Read),
        echo!("get_status", Read),
        echo!("place_order", Trade),
        echo!("modify_order", Trade),
        echo!("cancel_order", Trade),
        echo!("set_default_account", Admin),
        echo!("refresh_token", Admin),
        echo!("connect", Admin),
        echo!("disconnect", Admin),
        echo!("gateway_control", Admin),
        echo!("restart_workers", Admin),
        echo!("get_next_order_id", Admin),
    ];
    Bench::over(service_of(operations), settings(), |app| app, |rest| rest)
}

/// What a path asks of which operation.
async fn asked(bench: &Bench, method: &str, path: &str, body: Value) -> (String, Value) {
    let mut last = None;
    for key in ["trade", "admin"] {
        let answer = match method {
            "POST" => bench.post(path, key, &body).await,
            method => bench.send(bench.request(method, path, key)).await,
        };
        if answer.status == 409 {
            let details = &answer.body["fault"]["details"];
            let operation = details["operation"].as_str().unwrap().to_owned();
            return (operation, details["arguments"].clone());
        }
        last = Some((answer.status, answer.body));
    }
    panic!("{method} {path}: {last:?}");
}

async fn expect(rows: Vec<(&str, &str, Value, &str, Value)>) {
    let bench = bench();
    for (method, path, body, operation, arguments) in rows {
        let answer = asked(&bench, method, path, body).await;
        assert_eq!(answer, (operation.to_owned(), arguments), "{method} {path}");
    }
}

#[tokio::test]
async fn the_first_programs_requests_are_understood() {
    let order = json!({ "instrument": "AAPL", "side": "BUY", "type": "LMT", "quantity": 100, "limit_price": 175.0,
        "time_in_force": "DAY" });
    let stop = json!({ "instrument": "AAPL", "side": "SELL", "type": "STP_LMT", "quantity": 5, "limit_price": 170,
        "stop_price": 171, "session": "extended" });
    let account = json!({ "account": "PAPER-1" });
    expect(vec![
        ("GET", "/api/accounts", json!({}), "list_accounts", json!({})),
        ("POST", "/api/token/refresh", account.clone(), "refresh_token", account.clone()),
        ("POST", "/api/token/refresh?account=PAPER-1", json!({}), "refresh_token", account.clone()),
        ("POST", "/api/market/quote", json!({ "account": "PAPER-1", "symbol": "AAPL" }),
            "get_quotes", json!({ "account": "PAPER-1", "symbols": ["AAPL"] })),
        ("POST", "/api/market/kline",
            json!({ "account": "PAPER-1", "symbol": "AAPL", "period": "60min", "begin_time": "2022-01-03", "limit": 7 }),
            "get_bars",
            json!({ "account": "PAPER-1", "instrument": "AAPL", "bar": "60min", "start": "2022-01-03", "count": 7 })),
        ("POST", "/api/market/kline", json!({ "symbol": "AAPL" }),
            "get_bars", json!({ "instrument": "AAPL", "bar": "day", "count": 100 })),
        ("POST", "/api/market/batch", json!({ "symbols": ["AAPL", "MSFT"] }),
            "get_quotes", json!({ "symbols": ["AAPL", "MSFT"] })),
        ("POST", "/api/market/search", json!({ "keyword": "apple", "market": "US" }),
            "search_instruments", json!({ "query": "apple", "market": "US" })),
        ("POST", "/api/market/option-chain", json!({ "symbol": "AAPL" }),
            "get_option_expirations", json!({ "instrument": "AAPL" })),
        ("POST", "/api/market/status", json!({}), "get_market_status", json!({ "market": "US" })),
        ("POST", "/api/info/contracts", json!({ "symbols": ["AAPL"] }),
            "get_contracts", json!({ "instruments": ["AAPL"] })),
        ("POST", "/api/info/contracts", json!({ "symbols": ["ES"], "sec_type": "FUT" }),
            "get_contracts", json!({ "instruments": [{ "symbol": "ES", "sec_type": "FUT" }] })),
        ("POST", "/api/info/financials", json!({ "symbols": ["AAPL"] }),
            "get_financials", json!({ "instrument": "AAPL" })),
        ("POST", "/api/info/corporate-actions", json!({ "symbols": ["AAPL"], "action_type": "dividend" }),
            "get_corporate_actions", json!({ "instruments": ["AAPL"], "kinds": "dividend" })),
        ("POST", "/api/info/earnings", json!({ "symbols": ["AAPL"], "begin_date": "2022-01-03" }),
            "get_earnings", json!({ "instruments": ["AAPL"], "start": "2022-01-03" })),
        ("POST", "/api/trade/positions", account.clone(), "get_positions", account.clone()),
        ("POST", "/api/trade/account-info", account.clone(), "get_account_summary", account.clone()),
        ("POST", "/api/trade/orders", json!({ "account": "PAPER-1", "status": "Filled", "start_date": "2022-01-03" }),
            "get_orders", json!({ "account": "PAPER-1", "status": "Filled", "start": "2022-01-03" })),
        ("POST", "/api/trade/place-order",
            json!({ "account": "PAPER-1", "symbol": "AAPL", "action": "BUY", "order_type": "LMT", "quantity": 100,
                "limit_price": 175.0, "time_in_force": "DAY", "outside_rth": false }),
            "place_order", json!({ "account": "PAPER-1", "order": order })),
        ("POST", "/api/trade/place-order",
            json!({ "symbol": "AAPL", "action": "SELL", "order_type": "STP_LMT", "quantity": 5,
                "limit_price": 170, "stop_price": 171, "outside_rth": true }),
            "place_order", json!({ "order": stop })),
        ("POST", "/api/trade/modify-order", json!({ "order_id": 7, "quantity": 3, "limit_price": null }),
            "modify_order", json!({ "order_id": "7", "quantity": 3 })),
        ("POST", "/api/trade/cancel-order", json!({ "account": "PAPER-1", "order_id": "7" }),
            "cancel_order", json!({ "account": "PAPER-1", "order_id": "7" })),
        ("POST", "/api/account/status", account.clone(), "get_account_status", account.clone()),
        ("POST", "/api/accounts/default", account.clone(),
            "set_default_account", json!({ "account": "PAPER-1", "purpose": "data" })),
        ("POST", "/tiger/get_positions", account.clone(), "get_positions", account.clone()),
        ("POST", "/tiger/place_order",
            json!({ "symbol": "AAPL", "side": "BUY", "quantity": 1, "order_type": "LMT", "price": 170 }),
            "place_order",
            json!({ "order": { "instrument": "AAPL", "side": "BUY", "quantity": 1, "type": "LMT", "limit_price": 170 } })),
        ("POST", "/tiger/place_order",
            json!({ "symbol": "AAPL", "side": "SELL", "quantity": 1, "order_type": "STP", "price": 150 }),
            "place_order",
            json!({ "order": { "instrument": "AAPL", "side": "SELL", "quantity": 1, "type": "STP", "stop_price": 150 } })),
    ])
    .await;
}

#[tokio::test]
async fn the_second_programs_requests_are_understood() {
    let contract =
        json!({ "symbol": "VTI", "secType": "STK", "exchange": "SMART", "currency": "USD" });
    let instrument = json!({ "symbol": "VTI", "sec_type": "STK", "currency": "USD" });
    expect(vec![
        ("POST", "/api/v1/connect_tws", json!({ "host": "127.0.0.1", "port": 7497, "clientId": 1 }),
            "connect", json!({ "host": "127.0.0.1", "port": 7497, "client_id": 1 })),
        ("POST", "/api/v1/disconnect_tws", json!({}), "disconnect", json!({})),
        ("GET", "/api/v1/get_connection_status", json!({}), "get_status", json!({})),
        ("GET", "/api/v1/get_next_valid_id", json!({}), "get_next_order_id", json!({})),
        ("POST", "/api/v1/get_contract_details", json!({ "symbol": "SPY" }),
            "get_contracts", json!({ "instruments": [{ "symbol": "SPY" }] })),
        ("POST", "/api/v1/get_historical_data",
            json!({ "contract": contract, "durationStr": "30 D", "barSizeSetting": "1 day", "useRTH": true }),
            "get_bars",
            json!({ "instrument": instrument, "start": "30 D", "bar": "1 day", "session": "regular", "count": 5000 })),
        ("GET", "/api/v1/get_account_summary", json!({}), "get_account_summary", json!({})),
        ("GET", "/api/v1/get_positions?account=PAPER-1", json!({}), "get_positions", json!({ "account": "PAPER-1" })),
        ("GET", "/api/v1/get_pnl_single?account=PAPER-1&conId=265598", json!({}),
            "get_pnl", json!({ "account": "PAPER-1", "instrument": { "con_id": "265598" } })),
        ("POST", "/api/v1/place_order",
            json!({ "contract": contract,
                "order": { "action": "SELL", "totalQuantity": 10, "orderType": "STP", "auxPrice": 99.5, "transmit": false } }),
            "place_order",
            json!({ "order": { "instrument": instrument, "side": "SELL", "quantity": 10, "type": "STP",
                "stop_price": 99.5, "transmit": false } })),
        ("DELETE", "/api/v1/cancel_order/12345", json!({}), "cancel_order", json!({ "order_id": "12345" })),
        ("GET", "/api/v1/get_open_orders", json!({}), "get_orders", json!({ "open_only": true })),
        ("GET", "/api/v1/get_executions?symbol=VTI", json!({}), "get_executions", json!({ "instrument": "VTI" })),
    ])
    .await;
}

#[tokio::test]
async fn the_third_programs_requests_are_understood() {
    let option = json!({ "symbol": "SPY", "sec_type": "OPT", "expiry": "20220121", "strike": 470, "right": "C" });
    let leg = json!({ "symbol": "SPY", "expiration": "20220121", "strike": 470, "right": "C", "action": "SELL", "ratio": 2 });
    expect(vec![
        ("POST", "/restart-workers", json!({}), "restart_workers", json!({})),
        ("GET", "/options/quote/SPY", json!({}), "get_quotes", json!({ "symbols": ["SPY"] })),
        ("GET", "/options/expirations/SPY", json!({}), "get_option_expirations", json!({ "instrument": "SPY" })),
        ("GET", "/options/chain/SPY/20220121?strikes=5", json!({}),
            "get_option_chain", json!({ "instrument": "SPY", "expiry": "20220121", "strikes": 5 })),
        ("POST", "/gateway/logout", json!({}), "gateway_control", json!({ "action": "stop" })),
        ("POST", "/gateway/login", json!({}), "gateway_control", json!({ "action": "start" })),
        ("POST", "/gateway/reconnect", json!({}), "gateway_control", json!({ "action": "restart" })),
        ("POST", "/gateway/ensure-ready?timeout=500", json!({}),
            "gateway_control", json!({ "action": "ensure_ready", "timeout": 120 })),
        ("GET", "/orders", json!({}), "get_orders", json!({})),
        ("GET", "/orders/7", json!({}), "get_order", json!({ "order_id": "7" })),
        ("DELETE", "/orders/7", json!({}), "cancel_order", json!({ "order_id": "7" })),
        ("POST", "/orders/single",
            json!({ "symbol": "SPY", "expiration": "20220121", "strike": 470, "right": "C", "action": "BUY",
                "quantity": 1, "limit_price": 2.5 }),
            "place_order",
            json!({ "order": { "instrument": option, "side": "BUY", "quantity": 1, "type": "LMT", "limit_price": 2.5 } })),
        ("POST", "/orders/combo", json!({ "legs": [leg], "quantity": 1, "limit_price": -0.75 }),
            "place_order",
            json!({ "order": { "legs": [{ "instrument": option, "side": "SELL", "ratio": 2 }], "side": "BUY",
                "quantity": 1, "type": "LMT", "limit_price": -0.75 } })),
    ])
    .await;
}

#[tokio::test]
async fn nobody_trades_or_administers_by_another_name_without_the_role() {
    let bench = bench();
    let body = json!({ "account": "PAPER-1", "symbol": "AAPL", "action": "BUY", "order_type": "MKT", "quantity": 1,
        "side": "BUY", "order_id": "7", "expiration": "20220121", "strike": 470, "right": "C",
        "legs": [{ "symbol": "SPY", "expiration": "20220121", "strike": 470, "right": "C", "action": "BUY" }] });
    for path in [
        "/api/trade/place-order",
        "/api/trade/modify-order",
        "/api/trade/cancel-order",
        "/tiger/place_order",
        "/tiger/cancel_order",
        "/orders/single",
        "/orders/combo",
        "/api/v1/place_order",
        "/api/token/refresh",
        "/api/accounts/default",
        "/api/v1/connect_tws",
        "/gateway/login",
        "/restart-workers",
    ] {
        let answer = bench.post(path, "read", &body).await;
        assert_eq!(answer.status, 404, "{path}: {}", answer.body);
        assert!(answer.body["fault"]["details"].is_null(), "{path} was done");
    }
}
