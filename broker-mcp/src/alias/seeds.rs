//! A call of every alias in the other server's own spelling.

use serde_json::{Value, json};

use super::Profile;

/// Arguments in the other server's spelling for every name, with the fields that the answer has to have.
pub(super) fn seeds() -> Vec<(Profile, &'static str, Value, &'static [&'static str])> {
    use Profile::{IbPaper, Tiger, Tws};
    let contract =
        json!({ "symbol": "AAPL", "secType": "STK", "exchange": "SMART", "currency": "USD" });
    let order = json!({ "action": "BUY", "totalQuantity": 1, "orderType": "LMT", "lmtPrice": 1 });
    let flat = json!({ "symbol": "AAPL", "action": "BUY", "quantity": 1 });
    let lookup =
        json!({ "symbol": "AAPL", "sec_type": "STK", "exchange": "SMART", "currency": "USD" });
    let symbol = json!({ "symbol": "AAPL" });
    let id = json!({ "orderId": 1 });
    const TIGER: &[&str] = &["success", "data", "error", "timestamp", "account_id"];
    const ACCOUNT: &[&str] = &["success", "account", "error", "timestamp"];
    const ORDER: &[&str] = &["success", "order", "error", "timestamp"];
    const PLACED: &[&str] = &["orderId", "status", "symbol", "action", "quantity"];
    let mut rows = vec![
        (Tiger, "tiger_get_quote", symbol.clone(), TIGER),
        (
            Tiger,
            "tiger_get_kline",
            json!({ "symbol": "AAPL", "period": "1d", "count": 5 }),
            TIGER,
        ),
        (
            Tiger,
            "tiger_get_market_data",
            json!({ "symbols": ["AAPL", "MSFT"] }),
            TIGER,
        ),
        (
            Tiger,
            "tiger_search_symbols",
            json!({ "keyword": "AAPL", "market": "US" }),
            TIGER,
        ),
        (
            Tiger,
            "tiger_get_option_chain",
            symbol.clone(),
            &["underlying_price", "calls", "puts", "expiration_dates"],
        ),
        (
            Tiger,
            "tiger_get_market_status",
            json!({ "market": "US" }),
            &[
                "status",
                "is_trading_day",
                "open_time",
                "close_time",
                "timezone",
            ],
        ),
        (
            Tiger,
            "tiger_get_contracts",
            json!({ "symbols": ["AAPL"] }),
            TIGER,
        ),
        (Tiger, "tiger_get_financials", symbol.clone(), TIGER),
        (Tiger, "tiger_get_corporate_actions", symbol.clone(), TIGER),
        (Tiger, "tiger_get_earnings", symbol.clone(), TIGER),
        (
            Tiger,
            "tiger_list_accounts",
            json!({}),
            &["accounts", "total"],
        ),
        (
            Tiger,
            "tiger_add_account",
            json!({ "name": "x", "credentials_ref": "none" }),
            ACCOUNT,
        ),
        (
            Tiger,
            "tiger_remove_account",
            json!({ "account_id": "none", "force": false }),
            ACCOUNT,
        ),
        (
            Tiger,
            "tiger_get_account_status",
            json!({ "account_id": "PAPER-1" }),
            &["account_details", "token_status", "health_status"],
        ),
        (
            Tiger,
            "tiger_refresh_token",
            json!({ "account_id": "PAPER-1" }),
            &["token_refreshed", "token_expires_at"],
        ),
        (
            Tiger,
            "tiger_set_default_data_account",
            json!({ "account_id": "PAPER-1" }),
            ACCOUNT,
        ),
        (
            Tiger,
            "tiger_set_default_trading_account",
            json!({ "account_id": "PAPER-1" }),
            ACCOUNT,
        ),
        (
            Tiger,
            "tiger_get_positions",
            json!({}),
            &["positions", "total_market_value", "total_pnl"],
        ),
        (
            Tiger,
            "tiger_get_account_info",
            json!({}),
            &["total_cash", "buying_power", "net_liquidation"],
        ),
        (
            Tiger,
            "tiger_get_orders",
            json!({ "status": "FILLED", "limit": 10 }),
            &["orders"],
        ),
        (
            Tiger,
            "tiger_place_order",
            json!({ "symbol": "AAPL", "side": "BUY", "quantity": 1, "order_type": "LIMIT", "price": 1.0 }),
            ORDER,
        ),
        (
            Tiger,
            "tiger_cancel_order",
            json!({ "order_id": "1" }),
            ORDER,
        ),
        (
            Tiger,
            "tiger_modify_order",
            json!({ "order_id": "1", "new_price": 2.0 }),
            ORDER,
        ),
        (Tiger, "get_portfolio", json!({}), &["positions", "account"]),
        (
            Tws,
            "connect_tws",
            json!({ "host": "127.0.0.1", "port": 7497, "clientId": 1 }),
            &["status", "host", "port"],
        ),
        (Tws, "disconnect_tws", json!({}), &["status"]),
        (Tws, "get_connection_status", json!({}), &["is_connected"]),
        (Tws, "get_next_valid_id", json!({}), &["nextValidId"]),
        (Tws, "get_contract_details", symbol.clone(), &["contracts"]),
        (
            Tws,
            "get_historical_data",
            json!({ "contract": contract, "durationStr": "30 D", "barSizeSetting": "1 day" }),
            &["symbol", "bars", "count"],
        ),
        (
            Tws,
            "ibkr_get_historical_data",
            json!({ "symbol": "AAPL", "duration": "30 D", "barSize": "1 day" }),
            &["symbol", "bars", "count"],
        ),
        (
            Tws,
            "stream_market_data",
            json!({ "symbol": "AAPL", "duration_seconds": 1 }),
            &["symbol", "updates_count", "latest"],
        ),
        (
            Tws,
            "get_account_summary",
            json!({ "account": "" }),
            &["summary", "account"],
        ),
        (
            Tws,
            "get_positions",
            json!({ "account": "" }),
            &["positions", "count"],
        ),
        (
            Tws,
            "stream_account_updates",
            json!({ "duration_seconds": 1 }),
            &["account", "updates_count"],
        ),
        (
            Tws,
            "get_pnl",
            json!({ "account": "" }),
            &["account", "dailyPnL", "unrealizedPnL", "realizedPnL"],
        ),
        (
            Tws,
            "get_pnl_single",
            json!({ "account": "PAPER-1", "conId": 265598 }),
            &["account", "conId", "dailyPnL", "position", "value"],
        ),
        (
            Tws,
            "place_order",
            json!({ "contract": contract, "order": order }),
            PLACED,
        ),
        (Tws, "ibkr_place_order", flat.clone(), PLACED),
        (Tws, "cancel_order", id.clone(), &["orderId", "status"]),
        (Tws, "get_open_orders", json!({}), &["orders", "count"]),
        (
            Tws,
            "get_executions",
            json!({ "symbol": "AAPL" }),
            &["executions", "count"],
        ),
        (
            Tws,
            "ibkr_modify_order",
            json!({ "orderId": 1, "limitPrice": 2 }),
            &["orderId", "status"],
        ),
        (Tws, "ibkr_get_all_orders", json!({}), &["orders", "count"]),
        (
            Tws,
            "ibkr_get_order_status",
            id,
            &["orderId", "status", "filled", "remaining"],
        ),
        (
            Tws,
            "ibkr_place_bracket_order",
            json!({ "symbol": "AAPL", "action": "BUY", "quantity": 1, "entryPrice": 2, "takeProfitPrice": 3, "stopLossPrice": 1 }),
            &["parentOrderId", "status"],
        ),
        (
            Tws,
            "ibkr_place_option_order",
            json!({ "symbol": "AAPL", "expiration": "20270115", "strike": 150, "right": "C", "action": "BUY", "quantity": 1 }),
            PLACED,
        ),
        (
            Tws,
            "ibkr_get_option_chain",
            json!({ "symbol": "AAPL", "expiration": "20270115" }),
            &["symbol", "chain", "strikeCount"],
        ),
        (
            Tws,
            "ibkr_get_option_chain_params",
            json!({ "underlyingConId": 265598 }),
            &["chains", "count"],
        ),
        (
            Tws,
            "ibkr_search_symbols",
            json!({ "pattern": "AAPL" }),
            &["results", "count"],
        ),
        (
            Tws,
            "ibkr_get_managed_accounts",
            json!({}),
            &["accounts", "count"],
        ),
        (
            Tws,
            "ibkr_get_account_values",
            json!({}),
            &["account", "values", "count"],
        ),
        (
            Tws,
            "ibkr_get_news_articles",
            json!({ "symbol": "AAPL", "providerCodes": "BRFUPDN" }),
            &["articles", "count"],
        ),
        (
            Tws,
            "ibkr_get_news_article",
            json!({ "providerCode": "B", "articleId": "1" }),
            &["articleText"],
        ),
        (
            Tws,
            "ibkr_get_fundamental_data",
            json!({ "symbol": "AAPL", "reportType": "RESC" }),
            &["symbol", "data"],
        ),
        (
            IbPaper,
            "get_historical_data",
            json!({ "symbol": "AAPL", "duration": "1 M", "bar_size": "1 day" }),
            &["data"],
        ),
        (
            IbPaper,
            "search_contracts",
            json!({ "pattern": "AAPL" }),
            &["data"],
        ),
        (
            IbPaper,
            "get_historical_news",
            json!({ "symbol": "AAPL" }),
            &["data"],
        ),
        (
            IbPaper,
            "get_article",
            json!({ "articleId": "1", "providerCode": "B" }),
            &["data"],
        ),
        (
            IbPaper,
            "get_fundamental_data",
            json!({ "symbol": "AAPL" }),
            &["data"],
        ),
        (
            IbPaper,
            "get_account_summary",
            json!({ "account": "" }),
            &[],
        ),
        (IbPaper, "get_positions", json!({ "account": "" }), &[]),
        (
            IbPaper,
            "get_index_quote",
            json!({ "symbol": "SPX" }),
            &["data"],
        ),
        (
            IbPaper,
            "get_option_quotes",
            json!({ "symbol": "AAPL", "expiration": "20270115", "strike": 150, "right": "C" }),
            &["data"],
        ),
    ];
    rows.extend(few(&symbol));
    for name in ["lookup_contract", "ticker_to_conid", "get_contract_details"] {
        rows.push((IbPaper, name, lookup.clone(), &["data"]));
    }
    rows
}

/// What few clients call, and what there is no operation for.
fn few(symbol: &Value) -> Vec<(Profile, &'static str, Value, &'static [&'static str])> {
    let option = json!({
        "symbol": "AAPL", "expiration": "20270115", "strike": 150, "right": "C",
        "underlyingPrice": 180, "volatility": 0.3,
    });
    const COMPUTED: &[&str] = &["contract", "optionPrice", "impliedVolatility", "delta"];
    const SCANNED: &[&str] = &["scanCode", "results", "count"];
    let scan = json!({
        "scanCode": "TOP_PERC_GAIN", "instrument": "STK", "locationCode": "STK.US.MAJOR",
        "numberOfRows": 5,
    });
    let mut rows = vec![
        (
            Profile::Tws,
            "ibkr_calculate_option_price",
            option,
            COMPUTED,
        ),
        (Profile::Tws, "ibkr_run_market_scanner", scan, SCANNED),
        (
            Profile::Tws,
            "ibkr_get_tick_by_tick_data",
            json!({ "symbol": "AAPL", "tickType": "Last", "numberOfTicks": 5 }),
            &["symbol", "tickType", "ticks", "count"][..],
        ),
        (
            Profile::Tws,
            "ibkr_get_security_definition_by_conid",
            json!({ "conId": 265598 }),
            &["contracts"],
        ),
    ];
    for (name, given) in [
        ("ibkr_get_news_providers", json!({})),
        ("ibkr_get_market_rule", json!({ "marketRuleId": 26 })),
        ("ibkr_get_head_timestamp", symbol.clone()),
        ("ibkr_set_market_data_type", json!({ "marketDataType": 3 })),
        ("ibkr_get_histogram_data", symbol.clone()),
        ("ibkr_get_scanner_parameters", json!({})),
        (
            "ibkr_get_smart_components",
            json!({ "bboExchange": "9c0001" }),
        ),
        ("ibkr_get_wsh_meta_data", json!({})),
        ("ibkr_get_wsh_event_data", json!({ "conId": 265598 })),
        ("ibkr_get_current_time", json!({})),
    ] {
        rows.push((Profile::Tws, name, given, &[]));
    }
    rows
}
