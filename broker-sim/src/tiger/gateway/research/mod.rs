//! What is known about companies, funds, warrants and currencies; one file per subject.

mod corporate;
mod currencies;
mod figures;
mod funds;
mod industries;
mod scanner;
mod warrants;

#[cfg(test)]
mod research_tests;

use super::{Answer, parameters::Parameters, turn::Turn};

impl Turn<'_> {
    /// Answers a request for research; `None` for a method of another room.
    pub(super) fn research(&mut self, method: &str, asked: Parameters<'_>) -> Option<Answer> {
        Some(match method {
            "fund_all_symbols" => self.fund_all_symbols(),
            "fund_contracts" => self.fund_contracts(asked),
            "fund_quote" => self.fund_quote(asked),
            "fund_history_quote" => self.fund_history_quote(asked),
            "warrant_real_time_quote" => self.warrant_real_time_quote(asked),
            "warrant_filter" => self.warrant_filter(asked),
            "financial_daily" => self.financial_daily(asked),
            "financial_report" => self.financial_report(asked),
            "financial_currency" => self.financial_currency(asked),
            "financial_exchange_rate" => self.financial_exchange_rate(asked),
            "stock_fundamental" => self.stock_fundamental(asked),
            "corporate_action" => self.corporate_action(asked),
            "industry_list" => self.industry_list(asked),
            "industry_stocks" => self.industry_stocks(asked),
            "stock_industry" => self.stock_industry(asked),
            "market_scanner" => self.market_scanner(asked),
            "market_scanner_tags" => self.market_scanner_tags(asked),
            _ => return None,
        })
    }
}
