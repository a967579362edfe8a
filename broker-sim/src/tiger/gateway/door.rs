//! Who may ask what, and how often.

use chrono::NaiveDateTime;
use tokio::time::Instant;

use super::{Complaint, Gateway, limits::too_fast, method::Method};
use crate::tiger::{http::Call, signature};

/// The vendor's time stamps.
const STAMP: &str = "%Y-%m-%d %H:%M:%S";

impl Gateway {
    /// Lets a request in, or says why not.
    pub(super) fn admit(&self, call: &Call, token: Option<&str>) -> Result<Method, Complaint> {
        self.recognise(call)?;
        let method = self.method_of(call)?;
        let (now, office_time) = (Instant::now(), self.office_time());
        let exchange_time = self.world.now();
        let mut state = self.lock();
        let state = &mut *state;
        if state.faults.is_banned(exchange_time) {
            return Err(too_fast(&state.habits, method, "wait for a while"));
        }
        state.limits.count(method, &state.habits, now)?;
        if self.developer.license.needs_token() {
            state.tokens.check(token, office_time)?;
        }
        state.quotes.seat.admit(method, call.member("device_id"))?;
        Ok(method)
    }

    /// Whether the request is the developer's.
    fn recognise(&self, call: &Call) -> Result<(), Complaint> {
        let stamp = call.required("timestamp")?;
        if stamp.len() != 19 || NaiveDateTime::parse_from_str(stamp, STAMP).is_err() {
            return Err(Complaint::common(
                "time parse error, support time format is 'yyyy-MM-dd HH:mm:ss'",
            ));
        }
        for (name, only) in [("charset", "UTF-8"), ("sign_type", "RSA")] {
            let value = call.required(name)?;
            if !value.eq_ignore_ascii_case(only) {
                return Err(Complaint::common(format!(
                    "{name} '{value}' is not supported"
                )));
            }
        }
        let tiger_id = call.required("tiger_id")?;
        if tiger_id != self.developer.tiger_id {
            return Err(Complaint::common(format!(
                "developer information of '{tiger_id}' does not exist"
            )));
        }
        let sign = call.required("sign")?;
        let key = self.keys.client().to_public_key();
        if !signature::verifies(&key, &call.signed_text(), sign) {
            return Err(Complaint::common("signature verification failed"));
        }
        Ok(())
    }

    fn method_of(&self, call: &Call) -> Result<Method, Complaint> {
        let version = call.required("version")?;
        if !matches!(version, "1.0" | "2.0" | "3.0") {
            return Err(Complaint::common(format!(
                "version '{version}' is not supported"
            )));
        }
        let name = call.required("method")?;
        Method::of(name)
            .ok_or_else(|| Complaint::common(format!("method '{name}' is not supported")))
    }
}
