//! The developer's own affairs: licence and token.

use serde_json::json;

use super::{Answer, turn::Turn};

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
}
