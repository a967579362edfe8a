//! The orders that TWS knows, by its own numbers.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    sync::Arc,
};

use broker_core::model::{AccountId, ClientOrderId, NewOrder};
use chrono::{DateTime, Utc};

use super::{Bundle, status::Status};
use crate::{
    exchange::{AlternativeRule, Exchange, Instructions},
    tws::{
        gateway::{ConnectionId, Habits},
        message::{Contract, Order},
    },
};

/// One order as TWS keeps it beside what the exchange knows of it.
#[derive(Debug, Clone)]
pub(super) struct Record {
    pub(super) perm_id: i64,
    /// Whose it is; 0 for orders of TWS itself.
    pub(super) client_id: i32,
    /// The client's number for it; 0 for an order of TWS itself, negative once it is bound.
    pub(super) order_id: i32,
    /// The exchange's number, once it has been transmitted.
    pub(super) key: Option<u64>,
    /// Whether it was placed without the API.
    pub(super) manual: bool,
    /// Its terms as they are now.
    pub(super) terms: Arc<NewOrder>,
    /// What it asks for beyond its terms.
    pub(super) instructions: Instructions,
    pub(super) contract: Contract,
    /// The order as its client wrote it.
    pub(super) wire: Order,
    pub(super) parent: Option<i64>,
    pub(super) group: Option<(String, AlternativeRule)>,
    /// A connection that hears nothing of it until it asks.
    pub(super) muted: Option<ConnectionId>,
    /// The status that was told last.
    pub(super) told: Option<Status>,
    /// Canceled before it was transmitted.
    pub(super) dropped_at: Option<DateTime<Utc>>,
    /// Whether its acknowledgement waits for its first fill.
    pub(super) late_acknowledgement: bool,
}

impl Record {
    pub(super) fn account(&self) -> &AccountId {
        &self.terms.account
    }

    /// Whether it waits in TWS to be transmitted.
    pub(super) fn is_held(&self) -> bool {
        self.key.is_none() && self.dropped_at.is_none()
    }

    /// Whether it may still trade.
    pub(super) fn is_open(&self, exchange: &Exchange) -> bool {
        match self.key {
            None => self.dropped_at.is_none(),
            Some(key) => exchange
                .order(key)
                .is_some_and(crate::exchange::SimOrder::is_open),
        }
    }
}

/// What this room keeps.
#[derive(Debug)]
pub(in crate::tws::gateway) struct Orders {
    pub(super) records: BTreeMap<i64, Record>,
    by_key: HashMap<u64, i64>,
    by_client: HashMap<(i32, i32), i64>,
    by_internal: HashMap<ClientOrderId, i64>,
    /// The highest order id that each client id has used: they outlive connections.
    highest: HashMap<i32, i32>,
    last_perm: i64,
    last_bound: i32,
    /// Orders that have not been seen to end.
    pub(super) open: BTreeSet<i64>,
    /// Orders that wait to be transmitted.
    pub(super) held: BTreeSet<i64>,
    /// Ended orders, oldest first.
    ended: VecDeque<i64>,
    /// Orders that were told to be waiting and may have begun to work.
    pub(super) waiting: BTreeSet<i64>,
    /// Place, change, cancel and exercise requests that have arrived.
    pub(super) arrived: u64,
    /// Whether the command that is being done is not answered.
    pub(super) silent: bool,
    /// Whether the command that is being done is acknowledged after its fills.
    pub(super) fills_first: bool,
    /// Reports that are held back to be told in reverse.
    pub(super) reversed: Vec<Bundle>,
    /// When the last report that was delayed is told.
    pub(super) delayed_until: Option<DateTime<Utc>>,
    /// Whether the orders that were there before the gateway have been taken on.
    pub(super) took_stock: bool,
}

/// Ended orders that are remembered, as many as the exchange keeps by default.
const KEEP_ENDED: usize = 10_000;

impl Orders {
    pub(in crate::tws::gateway) fn new(now: DateTime<Utc>) -> Self {
        Self {
            records: BTreeMap::new(),
            by_key: HashMap::new(),
            by_client: HashMap::new(),
            by_internal: HashMap::new(),
            highest: HashMap::new(),
            // Rising from one server to the next over the same world, and within 31 bits.
            last_perm: 1_000_000_000 + now.timestamp_millis().rem_euclid(1_000_000_000),
            last_bound: 0,
            open: BTreeSet::new(),
            held: BTreeSet::new(),
            ended: VecDeque::new(),
            waiting: BTreeSet::new(),
            arrived: 0,
            silent: false,
            fills_first: false,
            reversed: Vec::new(),
            delayed_until: None,
            took_stock: false,
        }
    }

    /// Lets order ids begin anew, above those of the orders that are still remembered.
    pub(in crate::tws::gateway) fn reset_ids(&mut self) {
        self.highest.clear();
        for (client, order) in self.by_client.keys() {
            let highest = self.highest.entry(*client).or_default();
            *highest = (*highest).max(*order);
        }
    }

    /// One above every order id that a client id has used.
    pub(in crate::tws::gateway) fn next_id(&self, client: i32, habits: &Habits) -> i32 {
        let above = self.highest(client).saturating_add(1);
        above.max(habits.first_order_id)
    }

    pub(super) fn highest(&self, client: i32) -> i32 {
        self.highest.get(&client).copied().unwrap_or(0)
    }

    /// Uses up an order id: it cannot be used again, whatever becomes of the order.
    pub(super) fn burn(&mut self, client: i32, order_id: i32) {
        let highest = self.highest.entry(client).or_default();
        *highest = (*highest).max(order_id);
    }

    /// A permId that no order has had, and the name under which the exchange gets the order.
    pub(super) fn next_perm(
        &mut self,
        account: &AccountId,
        exchange: &Exchange,
    ) -> Option<(i64, ClientOrderId)> {
        loop {
            self.last_perm += 1;
            let internal = ClientOrderId::new(format!("TWS-{}", self.last_perm)).ok()?;
            if exchange.key_of(account, &internal).is_none() {
                return Some((self.last_perm, internal));
            }
        }
    }

    pub(super) fn next_bound(&mut self) -> i32 {
        self.last_bound -= 1;
        self.last_bound
    }

    pub(super) fn insert(&mut self, record: Record) {
        let perm = record.perm_id;
        if record.order_id != 0 {
            self.by_client
                .insert((record.client_id, record.order_id), perm);
        }
        if let Some(key) = record.key {
            self.by_key.insert(key, perm);
        }
        self.open.insert(perm);
        if record.is_held() {
            self.held.insert(perm);
        }
        self.by_internal
            .insert(record.terms.client_order_id.clone(), perm);
        self.records.insert(perm, record);
    }

    /// Forgets an order that never came into being; its id stays burnt.
    pub(super) fn remove(&mut self, perm: i64) -> Option<Record> {
        let record = self.records.remove(&perm)?;
        self.by_client.remove(&(record.client_id, record.order_id));
        self.by_internal.remove(&record.terms.client_order_id);
        if let Some(key) = record.key {
            self.by_key.remove(&key);
        }
        self.leave(perm);
        Some(record)
    }

    pub(super) fn transmitted(&mut self, perm: i64, key: u64) {
        self.held.remove(&perm);
        if let Some(record) = self.records.get_mut(&perm) {
            record.key = Some(key);
            self.by_key.insert(key, perm);
        }
    }

    /// Gives an order of TWS a number by which client 0 can speak of it.
    pub(super) fn bind(&mut self, perm: i64) -> Option<i32> {
        let number = self.next_bound();
        let record = self.records.get_mut(&perm)?;
        record.order_id = number;
        self.by_client.insert((record.client_id, number), perm);
        Some(number)
    }

    pub(super) fn by_key(&self, key: u64) -> Option<i64> {
        self.by_key.get(&key).copied()
    }

    pub(super) fn by_internal(&self, id: &ClientOrderId) -> Option<&Record> {
        self.records.get(self.by_internal.get(id)?)
    }

    /// A client's order by the client's number.
    pub(super) fn of_client(&self, client: i32, order_id: i32) -> Option<i64> {
        self.by_client.get(&(client, order_id)).copied()
    }

    fn leave(&mut self, perm: i64) {
        self.open.remove(&perm);
        self.held.remove(&perm);
        self.waiting.remove(&perm);
    }

    /// The records of orders that have not been seen to end, oldest first.
    pub(super) fn open(&self) -> impl Iterator<Item = &Record> {
        self.open.iter().filter_map(|perm| self.records.get(perm))
    }

    /// The orders that wait to be transmitted after another one.
    pub(super) fn held_children(&self, parent: i64) -> Vec<i64> {
        let held = self.held.iter().filter_map(|perm| self.records.get(perm));
        held.filter(|record| record.parent == Some(parent))
            .map(|record| record.perm_id)
            .collect()
    }

    /// Notes that an order has ended; the oldest ended ones are forgotten when there are many.
    pub(super) fn note_ended(&mut self, perm: i64) {
        self.leave(perm);
        self.ended.push_back(perm);
        while self.ended.len() > KEEP_ENDED {
            if let Some(old) = self.ended.pop_front() {
                self.remove(old);
            }
        }
    }
}
