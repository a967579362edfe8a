//! An order as TWS wrote it down, no more of it than is read again.
//!
//! TWS tells more than a hundred fields per order, kilobytes of them. Lists of many thousand orders are
//! read, so a list keeps the dozen that mean something here, rare ones behind one pointer, and words
//! that many orders have in common once.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use ibapi::{
    contracts::{Contract, TagValue},
    orders::{Action, OcaType, Order, OrderData, OrderStatusKind, ShortSaleSlot, TimeInForce},
};

use super::decode::unsaid;

/// What a list says about one order.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) order_id: i32,
    pub(super) client_id: i32,
    pub(super) perm_id: i64,
    pub(super) account: Arc<str>,
    pub(super) order_ref: Box<str>,
    pub(super) contract: Arc<Contract>,
    pub(super) status: OrderStatusKind,
    pub(super) filled_quantity: f64,
    action: Action,
    total_quantity: f64,
    order_type: Arc<str>,
    limit_price: Option<f64>,
    aux_price: Option<f64>,
    tif: TimeInForce,
    outside_rth: bool,
    rare: Option<Box<Rare>>,
}

/// What few orders have.
#[derive(Debug, Default, PartialEq)]
struct Rare {
    links: Option<Links>,
    cash_qty: Option<f64>,
    display_size: Option<i32>,
    trailing_percent: Option<f64>,
    trail_stop_price: Option<f64>,
    limit_price_offset: Option<f64>,
    good_till_date: String,
    algo_strategy: String,
    algo_params: Vec<TagValue>,
    all_or_none: bool,
    hidden: bool,
    min_qty: Option<i32>,
    good_after_time: String,
    short_sale_slot: ShortSaleSlot,
    designated_location: String,
    unsaid: Vec<&'static str>,
    completed_time: String,
    completed_status: String,
    reject_reason: String,
}

/// To which list of orders an order belongs; a change has to repeat it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Links {
    parent_id: i32,
    oca_group: String,
    oca_type: OcaType,
}

impl Links {
    /// The links of an order that belongs to a list.
    pub(super) fn of(order: &Order) -> Option<Self> {
        let links = Self {
            parent_id: order.parent_id,
            oca_group: order.oca_group.clone(),
            oca_type: order.oca_type,
        };
        (links != Self::default()).then_some(links)
    }

    /// Makes an order belong where these say.
    pub(super) fn write(self, order: &mut Order) {
        order.parent_id = self.parent_id;
        order.oca_group = self.oca_group;
        order.oca_type = self.oca_type;
    }
}

impl Written {
    /// Where the trigger of an order that follows the market stands.
    pub(super) fn trailed_to(&self) -> Option<f64> {
        self.rare.as_ref().and_then(|rare| rare.trail_stop_price)
    }

    /// The order again, as far as it was kept, to read its terms from.
    pub(super) fn order(&self) -> Order {
        let mut order = Order {
            order_id: self.order_id,
            client_id: self.client_id,
            perm_id: self.perm_id,
            account: self.account.to_string(),
            order_ref: self.order_ref.to_string(),
            action: self.action,
            total_quantity: self.total_quantity,
            filled_quantity: self.filled_quantity,
            order_type: self.order_type.to_string(),
            limit_price: self.limit_price,
            aux_price: self.aux_price,
            tif: self.tif.clone(),
            outside_rth: self.outside_rth,
            display_size: None,
            ..Order::default()
        };
        if let Some(rare) = &self.rare {
            order.cash_qty = rare.cash_qty;
            order.display_size = rare.display_size;
            order.trailing_percent = rare.trailing_percent;
            order.trail_stop_price = rare.trail_stop_price;
            order.limit_price_offset = rare.limit_price_offset;
            order.good_till_date.clone_from(&rare.good_till_date);
            order.algo_strategy.clone_from(&rare.algo_strategy);
            order.algo_params.clone_from(&rare.algo_params);
            order.all_or_none = rare.all_or_none;
            order.hidden = rare.hidden;
            order.min_qty = rare.min_qty;
            order.good_after_time.clone_from(&rare.good_after_time);
            order.short_sale_slot = rare.short_sale_slot;
            order
                .designated_location
                .clone_from(&rare.designated_location);
        }
        order
    }

    pub(super) fn links(&self) -> Option<Links> {
        self.rare.as_ref()?.links.clone()
    }

    /// What else the order has, in words for people; it is not kept.
    pub(super) fn unsaid(&self) -> &[&'static str] {
        self.rare.as_ref().map_or(&[], |rare| &rare.unsaid)
    }

    /// When the order ended, in the words of TWS; empty while it works.
    pub(super) fn completed_time(&self) -> &str {
        self.rare.as_ref().map_or("", |rare| &rare.completed_time)
    }

    /// How the order ended, in the words of TWS; empty while it works.
    pub(super) fn completed_status(&self) -> &str {
        self.rare.as_ref().map_or("", |rare| &rare.completed_status)
    }

    /// Why TWS has refused the order; empty when it has not.
    pub(super) fn reject_reason(&self) -> &str {
        self.rare.as_ref().map_or("", |rare| &rare.reject_reason)
    }
}

/// Writes orders down; what they have in common, once.
#[derive(Debug, Default)]
pub(super) struct Clerk {
    words: HashSet<Arc<str>>,
    contracts: HashMap<i32, Vec<Arc<Contract>>>,
}

impl Clerk {
    pub(super) fn write(&mut self, data: OrderData) -> Written {
        let (order, state) = (data.order, data.order_state);
        // TWS writes "none" as zero, too.
        let says = |value: &f64| *value != 0.0;
        let rare = Rare {
            unsaid: unsaid(&order),
            links: Links::of(&order),
            cash_qty: order.cash_qty.filter(says),
            display_size: order.display_size.filter(|shown| *shown != 0),
            trailing_percent: order.trailing_percent.filter(says),
            trail_stop_price: order.trail_stop_price.filter(says),
            limit_price_offset: order.limit_price_offset.filter(says),
            good_till_date: order.good_till_date,
            algo_strategy: order.algo_strategy,
            algo_params: order.algo_params,
            all_or_none: order.all_or_none,
            hidden: order.hidden,
            min_qty: order.min_qty.filter(|least| *least != 0),
            good_after_time: order.good_after_time,
            short_sale_slot: order.short_sale_slot,
            designated_location: order.designated_location,
            completed_time: state.completed_time,
            completed_status: state.completed_status,
            reject_reason: state.reject_reason,
        };
        Written {
            order_id: data.order_id,
            client_id: order.client_id,
            perm_id: order.perm_id,
            account: self.word(&order.account),
            order_ref: order.order_ref.into(),
            contract: self.contract(data.contract),
            status: state.status,
            filled_quantity: order.filled_quantity,
            action: order.action,
            total_quantity: order.total_quantity,
            order_type: self.word(&order.order_type),
            limit_price: order.limit_price,
            aux_price: order.aux_price,
            tif: order.tif,
            outside_rth: order.outside_rth,
            rare: (rare != Rare::default()).then(|| Box::new(rare)),
        }
    }

    fn word(&mut self, word: &str) -> Arc<str> {
        if let Some(known) = self.words.get(word) {
            return Arc::clone(known);
        }
        let word: Arc<str> = word.into();
        self.words.insert(Arc::clone(&word));
        word
    }

    /// The contract, shared where TWS says all of it alike: one number may be told in several ways.
    fn contract(&mut self, contract: Contract) -> Arc<Contract> {
        let alike = self.contracts.entry(contract.contract_id).or_default();
        if let Some(known) = alike.iter().find(|known| ***known == contract) {
            return Arc::clone(known);
        }
        let contract = Arc::new(contract);
        alike.push(Arc::clone(&contract));
        contract
    }
}
