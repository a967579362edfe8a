use serde_json::{Map, Value, json};

use super::{Aliases, Profile, UNIFIED};
use crate::FaultCode;

fn object(value: &Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

/// What becomes of arguments in a seed's own spelling.
fn mapped(profile: Profile, name: &str, given: &Value) -> Value {
    let given = object(given);
    let aliases = Aliases::of([profile]);
    let alias = aliases.find(name, &given);
    let alias = alias.unwrap_or_else(|| panic!("{profile}: {name} {given:?}"));
    Value::Object(alias.map(&given).unwrap())
}

fn refused(profile: Profile, name: &str, given: &Value) -> String {
    let given = object(given);
    let aliases = Aliases::of([profile]);
    let fault = aliases.find(name, &given).unwrap().map(&given).unwrap_err();
    assert_eq!(fault.code, FaultCode::InvalidRequest);
    fault.message
}

#[test]
fn every_alias_leads_to_operations_that_are_to_exist() {
    for alias in Aliases::of(Profile::ALL).iter() {
        for target in alias.targets() {
            assert!(UNIFIED.contains(target), "{alias:?}");
        }
        assert!(!alias.names().is_empty());
    }
}

#[test]
fn the_tools_of_tiger_mcp_are_all_there() {
    let tools = [
        "get_quote",
        "get_kline",
        "get_market_data",
        "search_symbols",
        "get_option_chain",
        "get_market_status",
        "get_contracts",
        "get_financials",
        "get_corporate_actions",
        "get_earnings",
        "list_accounts",
        "add_account",
        "remove_account",
        "get_account_status",
        "refresh_token",
        "set_default_data_account",
        "set_default_trading_account",
        "get_positions",
        "get_account_info",
        "get_orders",
        "place_order",
        "cancel_order",
        "modify_order",
    ];
    let aliases = Aliases::of([Profile::Tiger]);
    for tool in tools {
        let name = format!("tiger_{tool}");
        assert!(aliases.find(&name, &Map::new()).is_some(), "{name}");
    }
}

#[test]
fn the_tools_of_tws_mcp_are_all_there_by_both_names() {
    let design = [
        ("connect_tws", "connect"),
        ("disconnect_tws", "disconnect"),
        ("get_connection_status", "get_status"),
        ("get_next_valid_id", "get_next_valid_id"),
        ("get_contract_details", "get_contract_details"),
        ("get_historical_data", "get_historical_data"),
        ("stream_market_data", "stream_market_data"),
        ("get_account_summary", "get_account_summary"),
        ("get_positions", "get_positions"),
        ("stream_account_updates", "stream_account_updates"),
        ("get_pnl", "get_pnl"),
        ("get_pnl_single", "get_pnl_single"),
        ("place_order", "place_order"),
        ("cancel_order", "cancel_order"),
        ("get_open_orders", "get_open_orders"),
        ("get_executions", "get_executions"),
    ];
    let aliases = Aliases::of([Profile::Tws]);
    let known = |name: &str| aliases.iter().any(|alias| alias.names().contains(&name));
    for (amended, main) in design {
        assert!(known(amended), "{amended}");
        assert!(known(&format!("ibkr_{main}")), "ibkr_{main}");
    }
}

#[test]
fn the_tools_of_ib_paper_are_all_there() {
    let tools = [
        "lookup_contract",
        "ticker_to_conid",
        "get_contract_details",
        "search_contracts",
        "get_historical_data",
        "get_historical_news",
        "get_article",
        "get_fundamental_data",
        "get_account_summary",
        "get_positions",
    ];
    let aliases = Aliases::of([Profile::IbPaper]);
    for tool in tools {
        assert!(
            aliases.iter().any(|alias| alias.names().contains(&tool)),
            "{tool}"
        );
    }
}

#[test]
fn too_many_symbols_are_an_error_and_never_cut() {
    let symbols: Vec<String> = (0..51).map(|count| format!("S{count}")).collect();
    let message = refused(
        Profile::Tiger,
        "tiger_get_market_data",
        &json!({ "symbols": symbols }),
    );
    assert_eq!(message, "symbols: 1 to 50 of them, not 51");
    let message = refused(
        Profile::Tiger,
        "tiger_get_contracts",
        &json!({ "symbols": symbols }),
    );
    assert!(message.starts_with("symbols: 1 to 20"), "{message}");
}

#[test]
fn a_secret_is_refused_whatever_it_is() {
    for secret in ["api_key", "secret_key"] {
        let given = json!({ "name": "x", secret: "-----BEGIN", "account_type": "standard" });
        let message = refused(Profile::Tiger, "tiger_add_account", &given);
        assert!(
            message.starts_with(secret) && message.contains("secret put"),
            "{message}"
        );
        assert!(!message.contains("BEGIN"));
    }
    let given = json!({ "name": "x", "server_url": "http://evil" });
    refused(Profile::Tiger, "tiger_add_account", &given);
    let kept = json!({ "name": "x", "credentials_ref": "mine", "is_paper": true });
    assert_eq!(
        mapped(Profile::Tiger, "tiger_add_account", &kept),
        json!({ "alias": "x", "credentials_ref": "mine", "kind": "paper", "broker": "tiger" })
    );
}

#[test]
fn what_is_missing_or_unknown_is_named() {
    let message = refused(Profile::Tiger, "tiger_get_quote", &json!({}));
    assert_eq!(message, "symbol: this argument is needed");
    let message = refused(
        Profile::Tiger,
        "tiger_get_quote",
        &json!({ "symbol": "A", "x": 1 }),
    );
    assert!(
        message.starts_with("x: there is no such argument"),
        "{message}"
    );
}

#[test]
fn an_order_of_tiger_becomes_ours() {
    let given = json!({
        "symbol": "AAPL", "side": "BUY", "quantity": 100, "order_type": "STOP_LIMIT",
        "price": 175.5, "stop_price": "170", "account_id": "A",
    });
    assert_eq!(
        mapped(Profile::Tiger, "tiger_place_order", &given),
        json!({
            "account": "A",
            "order": {
                "instrument": "AAPL", "side": "BUY", "quantity": 100, "type": "STOP_LIMIT",
                "limit_price": 175.5, "stop_price": "170", "time_in_force": "DAY",
            },
        })
    );
    let change =
        json!({ "order_id": 17, "new_quantity": 5, "new_price": 1.5, "new_stop_price": 1 });
    assert_eq!(
        mapped(Profile::Tiger, "tiger_modify_order", &change),
        json!({ "order_id": "17", "quantity": 5, "limit_price": 1.5, "stop_price": 1 })
    );
    let working = json!({ "status": "PENDING", "start_date": "2026-01-01" });
    assert_eq!(
        mapped(Profile::Tiger, "tiger_get_orders", &working),
        json!({ "open_only": true, "start": "2026-01-01", "limit": 100 })
    );
}

#[test]
fn an_order_of_tws_becomes_ours_in_both_spellings() {
    let objects = json!({
        "contract": { "symbol": "VTI", "secType": "STK", "exchange": "SMART", "currency": "USD" },
        "order": {
            "action": "SELL", "totalQuantity": 10, "orderType": "LMT", "lmtPrice": 250.25,
            "auxPrice": 0, "transmit": false,
        },
    });
    assert_eq!(
        mapped(Profile::Tws, "place_order", &objects),
        json!({
            "order": {
                "instrument": { "symbol": "VTI", "sec_type": "STK", "currency": "USD" },
                "side": "SELL", "quantity": 10, "type": "LMT", "limit_price": 250.25,
                "transmit": false,
            },
        })
    );
    let flat = json!({ "symbol": "TLT", "action": "BUY", "quantity": 3 });
    assert_eq!(
        mapped(Profile::Tws, "ibkr_place_order", &flat),
        json!({ "order": { "instrument": "TLT", "side": "BUY", "quantity": 3, "type": "MKT" } })
    );
}

#[test]
fn the_prices_of_tws_go_where_they_belong() {
    let order = |kind: &str, extra: Value| {
        let mut given = json!({ "symbol": "A", "action": "BUY", "quantity": 1, "orderType": kind });
        for (name, value) in extra.as_object().unwrap() {
            given[name] = value.clone();
        }
        given
    };
    let mapped = |kind, extra| {
        let mapped = mapped(Profile::Tws, "ibkr_place_order", &order(kind, extra));
        mapped["order"].clone()
    };
    let stop = mapped("STP", json!({ "limitPrice": 9 }));
    assert_eq!(
        (&stop["stop_price"], stop.get("limit_price")),
        (&json!(9), None)
    );
    let stop_limit = mapped("STP LMT", json!({ "limitPrice": 9, "auxPrice": 8 }));
    assert_eq!(
        (&stop_limit["stop_price"], &stop_limit["limit_price"]),
        (&json!(8), &json!(9))
    );
    let trail = mapped("TRAIL", json!({ "auxPrice": 0.5 }));
    assert_eq!(
        (&trail["trail"], trail.get("stop_price")),
        (&json!(0.5), None)
    );
    let market = mapped("MKT", json!({ "limitPrice": 0.0, "auxPrice": 0.0 }));
    assert_eq!(
        (market.get("limit_price"), market.get("stop_price")),
        (None, None)
    );
    let message = refused(Profile::Tws, "ibkr_place_order", &order("LMT", json!({})));
    assert!(message.contains("limitPrice is required for LMT orders"));
    let percent = json!({
        "contract": { "symbol": "A" },
        "order": { "action": "BUY", "totalQuantity": 1, "orderType": "TRAIL", "trailingPercent": 5 },
    });
    let percent = super::mapping_tests::mapped(Profile::Tws, "place_order", &percent);
    assert_eq!(percent["order"]["trail"], "5%");
}

#[test]
fn brackets_and_options_of_tws_are_one_order() {
    let bracket = json!({
        "symbol": "A", "action": "BUY", "quantity": 1, "entryPrice": 10,
        "takeProfitPrice": 12, "stopLossPrice": 9,
    });
    assert_eq!(
        mapped(Profile::Tws, "ibkr_place_bracket_order", &bracket)["order"],
        json!({
            "instrument": "A", "side": "BUY", "quantity": 1, "type": "LIMIT",
            "limit_price": 10, "take_profit": 12, "stop_loss": 9,
        })
    );
    let option = json!({
        "symbol": "A", "expiration": "20270115", "strike": 150.0, "right": "C",
        "action": "BUY", "quantity": 1, "orderType": "LMT", "limitPrice": 2,
    });
    let option = mapped(Profile::Tws, "ibkr_place_option_order", &option);
    assert_eq!(
        option["order"]["instrument"],
        json!({
            "symbol": "A", "expiry": "20270115", "strike": 150.0, "right": "C", "sec_type": "OPT",
        })
    );
}

#[test]
fn questions_of_the_others_become_ours() {
    let rows = [
        (
            Profile::Tws,
            "get_historical_data",
            json!({
                "contract": { "symbol": "SPY", "secType": "STK", "exchange": "SMART" },
                "durationStr": "30 D", "barSizeSetting": "1 day", "useRTH": 1,
            }),
            json!({
                "instrument": "SPY", "start": "30 D", "bar": "1 day", "session": "regular",
                "count": 5000,
            }),
        ),
        (
            Profile::Tws,
            "ibkr_get_historical_data",
            json!({ "symbol": "SPY", "duration": "1 Y", "barSize": "1 week", "whatToShow": "TRADES" }),
            json!({
                "instrument": "SPY", "start": "1 Y", "bar": "1 week", "what": "TRADES",
                "count": 5000,
            }),
        ),
        (
            Profile::Tws,
            "connect_tws",
            json!({ "host": "127.0.0.1", "port": 7497, "clientId": 1 }),
            json!({ "host": "127.0.0.1", "port": 7497, "client_id": 1 }),
        ),
        (
            Profile::Tws,
            "ibkr_stream_market_data",
            json!({ "symbol": "SPY", "duration_seconds": 10 }),
            json!({ "symbols": ["SPY"], "seconds": 10 }),
        ),
        (
            Profile::Tws,
            "get_pnl_single",
            json!({ "account": "DU1", "conId": 265598 }),
            json!({ "account": "DU1", "instrument": { "con_id": 265598 } }),
        ),
        (
            Profile::Tws,
            "get_positions",
            json!({ "account": "" }),
            json!({ "account": "all" }),
        ),
        (
            Profile::Tws,
            "get_open_orders",
            json!({}),
            json!({ "open_only": true }),
        ),
        (
            Profile::Tws,
            "cancel_order",
            json!({ "orderId": 5 }),
            json!({ "order_id": "5" }),
        ),
        (
            Profile::IbPaper,
            "get_historical_data",
            json!({ "symbol": "SPY", "duration": "2 W", "bar_size": "1 hour" }),
            json!({
                "instrument": "SPY", "start": "2 W", "bar": "1 hour", "what": "TRADES", "count": 20,
            }),
        ),
        (
            Profile::IbPaper,
            "get_article",
            json!({ "articleId": "a", "providerCode": "p", "as_markdown": false, "truncate": 500 }),
            json!({ "id": "a", "provider": "p", "format": "text", "max_chars": 500 }),
        ),
        (
            Profile::IbPaper,
            "get_fundamental_data",
            json!({ "symbol": "AAPL", "report_type": "RESC" }),
            json!({ "instrument": "AAPL", "report": "estimates" }),
        ),
        (
            Profile::IbPaper,
            "search_contracts",
            json!({ "pattern": "apple" }),
            json!({ "query": "apple", "limit": 10 }),
        ),
        (
            Profile::Tiger,
            "tiger_get_kline",
            json!({ "symbol": "00700", "period": "60min", "data_account_id": "B" }),
            json!({ "instrument": "00700", "bar": "60min", "count": 100, "account": "B" }),
        ),
        (
            Profile::Tiger,
            "tiger_set_default_trading_account",
            json!({ "account_id": "A" }),
            json!({ "account": "A", "purpose": "trading" }),
        ),
        (
            Profile::Tiger,
            "tiger_list_accounts",
            json!({ "include_inactive": true }),
            json!({}),
        ),
    ];
    for (profile, name, given, ours) in rows {
        assert_eq!(mapped(profile, name, &given), ours, "{profile}: {name}");
    }
}

#[test]
fn what_a_scanner_cannot_filter_by_is_refused_and_not_left_out() {
    let call = |more: Value| {
        let mut given = json!({ "scanCode": "MOST_ACTIVE" });
        let fields = given.as_object_mut().unwrap();
        fields.append(&mut more.as_object().unwrap().clone());
        let given = given.as_object().unwrap().clone();
        let scanner = Aliases::of([Profile::Tws]);
        let scanner = scanner.find("ibkr_run_market_scanner", &given).unwrap();
        scanner.map(&given)
    };
    let mapped = call(json!({ "abovePrice": 5 })).unwrap();
    assert_eq!(mapped["price_above"], 5);
    call(json!({ "locationCode": "STK.US" })).unwrap();
    for (more, field) in [
        (json!({ "locationCode": "STK.HK.SEHK" }), "locationCode"),
        (json!({ "instrument": "ETF.EQ.US" }), "instrument"),
        (json!({ "belowPrice": 9 }), "belowPrice"),
    ] {
        let fault = call(more).unwrap_err();
        assert!(fault.message.contains(field), "{fault}");
    }
}
