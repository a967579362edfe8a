use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

/// How TWS treats someone who knocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Door {
    /// Lets clients in.
    #[default]
    Open,
    /// Accepts the connection and ends it at once, as a TWS that is just going down.
    Closed,
    /// Accepts the connection and says nothing: only local clients are allowed, or a dialog asks a
    /// person whether to let the client in.
    Silent,
    /// Answers the greeting and then says nothing: a login dialog is open.
    Mute,
}

/// What TWS does beside the plain protocol; each can be switched by itself.
///
/// The default is a quiet TWS that keeps its limits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Habits {
    /// How clients are let in.
    pub door: Door,
    /// Clients at a time; TWS takes 32.
    pub client_limit: usize,
    /// The client id that hears of every client's orders, as set in TWS.
    pub master_client_id: Option<i32>,
    /// The lowest next order id that a client is told.
    pub first_order_id: i32,
    /// Whether orders, and questions about orders, are refused with 321.
    pub read_only: bool,
    /// Every order status comes twice.
    pub duplicate_statuses: bool,
    /// The execution comes before the first open order message.
    pub fill_before_open_order: bool,
    /// No order statuses at all: executions have to do.
    pub missing_statuses: bool,
    /// Commission reports come so many milliseconds of the exchange's clock after their execution.
    pub commission_delay_ms: u32,
    /// Warnings that every new order gets although it lives: any of 399, 404, 10349.
    pub order_warnings: Vec<i32>,
    /// Requests per second, over all clients, before error 100; none is no limit.
    pub messages_per_second: Option<u32>,
    /// Violations of the limit after which a client is dropped.
    pub violations_tolerated: u32,
    /// Whether the limits on historical requests are kept (60 in 10 minutes, 6 in 2 seconds for one
    /// contract, the same in 15 seconds).
    pub history_limits: bool,
    /// Whether market data lines collect changes and show them at TWS's pace (250 ms, options 100 ms,
    /// currencies 5 ms, of the exchange's clock); otherwise every change is shown at once.
    pub conflate_market_data: bool,
    /// Market data lines over all clients before error 101.
    pub market_data_lines: usize,
    /// Depth subscriptions at a time before error 309.
    pub depth_lines: usize,
    /// Tick-by-tick subscriptions at a time before error 10190.
    pub tick_by_tick_lines: usize,
    /// Whether there is only delayed data: prices come under their delayed numbers to those who ask
    /// for such, and not at all to others. They are the present ones; the delay itself is not played.
    pub delayed_data_only: bool,
    /// Whether the list of finished orders has only those that ended on this day in New York, as the
    /// list of executions has; otherwise it has all.
    pub completed_orders_of_today: bool,
    /// Orders that are open at a time per contract, side and account before error 201.
    pub orders_per_contract: usize,
}

impl Default for Habits {
    fn default() -> Self {
        Self {
            door: Door::Open,
            client_limit: 32,
            master_client_id: None,
            first_order_id: 1,
            read_only: false,
            duplicate_statuses: false,
            fill_before_open_order: false,
            missing_statuses: false,
            commission_delay_ms: 0,
            order_warnings: Vec::new(),
            messages_per_second: Some(50),
            violations_tolerated: 3,
            history_limits: true,
            conflate_market_data: true,
            market_data_lines: 100,
            depth_lines: 3,
            tick_by_tick_lines: 5,
            delayed_data_only: false,
            completed_orders_of_today: false,
            orders_per_contract: 20,
        }
    }
}

impl Habits {
    /// How long a commission report follows its execution.
    pub(super) fn commission_delay(&self) -> TimeDelta {
        TimeDelta::milliseconds(i64::from(self.commission_delay_ms))
    }

    /// The same habits without any limit, for measuring.
    #[must_use]
    pub fn unlimited() -> Self {
        Self {
            client_limit: usize::MAX,
            messages_per_second: None,
            history_limits: false,
            conflate_market_data: false,
            market_data_lines: usize::MAX,
            depth_lines: usize::MAX,
            tick_by_tick_lines: usize::MAX,
            orders_per_contract: usize::MAX,
            ..Self::default()
        }
    }
}
