//! Executions and their commissions.

use super::account;
use crate::tws::{
    message::*,
    text::{field_writer::FieldWriter, since},
};

pub(super) fn details(f: &mut FieldWriter<'_>, version: u32, details: &ExecutionDetails) {
    let absent = Execution::default();
    let execution = details.execution.as_ref().unwrap_or(&absent);
    // -1: nobody asked, the execution has just happened.
    f.number(11)
        .number(details.req_id.unwrap_or(-1))
        .int(execution.order_id);
    account::on_exchange(f, details.contract.as_ref());
    f.text(execution.exec_id.as_ref())
        .text(execution.time.as_ref());
    f.text(execution.acct_number.as_ref())
        .text(execution.exchange.as_ref());
    f.text(execution.side.as_ref())
        .quantity(execution.shares.as_ref());
    f.amount(execution.price)
        .long(execution.perm_id)
        .int(execution.client_id);
    f.flag(execution.is_liquidation)
        .quantity(execution.cum_qty.as_ref());
    f.amount(execution.avg_price)
        .text(execution.order_ref.as_ref());
    f.text(execution.ev_rule.as_ref())
        .plain(execution.ev_multiplier);
    f.text(execution.model_code.as_ref())
        .int(execution.last_liquidity);
    if version >= since::PENDING_PRICE_REVISION {
        f.flag(execution.is_price_revision_pending);
    }
}

pub(super) fn commission(f: &mut FieldWriter<'_>, report: &CommissionAndFeesReport) {
    f.number(59).number(1).text(report.exec_id.as_ref());
    f.amount(report.commission_and_fees)
        .text(report.currency.as_ref());
    f.amount(report.realized_pnl).amount(report.bond_yield);
    f.text(report.yield_redemption_date.as_ref());
}
