//! Accounts, positions, profit and loss, advisors.

use crate::tws::{
    message::*,
    text::{Malformed, field_reader::FieldReader},
};

pub(super) fn account_data(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    fields.version(&[2])?;
    Ok(Request::AccountData(AccountDataRequest {
        subscribe: fields.flag("subscribe")?,
        acct_code: fields.text("acctCode")?,
    }))
}

pub(super) fn positions(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    fields.version(&[1])?;
    Ok(Request::Positions(PositionsRequest {}))
}

pub(super) fn cancel_positions(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    fields.version(&[1])?;
    Ok(Request::CancelPositions(CancelPositions {}))
}

pub(super) fn account_summary(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    fields.version(&[1])?;
    Ok(Request::AccountSummary(AccountSummaryRequest {
        req_id: fields.id("reqId")?,
        group: fields.text("group")?,
        tags: fields.text("tags")?,
    }))
}

pub(super) fn cancel_account_summary(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    fields.version(&[1])?;
    Ok(Request::CancelAccountSummary(CancelAccountSummary {
        req_id: fields.id("reqId")?,
    }))
}

pub(super) fn positions_multi(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    fields.version(&[1])?;
    Ok(Request::PositionsMulti(PositionsMultiRequest {
        req_id: fields.id("reqId")?,
        account: fields.text("account")?,
        model_code: fields.text("modelCode")?,
    }))
}

pub(super) fn cancel_positions_multi(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    fields.version(&[1])?;
    Ok(Request::CancelPositionsMulti(CancelPositionsMulti {
        req_id: fields.id("reqId")?,
    }))
}

/// `@stoqey/ib` calls the same fields version 2, here and in the cancellation.
pub(super) fn updates_multi(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    fields.version(&[1, 2])?;
    Ok(Request::AccountUpdatesMulti(AccountUpdatesMultiRequest {
        req_id: fields.id("reqId")?,
        account: fields.text("account")?,
        model_code: fields.text("modelCode")?,
        ledger_and_nlv: fields.flag("ledgerAndNLV")?,
    }))
}

pub(super) fn cancel_updates_multi(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    fields.version(&[1, 2])?;
    Ok(Request::CancelAccountUpdatesMulti(
        CancelAccountUpdatesMulti {
            req_id: fields.id("reqId")?,
        },
    ))
}

pub(super) fn profit_and_loss(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    Ok(Request::PnL(PnLRequest {
        req_id: fields.id("reqId")?,
        account: fields.text("account")?,
        model_code: fields.text("modelCode")?,
    }))
}

pub(super) fn cancel_profit_and_loss(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    Ok(Request::CancelPnL(CancelPnL {
        req_id: fields.id("reqId")?,
    }))
}

pub(super) fn profit_and_loss_single(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    Ok(Request::PnLSingle(PnLSingleRequest {
        req_id: fields.id("reqId")?,
        account: fields.text("account")?,
        model_code: fields.text("modelCode")?,
        con_id: fields.int("conId")?,
    }))
}

pub(super) fn cancel_profit_and_loss_single(
    fields: &mut FieldReader<'_>,
) -> Result<Request, Malformed> {
    Ok(Request::CancelPnLSingle(CancelPnLSingle {
        req_id: fields.id("reqId")?,
    }))
}

pub(super) fn advisor(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    fields.version(&[1])?;
    Ok(Request::Fa(FaRequest {
        fa_data_type: fields.int("faDataType")?,
    }))
}

pub(super) fn replace_advisor(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    fields.version(&[1])?;
    let fa_data_type = fields.int("faDataType")?;
    let xml = fields.text("xml")?;
    Ok(Request::ReplaceFa(FaReplace {
        req_id: fields.id("reqId")?,
        fa_data_type,
        xml,
    }))
}
