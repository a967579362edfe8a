//! What can be asked: name, tier of the request limits, server, effect.

/// How often a method may be asked in a minute (protocol notes, section 5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tier {
    /// 120 times.
    High,
    /// 60 times.
    Middle,
    /// 10 times.
    Low,
}

/// Which address a method goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Route {
    Trade,
    Quote,
}

/// What a method does at the broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// Nothing: it may be asked again.
    Read,
    /// Something: it is sent once, and without an answer nobody knows.
    Command,
}

/// A method of the vendor's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Method {
    pub(crate) name: &'static str,
    pub(crate) tier: Tier,
    pub(super) route: Route,
    pub(super) effect: Effect,
    /// Whether a refusal may be told inside the data of an answer with code 0.
    pub(super) inner_code: bool,
}

impl Method {
    /// The method of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|method| method.name == name).copied()
    }

    /// Whether it has no effect at the broker.
    pub(crate) fn is_read(self) -> bool {
        self.effect == Effect::Read
    }

    /// Whether it is one of those of which an account has five in a second.
    pub(crate) fn places_or_changes(self) -> bool {
        self == Self::PLACE_ORDER || self == Self::MODIFY_ORDER
    }

    /// Whether it takes risk away and goes first.
    pub(crate) fn cancels(self) -> bool {
        self == Self::CANCEL_ORDER
    }
}

macro_rules! methods {
    ($($constant:ident $name:literal $tier:ident $route:ident $effect:ident $(($inner:ident))?;)*) => {
        impl Method {
            $(#[doc = concat!("`", $name, "`.")]
            pub(crate) const $constant: Self = Self {
                name: $name,
                tier: Tier::$tier,
                route: Route::$route,
                effect: Effect::$effect,
                inner_code: methods!(@inner $($inner)?),
            };)*
            /// Every method.
            pub(crate) const ALL: &'static [Self] = &[$(Self::$constant),*];
        }
    };
    (@inner) => { false };
    (@inner inner_code) => { true };
}

// What the vendor's page leaves out is in the middle tier.
methods! {
    // Orders. `order_no` uses up a number, which harms nobody.
    ORDER_NO "order_no" High Trade Read (inner_code);
    PLACE_ORDER "place_order" High Trade Command (inner_code);
    MODIFY_ORDER "modify_order" High Trade Command (inner_code);
    CANCEL_ORDER "cancel_order" High Trade Command (inner_code);
    PREVIEW_ORDER "preview_order" Middle Trade Read;
    ORDERS "orders" High Trade Read;
    ACTIVE_ORDERS "active_orders" High Trade Read;
    INACTIVE_ORDERS "inactive_orders" High Trade Read;
    FILLED_ORDERS "filled_orders" High Trade Read;
    ORDER_TRANSACTIONS "order_transactions" Middle Trade Read;
    // Accounts.
    ACCOUNTS "accounts" Middle Trade Read;
    ASSETS "assets" Middle Trade Read;
    PRIME_ASSETS "prime_assets" Middle Trade Read;
    AGGREGATE_ASSETS "aggregate_assets" Middle Trade Read;
    ANALYTICS_ASSET "analytics_asset" Middle Trade Read;
    POSITIONS "positions" Middle Trade Read;
    ESTIMATE_TRADABLE_QUANTITY "estimate_tradable_quantity" Middle Trade Read;
    // Money and positions on their way.
    SEGMENT_FUND_AVAILABLE "segment_fund_available" Middle Trade Read;
    TRANSFER_SEGMENT_FUND "transfer_segment_fund" Middle Trade Command;
    CANCEL_SEGMENT_FUND "cancel_segment_fund" Middle Trade Command;
    SEGMENT_FUND_HISTORY "segment_fund_history" Middle Trade Read;
    PLACE_FOREX_ORDER "place_forex_order" Middle Trade Command;
    TRANSFER_FUND "transfer_fund" Middle Trade Read;
    FUND_DETAILS "fund_details" Low Trade Read;
    POSITION_TRANSFER "position_transfer" Middle Trade Command;
    POSITION_TRANSFER_RECORDS "position_transfer_records" Middle Trade Read;
    POSITION_TRANSFER_EXTERNAL_RECORDS "position_transfer_external_records" Middle Trade Read;
    POSITION_TRANSFER_DETAIL "position_transfer_detail" Middle Trade Read;
    OPTION_EXERCISE_CHECK "option_exercise_check" Middle Trade Read;
    OPTION_EXERCISE_SUBMIT "option_exercise_submit" Middle Trade Command;
    OPTION_EXERCISE_RECORD "option_exercise_record" Middle Trade Read;
    OPTION_EXERCISE_POSITION "option_exercise_position" Middle Trade Read;
    OPTION_EXERCISE_CANCEL "option_exercise_cancel" Middle Trade Command;
    // Contracts.
    CONTRACT "contract" Middle Trade Read;
    CONTRACTS "contracts" Middle Trade Read;
    QUOTE_CONTRACT "quote_contract" Middle Trade Read;
    // The developer.
    USER_LICENSE "user_license" Low Trade Read;
    USER_TOKEN_REFRESH "user_token_refresh" Low Trade Command;
    GRAB_QUOTE_PERMISSION "grab_quote_permission" Low Quote Command;
    GET_QUOTE_PERMISSION "get_quote_permission" Low Quote Read;
    KLINE_QUOTA "kline_quota" Low Quote Read;
    ADDON_ENTITLEMENTS "addon_entitlements" Middle Quote Read;
    // Quotes of shares.
    MARKET_STATE "market_state" Low Quote Read;
    TRADING_CALENDAR "trading_calendar" Middle Quote Read;
    ALL_SYMBOLS "all_symbols" Low Quote Read;
    ALL_SYMBOL_NAMES "all_symbol_names" Low Quote Read;
    BRIEF "brief" Middle Quote Read;
    QUOTE_REAL_TIME "quote_real_time" High Quote Read;
    QUOTE_DELAY "quote_delay" Low Quote Read;
    QUOTE_OVERNIGHT "quote_overnight" High Quote Read;
    STOCK_DETAIL "stock_detail" Low Quote Read;
    TIMELINE "timeline" High Quote Read;
    HISTORY_TIMELINE "history_timeline" Middle Quote Read;
    HOUR_TRADING_TIMELINE "hour_trading_timeline" High Quote Read;
    KLINE "kline" Middle Quote Read;
    TRADE_TICK "trade_tick" High Quote Read;
    QUOTE_DEPTH "quote_depth" Middle Quote Read;
    QUOTE_SHORTABLE_STOCKS "quote_shortable_stocks" Middle Quote Read;
    QUOTE_STOCK_TRADE "quote_stock_trade" Middle Quote Read;
    STOCK_BROKER "stock_broker" Middle Quote Read;
    BROKER_HOLD "broker_hold" Low Quote Read;
    CAPITAL_FLOW "capital_flow" Middle Quote Read;
    CAPITAL_DISTRIBUTION "capital_distribution" Middle Quote Read;
    TRADE_RANK "trade_rank" Low Quote Read;
    STOCK_FUNDAMENTAL "stock_fundamental" Middle Quote Read;
    MARKET_SCANNER "market_scanner" Low Quote Read;
    MARKET_SCANNER_TAGS "market_scanner_tags" Low Quote Read;
    // Options.
    OPTION_EXPIRATION "option_expiration" Middle Quote Read;
    OPTION_CHAIN "option_chain" Middle Quote Read;
    OPTION_BRIEF "option_brief" High Quote Read;
    OPTION_KLINE "option_kline" Middle Quote Read;
    OPTION_TIMELINE "option_timeline" Middle Quote Read;
    OPTION_TRADE_TICK "option_trade_tick" High Quote Read;
    OPTION_DEPTH "option_depth" Middle Quote Read;
    OPTION_ANALYSIS "option_analysis" Middle Quote Read;
    ALL_HK_OPTION_SYMBOLS "all_hk_option_symbols" Middle Quote Read;
    // Futures.
    FUTURE_EXCHANGE "future_exchange" Low Quote Read;
    FUTURE_CONTRACT_BY_EXCHANGE_CODE "future_contract_by_exchange_code" Middle Quote Read;
    FUTURE_CONTRACT_BY_CONTRACT_CODE "future_contract_by_contract_code" Middle Quote Read;
    FUTURE_CONTRACTS "future_contracts" Middle Quote Read;
    FUTURE_CONTINUOUS_CONTRACTS "future_continuous_contracts" Middle Quote Read;
    FUTURE_CURRENT_CONTRACT "future_current_contract" Middle Quote Read;
    FUTURE_HISTORY_MAIN_CONTRACT "future_history_main_contract" Middle Quote Read;
    FUTURE_KLINE "future_kline" Middle Quote Read;
    FUTURE_REAL_TIME_QUOTE "future_real_time_quote" High Quote Read;
    FUTURE_TICK "future_tick" High Quote Read;
    FUTURE_DEPTH "future_depth" High Quote Read;
    FUTURE_TRADING_DATE "future_trading_date" Middle Quote Read;
    // Funds, warrants, fundamentals.
    FUND_ALL_SYMBOLS "fund_all_symbols" Middle Quote Read;
    FUND_CONTRACTS "fund_contracts" Middle Quote Read;
    FUND_QUOTE "fund_quote" Middle Quote Read;
    FUND_HISTORY_QUOTE "fund_history_quote" Middle Quote Read;
    WARRANT_REAL_TIME_QUOTE "warrant_real_time_quote" Middle Quote Read;
    WARRANT_FILTER "warrant_filter" Middle Quote Read;
    FINANCIAL_DAILY "financial_daily" Middle Quote Read;
    FINANCIAL_REPORT "financial_report" Middle Quote Read;
    CORPORATE_ACTION "corporate_action" Middle Quote Read;
    FINANCIAL_CURRENCY "financial_currency" Middle Quote Read;
    FINANCIAL_EXCHANGE_RATE "financial_exchange_rate" Middle Quote Read;
    INDUSTRY_LIST "industry_list" Middle Quote Read;
    INDUSTRY_STOCKS "industry_stocks" Middle Quote Read;
    STOCK_INDUSTRY "stock_industry" Middle Quote Read;
}
