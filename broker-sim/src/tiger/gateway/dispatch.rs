use serde_json::Value;

use super::{Answer, Complaint, method::Method, parameters::Parameters, turn::Turn};

impl Turn<'_> {
    /// Answers one request in the room of its subject.
    pub(super) fn answer(&mut self, method: Method, parameters: Value) -> Answer {
        let asked = Parameters::new(&parameters);
        let of_a_room = self
            .quotes(method.name, asked)
            .or_else(|| self.options(method.name, asked))
            .or_else(|| self.futures(method.name, asked))
            .or_else(|| self.research(method.name, asked));
        if let Some(answer) = of_a_room {
            return answer;
        }
        match method.name {
            "user_license" => self.user_license(),
            "user_token_refresh" => self.user_token_refresh(),
            name => Err(Complaint::common(format!(
                "method '{name}' is not supported"
            ))),
        }
    }
}
