//! The developer's own affairs: licence, token, permissions for quotes.

use serde_json::json;

use super::{Answer, turn::Turn};

/// What this developer may read; none of it ends.
const PERMISSIONS: [&str; 6] = [
    "usQuoteBasic",
    "usStockQuote",
    "usStockQuoteLv2Totalview",
    "hkStockQuoteLv2",
    "usOptionQuote",
    "CMEFuturesQuoteLv2",
];

impl Turn<'_> {
    pub(super) fn user_license(&self) -> Answer {
        Ok(json!({"license": self.developer.license.word()}))
    }

    pub(super) fn user_token_refresh(&mut self) -> Answer {
        if !self.developer.license.needs_token() {
            return Err(super::Complaint::token("user token can not be empty"));
        }
        let made = self
            .state
            .tokens
            .issue(&self.state.habits, self.office_time);
        Ok(json!({
            "tigerId": self.developer.tiger_id,
            "license": self.developer.license.word(),
            "token": made.text,
            "createTime": made.created_at.timestamp_millis(),
            "expiredTime": made.expires_at.timestamp_millis(),
        }))
    }

    pub(super) fn quote_permission(&self) -> Answer {
        let granted = PERMISSIONS.map(|name| json!({"name": name, "expireAt": -1}));
        Ok(granted.to_vec().into())
    }
}
