//! The blocks of fields that open and completed orders share.

use crate::tws::{
    message::*,
    text::{field_writer::FieldWriter, peg, since},
};

/// What Trader Workstation reports for a group's kind when the client gave none.
pub(super) const REDUCE_WITHOUT_BLOCK: i32 = 3;

pub(super) fn main_terms(f: &mut FieldWriter<'_>, order: &Order) {
    f.text(order.action.as_ref())
        .quantity(order.total_quantity.as_ref());
    f.text(order.order_type.as_ref())
        .double(order.lmt_price)
        .double(order.aux_price);
    f.text(order.tif.as_ref())
        .text(order.oca_group.as_ref())
        .text(order.account.as_ref());
    f.text(order.open_close.as_ref())
        .int(order.origin)
        .text(order.order_ref.as_ref());
}

pub(super) fn visibility(f: &mut FieldWriter<'_>, order: &Order) {
    f.flag(order.outside_rth)
        .flag(order.hidden)
        .double_or(order.discretionary_amt, 0.0);
    f.text(order.good_after_time.as_ref());
}

pub(super) fn advisor(f: &mut FieldWriter<'_>, version: u32, order: &Order) {
    f.text(order.fa_group.as_ref())
        .text(order.fa_method.as_ref());
    f.text(order.fa_percentage.as_ref());
    if version < since::NO_ADVISOR_PROFILE {
        f.empty();
    }
}

pub(super) fn validity(f: &mut FieldWriter<'_>, order: &Order) {
    f.text(order.model_code.as_ref())
        .text(order.good_till_date.as_ref());
    f.text(order.rule80_a.as_ref()).double(order.percent_offset);
    f.text(order.settling_firm.as_ref())
        .int(order.short_sale_slot);
    f.text(order.designated_location.as_ref())
        .number(order.exempt_code.unwrap_or(-1));
}

pub(super) fn ranges(f: &mut FieldWriter<'_>, order: &Order) {
    f.double(order.starting_price)
        .double(order.stock_ref_price)
        .double(order.delta);
    f.double(order.stock_range_lower)
        .double(order.stock_range_upper);
    f.int_or_empty(order.display_size);
}

pub(super) fn volatility(f: &mut FieldWriter<'_>, order: &Order) {
    f.double(order.volatility).int(order.volatility_type);
    f.text_or(order.delta_neutral_order_type.as_ref(), "None");
    f.double(order.delta_neutral_aux_price);
}

/// The order that hedges; there even for "None", as the word is not empty.
pub(super) fn delta_neutral_order(f: &mut FieldWriter<'_>, order: &Order) {
    f.int(order.delta_neutral_con_id)
        .text(order.delta_neutral_settling_firm.as_ref());
    f.text(order.delta_neutral_clearing_account.as_ref());
    f.text(order.delta_neutral_clearing_intent.as_ref());
    f.text_or(order.delta_neutral_open_close.as_ref(), "?");
    delta_neutral_short_sale(f, order);
}

pub(super) fn completed_delta_neutral_order(f: &mut FieldWriter<'_>, order: &Order) {
    f.int(order.delta_neutral_con_id);
    delta_neutral_short_sale(f, order);
}

fn delta_neutral_short_sale(f: &mut FieldWriter<'_>, order: &Order) {
    f.flag(order.delta_neutral_short_sale)
        .int(order.delta_neutral_short_sale_slot);
    f.text(order.delta_neutral_designated_location.as_ref());
}

pub(super) fn trail(f: &mut FieldWriter<'_>, order: &Order) {
    f.flag(order.continuous_update)
        .int(order.reference_price_type);
    f.double(order.trail_stop_price)
        .double(order.trailing_percent);
}

/// Legs, their prices if any leg has one, and how the combination is routed.
pub(super) fn combination(f: &mut FieldWriter<'_>, contract: &Contract, order: &Order) {
    f.text(contract.combo_legs_descrip.as_ref())
        .count(contract.combo_legs.len());
    for leg in &contract.combo_legs {
        f.int(leg.con_id)
            .int(leg.ratio)
            .text(leg.action.as_ref())
            .text(leg.exchange.as_ref());
        f.int(leg.open_close).int(leg.short_sales_slot);
        f.text(leg.designated_location.as_ref())
            .number(leg.exempt_code.unwrap_or(-1));
    }
    if contract
        .combo_legs
        .iter()
        .any(|leg| leg.per_leg_price.is_some())
    {
        f.count(contract.combo_legs.len());
        for leg in &contract.combo_legs {
            f.double(leg.per_leg_price);
        }
    } else {
        f.number(0);
    }
    f.tagged_values(&order.smart_combo_routing_params);
}

pub(super) fn scale(f: &mut FieldWriter<'_>, order: &Order) {
    f.int_or_empty(order.scale_init_level_size)
        .int_or_empty(order.scale_subs_level_size);
    f.double(order.scale_price_increment);
    // The clients read on under the same condition.
    if order
        .scale_price_increment
        .is_some_and(|increment| increment > 0.0 && increment.is_finite())
    {
        f.double(order.scale_price_adjust_value)
            .int_or_empty(order.scale_price_adjust_interval);
        f.double(order.scale_profit_offset)
            .flag(order.scale_auto_reset);
        f.int_or_empty(order.scale_init_position)
            .int_or_empty(order.scale_init_fill_qty);
        f.flag(order.scale_random_percent);
    }
}

pub(super) fn hedge(f: &mut FieldWriter<'_>, order: &Order) {
    f.text(order.hedge_type.as_ref());
    if order
        .hedge_type
        .as_ref()
        .is_some_and(|kind| !kind.is_empty())
    {
        f.text(order.hedge_param.as_ref());
    }
}

pub(super) fn clearing(f: &mut FieldWriter<'_>, order: &Order) {
    f.text(order.clearing_account.as_ref())
        .text(order.clearing_intent.as_ref());
    f.flag(order.not_held);
}

pub(super) fn delta_neutral_contract(f: &mut FieldWriter<'_>, contract: &Contract) {
    let Some(hedge) = &contract.delta_neutral_contract else {
        f.number(0);
        return;
    };
    f.number(1)
        .int(hedge.con_id)
        .double_or(hedge.delta, 0.0)
        .double_or(hedge.price, 0.0);
}

pub(super) fn algorithm(f: &mut FieldWriter<'_>, order: &Order) {
    f.text(order.algo_strategy.as_ref());
    if order
        .algo_strategy
        .as_ref()
        .is_some_and(|strategy| !strategy.is_empty())
    {
        f.tagged_values(&order.algo_params);
    }
}

pub(super) fn margins(f: &mut FieldWriter<'_>, state: &OrderState) {
    f.text(state.status.as_ref());
    f.amount(state.init_margin_before)
        .amount(state.maint_margin_before);
    f.amount(state.equity_with_loan_before);
    f.amount(state.init_margin_change)
        .amount(state.maint_margin_change);
    f.amount(state.equity_with_loan_change);
    f.amount(state.init_margin_after)
        .amount(state.maint_margin_after);
    f.amount(state.equity_with_loan_after);
    f.double(state.commission_and_fees)
        .double(state.min_commission_and_fees);
    f.double(state.max_commission_and_fees);
    f.text(state.commission_and_fees_currency.as_ref())
        .text(state.warning_text.as_ref());
}

pub(super) fn benchmark_peg(f: &mut FieldWriter<'_>, order: &Order) {
    if order.order_type.as_deref().is_some_and(peg::is_benchmark) {
        f.int(order.reference_contract_id)
            .flag(order.is_pegged_change_amount_decrease);
        f.double_or(order.pegged_change_amount, 0.0);
        f.double_or(order.reference_change_amount, 0.0);
        f.text(order.reference_exchange_id.as_ref());
    }
}

pub(super) fn adjustment(f: &mut FieldWriter<'_>, order: &Order) {
    f.text_or(order.adjusted_order_type.as_ref(), "None")
        .amount(order.trigger_price);
    f.amount(order.trail_stop_price)
        .amount(order.lmt_price_offset);
    f.amount(order.adjusted_stop_price)
        .amount(order.adjusted_stop_limit_price);
    f.amount(order.adjusted_trailing_amount)
        .int(order.adjustable_trailing_unit);
    let tier = order.soft_dollar_tier.as_ref();
    f.text(tier.and_then(|tier| tier.name.as_ref()));
    f.text(tier.and_then(|tier| tier.value.as_ref()));
    f.text(tier.and_then(|tier| tier.display_name.as_ref()));
}

pub(super) fn peg_offsets(f: &mut FieldWriter<'_>, version: u32, order: &Order) {
    if version >= since::PEG_OFFSETS {
        f.int_or_empty(order.min_trade_qty)
            .int_or_empty(order.min_compete_size);
        f.double(order.compete_against_best_offset);
        f.double(order.mid_offset_at_whole)
            .double(order.mid_offset_at_half);
    }
}
