//! The terms of an order, about a hundred fields in a fixed order.
//!
//! The functions follow the message from front to back; where a block is there only under a
//! condition, the condition reads fields that came before it.

use super::{conditions, contract};
use crate::tws::{
    message::*,
    text::{Malformed, Reason, field_reader::FieldReader, peg, since},
};

/// "The 'EtradeOnly' order attribute is not supported", and its two siblings.
const E_TRADE_ONLY: i32 = 10268;
const FIRM_QUOTE_ONLY: i32 = 10269;
const NBBO_PRICE_CAP: i32 = 10270;
/// "Server error when validating an API client request".
const INVALID: i32 = 321;

/// How an open order says that it has no such part; a client that changes the order sends it back.
const NONE: &str = "None";

pub(super) fn place_order(
    version: u32,
    fields: &mut FieldReader<'_>,
) -> Result<Request, Malformed> {
    let order_id = fields.id("orderId")?;
    let mut contract = contract::contract(fields)?;
    contract.sec_id_type = fields.text("secIdType")?;
    contract.sec_id = fields.text("secId")?;
    let mut order = Order::default();
    main_terms(fields, &mut order)?;
    if contract::is_combination(&contract) {
        contract.combo_legs = contract::order_legs(fields)?;
        leg_prices(fields, &mut contract.combo_legs)?;
        order.smart_combo_routing_params = fields.tagged_values("smartComboRoutingParams")?;
    }
    allocation(version, fields, &mut order)?;
    institutional_terms(fields, &mut order)?;
    volatility_terms(fields, &mut order)?;
    scale_terms(fields, &mut order)?;
    hedge_and_clearing(fields, &mut order)?;
    contract.delta_neutral_contract = contract::delta_neutral(fields)?;
    algorithm(fields, &mut order)?;
    if order.order_type.as_deref().is_some_and(peg::is_benchmark) {
        benchmark_peg(fields, &mut order)?;
    }
    conditions::read(fields, &mut order)?;
    adjustment(fields, &mut order)?;
    attribution(fields, &mut order)?;
    by_version(version, fields, contract.exchange.as_deref(), &mut order)?;
    Ok(Request::PlaceOrder(PlaceOrderRequest {
        order_id,
        contract: Some(contract),
        order: Some(order),
        attached_orders: None,
    }))
}

fn main_terms(fields: &mut FieldReader<'_>, order: &mut Order) -> Result<(), Malformed> {
    order.action = fields.text("action")?;
    order.total_quantity = fields.quantity("totalQuantity")?;
    order.order_type = fields.text("orderType")?;
    order.lmt_price = fields.double("lmtPrice")?;
    order.aux_price = fields.double("auxPrice")?;
    order.tif = fields.text("tif")?;
    order.oca_group = fields.text("ocaGroup")?;
    order.account = fields.text("account")?;
    order.open_close = fields.text("openClose")?;
    order.origin = fields.int("origin")?;
    order.order_ref = fields.text("orderRef")?;
    order.transmit = fields.flag("transmit")?;
    order.parent_id = fields.int("parentId")?;
    order.block_order = fields.flag("blockOrder")?;
    order.sweep_to_fill = fields.flag("sweepToFill")?;
    order.display_size = fields.int("displaySize")?;
    order.trigger_method = fields.int("triggerMethod")?;
    order.outside_rth = fields.flag("outsideRth")?;
    order.hidden = fields.flag("hidden")?;
    Ok(())
}

/// Prices of the legs, in the legs' order; there cannot be more of them than legs.
fn leg_prices(fields: &mut FieldReader<'_>, legs: &mut [ComboLeg]) -> Result<(), Malformed> {
    let index = fields.index();
    let count = fields.count("orderComboLegs")?;
    if count > legs.len() {
        let reason = Reason::NotAllowed(count.to_string());
        return Err(fields.wrong(index, "orderComboLegs", reason));
    }
    for leg in legs.iter_mut().take(count) {
        leg.per_leg_price = fields.double("orderComboLeg.price")?;
    }
    Ok(())
}

fn allocation(
    version: u32,
    fields: &mut FieldReader<'_>,
    order: &mut Order,
) -> Result<(), Malformed> {
    fields.skip("sharesAllocation")?;
    order.discretionary_amt = fields.double("discretionaryAmt")?;
    order.good_after_time = fields.text("goodAfterTime")?;
    order.good_till_date = fields.text("goodTillDate")?;
    order.fa_group = fields.text("faGroup")?;
    order.fa_method = fields.text("faMethod")?;
    order.fa_percentage = fields.text("faPercentage")?;
    if version < since::NO_ADVISOR_PROFILE {
        // An allocation that is not followed would put shares into the wrong accounts.
        fields.unsupported("faProfile", INVALID)?;
    }
    order.model_code = fields.text("modelCode")?;
    Ok(())
}

fn institutional_terms(fields: &mut FieldReader<'_>, order: &mut Order) -> Result<(), Malformed> {
    order.short_sale_slot = fields.int("shortSaleSlot")?;
    order.designated_location = fields.text("designatedLocation")?;
    order.exempt_code = fields.int("exemptCode")?;
    order.oca_type = fields.int("ocaType")?;
    order.rule80_a = fields.text("rule80A")?;
    order.settling_firm = fields.text("settlingFirm")?;
    order.all_or_none = fields.flag("allOrNone")?;
    order.min_qty = fields.int("minQty")?;
    order.percent_offset = fields.double("percentOffset")?;
    fields.unsupported("eTradeOnly", E_TRADE_ONLY)?;
    fields.unsupported("firmQuoteOnly", FIRM_QUOTE_ONLY)?;
    fields.unsupported("nbboPriceCap", NBBO_PRICE_CAP)?;
    fields.unsupported("auctionStrategy", INVALID)?;
    order.starting_price = fields.double("startingPrice")?;
    order.stock_ref_price = fields.double("stockRefPrice")?;
    order.delta = fields.double("delta")?;
    order.stock_range_lower = fields.double("stockRangeLower")?;
    order.stock_range_upper = fields.double("stockRangeUpper")?;
    order.override_percentage_constraints = fields.flag("overridePercentageConstraints")?;
    Ok(())
}

fn volatility_terms(fields: &mut FieldReader<'_>, order: &mut Order) -> Result<(), Malformed> {
    order.volatility = fields.double("volatility")?;
    order.volatility_type = fields.int("volatilityType")?;
    let kind = fields.text("deltaNeutralOrderType")?;
    order.delta_neutral_aux_price = fields.double("deltaNeutralAuxPrice")?;
    if kind.as_deref() == Some(NONE) {
        DELTA_NEUTRAL_BLOCK
            .iter()
            .try_for_each(|field| fields.skip(field))?;
    } else if kind.is_some() {
        order.delta_neutral_order_type = kind;
        order.delta_neutral_con_id = fields.int("deltaNeutralConId")?;
        order.delta_neutral_settling_firm = fields.text("deltaNeutralSettlingFirm")?;
        order.delta_neutral_clearing_account = fields.text("deltaNeutralClearingAccount")?;
        order.delta_neutral_clearing_intent = fields.text("deltaNeutralClearingIntent")?;
        order.delta_neutral_open_close = fields.text("deltaNeutralOpenClose")?;
        order.delta_neutral_short_sale = fields.flag("deltaNeutralShortSale")?;
        order.delta_neutral_short_sale_slot = fields.int("deltaNeutralShortSaleSlot")?;
        order.delta_neutral_designated_location = fields.text("deltaNeutralDesignatedLocation")?;
    }
    order.continuous_update = fields.flag("continuousUpdate")?;
    order.reference_price_type = fields.int("referencePriceType")?;
    order.trail_stop_price = fields.double("trailStopPrice")?;
    order.trailing_percent = fields.double("trailingPercent")?;
    Ok(())
}

const DELTA_NEUTRAL_BLOCK: [&str; 8] = [
    "deltaNeutralConId",
    "deltaNeutralSettlingFirm",
    "deltaNeutralClearingAccount",
    "deltaNeutralClearingIntent",
    "deltaNeutralOpenClose",
    "deltaNeutralShortSale",
    "deltaNeutralShortSaleSlot",
    "deltaNeutralDesignatedLocation",
];

fn scale_terms(fields: &mut FieldReader<'_>, order: &mut Order) -> Result<(), Malformed> {
    order.scale_init_level_size = fields.int("scaleInitLevelSize")?;
    order.scale_subs_level_size = fields.int("scaleSubsLevelSize")?;
    order.scale_price_increment = fields.double("scalePriceIncrement")?;
    if order
        .scale_price_increment
        .is_some_and(|increment| increment > 0.0)
    {
        order.scale_price_adjust_value = fields.double("scalePriceAdjustValue")?;
        order.scale_price_adjust_interval = fields.int("scalePriceAdjustInterval")?;
        order.scale_profit_offset = fields.double("scaleProfitOffset")?;
        order.scale_auto_reset = fields.flag("scaleAutoReset")?;
        order.scale_init_position = fields.int("scaleInitPosition")?;
        order.scale_init_fill_qty = fields.int("scaleInitFillQty")?;
        order.scale_random_percent = fields.flag("scaleRandomPercent")?;
    }
    order.scale_table = fields.text("scaleTable")?;
    order.active_start_time = fields.text("activeStartTime")?;
    order.active_stop_time = fields.text("activeStopTime")?;
    Ok(())
}

fn hedge_and_clearing(fields: &mut FieldReader<'_>, order: &mut Order) -> Result<(), Malformed> {
    order.hedge_type = fields.text("hedgeType")?;
    if order.hedge_type.is_some() {
        order.hedge_param = fields.text("hedgeParam")?;
    }
    order.opt_out_smart_routing = fields.flag("optOutSmartRouting")?;
    order.clearing_account = fields.text("clearingAccount")?;
    order.clearing_intent = fields.text("clearingIntent")?;
    order.not_held = fields.flag("notHeld")?;
    Ok(())
}

fn algorithm(fields: &mut FieldReader<'_>, order: &mut Order) -> Result<(), Malformed> {
    order.algo_strategy = fields.text("algoStrategy")?;
    if order.algo_strategy.is_some() {
        order.algo_params = fields.tagged_values("algoParams")?;
    }
    order.algo_id = fields.text("algoId")?;
    order.what_if = fields.flag("whatIf")?;
    order.order_misc_options = fields.options("orderMiscOptions")?;
    order.solicited = fields.flag("solicited")?;
    order.randomize_size = fields.flag("randomizeSize")?;
    order.randomize_price = fields.flag("randomizePrice")?;
    Ok(())
}

fn benchmark_peg(fields: &mut FieldReader<'_>, order: &mut Order) -> Result<(), Malformed> {
    order.reference_contract_id = fields.int("referenceContractId")?;
    order.is_pegged_change_amount_decrease = fields.flag("isPeggedChangeAmountDecrease")?;
    order.pegged_change_amount = fields.double("peggedChangeAmount")?;
    order.reference_change_amount = fields.double("referenceChangeAmount")?;
    order.reference_exchange_id = fields.text("referenceExchangeId")?;
    Ok(())
}

fn adjustment(fields: &mut FieldReader<'_>, order: &mut Order) -> Result<(), Malformed> {
    order.adjusted_order_type = fields
        .text("adjustedOrderType")?
        .filter(|kind| kind != NONE);
    order.trigger_price = fields.double("triggerPrice")?;
    order.lmt_price_offset = fields.double("lmtPriceOffset")?;
    order.adjusted_stop_price = fields.double("adjustedStopPrice")?;
    order.adjusted_stop_limit_price = fields.double("adjustedStopLimitPrice")?;
    order.adjusted_trailing_amount = fields.double("adjustedTrailingAmount")?;
    order.adjustable_trailing_unit = fields.int("adjustableTrailingUnit")?;
    Ok(())
}

fn attribution(fields: &mut FieldReader<'_>, order: &mut Order) -> Result<(), Malformed> {
    order.ext_operator = fields.text("extOperator")?;
    let name = fields.text("softDollarTier.name")?;
    let value = fields.text("softDollarTier.value")?;
    if name.is_some() || value.is_some() {
        order.soft_dollar_tier = Some(SoftDollarTier {
            name,
            value,
            display_name: None,
        });
    }
    order.cash_qty = fields.double("cashQty")?;
    order.mifid2_decision_maker = fields.text("mifid2DecisionMaker")?;
    order.mifid2_decision_algo = fields.text("mifid2DecisionAlgo")?;
    order.mifid2_execution_trader = fields.text("mifid2ExecutionTrader")?;
    order.mifid2_execution_algo = fields.text("mifid2ExecutionAlgo")?;
    order.dont_use_auto_price_for_hedge = fields.flag("dontUseAutoPriceForHedge")?;
    order.is_oms_container = fields.flag("isOmsContainer")?;
    order.discretionary_up_to_limit_price = fields.flag("discretionaryUpToLimitPrice")?;
    order.use_price_mgmt_algo = fields.int("usePriceMgmtAlgo")?;
    Ok(())
}

fn by_version(
    version: u32,
    fields: &mut FieldReader<'_>,
    exchange: Option<&str>,
    order: &mut Order,
) -> Result<(), Malformed> {
    if version >= since::DURATION {
        order.duration = fields.int("duration")?;
    }
    if version >= since::POST_TO_ATS {
        order.post_to_ats = fields.int("postToAts")?;
    }
    if version >= since::AUTO_CANCEL_PARENT {
        order.auto_cancel_parent = fields.flag("autoCancelParent")?;
    }
    if version >= since::ADVANCED_REJECT {
        order.advanced_error_override = fields.text("advancedErrorOverride")?;
    }
    if version >= since::MANUAL_ORDER_TIME {
        order.manual_order_time = fields.text("manualOrderTime")?;
    }
    if version >= since::PEG_OFFSETS {
        peg_offsets(fields, exchange, order)?;
    }
    Ok(())
}

fn peg_offsets(
    fields: &mut FieldReader<'_>,
    exchange: Option<&str>,
    order: &mut Order,
) -> Result<(), Malformed> {
    if exchange == Some("IBKRATS") {
        order.min_trade_qty = fields.int("minTradeQty")?;
    }
    let kind = order.order_type.as_deref().unwrap_or_default();
    let mut has_midpoint_offsets = peg::is_midpoint(kind);
    if peg::is_best(kind) {
        order.min_compete_size = fields.int("minCompeteSize")?;
        let offset = fields.double_or_infinity("competeAgainstBestOffset")?;
        order.compete_against_best_offset = offset;
        // An infinite offset competes up to the midpoint.
        has_midpoint_offsets = offset == Some(f64::INFINITY);
    }
    if has_midpoint_offsets {
        order.mid_offset_at_whole = fields.double("midOffsetAtWhole")?;
        order.mid_offset_at_half = fields.double("midOffsetAtHalf")?;
    }
    Ok(())
}
