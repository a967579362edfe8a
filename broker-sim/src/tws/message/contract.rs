//! Contracts, search, rules and option parameters.

use std::collections::BTreeMap;

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct CancelContractData {
    #[prost(int32, optional, tag = "1")]
    pub(crate) req_id: Option<i32>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct ComboLeg {
    #[prost(int32, optional, tag = "1")]
    pub(crate) con_id: Option<i32>,
    #[prost(int32, optional, tag = "2")]
    pub(crate) ratio: Option<i32>,
    #[prost(string, optional, tag = "3")]
    pub(crate) action: Option<String>,
    #[prost(string, optional, tag = "4")]
    pub(crate) exchange: Option<String>,
    #[prost(int32, optional, tag = "5")]
    pub(crate) open_close: Option<i32>,
    #[prost(int32, optional, tag = "6")]
    pub(crate) short_sales_slot: Option<i32>,
    #[prost(string, optional, tag = "7")]
    pub(crate) designated_location: Option<String>,
    #[prost(int32, optional, tag = "8")]
    pub(crate) exempt_code: Option<i32>,
    #[prost(double, optional, tag = "9")]
    pub(crate) per_leg_price: Option<f64>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Contract {
    #[prost(int32, optional, tag = "1")]
    pub(crate) con_id: Option<i32>,
    #[prost(string, optional, tag = "2")]
    pub(crate) symbol: Option<String>,
    #[prost(string, optional, tag = "3")]
    pub(crate) sec_type: Option<String>,
    #[prost(string, optional, tag = "4")]
    pub(crate) last_trade_date_or_contract_month: Option<String>,
    #[prost(double, optional, tag = "5")]
    pub(crate) strike: Option<f64>,
    #[prost(string, optional, tag = "6")]
    pub(crate) right: Option<String>,
    #[prost(double, optional, tag = "7")]
    pub(crate) multiplier: Option<f64>,
    #[prost(string, optional, tag = "8")]
    pub(crate) exchange: Option<String>,
    #[prost(string, optional, tag = "9")]
    pub(crate) primary_exch: Option<String>,
    #[prost(string, optional, tag = "10")]
    pub(crate) currency: Option<String>,
    #[prost(string, optional, tag = "11")]
    pub(crate) local_symbol: Option<String>,
    #[prost(string, optional, tag = "12")]
    pub(crate) trading_class: Option<String>,
    #[prost(string, optional, tag = "13")]
    pub(crate) sec_id_type: Option<String>,
    #[prost(string, optional, tag = "14")]
    pub(crate) sec_id: Option<String>,
    #[prost(string, optional, tag = "15")]
    pub(crate) description: Option<String>,
    #[prost(string, optional, tag = "16")]
    pub(crate) issuer_id: Option<String>,
    #[prost(message, optional, tag = "17")]
    pub(crate) delta_neutral_contract: Option<DeltaNeutralContract>,
    #[prost(bool, optional, tag = "18")]
    pub(crate) include_expired: Option<bool>,
    #[prost(string, optional, tag = "19")]
    pub(crate) combo_legs_descrip: Option<String>,
    #[prost(message, repeated, tag = "20")]
    pub(crate) combo_legs: Vec<ComboLeg>,
    #[prost(string, optional, tag = "21")]
    pub(crate) last_trade_date: Option<String>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct ContractData {
    #[prost(int32, optional, tag = "1")]
    pub(crate) req_id: Option<i32>,
    #[prost(message, optional, tag = "2")]
    pub(crate) contract: Option<Contract>,
    #[prost(message, optional, tag = "3")]
    pub(crate) contract_details: Option<ContractDetails>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct ContractDataEnd {
    #[prost(int32, optional, tag = "1")]
    pub(crate) req_id: Option<i32>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct ContractDataRequest {
    #[prost(int32, optional, tag = "1")]
    pub(crate) req_id: Option<i32>,
    #[prost(message, optional, tag = "2")]
    pub(crate) contract: Option<Contract>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct ContractDescription {
    #[prost(message, optional, tag = "1")]
    pub(crate) contract: Option<Contract>,
    #[prost(string, repeated, tag = "2")]
    pub(crate) derivative_sec_types: Vec<String>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct ContractDetails {
    #[prost(string, optional, tag = "1")]
    pub(crate) market_name: Option<String>,
    #[prost(string, optional, tag = "2")]
    pub(crate) min_tick: Option<String>,
    #[prost(string, optional, tag = "3")]
    pub(crate) order_types: Option<String>,
    #[prost(string, optional, tag = "4")]
    pub(crate) valid_exchanges: Option<String>,
    #[prost(int32, optional, tag = "5")]
    pub(crate) price_magnifier: Option<i32>,
    #[prost(int32, optional, tag = "6")]
    pub(crate) under_con_id: Option<i32>,
    #[prost(string, optional, tag = "7")]
    pub(crate) long_name: Option<String>,
    #[prost(string, optional, tag = "8")]
    pub(crate) contract_month: Option<String>,
    #[prost(string, optional, tag = "9")]
    pub(crate) industry: Option<String>,
    #[prost(string, optional, tag = "10")]
    pub(crate) category: Option<String>,
    #[prost(string, optional, tag = "11")]
    pub(crate) subcategory: Option<String>,
    #[prost(string, optional, tag = "12")]
    pub(crate) time_zone_id: Option<String>,
    #[prost(string, optional, tag = "13")]
    pub(crate) trading_hours: Option<String>,
    #[prost(string, optional, tag = "14")]
    pub(crate) liquid_hours: Option<String>,
    #[prost(string, optional, tag = "15")]
    pub(crate) ev_rule: Option<String>,
    #[prost(double, optional, tag = "16")]
    pub(crate) ev_multiplier: Option<f64>,
    #[prost(btree_map = "string, string", tag = "17")]
    pub(crate) sec_id_list: BTreeMap<String, String>,
    #[prost(int32, optional, tag = "18")]
    pub(crate) agg_group: Option<i32>,
    #[prost(string, optional, tag = "19")]
    pub(crate) under_symbol: Option<String>,
    #[prost(string, optional, tag = "20")]
    pub(crate) under_sec_type: Option<String>,
    #[prost(string, optional, tag = "21")]
    pub(crate) market_rule_ids: Option<String>,
    #[prost(string, optional, tag = "22")]
    pub(crate) real_expiration_date: Option<String>,
    #[prost(string, optional, tag = "23")]
    pub(crate) stock_type: Option<String>,
    #[prost(string, optional, tag = "24")]
    pub(crate) min_size: Option<String>,
    #[prost(string, optional, tag = "25")]
    pub(crate) size_increment: Option<String>,
    #[prost(string, optional, tag = "26")]
    pub(crate) suggested_size_increment: Option<String>,
    #[prost(string, optional, tag = "27")]
    pub(crate) fund_name: Option<String>,
    #[prost(string, optional, tag = "28")]
    pub(crate) fund_family: Option<String>,
    #[prost(string, optional, tag = "29")]
    pub(crate) fund_type: Option<String>,
    #[prost(string, optional, tag = "30")]
    pub(crate) fund_front_load: Option<String>,
    #[prost(string, optional, tag = "31")]
    pub(crate) fund_back_load: Option<String>,
    #[prost(string, optional, tag = "32")]
    pub(crate) fund_back_load_time_interval: Option<String>,
    #[prost(string, optional, tag = "33")]
    pub(crate) fund_management_fee: Option<String>,
    #[prost(bool, optional, tag = "34")]
    pub(crate) fund_closed: Option<bool>,
    #[prost(bool, optional, tag = "35")]
    pub(crate) fund_closed_for_new_investors: Option<bool>,
    #[prost(bool, optional, tag = "36")]
    pub(crate) fund_closed_for_new_money: Option<bool>,
    #[prost(string, optional, tag = "37")]
    pub(crate) fund_notify_amount: Option<String>,
    #[prost(string, optional, tag = "38")]
    pub(crate) fund_minimum_initial_purchase: Option<String>,
    #[prost(string, optional, tag = "39")]
    pub(crate) fund_minimum_subsequent_purchase: Option<String>,
    #[prost(string, optional, tag = "40")]
    pub(crate) fund_blue_sky_states: Option<String>,
    #[prost(string, optional, tag = "41")]
    pub(crate) fund_blue_sky_territories: Option<String>,
    #[prost(string, optional, tag = "42")]
    pub(crate) fund_distribution_policy_indicator: Option<String>,
    #[prost(string, optional, tag = "43")]
    pub(crate) fund_asset_type: Option<String>,
    #[prost(string, optional, tag = "44")]
    pub(crate) cusip: Option<String>,
    #[prost(string, optional, tag = "45")]
    pub(crate) issue_date: Option<String>,
    #[prost(string, optional, tag = "46")]
    pub(crate) ratings: Option<String>,
    #[prost(string, optional, tag = "47")]
    pub(crate) bond_type: Option<String>,
    #[prost(double, optional, tag = "48")]
    pub(crate) coupon: Option<f64>,
    #[prost(string, optional, tag = "49")]
    pub(crate) coupon_type: Option<String>,
    #[prost(bool, optional, tag = "50")]
    pub(crate) convertible: Option<bool>,
    #[prost(bool, optional, tag = "51")]
    pub(crate) callable: Option<bool>,
    #[prost(bool, optional, tag = "52")]
    pub(crate) puttable: Option<bool>,
    #[prost(string, optional, tag = "53")]
    pub(crate) desc_append: Option<String>,
    #[prost(string, optional, tag = "54")]
    pub(crate) next_option_date: Option<String>,
    #[prost(string, optional, tag = "55")]
    pub(crate) next_option_type: Option<String>,
    #[prost(bool, optional, tag = "56")]
    pub(crate) next_option_partial: Option<bool>,
    #[prost(string, optional, tag = "57")]
    pub(crate) bond_notes: Option<String>,
    #[prost(message, repeated, tag = "58")]
    pub(crate) ineligibility_reason_list: Vec<IneligibilityReason>,
    #[prost(string, optional, tag = "59")]
    pub(crate) event_contract1: Option<String>,
    #[prost(string, optional, tag = "60")]
    pub(crate) event_contract_description1: Option<String>,
    #[prost(string, optional, tag = "61")]
    pub(crate) event_contract_description2: Option<String>,
    #[prost(string, optional, tag = "62")]
    pub(crate) min_algo_size: Option<String>,
    #[prost(string, optional, tag = "63")]
    pub(crate) last_price_precision: Option<String>,
    #[prost(string, optional, tag = "64")]
    pub(crate) last_size_precision: Option<String>,
    #[prost(string, optional, tag = "65")]
    pub(crate) settlement_method: Option<String>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct DeltaNeutralContract {
    #[prost(int32, optional, tag = "1")]
    pub(crate) con_id: Option<i32>,
    #[prost(double, optional, tag = "2")]
    pub(crate) delta: Option<f64>,
    #[prost(double, optional, tag = "3")]
    pub(crate) price: Option<f64>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct DepthMarketDataDescription {
    #[prost(string, optional, tag = "1")]
    pub(crate) exchange: Option<String>,
    #[prost(string, optional, tag = "2")]
    pub(crate) sec_type: Option<String>,
    #[prost(string, optional, tag = "3")]
    pub(crate) listing_exch: Option<String>,
    #[prost(string, optional, tag = "4")]
    pub(crate) service_data_type: Option<String>,
    #[prost(int32, optional, tag = "5")]
    pub(crate) agg_group: Option<i32>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct IneligibilityReason {
    #[prost(string, optional, tag = "1")]
    pub(crate) id: Option<String>,
    #[prost(string, optional, tag = "2")]
    pub(crate) description: Option<String>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct MarketDepthExchanges {
    #[prost(message, repeated, tag = "1")]
    pub(crate) depth_market_data_descriptions: Vec<DepthMarketDataDescription>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct MarketDepthExchangesRequest {}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct MarketRule {
    #[prost(int32, optional, tag = "1")]
    pub(crate) market_rule_id: Option<i32>,
    #[prost(message, repeated, tag = "2")]
    pub(crate) price_increments: Vec<PriceIncrement>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct MarketRuleRequest {
    #[prost(int32, optional, tag = "1")]
    pub(crate) market_rule_id: Option<i32>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct MatchingSymbolsRequest {
    #[prost(int32, optional, tag = "1")]
    pub(crate) req_id: Option<i32>,
    #[prost(string, optional, tag = "2")]
    pub(crate) pattern: Option<String>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct PriceIncrement {
    #[prost(double, optional, tag = "1")]
    pub(crate) low_edge: Option<f64>,
    #[prost(double, optional, tag = "2")]
    pub(crate) increment: Option<f64>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct SecDefOptParameter {
    #[prost(int32, optional, tag = "1")]
    pub(crate) req_id: Option<i32>,
    #[prost(string, optional, tag = "2")]
    pub(crate) exchange: Option<String>,
    #[prost(int32, optional, tag = "3")]
    pub(crate) underlying_con_id: Option<i32>,
    #[prost(string, optional, tag = "4")]
    pub(crate) trading_class: Option<String>,
    #[prost(string, optional, tag = "5")]
    pub(crate) multiplier: Option<String>,
    #[prost(string, repeated, tag = "6")]
    pub(crate) expirations: Vec<String>,
    #[prost(double, repeated, tag = "7")]
    pub(crate) strikes: Vec<f64>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct SecDefOptParameterEnd {
    #[prost(int32, optional, tag = "1")]
    pub(crate) req_id: Option<i32>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct SecDefOptParamsRequest {
    #[prost(int32, optional, tag = "1")]
    pub(crate) req_id: Option<i32>,
    #[prost(string, optional, tag = "2")]
    pub(crate) underlying_symbol: Option<String>,
    #[prost(string, optional, tag = "3")]
    pub(crate) fut_fop_exchange: Option<String>,
    #[prost(string, optional, tag = "4")]
    pub(crate) underlying_sec_type: Option<String>,
    #[prost(int32, optional, tag = "5")]
    pub(crate) underlying_con_id: Option<i32>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct SmartComponent {
    #[prost(int32, optional, tag = "1")]
    pub(crate) bit_number: Option<i32>,
    #[prost(string, optional, tag = "2")]
    pub(crate) exchange: Option<String>,
    #[prost(string, optional, tag = "3")]
    pub(crate) exchange_letter: Option<String>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct SmartComponents {
    #[prost(int32, optional, tag = "1")]
    pub(crate) req_id: Option<i32>,
    #[prost(message, repeated, tag = "2")]
    pub(crate) smart_components: Vec<SmartComponent>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct SmartComponentsRequest {
    #[prost(int32, optional, tag = "1")]
    pub(crate) req_id: Option<i32>,
    #[prost(string, optional, tag = "2")]
    pub(crate) bbo_exchange: Option<String>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct SymbolSamples {
    #[prost(int32, optional, tag = "1")]
    pub(crate) req_id: Option<i32>,
    #[prost(message, repeated, tag = "2")]
    pub(crate) contract_descriptions: Vec<ContractDescription>,
}
