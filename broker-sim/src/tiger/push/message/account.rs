//! Orders, executions, positions and figures.

use prost::Message;

#[derive(Clone, PartialEq, Message)]
pub(in crate::tiger) struct OrderStatusData {
    #[prost(sint64, tag = "1")]
    pub(in crate::tiger) id: i64,
    #[prost(string, tag = "2")]
    pub(in crate::tiger) account: String,
    #[prost(string, tag = "3")]
    pub(in crate::tiger) symbol: String,
    #[prost(string, tag = "4")]
    pub(in crate::tiger) expiry: String,
    #[prost(string, tag = "5")]
    pub(in crate::tiger) strike: String,
    #[prost(string, tag = "6")]
    pub(in crate::tiger) right: String,
    #[prost(string, tag = "7")]
    pub(in crate::tiger) identifier: String,
    #[prost(uint32, tag = "8")]
    pub(in crate::tiger) multiplier: u32,
    #[prost(string, tag = "9")]
    pub(in crate::tiger) action: String,
    #[prost(string, tag = "10")]
    pub(in crate::tiger) market: String,
    #[prost(string, tag = "11")]
    pub(in crate::tiger) currency: String,
    #[prost(string, tag = "12")]
    pub(in crate::tiger) seg_type: String,
    #[prost(string, tag = "13")]
    pub(in crate::tiger) sec_type: String,
    #[prost(string, tag = "14")]
    pub(in crate::tiger) order_type: String,
    #[prost(bool, tag = "15")]
    pub(in crate::tiger) is_long: bool,
    #[prost(sint64, tag = "16")]
    pub(in crate::tiger) total_quantity: i64,
    #[prost(sint32, tag = "17")]
    pub(in crate::tiger) total_quantity_scale: i32,
    #[prost(sint64, tag = "18")]
    pub(in crate::tiger) filled_quantity: i64,
    #[prost(sint32, tag = "19")]
    pub(in crate::tiger) filled_quantity_scale: i32,
    #[prost(double, tag = "20")]
    pub(in crate::tiger) avg_fill_price: f64,
    #[prost(double, tag = "21")]
    pub(in crate::tiger) limit_price: f64,
    #[prost(double, tag = "22")]
    pub(in crate::tiger) stop_price: f64,
    #[prost(double, tag = "23")]
    pub(in crate::tiger) realized_pnl: f64,
    #[prost(string, tag = "24")]
    pub(in crate::tiger) status: String,
    #[prost(string, tag = "25")]
    pub(in crate::tiger) replace_status: String,
    #[prost(string, tag = "26")]
    pub(in crate::tiger) cancel_status: String,
    #[prost(bool, tag = "27")]
    pub(in crate::tiger) outside_rth: bool,
    #[prost(bool, tag = "28")]
    pub(in crate::tiger) can_modify: bool,
    #[prost(bool, tag = "29")]
    pub(in crate::tiger) can_cancel: bool,
    #[prost(bool, tag = "30")]
    pub(in crate::tiger) liquidation: bool,
    #[prost(string, tag = "31")]
    pub(in crate::tiger) name: String,
    #[prost(string, tag = "32")]
    pub(in crate::tiger) source: String,
    #[prost(string, tag = "33")]
    pub(in crate::tiger) error_msg: String,
    #[prost(string, tag = "34")]
    pub(in crate::tiger) attr_desc: String,
    #[prost(float, tag = "35")]
    pub(in crate::tiger) commission_and_fee: f32,
    #[prost(uint64, tag = "36")]
    pub(in crate::tiger) open_time: u64,
    #[prost(uint64, tag = "37")]
    pub(in crate::tiger) timestamp: u64,
    #[prost(string, tag = "38")]
    pub(in crate::tiger) user_mark: String,
    #[prost(double, tag = "39")]
    pub(in crate::tiger) total_cash_amount: f64,
    #[prost(double, tag = "40")]
    pub(in crate::tiger) filled_cash_amount: f64,
    #[prost(double, tag = "41")]
    pub(in crate::tiger) gst: f64,
    #[prost(string, repeated, tag = "42")]
    pub(in crate::tiger) attr_list: Vec<String>,
    #[prost(string, tag = "43")]
    pub(in crate::tiger) time_in_force: String,
    #[prost(uint64, tag = "44")]
    pub(in crate::tiger) update_time: u64,
    #[prost(uint64, tag = "45")]
    pub(in crate::tiger) latest_time: u64,
}

#[derive(Clone, PartialEq, Message)]
pub(in crate::tiger) struct OrderTransactionData {
    #[prost(sint64, tag = "1")]
    pub(in crate::tiger) id: i64,
    #[prost(sint64, tag = "2")]
    pub(in crate::tiger) order_id: i64,
    #[prost(string, tag = "3")]
    pub(in crate::tiger) account: String,
    #[prost(string, tag = "4")]
    pub(in crate::tiger) symbol: String,
    #[prost(string, tag = "5")]
    pub(in crate::tiger) identifier: String,
    #[prost(uint32, tag = "6")]
    pub(in crate::tiger) multiplier: u32,
    #[prost(string, tag = "7")]
    pub(in crate::tiger) action: String,
    #[prost(string, tag = "8")]
    pub(in crate::tiger) market: String,
    #[prost(string, tag = "9")]
    pub(in crate::tiger) currency: String,
    #[prost(string, tag = "10")]
    pub(in crate::tiger) seg_type: String,
    #[prost(string, tag = "11")]
    pub(in crate::tiger) sec_type: String,
    #[prost(double, tag = "12")]
    pub(in crate::tiger) filled_price: f64,
    #[prost(sint64, tag = "13")]
    pub(in crate::tiger) filled_quantity: i64,
    #[prost(uint64, tag = "14")]
    pub(in crate::tiger) create_time: u64,
    #[prost(uint64, tag = "15")]
    pub(in crate::tiger) update_time: u64,
    #[prost(uint64, tag = "16")]
    pub(in crate::tiger) transact_time: u64,
    #[prost(uint64, tag = "17")]
    pub(in crate::tiger) timestamp: u64,
}

#[derive(Clone, PartialEq, Message)]
pub(in crate::tiger) struct PositionData {
    #[prost(string, tag = "1")]
    pub(in crate::tiger) account: String,
    #[prost(string, tag = "2")]
    pub(in crate::tiger) symbol: String,
    #[prost(string, tag = "3")]
    pub(in crate::tiger) expiry: String,
    #[prost(string, tag = "4")]
    pub(in crate::tiger) strike: String,
    #[prost(string, tag = "5")]
    pub(in crate::tiger) right: String,
    #[prost(string, tag = "6")]
    pub(in crate::tiger) identifier: String,
    #[prost(uint32, tag = "7")]
    pub(in crate::tiger) multiplier: u32,
    #[prost(string, tag = "8")]
    pub(in crate::tiger) market: String,
    #[prost(string, tag = "9")]
    pub(in crate::tiger) currency: String,
    #[prost(string, tag = "10")]
    pub(in crate::tiger) seg_type: String,
    #[prost(string, tag = "11")]
    pub(in crate::tiger) sec_type: String,
    #[prost(sint64, tag = "12")]
    pub(in crate::tiger) position: i64,
    #[prost(sint32, tag = "13")]
    pub(in crate::tiger) position_scale: i32,
    #[prost(double, tag = "14")]
    pub(in crate::tiger) average_cost: f64,
    #[prost(double, tag = "15")]
    pub(in crate::tiger) latest_price: f64,
    #[prost(double, tag = "16")]
    pub(in crate::tiger) market_value: f64,
    #[prost(double, tag = "17")]
    pub(in crate::tiger) unrealized_pnl: f64,
    #[prost(string, tag = "18")]
    pub(in crate::tiger) name: String,
    #[prost(uint64, tag = "19")]
    pub(in crate::tiger) timestamp: u64,
    #[prost(sint64, optional, tag = "20")]
    pub(in crate::tiger) saleable: Option<i64>,
    #[prost(double, tag = "21")]
    pub(in crate::tiger) position_qty: f64,
    #[prost(double, tag = "22")]
    pub(in crate::tiger) salable_qty: f64,
}

#[derive(Clone, PartialEq, Message)]
pub(in crate::tiger) struct AssetData {
    #[prost(string, tag = "1")]
    pub(in crate::tiger) account: String,
    #[prost(string, tag = "2")]
    pub(in crate::tiger) currency: String,
    #[prost(string, tag = "3")]
    pub(in crate::tiger) seg_type: String,
    #[prost(double, tag = "4")]
    pub(in crate::tiger) available_funds: f64,
    #[prost(double, tag = "5")]
    pub(in crate::tiger) excess_liquidity: f64,
    #[prost(double, tag = "6")]
    pub(in crate::tiger) net_liquidation: f64,
    #[prost(double, tag = "7")]
    pub(in crate::tiger) equity_with_loan: f64,
    #[prost(double, tag = "8")]
    pub(in crate::tiger) buying_power: f64,
    #[prost(double, tag = "9")]
    pub(in crate::tiger) cash_balance: f64,
    #[prost(double, tag = "10")]
    pub(in crate::tiger) gross_position_value: f64,
    #[prost(double, tag = "11")]
    pub(in crate::tiger) init_margin_req: f64,
    #[prost(double, tag = "12")]
    pub(in crate::tiger) maint_margin_req: f64,
    #[prost(uint64, tag = "13")]
    pub(in crate::tiger) timestamp: u64,
}
