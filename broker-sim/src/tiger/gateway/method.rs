//! The table of methods: which gateway, which versions, how often.

/// A method that the broker serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Method {
    pub(super) name: &'static str,
    /// Requests per minute.
    pub(super) per_minute: u32,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Orders: refusals may be told inside the data.
    Order,
    /// Everything else about accounts.
    Trade,
    /// Prices and research.
    Quote,
}

impl Method {
    pub(super) fn of(name: &str) -> Option<Self> {
        METHODS.iter().find(|method| method.name == name).copied()
    }

    /// Whether refusals may be told inside the data.
    pub(super) const fn is_order(self) -> bool {
        matches!(self.kind, Kind::Order)
    }

    /// Whether the method changes something, so that a lost answer leaves it open whether it has.
    pub(super) fn is_command(self) -> bool {
        matches!(
            self.name,
            "place_order"
                | "modify_order"
                | "cancel_order"
                | "place_forex_order"
                | "transfer_segment_fund"
                | "cancel_segment_fund"
                | "position_transfer"
                | "option_exercise_submit"
                | "option_exercise_cancel"
        )
    }

    /// Whether the limits of an account's orders hold for it.
    pub(super) fn is_limited_by_account(self) -> bool {
        matches!(self.name, "place_order" | "modify_order" | "cancel_order")
    }

    /// Whether the method is about accounts.
    pub(super) const fn is_trade(self) -> bool {
        !matches!(self.kind, Kind::Quote)
    }
}

const fn order(name: &'static str, per_minute: u32) -> Method {
    Method {
        name,
        per_minute,
        kind: Kind::Order,
    }
}

const fn trade(name: &'static str, per_minute: u32) -> Method {
    Method {
        name,
        per_minute,
        kind: Kind::Trade,
    }
}

const fn quote(name: &'static str, per_minute: u32) -> Method {
    Method {
        name,
        per_minute,
        kind: Kind::Quote,
    }
}

/// Every method of the official SDKs, by the tiers of the vendor's page of August 2026; what that
/// page leaves out is in the middle tier.
const METHODS: &[Method] = &[
    // Orders.
    order("order_no", 120),
    order("place_order", 120),
    order("modify_order", 120),
    order("cancel_order", 120),
    trade("preview_order", 60),
    trade("orders", 120),
    trade("active_orders", 120),
    trade("inactive_orders", 120),
    trade("filled_orders", 120),
    trade("order_transactions", 60),
    // Accounts.
    trade("accounts", 60),
    trade("assets", 60),
    trade("prime_assets", 60),
    trade("aggregate_assets", 60),
    trade("analytics_asset", 60),
    trade("positions", 60),
    trade("estimate_tradable_quantity", 60),
    // Money and positions on their way.
    trade("segment_fund_available", 60),
    trade("transfer_segment_fund", 60),
    trade("cancel_segment_fund", 60),
    trade("segment_fund_history", 60),
    trade("place_forex_order", 60),
    trade("transfer_fund", 60),
    trade("fund_details", 10),
    trade("position_transfer", 60),
    trade("position_transfer_records", 60),
    trade("position_transfer_external_records", 60),
    trade("position_transfer_detail", 60),
    trade("option_exercise_check", 60),
    trade("option_exercise_submit", 60),
    trade("option_exercise_record", 60),
    trade("option_exercise_position", 60),
    trade("option_exercise_cancel", 60),
    // Contracts.
    trade("contract", 60),
    trade("contracts", 60),
    trade("quote_contract", 60),
    // The developer.
    trade("user_license", 10),
    trade("user_token_refresh", 10),
    quote("grab_quote_permission", 10),
    quote("get_quote_permission", 10),
    quote("kline_quota", 10),
    quote("addon_entitlements", 60),
    // Quotes of shares.
    quote("market_state", 10),
    quote("trading_calendar", 60),
    quote("all_symbols", 10),
    quote("all_symbol_names", 10),
    quote("brief", 60),
    quote("quote_real_time", 120),
    quote("quote_delay", 10),
    quote("quote_overnight", 120),
    quote("stock_detail", 10),
    quote("timeline", 120),
    quote("history_timeline", 60),
    quote("hour_trading_timeline", 120),
    quote("kline", 60),
    quote("trade_tick", 120),
    quote("quote_depth", 60),
    quote("quote_shortable_stocks", 60),
    quote("quote_stock_trade", 60),
    quote("stock_broker", 60),
    quote("broker_hold", 10),
    quote("capital_flow", 60),
    quote("capital_distribution", 60),
    quote("trade_rank", 10),
    quote("stock_fundamental", 60),
    quote("market_scanner", 10),
    quote("market_scanner_tags", 10),
    // Options.
    quote("option_expiration", 60),
    quote("option_chain", 60),
    quote("option_brief", 120),
    quote("option_kline", 60),
    quote("option_timeline", 60),
    quote("option_trade_tick", 120),
    quote("option_depth", 60),
    quote("all_hk_option_symbols", 60),
    quote("option_analysis", 60),
    // Futures.
    quote("future_exchange", 10),
    quote("future_contract_by_exchange_code", 60),
    quote("future_contract_by_contract_code", 60),
    quote("future_contracts", 60),
    quote("future_continuous_contracts", 60),
    quote("future_current_contract", 60),
    quote("future_history_main_contract", 60),
    quote("future_kline", 60),
    quote("future_real_time_quote", 120),
    quote("future_tick", 120),
    quote("future_depth", 120),
    quote("future_trading_date", 60),
    // Funds, warrants, fundamentals.
    quote("fund_all_symbols", 60),
    quote("fund_contracts", 60),
    quote("fund_quote", 60),
    quote("fund_history_quote", 60),
    quote("warrant_real_time_quote", 60),
    quote("warrant_filter", 60),
    quote("financial_daily", 60),
    quote("financial_report", 60),
    quote("corporate_action", 60),
    quote("financial_currency", 60),
    quote("financial_exchange_rate", 60),
    quote("industry_list", 60),
    quote("industry_stocks", 60),
    quote("stock_industry", 60),
];
