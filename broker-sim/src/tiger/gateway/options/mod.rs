//! Quotes of options: `ask` reads which, the other files are one subject each.

mod ask;
mod brief;
mod chain;
mod expirations;
mod history;
mod volatility;

#[cfg(test)]
mod options_tests;

use super::{Answer, parameters::Parameters, turn::Turn};

impl Turn<'_> {
    /// Answers a request for quotes of options; `None` for a method of another room.
    pub(super) fn option_quotes(&mut self, method: &str, asked: Parameters<'_>) -> Option<Answer> {
        Some(match method {
            "option_expiration" => self.option_expiration(asked),
            "option_chain" => self.option_chain(asked),
            "option_brief" => self.option_brief(asked),
            "option_kline" => self.option_kline(asked),
            "option_timeline" => self.option_timeline(asked),
            "option_trade_tick" => self.option_trade_tick(asked),
            "option_depth" => self.option_depth(asked),
            "all_hk_option_symbols" => self.all_hk_option_symbols(asked),
            "option_analysis" => self.option_analysis(asked),
            _ => return None,
        })
    }
}
