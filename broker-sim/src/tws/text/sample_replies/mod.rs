//! One reply of every kind, with a value of its own in every field that the dialect carries; `order.rs` has the
//! longest of them.

mod order;

use std::collections::BTreeMap;

use order::tier;

pub(super) use order::every_term;

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
