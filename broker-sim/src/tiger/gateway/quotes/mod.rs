//! Quotes of shares, indices and coins, and what all quotes have in common.
//!
//! `ask` reads requests, `sessions` and `points` look at the exchange, `figures` and `bars` make of
//! them what the vendor tells, `row` writes it; the other files are one subject each.

mod ask;
mod bars;
mod delayed;
mod depth;
mod detail;
mod figures;
mod flow;
mod holdings;
mod kline;
mod market;
mod names;
mod pages;
mod points;
mod quota;
mod real_time;
mod row;
mod seat;
mod sessions;
mod ticks;
mod timeline;

#[cfg(test)]
mod history_tests;
#[cfg(test)]
mod quotes_tests;
#[cfg(test)]
pub(super) mod test_room;

pub(super) use ask::{MOST_SYMBOLS, counted};
pub(super) use bars::{Bars, Candle, Period};
pub(super) use depth::level;
pub(super) use figures::Figures;
pub(super) use kline::{prices, some};
pub(super) use pages::{page, page_end};
pub(super) use points::points;
pub(super) use real_time::best;
pub(super) use row::Row;
pub(super) use sessions::Part;
pub(super) use ticks::{range, tick};

use super::{Answer, parameters::Parameters, turn::Turn};

/// What the gateway keeps about quotes.
#[derive(Debug, Default)]
pub(super) struct QuoteState {
    pub(super) quota: quota::HistoryQuota,
    pub(super) seat: seat::Seat,
}

impl Turn<'_> {
    /// Answers a request for quotes of shares; `None` for a method of another room.
    pub(super) fn quotes(&mut self, method: &str, asked: Parameters<'_>) -> Option<Answer> {
        Some(match method {
            "grab_quote_permission" | "get_quote_permission" => self.quote_permission(),
            "kline_quota" => self.kline_quota(asked),
            "addon_entitlements" => self.addon_entitlements(),
            "market_state" => self.market_state(asked),
            "trading_calendar" => self.trading_calendar(asked),
            "all_symbols" => self.all_symbols(asked),
            "all_symbol_names" => self.all_symbol_names(asked),
            "brief" => self.brief(asked),
            "quote_real_time" => self.quote_real_time(asked),
            "quote_delay" => self.quote_delay(asked),
            "quote_overnight" => self.quote_overnight(asked),
            "stock_detail" => self.stock_detail(asked),
            "timeline" => self.timeline(asked),
            "history_timeline" => self.history_timeline(asked),
            "hour_trading_timeline" => self.hour_trading_timeline(asked),
            "kline" => self.kline(asked),
            "trade_tick" => self.trade_tick(asked),
            "quote_depth" => self.quote_depth(asked),
            "quote_shortable_stocks" => self.quote_shortable_stocks(asked),
            "quote_stock_trade" => self.quote_stock_trade(asked),
            "stock_broker" => self.stock_broker(asked),
            "broker_hold" => self.broker_hold(asked),
            "capital_flow" => self.capital_flow(asked),
            "capital_distribution" => self.capital_distribution(asked),
            "trade_rank" => self.trade_rank(asked),
            _ => return None,
        })
    }
}
