//! Corporate actions: dividends and splits reach the accounts that hold the share.

use broker_core::model::{CorporateAction, CorporateEvent, Price};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::{Exchange, engine::Due};

impl Exchange {
    /// Plans a corporate action. Dividends and splits take effect when the regular session of the
    /// ex-date opens; earnings are only published.
    pub fn announce_corporate_action(&mut self, action: CorporateAction) {
        let at = self.ex_instant(&action);
        let index = self.research.add_action(action);
        if let Some(at) = at.filter(|at| *at > self.now) {
            self.schedule(at, Due::Corporate(index));
        }
    }

    fn ex_instant(&self, action: &CorporateAction) -> Option<DateTime<Utc>> {
        let market = self
            .markets
            .get(*self.by_instrument.get(&action.instrument)?)?;
        let layout = market
            .listing
            .calendar
            .trading_date(action.ex_date)
            .ok()
            .flatten()?;
        layout.windows.first().map(|window| window.open)
    }

    pub(super) fn apply_corporate_action(&mut self, index: usize) {
        let Some(action) = self.research.action(index).cloned() else {
            return;
        };
        let Some(market) = self.by_instrument.get(&action.instrument).copied() else {
            return;
        };
        match action.event {
            CorporateEvent::CashDividend { amount, currency } => {
                self.pay_dividend(&action.instrument, amount, currency);
            }
            CorporateEvent::Split { from, to } if from > 0 && to > 0 => {
                let factor = Decimal::from(from) / Decimal::from(to);
                let price = self
                    .markets
                    .get(market)
                    .and_then(super::market::Market::mark);
                let price = price.map(|price| (price * factor).round_dp(8));
                self.split_holdings(&action.instrument, from, to, price);
                self.rebase(market, factor);
            }
            _ => {}
        }
    }

    /// Resting orders end at a split, and the reference price moves with it.
    fn rebase(&mut self, index: usize, factor: Decimal) {
        let Some(market) = self.markets.get_mut(index) else {
            return;
        };
        let now = self.now;
        let open: Vec<u64> = market.open.iter().copied().collect();
        for (_, price) in &mut market.past {
            *price = (*price * factor).round_dp(8);
        }
        if let Some(reference) = market.reference {
            market.set_reference((reference * factor).round_dp(2), now);
        }
        if let Some((last, size)) = market.last {
            market.last = Some(((last * factor).round_dp(2), size));
        }
        for bar in &mut market.daily {
            for price in [&mut bar.open, &mut bar.high, &mut bar.low, &mut bar.close] {
                *price = (*price * factor).round_dp(8);
            }
            bar.volume = bar.volume.map(|volume| (volume / factor).round_dp(8));
        }
        for trade in &mut market.tape {
            if let Ok(price) = Price::new((trade.price.get() * factor).round_dp(8)) {
                trade.price = price;
            }
            trade.size = (trade.size / factor).round_dp(8);
        }
        if let Some(close) = &mut market.day.previous_close {
            *close = (*close * factor).round_dp(8);
        }
        self.rebase_process(index, factor);
        for key in open {
            self.cancel_because(key, "canceled by a split of the share");
        }
        self.after_price(index);
    }
}
