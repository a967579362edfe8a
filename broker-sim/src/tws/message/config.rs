//! The settings of TWS itself.

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct ApiConfig {
    #[prost(message, optional, tag = "1")]
    pub(crate) precautions: Option<ApiPrecautionsConfig>,
    #[prost(message, optional, tag = "2")]
    pub(crate) settings: Option<ApiSettingsConfig>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct ApiPrecautionsConfig {
    #[prost(bool, optional, tag = "1")]
    pub(crate) bypass_order_precautions: Option<bool>,
    #[prost(bool, optional, tag = "2")]
    pub(crate) bypass_bond_warning: Option<bool>,
    #[prost(bool, optional, tag = "3")]
    pub(crate) bypass_negative_yield_confirmation: Option<bool>,
    #[prost(bool, optional, tag = "4")]
    pub(crate) bypass_called_bond_warning: Option<bool>,
    #[prost(bool, optional, tag = "5")]
    pub(crate) bypass_same_action_pair_trade_warning: Option<bool>,
    #[prost(bool, optional, tag = "6")]
    pub(crate) bypass_flagged_accounts_warning: Option<bool>,
    #[prost(bool, optional, tag = "7")]
    pub(crate) bypass_price_based_volatility_warning: Option<bool>,
    #[prost(bool, optional, tag = "8")]
    pub(crate) bypass_redirect_order_warning: Option<bool>,
    #[prost(bool, optional, tag = "9")]
    pub(crate) bypass_no_overfill_protection: Option<bool>,
    #[prost(bool, optional, tag = "10")]
    pub(crate) bypass_route_marketable_to_bbo: Option<bool>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct ApiSettingsConfig {
    #[prost(bool, optional, tag = "1")]
    pub(crate) read_only_api: Option<bool>,
    #[prost(bool, optional, tag = "2")]
    pub(crate) total_quantity_for_mutual_funds: Option<bool>,
    #[prost(bool, optional, tag = "3")]
    pub(crate) download_open_orders_on_connection: Option<bool>,
    #[prost(bool, optional, tag = "4")]
    pub(crate) include_virtual_fx_positions: Option<bool>,
    #[prost(bool, optional, tag = "5")]
    pub(crate) prepare_daily_pnl: Option<bool>,
    #[prost(bool, optional, tag = "6")]
    pub(crate) send_status_updates_for_volatility_orders: Option<bool>,
    #[prost(string, optional, tag = "7")]
    pub(crate) encode_api_messages: Option<String>,
    #[prost(int32, optional, tag = "8")]
    pub(crate) socket_port: Option<i32>,
    #[prost(bool, optional, tag = "9")]
    pub(crate) use_negative_auto_range: Option<bool>,
    #[prost(bool, optional, tag = "10")]
    pub(crate) create_api_message_log_file: Option<bool>,
    #[prost(bool, optional, tag = "11")]
    pub(crate) include_market_data_in_log_file: Option<bool>,
    #[prost(bool, optional, tag = "12")]
    pub(crate) expose_trading_schedule_to_api: Option<bool>,
    #[prost(bool, optional, tag = "13")]
    pub(crate) split_insured_deposit_from_cash_balance: Option<bool>,
    #[prost(bool, optional, tag = "14")]
    pub(crate) send_zero_positions_for_today_only: Option<bool>,
    #[prost(bool, optional, tag = "15")]
    pub(crate) let_api_account_requests_switch_subscription: Option<bool>,
    #[prost(bool, optional, tag = "16")]
    pub(crate) use_account_groups_with_allocation_methods: Option<bool>,
    #[prost(string, optional, tag = "17")]
    pub(crate) logging_level: Option<String>,
    #[prost(int32, optional, tag = "18")]
    pub(crate) master_client_id: Option<i32>,
    #[prost(int32, optional, tag = "19")]
    pub(crate) bulk_data_timeout: Option<i32>,
    #[prost(string, optional, tag = "20")]
    pub(crate) component_exch_separator: Option<String>,
    #[prost(bool, optional, tag = "21")]
    pub(crate) show_forex_data_in_tenth_pips: Option<bool>,
    #[prost(bool, optional, tag = "22")]
    pub(crate) allow_forex_trading_in_tenth_pips: Option<bool>,
    #[prost(bool, optional, tag = "23")]
    pub(crate) round_account_values_to_nearest_whole_number: Option<bool>,
    #[prost(bool, optional, tag = "24")]
    pub(crate) send_market_data_in_lots_for_us_stocks: Option<bool>,
    #[prost(bool, optional, tag = "25")]
    pub(crate) show_advanced_order_reject_in_ui: Option<bool>,
    #[prost(bool, optional, tag = "26")]
    pub(crate) reject_messages_above_max_rate: Option<bool>,
    #[prost(bool, optional, tag = "27")]
    pub(crate) maintain_connection_on_incorrect_fields: Option<bool>,
    #[prost(bool, optional, tag = "28")]
    pub(crate) compatibility_mode_nasdaq_stocks: Option<bool>,
    #[prost(string, optional, tag = "29")]
    pub(crate) send_instrument_timezone: Option<String>,
    #[prost(bool, optional, tag = "30")]
    pub(crate) send_forex_data_in_compatibility_mode: Option<bool>,
    #[prost(bool, optional, tag = "31")]
    pub(crate) maintain_and_resubmit_orders_on_reconnect: Option<bool>,
    #[prost(int32, optional, tag = "32")]
    pub(crate) historical_data_max_size: Option<i32>,
    #[prost(bool, optional, tag = "33")]
    pub(crate) auto_report_netting_event_contract_trades: Option<bool>,
    #[prost(string, optional, tag = "34")]
    pub(crate) option_exercise_request_type: Option<String>,
    #[prost(bool, optional, tag = "35")]
    pub(crate) allow_localhost_only: Option<bool>,
    #[prost(string, repeated, tag = "36")]
    pub(crate) trusted_ips: Vec<String>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct ConfigRequest {
    #[prost(int32, optional, tag = "1")]
    pub(crate) req_id: Option<i32>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct ConfigResponse {
    #[prost(int32, optional, tag = "1")]
    pub(crate) req_id: Option<i32>,
    #[prost(message, optional, tag = "2")]
    pub(crate) lock_and_exit: Option<LockAndExitConfig>,
    #[prost(message, repeated, tag = "3")]
    pub(crate) messages: Vec<MessageConfig>,
    #[prost(message, optional, tag = "4")]
    pub(crate) api: Option<ApiConfig>,
    #[prost(message, optional, tag = "5")]
    pub(crate) orders: Option<OrdersConfig>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct LockAndExitConfig {
    #[prost(string, optional, tag = "1")]
    pub(crate) auto_logoff_time: Option<String>,
    #[prost(string, optional, tag = "2")]
    pub(crate) auto_logoff_period: Option<String>,
    #[prost(string, optional, tag = "3")]
    pub(crate) auto_logoff_type: Option<String>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct MessageConfig {
    #[prost(int32, optional, tag = "1")]
    pub(crate) id: Option<i32>,
    #[prost(string, optional, tag = "2")]
    pub(crate) title: Option<String>,
    #[prost(string, optional, tag = "3")]
    pub(crate) message: Option<String>,
    #[prost(string, optional, tag = "4")]
    pub(crate) default_action: Option<String>,
    #[prost(bool, optional, tag = "5")]
    pub(crate) enabled: Option<bool>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct OrdersConfig {
    #[prost(message, optional, tag = "1")]
    pub(crate) smart_routing: Option<OrdersSmartRoutingConfig>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct OrdersSmartRoutingConfig {
    #[prost(bool, optional, tag = "1")]
    pub(crate) seek_price_improvement: Option<bool>,
    #[prost(bool, optional, tag = "2")]
    pub(crate) pre_open_reroute: Option<bool>,
    #[prost(bool, optional, tag = "3")]
    pub(crate) do_not_route_to_dark_pools: Option<bool>,
    #[prost(string, optional, tag = "4")]
    pub(crate) default_algorithm: Option<String>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct UpdateConfigRequest {
    #[prost(int32, optional, tag = "1")]
    pub(crate) req_id: Option<i32>,
    #[prost(message, optional, tag = "2")]
    pub(crate) lock_and_exit: Option<LockAndExitConfig>,
    #[prost(message, repeated, tag = "3")]
    pub(crate) messages: Vec<MessageConfig>,
    #[prost(message, optional, tag = "4")]
    pub(crate) api: Option<ApiConfig>,
    #[prost(message, optional, tag = "5")]
    pub(crate) orders: Option<OrdersConfig>,
    #[prost(message, repeated, tag = "6")]
    pub(crate) accepted_warnings: Vec<UpdateConfigWarning>,
    #[prost(bool, optional, tag = "7")]
    pub(crate) reset_api_order_sequence: Option<bool>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct UpdateConfigResponse {
    #[prost(int32, optional, tag = "1")]
    pub(crate) req_id: Option<i32>,
    #[prost(string, optional, tag = "2")]
    pub(crate) status: Option<String>,
    #[prost(string, optional, tag = "3")]
    pub(crate) message: Option<String>,
    #[prost(string, repeated, tag = "4")]
    pub(crate) changed_fields: Vec<String>,
    #[prost(string, repeated, tag = "5")]
    pub(crate) errors: Vec<String>,
    #[prost(message, repeated, tag = "6")]
    pub(crate) warnings: Vec<UpdateConfigWarning>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct UpdateConfigWarning {
    #[prost(int32, optional, tag = "1")]
    pub(crate) message_id: Option<i32>,
    #[prost(string, optional, tag = "2")]
    pub(crate) title: Option<String>,
    #[prost(string, optional, tag = "3")]
    pub(crate) message: Option<String>,
}
