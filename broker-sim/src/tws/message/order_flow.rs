//! What is asked and told about orders.

use super::{Contract, Order, SoftDollarTier};

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct AllOpenOrdersRequest {}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct AttachedOrders {
    #[prost(int32, optional, tag = "1")]
    pub(crate) sl_order_id: Option<i32>,
    #[prost(string, optional, tag = "2")]
    pub(crate) sl_order_type: Option<String>,
    #[prost(int32, optional, tag = "3")]
    pub(crate) pt_order_id: Option<i32>,
    #[prost(string, optional, tag = "4")]
    pub(crate) pt_order_type: Option<String>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct AutoOpenOrdersRequest {
    #[prost(bool, optional, tag = "1")]
    pub(crate) auto_bind: Option<bool>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct CancelOrderRequest {
    #[prost(int32, optional, tag = "1")]
    pub(crate) order_id: Option<i32>,
    #[prost(message, optional, tag = "2")]
    pub(crate) order_cancel: Option<OrderCancel>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct CompletedOrder {
    #[prost(message, optional, tag = "1")]
    pub(crate) contract: Option<Contract>,
    #[prost(message, optional, tag = "2")]
    pub(crate) order: Option<Order>,
    #[prost(message, optional, tag = "3")]
    pub(crate) order_state: Option<OrderState>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct CompletedOrdersEnd {}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct CompletedOrdersRequest {
    #[prost(bool, optional, tag = "1")]
    pub(crate) api_only: Option<bool>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct ExerciseOptionsRequest {
    #[prost(int32, optional, tag = "1")]
    pub(crate) order_id: Option<i32>,
    #[prost(message, optional, tag = "2")]
    pub(crate) contract: Option<Contract>,
    #[prost(int32, optional, tag = "3")]
    pub(crate) exercise_action: Option<i32>,
    #[prost(int32, optional, tag = "4")]
    pub(crate) exercise_quantity: Option<i32>,
    #[prost(string, optional, tag = "5")]
    pub(crate) account: Option<String>,
    #[prost(bool, optional, tag = "6")]
    pub(crate) override_action: Option<bool>,
    #[prost(string, optional, tag = "7")]
    pub(crate) manual_order_time: Option<String>,
    #[prost(string, optional, tag = "8")]
    pub(crate) customer_account: Option<String>,
    #[prost(bool, optional, tag = "9")]
    pub(crate) professional_customer: Option<bool>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct GlobalCancelRequest {
    #[prost(message, optional, tag = "1")]
    pub(crate) order_cancel: Option<OrderCancel>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct OpenOrder {
    #[prost(int32, optional, tag = "1")]
    pub(crate) order_id: Option<i32>,
    #[prost(message, optional, tag = "2")]
    pub(crate) contract: Option<Contract>,
    #[prost(message, optional, tag = "3")]
    pub(crate) order: Option<Order>,
    #[prost(message, optional, tag = "4")]
    pub(crate) order_state: Option<OrderState>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct OpenOrdersEnd {}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct OpenOrdersRequest {}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct OrderAllocation {
    #[prost(string, optional, tag = "1")]
    pub(crate) account: Option<String>,
    #[prost(string, optional, tag = "2")]
    pub(crate) position: Option<String>,
    #[prost(string, optional, tag = "3")]
    pub(crate) position_desired: Option<String>,
    #[prost(string, optional, tag = "4")]
    pub(crate) position_after: Option<String>,
    #[prost(string, optional, tag = "5")]
    pub(crate) desired_alloc_qty: Option<String>,
    #[prost(string, optional, tag = "6")]
    pub(crate) allowed_alloc_qty: Option<String>,
    #[prost(bool, optional, tag = "7")]
    pub(crate) is_monetary: Option<bool>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct OrderBound {
    #[prost(int64, optional, tag = "1")]
    pub(crate) perm_id: Option<i64>,
    #[prost(int32, optional, tag = "2")]
    pub(crate) client_id: Option<i32>,
    #[prost(int32, optional, tag = "3")]
    pub(crate) order_id: Option<i32>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct OrderCancel {
    #[prost(string, optional, tag = "1")]
    pub(crate) manual_order_cancel_time: Option<String>,
    #[prost(string, optional, tag = "2")]
    pub(crate) ext_operator: Option<String>,
    #[prost(int32, optional, tag = "3")]
    pub(crate) manual_order_indicator: Option<i32>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct OrderState {
    #[prost(string, optional, tag = "1")]
    pub(crate) status: Option<String>,
    #[prost(double, optional, tag = "2")]
    pub(crate) init_margin_before: Option<f64>,
    #[prost(double, optional, tag = "3")]
    pub(crate) maint_margin_before: Option<f64>,
    #[prost(double, optional, tag = "4")]
    pub(crate) equity_with_loan_before: Option<f64>,
    #[prost(double, optional, tag = "5")]
    pub(crate) init_margin_change: Option<f64>,
    #[prost(double, optional, tag = "6")]
    pub(crate) maint_margin_change: Option<f64>,
    #[prost(double, optional, tag = "7")]
    pub(crate) equity_with_loan_change: Option<f64>,
    #[prost(double, optional, tag = "8")]
    pub(crate) init_margin_after: Option<f64>,
    #[prost(double, optional, tag = "9")]
    pub(crate) maint_margin_after: Option<f64>,
    #[prost(double, optional, tag = "10")]
    pub(crate) equity_with_loan_after: Option<f64>,
    #[prost(double, optional, tag = "11")]
    pub(crate) commission_and_fees: Option<f64>,
    #[prost(double, optional, tag = "12")]
    pub(crate) min_commission_and_fees: Option<f64>,
    #[prost(double, optional, tag = "13")]
    pub(crate) max_commission_and_fees: Option<f64>,
    #[prost(string, optional, tag = "14")]
    pub(crate) commission_and_fees_currency: Option<String>,
    #[prost(string, optional, tag = "15")]
    pub(crate) margin_currency: Option<String>,
    #[prost(double, optional, tag = "16")]
    pub(crate) init_margin_before_outside_rth: Option<f64>,
    #[prost(double, optional, tag = "17")]
    pub(crate) maint_margin_before_outside_rth: Option<f64>,
    #[prost(double, optional, tag = "18")]
    pub(crate) equity_with_loan_before_outside_rth: Option<f64>,
    #[prost(double, optional, tag = "19")]
    pub(crate) init_margin_change_outside_rth: Option<f64>,
    #[prost(double, optional, tag = "20")]
    pub(crate) maint_margin_change_outside_rth: Option<f64>,
    #[prost(double, optional, tag = "21")]
    pub(crate) equity_with_loan_change_outside_rth: Option<f64>,
    #[prost(double, optional, tag = "22")]
    pub(crate) init_margin_after_outside_rth: Option<f64>,
    #[prost(double, optional, tag = "23")]
    pub(crate) maint_margin_after_outside_rth: Option<f64>,
    #[prost(double, optional, tag = "24")]
    pub(crate) equity_with_loan_after_outside_rth: Option<f64>,
    #[prost(string, optional, tag = "25")]
    pub(crate) suggested_size: Option<String>,
    #[prost(string, optional, tag = "26")]
    pub(crate) reject_reason: Option<String>,
    #[prost(message, repeated, tag = "27")]
    pub(crate) order_allocations: Vec<OrderAllocation>,
    #[prost(string, optional, tag = "28")]
    pub(crate) warning_text: Option<String>,
    #[prost(string, optional, tag = "29")]
    pub(crate) completed_time: Option<String>,
    #[prost(string, optional, tag = "30")]
    pub(crate) completed_status: Option<String>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct OrderStatus {
    #[prost(int32, optional, tag = "1")]
    pub(crate) order_id: Option<i32>,
    #[prost(string, optional, tag = "2")]
    pub(crate) status: Option<String>,
    #[prost(string, optional, tag = "3")]
    pub(crate) filled: Option<String>,
    #[prost(string, optional, tag = "4")]
    pub(crate) remaining: Option<String>,
    #[prost(double, optional, tag = "5")]
    pub(crate) avg_fill_price: Option<f64>,
    #[prost(int64, optional, tag = "6")]
    pub(crate) perm_id: Option<i64>,
    #[prost(int32, optional, tag = "7")]
    pub(crate) parent_id: Option<i32>,
    #[prost(double, optional, tag = "8")]
    pub(crate) last_fill_price: Option<f64>,
    #[prost(int32, optional, tag = "9")]
    pub(crate) client_id: Option<i32>,
    #[prost(string, optional, tag = "10")]
    pub(crate) why_held: Option<String>,
    #[prost(double, optional, tag = "11")]
    pub(crate) mkt_cap_price: Option<f64>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct PlaceOrderRequest {
    #[prost(int32, optional, tag = "1")]
    pub(crate) order_id: Option<i32>,
    #[prost(message, optional, tag = "2")]
    pub(crate) contract: Option<Contract>,
    #[prost(message, optional, tag = "3")]
    pub(crate) order: Option<Order>,
    #[prost(message, optional, tag = "4")]
    pub(crate) attached_orders: Option<AttachedOrders>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct SoftDollarTiers {
    #[prost(int32, optional, tag = "1")]
    pub(crate) req_id: Option<i32>,
    #[prost(message, repeated, tag = "2")]
    pub(crate) soft_dollar_tiers: Vec<SoftDollarTier>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct SoftDollarTiersRequest {
    #[prost(int32, optional, tag = "1")]
    pub(crate) req_id: Option<i32>,
}
