//! A request on its way: the door, what strikes it, its room, its answer.

use tokio::time::Instant;

use super::{Answer, Fate, Gateway, Told, faults::Struck, method::Method, turn::Turn};
use crate::tiger::{developer::AccountType, gateway::parameters::Parameters, http::Call};

impl Gateway {
    /// Does what a request asks.
    pub(in crate::tiger) fn call(&self, call: &Call, token: Option<&str>) -> Told {
        let admitted = self.admit(call, token);
        let is_order = admitted.as_ref().is_ok_and(|method| method.is_order());
        let asked = admitted.and_then(|method| Ok((method, call.parameters()?)));
        let (answer, fate) = match asked {
            Ok((method, parameters)) => {
                self.take_turn(|turn| turn.take(method, Parameters::new(&parameters)))
            }
            Err(complaint) => (Err(complaint), Fate::Answer),
        };
        Told {
            answer,
            is_order,
            fate,
        }
    }
}

impl Turn<'_> {
    fn take(&mut self, method: Method, parameters: Parameters<'_>) -> (Answer, Fate) {
        if let Err(complaint) = self.count(method, parameters) {
            return (Err(complaint), Fate::Answer);
        }
        if !method.is_command() {
            // Whoever asks is told all there is: what a fault holds back comes out.
            self.state.flush_reversed();
            return (self.answer(method, parameters), Fate::Answer);
        }
        let account = self.account(parameters).ok();
        let refusal = account
            .as_ref()
            .map_or(1010, |account| AccountType::of(account).trade_error());
        match self.state.next_command(refusal, self.exchange) {
            Struck::Lost(fate) => (Ok(serde_json::Value::Null), fate),
            Struck::Refused(complaint) => (Err(complaint), Fate::Answer),
            Struck::Done(fate) => (self.answer(method, parameters), fate),
            Struck::Warned(text) => {
                self.state.orders.warning = Some(text);
                let answer = self.answer(method, parameters);
                self.state.orders.warning = None;
                (answer, Fate::Answer)
            }
            Struck::FillsFirst => {
                self.state.orders.fills_first = true;
                let answer = self.answer(method, parameters);
                self.state.orders.fills_first = false;
                (answer, Fate::Answer)
            }
        }
    }

    fn count(
        &mut self,
        method: Method,
        parameters: Parameters<'_>,
    ) -> Result<(), super::Complaint> {
        if !method.is_limited_by_account() {
            return Ok(());
        }
        // An account that is not the developer's is refused in the room.
        let Ok(account) = self.account(parameters) else {
            return Ok(());
        };
        let state = &mut *self.state;
        let habits = &state.habits;
        state
            .limits
            .count_order(method, &account, habits, Instant::now())
    }
}
