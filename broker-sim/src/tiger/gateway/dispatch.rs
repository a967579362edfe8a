use serde_json::Value;

use super::{Answer, Complaint, method::Method, parameters::Parameters, turn::Turn};

impl Turn<'_> {
    /// Answers one request in the room of its subject.
    pub(super) fn answer(&mut self, method: Method, asked: Parameters<'_>) -> Answer {
        if !method.is_trade() {
            return self.answer_quote(method, asked);
        }
        match method.name {
            "order_no" => self.order_no(asked),
            "place_order" => self.place_order(asked),
            "modify_order" => self.modify_order(asked),
            "cancel_order" => self.cancel_order(asked),
            "preview_order" => self.preview_order(asked),
            "orders" => self.orders(asked),
            "active_orders" => self.active_orders(asked),
            "inactive_orders" => self.inactive_orders(asked),
            "filled_orders" => self.filled_orders(asked),
            "order_transactions" => self.order_transactions(asked),
            "accounts" => self.accounts(asked),
            "assets" => self.assets(asked),
            "prime_assets" => self.prime_assets(asked),
            "aggregate_assets" => self.aggregate_assets(asked),
            "analytics_asset" => self.analytics_asset(asked),
            "positions" => self.positions(asked),
            "estimate_tradable_quantity" => self.estimate_tradable_quantity(asked),
            "segment_fund_available" => self.segment_fund_available(asked),
            "transfer_segment_fund" => self.transfer_segment_fund(asked),
            "cancel_segment_fund" => self.cancel_segment_fund(asked),
            "segment_fund_history" => self.segment_fund_history(asked),
            "place_forex_order" => self.place_forex_order(asked),
            "transfer_fund" => self.transfer_fund(asked),
            "fund_details" => self.fund_details(asked),
            "position_transfer" => self.position_transfer(asked),
            "position_transfer_records" | "position_transfer_external_records" => {
                self.position_transfer_records(asked)
            }
            "position_transfer_detail" => self.position_transfer_detail(asked),
            "option_exercise_check" => self.option_exercise_check(asked),
            "option_exercise_submit" => self.option_exercise_submit(asked),
            "option_exercise_record" => self.option_exercise_record(asked),
            "option_exercise_position" => self.option_exercise_position(asked),
            "option_exercise_cancel" => self.option_exercise_cancel(asked),
            "contract" => self.contract(asked),
            "contracts" => self.contracts(asked),
            "quote_contract" => self.quote_contract(asked),
            "user_license" => self.user_license(),
            "user_token_refresh" => self.user_token_refresh(),
            name => Err(no_method(name)),
        }
    }

    /// Answers a request about prices or research.
    fn answer_quote(&mut self, method: Method, asked: Parameters<'_>) -> Answer {
        let name = method.name;
        self.quotes(name, asked)
            .or_else(|| self.option_quotes(name, asked))
            .or_else(|| self.future_quotes(name, asked))
            .or_else(|| self.research(name, asked))
            .unwrap_or_else(|| Err(no_method(name)))
    }
}

fn no_method(name: &str) -> Complaint {
    Complaint::common(format!("method '{name}' is not supported"))
}

/// What is answered with nothing but success.
pub(super) const DONE: Value = Value::Null;
