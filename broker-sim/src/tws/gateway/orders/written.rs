//! Orders, statuses and executions as TWS writes them.

use broker_core::model::{Fill, Liquidity, NewOrder, OrderAmount, TrailingOffset};
use rust_decimal::Decimal;

use super::{
    figures::{double, quantity, written},
    record::Record,
    status::{Status, why_held},
    terms::{force_words, type_word},
};
use crate::{
    exchange::SimOrder,
    tws::{
        gateway::orders::names,
        message::{
            CommissionAndFeesReport, Contract, Execution, ExecutionDetails, OpenOrder, Order,
            OrderState, OrderStatus,
        },
    },
};

/// What an order is at one moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    pub(super) status: Status,
    pub(super) filled: Decimal,
    pub(super) total: Decimal,
    pub(super) average: Option<Decimal>,
    pub(super) last: Option<Decimal>,
    pub(super) why_held: &'static str,
}

impl Moment {
    /// As the exchange has it now.
    pub(super) fn now(order: &SimOrder) -> Self {
        Self {
            status: Status::now(order),
            filled: order.filled,
            total: order.quantity,
            average: order.average_price().map(broker_core::model::Price::get),
            last: None,
            why_held: why_held(order),
        }
    }

    /// Of an order that has not been transmitted.
    pub(super) fn untransmitted(record: &Record) -> Self {
        Self {
            status: if record.is_held() {
                Status::Inactive
            } else {
                Status::ApiCancelled
            },
            filled: Decimal::ZERO,
            total: record
                .terms
                .quantity()
                .map_or(Decimal::ZERO, broker_core::model::Quantity::get),
            average: None,
            last: None,
            why_held: "",
        }
    }
}

/// The order with its terms as they are now over what the client wrote.
pub(super) fn order(record: &Record, trail: Option<Decimal>) -> Order {
    let terms: &NewOrder = &record.terms;
    let mut order = record.wire.clone();
    order.perm_id = Some(record.perm_id);
    order.client_id = Some(record.client_id);
    order.order_id = Some(record.order_id);
    order.account = Some(terms.account.to_string());
    // A stop that has been adjusted is of another type than its client wrote.
    let adjusted = record.instructions.adjustment.is_some();
    if adjusted {
        order.order_type = Some(type_word(terms.order_type.kind()).into());
    }
    if record.manual {
        let action = if terms.side.is_sell() { "SELL" } else { "BUY" };
        order.action = Some(action.into());
        order.order_type = Some(type_word(terms.order_type.kind()).into());
    }
    match terms.amount {
        OrderAmount::Quantity(units) => order.total_quantity = Some(quantity(units.get())),
        OrderAmount::Cash(cash) => {
            order.total_quantity = Some("0".into());
            order.cash_qty = Some(double(cash.amount));
        }
        _ => {}
    }
    let kind = &terms.order_type;
    if let Some(limit) = kind.limit_price() {
        order.lmt_price = Some(double(limit.get()));
    }
    match kind.trailing_offset() {
        None => {
            if let Some(trigger) = kind.trigger_price() {
                order.aux_price = Some(double(trigger.get()));
            }
        }
        Some(offset) => {
            match offset {
                TrailingOffset::Amount(amount) => order.aux_price = Some(double(amount)),
                TrailingOffset::Percent(percent) => {
                    order.trailing_percent = Some(double(percent));
                }
                _ => {}
            }
            let named = kind.trigger_price().map(broker_core::model::Price::get);
            order.trail_stop_price = trail.or(named).map(double);
        }
    }
    let (tif, until) = force_words(terms);
    order.tif = Some(tif.into());
    if let Some(until) = until {
        order.good_till_date = Some(until);
    }
    // What TWS fills in for fields that were left alone.
    order.oca_type = order.oca_type.filter(|kind| *kind != 0).or(Some(3));
    order.open_close.get_or_insert_with(String::new);
    order.transmit = Some(true);
    order
}

pub(super) fn open_order(record: &Record, moment: &Moment, trail: Option<Decimal>) -> OpenOrder {
    let warning = record
        .is_held()
        .then(|| "The order has not been transmitted".to_owned());
    OpenOrder {
        order_id: Some(record.order_id),
        contract: Some(record.contract.clone()),
        order: Some(order(record, trail)),
        order_state: Some(OrderState {
            status: Some(moment.status.word().into()),
            warning_text: warning,
            ..OrderState::default()
        }),
    }
}

pub(super) fn status(record: &Record, moment: &Moment, parent_id: i32) -> OrderStatus {
    OrderStatus {
        order_id: Some(record.order_id),
        status: Some(moment.status.word().into()),
        filled: Some(quantity(moment.filled)),
        remaining: Some(quantity(moment.total - moment.filled)),
        avg_fill_price: Some(moment.average.map_or(0.0, double)),
        perm_id: Some(record.perm_id),
        parent_id: Some(parent_id),
        last_fill_price: Some(moment.last.map_or(0.0, double)),
        client_id: Some(record.client_id),
        why_held: Some(moment.why_held.into()),
        mkt_cap_price: Some(0.0),
    }
}

pub(super) fn execution(
    record: &Record,
    contract: &Contract,
    fill: &Fill,
    (cumulative, average): (Decimal, Option<Decimal>),
    request: i32,
) -> ExecutionDetails {
    let liquidity = match &fill.liquidity {
        Some(Liquidity::Added) => 1,
        Some(Liquidity::Removed) => 2,
        Some(Liquidity::Routed) => 3,
        // TWS has no word for an auction, nor for anything else.
        Some(_) | None => 0,
    };
    let price = fill.price.get();
    ExecutionDetails {
        req_id: Some(request),
        contract: Some(contract.clone()),
        execution: Some(Execution {
            order_id: Some(record.order_id),
            exec_id: Some(names::execution(&fill.execution_id)),
            time: Some(written(fill.executed_at)),
            acct_number: Some(fill.account.to_string()),
            exchange: contract
                .primary_exch
                .clone()
                .filter(|name| !name.is_empty())
                .or_else(|| contract.exchange.clone()),
            side: Some(if fill.side.is_sell() { "SLD" } else { "BOT" }.into()),
            shares: Some(quantity(fill.quantity.get())),
            price: Some(double(price)),
            perm_id: Some(record.perm_id),
            client_id: Some(record.client_id),
            is_liquidation: Some(false),
            cum_qty: Some(quantity(cumulative)),
            avg_price: Some(double(average.unwrap_or(price))),
            order_ref: record.wire.order_ref.clone(),
            last_liquidity: Some(liquidity),
            ..Execution::default()
        }),
    }
}

/// What an execution cost; `None` while it is not known.
pub(super) fn commission(fill: &Fill) -> Option<CommissionAndFeesReport> {
    let commission = fill.commission?;
    Some(CommissionAndFeesReport {
        exec_id: Some(names::execution(&fill.execution_id)),
        commission_and_fees: Some(double(commission.amount)),
        currency: Some(commission.currency.to_string()),
        // A fill that opens a position realises nothing, which TWS writes as the largest double.
        realized_pnl: Some(fill.realized_pnl.map_or(f64::MAX, |pnl| double(pnl.amount))),
        ..CommissionAndFeesReport::default()
    })
}
