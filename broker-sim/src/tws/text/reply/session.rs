//! The session: identifiers, time, errors, verification.

use crate::tws::{
    message::*,
    text::{field_writer::FieldWriter, since},
};

pub(super) fn error(f: &mut FieldWriter<'_>, version: u32, error: &ErrorMessage) {
    // -1 is the protocol's word for "about no request".
    f.number(4)
        .number(2)
        .number(error.id.unwrap_or(-1))
        .int(error.error_code);
    f.text(error.error_msg.as_ref());
    if version >= since::ADVANCED_REJECT {
        f.text(error.advanced_order_reject_json.as_ref());
    }
}

pub(super) fn next_valid_id(f: &mut FieldWriter<'_>, id: &NextValidId) {
    f.number(9).number(1).int(id.order_id);
}

pub(super) fn managed_accounts(f: &mut FieldWriter<'_>, accounts: &ManagedAccounts) {
    f.number(15).number(1).text(accounts.accounts_list.as_ref());
}

pub(super) fn current_time(f: &mut FieldWriter<'_>, time: &CurrentTime) {
    f.number(49).number(1).long(time.current_time);
}

pub(super) fn verify_message(f: &mut FieldWriter<'_>, message: &VerifyMessageApi) {
    f.number(65).number(1).text(message.api_data.as_ref());
}

/// The clients that read this as a flag want a digit; the official ones compare with "true".
pub(super) fn verify_completed(f: &mut FieldWriter<'_>, completed: &VerifyCompleted) {
    f.number(66)
        .number(1)
        .flag(completed.is_successful)
        .text(completed.error_text.as_ref());
}

pub(super) fn user_info(f: &mut FieldWriter<'_>, info: &UserInfo) {
    f.number(107)
        .int(info.req_id)
        .text(info.white_branding_id.as_ref());
}
