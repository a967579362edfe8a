//! One reply of every kind, with a value of its own in every field that the dialect carries.

use std::collections::BTreeMap;

use crate::tws::message::*;

pub(super) fn s(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn pairs(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(tag, value)| ((*tag).to_owned(), (*value).to_owned()))
        .collect()
}

pub(super) fn share() -> Contract {
    Contract {
        con_id: Some(265_598),
        symbol: s("AAPL"),
        sec_type: s("STK"),
        exchange: s("SMART"),
        primary_exch: s("NASDAQ"),
        currency: s("USD"),
        local_symbol: s("AAPL"),
        trading_class: s("NMS"),
        ..Contract::default()
    }
}

pub(super) fn option() -> Contract {
    Contract {
        con_id: Some(520_512_263),
        symbol: s("AAPL"),
        sec_type: s("OPT"),
        last_trade_date_or_contract_month: s("20220121"),
        strike: Some(175.0),
        right: s("C"),
        multiplier: Some(100.0),
        exchange: s("SMART"),
        primary_exch: s("AMEX"),
        currency: s("USD"),
        local_symbol: s("AAPL  220121C00175000"),
        trading_class: s("AAPL"),
        ..Contract::default()
    }
}

/// An order in which every field is set, so that two fields in the wrong order show.
pub(super) fn every_term() -> Order {
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

fn tier() -> SoftDollarTier {
    SoftDollarTier {
        name: s("tier"),
        value: s("tier value"),
        display_name: s("Tier"),
    }
}

pub(super) fn combination() -> Contract {
    let leg = |con_id, ratio, action: &str, price| ComboLeg {
        con_id: Some(con_id),
        ratio: Some(ratio),
        action: s(action),
        exchange: s("SMART"),
        open_close: Some(1),
        short_sales_slot: Some(2),
        designated_location: s("leg"),
        exempt_code: Some(-1),
        per_leg_price: Some(price),
    };
    Contract {
        con_id: Some(28_812_380),
        symbol: s("AAPL"),
        sec_type: s("BAG"),
        exchange: s("SMART"),
        currency: s("USD"),
        local_symbol: s("28812380"),
        trading_class: s("COMB"),
        combo_legs_descrip: s("1|1,2|-2"),
        combo_legs: vec![leg(1, 1, "BUY", 0.5), leg(2, 2, "SELL", 0.75)],
        delta_neutral_contract: Some(DeltaNeutralContract {
            con_id: Some(304),
            delta: Some(0.5),
            price: Some(130.25),
        }),
        ..Contract::default()
    }
}

pub(super) fn state() -> OrderState {
    OrderState {
        status: s("PreSubmitted"),
        init_margin_before: Some(1.5),
        maint_margin_before: Some(2.5),
        equity_with_loan_before: Some(3.5),
        init_margin_change: Some(4.5),
        maint_margin_change: Some(5.5),
        equity_with_loan_change: Some(6.5),
        init_margin_after: Some(7.5),
        maint_margin_after: Some(8.5),
        equity_with_loan_after: Some(9.5),
        commission_and_fees: Some(1.25),
        min_commission_and_fees: Some(1.0),
        max_commission_and_fees: Some(1.75),
        commission_and_fees_currency: s("USD"),
        warning_text: s("careful"),
        completed_time: s("20220103 15:59:00 US/Eastern"),
        completed_status: s("Cancelled by Trader"),
        ..OrderState::default()
    }
}

fn market_order() -> Order {
    Order {
        client_id: Some(7),
        perm_id: Some(5),
        action: s("BUY"),
        total_quantity: s("100"),
        order_type: s("MKT"),
        tif: s("DAY"),
        account: s("DU1"),
        open_close: s("O"),
        ..Order::default()
    }
}

pub(super) fn open(contract: Contract, order: Order) -> Reply {
    Reply::OpenOrder(OpenOrder {
        order_id: Some(42),
        contract: Some(contract),
        order: Some(order),
        order_state: Some(state()),
    })
}

pub(super) fn completed(contract: Contract, order: Order) -> Reply {
    Reply::CompletedOrder(CompletedOrder {
        contract: Some(contract),
        order: Some(order),
        order_state: Some(state()),
    })
}

/// Orders and executions.
pub(super) fn of_orders() -> Vec<Reply> {
    let only_status = OrderState {
        status: s("Submitted"),
        ..OrderState::default()
    };
    vec![
        open(combination(), every_term()),
        completed(combination(), every_term()),
        Reply::OpenOrder(OpenOrder {
            order_id: Some(43),
            contract: Some(share()),
            order: Some(market_order()),
            order_state: Some(only_status.clone()),
        }),
        Reply::CompletedOrder(CompletedOrder {
            contract: Some(option()),
            order: Some(market_order()),
            order_state: Some(only_status),
        }),
        Reply::OrderStatus(OrderStatus {
            order_id: Some(42),
            status: s("Submitted"),
            filled: s("0.5"),
            remaining: s("99.5"),
            avg_fill_price: Some(187.125),
            perm_id: Some(1_234_567_890),
            parent_id: Some(41),
            last_fill_price: Some(187.25),
            client_id: Some(7),
            why_held: s("locate"),
            mkt_cap_price: Some(190.0),
        }),
        Reply::OpenOrdersEnd(OpenOrdersEnd {}),
        Reply::CompletedOrdersEnd(CompletedOrdersEnd {}),
        Reply::OrderBound(OrderBound {
            perm_id: Some(1_234_567_890),
            client_id: Some(7),
            order_id: Some(42),
        }),
        Reply::ExecutionDetails(ExecutionDetails {
            req_id: None,
            contract: Some(option()),
            execution: Some(Execution {
                order_id: Some(42),
                exec_id: s("0000e0d5.61d2f0a1.01.01"),
                time: s("20220103 10:05:00 US/Eastern"),
                acct_number: s("DU1"),
                exchange: s("AMEX"),
                side: s("BOT"),
                shares: s("2"),
                price: Some(5.25),
                perm_id: Some(1_234_567_890),
                client_id: Some(7),
                is_liquidation: Some(true),
                cum_qty: s("3"),
                avg_price: Some(5.125),
                order_ref: s("ref"),
                ev_rule: s("rule"),
                ev_multiplier: Some(1.5),
                model_code: s("model"),
                last_liquidity: Some(2),
                is_price_revision_pending: Some(true),
                ..Execution::default()
            }),
        }),
        Reply::ExecutionDetailsEnd(ExecutionDetailsEnd { req_id: Some(9) }),
        Reply::CommissionReport(CommissionAndFeesReport {
            exec_id: s("0000e0d5.61d2f0a1.01.01"),
            commission_and_fees: Some(1.05),
            currency: s("USD"),
            realized_pnl: Some(-12.5),
            bond_yield: None,
            yield_redemption_date: None,
        }),
    ]
}

/// The session, accounts and positions.
pub(super) fn of_accounts() -> Vec<Reply> {
    vec![
        Reply::NextValidId(NextValidId {
            order_id: Some(100),
        }),
        Reply::ManagedAccounts(ManagedAccounts {
            accounts_list: s("DU1,DU2"),
        }),
        Reply::CurrentTime(CurrentTime {
            current_time: Some(1_641_222_000),
        }),
        Reply::Error(ErrorMessage {
            id: Some(42),
            error_code: Some(201),
            error_msg: s("Order rejected - reason: naïve"),
            advanced_order_reject_json: s(r#"{"rejects":["2"]}"#),
            ..ErrorMessage::default()
        }),
        Reply::Error(ErrorMessage {
            id: None,
            error_code: Some(2104),
            error_msg: s("Market data farm connection is OK:usfarm"),
            ..ErrorMessage::default()
        }),
        Reply::VerifyMessageApi(VerifyMessageApi {
            api_data: s("data"),
        }),
        Reply::VerifyCompleted(VerifyCompleted {
            is_successful: Some(true),
            error_text: s(""),
        }),
        Reply::UserInfo(UserInfo {
            req_id: Some(8),
            white_branding_id: s("brand"),
        }),
        Reply::AccountValue(AccountValue {
            key: s("NetLiquidation"),
            value: s("1000000.00"),
            currency: s("USD"),
            account_name: s("DU1"),
        }),
        Reply::PortfolioValue(PortfolioValue {
            contract: Some(option()),
            position: s("-2"),
            market_price: Some(5.5),
            market_value: Some(-1100.0),
            average_cost: Some(525.5),
            unrealized_pnl: Some(-49.0),
            realized_pnl: Some(10.25),
            account_name: s("DU1"),
        }),
        Reply::AccountUpdateTime(AccountUpdateTime {
            time_stamp: s("10:05"),
        }),
        Reply::AccountDataEnd(AccountDataEnd {
            account_name: s("DU1"),
        }),
        Reply::Position(Position {
            account: s("DU1"),
            contract: Some(option()),
            position: s("0.25"),
            avg_cost: Some(525.5),
        }),
        Reply::PositionEnd(PositionEnd {}),
        Reply::PositionMulti(PositionMulti {
            req_id: Some(7),
            account: s("DU1"),
            contract: Some(share()),
            position: s("100"),
            avg_cost: Some(180.5),
            model_code: s("model"),
        }),
        Reply::PositionMultiEnd(PositionMultiEnd { req_id: Some(7) }),
        Reply::AccountSummary(AccountSummary {
            req_id: Some(6),
            account: s("DU1"),
            tag: s("BuyingPower"),
            value: s("4000000.00"),
            currency: s("USD"),
        }),
        Reply::AccountSummaryEnd(AccountSummaryEnd { req_id: Some(6) }),
        Reply::AccountUpdateMulti(AccountUpdateMulti {
            req_id: Some(5),
            account: s("DU1"),
            model_code: s("model"),
            key: s("Cushion"),
            value: s("1"),
            currency: s("USD"),
        }),
        Reply::AccountUpdateMultiEnd(AccountUpdateMultiEnd { req_id: Some(5) }),
        Reply::PnL(PnL {
            req_id: Some(4),
            daily_pnl: Some(1.5),
            unrealized_pnl: Some(-2.5),
            realized_pnl: None,
        }),
        Reply::PnLSingle(PnLSingle {
            req_id: Some(3),
            position: s("100"),
            daily_pnl: Some(1.5),
            unrealized_pnl: None,
            realized_pnl: Some(0.0),
            value: Some(18_725.0),
        }),
        Reply::ReceiveFa(ReceiveFa {
            fa_data_type: Some(1),
            xml: s("<Groups/>"),
        }),
        Reply::ReplaceFaEnd(ReplaceFaEnd {
            req_id: Some(2),
            text: s("success"),
        }),
        Reply::FamilyCodes(FamilyCodes {
            family_codes: vec![FamilyCode {
                account_id: s("DU1"),
                family_code: s("F1"),
            }],
        }),
        Reply::SoftDollarTiers(SoftDollarTiers {
            req_id: Some(1),
            soft_dollar_tiers: vec![tier()],
        }),
    ]
}
