use std::collections::BTreeMap;

use broker_core::model::AccountId;
use chrono::{DateTime, Utc};

use super::{
    Habits,
    accounts::Watches,
    client::{Client, ConnectionId},
    contracts::Contracts,
    faults::Faults,
    history::History,
    link::{Link, Relink},
    market_data::Lines,
    orders::Orders,
    pacing::MessageRate,
    research::Research,
};
use crate::timers::Timers;

/// Everything that TWS keeps.
#[derive(Debug)]
pub(super) struct State {
    pub(super) clients: BTreeMap<ConnectionId, Client>,
    pub(super) connections: u64,
    pub(super) habits: Habits,
    /// The accounts of the login, in order.
    pub(super) accounts: Vec<AccountId>,
    pub(super) timers: Timers<Due>,
    pub(super) rate: MessageRate,
    pub(super) contracts: Contracts,
    pub(super) orders: Orders,
    pub(super) lines: Lines,
    pub(super) history: History,
    pub(super) watches: Watches,
    pub(super) research: Research,
    pub(super) faults: Faults,
    pub(super) link: Link,
}

/// Something that TWS does at an instant of the exchange's clock.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Due {
    /// Something about orders.
    Order(super::orders::OrderDue),
    /// A five-second bar ends.
    RealTimeBars,
    /// A market data line shows what changed since it was last shown.
    ShowLine(u64),
    /// Bars that are kept up to date are sent again.
    UpdateBars(u64),
    /// Account figures are sent again.
    AccountFigures,
    /// Scanners send their rows anew.
    Scans,
    /// A fault of the script strikes.
    Fault(crate::fault::Fault),
    /// The gateway can be reached again.
    Reopen,
    /// The link between the gateway and its servers is back.
    Relink(Relink),
}

impl State {
    pub(super) fn new(
        habits: Habits,
        accounts: Vec<AccountId>,
        now: DateTime<Utc>,
        script: &crate::fault::FaultScript,
    ) -> Self {
        let mut timers = Timers::default();
        let faults = Faults::new(script, now, &mut timers);
        Self {
            clients: BTreeMap::new(),
            connections: 0,
            orders: Orders::new(now),
            habits,
            accounts,
            timers,
            rate: MessageRate::default(),
            contracts: Contracts::default(),
            lines: Lines::default(),
            history: History::default(),
            watches: Watches::default(),
            research: Research::default(),
            faults,
            link: Link::default(),
        }
    }
}
