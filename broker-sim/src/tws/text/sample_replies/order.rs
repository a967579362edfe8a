use super::{pairs, s};
use crate::tws::message::*;

/// An order in which every field is set, so that two fields in the wrong order show.
pub(in crate::tws::text) fn every_term() -> Order {
    Order {
        client_id: Some(7),
        perm_id: Some(1_234_567_890),
        parent_id: Some(41),
        action: s("BUY"),
        total_quantity: s("1000"),
        display_size: Some(11),
        order_type: s("PEG BENCH"),
        lmt_price: Some(187.25),
        aux_price: Some(186.5),
        tif: s("GTC"),
        account: s("DU1"),
        settling_firm: s("firm"),
        clearing_account: s("clearing"),
        clearing_intent: s("Away"),
        all_or_none: Some(true),
        block_order: Some(true),
        hidden: Some(true),
        outside_rth: Some(true),
        sweep_to_fill: Some(true),
        percent_offset: Some(0.11),
        trailing_percent: Some(2.5),
        trail_stop_price: Some(180.25),
        min_qty: Some(12),
        good_after_time: s("20220103 11:00:00"),
        good_till_date: s("20220104 16:00:00"),
        oca_group: s("group"),
        order_ref: s("ref"),
        rule80_a: s("I"),
        oca_type: Some(1),
        trigger_method: Some(2),
        active_start_time: s("09:30"),
        active_stop_time: s("16:00"),
        fa_group: s("advised"),
        fa_method: s("AvailableEquity"),
        fa_percentage: s("50"),
        volatility: Some(25.5),
        volatility_type: Some(2),
        continuous_update: Some(true),
        reference_price_type: Some(1),
        delta_neutral_order_type: s("LMT"),
        delta_neutral_aux_price: Some(1.5),
        delta_neutral_con_id: Some(301),
        delta_neutral_open_close: s("O"),
        delta_neutral_short_sale: Some(true),
        delta_neutral_short_sale_slot: Some(1),
        delta_neutral_designated_location: s("there"),
        scale_init_level_size: Some(101),
        scale_subs_level_size: Some(51),
        scale_price_increment: Some(0.25),
        scale_price_adjust_value: Some(0.5),
        scale_price_adjust_interval: Some(61),
        scale_profit_offset: Some(1.25),
        scale_auto_reset: Some(true),
        scale_init_position: Some(13),
        scale_init_fill_qty: Some(14),
        scale_random_percent: Some(true),
        hedge_type: s("P"),
        hedge_param: s("2.0"),
        algo_strategy: s("Twap"),
        algo_params: pairs(&[("startTime", "09:30:00"), ("strategyType", "Marketable")]),
        smart_combo_routing_params: pairs(&[("NonGuaranteed", "1")]),
        what_if: Some(true),
        open_close: s("C"),
        origin: Some(1),
        short_sale_slot: Some(2),
        designated_location: s("here"),
        exempt_code: Some(3),
        delta_neutral_settling_firm: s("dn firm"),
        delta_neutral_clearing_account: s("dn account"),
        delta_neutral_clearing_intent: s("IB"),
        discretionary_amt: Some(0.05),
        opt_out_smart_routing: Some(true),
        starting_price: Some(1.125),
        stock_ref_price: Some(2.125),
        delta: Some(0.75),
        stock_range_lower: Some(3.125),
        stock_range_upper: Some(4.125),
        not_held: Some(true),
        solicited: Some(true),
        randomize_size: Some(true),
        randomize_price: Some(true),
        reference_contract_id: Some(302),
        pegged_change_amount: Some(0.1),
        is_pegged_change_amount_decrease: Some(true),
        reference_change_amount: Some(0.2),
        reference_exchange_id: s("NYSE"),
        adjusted_order_type: s("STP LMT"),
        trigger_price: Some(190.5),
        adjusted_stop_price: Some(191.5),
        adjusted_stop_limit_price: Some(192.5),
        adjusted_trailing_amount: Some(193.5),
        adjustable_trailing_unit: Some(1),
        lmt_price_offset: Some(0.375),
        conditions: conditions(),
        conditions_cancel_order: Some(true),
        conditions_ignore_rth: Some(true),
        model_code: s("model"),
        soft_dollar_tier: Some(tier()),
        cash_qty: Some(1000.5),
        dont_use_auto_price_for_hedge: Some(true),
        is_oms_container: Some(true),
        discretionary_up_to_limit_price: Some(true),
        auto_cancel_date: s("20220131"),
        filled_quantity: s("400"),
        ref_futures_con_id: Some(303),
        auto_cancel_parent: Some(true),
        shareholder: s("holder"),
        imbalance_only: Some(true),
        route_marketable_to_bbo: Some(1),
        parent_perm_id: Some(9_876_543_210),
        use_price_mgmt_algo: Some(1),
        duration: Some(30),
        post_to_ats: Some(20),
        min_trade_qty: Some(15),
        min_compete_size: Some(16),
        compete_against_best_offset: Some(f64::INFINITY),
        mid_offset_at_whole: Some(0.01),
        mid_offset_at_half: Some(0.005),
        ..Order::default()
    }
}

fn conditions() -> Vec<OrderCondition> {
    let on_share = OrderCondition {
        is_conjunction_connection: Some(true),
        is_more: Some(true),
        con_id: Some(265_598),
        exchange: s("SMART"),
        ..OrderCondition::default()
    };
    let plain = OrderCondition {
        con_id: None,
        exchange: None,
        ..on_share.clone()
    };
    vec![
        OrderCondition {
            kind: Some(1),
            price: Some(150.5),
            trigger_method: Some(2),
            ..on_share.clone()
        },
        OrderCondition {
            kind: Some(3),
            is_conjunction_connection: Some(false),
            time: s("20220103 15:00:00"),
            ..plain.clone()
        },
        OrderCondition {
            kind: Some(4),
            percent: Some(30),
            ..plain
        },
        OrderCondition {
            kind: Some(5),
            is_conjunction_connection: Some(true),
            sec_type: s("STK"),
            exchange: s("NYSE"),
            symbol: s("KO"),
            ..OrderCondition::default()
        },
        OrderCondition {
            kind: Some(6),
            volume: Some(100_000),
            ..on_share.clone()
        },
        OrderCondition {
            kind: Some(7),
            change_percent: Some(2.5),
            ..on_share
        },
    ]
}

pub(super) fn tier() -> SoftDollarTier {
    SoftDollarTier {
        name: s("tier"),
        value: s("tier value"),
        display_name: s("Tier"),
    }
}
