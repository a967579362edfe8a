//! What is told about orders; the blocks of an order's terms are in
//! [`order_terms`](super::order_terms).

use super::{account, conditions, order_terms::*};
use crate::tws::{
    message::*,
    text::{field_writer::FieldWriter, since},
};

pub(super) fn status(f: &mut FieldWriter<'_>, status: &OrderStatus) {
    f.number(3)
        .int(status.order_id)
        .text(status.status.as_ref());
    f.quantity(status.filled.as_ref())
        .quantity(status.remaining.as_ref());
    f.double_or(status.avg_fill_price, 0.0)
        .long(status.perm_id)
        .int(status.parent_id);
    f.double_or(status.last_fill_price, 0.0)
        .int(status.client_id);
    f.text(status.why_held.as_ref())
        .double_or(status.mkt_cap_price, 0.0);
}

pub(super) fn bound(f: &mut FieldWriter<'_>, bound: &OrderBound) {
    f.number(100)
        .long(bound.perm_id)
        .int(bound.client_id)
        .int(bound.order_id);
}

/// An order that may still trade: contract, terms and state.
pub(super) fn open(f: &mut FieldWriter<'_>, version: u32, open: &OpenOrder) {
    let (no_contract, no_order) = (Contract::default(), Order::default());
    let no_state = OrderState::default();
    let contract = open.contract.as_ref().unwrap_or(&no_contract);
    let order = open.order.as_ref().unwrap_or(&no_order);
    let state = open.order_state.as_ref().unwrap_or(&no_state);
    f.number(5).int(open.order_id);
    account::on_exchange(f, Some(contract));
    main_terms(f, order);
    f.int(order.client_id).long(order.perm_id);
    visibility(f, order);
    // Shares per account, which nothing reads any more.
    f.empty();
    advisor(f, version, order);
    validity(f, order);
    // The auction strategy, which orders no longer have.
    f.number(0);
    ranges(f, order);
    f.flag(order.block_order)
        .flag(order.sweep_to_fill)
        .flag(order.all_or_none);
    f.int_or_empty(order.min_qty)
        .number(order.oca_type.unwrap_or(REDUCE_WITHOUT_BLOCK));
    // E-trade only, firm quote only, best bid and offer cap: gone as well.
    f.number(0).number(0).empty();
    f.int(order.parent_id).int(order.trigger_method);
    volatility(f, order);
    delta_neutral_order(f, order);
    trail(f, order);
    // Basis points and their type, of a discontinued order type.
    f.empty().empty();
    combination(f, contract, order);
    scale(f, order);
    hedge(f, order);
    f.flag(order.opt_out_smart_routing);
    clearing(f, order);
    delta_neutral_contract(f, contract);
    algorithm(f, order);
    f.flag(order.solicited).flag(order.what_if);
    margins(f, state);
    f.flag(order.randomize_size).flag(order.randomize_price);
    benchmark_peg(f, order);
    conditions::write(f, order);
    adjustment(f, order);
    f.double(order.cash_qty)
        .flag(order.dont_use_auto_price_for_hedge);
    f.flag(order.is_oms_container)
        .flag(order.discretionary_up_to_limit_price);
    f.int(order.use_price_mgmt_algo);
    if version >= since::DURATION {
        f.int_or_empty(order.duration);
    }
    if version >= since::POST_TO_ATS {
        f.int_or_empty(order.post_to_ats);
    }
    if version >= since::AUTO_CANCEL_PARENT {
        f.flag(order.auto_cancel_parent);
    }
    peg_offsets(f, version, order);
}

/// An order that is over: no order number and no client, but what became of it.
pub(super) fn completed(f: &mut FieldWriter<'_>, version: u32, completed: &CompletedOrder) {
    let (no_contract, no_order) = (Contract::default(), Order::default());
    let no_state = OrderState::default();
    let contract = completed.contract.as_ref().unwrap_or(&no_contract);
    let order = completed.order.as_ref().unwrap_or(&no_order);
    let state = completed.order_state.as_ref().unwrap_or(&no_state);
    f.number(101);
    account::on_exchange(f, Some(contract));
    main_terms(f, order);
    f.long(order.perm_id);
    visibility(f, order);
    advisor(f, version, order);
    validity(f, order);
    ranges(f, order);
    f.flag(order.sweep_to_fill).flag(order.all_or_none);
    f.int_or_empty(order.min_qty)
        .number(order.oca_type.unwrap_or(REDUCE_WITHOUT_BLOCK));
    f.int(order.trigger_method);
    volatility(f, order);
    completed_delta_neutral_order(f, order);
    trail(f, order);
    combination(f, contract, order);
    scale(f, order);
    hedge(f, order);
    clearing(f, order);
    delta_neutral_contract(f, contract);
    algorithm(f, order);
    f.flag(order.solicited).text(state.status.as_ref());
    f.flag(order.randomize_size).flag(order.randomize_price);
    benchmark_peg(f, order);
    conditions::write(f, order);
    f.amount(order.trail_stop_price)
        .amount(order.lmt_price_offset)
        .double(order.cash_qty);
    f.flag(order.dont_use_auto_price_for_hedge)
        .flag(order.is_oms_container);
    f.text(order.auto_cancel_date.as_ref())
        .text(order.filled_quantity.as_ref());
    f.int(order.ref_futures_con_id)
        .flag(order.auto_cancel_parent);
    f.text(order.shareholder.as_ref())
        .flag(order.imbalance_only);
    f.int(order.route_marketable_to_bbo)
        .long(order.parent_perm_id);
    f.text(state.completed_time.as_ref())
        .text(state.completed_status.as_ref());
    peg_offsets(f, version, order);
}
