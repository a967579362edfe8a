/// The names of all operations, toolset by toolset. Nothing else is a target of an alias, or a word of a
/// prompt.
pub const UNIFIED: [&str; 41] = [
    // system
    "get_status",
    "list_accounts",
    "get_account_status",
    // market
    "get_quotes",
    "get_bars",
    "search_instruments",
    "get_contracts",
    "get_option_expirations",
    "get_option_chain",
    "get_market_status",
    "stream_market_data",
    // info
    "get_financials",
    "get_corporate_actions",
    "get_earnings",
    "get_news",
    "get_news_article",
    // portfolio
    "get_account_summary",
    "get_positions",
    "get_pnl",
    "get_orders",
    "get_order",
    "get_executions",
    "stream_account_updates",
    // trading
    "preview_order",
    "place_order",
    "modify_order",
    "cancel_order",
    "cancel_all_orders",
    // admin
    "set_default_account",
    "refresh_token",
    "connect",
    "disconnect",
    "gateway_control",
    "restart_workers",
    "kill_switch",
    "get_next_order_id",
    "add_account",
    "remove_account",
    // ib_extra
    "compute_option",
    "get_trades",
    "scan_market",
];
