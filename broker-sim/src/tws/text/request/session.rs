//! The session: start, identifiers, time, verification.

use crate::tws::{
    message::*,
    text::{Malformed, field_reader::FieldReader},
};

pub(super) fn start(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    fields.version(&[2])?;
    Ok(Request::StartApi(StartApiRequest {
        client_id: fields.int("clientId")?,
        optional_capabilities: fields.text("optionalCapabilities")?,
    }))
}

pub(super) fn ids(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    fields.version(&[1])?;
    Ok(Request::Ids(IdsRequest {
        num_ids: fields.int("numIds")?,
    }))
}

pub(super) fn managed_accounts(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    fields.version(&[1])?;
    Ok(Request::ManagedAccounts(ManagedAccountsRequest {}))
}

pub(super) fn current_time(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    fields.version(&[1])?;
    Ok(Request::CurrentTime(CurrentTimeRequest {}))
}

pub(super) fn log_level(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    fields.version(&[1])?;
    Ok(Request::SetServerLogLevel(SetServerLogLevelRequest {
        log_level: fields.int("logLevel")?,
    }))
}

pub(super) fn verify(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    fields.version(&[1])?;
    Ok(Request::Verify(VerifyRequest {
        api_name: fields.text("apiName")?,
        api_version: fields.text("apiVersion")?,
    }))
}

pub(super) fn verify_message(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    fields.version(&[1])?;
    Ok(Request::VerifyMessage(VerifyMessageRequest {
        api_data: fields.text("apiData")?,
    }))
}

pub(super) fn user_info(fields: &mut FieldReader<'_>) -> Result<Request, Malformed> {
    Ok(Request::UserInfo(UserInfoRequest {
        req_id: fields.id("reqId")?,
    }))
}
