//! Quotes of futures: which there are, what they cost now and did before, when they trade.

mod contracts;
mod history;
mod live;

#[cfg(test)]
mod futures_tests;

use super::{Answer, parameters::Parameters, turn::Turn};

impl Turn<'_> {
    /// Answers a request for quotes of futures; `None` for a method of another room.
    pub(super) fn future_quotes(&mut self, method: &str, asked: Parameters<'_>) -> Option<Answer> {
        Some(match method {
            "future_exchange" => self.future_exchange(asked),
            "future_contract_by_exchange_code" => self.future_contract_by_exchange_code(asked),
            "future_contract_by_contract_code" => self.future_contract_by_contract_code(asked),
            "future_contracts" => self.future_contracts(asked),
            "future_continuous_contracts" => self.future_continuous_contracts(asked),
            "future_current_contract" => self.future_current_contract(asked),
            "future_history_main_contract" => self.future_history_main_contract(asked),
            "future_kline" => self.future_kline(asked),
            "future_real_time_quote" => self.future_real_time_quote(asked),
            "future_tick" => self.future_tick(asked),
            "future_depth" => self.future_depth(asked),
            "future_trading_date" => self.future_trading_date(asked),
            _ => return None,
        })
    }
}
