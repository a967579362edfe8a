//! One order and what TWS says about it, for the tests of this folder.

use std::sync::Arc;

use broker_core::{
    Decimal, dec,
    model::{
        AccountId, ClientOrderId, Currency, Instrument, Mic, NewOrder, OrderAmount, OrderType,
        Price, Quantity, Side,
    },
};
use chrono::{DateTime, Utc};
use ibapi::{
    contracts::Contract,
    orders::{
        Execution, ExecutionData, Order, OrderData, OrderState, OrderStatus, OrderStatusKind,
    },
};

use super::entry::Entry;

pub(super) const CLIENT: i32 = 7;
pub(super) const ORDER: i32 = 41;

/// When words are heard.
pub(super) const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

pub(super) fn price(value: Decimal) -> Price {
    Price::new(value).unwrap()
}

pub(super) fn quantity(value: Decimal) -> Quantity {
    Quantity::new(value).unwrap()
}

pub(super) fn terms(order_type: OrderType) -> NewOrder {
    NewOrder::new(
        ClientOrderId::new("a-1").unwrap(),
        AccountId::new("DU1").unwrap(),
        Instrument::equity("AAPL", Mic::XNAS, Currency::USD).unwrap(),
        Side::Buy,
        OrderAmount::Quantity(quantity(dec!(100))),
        order_type,
    )
}

pub(super) fn limit() -> NewOrder {
    terms(OrderType::Limit {
        price: price(dec!(187.5)),
    })
}

pub(super) fn entry(terms: NewOrder) -> Entry {
    let mut entry = Entry::new(terms.into(), Arc::default(), Decimal::ONE);
    entry.wire = Some((CLIENT, ORDER));
    entry
}

pub(super) fn status(word: &str, filled: f64) -> OrderStatus {
    OrderStatus {
        order_id: ORDER,
        status: word.parse::<OrderStatusKind>().unwrap(),
        filled,
        remaining: 100.0 - filled,
        perm_id: 9_001,
        client_id: CLIENT,
        ..OrderStatus::default()
    }
}

pub(super) fn open_order(order: &Order, word: &str) -> OrderData {
    let mut order = order.clone();
    order.client_id = CLIENT;
    order.perm_id = 9_001;
    OrderData {
        order_id: ORDER,
        contract: Contract::default(),
        order,
        order_state: OrderState {
            status: word.parse().unwrap(),
            ..OrderState::default()
        },
    }
}

pub(super) fn execution(id: &str, shares: f64) -> ExecutionData {
    ExecutionData {
        request_id: -1,
        contract: Contract::default(),
        execution: Execution {
            order_id: ORDER,
            client_id: CLIENT,
            execution_id: id.to_owned(),
            time: "20260115 11:30:00 US/Eastern".to_owned(),
            account_number: "DU1".to_owned(),
            exchange: "ISLAND".to_owned(),
            shares,
            price: 187.25,
            perm_id: 9_001,
            order_reference: "a-1".to_owned(),
            ..Execution::default()
        },
    }
}

pub(super) fn notice(code: i32, text: &str) -> ibapi::Notice {
    ibapi::Notice {
        request_id: Some(ORDER),
        code,
        message: text.to_owned(),
        error_time: None,
        advanced_order_reject_json: String::new(),
    }
}
