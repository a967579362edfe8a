use serde_json::Value;

use super::{Answer, Complaint, method::Method, parameters::Parameters, turn::Turn};

impl Turn<'_> {
    /// Answers one request in the room of its subject.
    pub(super) fn answer(&mut self, method: Method, parameters: Value) -> Answer {
        let asked = Parameters::new(&parameters);
        let _ = asked.raw();
        match method.name {
            "user_license" => self.user_license(),
            "user_token_refresh" => self.user_token_refresh(),
            "grab_quote_permission" | "get_quote_permission" => self.quote_permission(),
            name => Err(Complaint::common(format!(
                "method '{name}' is not supported"
            ))),
        }
    }
}
