//! Accounts, positions, profit and loss, advisors.

use crate::tws::{message::*, text::field_writer::FieldWriter};

pub(super) fn value(f: &mut FieldWriter<'_>, value: &AccountValue) {
    f.number(6)
        .number(2)
        .text(value.key.as_ref())
        .text(value.value.as_ref());
    f.text(value.currency.as_ref())
        .text(value.account_name.as_ref());
}

pub(super) fn portfolio(f: &mut FieldWriter<'_>, value: &PortfolioValue) {
    let contract = value.contract.as_ref();
    f.number(7).number(8);
    kind(f, contract, "0");
    f.text(contract.and_then(|contract| contract.primary_exch.as_ref()));
    listing(f, contract);
    f.quantity(value.position.as_ref());
    f.amount(value.market_price).amount(value.market_value);
    f.amount(value.average_cost).amount(value.unrealized_pnl);
    f.amount(value.realized_pnl)
        .text(value.account_name.as_ref());
}

pub(super) fn update_time(f: &mut FieldWriter<'_>, time: &AccountUpdateTime) {
    f.number(8).number(1).text(time.time_stamp.as_ref());
}

pub(super) fn data_end(f: &mut FieldWriter<'_>, end: &AccountDataEnd) {
    f.number(54).number(1).text(end.account_name.as_ref());
}

pub(super) fn position(f: &mut FieldWriter<'_>, position: &Position) {
    f.number(61).number(3).text(position.account.as_ref());
    held(f, position.contract.as_ref());
    f.quantity(position.position.as_ref())
        .amount(position.avg_cost);
}

pub(super) fn position_multi(f: &mut FieldWriter<'_>, position: &PositionMulti) {
    f.number(71)
        .number(1)
        .int(position.req_id)
        .text(position.account.as_ref());
    held(f, position.contract.as_ref());
    f.quantity(position.position.as_ref())
        .amount(position.avg_cost);
    f.text(position.model_code.as_ref());
}

pub(super) fn summary(f: &mut FieldWriter<'_>, summary: &AccountSummary) {
    f.number(63)
        .number(1)
        .int(summary.req_id)
        .text(summary.account.as_ref());
    f.text(summary.tag.as_ref())
        .text(summary.value.as_ref())
        .text(summary.currency.as_ref());
}

pub(super) fn update_multi(f: &mut FieldWriter<'_>, update: &AccountUpdateMulti) {
    f.number(73)
        .number(1)
        .int(update.req_id)
        .text(update.account.as_ref());
    f.text(update.model_code.as_ref()).text(update.key.as_ref());
    f.text(update.value.as_ref()).text(update.currency.as_ref());
}

pub(super) fn profit_and_loss(f: &mut FieldWriter<'_>, pnl: &PnL) {
    f.number(94).int(pnl.req_id);
    f.amount(pnl.daily_pnl)
        .amount(pnl.unrealized_pnl)
        .amount(pnl.realized_pnl);
}

pub(super) fn profit_and_loss_single(f: &mut FieldWriter<'_>, pnl: &PnLSingle) {
    f.number(95).int(pnl.req_id).quantity(pnl.position.as_ref());
    f.amount(pnl.daily_pnl)
        .amount(pnl.unrealized_pnl)
        .amount(pnl.realized_pnl)
        .amount(pnl.value);
}

pub(super) fn advisor(f: &mut FieldWriter<'_>, advisor: &ReceiveFa) {
    f.number(16)
        .number(1)
        .int(advisor.fa_data_type)
        .text(advisor.xml.as_ref());
}

pub(super) fn replace_advisor_end(f: &mut FieldWriter<'_>, end: &ReplaceFaEnd) {
    f.number(103).int(end.req_id).text(end.text.as_ref());
}

/// Eleven fields: what it is, on which exchange, and how it is listed.
pub(super) fn on_exchange(f: &mut FieldWriter<'_>, contract: Option<&Contract>) {
    kind(f, contract, "?");
    f.text(contract.and_then(|contract| contract.exchange.as_ref()));
    listing(f, contract);
}

/// The same as a position has it.
fn held(f: &mut FieldWriter<'_>, contract: Option<&Contract>) {
    kind(f, contract, "");
    f.text(contract.and_then(|contract| contract.exchange.as_ref()));
    listing(f, contract);
}

/// The right of what is no option goes by another word in orders and executions ("?"), in the
/// portfolio ("0") and in positions (none).
fn kind(f: &mut FieldWriter<'_>, contract: Option<&Contract>, no_right: &str) {
    let absent = Contract::default();
    let contract = contract.unwrap_or(&absent);
    f.int(contract.con_id)
        .text(contract.symbol.as_ref())
        .text(contract.sec_type.as_ref());
    f.text(contract.last_trade_date_or_contract_month.as_ref())
        .double_or(contract.strike, 0.0);
    f.text_or(contract.right.as_ref(), no_right)
        .plain(contract.multiplier);
}

fn listing(f: &mut FieldWriter<'_>, contract: Option<&Contract>) {
    let absent = Contract::default();
    let contract = contract.unwrap_or(&absent);
    f.text(contract.currency.as_ref())
        .text(contract.local_symbol.as_ref());
    f.text(contract.trading_class.as_ref());
}
